//! In which form rows are written, and inside of what.

use std::path::{Path, PathBuf};

use clap::Args;
use netsift::data::{Format, Packing};

use crate::failure::Failure;
use crate::output::STREAM;

/// The form that is wanted.
#[derive(Args, Default)]
pub(crate) struct Wanted {
    /// Write CSV, whatever FILE is called [default: if FILE ends in .csv or .txt, or has no ending]
    #[arg(long, conflicts_with_all = ["json", "parquet"])]
    csv: bool,

    /// Write JSON, an object a line [default: if FILE ends in .json, .jsonl or .ndjson]
    #[arg(long, conflicts_with = "parquet")]
    json: bool,

    /// Write Parquet [default: if FILE ends in .parquet]
    #[arg(long)]
    parquet: bool,
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) format: Format,
    pub(crate) packing: Packing,
}

/// What there is to choose from, for who asked for something else.
pub(crate) const ENDINGS: &str = "choose .csv, .jsonl or .parquet (the first two also with .gz or .zst behind), or say \
     --csv, --json or --parquet";

impl Wanted {
    /// What is asked for, or else what the name of the output says; what CSV and JSON are packed into, its name
    /// alone says.
    pub(crate) fn form(&self, output: Option<&Path>) -> Result<Form, Failure> {
        let output = output.filter(|path| path.as_os_str() != STREAM).unwrap_or("".as_ref());
        let (packing, inner) = packing(output);
        let format = match self.named() {
            Some(named) => Some(named),
            None => format_of(inner),
        };
        match format {
            Some(Named::Parquet) if packing != Packing::Plain => {
                Err(Failure::PackedParquet { path: output.to_owned() })
            }
            Some(named) => Ok(Form { format: named.format()?, packing }),
            None => Err(Failure::UnknownEnding { path: output.to_owned() }),
        }
    }

    fn named(&self) -> Option<Named> {
        let asked =
            [(self.csv, Named::Csv), (self.json, Named::Json), (self.parquet, Named::Parquet)];
        asked.into_iter().find_map(|(is_asked, named)| is_asked.then_some(named))
    }
}

/// The name of a part: `all.csv.gz` has one called `all-train.csv.gz`.
pub(crate) fn name_of_part(whole: &Path, part: &str) -> PathBuf {
    let (packing, inner) = packing(whole);
    let outer = if packing == Packing::Plain { None } else { whole.extension() };
    let mut name = inner.file_stem().unwrap_or_default().to_owned();
    name.push("-");
    name.push(part);
    for ending in inner.extension().into_iter().chain(outer) {
        name.push(".");
        name.push(ending);
    }
    whole.with_file_name(name)
}

/// What a form is called; Parquet has a name even where it is not built in.
#[derive(Clone, Copy)]
enum Named {
    Csv,
    Json,
    Parquet,
}

impl Named {
    fn format(self) -> Result<Format, Failure> {
        match self {
            Self::Csv => Ok(Format::Csv),
            Self::Json => Ok(Format::JsonLines),
            #[cfg(feature = "parquet")]
            Self::Parquet => Ok(Format::Parquet),
            #[cfg(not(feature = "parquet"))]
            Self::Parquet => Err(Failure::NoParquet),
        }
    }
}

/// What the last ending packs into, and the name without it.
fn packing(path: &Path) -> (Packing, &Path) {
    let packing = match lower_ending(path).as_deref() {
        Some("gz") => Packing::Gzip,
        Some("zst" | "zstd") => Packing::Zstd,
        _ => return (Packing::Plain, path),
    };
    (packing, path.file_stem().map_or(path, Path::new))
}

/// The form that the last ending says; nothing for an ending that says none.
fn format_of(path: &Path) -> Option<Named> {
    match lower_ending(path).as_deref() {
        None | Some("csv" | "txt") => Some(Named::Csv),
        Some("json" | "jsonl" | "ndjson") => Some(Named::Json),
        Some("parquet") => Some(Named::Parquet),
        _ => None,
    }
}

fn lower_ending(path: &Path) -> Option<String> {
    Some(path.extension()?.to_string_lossy().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(wanted: [bool; 3], name: &str) -> Result<Form, Failure> {
        let [csv, json, parquet] = wanted;
        Wanted { csv, json, parquet }.form(Some(Path::new(name)))
    }

    #[test]
    fn the_name_tells_the_form_where_nothing_else_does() {
        use Format::{Csv, JsonLines};
        use Packing::{Gzip, Plain, Zstd};
        for (name, format, packing) in [
            ("a.csv", Csv, Plain),
            ("a", Csv, Plain),
            ("-", Csv, Plain),
            ("/dev/fd/63", Csv, Plain),
            ("b.d/a.TXT", Csv, Plain),
            (".json", Csv, Plain),
            ("a.JSONL", JsonLines, Plain),
            ("a.json.gz", JsonLines, Gzip),
            ("a.csv.zst", Csv, Zstd),
            ("a.CSV.ZSTD", Csv, Zstd),
            ("a.gz", Csv, Gzip),
        ] {
            assert_eq!(form([false; 3], name).unwrap(), Form { format, packing }, "{name}");
        }
        let json = Form { format: JsonLines, packing: Gzip };
        assert_eq!(form([false, true, false], "a.csv.gz").unwrap(), json);
        assert_eq!(form([true, false, false], "a.xlsx").unwrap().format, Csv);
    }

    #[test]
    fn a_form_that_is_not_written_is_refused() {
        for name in ["a.arff", "a.xlsx", "a.arff.gz", "a.tsv", "a.csv.bz2", "a.2025"] {
            assert!(matches!(form([false; 3], name), Err(Failure::UnknownEnding { .. })), "{name}");
        }
        for (wanted, name) in [([false; 3], "a.parquet.zst"), ([false, false, true], "a.gz")] {
            assert!(matches!(form(wanted, name), Err(Failure::PackedParquet { .. })), "{name}");
        }
    }

    #[test]
    fn parts_have_the_endings_of_the_whole() {
        for (whole, part) in [
            ("d/all.csv", "d/all-train.csv"),
            ("all", "all-train"),
            ("d.x/all.csv.gz", "d.x/all-train.csv.gz"),
            ("all.gz", "all-train.gz"),
            ("all.v1.csv", "all.v1-train.csv"),
        ] {
            assert_eq!(name_of_part(Path::new(whole), "train"), Path::new(part));
        }
    }
}
