//! `netsift inspect`: what is in a capture.

mod facts;
mod hosts;
mod object;
mod page;
mod rows;
mod summary;

use std::path::PathBuf;
use std::slice;

use clap::Args;
use netsift::packet::{Depth, Packet, ParseOptions};

use crate::failure::{Failure, tell};
use crate::output::{Output, STREAM, Target};
use crate::progress::Progress;
use crate::reading::Reading;
use crate::selection::Asked;
use facts::Seen;
use rows::Rows;
use summary::Summary;

/// Show what is in captures: packets, protocols, talkers, rejects
///
/// Reads pcap and pcapng, plain or inside gzip or zstd; several captures are read as one, in time order.
/// Prints a summary, or with --packets or --csv every frame.
#[derive(Args)]
#[command(after_help = EXAMPLES, after_long_help = facts::long_help(EXAMPLES))]
pub(crate) struct Inspect {
    /// Captures, folders of captures, or - for standard input
    #[arg(required = true, value_name = "CAPTURE")]
    captures: Vec<PathBuf>,

    #[command(flatten)]
    asked: Asked,

    /// Tell the outermost headers: tunnels are payload [default: the innermost]
    #[arg(long)]
    outermost: bool,

    /// Print every frame as a JSON object in a line of its own
    #[arg(short, long)]
    packets: bool,

    /// Print every frame as a row of a CSV table
    #[arg(long)]
    csv: bool,

    /// Print the summary as one JSON object
    #[arg(long, conflicts_with_all = ["packets", "csv"])]
    json: bool,

    /// How many of the hosts with the most bytes the summary shows
    #[arg(long, value_name = "N", default_value_t = 10, conflicts_with_all = ["packets", "csv"])]
    top: usize,

    /// Where to print [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  netsift inspect night.pcap                          a summary
  netsift inspect captures/ --top 20                  of all captures in a folder
  netsift inspect night.pcap --filter 'udp port 53'   of the look-ups alone
  netsift inspect night.pcap --packets | jq .src      every frame as JSON
  netsift inspect night.pcap --csv -o night.csv       every frame as a table
  tcpdump -U -w - | netsift inspect --packets -       as it is captured";

impl Inspect {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let selection = self.asked.selection()?;
        let target = Target::of(self.output.as_deref().unwrap_or(STREAM.as_ref()));
        let reading = Reading::open(&self.captures, selection, slice::from_ref(&target))?;
        if self.packets || self.csv {
            self.rows(reading, target)
        } else {
            self.summary(reading, target)
        }
    }

    fn rows(&self, mut reading: Reading, target: Target) -> Result<(), Failure> {
        let watched = target.is_terminal();
        let progress = if watched { Progress::hidden() } else { reading.progress() };
        let rows = if self.csv { Rows::csv } else { Rows::json };
        let mut rows = rows(Output::open(target)?, watched);
        let read = self.each(&mut reading, &progress, |seen| rows.push(&seen));
        progress.clear();
        reading.losses().iter().for_each(|line| tell(line));
        // What was read before something broke is printed all the same.
        rows.finish().and(read)
    }

    fn summary(&self, mut reading: Reading, target: Target) -> Result<(), Failure> {
        let mut summary = Summary::new();
        let progress = reading.progress();
        let read = self.each(&mut reading, &progress, |seen| {
            summary.count(&seen);
            Ok(())
        });
        progress.clear();
        let told = summary.close(&reading, self.top);
        let text = if self.json { object::of(&told) } else { page::of(&told).into_bytes() };
        Output::open(target)?.write(&text)?;
        read
    }

    /// Hands every selected frame to `visit`, read.
    #[inline]
    fn each(
        &self,
        reading: &mut Reading,
        progress: &Progress,
        mut visit: impl FnMut(Seen<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let options = self.options();
        reading.each(progress, |number, frame| {
            visit(Seen { number, frame, read: Packet::parse_with(frame, &options) })
        })
    }

    fn options(&self) -> ParseOptions {
        let depth = if self.outermost { Depth::Outermost } else { Depth::Innermost };
        ParseOptions::new().depth(depth)
    }
}
