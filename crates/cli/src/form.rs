//! In which form rows are written.

use std::path::Path;

use clap::Args;
use netsift::data::Format;

use crate::failure::Failure;

/// The form that is wanted.
#[derive(Args)]
pub(crate) struct Wanted {
    /// Write JSON, an object a line [default: if FILE ends in .json, .jsonl or .ndjson]
    #[arg(long, conflicts_with = "parquet")]
    json: bool,

    /// Write Parquet [default: if FILE ends in .parquet]
    #[arg(long)]
    parquet: bool,
}

impl Wanted {
    /// What is asked for, or else what the name of the output says.
    pub(crate) fn format(&self, output: Option<&Path>) -> Result<Format, Failure> {
        Form::of(self.json, self.parquet, output).format()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Csv,
    Json,
    Parquet,
}

impl Form {
    fn of(json: bool, parquet: bool, output: Option<&Path>) -> Self {
        match (json, parquet) {
            (true, _) => Self::Json,
            (_, true) => Self::Parquet,
            _ => output.map_or(Self::Csv, Self::by_name),
        }
    }

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

    fn by_name(output: &Path) -> Self {
        let ending = output.extension().unwrap_or_default().to_ascii_lowercase();
        match ending.to_str() {
            Some("json" | "jsonl" | "ndjson") => Self::Json,
            Some("parquet") => Self::Parquet,
            _ => Self::Csv,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_the_form_where_nothing_else_does() {
        let by_name = |name: &str| Form::of(false, false, Some(Path::new(name)));
        let forms = ["a.csv", "a", "a.JSONL", "a.json", "b/a.parquet", ".json"].map(by_name);
        use Form::{Csv, Json, Parquet};
        assert_eq!(forms, [Csv, Csv, Json, Json, Parquet, Csv]);
        assert_eq!(Form::of(true, false, Some(Path::new("a.csv"))), Json);
        assert_eq!(Form::of(false, true, None), Parquet);
    }
}
