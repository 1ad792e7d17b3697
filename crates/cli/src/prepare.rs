//! `netsift prepare`: tables to numbers that a model can take.

mod asked;
mod done;
mod found;
mod outputs;
mod plans;
mod report;
mod work;

use std::path::PathBuf;

use clap::Args;
use netsift::data::prepare::Fill;
use netsift::data::split::Shares;
use netsift::data::{Defect, Policy};

use crate::failure::Failure;
use crate::form;
use asked::{Balanced, Encoded, FewRows, Names, Scaled, SplitBy, TimeWritten};
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

/// What columns mean.
#[derive(Args)]
#[command(next_help_heading = "Columns")]
struct Columns {
    /// The column of labels
    #[arg(long, value_name = "NAME")]
    label: Option<String>,

    /// The column that says which rows belong together: a host, a capture, a day
    #[arg(long, value_name = "NAME")]
    group: Option<String>,

    /// The column that says when it was
    #[arg(long, value_name = "NAME")]
    time: Option<String>,

    /// How times are written [default: seconds]
    #[arg(long, value_name = "FORM", requires = "time")]
    time_form: Option<TimeWritten>,

    /// Columns to leave out; in this and every list of columns, a name with a comma in it stands in quotes:
    /// 'a,"b,c"'
    #[arg(long, value_name = "NAME,...")]
    drop: Vec<Names>,

    /// Columns to take; all others are left out
    #[arg(long, value_name = "NAME,...", conflicts_with = "drop")]
    keep: Vec<Names>,

    /// Columns of texts, whatever their first rows look like
    #[arg(long, value_name = "NAME,...")]
    texts: Vec<Names>,

    /// Columns of numbers, whatever their first rows look like
    #[arg(long, value_name = "NAME,...")]
    numbers: Vec<Names>,

    /// What stands between the cells of CSV [default: told by the table]
    #[arg(long, value_name = "CHARACTER")]
    separator: Option<char>,

    /// Take blanks around texts away
    #[arg(long)]
    trim: bool,

    /// A data set whose columns are known (nsl-kdd, unsw-nb15, unsw-nb15-sets, uci-firewall), or a JSON file that
    /// describes one
    #[arg(long, value_name = "NAME|FILE")]
    like: Option<String>,
}

/// What is done to cells, columns and labels.
#[derive(Args)]
#[command(next_help_heading = "Steps, in this order")]
struct Steps {
    /// Another name for labels: "Web Attack*=attack"; may be given several times, the first that matches counts
    #[arg(long, value_name = "PATTERN=NAME", value_parser = asked::parse_rule)]
    map_label: Vec<(String, String)>,

    /// Keep numbers between two quantiles: 0.01,0.99
    #[arg(long, value_name = "LOW,HIGH", value_parser = asked::parse_quantiles)]
    clip: Option<(f64, f64)>,

    /// Logarithms of these columns, or of "all"
    #[arg(long, value_name = "NAME,...")]
    log: Vec<Names>,

    /// What missing and infinite cells become: mean, median, frequent, or a number; missing texts become the most
    /// frequent
    #[arg(long, value_name = "WITH", value_parser = asked::parse_fill, allow_hyphen_values = true)]
    impute: Option<Fill>,

    /// How texts become numbers; one-hot tells the 256 most frequent texts of a column apart
    #[arg(long, value_name = "HOW")]
    encode: Option<Encoded>,

    /// Leave out columns that are the same in every row
    #[arg(long)]
    drop_constant: bool,

    /// Leave out columns that go with one before them: with a coefficient above this, as 0.95
    #[arg(long, value_name = "COEFFICIENT")]
    drop_correlated: Option<f64>,

    /// Keep so many columns of numbers, those that tell most about the label
    #[arg(long, value_name = "K")]
    select: Option<usize>,

    /// One size for all numbers
    #[arg(long, value_name = "HOW")]
    scale: Option<Scaled>,
}

/// What is done about rows.
#[derive(Args)]
#[command(next_help_heading = "Rows")]
struct Rows {
    /// Leave out rows that are there before, and rows that contradict a label that more rows have
    #[arg(long)]
    dedup: bool,

    /// What is done about a defect: "infinite=drop", "empty=0", "wrong-kind=refuse"; may be given several times
    #[arg(long, value_name = "DEFECT=POLICY", value_parser = asked::parse_policy)]
    on: Vec<(Defect, Policy)>,

    /// The share of rows to train with, the rest to test with (0.75), or to train, validate and test with
    /// (0.7,0.1,0.2)
    #[arg(long, value_name = "SHARES", value_parser = asked::parse_shares)]
    split: Option<Shares>,

    /// How rows are shared out [default: by group, time or class, the first of them that there is]
    #[arg(long, value_name = "HOW", requires = "split")]
    by: Option<SplitBy>,

    /// Bring classes to one size, in the rows to train with
    #[arg(long, value_name = "HOW", requires = "label")]
    balance: Option<Balanced>,

    /// With SMOTE: what becomes of a class of fewer than 6 rows to train with [default: refuse]
    #[arg(long, value_name = "HOW", requires = "balance")]
    few: Option<FewRows>,
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
