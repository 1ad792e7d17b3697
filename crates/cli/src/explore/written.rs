//! What was found, as it was asked for: a summary or JSON, a page, plots, a table.

use std::path::PathBuf;

use netsift::data::DataError;
use netsift::report::{Made, Page, Sums};
use serde::Serialize;

use crate::failure::{Failure, tell};
use crate::output::Whole;
use crate::page::{self, Outputs};

pub(super) const ANOMALIES: &str = "--anomalies-csv";
/// So many of the strangest are in a table, and so many in a summary.
pub(super) const MOST_ROWS: usize = 100_000;
pub(super) const SHOWN: usize = 5;

/// What was found in captures or in tables.
pub(super) trait Found {
    /// The sections that have their charts in the summary.
    const SUMMARY: &'static [&'static str];

    /// What was read.
    fn source(&self) -> &str;

    fn page(&self, made: Made) -> Result<Page, Failure>;

    /// What is told as JSON.
    fn numbers(&self) -> impl Serialize;

    /// Writes the table of what is strange, and leaves as much of it as there is without a table.
    fn write_strange(&mut self, out: Whole) -> Result<(), DataError>;

    /// The first of what is strange, each in a line.
    fn strangest(&self) -> String;
}

/// What is told, and of what.
pub(super) struct Written<'a, F> {
    pub(super) found: F,
    pub(super) inputs: &'a [PathBuf],
    pub(super) sums: &'a Sums,
}

impl<F: Found> Written<'_, F> {
    pub(super) fn to(mut self, outputs: &Outputs) -> Result<(), Failure> {
        if let Some((draft, out)) = outputs.of(ANOMALIES) {
            self.found.write_strange(out).map_err(|error| draft.table_failure(error))?;
        }
        let page = self.found.page(outputs.made(self.inputs, self.sums)?)?;
        outputs.draw(&page)?;
        outputs.say(&self.found.numbers(), || self.summary(&page))
    }

    /// What fits a terminal: the figures that say most, and charts in characters.
    fn summary(&self, page: &Page) -> String {
        let charts = page::charts(page, F::SUMMARY, usize::MAX);
        let (source, strangest) = (self.found.source(), self.found.strangest());
        format!("{source}\n{}{charts}{strangest}", page::overview(page))
    }
}

/// Says that there is more than is written.
pub(super) fn tell_most(found: u64, written: usize) {
    if found > written as u64 {
        tell(&format!("of {found} that are strange, the strangest {written} are written"));
    }
}
