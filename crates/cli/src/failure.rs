//! What ends a run: told in a line that says what, where, and what to do.

use std::borrow::Cow;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use netsift::capture::CaptureError;
#[cfg(feature = "dashboard")]
use netsift::dashboard::DashboardError;
use netsift::data::DataError;
use netsift::detect::DetectError;
use netsift::flow::FlowError;
use netsift::history::HistoryError;
use netsift::models::{ContainerError, ModelError};
use netsift::report::ReportError;
#[cfg(feature = "dashboard")]
use netsift::serve::DemoError;
use netsift::synth::SynthError;
use netsift::watch::WatchError;
use serde_json::Value;
use thiserror::Error;

use crate::form::ENDINGS;
use crate::log;
use crate::output::Target;
use crate::table::Table;

/// Exit code of work that failed.
const FAILED: u8 = 1;
/// Exit code of a run that Ctrl-C or SIGTERM has ended: 128 and the number of the signal of Ctrl-C, as shells
/// count.
pub(crate) const INTERRUPTED: u8 = 130;
/// Exit code of a command line that asks for what cannot be; clap's, too.
pub(crate) const WRONG_USE: u8 = 2;
/// How many broken captures of a set are told, each in a line.
const MAX_LINES: usize = 20;
/// How many names of columns are told in a line.
const MAX_NAMES: usize = 8;

