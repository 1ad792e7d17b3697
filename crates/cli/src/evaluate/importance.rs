//! How much columns count, for people.

use netsift::models::explain::Importance;

use crate::figures::grouped;
use crate::table::Table;
use crate::terminal::printable;

/// Columns that are shown: who wants all of them has them as JSON.
const MOST_SHOWN: usize = 20;

/// The columns that count most, below what stands before.
pub(super) fn text(columns: &[Importance]) -> String {
    let mut table = Table::new(&["Without what the column says", "macro F1 loses", "deviation"]);
    for column in columns.iter().take(MOST_SHOWN) {
        let deviation = column.deviation.map(|it| format!("{it:.4}"));
        table.row([
            printable(&column.column).into_owned(),
            format!("{:.4}", column.importance),
            deviation.unwrap_or_default(),
        ]);
    }
    let more = match columns.len().saturating_sub(MOST_SHOWN) {
        0 => String::new(),
        more => format!("and {} more\n", grouped(more as u64)),
    };
    format!("\n{table}{more}")
}
