//! Rows that were encoded and not yet written.

use super::csv::Csv;
use super::json::Json;
#[cfg(feature = "parquet")]
use super::parquet::Columns;
use crate::{ColumnKind, DataError, Format, Table};

/// So many bytes at once that a system call costs nothing beside encoding them, and few enough to stay in the
/// processor's cache.
const ENOUGH: usize = 64 * 1024;

/// Rows encoded and not yet written; one for each thread.
///
/// Cells are given from left to right, each of its column's kind or empty, and [`end_row`](Self::end_row) ends
/// the row. A row that does not fit the table is refused there and leaves no trace. Once there are
/// [enough](Self::are_enough), hand them to the writer, which empties them.
#[derive(Debug)]
pub struct Rows {
    table: Table,
    pub(crate) encoded: Encoded,
    rows: usize,
    /// How many cells of the row begun were given.
    cells: usize,
    /// What was wrong with it first.
    fault: Option<Box<DataError>>,
}

/// Rows in the form they take.
#[derive(Debug)]
pub(crate) enum Encoded {
    Csv(Csv),
    Json(Json),
    #[cfg(feature = "parquet")]
    Parquet(Columns),
}

impl Rows {
    /// No rows yet, of this table.
    #[must_use]
    pub fn new(table: &Table) -> Self {
        let encoded = match table.form() {
            (Format::Csv, reals, texts) => Encoded::Csv(Csv::new(table, reals, texts)),
            (Format::JsonLines, ..) => Encoded::Json(Json::new(table)),
            #[cfg(feature = "parquet")]
            (Format::Parquet, ..) => Encoded::Parquet(Columns::new(table)),
        };
        Self { table: table.clone(), encoded, rows: 0, cells: 0, fault: None }
    }

    /// The next cell is this text.
    pub fn text(&mut self, text: &str) {
        let column = self.cells;
        if self.fits(ColumnKind::Text) {
            match &mut self.encoded {
                Encoded::Csv(csv) => csv.text(text),
                Encoded::Json(json) => json.text(column, text),
                #[cfg(feature = "parquet")]
                Encoded::Parquet(columns) => columns.text(column, text),
            }
        }
    }

    /// The next cell is this integer.
    #[inline]
    pub fn integer(&mut self, value: i64) {
        let column = self.cells;
        if self.fits(ColumnKind::Integer) {
            match &mut self.encoded {
                Encoded::Csv(csv) => csv.integer(value),
                Encoded::Json(json) => json.integer(column, value),
                #[cfg(feature = "parquet")]
                Encoded::Parquet(columns) => columns.integer(column, value),
            }
        }
    }

    /// The next cell is this real number.
    #[inline]
    pub fn real(&mut self, value: f64) {
        self.reals(&[value]);
    }

    /// The next cells are these real numbers.
    #[inline]
    pub fn reals(&mut self, values: &[f64]) {
        let column = self.cells;
        let fitting = self.table.reals_from(column).min(values.len());
        self.cells += fitting;
        let (fitting, others) = values.split_at(fitting);
        match &mut self.encoded {
            Encoded::Csv(csv) => csv.reals(fitting),
            Encoded::Json(json) => json.reals(column, fitting),
            #[cfg(feature = "parquet")]
            Encoded::Parquet(columns) => columns.reals(column, fitting),
        }
        if !others.is_empty() {
            self.misfit(ColumnKind::Real, others.len());
        }
    }

    /// The next cell is empty, whatever its column holds.
    #[inline]
    pub fn empty(&mut self) {
        let column = self.cells;
        self.cells += 1;
        if column < self.table.columns().len() {
            match &mut self.encoded {
                Encoded::Csv(csv) => csv.empty(),
                Encoded::Json(json) => json.empty(column),
                #[cfg(feature = "parquet")]
                Encoded::Parquet(columns) => columns.empty(column),
            }
        }
    }

    /// Ends the row.
    ///
    /// # Errors
    /// If it had too few or too many cells, or one of another kind than its column. The row is taken back, and
    /// the next one may begin.
    #[inline]
    pub fn end_row(&mut self) -> Result<(), DataError> {
        if self.fault.is_some() || self.cells != self.table.columns().len() {
            return Err(self.undo_row());
        }
        match &mut self.encoded {
            Encoded::Csv(csv) => csv.end_row(),
            Encoded::Json(json) => json.end_row(),
            #[cfg(feature = "parquet")]
            Encoded::Parquet(columns) => columns.end_row(),
        }
        self.rows += 1;
        self.cells = 0;
        Ok(())
    }

