//! `netsift extract`: flows and their features, a row each.

mod form;
mod list;
mod settings;
mod summary;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use netsift::data::{DataError, Table};
use netsift::flow::{Columns, Early, Finished, Meter};
use netsift::packet::{Filter, Timestamp};
use netsift::table::{self, FlowRows, SharedTable};

use crate::failure::{Failure, tell, tell_table};
use crate::interrupt::Interrupt;
use crate::output::{Draft, Output, STREAM, Target};
use crate::reading::Reading;
use crate::selection::Selection;
use crate::time;
use form::Form;
use settings::{Header, ProfileName, Settings};
use summary::Summary;

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

    /// Write JSON, an object a line [default: if FILE ends in .json, .jsonl or .ndjson]
    #[arg(long, conflicts_with = "parquet")]
    json: bool,

    /// Write Parquet [default: if FILE ends in .parquet]
    #[arg(long)]
    parquet: bool,

    /// Only packets that match, in tcpdump's words ("tcp port 443"); it reads the outermost headers
    #[arg(short, long, value_name = "WORDS", value_parser = Filter::compile)]
    filter: Option<Filter>,

    /// Only packets from this time on: 2025-06-15T12:30:00Z, "2025-06-15 12:30:00.5" (UTC), or
    /// seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = time::parse, allow_hyphen_values = true)]
    from: Option<Timestamp>,

    /// Only packets before this time
    #[arg(long, value_name = "TIME", value_parser = time::parse, allow_hyphen_values = true)]
    to: Option<Timestamp>,

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

    /// Say nothing but what goes wrong
    #[arg(short, long)]
    quiet: bool,

    /// Print the columns that there are, and end
    #[arg(long)]
    list_features: bool,
}

const EXAMPLES: &str = "\
Examples:
  netsift extract night.pcap -o night.csv                     every feature of every flow
  netsift extract captures/ -o all.parquet --workers 4        of all captures in a folder
  netsift extract night.pcap --profile cic --header 2017      as in the tables of CIC-IDS2017
  netsift extract night.pcap --features reference,tcp,tls     some of the features
  netsift extract --list-features --profile cic-fixed         which there are
  tcpdump -U -w - | netsift extract - --json -q | jq          as it is captured";

impl Extract {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let settings = self.settings();
        let columns = settings.columns(&self.features, self.header)?;
        let target = Target::of(self.output.as_deref().unwrap_or(STREAM.as_ref()));
        if self.list_features {
            return Output::open(target)?.write(list::of(&columns, self.header).as_bytes());
        }
        let table = self.table(&columns)?;
        let config = settings.config(&columns)?;
        let selection = Selection::new(self.filter.clone(), self.from, self.to)?;
        let draft = Draft::of(target);
        let [whole, partial] = draft.targets();
        let reading = Reading::open(&self.captures, selection, &[&whole, &partial])?;
        let rows = SharedTable::new(draft.open()?, table).map_err(|error| wrong(error, &draft))?;
        let meter = Meter::new(config, self.workers, || rows.flow_rows(&columns));
        let meter = meter.map_err(Failure::Flows)?;
        Run { reading, rows, draft, quiet: self.quiet }.through(meter)
    }

    fn settings(&self) -> Settings {
        Settings {
            profile: self.profile.into(),
            idle_timeout: self.idle_timeout,
            active_timeout: self.active_timeout,
            early: self.early,
            max_flows: self.max_flows,
        }
    }

    fn table(&self, columns: &Columns) -> Result<Table, Failure> {
        let form = Form::of(self.json, self.parquet, self.output.as_deref());
        let table = table::of_flows(columns).map_err(Failure::Table)?.format(form.format()?);
        table.check().map_err(Failure::Table)?;
        Ok(table)
    }
}

/// What is written to.
type Out = Box<dyn std::io::Write + Send>;

/// Frames on their way to rows.
struct Run {
    reading: Reading,
    rows: SharedTable<Out>,
    draft: Draft,
    quiet: bool,
}

impl Run {
    fn through(mut self, mut meter: Meter<FlowRows<Out>>) -> Result<(), Failure> {
        let progress = self.reading.progress();
        let interrupt = Interrupt::watch({
            let (flush, draft, progress) =
                (self.rows.flusher(), self.draft.clone(), progress.clone());
            move || {
                progress.clear();
                flush();
                tell_interrupted(
                    &draft,
                    "flows that were open are lost, as no packet came any more",
                );
            }
        })?;
        let (started, rows) = (Instant::now(), &self.rows);
        let read = self.reading.each(&progress, |_, frame| {
            meter.push(frame);
            match interrupt.is_asked() || rows.has_failed() {
                true => Err(Failure::Interrupted),
                false => Ok(()),
            }
        });
        interrupt.see();
        let finished = meter.finish();
        progress.clear();
        let read = if interrupt.is_asked() { Err(Failure::Interrupted) } else { read };
        self.end(&finished, read, started)
    }

    /// Writes what is left, names the file if it is whole, and says what was done.
    fn end(
        self,
        finished: &Finished<FlowRows<Out>>,
        read: Result<(), Failure>,
        started: Instant,
    ) -> Result<(), Failure> {
        let Self { reading, rows, draft, quiet } = self;
        rows.flush();
        let written = rows.rows();
        rows.finish().map_err(|error| wrong(error, &draft))?;
        reading.losses().iter().for_each(|line| tell(line));
        if !quiet {
            let summary = Summary { reading: &reading, finished, rows: written, started };
            summary.tables().iter().for_each(tell_table);
        }
        match &read {
            Ok(()) => draft.finish()?,
            Err(Failure::Interrupted) => {
                tell_interrupted(&draft, "flows that were open are told as far as they were seen");
            }
            Err(_) => tell(&format!("not whole: {}", part(&draft))),
        }
        read
    }
}

fn tell_interrupted(draft: &Draft, open: &str) {
    tell(&format!("interrupted: {}; {open}", part(draft)));
}

fn part(draft: &Draft) -> String {
    match draft.partial() {
        Some(path) => format!("what was read until then is in {}", path.display()),
        None => format!("what was read until then went to {}", draft.target()),
    }
}

fn wrong(error: DataError, draft: &Draft) -> Failure {
    match error {
        DataError::Write { source, .. } => draft.failure(source),
        error => Failure::Table(error),
    }
}
