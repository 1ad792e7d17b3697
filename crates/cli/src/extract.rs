//! `netsift extract`: flows and their features, a row each.

mod list;
mod run;
mod settings;
mod state;
mod summary;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use netsift::data::{DataError, Table};
use netsift::flow::{Columns, Early, Labels, Meter, Packets, Profile};
use netsift::table::{self, SharedTable};

use crate::failure::Failure;
use crate::form::{self, Form};
use crate::output::{Draft, Output, STREAM, Target};
use crate::reading::Reading;
use crate::selection::Asked;
use crate::time;
use run::{Flows, Run, Singles};
use settings::{Header, ProfileName, Settings};
use state::State;

/// Write the flows in captures and their features, a row each
///
/// Reads pcap and pcapng, plain or inside gzip or zstd; several captures are read as one, in time order.
/// Writes a table to standard output or to a file, which gets its name when it is whole: until then, and if
/// the reading ends early, it is FILE.partial.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Extract {
    /// Captures, folders of captures, patterns of names ("day-*.pcap"), or - for standard input
    #[arg(required_unless_present = "list_features", value_name = "CAPTURE")]
    captures: Vec<PathBuf>,

    /// Where to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// How packets are read as flows, and which columns there are
    #[arg(short, long, default_value = "native")]
    profile: ProfileName,

    /// Which columns: groups, single ones, "reference" (those that CICFlowMeter has), or "all"; columns that
    /// identify the flow are always there
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', default_value = "all")]
    features: Vec<String>,

    /// How columns are spelt: as today, or as in the tables of CSE-CIC-IDS2018 or CIC-IDS2017
    #[arg(long, default_value = "current")]
    header: Header,

    #[command(flatten)]
    form: form::Wanted,

    #[command(flatten)]
    asked: Asked,

    /// How long a flow may be silent: 90s, 2m, 500ms [default: 120s]
    #[arg(long, value_name = "TIME", value_parser = time::parse_duration, allow_hyphen_values = true)]
    idle_timeout: Option<i64>,

    /// How long a flow may last before it is told and goes on as another [default: 30m]
    #[arg(long, value_name = "TIME", value_parser = time::parse_duration, allow_hyphen_values = true)]
    active_timeout: Option<i64>,

    /// Also a row of every flow once it has so many packets or lasts so long ("packets=10,seconds=5")
    #[arg(long, value_name = "LIMITS", value_parser = settings::parse_early)]
    early: Option<Early>,

    /// How many flows are followed at once; one more, and another is told before its end [default: 1000000]
    #[arg(long, value_name = "N")]
    max_flows: Option<usize>,

    /// How many threads follow flows; with more than one, rows are in no order
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = settings::parse_workers)]
    workers: usize,

    /// Label flows by the rules of a CSV table, as "netsift synth --labels" writes it: columns start, end, src,
    /// dst, src_port, dst_port, protocol, direction, label; the first rule that matches wins
    #[arg(long, value_name = "FILE")]
    label_file: Option<PathBuf>,

    /// Go on with the flows that the last run left open in FILE, if there is one, and leave open flows there
    /// instead of telling them
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// With --state: no more captures follow; open flows are told, and FILE stays as it is
    #[arg(long, requires = "state")]
    last: bool,

    /// Say nothing but what goes wrong
    #[arg(short, long)]
    quiet: bool,

    /// Print the columns that --features takes of --profile, and end
    #[arg(long, conflicts_with = "captures")]
    list_features: bool,
}

const EXAMPLES: &str = "\
Examples:
  netsift extract night.pcap -o night.csv                     every feature of every flow
  netsift extract captures/ -o all.parquet --workers 4        of all captures in a folder
  netsift extract night.pcap --profile cic --header 2017      as in the tables of CIC-IDS2017
  netsift extract night.pcap --features reference,tcp,tls     some of the features
  netsift extract night.pcap --profile packet -o packets.csv  a row for each packet
  netsift extract made.pcap --label-file made.csv             labelled by what is known of it
  netsift extract --list-features --profile cic-fixed         which there are
  netsift extract mon.pcap -o mon.csv --state open.flows      and on Tuesday the same with tue.pcap
  tcpdump -U -w - | netsift extract - --json -q | jq          as it is captured";

