//! `netsift explore`: what is in captures, as a summary, a page, JSON, plots and tables.

mod captures;
mod plots;
mod written;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use netsift::report::Subject;

use crate::failure::Failure;
use crate::selection::Asked;

/// Tell what is in captures: who, when, how much, by which protocols, and what is strange
///
/// Prints a summary; with -o writes a page that opens from disk and needs no network. Reads pcap and pcapng, plain or inside
/// gzip or zstd; several captures are read as one, in time order. What is strange is found by an isolation forest in a second
/// look at the files, if they hold more than it learns from.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explore {
    /// Captures, folders of captures, or - for standard input
    #[arg(required = true, value_name = "CAPTURE")]
    captures: Vec<PathBuf>,

    #[command(flatten)]
    asked: Asked,

    /// Write a page, one HTML file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Draw the page's charts as they are, without a script to zoom and ask them: a small file
    #[arg(long = "static", requires = "output")]
    is_static: bool,

    /// Print all numbers as one JSON object in place of the summary
    #[arg(long)]
    json: bool,

    /// Write every chart into this folder, as SVG and as PNG
    #[arg(long, value_name = "FOLDER")]
    plots: Option<PathBuf>,

    /// What is looked through for what is strange
    #[arg(long, value_name = "WHAT", default_value = "flows")]
    anomalies: Strange,

    /// The share of it that is told as strange
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    contamination: f64,

    /// Write what is strange as a CSV table
    #[arg(long, value_name = "FILE")]
    anomalies_csv: Option<PathBuf>,

    /// Write every packet as a row of a CSV table
    #[arg(long, value_name = "FILE")]
    packets_csv: Option<PathBuf>,

    /// A list of addresses, networks, names or fingerprints that is looked for. For several, say it again
    #[arg(long, value_name = "FILE")]
    lists: Vec<PathBuf>,

    /// Take the so many hosts that send most for a list, too
    #[arg(long, value_name = "N")]
    busiest: Option<usize>,

    /// How many of each kind are told
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,

    /// How many hosts, pairs and conversations are counted exactly; beyond, the rarest are forgotten
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    exact: usize,

    /// On how many threads packets become flows
    #[arg(short, long, value_name = "N", default_value_t = 1)]
    workers: usize,
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
  netsift explore night.pcap --json | jq .frames        the numbers";

impl Explore {
    pub(crate) fn run(self) -> Result<(), Failure> {
        captures::run(&self)
    }
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
