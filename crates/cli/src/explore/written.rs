//! What was found, as it was asked for: a summary or JSON, a page, plots, a table.

use std::path::PathBuf;

use netsift::report::{Anomalies, CaptureNumbers, Made, Page};
use serde::Serialize;

use super::Explore;
use super::captures::{ANOMALIES, OUTPUT};
use crate::failure::{Failure, tell};
use crate::files::Files;
use crate::page;
use crate::terminal::printable;

/// These sections have their charts in the summary.
const SUMMARY: [&str; 2] = ["Over time", "Protocols"];

/// What is told, and of what.
pub(super) struct Told<'a> {
    pub(super) asked: &'a Explore,
    pub(super) numbers: &'a CaptureNumbers,
    pub(super) strange: Option<&'a Anomalies>,
    pub(super) source: String,
    pub(super) inputs: &'a [PathBuf],
}

/// All numbers.
#[derive(Serialize)]
struct Numbers<'a> {
    #[serde(flatten)]
    captures: &'a CaptureNumbers,
    anomalies: Option<&'a Anomalies>,
}

impl Told<'_> {
    pub(super) fn write(&self, files: &Files) -> Result<(), Failure> {
        let made =
            if self.asked.output.is_some() { page::made(self.inputs)? } else { Made::default() };
        let page = self.numbers.page(self.strange, self.source.clone(), made)?;
        let plots = self.asked.plots.as_deref();
        page::write(&page, self.asked.is_static, (files, OUTPUT), plots)?;
        if let (Some((draft, out)), Some(strange)) = (files.of(ANOMALIES), self.strange) {
            if strange.found > strange.strangest.len() as u64 {
                let told = strange.strangest.len();
                tell(&format!(
                    "of {} that are strange, the strangest {told} are written",
                    strange.found
                ));
            }
            strange.to_csv(out).map_err(|error| draft.table_failure(error))?;
        }
        let numbers = Numbers { captures: self.numbers, anomalies: self.strange };
        page::say(files, self.asked.json.then_some(&numbers), || self.summary(&page))
    }

    /// What fits a terminal: the figures that say most, and charts in characters.
    fn summary(&self, page: &Page) -> String {
        let charts = page::charts(page, &SUMMARY, usize::MAX);
        format!("{}\n{}{charts}{}", self.source, page::overview(page), self.strangest())
    }

    /// The first of what is strange, each in a line.
    fn strangest(&self) -> String {
        let Some(strange) = self.strange.filter(|strange| strange.found > 0) else {
            return String::new();
        };
        let mut text = format!("\n{} of {} are strange, the first:\n", strange.found, strange.rows);
        for anomaly in strange.strangest.iter().take(5) {
            let end = |end: Option<std::net::SocketAddr>| {
                end.map_or_else(|| "?".to_owned(), |end| end.to_string())
            };
            let why: Vec<String> =
                anomaly.reasons.iter().take(2).map(ToString::to_string).collect();
            let (from, to) = (end(anomaly.who.source), end(anomaly.who.destination));
            let why = why.join("; ");
            text.push_str(&format!("  {:.3} {from} -> {to}: {}\n", anomaly.score, printable(&why)));
        }
        text
    }
}
