//! `netsift synth`: labelled traffic out of a seed.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use netsift::capture::{CaptureError, CaptureWriter, Format, Resolution, WriterOptions};
use netsift::packet::{Frame, FrameSource, Timestamp};
use netsift::synth::{Class, Generator, LabelWriter, LabelledFlow, Mix, Scenario, SynthError};
use thiserror::Error;

use crate::failure::{Failure, tell_table};
use crate::figures::{bytes, duration, grouped};
use crate::output::Target;
use crate::progress::Progress;
use crate::table::Table;
use crate::time;

/// How many packets are made where neither --packets nor --duration says it: enough to show every class.
const DEFAULT_PACKETS: u64 = 5_000;
/// How many packets go by before the labels of ended flows are written.
const LABEL_STRIDE: u64 = 1 << 12;

/// Make labelled traffic, benign and attacks, out of a seed
///
/// Writes a capture, and with --labels a table that says of every flow what it was. The same seed and
/// settings make the same bytes on every machine.
#[derive(Args)]
#[command(after_help = EXAMPLES, after_long_help = long_help())]
pub(crate) struct Synth {
    /// The capture to write, or - for standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// The table of labels to write (CSV), or - for standard output
    #[arg(short, long, value_name = "FILE")]
    labels: Option<PathBuf>,

    /// End after this many packets [default: 5000, or no such end with --duration]
    #[arg(short = 'n', long, value_name = "N")]
    packets: Option<u64>,

    /// End after this many seconds of traffic [default: no such end]
    #[arg(short, long, value_name = "SECONDS")]
    duration: Option<f64>,

    /// What the traffic grows from
    #[arg(short, long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Classes and their shares of flows ("web=3,dns,syn-flood=0.5"), or default, benign or attacks
    #[arg(short, long, value_name = "CLASS=SHARE,...", default_value = "default", value_parser = parse_mix)]
    mix: Mix,

    /// How many flows begin a second [default: fit for the number of packets]
    #[arg(long, value_name = "N")]
    flows_per_second: Option<f64>,

    /// Mean packets of a flow, which bulk is scaled to [default: as the classes come]
    #[arg(long, value_name = "N")]
    packets_per_flow: Option<f64>,

    /// How many hosts there are [default: 400]
    #[arg(long, value_name = "N")]
    hosts: Option<u32>,

    /// Share of flows over IPv6, 0 to 1 [default: 0.2]
    #[arg(long, value_name = "SHARE")]
    ipv6: Option<f64>,

    /// Share of segments lost, 0 to 0.2 [default: 0.002]
    #[arg(long, value_name = "SHARE")]
    loss: Option<f64>,

    /// Shortest and longest round trip in seconds [default: 0.0002,0.4]
    #[arg(long, value_name = "SECONDS,SECONDS", value_parser = parse_round_trip)]
    round_trip: Option<(f64, f64)>,

    /// Seconds of traffic before the first packet, so that flows are cut at the start [default: 10, or
    /// 0 for fewer than 10000 packets]
    #[arg(long, value_name = "SECONDS")]
    warm_up: Option<f64>,

    /// Time of the first packets: 2025-06-15T12:30:00Z, "2025-06-15 12:30:00" (UTC), or seconds since
    /// 1970 [default: a fixed moment in June 2025]
    #[arg(long, value_name = "TIME", value_parser = time::parse, allow_hyphen_values = true)]
    start: Option<Timestamp>,

    /// Format of the capture [default: pcapng if FILE ends so, else pcap]
    #[arg(long)]
    format: Option<FormatName>,

    /// Unit of time in the capture
    #[arg(long, default_value = "ns")]
    resolution: Unit,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    Pcap,
    Pcapng,
}

#[derive(Clone, Copy, ValueEnum)]
enum Unit {
    /// Microseconds
    Us,
    /// Nanoseconds
    Ns,
}

const EXAMPLES: &str = "\
Examples:
  netsift synth -o made.pcap --labels made.csv                  a first try: every class
  netsift synth -o day.pcapng -n 1000000 --mix benign           a million packets of good faith
  netsift synth -o scan.pcap --mix web=9,syn-scan=1 --seed 7    one attack among browsing
  netsift synth -o - --duration 60 | netsift inspect -          nothing kept";

