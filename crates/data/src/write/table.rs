//! What a table is: its columns, and how they are written.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::DataError;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, which no other column of the table has, unless the table [repeats](Table::repeating) some.
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
    /// full-width form of the first four, and is no plain number) gets an apostrophe before it. An empty text is `""`, an empty cell
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

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "CSV",
            Self::JsonLines => "JSON",
            #[cfg(feature = "parquet")]
            Self::Parquet => "Parquet",
        })
    }
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

/// How CSV writes texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Texts {
    /// What a spreadsheet would take for a formula gets an apostrophe before it, as [`Format::Csv`] says.
    #[default]
    Safe,
    /// As they are: for programs, which read back what was written. No table for a spreadsheet where texts come from
    /// strangers.
    Exact,
}

/// The columns of a table, and how they are written. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    columns: Arc<[Column]>,
    /// For each column, how many from it on hold real numbers without a break.
    reals_from: Arc<[usize]>,
    format: Format,
    reals: Reals,
    texts: Texts,
}

impl Table {
    /// A table of these columns, in CSV.
    ///
    /// # Errors
    /// If there are none, one has no name, or two have the same.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Result<Self, DataError> {
        let table = Self::repeating(columns)?;
        match repeated(&table.columns) {
            Some((name, first, second)) => {
                Err(DataError::DuplicateColumn { name: name.into(), first, second })
            }
            None => Ok(table),
        }
    }

    /// The same, where names may stand twice, as they do in well-known tables. CSV alone can hold those:
    /// [`check`](Self::check) refuses the other forms.
    ///
    /// # Errors
    /// If there are no columns, or one has no name.
    pub fn repeating(columns: impl IntoIterator<Item = Column>) -> Result<Self, DataError> {
        let columns: Arc<[Column]> = columns.into_iter().collect();
        if columns.is_empty() {
            return Err(DataError::NoColumns);
        }
        if let Some(column) = columns.iter().position(|column| column.name.is_empty()) {
            return Err(DataError::UnnamedColumn { column });
        }
        let reals_from = reals_from(&columns);
        let (format, reals, texts) = Default::default();
        Ok(Self { columns, reals_from, format, reals, texts })
    }

    /// Whether its form can hold its columns. Every writer asks; who asks before has opened nothing yet.
    ///
    /// # Errors
    /// [`DataError::RepeatedName`] if a name stands twice and the form is not CSV.
    pub fn check(&self) -> Result<(), DataError> {
        match repeated(&self.columns) {
            Some((name, first, second)) if self.format != Format::Csv => {
                let (name, format) = (name.into(), self.format);
                Err(DataError::RepeatedName { name, first, second, format })
            }
            _ => Ok(()),
        }
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

    /// How CSV writes texts. Default: safe, since nobody knows who opens it.
    #[must_use]
    pub fn texts(self, texts: Texts) -> Self {
        Self { texts, ..self }
    }

    /// The columns, in their order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(crate) const fn form(&self) -> (Format, Reals, Texts) {
        (self.format, self.reals, self.texts)
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

/// The first name that stands twice, and where.
fn repeated(columns: &[Column]) -> Option<(&str, usize, usize)> {
    let mut places = HashMap::with_capacity(columns.len());
    columns.iter().enumerate().find_map(|(second, Column { name, .. })| {
        let first = places.insert(name.as_str(), second)?;
        Some((name.as_str(), first, second))
    })
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
    fn names_stand_twice_only_where_that_is_asked_for_and_only_in_csv() {
        let twice = ["length", "a", "length"].map(Column::real);
        let table = Table::repeating(twice).unwrap();
        assert!(table.check().is_ok());
        let lines = table.clone().format(Format::JsonLines);
        let refused = crate::TableWriter::new(Vec::new(), &lines).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "columns 1 and 3 are both named \"length\", which JSON cannot hold"
        );
        let csv = crate::TableWriter::new(Vec::new(), &table).and_then(crate::TableWriter::finish);
        assert_eq!(csv.unwrap(), b"length,a,length\n");
        assert!(matches!(Table::repeating([]), Err(DataError::NoColumns)));
    }

    #[test]
    fn runs_of_reals_end_where_another_kind_stands() {
        let columns =
            [Column::real("a"), Column::real("b"), Column::integer("c"), Column::real("d")];
        let table = Table::new(columns).unwrap();
        assert_eq!([0, 1, 2, 3, 4].map(|column| table.reals_from(column)), [2, 1, 0, 1, 0]);
    }
}