#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Read(#[from] CaptureError),
    #[error("{0}")]
    Unwritable(CaptureError),
    #[error("cannot write {target}: {source}")]
    Write { target: Target, source: io::Error },
    #[error("{} may not make {target} in {}, and writes it once the interface is open: {source}", writer(user.as_deref()), folder(target))]
    WriteWithout { target: Target, user: Option<String>, source: io::Error },
    #[error("{} is read: it would be lost if it were written, too", path.display())]
    OutputIsInput { path: PathBuf },
    #[error("{} is named twice: each of its {what} would count twice", path.display())]
    NamedTwice { path: PathBuf, what: &'static str },
    #[error("standard input is a terminal, and no capture comes from there")]
    StdinIsTerminal,
    #[error("standard output is a terminal, and a capture is not to be read there")]
    StdoutIsTerminal,
    #[error("the time --from ({from}) is not before the time --to ({to})")]
    EmptyTimes { from: String, to: String },
    #[error("{}", setting(.0))]
    Scenario(#[from] SynthError),
    #[error("{0}")]
    Flows(FlowError),
    #[error("no {of} is named {name:?}{}", suggestion(.near))]
    UnknownName { of: &'static str, name: String, near: Vec<String> },
    #[error("{}: {source}{}", path.display(), cause(.source))]
    State { path: PathBuf, source: FlowError },
    #[error("{}: {source}{}", path.display(), cause(.source))]
    Labels { path: PathBuf, source: FlowError },
    #[error("cannot read {}: {source}", path.display())]
    Unread { path: PathBuf, source: io::Error },
    #[error("{one} and {other} would both go to {target}")]
    SameFile { one: &'static str, other: &'static str, target: Target },
    #[error("{}", with_cause(.0))]
    Table(DataError),
    #[error("{option}: {}", with_cause(.source))]
    Step { option: &'static str, source: DataError },
    #[error("{option} is of the profile native: {profile} ends flows in its own way")]
    NotOfProfile { option: &'static str, profile: &'static str },
    #[error("{option} is of flows, and the profile packet tells single packets")]
    NotOfPackets { option: &'static str },
    #[cfg(not(feature = "parquet"))]
    #[error("this build writes no Parquet")]
    NoParquet,
    #[error("{one} and {other} both name the column {name:?}")]
    TwoRoles { one: &'static str, other: &'static str, name: String },
    #[error("several parts cannot go to standard output")]
    PartsToStdout,
    #[error("--few is of --balance smote and borderline-smote alone")]
    NotOfBalance,
    #[error("standard input is a terminal, and no table comes from there")]
    NoTableOnTerminal,
    #[error("{}", no_rows(lost))]
    NoRows { lost: String },
    #[error("{}: tables are not written as .{}", path.display(), ending(path))]
    UnknownEnding { path: PathBuf },
    #[error("{}: Parquet compresses by itself", path.display())]
    PackedParquet { path: PathBuf },
    #[error("{} describes no data set: {source}", path.display())]
    Description { path: PathBuf, source: serde_json::Error },
    #[error("no file matches {pattern:?}")]
    NoMatch { pattern: String },
    #[error("{}", of_model(.0))]
    Model(#[from] ModelError),
    #[error("{}: {}", model, with_cause(.source))]
    ColumnOfModel { model: String, source: DataError },
    #[error("no {what} is named")]
    NothingNamed { what: &'static str },
    #[error("{}: {source}{}", path.display(), cause(.source))]
    ModelFile { path: PathBuf, source: ModelError },
    #[error("{} tells other classes, and is not to be compared", path.display())]
    OtherClasses { path: PathBuf },
    #[error("no learner that was asked for has a setting {name:?}; they have {}", known.join(", "))]
    UnknownSetting { name: String, known: Vec<&'static str> },
    #[error("it takes no captures, since of flows of the profile {profile} {missing}")]
    NoCaptures { profile: netsift::flow::Profile, missing: DataError },
    #[error("{option} is of --model decision-tree alone: others are no one tree")]
    NotOfModel { option: &'static str },
    #[error("no cell of {} can be read as the model takes it", quoted(names))]
    UnreadableColumns { names: Vec<String> },
    #[error("{option} is of --method {of} alone")]
    NotOfMethod { option: &'static str, of: &'static str },
    #[error("{option} is of flows of the profile native, and no profile is known of these rows")]
    NoProfile { option: &'static str },
    #[error("rows can be shared out by --group or by --time, and not by both")]
    GroupsAndTimes,
    #[error(
        "{option} is of rows that are shared out by chance, class or group, and these are by time"
    )]
    ByTime { option: &'static str },
    #[error("captures and tables cannot be {what} together")]
    CapturesAndTables { what: &'static str },
    #[error("{option} is of {of}, and these are {found}")]
    OtherInput { option: &'static str, of: &'static str, found: &'static str },
    #[error("{option} needs labels, and no --label names their column")]
    NeedsLabels { option: &'static str },
    #[error("{name} learns from labels")]
    LearnsFromLabels { name: String },
    #[error("{name} learns without labels")]
    LearnsWithoutLabels { name: String },
    #[error("{option} is of models of classes, and {model} tells how strange rows are")]
    NotOfDetector { option: &'static str, model: &'static str },
    #[error("{}", detect_line(.0))]
    Detect(#[from] DetectError),
    #[error("{}: {}", path.display(), detect_line(source))]
    DetectFile { path: PathBuf, source: DetectError },
    #[error("{0}")]
    Report(#[from] ReportError),
    #[error("{0}")]
    History(#[from] HistoryError),
    #[error("the time --since ({since}) is not before the time --until ({until})")]
    NoTimes { since: String, until: String },
    #[error("there is no silence {number}")]
    NoSilence { number: i64 },
    #[error("there is no allowance {number}")]
    NoAllowance { number: i64 },
    #[error("nothing to detect in: name captures, or an --interface")]
    NothingToDetectIn,
    #[cfg(feature = "dashboard")]
    #[error("nothing to serve: name captures, an --interface, a --history, or --demo")]
    NothingToServe,
    #[cfg(feature = "dashboard")]
    #[error("{}: line {line} is no user: it has to be NAME:viewer:HASH or NAME:operator:HASH", path.display())]
    NotAUser { path: PathBuf, line: usize },
    #[cfg(feature = "dashboard")]
    #[error("page: {0}")]
    Page(#[from] DashboardError),
    #[cfg(feature = "dashboard")]
    #[error("no models for the demo: {0}")]
    Demo(#[from] DemoError),
    #[error("{}: {source}", path.display())]
    Config { path: PathBuf, source: Box<WatchError> },
    #[error("{0}")]
    Watch(Box<WatchError>),
    #[error("{setting}: {rule}")]
    Configured { setting: &'static str, rule: String },
    #[error("{}: {}", path.display(), if *faults == 1 { "1 fault".to_owned() } else { format!("{faults} faults") })]
    Unsound { path: PathBuf, faults: usize },
    #[error("{}: names no sink", path.display())]
    NoSinks { path: PathBuf },
    #[error("{failed} of {of} sinks failed")]
    SinksFailed { failed: usize, of: usize },
    #[error("{lost} alerts could not be written to standard output")]
    AlertsLost { lost: u64 },
    #[error("{}: {source}", path.display())]
    Unmade { path: PathBuf, source: io::Error },
    #[error("captures are named, and an interface")]
    BothSources,
    #[error("all privileges are to be kept, and {user:?} is to be become")]
    KeptAndGiven { user: String },
    #[error("{option} is of {of}")]
    OfSource { option: &'static str, of: &'static str },
    #[error("Ctrl-C cannot be watched for: {0}")]
    Signals(io::Error),
    #[error("no thread can be started: {0}")]
    Thread(io::Error),
    #[error("interrupted: {part}; {open}")]
    Interrupted { part: String, open: &'static str },
}

impl From<WatchError> for Failure {
    fn from(error: WatchError) -> Self {
        Self::Watch(Box::new(error))
    }
}

impl Failure {
    /// What a file that cannot be read says, with its name.
    pub(crate) fn unread(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Unread { path: path.to_owned(), source }
    }

    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Read(_)
            | Self::Unwritable(_)
            | Self::Write { .. }
            | Self::WriteWithout { .. }
            | Self::NoMatch { .. }
            | Self::Labels { .. }
            | Self::Unread { .. }
            | Self::Description { .. }
            | Self::NoRows { .. }
            | Self::UnreadableColumns { .. }
            | Self::DetectFile { .. }
            | Self::Config { .. }
            | Self::Watch(_)
            | Self::Unmade { .. }
            | Self::SinksFailed { .. }
            | Self::NoSilence { .. }
            | Self::NoAllowance { .. }
            | Self::AlertsLost { .. }
            | Self::Signals(_)
            | Self::Thread(_) => FAILED,
            Self::State { source, .. } => match source {
                FlowError::OtherProfile { .. } | FlowError::OtherGroups { .. } => WRONG_USE,
                _ => FAILED,
            },
            Self::Table(error)
            | Self::Step { source: error, .. }
            | Self::ColumnOfModel { source: error, .. } => table_code(error),
            Self::Model(error) => model_code(error),
            Self::ModelFile { .. } => FAILED,
            Self::Report(ReportError::Setting { .. } | ReportError::OtherClasses { .. }) => {
                WRONG_USE
            }
            Self::Report(ReportError::Model(source)) => model_code(source),
            Self::Report(ReportError::OfModel { source, .. }) => model_code(source),
            Self::Report(_) => FAILED,
            Self::History(HistoryError::Setting { .. }) => WRONG_USE,
            Self::History(_) => FAILED,
            Self::Interrupted { .. } => INTERRUPTED,
            #[cfg(feature = "dashboard")]
            Self::Page(error) => page_code(error),
            #[cfg(feature = "dashboard")]
            Self::Demo(_) => FAILED,
            #[cfg(feature = "dashboard")]
            Self::NothingToServe | Self::NotAUser { .. } => WRONG_USE,
            Self::OutputIsInput { .. }
            | Self::NamedTwice { .. }
            | Self::SameFile { .. }
            | Self::StdinIsTerminal
            | Self::NoTableOnTerminal
            | Self::UnknownEnding { .. }
            | Self::PackedParquet { .. }
            | Self::NotOfBalance
            | Self::UnknownSetting { .. }
            | Self::NotOfModel { .. }
            | Self::NotOfMethod { .. }
            | Self::NoProfile { .. }
            | Self::GroupsAndTimes
            | Self::ByTime { .. }
            | Self::OtherClasses { .. }
            | Self::CapturesAndTables { .. }
            | Self::OtherInput { .. }
            | Self::NeedsLabels { .. }
            | Self::LearnsFromLabels { .. }
            | Self::LearnsWithoutLabels { .. }
            | Self::NotOfDetector { .. }
            | Self::Detect(_)
            | Self::NothingToDetectIn
            | Self::NothingNamed { .. }
            | Self::Configured { .. }
            | Self::Unsound { .. }
            | Self::NoSinks { .. }
            | Self::BothSources
            | Self::KeptAndGiven { .. }
            | Self::OfSource { .. }
            | Self::NoCaptures { .. }
            | Self::StdoutIsTerminal
            | Self::EmptyTimes { .. }
            | Self::NoTimes { .. }
            | Self::Scenario(_)
            | Self::Flows(_)
            | Self::UnknownName { .. }
            | Self::PartsToStdout
            | Self::TwoRoles { .. }
            | Self::NotOfProfile { .. }
            | Self::NotOfPackets { .. } => WRONG_USE,
            #[cfg(not(feature = "parquet"))]
            Self::NoParquet => WRONG_USE,
        }
    }

    pub(crate) fn is_broken_pipe(&self) -> bool {
        match self {
            Self::Write { source, .. } => source.kind() == ErrorKind::BrokenPipe,
            _ => false,
        }
    }

    /// One line; of captures of which several are broken, one each.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Self::Read(CaptureError::Several { errors, .. }) => {
                let mut lines: Vec<_> = errors.iter().take(MAX_LINES).map(read_line).collect();
                let more = errors.len().saturating_sub(MAX_LINES);
                lines.extend((more > 0).then(|| format!("{more} more captures are broken")));
                lines
            }
            Self::Read(error) => vec![read_line(error)],
            _ => vec![with(self.to_string(), self.advice())],
        }
    }

    fn advice(&self) -> &'static str {
        match self {
            Self::Unwritable(_) => "choose another --start or --format",
            Self::OutputIsInput { .. } | Self::SameFile { .. } => "name another file",
            Self::PartsToStdout => "name a file with -o",
            Self::NoTableOnTerminal => "name a file, or send a table through a pipe",
            Self::UnknownEnding { .. } => ENDINGS,
            Self::PackedParquet { .. } => "leave the last ending out",
            Self::NotOfBalance | Self::NotOfModel { .. } | Self::NotOfMethod { .. } => {
                "leave it out"
            }
            Self::NoProfile { .. } => "leave it out, or name the profile with --profile",
            Self::GroupsAndTimes => "say with --by which it is, or leave one of them out",
            Self::ByTime { .. } => "leave it out, or choose another --by",
            Self::UnreadableColumns { .. } => "check that it is the column that was trained on",
            Self::NothingNamed { .. } => {
                "report takes models and tables: netsift report MODEL... TABLE..."
            }
            Self::StdinIsTerminal => "name a file, or send a capture through a pipe",
            Self::StdoutIsTerminal => "name a file with -o, or send it through a pipe",
            Self::EmptyTimes { .. } | Self::NoTimes { .. } => "exchange them",
            Self::History(error) => history_advice(error),
            #[cfg(not(feature = "parquet"))]
            Self::NoParquet => "build it with the feature `parquet`, or write CSV",
            Self::NoMatch { .. } => "check its name",
            Self::NoSilence { .. } => "see what silences prints",
            Self::NoAllowance { .. } => "see what allowances prints",
            Self::NoSinks { .. } => "see what `netsift config init` writes",
            Self::Unmade { source, .. } if source.kind() == ErrorKind::AlreadyExists => {
                "it is not written over: name another, or move it away"
            }
            Self::Unmade { source, .. } => write_advice(source),
            Self::Unread { source, .. } => open_advice(source),
            Self::State { source, .. } => match source {
                FlowError::OtherProfile { .. } => {
                    "choose its --profile, or begin with another file"
                }
                FlowError::OtherGroups { .. } => {
                    "choose its --features, or begin with another file"
                }
                FlowError::OtherVersion { .. } => "begin with another file",
                FlowError::NotLoaded { .. } | FlowError::Unsound { .. } => {
                    "name a file that --state wrote"
                }
                _ => "",
            },
            Self::NotOfProfile { .. } | Self::NotOfPackets { .. } => "leave one of them out",
            Self::UnknownName { of: "data set or file", .. } => "",
            Self::UnknownName { .. } => "see --list-features",
            Self::Table(error) | Self::Model(ModelError::Data(error)) => table_advice(error),
            Self::Model(error) => model_advice(error),
            Self::ModelFile { source: ModelError::File(source), .. } => file_advice(source),
            Self::UnknownSetting { .. } => "see --list-models",
            Self::NoCaptures { .. } => "leave them out with --drop, or --profile",
            Self::CapturesAndTables { .. } => "take one after the other",
            Self::OtherInput { .. } | Self::NeedsLabels { .. } | Self::NotOfDetector { .. } => {
                "leave it out"
            }
            Self::LearnsFromLabels { .. } => {
                "name their column with --label, or choose another of --list-models"
            }
            Self::LearnsWithoutLabels { .. } => {
                "leave --label out, or choose another of --list-models; --anomalies names labels to judge it by"
            }
            Self::Step { option, source } => step_advice(option, source),
            Self::Write { source, .. } => write_advice(source),
            Self::WriteWithout { .. } => {
                "name a folder in which that user may write; or keep all privileges with --keep-privileges"
            }
            _ => "",
        }
    }
}

fn table_advice(error: &DataError) -> &'static str {
    match error {
        DataError::Read { source, .. } => open_advice(source),
        DataError::WrongKind { .. } => "leave it out with --drop, or --encode it",
        DataError::MissingCell { .. } => "use --impute",
        DataError::NotFinite { .. } => "make it missing first, with --transform finite,...",
        DataError::NotATable { what: "a capture of packets", .. } => {
            "make flows of it with `netsift extract`"
        }
        DataError::RepeatedName { .. } => "write CSV, or choose another --header",
        DataError::Unlabelled { what } => role_advice(what),
        _ => "",
    }
}

fn history_advice(error: &HistoryError) -> &'static str {
    match error {
        HistoryError::Missing { .. } => "check its name",
        HistoryError::NotAHistory { .. } => "name a file that a history was written to",
        HistoryError::NewerVersion { .. } => "update netsift",
        HistoryError::NoSuchAlert { .. } => "see what alerts prints",
        HistoryError::Busy { .. } => "try again",
        HistoryError::Damaged { .. } => {
            "the next run that writes to it moves it aside and begins a new one"
        }
        _ => "",
    }
}

fn file_advice(error: &ContainerError) -> &'static str {
    match error {
        ContainerError::NewerVersion { .. } => "update netsift",
        ContainerError::FileTooLong { .. } => {
            "if you trust whoever made it, allow more with --max-model"
        }
        _ => "name a file that train wrote",
    }
}

fn model_advice(error: &ModelError) -> &'static str {
    match error {
        ModelError::UnknownLearner { .. } | ModelError::UnknownSetting { .. } => {
            "see --list-models"
        }
        ModelError::UnknownMember { .. } => "name them with --set members=...",
        ModelError::NoRate { .. } => {
            "name the column of times with --time, or choose another threshold"
        }
        ModelError::TooFewAlerts { .. } => "give it rows of a longer time, or ask for more",
        ModelError::AllAlike { .. } => {
            "check the columns that are left, and that it is the right input"
        }
        ModelError::SoleClass { .. } => {
            "give it rows of another, or leave --label out: a detector learns what is usual of one class"
        }
        ModelError::NotToldApart { .. } => {
            "choose another --model or other columns, or say with --false-positive-rate how many usual rows may be told"
        }
        ModelError::OneSide { .. } => "say with --usual which labels mean usual rows",
        ModelError::NoFlows => "train it again with --profile, or name a table",
        ModelError::OtherProfile { .. } => "extract the flows with that profile",
        ModelError::NotFinite { .. } => "use --impute",
        ModelError::OutOfTime => "give it a longer --budget",
        ModelError::OneClass { .. } => "give it rows of another, or choose another --model",
        ModelError::OtherClasses { .. } => {
            "choose another --label, or rename with --map-label in training"
        }
        _ => "",
    }
}

fn step_advice(option: &str, error: &DataError) -> &'static str {
    match (option, error) {
        ("--balance", DataError::TooFewRows { .. }) => "say with --few what becomes of it",
        ("--split", DataError::TooFewRows { .. }) => {
            "choose another --by, or give it to a larger class with --map-label"
        }
        _ => table_advice(error),
    }
}

/// That no row is left, and what they were lost to, if there were any.
pub(crate) fn no_rows(lost: &str) -> String {
    match lost {
        "" => "there are no rows".to_owned(),
        lost => format!("no row is left: {lost}"),
    }
}

/// The folder that a file is in, for people.
fn folder(target: &Target) -> String {
    let parent = match target {
        Target::File(path) => path.parent(),
        Target::Stdout => None,
    };
    let named = parent.filter(|parent| !parent.as_os_str().is_empty());
    named.map_or_else(|| "this folder".to_owned(), |parent| parent.display().to_string())
}

/// Who writes files once privileges are given up.
fn writer(user: Option<&str>) -> String {
    user.map_or_else(|| "this user without privileges".to_owned(), |user| format!("user {user}"))
}

/// How what is known of rows is named on the command line.
fn role_advice(what: &str) -> &'static str {
    match what {
        "labels" => "name their column with --label",
        "groups" => "name their column with --group",
        "times" => "name their column with --time",
        _ => "",
    }
}

/// Whether a table is what is wrong, or what was asked of it.
const fn table_code(error: &DataError) -> u8 {
    match error {
        DataError::Read { .. }
        | DataError::Decompress { .. }
        | DataError::Bomb { .. }
        | DataError::Encoding { .. }
        | DataError::NotATable { .. }
        | DataError::NotJsonLines { .. }
        | DataError::EmptyTable { .. }
        | DataError::Limit { .. }
        | DataError::Header { .. }
        | DataError::Refused { .. }
        | DataError::Unreadable { .. }
        | DataError::Write { .. }
        | DataError::Encode { .. } => FAILED,
        #[cfg(feature = "parquet")]
        DataError::Parquet { .. } => FAILED,
        _ => WRONG_USE,
    }
}

/// Whether what was asked is wrong, or what was found.
#[cfg(feature = "dashboard")]
const fn page_code(error: &DashboardError) -> u8 {
    match error {
        DashboardError::Setting { .. } | DashboardError::Password => WRONG_USE,
        _ => FAILED,
    }
}

/// Whether the rows are what is wrong, or what was asked.
const fn model_code(error: &ModelError) -> u8 {
    match error {
        ModelError::Data(error) => table_code(error),
        ModelError::UnknownLearner { .. }
        | ModelError::UnknownSetting { .. }
        | ModelError::UnknownMember { .. }
        | ModelError::Setting { .. }
        | ModelError::NoFlows
        | ModelError::NoDetector { .. }
        | ModelError::NoRate { .. }
        | ModelError::TooFewAlerts { .. }
        | ModelError::OtherProfile { .. } => WRONG_USE,
        ModelError::Cancelled => INTERRUPTED,
        _ => FAILED,
    }
}

/// Says what ended the run.
pub(crate) fn report(failure: &Failure) {
    failure.lines().iter().for_each(|said| tracing::error!(said));
}

/// Says what is wrong, and does not end the run.
pub(crate) fn warn(said: &str) {
    tracing::warn!(said);
}

/// Says a line about the run, where it does not mix with the work's output.
pub(crate) fn tell(said: &str) {
    tracing::info!(said);
}

/// The same, which programs read as these fields.
pub(crate) fn tell_facts(said: &str, facts: &Value) {
    tracing::info!(said, facts = facts.to_string());
}

/// Says what is wrong, which programs read as these fields.
pub(crate) fn warn_facts(said: &str, facts: &Value) {
    tracing::warn!(said, facts = facts.to_string());
}

/// What is wrong, in one line: what a parser draws below it is for editors.
fn detect_line(error: &DetectError) -> String {
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let drawn = |line: &&&str| !line.starts_with('|') && !line.contains(" | ");
    lines.iter().filter(drawn).copied().collect::<Vec<_>>().join("; ")
}

/// Prints what was done, where it does not mix with the work's output.
pub(crate) fn tell_table(table: &Table) {
    if log::is_json() {
        return table.facts().for_each(|(said, facts)| tell_facts(said, &facts));
    }
    // Nobody may be listening there.
    let _ = write!(io::stderr(), "{table}");
}

fn read_line(error: &CaptureError) -> String {
    with(format!("{error}{}", cause(error)), read_advice(error))
}

fn with_cause(error: &DataError) -> String {
    format!("{error}{}", cause(error))
}

fn of_model(error: &ModelError) -> String {
    format!("{error}{}", cause(error))
}

fn cause(error: &dyn std::error::Error) -> String {
    error.source().map(|cause| format!(": {cause}")).unwrap_or_default()
}

fn read_advice(error: &CaptureError) -> &'static str {
    match error {
        CaptureError::Open { source, .. } => open_advice(source),
        CaptureError::Empty { .. } => "capture again, or wait until something was captured",
        CaptureError::NotACapture { .. } => {
            "name a pcap or pcapng capture, plain or inside gzip or zstd"
        }
        CaptureError::NoCaptures { .. } => "name a capture, or a folder that holds one",
        CaptureError::Broken { .. }
        | CaptureError::Decompress { .. }
        | CaptureError::Read { .. } => {
            "what came before was read, and for the rest it has to be copied or captured anew"
        }
        _ => "",
    }
}

fn open_advice(source: &io::Error) -> &'static str {
    match source.kind() {
        ErrorKind::NotFound => "check its name",
        ErrorKind::PermissionDenied => "ask for the right to read it",
        ErrorKind::IsADirectory => "name what is in it, as \"FOLDER/*.csv\"",
        _ => "",
    }
}

fn write_advice(source: &io::Error) -> &'static str {
    match source.kind() {
        ErrorKind::NotFound => "make its folder first",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem | ErrorKind::IsADirectory => {
            "name another place"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room, or name another place",
        _ => "",
    }
}

fn ending(path: &Path) -> Cow<'_, str> {
    path.extension().unwrap_or_default().to_string_lossy()
}

/// The first names of a list that may be long.
fn quoted(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(MAX_NAMES).map(|name| format!("{name:?}")).collect();
    match names.len().saturating_sub(MAX_NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn suggestion(near: &[String]) -> String {
    match near {
        [] => String::new(),
        names => format!("; near it: {}", names.join(", ")),
    }
}

/// A setting by the name of its argument.
fn setting(error: &SynthError) -> String {
    match error {
        SynthError::Setting { parameter, value, rule } => {
            format!("--{} is {value}, but {rule}", parameter.replace('_', "-"))
        }
        other => format!("--mix: {other}"),
    }
}

fn with(line: String, advice: &str) -> String {
    if advice.is_empty() { line } else { format!("{line}; {advice}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_where_and_what_to_do() {
        let source = io::Error::from(ErrorKind::NotFound);
        let failure = Failure::Read(CaptureError::Open { path: "x.pcap".into(), source });
        assert_eq!(failure.lines(), ["x.pcap: cannot be opened: entity not found; check its name"]);
        assert_eq!(failure.exit_code(), 1);
    }

    #[test]
    fn of_many_broken_captures_some_are_told_and_the_rest_counted() {
        let empty = || CaptureError::Empty { input: netsift::capture::Input::Stdin };
        let errors = (0..25).map(|_| empty()).collect();
        let lines = Failure::Read(CaptureError::Several { captures: 30, errors }).lines();
        assert_eq!((lines.len(), lines[20].as_str()), (21, "5 more captures are broken"));
    }

    #[test]
    fn a_setting_is_told_by_its_argument() {
        let rule = "it is a share from 0 to 1";
        let failure = Failure::from(SynthError::Setting { parameter: "warm_up", value: 1.5, rule });
        assert_eq!(failure.lines(), ["--warm-up is 1.5, but it is a share from 0 to 1"]);
        assert_eq!(failure.exit_code(), 2);
    }
}
