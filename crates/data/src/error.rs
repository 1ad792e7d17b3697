//! What can be wrong with a table: which column, which row, what was there instead.

use std::io;

use thiserror::Error;

use crate::{ColumnKind, Format};

/// Why a table, a row or an output is refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// A table without a column.
    #[error("a table needs at least one column")]
    NoColumns,
    /// A column without a name.
    #[error("column {column} has no name")]
    UnnamedColumn {
        /// Its place, from 0.
        column: usize,
    },
    /// Two columns of one name.
    #[error("columns {first} and {second} are both named {name:?}")]
    DuplicateColumn {
        /// The name.
        name: Box<str>,
        /// The place of the first, from 0.
        first: usize,
        /// The place of the second.
        second: usize,
    },
    /// No column has that name.
    #[error("there is no column {name:?}{}", hint(near.as_deref()))]
    UnknownColumn {
        /// The name.
        name: Box<str>,
        /// The column that may have been meant.
        near: Option<Box<str>>,
    },
    /// A class named twice.
    #[error("the class {name:?} is named twice")]
    RepeatedClass {
        /// The name.
        name: Box<str>,
    },
    /// A row of a class that there is not.
    #[error("row {row} is of class {number}, but there are {classes} classes")]
    UnknownClass {
        /// The row, from 0.
        row: usize,
        /// The number of the class, from 0.
        number: u32,
        /// How many classes there are.
        classes: usize,
    },
    /// Parts that are not of one size.
    #[error("there are {found} {what}, but there should be {expected}")]
    Shape {
        /// What there are too many or too few of.
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A row behind the last one.
    #[error("there is no row {row}: there are {rows}")]
    RowOutside {
        /// The row, from 0.
        row: usize,
        /// How many there are.
        rows: usize,
    },
    /// A name that stands twice, in a form that finds columns by their names.
    #[error("columns {first} and {second} are both named {name:?}, which {format} cannot hold")]
    RepeatedName {
        /// The name.
        name: Box<str>,
        /// The place of the first, from 0.
        first: usize,
        /// The place of the second.
        second: usize,
        /// The form.
        format: Format,
    },
    /// A row with too few or too many cells. It was taken back; the rows before it stay.
    #[error("row {row} has {found} cells, but the table has {expected} columns")]
    CellCount {
        /// Which of the rows held, from 0.
        row: usize,
        /// How many columns there are.
        expected: usize,
        /// How many cells the row was given.
        found: usize,
    },
    /// A cell of another kind than its column. Its row was taken back; the rows before it stay.
    #[error("row {row}: column {column} ({name:?}) holds {expected}, but was given {found}")]
    CellKind {
        /// Which of the rows held, from 0.
        row: usize,
        /// The place of the column, from 0.
        column: usize,
        /// The name of the column.
        name: Box<str>,
        /// What the column holds.
        expected: ColumnKind,
        /// What it was given.
        found: ColumnKind,
    },
    /// Rows handed to the writer in the middle of one. Nothing was written.
    #[error("a row was begun and not ended: {found} of {expected} cells")]
    UnfinishedRow {
        /// How many columns there are.
        expected: usize,
        /// How many cells the row was given.
        found: usize,
    },
    /// Rows handed to the writer of another table. Nothing was written.
    #[error("the rows belong to another table than the writer")]
    OtherTable,
    /// Writing failed. What was written may end inside a row.
    #[error("the table cannot be written, after {rows} rows")]
    Write {
        /// How many rows were written before.
        rows: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The encoder of a format failed.
    #[error("the table cannot be encoded, after {rows} rows")]
    Encode {
        /// How many rows were taken before.
        rows: u64,
        /// What the encoder said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Rows handed to a writer that failed before: behind half a row nothing can be read.
    #[error("nothing is written behind the failure after {rows} rows")]
    FailedBefore {
        /// How many rows were written before the failure.
        rows: u64,
    },
}

fn hint(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"))
}