impl Synth {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let (capture, labels) = self.targets()?;
        let mut generator = Generator::labelled(&self.scenario())?;
        let mut files = Files::open(capture, labels, self.writer_options())?;
        let progress = Progress::of_packets(self.packets());
        let filled = files.fill(&mut generator, &progress);
        progress.clear();
        filled?;
        tell_table(&files.finish()?.table());
        Ok(())
    }

    fn targets(&self) -> Result<(Target, Option<Target>), Failure> {
        let capture = Target::of(&self.output);
        let labels = self.labels.as_deref().map(Target::of);
        if capture.is_terminal() {
            return Err(Failure::StdoutIsTerminal);
        }
        if labels.as_ref().is_some_and(|labels| labels.is_same(&capture)) {
            let (one, other) = ("the capture", "its labels");
            return Err(Failure::SameFile { one, other, target: capture });
        }
        Ok((capture, labels))
    }

    const fn packets(&self) -> Option<u64> {
        match (self.packets, self.duration) {
            (None, None) => Some(DEFAULT_PACKETS),
            (packets, _) => packets,
        }
    }

    fn scenario(&self) -> Scenario {
        let wish = Scenario::new(self.seed).mix(self.mix.clone());
        let wish = set(wish, self.packets(), Scenario::packets);
        let wish = set(wish, self.duration, Scenario::duration);
        let wish = set(wish, self.flows_per_second, Scenario::flows_per_second);
        let wish = set(wish, self.packets_per_flow, Scenario::packets_per_flow);
        let wish = set(wish, self.hosts, Scenario::hosts);
        let wish = set(wish, self.ipv6, Scenario::ipv6);
        let wish = set(wish, self.loss, Scenario::loss);
        let wish = set(wish, self.round_trip, |wish, (shortest, longest)| {
            wish.round_trip(shortest, longest)
        });
        let wish = set(wish, self.warm_up, Scenario::warm_up);
        set(wish, self.start, Scenario::start)
    }

    fn writer_options(&self) -> WriterOptions {
        let by_name = match self.output.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("pcapng") => FormatName::Pcapng,
            _ => FormatName::Pcap,
        };
        let format = match self.format.unwrap_or(by_name) {
            FormatName::Pcap => Format::Pcap,
            FormatName::Pcapng => Format::PcapNg,
        };
        let resolution = match self.resolution {
            Unit::Us => Resolution::Micros,
            Unit::Ns => Resolution::Nanos,
        };
        WriterOptions::new().format(format).resolution(resolution)
    }
}

/// The default stays where nothing is wished.
fn set<T>(wish: Scenario, value: Option<T>, setter: fn(Scenario, T) -> Scenario) -> Scenario {
    match value {
        Some(value) => setter(wish, value),
        None => wish,
    }
}

/// The files that are written, and what went into them.
struct Files {
    capture: CaptureWriter<Box<dyn Write>>,
    capture_target: Target,
    labels: Option<Labels>,
    made: Made,
}

impl Files {
    fn open(
        capture_target: Target,
        labels: Option<Target>,
        options: WriterOptions,
    ) -> Result<Self, Failure> {
        let out = capture_target.open()?;
        let capture = CaptureWriter::new(out, options)
            .map_err(|error| capture_failure(error, &capture_target))?;
        let labels = labels.map(Labels::open).transpose()?;
        Ok(Self { capture, capture_target, labels, made: Made::default() })
    }

    fn fill(&mut self, generator: &mut Generator, progress: &Progress) -> Result<(), Failure> {
        // The generator never fails: its error has no value.
        while let Ok(Some(frame)) = generator.next_frame() {
            self.capture
                .write(&frame)
                .map_err(|error| capture_failure(error, &self.capture_target))?;
            self.made.count(&frame);
            let packets = self.made.packets;
            progress.at(packets, || packets);
            if packets.is_multiple_of(LABEL_STRIDE) {
                self.write_labels(generator)?;
            }
        }
        self.write_labels(generator)
    }

    fn write_labels(&mut self, generator: &mut Generator) -> Result<(), Failure> {
        for flow in generator.ended_flows() {
            self.made.count_flow(&flow);
            if let Some(labels) = &mut self.labels {
                labels.write(&flow)?;
            }
        }
        Ok(())
    }

    /// Writes what is still buffered, and answers what was made.
    fn finish(self) -> Result<Made, Failure> {
        let Self { capture, capture_target, labels, made } = self;
        capture.finish().map_err(|error| capture_failure(error, &capture_target))?;
        labels.map_or(Ok(()), Labels::finish)?;
        Ok(made)
    }
}

/// The table of labels, whose errors name it.
struct Labels {
    writer: LabelWriter<BufWriter<Box<dyn Write>>>,
    target: Target,
}

impl Labels {
    fn open(target: Target) -> Result<Self, Failure> {
        match LabelWriter::new(BufWriter::new(target.open()?)) {
            Ok(writer) => Ok(Self { writer, target }),
            Err(source) => Err(Failure::Write { target, source }),
        }
    }

