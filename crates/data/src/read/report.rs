//! What reading a table has found: rows, columns, and every defect with its places.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::{Defect, Policy};

/// How many of the keys that the first rows lack are shown.
const SHOWN_KEYS: usize = 10;

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
    /// The keys that none of the first rows had, in the order in which they came: 1,000 different ones at most.
    pub unknown_keys: Vec<KeyFacts>,
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
    /// What said whether it holds numbers or texts, if it is a feature.
    pub origin: Option<KindOrigin>,
    /// How many of each of its cells' defects there were.
    pub defects: BTreeMap<Defect, u64>,
}

/// What says whether a column holds numbers or texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum KindOrigin {
    /// It was asked for.
    Asked,
    /// The description.
    Described,
    /// The table itself.
    Declared,
    /// The first rows: all that they hold there are numbers, or there are texts.
    Sampled,
    /// Nothing: the first rows hold nothing there. What comes later is texts, of which none is lost, or numbers if all
    /// of it is such.
    #[default]
    Assumed,
}

/// How often a key came that none of the first rows had. What it holds is not in the dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeyFacts {
    /// The key.
    pub name: String,
    /// How often it came.
    pub count: u64,
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
    /// The last line of those that it takes: of an open quote, or a row that is too long, it may be another.
    pub last_line: u64,
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

    /// What a count alone does not tell, a line each: keys that were left out, and kinds of columns to be looked at.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.late_keys()
            .into_iter()
            .chain(self.columns.iter().filter_map(ColumnFacts::note))
            .collect()
    }

    fn late_keys(&self) -> Option<String> {
        let shown = self.unknown_keys.iter().take(SHOWN_KEYS);
        let shown = shown.map(|key| format!("{:?} {} times", key.name, key.count));
        let shown = shown.collect::<Vec<_>>().join(", ");
        let more = if self.unknown_keys.len() > SHOWN_KEYS { ", ..." } else { "" };
        (!shown.is_empty()).then(|| format!("keys that none of the first rows had: {shown}{more}"))
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

impl ColumnFacts {
    /// What should be looked at about its kind.
    fn note(&self) -> Option<String> {
        let Self { name, fate, origin, defects } = self;
        let texts = defects.get(&Defect::WrongKind).copied().unwrap_or(0);
        match (origin, fate) {
            (Some(KindOrigin::Sampled), ColumnFate::Numbers) if texts > 0 => Some(format!(
                "{name:?}: its first rows hold numbers, so {texts} texts are none; they stay if it is said to hold texts"
            )),
            (Some(KindOrigin::Assumed), ColumnFate::Texts) => {
                Some(format!("{name:?}: its first rows hold nothing, so it is read as texts"))
            }
            _ => None,
        }
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
        self.notes().iter().try_for_each(|note| writeln!(f, "{note}"))?;
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
        match self.last_line {
            last if last > self.line => write!(f, "lines {}-{last}", self.line)?,
            _ => write!(f, "line {}", self.line)?,
        }
        self.column.as_ref().map_or(Ok(()), |column| write!(f, " {column:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_can_read_it() {
        let column = Some("Flow Bytes/s".to_owned());
        let place = Place { table: 1, line: 7, last_line: 9, column };
        let late = |count| KeyFacts { name: "late".to_owned(), count };
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
                fate: ColumnFate::Numbers,
                origin: Some(KindOrigin::Sampled),
                defects: BTreeMap::from([(Defect::WrongKind, 4)]),
            }],
            defects: vec![DefectFacts {
                defect: Defect::Infinite,
                policy: Policy::Drop,
                count: 3,
                rows_dropped: 2,
                places: vec![place],
            }],
            unknown_keys: (1..=11).map(late).collect(),
        };
        let expected = "\"a.csv\" (CSV, zstd): 10 rows\n\
            rows: 10 found, 8 given, 2 dropped\n\
            columns: 1 of numbers, 0 of texts\n\
            infinite: 3 (drop, 2 rows dropped) at table 2 lines 7-9 \"Flow Bytes/s\", ...\n\
            keys that none of the first rows had: \"late\" 1 times, \"late\" 2 times, ";
        let text = report.to_string();
        assert!(text.starts_with(expected), "{text}");
        let expected = "\"late\" 10 times, ...\n\"Label\": its first rows hold numbers, so 4 texts are none; \
            they stay if it is said to hold texts\n";
        assert!(text.ends_with(expected), "{text}");
        assert_eq!((report.count(Defect::Infinite), report.count(Defect::Empty)), (3, 0));
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["defects"][0]["defect"], "infinite");
        assert_eq!(json["columns"][0]["fate"], "numbers");
        assert_eq!(json["columns"][0]["origin"], "sampled");
    }
}
