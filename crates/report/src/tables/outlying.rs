//! The rows with most outliers, as a table.

use std::io::Write;

use netsift_data::explore::{OutlyingCell, OutlyingRow};
use netsift_data::{Column, DataError, Rows, Table, TableWriter};

use super::TableNumbers;
use crate::Unit;

impl TableNumbers {
    /// Writes the rows with most outliers as a CSV table that spreadsheets open without harm: the number of each, its class, how
    /// many of its cells are outliers, and the furthest of them in words.
    ///
    /// # Errors
    /// What writing says.
    pub fn outliers_to_csv<W: Write + Send>(&self, out: W) -> Result<W, DataError> {
        let table = Table::new([
            Column::integer("Row"),
            Column::text("Class"),
            Column::integer("Outliers"),
            Column::text("Furthest"),
        ])?;
        let mut writer = TableWriter::new(out, &table)?;
        let mut rows = Rows::new(&table);
        for row in &self.outliers.strangest {
            rows.integer(row.number as i64);
            match &row.class {
                Some(class) => rows.text(class),
                None => rows.empty(),
            }
            rows.integer(row.cells as i64);
            rows.text(&furthest(row));
            rows.end_row()?;
        }
        writer.write(&mut rows)?;
        writer.finish()
    }
}

/// The cells of a row that are furthest away, in words.
pub(crate) fn furthest(row: &OutlyingRow) -> String {
    row.furthest.iter().map(cell).collect::<Vec<_>>().join("; ")
}

fn cell(of: &OutlyingCell) -> String {
    let infinite = || "infinite".to_owned();
    let cell = of.cell.map_or_else(infinite, |cell| Unit::Plain.exact(cell));
    let far = of.distance.map_or_else(infinite, |far| Unit::Plain.short(far));
    format!("{} {cell} ({far} boxes away)", of.column)
}
