//! Rows of an answer: a table for people, JSON lines or CSV for programs.

use clap::Args;
use netsift::alert::harmless_json;
use netsift::history::{HistoryError, Key, Page, Total};
use serde::Serialize;

use crate::csv::Csv;
use crate::failure::Failure;
use crate::figures::grouped;
use crate::output::{Output, Target};
use crate::table::Table;

/// How many rows people are shown where nothing else is said.
const SHOWN: usize = 50;
/// How many are asked for at once.
const PAGE: usize = 1_000;

/// In which form, and how many.
#[derive(Args)]
pub(super) struct Wanted {
    /// Write JSON, an object a line
    #[arg(long)]
    json: bool,

    /// Write CSV, safe to open in a spreadsheet
    #[arg(long, conflicts_with = "json")]
    csv: bool,

    /// How many at most [default: 50; as JSON or CSV all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

/// What is printed row by row.
pub(super) trait Row: Serialize {
    /// The headings of its columns for people.
    const HEADINGS: &'static [&'static str];
    /// Which of them hold words.
    const WORDS: &'static [usize];
    /// The names of its columns for programs.
    const COLUMNS: &'static [&'static str];

    /// Its cells for people.
    fn shown(&self) -> Vec<String>;

    /// Its cells for programs.
    fn cells(&self, csv: &mut Csv);
}

impl Wanted {
    /// How many rows at most.
    pub(super) fn most(&self) -> usize {
        let usual = if self.json || self.csv { usize::MAX } else { SHOWN };
        self.limit.map_or(usual, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
    }

    /// Prints the rows of an answer that is all there.
    pub(super) fn print<R: Row>(&self, rows: &[R]) -> Result<(), Failure> {
        let mut printer = Printer::new(self)?;
        printer.rows(&rows[..rows.len().min(self.most())])?;
        printer.finish(None)
    }

    /// Prints page after page: `next` is asked for so many rows behind that one.
    pub(super) fn pages<R: Row>(
        &self,
        mut next: impl FnMut(usize, Option<Key>) -> Result<Page<R>, HistoryError>,
    ) -> Result<(), Failure> {
        let (mut printer, mut left, mut after) = (Printer::new(self)?, self.most(), None);
        loop {
            let page = next(left.min(PAGE), after)?;
            printer.rows(&page.rows)?;
            left -= page.rows.len().min(left);
            if left == 0 || page.next.is_none() {
                return printer.finish(page.next.map(|_| in_all(page.total)));
            }
            after = page.next;
        }
    }
}

/// `of 1,234 in all`.
fn in_all(total: Total) -> String {
    let more = if total.is_more { "more than " } else { "" };
    format!("... of {more}{} in all; --limit shows more", grouped(total.counted))
}

/// Prints to standard output, all of it at once.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    Output::open(Target::Stdout)?.write(text.as_bytes())
}

struct Printer {
    form: Form,
    /// Whether the names of columns are written.
    is_headed: bool,
    out: Output,
}

enum Form {
    Table(Option<Table>),
    Json,
    Csv(Csv),
}

impl Printer {
    fn new(wanted: &Wanted) -> Result<Self, Failure> {
        let form = match (wanted.json, wanted.csv) {
            (true, _) => Form::Json,
            (_, true) => Form::Csv(Csv::default()),
            _ => Form::Table(None),
        };
        Ok(Self { form, is_headed: false, out: Output::open(Target::Stdout)? })
    }

    fn rows<R: Row>(&mut self, rows: &[R]) -> Result<(), Failure> {
        match &mut self.form {
            Form::Table(table) => {
                let table = table.get_or_insert_with(|| Table::new(R::HEADINGS).words(R::WORDS));
                rows.iter().for_each(|row| table.row(row.shown()));
                Ok(())
            }
            Form::Json => {
                let lines: String = rows.iter().map(|row| harmless_json(row) + "\n").collect();
                self.out.write(lines.as_bytes())
            }
            Form::Csv(csv) => {
                if !std::mem::replace(&mut self.is_headed, true) {
                    R::COLUMNS.iter().for_each(|name| csv.text(name));
                    csv.end_row();
                }
                rows.iter().for_each(|row| {
                    row.cells(csv);
                    csv.end_row();
                });
                let bytes = std::mem::take(csv.bytes_mut());
                self.out.write(&bytes)
            }
        }
    }

    /// Ends; `more` says in words what was not shown.
    fn finish(mut self, more: Option<String>) -> Result<(), Failure> {
        let Form::Table(Some(table)) = &self.form else { return Ok(()) };
        let more = more.map_or_else(String::new, |more| more + "\n");
        self.out.write(format!("{table}{more}").as_bytes())
    }
}
