//! What a table is: its columns, and how they are written.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::DataError;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, which no other column of the table has.
    pub name: String,
    /// What its cells hold.
    pub kind: ColumnKind,
}

impl Column {
    /// A column of text.
    #[must_use]
    pub fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: ColumnKind::Text }
    }

    /// A column of integers.
    #[must_use]
    pub fn integer(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: ColumnKind::Integer }
    }

    /// A column of real numbers.
    #[must_use]
    pub fn real(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: ColumnKind::Real }
    }
}

/// What the cells of a column hold, if they are not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Text, with any character in it.
    Text,
    /// Whole numbers of 64 bits with a sign.
    Integer,
    /// Floating-point numbers of 64 bits.
    Real,
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Integer => "integers",
            Self::Real => "reals",
        })
    }
}

/// The form that a table takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// RFC 4180 with a header and lines ended by LF.
    ///
    /// A text that a spreadsheet would take for a formula (it starts with `=`, `+`, `-`, `@`, tab, CR, LF or a
    /// full-width form of the first four) gets an apostrophe before it. An empty text is `""`, an empty cell
    /// is nothing.
    #[default]
    Csv,
    /// A JSON object a line, its keys in the order of the columns. Empty cells and numbers that JSON has no
    /// word for (not a number, the infinities) are `null`.
    JsonLines,
    /// Parquet, compressed with zstd, in row groups of some 64 MiB before encoding.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// How CSV writes real numbers. Either reads back to the same bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reals {
    /// As short as can be: `12`, `0.1`, `1e16`; `NaN`, `Infinity`, `-Infinity`.
    #[default]
    Shortest,
    /// As Java's `Double.toString` does since JDK 19: `12.0`, `0.1`, `1.0E16`.
    Java,
}

/// The columns of a table, and how they are written. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    columns: Arc<[Column]>,
    /// For each column, how many from it on hold real numbers without a break.
    reals_from: Arc<[usize]>,
    format: Format,
    reals: Reals,
}

impl Table {
    /// A table of these columns, in CSV.
    ///
    /// # Errors
    /// If there are none, one has no name, or two have the same.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Result<Self, DataError> {
        let columns: Arc<[Column]> = columns.into_iter().collect();
        check(&columns)?;
        let reals_from = reals_from(&columns);
        Ok(Self { columns, reals_from, format: Format::default(), reals: Reals::default() })
    }

    /// The form. Default: CSV, which everything reads.
    #[must_use]
    pub fn format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// How CSV writes real numbers. Default: the shortest text, which is the fastest to write and to read.
    #[must_use]
    pub fn reals(self, reals: Reals) -> Self {
        Self { reals, ..self }
    }

    /// The columns, in their order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(crate) const fn form(&self) -> (Format, Reals) {
        (self.format, self.reals)
    }

    #[inline]
    pub(crate) fn kind(&self, column: usize) -> Option<ColumnKind> {
        self.columns.get(column).map(|column| column.kind)
    }

    /// How many columns from this one on hold real numbers without a break.
    #[inline]
    pub(crate) fn reals_from(&self, column: usize) -> usize {
        self.reals_from.get(column).copied().unwrap_or(0)
    }
}

fn check(columns: &[Column]) -> Result<(), DataError> {
    if columns.is_empty() {
        return Err(DataError::NoColumns);
    }
    let mut places = HashMap::with_capacity(columns.len());
    for (second, Column { name, .. }) in columns.iter().enumerate() {
        if name.is_empty() {
            return Err(DataError::UnnamedColumn { column: second });
        }
        if let Some(first) = places.insert(name, second) {
            return Err(DataError::DuplicateColumn { name: name.as_str().into(), first, second });
        }
    }
    Ok(())
}

fn reals_from(columns: &[Column]) -> Arc<[usize]> {
    let mut run = 0;
    let mut runs: Vec<usize> = Vec::with_capacity(columns.len());
    for column in columns.iter().rev() {
        run = if column.kind == ColumnKind::Real { run + 1 } else { 0 };
        runs.push(run);
    }
    runs.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_names_of_their_own() {
        assert!(matches!(Table::new([]), Err(DataError::NoColumns)));
        let unnamed = Table::new([Column::text("a"), Column::real("")]);
        assert!(matches!(unnamed, Err(DataError::UnnamedColumn { column: 1 })));
        let twice = ["length", "a", "length"].map(Column::real);
        match Table::new(twice) {
            Err(DataError::DuplicateColumn { name, first: 0, second: 2 }) => {
                assert_eq!(&*name, "length");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn runs_of_reals_end_where_another_kind_stands() {
        let columns =
            [Column::real("a"), Column::real("b"), Column::integer("c"), Column::real("d")];
        let table = Table::new(columns).unwrap();
        assert_eq!([0, 1, 2, 3, 4].map(|column| table.reals_from(column)), [2, 1, 0, 1, 0]);
    }
}