impl Extract {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let target = Target::of(self.output.as_deref().unwrap_or(STREAM.as_ref()));
        let Some(profile) = self.profile.of_flows() else { return self.run_packets(target) };
        let settings = self.settings(profile);
        let columns = settings.columns(&self.features, self.header)?;
        let columns = if self.label_file.is_some() { columns.labelled(true) } else { columns };
        if self.list_features {
            return Output::open(target)?.write(list::of(&columns, self.header).as_bytes());
        }
        self.write(&columns, &settings, target)
    }

    /// Everything is looked at before anything is written.
    fn write(self, columns: &Columns, settings: &Settings, target: Target) -> Result<(), Failure> {
        let form = self.form.form(self.output.as_deref())?;
        let table = in_form(table::of_flows(columns), form)?;
        let config = settings.config(columns)?;
        let labels = self.label_file.as_deref().map(labels).transpose()?;
        let draft = Draft::of(target).packed(form.packing);
        let state = self.state.as_deref().map(|path| State::new(path, self.last));
        let reading = self.reading(&draft, state.as_ref())?;
        let out = draft.open()?;
        let rows =
            SharedTable::new(out.clone(), table).map_err(|error| draft.table_failure(error))?;
        let sink = || match &labels {
            Some(labels) => rows.flow_rows(columns).labelled_by(Arc::clone(labels)),
            None => rows.flow_rows(columns),
        };
        let meter = match &state {
            Some(state) => state.meter(config, self.workers, sink),
            None => Meter::new(config, self.workers, sink).map_err(Failure::Flows),
        };
        let meter = meter.inspect_err(|_| draft.discard())?;
        let flows = Flows { meter, by_rules: labels.is_some() };
        Run { reading, rows, out, draft, state, quiet: self.quiet }.through(flows)
    }

    /// A row for each packet.
    fn run_packets(self, target: Target) -> Result<(), Failure> {
        self.refuse_options_of_flows()?;
        let columns = settings::packet_columns(&self.features)?.labelled(self.label_file.is_some());
        if self.list_features {
            return Output::open(target)?.write(list::of_packets(&columns).as_bytes());
        }
        let form = self.form.form(self.output.as_deref())?;
        let table = in_form(table::of_packets(&columns), form)?;
        let labels = self.label_file.as_deref().map(labels).transpose()?;
        let draft = Draft::of(target).packed(form.packing);
        let reading = self.reading(&draft, None)?;
        let out = draft.open()?;
        let rows =
            SharedTable::new(out.clone(), table).map_err(|error| draft.table_failure(error))?;
        let (own, by_rules) = (rows.packet_rows(&columns), labels.is_some());
        let own = match labels {
            Some(labels) => own.labelled_by(labels),
            None => own,
        };
        let singles = Singles { packets: Packets::new(&columns), rows: own, by_rules };
        Run { reading, rows, out, draft, state: None, quiet: self.quiet }.through(singles)
    }

    fn refuse_options_of_flows(&self) -> Result<(), Failure> {
        let options = [
            ("--idle-timeout", self.idle_timeout.is_some()),
            ("--active-timeout", self.active_timeout.is_some()),
            ("--early", self.early.is_some()),
            ("--max-flows", self.max_flows.is_some()),
            ("--state", self.state.is_some()),
            ("--workers", self.workers > 1),
            ("--header", !matches!(self.header, Header::Current)),
        ];
        match options.iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(Failure::NotOfPackets { option }),
            None => Ok(()),
        }
    }

    /// Opens what is read, which is nothing that is written.
    fn reading(&self, draft: &Draft, state: Option<&State>) -> Result<Reading, Failure> {
        let selection = self.asked.selection()?;
        let mut targets: Vec<Target> = draft.targets().collect();
        for target in state.into_iter().flat_map(|state| state.draft().targets()) {
            if targets.iter().any(|other| other.is_same(&target)) {
                let (one, other) = ("the rows", "the open flows");
                return Err(Failure::SameFile { one, other, target });
            }
            targets.push(target);
        }
        let labels = self.label_file.as_slice();
        targets.iter().try_for_each(|target| target.refuse_inputs(labels))?;
        Reading::open(&self.captures, selection, &targets)
    }

    fn settings(&self, profile: Profile) -> Settings {
        Settings {
            profile,
            idle_timeout: self.idle_timeout,
            active_timeout: self.active_timeout,
            early: self.early,
            max_flows: self.max_flows,
        }
    }
}

/// The table in the form that was asked for.
fn in_form(table: Result<Table, DataError>, form: Form) -> Result<Table, Failure> {
    let table = table.map_err(Failure::Table)?.format(form.format);
    table.check().map_err(Failure::Table)?;
    Ok(table)
}

fn labels(path: &Path) -> Result<Arc<Labels>, Failure> {
    let file = File::open(path).map_err(Failure::unread(path))?;
    let labels = Labels::read(BufReader::new(file));
    let labels = labels.map_err(|source| Failure::Labels { path: path.to_owned(), source })?;
    Ok(Arc::new(labels))
}