    /// How many rows there are, not counting one that was begun.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// How many bytes they take: as they will be written, or (Parquet) before they are encoded.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        match &self.encoded {
            Encoded::Csv(csv) => csv.buffer.written().len(),
            Encoded::Json(json) => json.buffer.written().len(),
            #[cfg(feature = "parquet")]
            Encoded::Parquet(columns) => columns.len_bytes(),
        }
    }

    /// Whether it is worth writing them.
    #[inline]
    #[must_use]
    pub fn are_enough(&self) -> bool {
        self.len_bytes() >= ENOUGH
    }

    /// Nothing but whole rows of `table`.
    pub(crate) fn check(&self, table: &Table) -> Result<(), DataError> {
        if self.table != *table {
            return Err(DataError::OtherTable);
        }
        match self.cells {
            0 => Ok(()),
            found => Err(DataError::UnfinishedRow { expected: self.table.columns().len(), found }),
        }
    }

    /// Forgets all rows and keeps their memory for the next ones.
    pub(crate) fn clear(&mut self) {
        match &mut self.encoded {
            Encoded::Csv(csv) => csv.buffer.clear(),
            Encoded::Json(json) => json.buffer.clear(),
            #[cfg(feature = "parquet")]
            Encoded::Parquet(columns) => columns.clear(),
        }
        self.rows = 0;
    }

    /// Counts a cell; answers whether it fits its column.
    #[inline]
    fn fits(&mut self, kind: ColumnKind) -> bool {
        let fits = self.table.kind(self.cells) == Some(kind);
        if fits {
            self.cells += 1;
        } else {
            self.misfit(kind, 1);
        }
        fits
    }

    /// Counts cells that cannot be taken, of which the first may stand in a column of another kind.
    #[cold]
    fn misfit(&mut self, found: ColumnKind, cells: usize) {
        let (row, column) = (self.rows, self.cells);
        self.cells = self.cells.saturating_add(cells);
        if let (None, Some(misfit)) = (&self.fault, self.table.columns().get(column)) {
            let (name, expected) = (misfit.name.as_str().into(), misfit.kind);
            let fault = DataError::CellKind { row, column, name, expected, found };
            self.fault = Some(Box::new(fault));
        }
    }

    /// Takes the row begun back; answers what was wrong with it.
    #[cold]
    fn undo_row(&mut self) -> DataError {
        match &mut self.encoded {
            Encoded::Csv(csv) => csv.buffer.undo_row(),
            Encoded::Json(json) => json.buffer.undo_row(),
            #[cfg(feature = "parquet")]
            Encoded::Parquet(columns) => columns.undo_row(),
        }
        let found = std::mem::take(&mut self.cells);
        let expected = self.table.columns().len();
        let count = DataError::CellCount { row: self.rows, expected, found };
        self.fault.take().map_or(count, |fault| *fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;

    fn formats() -> Vec<Format> {
        vec![
            Format::Csv,
            Format::JsonLines,
            #[cfg(feature = "parquet")]
            Format::Parquet,
        ]
    }

    fn each_table(test: impl Fn(Table)) {
        for format in formats() {
            let columns =
                [Column::text("t"), Column::real("r"), Column::real("s"), Column::integer("i")];
            test(Table::new(columns).unwrap().format(format));
        }
    }

    fn push_sound(rows: &mut Rows) {
        rows.text("a");
        rows.reals(&[1.0, 2.5]);
        rows.integer(3);
        rows.end_row().unwrap();
    }

    /// A row that does not fit leaves no trace, wherever it was broken off.
    #[test]
    fn refused_rows_leave_no_trace() {
        let refused: [fn(&mut Rows); 8] = [
            |_| {},
            |rows| rows.text("b"),
            |rows| {
                rows.text("b");
                rows.reals(&[1.0; 5]);
            },
            |rows| {
                rows.text("b");
                rows.reals(&[1.0, 2.0]);
                rows.integer(1);
                rows.integer(1);
            },
            |rows| (0..5).for_each(|_| rows.empty()),
            |rows| rows.real(1.0),
            |rows| {
                rows.text("b");
                rows.integer(1);
                rows.real(1.0);
                rows.integer(1);
            },
            |rows| {
                rows.empty();
                rows.text("b");
                rows.empty();
                rows.empty();
            },
        ];
        each_table(|table| {
            for refused in refused {
                let (mut disturbed, mut plain) = (Rows::new(&table), Rows::new(&table));
                push_sound(&mut disturbed);
                refused(&mut disturbed);
                assert!(disturbed.end_row().is_err());
                push_sound(&mut disturbed);
                (0..2).for_each(|_| push_sound(&mut plain));
                assert_eq!(disturbed.rows(), 2);
                assert_eq!(disturbed.len_bytes(), plain.len_bytes());
                assert_eq!(format!("{:?}", bytes(&disturbed)), format!("{:?}", bytes(&plain)));
            }
        });
    }

    /// Text as it will be written; of Parquet, the columns.
    fn bytes(rows: &Rows) -> String {
        match &rows.encoded {
            Encoded::Csv(csv) => String::from_utf8(csv.buffer.written().to_vec()).unwrap(),
            Encoded::Json(json) => String::from_utf8(json.buffer.written().to_vec()).unwrap(),
            #[cfg(feature = "parquet")]
            Encoded::Parquet(columns) => columns.described(),
        }
    }

    #[test]
    fn refusals_name_row_column_and_kinds() {
        each_table(|table| {
            let mut rows = Rows::new(&table);
            push_sound(&mut rows);
            rows.text("b");
            rows.reals(&[1.0; 3]);
            match rows.end_row().unwrap_err() {
                DataError::CellKind { row: 1, column: 3, name, expected, found } => {
                    assert_eq!(
                        (&*name, expected, found),
                        ("i", ColumnKind::Integer, ColumnKind::Real)
                    );
                }
                other => panic!("{other}"),
            }
            rows.text("b");
            assert!(matches!(
                rows.end_row(),
                Err(DataError::CellCount { row: 1, expected: 4, found: 1 })
            ));
            (0..6).for_each(|_| rows.empty());
            assert!(matches!(
                rows.end_row(),
                Err(DataError::CellCount { row: 1, expected: 4, found: 6 })
            ));
        });
    }

    #[test]
    fn one_by_one_and_at_once_are_the_same() {
        each_table(|table| {
            let (mut single, mut batch) = (Rows::new(&table), Rows::new(&table));
            push_sound(&mut batch);
            single.text("a");
            single.real(1.0);
            single.reals(&[]);
            single.real(2.5);
            single.integer(3);
            single.end_row().unwrap();
            assert_eq!(bytes(&single), bytes(&batch));
        });
    }
}
