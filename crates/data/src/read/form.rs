//! The formats of text, and what each asks of whoever cuts a table into blocks.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use super::csv::{self, line_behind};
use super::sink::{Lines, Sink};
use super::{arff, json, zeek};
use crate::DataError;

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TableFormat {
    /// Cells between commas, semicolons, tabs or what else is told.
    Csv,
    /// Weka's format.
    Arff,
    /// A JSON object a line.
    JsonLines,
    /// Zeek's logs as it writes them by itself; those in JSON are JSON lines.
    Zeek,
    /// Parquet, with the feature `parquet`.
    Parquet,
}

impl TableFormat {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Arff, Self::JsonLines, Self::Zeek, Self::Parquet];

    /// Its name: `CSV`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Arff => "ARFF",
            Self::JsonLines => "JSON",
            Self::Zeek => "Zeek",
            Self::Parquet => "Parquet",
        }
    }

    /// Told by what a table begins with, else by how its name ends, else it is CSV.
    pub(crate) fn of(start: &[u8], name: &str) -> Self {
        Self::of_content(start).or_else(|| Self::of_name(name)).unwrap_or(Self::Csv)
    }

    pub(crate) fn of_content(start: &[u8]) -> Option<Self> {
        if start.starts_with(b"PAR1") {
            return Some(Self::Parquet);
        }
        if start.starts_with(b"#separator ") || start.starts_with(b"#fields\t") {
            return Some(Self::Zeek);
        }
        match start.trim_ascii_start() {
            [b'{', ..] => Some(Self::JsonLines),
            // One list of objects: JSON, though no lines.
            [b'[', rest @ ..] if rest.trim_ascii_start().starts_with(b"{") => Some(Self::JsonLines),
            rest if arff::is_start(rest) => Some(Self::Arff),
            _ => None,
        }
    }

    /// By the last ending that is none of a compression.
    fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name =
            [".gz", ".zst", ".zstd"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
        match Path::new(name).extension()?.to_str()? {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "arff" => Some(Self::Arff),
            "json" | "jsonl" | "ndjson" => Some(Self::JsonLines),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

impl fmt::Display for TableFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TableFormat {
    type Err = DataError;

    /// By its name in any case; `jsonl` and `json-lines` are known as well.
    fn from_str(name: &str) -> Result<Self, DataError> {
        let lower = name.to_ascii_lowercase();
        let named = |format: &&Self| format.name().eq_ignore_ascii_case(&lower);
        let found = Self::ALL.iter().find(named).copied();
        let other = || matches!(&*lower, "jsonl" | "json-lines").then_some(Self::JsonLines);
        found.or_else(other).ok_or_else(|| DataError::Setting {
            parameter: "the format",
            value: name.into(),
            rule: "csv, arff, json, zeek or parquet",
        })
    }
}

/// How the rows of a table of text are read.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    Csv(csv::Dialect),
    Arff(arff::Dialect),
    JsonLines(json::Keys),
    Zeek(zeek::Dialect),
}

impl Form {
    pub(crate) const fn format(&self) -> TableFormat {
        match self {
            Self::Csv(_) => TableFormat::Csv,
            Self::Arff(_) => TableFormat::Arff,
            Self::JsonLines(_) => TableFormat::JsonLines,
            Self::Zeek(_) => TableFormat::Zeek,
        }
    }

    pub(crate) const fn lines(&self) -> Lines {
        match self {
            Self::Csv(dialect) => dialect.lines,
            Self::Arff(dialect) => dialect.lines,
            Self::JsonLines(keys) => keys.lines,
            Self::Zeek(dialect) => dialect.lines,
        }
    }

    /// Hands out the rows of a block that ends behind a row.
    pub(crate) fn rows<S: Sink>(&self, block: &[u8], sink: &mut S) {
        match self {
            Self::Csv(dialect) => dialect.rows(block, sink),
            Self::Arff(dialect) => dialect.rows(block, sink),
            Self::JsonLines(keys) => keys.rows(block, sink),
            Self::Zeek(dialect) => dialect.rows(block, sink),
        }
    }

    /// Where the last whole row of a block ends, if there is one. The block begins with a row, and if it is `last`,
    /// nothing comes behind it.
    pub(crate) fn cut(&self, block: &[u8], last: bool) -> Option<usize> {
        match self {
            _ if last => Some(block.len()),
            Self::Csv(dialect) => dialect.cut(block, last),
            _ => memchr::memrchr(b'\n', block).map(|end| end + 1),
        }
    }

    /// Behind the first line end from `place` on, if there is one for certain.
    pub(crate) fn line_behind(&self, block: &[u8], place: usize, last: bool) -> Option<usize> {
        match self {
            Self::Csv(_) => line_behind(block, place)
                .filter(|end| last || *end < block.len() || block.ends_with(b"\n")),
            _ => memchr::memchr(b'\n', block.get(place..)?).map(|end| place + end + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_content_then_by_name() {
        for (start, name, expected) in [
            (&b"a,b\n"[..], "x.csv", TableFormat::Csv),
            (b"{\"a\":1}\n", "x.csv", TableFormat::JsonLines),
            (b"% words\n@RELATION x\n", "x.txt", TableFormat::Arff),
            (b"#separator \\x09\n", "conn.log", TableFormat::Zeek),
            (b"PAR1....", "x", TableFormat::Parquet),
            (b"", "x.arff.zst", TableFormat::Arff),
            (b"", "x.JSONL.gz", TableFormat::JsonLines),
            (b"", "x", TableFormat::Csv),
        ] {
            assert_eq!(TableFormat::of(start, name), expected, "{name}");
        }
        assert_eq!("jsonl".parse::<TableFormat>().unwrap(), TableFormat::JsonLines);
        assert!("xml".parse::<TableFormat>().is_err());
    }
}
