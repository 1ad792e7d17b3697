//! `netsift prepare`: tables to numbers that a model can take.

mod done;
mod found;
mod outputs;
mod report;
mod work;

use std::path::PathBuf;

use clap::Args;
use netsift::data::split::Shares;

use crate::failure::Failure;
use crate::form;
use crate::tables::asked::{self, SplitBy};
use crate::tables::{Balancing, Cleaning, Columns, Steps};
use work::Work;

/// Clean tables, and make numbers of them that a model can take
///
/// Reads CSV, ARFF, JSON lines, Zeek's logs and Parquet, plain or inside gzip or zstd; several tables are read as one.
/// Everything that is wrong with them is counted and told. What is learned of rows (means, texts, which columns
/// matter) is learned of those to train with alone. Files get their names when all of them are whole.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Prepare {
    /// Tables, patterns of their names ("day-*.csv"), or - for standard input
    #[arg(required = true, value_name = "TABLE")]
    tables: Vec<PathBuf>,

    /// Where to write: CSV, JSON lines or Parquet, by the ending of the name, in gzip or zstd if it ends in .gz or .zst;
    /// with --split, FILE-train, FILE-validate and FILE-test, before the ending
    #[arg(short, long, value_name = "FILE", required_unless_present = "dry_run")]
    output: Option<PathBuf>,

    #[command(flatten)]
    columns: Columns,

    #[command(flatten)]
    steps: Steps,

    #[command(flatten)]
    rows: Rows,

    #[command(flatten)]
    form: Form,

    /// Also write what was found and done as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// Say what would be done, and write no rows
    #[arg(long)]
    dry_run: bool,

    /// Seed of all that is left to chance
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// How many threads read [default: as many as the machine has]
    #[arg(short, long, value_name = "N")]
    threads: Option<usize>,

    /// Say nothing but what goes wrong
    #[arg(short, long)]
    quiet: bool,
}

/// What is done about rows.
#[derive(Args)]
#[command(next_help_heading = "Rows")]
struct Rows {
    #[command(flatten)]
    cleaning: Cleaning,

    /// The share of rows to train with, the rest to test with (0.75), or to train, validate and test with
    /// (0.7,0.1,0.2)
    #[arg(long, value_name = "SHARES", value_parser = asked::parse_shares)]
    split: Option<Shares>,

    /// How rows are shared out [default: by group, time or class, the first of them that there is]
    #[arg(long, value_name = "HOW", requires = "split")]
    by: Option<SplitBy>,

    #[command(flatten)]
    balancing: Balancing,
}

/// In which form rows are written.
#[derive(Args)]
#[command(next_help_heading = "Form")]
struct Form {
    #[command(flatten)]
    wanted: form::Wanted,

    /// Write texts of CSV exactly as they are, without making them safe for spreadsheets
    #[arg(long)]
    exact: bool,
}

const EXAMPLES: &str = "\
Examples:
  netsift prepare flows.csv --label Label --dry-run             what is in it, and what is wrong with it
  netsift prepare day-*.csv -o all.csv --label Label --dedup    several tables as one, each row once
  netsift prepare flows.csv -o ready.csv --label Label --drop \"Flow ID\",\"Src IP\",\"Dst IP\",Timestamp \\
      --impute median --scale standard --split 0.75 --balance smote --report cleaning.json
  netsift prepare KDDTrain+.txt -o kdd.csv --like nsl-kdd --map-label normal=benign --map-label \"*=attack\" \\
      --encode one-hot";

impl Prepare {
    pub(crate) fn run(self) -> Result<(), Failure> {
        Work::of(self)?.through()
    }
}
