//! `netsift history FILE counts` and `netsift history FILE top`.

use clap::{Args, ValueEnum};
use netsift::history::{Bin, CountBy, CountsAsked, MOST_ROWS, Ranked, Reader, Times, Top};

use super::rows::{Row, Wanted};
use super::{When, at};
use crate::csv::Csv;
use crate::failure::Failure;
use crate::figures::{bytes, grouped};
use crate::terminal::printable;
use crate::time;

const MINUTE: i64 = 60_000_000_000;
/// Bins of so many minutes are taken where none is asked for: the first that makes no more than [`BINS`] of all.
const WIDTHS: [u32; 8] = [1, 5, 15, 60, 180, 360, 1_440, 10_080];
const BINS: i64 = 48;

/// Print how much there was over time
#[derive(Args)]
pub(super) struct Counts {
    #[command(flatten)]
    when: When,

    /// How long a row is: whole minutes, as 5m, 1h, 1d [default: such that there are some dozen rows]
    #[arg(long, value_name = "TIME", value_parser = minutes)]
    bin: Option<u32>,

    /// What is told apart
    #[arg(long, value_name = "WHAT", default_value = "all")]
    by: By,

    #[command(flatten)]
    wanted: Wanted,
}

#[derive(Clone, Copy, ValueEnum)]
enum By {
    /// Nothing
    All,
    /// Protocols behind IP
    Protocol,
    /// Classes of flows, and what alerts are
    Class,
}

/// Print of what there was most, by bytes
#[derive(Args)]
pub(super) struct Most {
    /// Of what
    of: Of,

    #[command(flatten)]
    when: When,

    #[command(flatten)]
    wanted: Wanted,
}

#[derive(Clone, Copy, ValueEnum)]
enum Of {
    /// Who opened flows
    Sources,
    /// Who was called
    Targets,
    /// Classes of flows
    Classes,
    /// Protocols behind IP
    Protocols,
}

impl Counts {
    pub(super) fn print(&self, reader: &Reader) -> Result<(), Failure> {
        let times = self.when.times()?;
        let minutes = self.bin.map_or_else(|| width(reader, times), Ok)?;
        let by = match self.by {
            By::All => CountBy::All,
            By::Protocol => CountBy::Protocol,
            By::Class => CountBy::Class,
        };
        self.wanted.print(&reader.counts(&CountsAsked { times, minutes, by })?)
    }
}

/// So many minutes that a bin has where none is asked for.
pub(super) fn width(reader: &Reader, times: Times) -> Result<u32, Failure> {
    let span = reader.span()?.unwrap_or_default();
    let since = times.since.or(span.since).unwrap_or_default();
    let until = times.until.or(span.until).unwrap_or_default();
    let minutes = until.saturating_sub(since) / MINUTE;
    let fits = |width: &u32| minutes / i64::from(*width) < BINS;
    Ok(WIDTHS.into_iter().find(fits).unwrap_or(WIDTHS[WIDTHS.len() - 1]))
}

impl Most {
    pub(super) fn print(&self, reader: &Reader) -> Result<(), Failure> {
        let of = match self.of {
            Of::Sources => Top::Sources,
            Of::Targets => Top::Targets,
            Of::Classes => Top::Classes,
            Of::Protocols => Top::Protocols,
        };
        let most = self.wanted.most().min(MOST_ROWS);
        self.wanted.print(&reader.top(of, self.when.times()?, most)?)
    }
}

fn minutes(text: &str) -> Result<u32, String> {
    let nanos = time::parse_duration(text).map_err(|error| error.to_string())?;
    match u32::try_from(nanos / MINUTE) {
        Ok(minutes) if minutes > 0 && nanos % MINUTE == 0 => Ok(minutes),
        _ => Err("it is no whole number of minutes, by which counts are kept".into()),
    }
}

impl Row for Bin {
    const HEADINGS: &'static [&'static str] =
        &["From", "of", "flows", "packets", "bytes", "alerts"];
    const WORDS: &'static [usize] = &[1];
    const COLUMNS: &'static [&'static str] = &["from", "of", "flows", "packets", "bytes", "alerts"];

    fn shown(&self) -> Vec<String> {
        vec![
            at(self.start),
            printable(&self.of).into_owned(),
            grouped(self.flows),
            grouped(self.volume.packets),
            bytes(self.volume.bytes),
            grouped(self.alerts),
        ]
    }

    fn cells(&self, csv: &mut Csv) {
        csv.text(&at(self.start));
        csv.text(&self.of);
        csv.number(self.flows);
        csv.number(self.volume.packets);
        csv.number(self.volume.bytes);
        csv.number(self.alerts);
    }
}

impl Row for Ranked {
    const HEADINGS: &'static [&'static str] = &["What", "flows", "packets", "bytes"];
    const WORDS: &'static [usize] = &[];
    const COLUMNS: &'static [&'static str] = &["what", "flows", "packets", "bytes"];

    fn shown(&self) -> Vec<String> {
        vec![
            printable(&self.name).into_owned(),
            grouped(self.flows),
            grouped(self.volume.packets),
            bytes(self.volume.bytes),
        ]
    }

    fn cells(&self, csv: &mut Csv) {
        csv.text(&self.name);
        csv.number(self.flows);
        csv.number(self.volume.packets);
        csv.number(self.volume.bytes);
    }
}
