//! `netsift extract`: flows and their features, a row each.

mod form;
mod list;
mod settings;
mod state;
mod summary;

use std::io::Write;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use netsift::capture::CaptureError;
use netsift::data::{DataError, Table};
use netsift::flow::{Columns, Early, Finished, Meter};
use netsift::packet::{Filter, Timestamp};
use netsift::table::{self, FlowRows, SharedTable};

use crate::failure::{Failure, report, tell, tell_table};
use crate::interrupt::Interrupt;
use crate::output::{Draft, Output, STREAM, Target};
use crate::progress::Progress;
use crate::reading::Reading;
use crate::selection::Selection;
use crate::time;
use form::Form;
use settings::{Header, ProfileName, Settings};
use state::State;
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
  netsift extract --list-features --profile cic-fixed         which there are
  netsift extract mon.pcap -o mon.csv --state open.flows      and on Tuesday the same with tue.pcap
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
        let draft = Draft::of(target);
        let state = self.state.as_deref().map(|path| State::new(path, self.last));
        let reading = self.reading(&draft, state.as_ref())?;
        let rows = SharedTable::new(draft.open()?, table).map_err(|error| wrong(error, &draft))?;
        let sink = || rows.flow_rows(&columns);
        let meter = match &state {
            Some(state) => state.meter(config, self.workers, sink),
            None => Meter::new(config, self.workers, sink).map_err(Failure::Flows),
        };
        let meter = meter.inspect_err(|_| draft.discard())?;
        Run { reading, rows, draft, state, quiet: self.quiet }.through(meter)
    }

    /// Opens what is read, which is nothing that is written.
    fn reading(&self, draft: &Draft, state: Option<&State>) -> Result<Reading, Failure> {
        let selection = Selection::new(self.filter.clone(), self.from, self.to)?;
        let mut targets: Vec<Target> = draft.targets().collect();
        for target in state.into_iter().flat_map(|state| state.draft().targets()) {
            if targets.iter().any(|other| other.is_same(&target)) {
                let (one, other) = ("the rows", "the open flows");
                return Err(Failure::SameFile { one, other, target });
            }
            targets.push(target);
        }
        Reading::open(&self.captures, selection, &targets)
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
type Out = Box<dyn Write + Send>;

/// How long rows wait for others while they are read from a pipe, behind which somebody may wait for them.
const PATIENCE: Duration = Duration::from_secs(1);

/// Frames on their way to rows.
struct Run {
    reading: Reading,
    rows: SharedTable<Out>,
    draft: Draft,
    state: Option<State>,
    quiet: bool,
}

impl Run {
    fn through(mut self, mut meter: Meter<FlowRows<Out>>) -> Result<(), Failure> {
        let progress = self.reading.progress();
        let interrupt = Interrupt::watch(self.last_words(progress.clone()))?;
        if self.reading.is_piped() {
            let flush = self.rows.flusher();
            thread::spawn(move || {
                loop {
                    thread::sleep(PATIENCE);
                    flush();
                }
            });
        }
        let (started, rows) = (Instant::now(), &self.rows);
        let read = self.reading.each(&progress, |_, frame| {
            meter.push(frame);
            if interrupt.is_asked() || rows.has_failed() { Err(Stop::Asked) } else { Ok(()) }
        });
        interrupt.see();
        // Who sends packets through a pipe may be interrupted by the same keys, and end them.
        let read = if interrupt.is_asked() { Err(Stop::Asked) } else { read };
        let finished = match &self.state {
            Some(state) if read.is_ok() => state.close(meter),
            // Open flows of a part are no ground to go on from.
            _ => Ok(meter.finish()),
        };
        progress.clear();
        self.end(&finished?, read, started)
    }

    /// What is done for a run that waits for its input when it is interrupted.
    fn last_words(&self, progress: Progress) -> impl Fn() + Send + Sync + 'static + use<> {
        let (flush, draft) = (self.rows.flusher(), self.draft.clone());
        move || {
            flush();
            progress.clear();
            let open = "flows that were open then are lost";
            report(&Failure::Interrupted { part: part(&draft), open });
        }
    }

    /// Writes what is left, says what was done, and gives files that are whole their names.
    fn end(
        self,
        finished: &Finished<FlowRows<Out>>,
        read: Result<(), Stop>,
        started: Instant,
    ) -> Result<(), Failure> {
        let Self { reading, rows, draft, state, quiet } = self;
        rows.flush();
        let written = rows.rows();
        rows.finish().map_err(|error| wrong(error, &draft))?;
        reading.losses().iter().for_each(|line| tell(line));
        if !quiet {
            let summary = Summary { reading: &reading, finished, rows: written, started };
            summary.tables().iter().for_each(tell_table);
        }
        match read {
            Ok(()) => draft.finish().and_then(|()| state.map_or(Ok(()), |state| state.finish())),
            Err(Stop::Asked) => {
                let open = "flows that were open then are told as far as they were seen";
                Err(Failure::Interrupted { part: part(&draft), open })
            }
            Err(Stop::Broken(error)) => {
                tell(&format!("not whole: {}", part(&draft)));
                Err(error.into())
            }
        }
    }
}

/// Why no more is read.
enum Stop {
    Broken(CaptureError),
    /// By a signal, or since nothing can be written any more.
    Asked,
}

impl From<CaptureError> for Stop {
    fn from(error: CaptureError) -> Self {
        Self::Broken(error)
    }
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
