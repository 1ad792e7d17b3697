//! Rows of an answer: a table for people, JSON lines or CSV for programs.

use clap::Args;
use netsift::alert::harmless_json;
use netsift::history::{Held, HistoryError, Key, Page, Total};
use serde::Serialize;
use serde_json::json;

use crate::csv::Csv;
use crate::failure::{Failure, warn_facts};
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

    /// Whether people read it.
    pub(super) const fn is_table(&self) -> bool {
        !self.json && !self.csv
    }

    /// Prints what is named, fetched part by part. So many cannot be read; `total` is how many there are where that is more.
    pub(super) fn parts<N, R: Row>(
        &self,
        names: &[N],
        mut fetch: impl FnMut(&[N]) -> Result<Vec<R>, HistoryError>,
        unreadable: u64,
        total: Option<Total>,
    ) -> Result<(), Failure> {
        let mut printer = Printer::new(self)?;
        printer.rows::<R>(&[])?;
        names.chunks(PAGE).try_for_each(|part| printer.rows(&fetch(part)?))?;
        printer.finish(total.map(in_all))?;
        warn_unreadable(unreadable);
        Ok(())
    }

    /// Prints page after page: `next` is asked for so many rows behind that one.
    pub(super) fn pages<R: Row>(
        &self,
        mut next: impl FnMut(usize, Option<Key>) -> Result<Page<R>, HistoryError>,
    ) -> Result<(), Failure> {
        let (mut printer, mut left, mut after) = (Printer::new(self)?, self.most(), None);
        let mut unreadable = 0;
        loop {
            let page = next(left.min(PAGE), after)?;
            printer.rows(&page.rows)?;
            unreadable += page.unreadable;
            left -= page.rows.len().min(left);
            if left == 0 || page.next.is_none() {
                printer.finish(page.next.map(|_| in_all(page.total)))?;
                warn_unreadable(unreadable);
                return Ok(());
            }
            after = page.next;
        }
    }
}

/// What is missing from an answer is told beside it.
fn warn_unreadable(rows: u64) {
    let said = match rows {
        0 => return,
        1 => "one row cannot be read".to_owned(),
        rows => format!("{} rows cannot be read", grouped(rows)),
    };
    let said = format!("{said}; `netsift history FILE check` tells which");
    warn_facts(&said, &json!({ "unreadable": rows }));
}

/// A row that cannot be read, by its number: whoever wants to be rid of it has to name it.
#[derive(Serialize)]
pub(super) struct Unread {
    id: i64,
    unreadable: bool,
}

/// What can be read, and below it what cannot.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Listed<R> {
    Sound(R),
    Unread(Unread),
}

impl<R> Listed<R> {
    pub(super) fn all<T>(held: Held<T>, sound: impl Fn(T) -> R) -> Vec<Self> {
        let rows = held.rows.into_iter().map(|row| Self::Sound(sound(row)));
        let unread = held.unreadable.into_iter().map(|id| Unread { id, unreadable: true });
        rows.chain(unread.map(Self::Unread)).collect()
    }
}

impl<R: Row> Row for Listed<R> {
    const HEADINGS: &'static [&'static str] = R::HEADINGS;
    const WORDS: &'static [usize] = R::WORDS;
    const COLUMNS: &'static [&'static str] = R::COLUMNS;

    fn shown(&self) -> Vec<String> {
        match self {
            Self::Sound(row) => row.shown(),
            Self::Unread(row) => vec![row.id.to_string(), "cannot be read".into()],
        }
    }

    fn cells(&self, csv: &mut Csv) {
        match self {
            Self::Sound(row) => row.cells(csv),
            Self::Unread(row) => {
                csv.text(&row.id.to_string());
                csv.text("cannot be read");
                R::COLUMNS.iter().skip(2).for_each(|_| csv.empty());
            }
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
