//! `netsift explore`: what is in captures or in tables, as a summary, a page, JSON, plots and tables.

mod captures;
mod tables;
mod written;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use netsift::report::Subject;

use crate::failure::Failure;
use crate::page::Told;
use crate::reading::expanded;
use crate::selection::Asked;
use crate::tables::known::is_capture;
use crate::tables::{Cleaning, Columns};

/// Tell what is in captures or tables: how much, who or what, how it is spread, and what is strange
///
/// Prints a summary; with -o writes a page that opens from disk and needs no network. Reads pcap and pcapng, and tables as CSV,
/// ARFF, JSON lines, Zeek's logs and Parquet, plain or inside gzip or zstd; which it is, their first bytes tell. Several captures
/// are read as one, in time order, and so are several tables, by the names of their columns. What is strange in captures is found
/// by an isolation forest in a second look at the files, if they hold more than it learns from; in tables, it is the rows with
/// most outliers.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explore {
    /// Captures or folders of them, or tables; patterns of their names, or - for standard input
    #[arg(required = true, value_name = "CAPTURE|TABLE")]
    inputs: Vec<PathBuf>,

    /// What is read, whatever its first bytes say
    #[arg(long, value_name = "WHAT")]
    read_as: Option<Subjects>,

    #[command(flatten)]
    told: Told,

    /// Write what is strange as a CSV table: of tables, the rows with most outliers
    #[arg(long, value_name = "FILE")]
    anomalies_csv: Option<PathBuf>,

    /// How many of each kind are told
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,

    #[command(flatten)]
    of_captures: OfCaptures,

    #[command(flatten)]
    columns: Columns,

    #[command(flatten)]
    cleaning: Cleaning,
}

/// What is asked of captures alone.
#[derive(Args)]
#[command(next_help_heading = "Captures")]
struct OfCaptures {
    #[command(flatten)]
    asked: Asked,

    /// What is looked through for what is strange [default: flows]
    #[arg(long, value_name = "WHAT")]
    anomalies: Option<Strange>,

    /// The share of it that is told as strange [default: 0.01]
    #[arg(long, value_name = "SHARE")]
    contamination: Option<f64>,

    /// Write every packet as a row of a CSV table
    #[arg(long, value_name = "FILE")]
    packets_csv: Option<PathBuf>,

    /// A list of addresses, networks, names or fingerprints that is looked for. For several, say it again
    #[arg(long, value_name = "FILE")]
    lists: Vec<PathBuf>,

    /// Take the so many hosts that send most for a list, too
    #[arg(long, value_name = "N")]
    busiest: Option<usize>,

    /// How many hosts, pairs and conversations are counted exactly; beyond, the rarest are forgotten [default: 100000]
    #[arg(long, value_name = "N")]
    exact: Option<usize>,

    /// On how many threads packets become flows [default: 1]
    #[arg(short, long, value_name = "N")]
    workers: Option<usize>,
}

/// What can be explored.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subjects {
    /// Captures
    Captures,
    /// Tables
    Tables,
}

/// What is looked through for what is strange.
#[derive(Clone, Copy, ValueEnum)]
enum Strange {
    /// Each flow
    Flows,
    /// Each packet
    Packets,
    /// Nothing
    None,
}

const EXAMPLES: &str = "\
Examples:
  netsift explore night.pcap                            a summary
  netsift explore night.pcap -o night.html              a page
  netsift explore captures/ -o all.html --static        of all captures in a folder, in a small file
  netsift explore night.pcap --lists drop.txt           with what of it is on a list
  netsift explore night.pcap --anomalies packets --anomalies-csv strange.csv
  netsift explore night.pcap --json | jq .frames        the numbers
  netsift explore flows.csv --label Label -o flows.html of a table
  netsift explore flows.csv --anomalies-csv outliers.csv
  netsift explore flows.csv --json | jq '.columns[] | {name, mean, information}'";

impl Explore {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self.subjects()? {
            Subjects::Captures => {
                refuse(self.columns.given().or(self.cleaning.given()), "tables", "captures")?;
                captures::run(&self)
            }
            Subjects::Tables => {
                refuse(self.of_captures.given(), "captures", "tables")?;
                tables::run(&self)
            }
        }
    }

    /// What it is about: all of one kind.
    fn subjects(&self) -> Result<Subjects, Failure> {
        if let Some(subjects) = self.read_as {
            return Ok(subjects);
        }
        // Patterns that no shell has read have no bytes to tell it by.
        let inputs = expanded(&self.inputs)?;
        match inputs.iter().filter(|path| is_capture(path)).count() {
            0 => Ok(Subjects::Tables),
            captures if captures == inputs.len() => Ok(Subjects::Captures),
            _ => Err(Failure::CapturesAndTables { what: "explored" }),
        }
    }
}

impl OfCaptures {
    /// An option of these that is given.
    fn given(&self) -> Option<&'static str> {
        let options = [
            ("--anomalies", self.anomalies.is_some()),
            ("--contamination", self.contamination.is_some()),
            ("--packets-csv", self.packets_csv.is_some()),
            ("--lists", !self.lists.is_empty()),
            ("--busiest", self.busiest.is_some()),
            ("--exact", self.exact.is_some()),
            ("--workers", self.workers.is_some()),
        ];
        let given = options.into_iter().find(|(_, is_given)| *is_given);
        self.asked.given().or(given.map(|(option, _)| option))
    }

    fn strange(&self) -> Option<Subject> {
        self.anomalies.unwrap_or(Strange::Flows).subject()
    }
}

fn refuse(
    option: Option<&'static str>,
    of: &'static str,
    found: &'static str,
) -> Result<(), Failure> {
    option.map_or(Ok(()), |option| Err(Failure::OtherInput { option, of, found }))
}

impl Strange {
    const fn subject(self) -> Option<Subject> {
        match self {
            Self::Flows => Some(Subject::Flows),
            Self::Packets => Some(Subject::Packets),
            Self::None => None,
        }
    }
}
