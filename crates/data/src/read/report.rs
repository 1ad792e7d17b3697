//! What reading a table has found: rows, columns, and every defect with its places.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::{Defect, Policy};

/// What was read, and what was wrong with it.
///
/// Rows found are rows given and rows dropped, each of which was dropped for one defect.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ReadReport {
    /// The tables, in their order.
    pub tables: Vec<TableFacts>,
    /// How many rows there were.
    pub rows_found: u64,
    /// How many rows the dataset has.
    pub rows: u64,
    /// How many of the same numbers and texts have several labels: rows of one are counted once here, and all but
    /// those of its first label as [`Defect::Conflict`].
    pub contradictions: u64,
    /// The columns that were found, in their order.
    pub columns: Vec<ColumnFacts>,
    /// The defects that were found, in the order of their declaration.
    pub defects: Vec<DefectFacts>,
}

/// What was read of one table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TableFacts {
    /// Its name: its path, if it has one.
    pub name: String,
    /// Its format.
    pub format: &'static str,
    /// What it is compressed with, if it is.
    pub compression: Option<&'static str>,
    /// How many rows it has, dropped ones included.
    pub rows: u64,
    /// How many lines it has; rows, where there are no lines.
    pub lines: u64,
}

/// What was read of one column.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ColumnFacts {
    /// Its name in the dataset.
    pub name: String,
    /// What became of it.
    pub fate: ColumnFate,
    /// How many of each of its cells' defects there were.
    pub defects: BTreeMap<Defect, u64>,
}

/// What became of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ColumnFate {
    /// A column of numbers of the dataset.
    Numbers,
    /// A column of texts of the dataset.
    Texts,
    /// The labels.
    Label,
    /// The groups.
    Group,
    /// The times.
    Time,
    /// Left out, as was asked for, by name or by the description.
    Dropped,
    /// Left out, since it is equal to the one whose name it repeats.
    Repeated,
}

/// How often a defect was found, and where.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DefectFacts {
    /// The defect.
    pub defect: Defect,
    /// What was done about it.
    pub policy: Policy,
    /// How often it was found.
    pub count: u64,
    /// How many rows were left out for it.
    pub rows_dropped: u64,
    /// The first places.
    pub places: Vec<Place>,
}

/// Where something is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// The number of the table, from 0.
    pub table: usize,
    /// The line, from 1; a row of a format without lines.
    pub line: u64,
    /// The name of the column, if it is about one.
    pub column: Option<String>,
}

impl ReadReport {
    /// How often that defect was found.
    #[must_use]
    pub fn count(&self, defect: Defect) -> u64 {
        self.facts(defect).map_or(0, |facts| facts.count)
    }

    /// How many rows were left out for that defect.
    #[must_use]
    pub fn dropped(&self, defect: Defect) -> u64 {
        self.facts(defect).map_or(0, |facts| facts.rows_dropped)
    }

    /// How many rows were left out.
    #[must_use]
    pub fn rows_dropped(&self) -> u64 {
        self.defects.iter().map(|facts| facts.rows_dropped).sum()
    }

    fn facts(&self, defect: Defect) -> Option<&DefectFacts> {
        self.defects.iter().find(|facts| facts.defect == defect)
    }

    fn tell_columns(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is = |fate| self.columns.iter().filter(move |column| column.fate == fate);
        let count = |fate| is(fate).count();
        write!(f, "columns: {} of numbers", count(ColumnFate::Numbers))?;
        write!(f, ", {} of texts", count(ColumnFate::Texts))?;
        for (fate, name) in
            [(ColumnFate::Label, "label"), (ColumnFate::Group, "group"), (ColumnFate::Time, "time")]
        {
            is(fate).try_for_each(|column| write!(f, ", {name} {:?}", column.name))?;
        }
        for (fate, name) in [(ColumnFate::Dropped, "dropped"), (ColumnFate::Repeated, "repeated")] {
            if count(fate) > 0 {
                write!(f, ", {} {name}", count(fate))?;
            }
        }
        writeln!(f)
    }
}

impl fmt::Display for ReadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for TableFacts { name, format, compression, rows, .. } in &self.tables {
            let packed = compression.map_or_else(String::new, |packed| format!(", {packed}"));
            writeln!(f, "{name:?} ({format}{packed}): {rows} rows")?;
        }
        let dropped = self.rows_dropped();
        writeln!(f, "rows: {} found, {} given, {dropped} dropped", self.rows_found, self.rows)?;
        self.tell_columns(f)?;
        self.defects.iter().try_for_each(|facts| write!(f, "{facts}"))?;
        match self.contradictions {
            0 => Ok(()),
            count => writeln!(f, "{count} rows of equal cells carry several labels"),
        }
    }
}

impl fmt::Display for DefectFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { defect, policy, count, rows_dropped, places } = self;
        write!(f, "{defect}: {count} ({policy}")?;
        if *rows_dropped > 0 {
            write!(f, ", {rows_dropped} rows dropped")?;
        }
        f.write_str(")")?;
        for (number, place) in places.iter().enumerate() {
            f.write_str(if number == 0 { " at " } else { ", " })?;
            write!(f, "{place}")?;
        }
        let more = *count > places.len() as u64 && !places.is_empty();
        writeln!(f, "{}", if more { ", ..." } else { "" })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.table > 0 {
            write!(f, "table {} ", self.table + 1)?;
        }
        write!(f, "line {}", self.line)?;
        self.column.as_ref().map_or(Ok(()), |column| write!(f, " {column:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_can_read_it() {
        let place = Place { table: 1, line: 7, column: Some("Flow Bytes/s".to_owned()) };
        let report = ReadReport {
            tables: vec![TableFacts {
                name: "a.csv".to_owned(),
                format: "CSV",
                compression: Some("zstd"),
                rows: 10,
                lines: 11,
            }],
            rows_found: 10,
            rows: 8,
            contradictions: 0,
            columns: vec![ColumnFacts {
                name: "Label".to_owned(),
                fate: ColumnFate::Label,
                defects: BTreeMap::new(),
            }],
            defects: vec![DefectFacts {
                defect: Defect::Infinite,
                policy: Policy::Drop,
                count: 3,
                rows_dropped: 2,
                places: vec![place],
            }],
        };
        let expected = "\"a.csv\" (CSV, zstd): 10 rows\n\
            rows: 10 found, 8 given, 2 dropped\n\
            columns: 0 of numbers, 0 of texts, label \"Label\"\n\
            infinite: 3 (drop, 2 rows dropped) at table 2 line 7 \"Flow Bytes/s\", ...\n";
        assert_eq!(report.to_string(), expected);
        assert_eq!((report.count(Defect::Infinite), report.count(Defect::Empty)), (3, 0));
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["defects"][0]["defect"], "infinite");
        assert_eq!(json["columns"][0]["fate"], "label");
    }
}