    fn write(&mut self, flow: &LabelledFlow) -> Result<(), Failure> {
        let target = &self.target;
        self.writer.write(flow).map_err(|source| Failure::Write { target: target.clone(), source })
    }

    fn finish(self) -> Result<(), Failure> {
        match self.writer.finish() {
            Ok(_) => Ok(()),
            Err(source) => Err(Failure::Write { target: self.target, source }),
        }
    }
}

fn capture_failure(error: CaptureError, target: &Target) -> Failure {
    match error {
        CaptureError::Write { source } => Failure::Write { target: target.clone(), source },
        error => Failure::Unwritable(error),
    }
}

/// What was made: all of it, and by class.
#[derive(Default)]
struct Made {
    packets: u64,
    bytes: u64,
    times: Option<(Timestamp, Timestamp)>,
    classes: BTreeMap<Class, Share>,
}

#[derive(Clone, Copy, Default)]
struct Share {
    flows: u64,
    packets: u64,
    bytes: u64,
}

impl Made {
    #[inline]
    fn count(&mut self, frame: &Frame<'_>) {
        self.packets += 1;
        self.bytes += u64::from(frame.wire_len);
        let first = self.times.map_or(frame.time, |(first, _)| first);
        self.times = Some((first, frame.time));
    }

    fn count_flow(&mut self, flow: &LabelledFlow) {
        let share = self.classes.entry(flow.class).or_default();
        share.flows += 1;
        share.packets += flow.packets;
        share.bytes += flow.bytes;
    }

    /// Class by class, and a last row of all.
    fn table(&self) -> Table {
        let mut table = Table::new(&["Made", "flows", "packets", "bytes"]);
        for (class, share) in &self.classes {
            table.row(share.cells(class.name()));
        }
        let flows = self.classes.values().map(|share| share.flows).sum();
        let (packets, bytes) = (self.packets, self.bytes);
        table.row(Share { flows, packets, bytes }.cells(&self.heading()));
        table
    }

    fn heading(&self) -> String {
        let span = self.times.map(|(first, last)| last.nanos_since(first));
        match span.and_then(|nanos| u64::try_from(nanos).ok()) {
            Some(nanos) => format!("all, in {}", duration(nanos)),
            None => "all".into(),
        }
    }
}

impl Share {
    fn cells(self, name: &str) -> [String; 4] {
        [name.into(), grouped(self.flows), grouped(self.packets), bytes(self.bytes)]
    }
}

/// The name of a mix, or the classes with their shares.
fn parse_mix(text: &str) -> Result<Mix, SynthError> {
    match text {
        "default" => Ok(Mix::default()),
        "benign" => Ok(Mix::benign()),
        "attacks" => Ok(attacks()),
        classes => classes.parse(),
    }
}

/// The attacks of the default mix, in its shares.
fn attacks() -> Mix {
    let all = Mix::default();
    let attacks = Class::ALL.iter().filter(|class| class.is_attack());
    attacks.fold(Mix::empty(), |mix, class| mix.with(*class, all.share(*class)))
}

fn parse_round_trip(text: &str) -> Result<(f64, f64), RoundTripError> {
    let seconds = |text: &str| text.trim().parse().map_err(|_| RoundTripError);
    let (shortest, longest) = text.split_once(',').ok_or(RoundTripError)?;
    Ok((seconds(shortest)?, seconds(longest)?))
}

#[derive(Debug, Error)]
#[error("it is two numbers of seconds, like 0.001,0.2")]
struct RoundTripError;

/// The examples with a list of the classes before them.
fn long_help() -> String {
    let line = |class: &Class| format!("  {:<16} {}", class.name(), class.family());
    let classes: Vec<String> = Class::ALL.iter().map(line).collect();
    format!("Classes, and the families they belong to:\n{}\n\n{EXAMPLES}", classes.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixes_have_names() {
        let shares = |name| {
            let mix = parse_mix(name).unwrap();
            (mix.share(Class::Web) > 0.0, mix.share(Class::Beacon) > 0.0)
        };
        assert_eq!(shares("default"), (true, true));
        assert_eq!(shares("benign"), (true, false));
        assert_eq!(shares("attacks"), (false, true));
        assert_eq!(shares("web=2"), (true, false));
        assert!(parse_mix("flute").is_err());
    }

    #[test]
    fn a_round_trip_is_two_numbers() {
        assert_eq!(parse_round_trip("0.001, 0.2").unwrap(), (0.001, 0.2));
        assert!(parse_round_trip("0.1").is_err() && parse_round_trip("a,b").is_err());
    }
}
