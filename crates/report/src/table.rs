//! Tables of a page: columns that know what they count, and no more rows than a person scrolls through.

use serde::Serialize;

use crate::error::ReportError;
use crate::number::{NO_NUMBER, Unit};
use crate::shown::{MOST_NAME, MOST_TEXT, shown};

/// Most rows that a table keeps to be shown; the rest is counted, and stands in files.
pub const MOST_ROWS: usize = 200;
/// Most columns of a table.
pub const MOST_COLUMNS: usize = 40;

/// A table to be shown. Texts in it are anybody's and stay text.
///
/// ```
/// use netsift_report::{Cell, Column, Table, Unit};
///
/// # fn main() -> Result<(), netsift_report::ReportError> {
/// let mut table = Table::new(
///     "Busiest sources",
///     vec![Column::text("Address"), Column::number("Sent", Unit::Bytes).with_bars()],
/// );
/// table.push(vec![Cell::from("192.0.2.7"), Cell::from(1_234_567_u64)])?;
/// assert_eq!(table.cell(0, 1), "1,234,567");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    title: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    total: usize,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Column {
    name: String,
    unit: Option<Unit>,
    has_bars: bool,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A number, in its column's unit.
    Number(f64),
    /// Nothing: it is not known, or there is none.
    Absent,
}

impl Table {
    /// A table without rows. It has [`MOST_COLUMNS`] columns at the most.
    #[must_use]
    pub fn new(title: impl Into<String>, mut columns: Vec<Column>) -> Self {
        columns.truncate(MOST_COLUMNS);
        Self { title: title.into(), columns, rows: Vec::new(), total: 0 }
    }

    /// One more row. Beyond [`MOST_ROWS`] it is counted and not kept.
    ///
    /// # Errors
    ///
    /// When the row has not a cell for each column.
    pub fn push(&mut self, row: Vec<Cell>) -> Result<(), ReportError> {
        if row.len() != self.columns.len() {
            let of = shown(&self.title, MOST_NAME).into_owned();
            let (had, needed) = (row.len(), self.columns.len());
            return Err(ReportError::Shape { of, what: "cells of a row", had, needed });
        }
        self.total += 1;
        if self.rows.len() < MOST_ROWS {
            self.rows.push(row);
        }
        Ok(())
    }

    /// Says how many rows there are, where fewer were pushed.
    #[must_use]
    pub fn of_total(mut self, total: usize) -> Self {
        self.total = self.total.max(total);
        self
    }

    /// What the table is of.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The rows that are kept.
    #[must_use]
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// How many rows there are, with those that are not kept.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.total
    }

    /// A cell as a person reads it; nothing where there is none.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> String {
        match (self.rows.get(row).and_then(|row| row.get(column)), self.columns.get(column)) {
            (Some(cell), Some(column)) => column.tell(cell),
            _ => String::new(),
        }
    }

    /// The largest number of a column, for the bars in its cells.
    pub(crate) fn largest(&self, column: usize) -> f64 {
        let numbers = self.rows.iter().filter_map(|row| row.get(column)?.number());
        numbers.filter(|number| number.is_finite()).fold(0.0, |most, number| most.max(number.abs()))
    }
}

impl Column {
    /// A column of texts.
    #[must_use]
    pub fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), unit: None, has_bars: false }
    }

    /// A column of numbers.
    #[must_use]
    pub fn number(name: impl Into<String>, unit: Unit) -> Self {
        Self { name: name.into(), unit: Some(unit), has_bars: false }
    }

    /// With a small bar behind each number, as long as the number is large.
    #[must_use]
    pub const fn with_bars(mut self) -> Self {
        self.has_bars = true;
        self
    }

    /// What it holds.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its numbers count; nothing for texts.
    #[must_use]
    pub const fn unit(&self) -> Option<Unit> {
        self.unit
    }

    pub(crate) const fn has_bars(&self) -> bool {
        self.has_bars
    }

    /// A cell of it as a person reads it.
    pub(crate) fn tell(&self, cell: &Cell) -> String {
        match cell {
            Cell::Text(text) => shown(text, MOST_TEXT).into_owned(),
            Cell::Number(number) => self.unit.unwrap_or_default().exact(*number),
            Cell::Absent => NO_NUMBER.to_owned(),
        }
    }
}

impl Cell {
    pub(crate) const fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) | Self::Absent => None,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u64> for Cell {
    /// Counts beyond 2^53 lose their last digits.
    fn from(count: u64) -> Self {
        Self::Number(count as f64)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Self::Absent, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table::new("t", vec![Column::text("a"), Column::number("b", Unit::Count)])
    }

    #[test]
    fn rows_beyond_the_most_are_counted() {
        let mut table = table();
        for count in 0..500_u64 {
            table.push(vec!["x".into(), count.into()]).unwrap();
        }
        assert_eq!((table.rows().len(), table.total()), (MOST_ROWS, 500));
        assert_eq!(table.of_total(1_000_000).total(), 1_000_000);
    }

    #[test]
    fn a_row_of_another_length_is_refused() {
        let error = table().push(vec!["x".into()]).unwrap_err();
        assert_eq!(error.to_string(), "t: cells of a row are 1, and must be 2");
    }

    #[test]
    fn cells_are_told_by_their_columns() {
        let mut table = table();
        table.push(vec!["a\u{202e}".into(), 1e6.into()]).unwrap();
        table.push(vec![None::<f64>.into(), f64::NAN.into()]).unwrap();
        let told =
            [(0, 0), (0, 1), (1, 0), (1, 1), (9, 9)].map(|(row, column)| table.cell(row, column));
        assert_eq!(told, ["a\\u{202e}", "1,000,000", "–", "–", ""]);
        assert_eq!(table.largest(1), 1e6);
    }
}
