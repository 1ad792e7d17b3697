//! Tables read as one for their numbers.

use std::path::PathBuf;

use netsift::data::{ColumnFate, DataError, Defect, Policy, ReadReport};
use netsift::report::{Made, Page, Sums, TableExplorer, TableNumbers, shown};
use serde::Serialize;

use super::Explore;
use super::written::{ANOMALIES, Found, MOST_ROWS, SHOWN, Written, tell_most};
use crate::failure::{Failure, tell};
use crate::figures::grouped;
use crate::output::{STREAM, Whole};
use crate::page::Outputs;
use crate::tables::{Cleaning, read};
use crate::terminal::printable;

/// What columns of labels are called where nobody says which it is: the first that there is.
const LABELS: [&str; 9] = [
    "label",
    "labels",
    "class",
    "classes",
    "attack category",
    "attack_cat",
    "category",
    "attack",
    "target",
];

/// Names of columns in a line are told up to so many characters.
const MOST_SHOWN: usize = 100;

/// What is in tables.
struct Explored {
    numbers: TableNumbers,
    source: String,
    /// How many of each kind are told.
    top: usize,
}

/// Reads, tells, and gives every file its name.
pub(super) fn run(asked: &Explore) -> Result<(), Failure> {
    asked.columns.check_roles()?;
    let inputs = read::found(&asked.inputs)?;
    let outliers = [(ANOMALIES, &asked.anomalies_csv)];
    let outputs = Outputs::open(&asked.told, &outliers, &inputs)?;
    outputs.through(|outputs, _| {
        let (found, sums) = (explored(asked, &inputs)?, Sums::default());
        let like = asked.columns.like.iter().map(PathBuf::from);
        let inputs: Vec<PathBuf> = inputs.iter().cloned().chain(like).collect();
        Written { found, inputs: &inputs, sums: &sums }.to(outputs)?;
        Ok(None)
    })
}

fn explored(asked: &Explore, inputs: &[PathBuf]) -> Result<Explored, Failure> {
    // Before tables are read, which may take a while.
    let explorer = TableExplorer::new().top(asked.top)?;
    let explorer = match asked.anomalies_csv {
        Some(_) => explorer.outlying(MOST_ROWS),
        None => explorer,
    };
    let reader = asked.columns.reader(&as_it_is(&asked.cleaning), None)?;
    let reader = reader.identities(true).label_like(LABELS);
    let (data, report) = read::read(&reader, inputs)?;
    if asked.columns.label.is_none()
        && let Some(name) = label(&report)
    {
        let name = shown(name, MOST_SHOWN);
        tell(&format!("the column {name} is taken for the labels, since no --label names it"));
    }
    let numbers = explorer.look(&data, Some(report))?;
    Ok(Explored { numbers, source: source(inputs), top: asked.top })
}

/// What is infinite is told as that, unless something else was asked for.
fn as_it_is(cleaning: &Cleaning) -> Cleaning {
    let kept = [Defect::Infinite, Defect::Overflow].map(|defect| (defect, Policy::Keep));
    let on = kept.into_iter().chain(cleaning.on.iter().copied()).collect();
    Cleaning { on, ..*cleaning }
}

fn label(report: &ReadReport) -> Option<&str> {
    let facts = report.columns.iter().find(|facts| facts.fate == ColumnFate::Label)?;
    Some(&facts.name)
}

/// What is read: the one table by its name, several by their number.
fn source(inputs: &[PathBuf]) -> String {
    match inputs {
        [path] if path.as_os_str() == STREAM => "standard input".to_owned(),
        [path] => printable(&path.display().to_string()).into_owned(),
        _ => format!("{} tables", inputs.len()),
    }
}

impl Found for Explored {
    const SUMMARY: &'static [&'static str] = &["Classes", "What tells the label"];

    fn source(&self) -> &str {
        &self.source
    }

    fn page(&self, made: Made) -> Result<Page, Failure> {
        Ok(self.numbers.page(self.source.clone(), made)?)
    }

    fn numbers(&self) -> impl Serialize {
        &self.numbers
    }

    fn write_strange(&mut self, out: Whole) -> Result<(), DataError> {
        let outliers = &self.numbers.outliers;
        tell_most(outliers.rows as u64, outliers.strangest.len());
        self.numbers.outliers_to_csv(out)?;
        self.numbers.outliers.strangest.truncate(self.top);
        Ok(())
    }

    fn strangest(&self) -> String {
        let outliers = &self.numbers.outliers;
        if outliers.rows == 0 {
            return String::new();
        }
        let (rows, all) = (grouped(outliers.rows as u64), grouped(self.numbers.rows));
        let mut text = format!("\n{rows} of {all} rows have outliers, most of them:\n");
        for row in outliers.strangest.iter().take(SHOWN) {
            let columns: Vec<_> =
                row.furthest.iter().take(3).map(|it| it.column.as_str()).collect();
            let (number, columns) = (grouped(row.number as u64), columns.join(", "));
            let outliers = if row.cells == 1 { "outlier" } else { "outliers" };
            let columns = shown(&columns, MOST_SHOWN);
            text.push_str(&format!("  row {number}, {} {outliers}: {columns}\n", row.cells));
        }
        text
    }
}
