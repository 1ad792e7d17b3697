//! How far rows have drifted from those of a training, for people and for programs.

use std::io::Write;

use netsift::models::DriftReport;
use netsift::models::drift::{ColumnDrift, Level};

use crate::failure::{Failure, tell, tell_table};
use crate::figures::grouped;
use crate::files::Files;
use crate::table::Table;
use crate::terminal::printable;

/// Columns that are shown: who wants all of them has them as JSON.
const MOST_SHOWN: usize = 12;

/// Says it: the number, its word, and the columns behind it.
pub(super) fn told(report: &DriftReport) {
    tell(&summary(report));
    if report.is_rough {
        tell(
            "the model's file is of the first version, and drift is compared with a few quantiles: \
             there may be more of it",
        );
    }
    let behind = report.behind();
    if !behind.is_empty() {
        tell_table(&table(&behind));
    }
    if behind.len() > MOST_SHOWN {
        tell(&format!("and {} more", grouped((behind.len() - MOST_SHOWN) as u64)));
    }
}

/// Writes all of it.
pub(super) fn written(report: &DriftReport, files: &Files) -> Result<(), Failure> {
    let Some((draft, mut out)) = files.of("--drift-json") else { return Ok(()) };
    let written = serde_json::to_writer(&mut out, report).map_err(std::io::Error::from);
    written.and_then(|()| out.write_all(b"\n")).map_err(|source| draft.failure(source))
}

fn summary(report: &DriftReport) -> String {
    let (rows, number) = (grouped(report.rows), report.number);
    match report.level {
        Level::Unknown => format!("drift: {rows} rows are too few to tell"),
        Level::Stable => format!("drift {number:.3}: none to speak of in {rows} rows"),
        level => {
            format!(
                "drift {number:.3}, {}: {rows} rows are not what it was trained on",
                level.name()
            )
        }
    }
}

fn table(behind: &[&ColumnDrift]) -> Table {
    let mut table =
        Table::new(&["Drifted", "index", "distance", "where", "usual", "now"]).words(&[3]);
    for column in behind.iter().take(MOST_SHOWN) {
        let distance = column.distance.map(|it| format!("{:.3}", it.at_least));
        let shift = column.shift.as_ref();
        let share = |share: f64| format!("{:.1} %", 100.0 * share);
        table.row([
            printable(&column.name).into_owned(),
            format!("{:.3}", column.stability),
            distance.unwrap_or_default(),
            shift.map(|it| printable(&it.part.to_string()).into_owned()).unwrap_or_default(),
            shift.map(|it| share(it.usual)).unwrap_or_default(),
            shift.map(|it| share(it.now)).unwrap_or_default(),
        ]);
    }
    table
}
