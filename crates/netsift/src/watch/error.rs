//! Why there is no watch.

use std::io;
use std::path::PathBuf;

use netsift_alert::SinkError;
use netsift_detect::DetectError;
use netsift_history::HistoryError;
use thiserror::Error;

use super::place;

/// Why there is no watch.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WatchError {
    /// A file that cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is too large for a configuration.
    #[error("a configuration has at most {most} bytes, and this has more")]
    Size {
        /// How many it may have.
        most: u64,
    },
    /// What is no configuration. The line itself is not shown: there may be a password where none belongs.
    #[error("line {line}: {}{said}{}", before(place), guess(near.as_deref()))]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The setting, `sinks.mail.delivery.digest`, where it is known; nothing for what is no TOML.
        place: String,
        /// What is wrong.
        said: String,
        /// What may be meant instead.
        near: Option<String>,
    },
    /// A configuration that has no form as a file.
    #[error("the configuration cannot be written: {source}")]
    Unwritten {
        /// What is in the way.
        source: Box<toml::ser::Error>,
    },
    /// A sink that cannot be as it is set.
    #[error("sinks.{name}: {source}")]
    Sink {
        /// The name of the sink.
        name: String,
        /// Why.
        source: SinkError,
    },
    /// Two that would write one file.
    #[error("{one}: writes {path:?}, as {other} does: name another file")]
    SameFile {
        /// Who writes it: `sinks.log`, `history`.
        one: String,
        /// Who writes it, too.
        other: String,
        /// The file.
        path: PathBuf,
    },
    /// A file or a folder that this user could not write, as things are.
    #[error("{setting}: {} cannot be written by this user: {source}{}", path.display(), mended(source))]
    Obstacle {
        /// The setting that names it.
        setting: String,
        /// The file or the folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A silence that cannot be.
    #[error("silences.{number}: {source}")]
    Silence {
        /// Which, from 0.
        number: usize,
        /// Why.
        source: SinkError,
    },
    /// A route to a sink that there is not.
    #[error("routes.{number}.to: there is no sink {to:?}{}", guess(near.as_deref()))]
    Route {
        /// Which route, from 0.
        number: usize,
        /// The name of the sink.
        to: String,
        /// The nearest that there is.
        near: Option<String>,
    },
    /// A sink that there is not.
    #[error("there is no sink {name:?}{}", guess(near.as_deref()))]
    NoSink {
        /// Its name.
        name: String,
        /// The nearest that there is.
        near: Option<String>,
    },
    /// A time to end in that cannot be.
    #[error("queues.patience is {seconds}, and must be from 0 to {most} seconds")]
    Patience {
        /// What it was to be.
        seconds: f64,
        /// The most it may be.
        most: u64,
    },
    /// What is allowed, if there is too much of it.
    #[error(transparent)]
    Allowed(#[from] DetectError),
    /// What sinks, groups or silences refuse.
    #[error(transparent)]
    Alert(#[from] SinkError),
    /// What the page refuses.
    #[cfg(feature = "dashboard")]
    #[error(transparent)]
    Dashboard(#[from] netsift_dashboard::DashboardError),
    /// What the history refuses.
    #[error("history: {0}")]
    History(#[from] HistoryError),
}

impl WatchError {
    /// What a parser says of a text.
    pub(super) fn of_syntax(error: &toml::de::Error, text: &str) -> Self {
        let said = without_value(error.message());
        let line = error.span().map_or(1, |at| place::line(text, &at));
        Self::Syntax { line, place: String::new(), near: meant(&said), said }
    }

    /// The same, of what stands there.
    pub(super) fn at(self, setting: &str) -> Self {
        match self {
            Self::Syntax { line, near, said, .. } => {
                Self::Syntax { line, place: setting.to_owned(), near, said }
            }
            other => other,
        }
    }

    /// The setting that it is about, as far as it says: `routes.0.to`.
    pub(super) fn setting(&self) -> Option<String> {
        let of = |place: &str, source: &SinkError| match source {
            SinkError::Setting { setting, .. } | SinkError::Field { setting, .. } => {
                format!("{place}.{setting}")
            }
            _ => place.to_owned(),
        };
        match self {
            Self::Sink { name, source } => Some(of(&format!("sinks.{name}"), source)),
            Self::Silence { number, .. } => Some(format!("silences.{number}")),
            Self::SameFile { one, .. } => Some(format!("{one}.path")),
            Self::Route { number, .. } => Some(format!("routes.{number}.to")),
            Self::Patience { .. } => Some("queues.patience".into()),
            Self::Alert(SinkError::Setting { setting, .. }) => Some(setting.clone()),
            Self::History(HistoryError::Setting { setting, .. }) => {
                Some(format!("history.{setting}"))
            }
            #[cfg(feature = "dashboard")]
            Self::Dashboard(netsift_dashboard::DashboardError::Setting { setting, .. }) => {
                Some(format!("dashboard.{setting}"))
            }
            _ => None,
        }
    }
}

/// What a parser says, without the value that it quotes where it expected something else: that may be a password, too.
fn without_value(said: &str) -> String {
    match (said.split_once(": "), said.rfind(", expected ")) {
        (Some((what @ ("invalid type" | "invalid value"), _)), Some(at)) => {
            format!("{what}{}", said.get(at..).unwrap_or_default())
        }
        _ => said.to_owned(),
    }
}

/// The name that was meant, where one is not known: those that are known stand in the message, between backquotes.
fn meant(said: &str) -> Option<String> {
    let mut names = said.split('`').skip(1).step_by(2);
    let unknown = names.next().filter(|_| said.starts_with("unknown "))?;
    nearest(unknown, names)
}

fn before(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!("{place}: ") }
}

/// What helps against it.
fn mended(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::NotFound => "; make its folder first",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; name another place, or be a user who may"
        }
        _ => "",
    }
}

fn guess(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"))
}

/// The nearest of these names, if it is near.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let likeness = |known: &str| strsim::jaro_winkler(name, known);
    let best = known.max_by(|one, other| likeness(one).total_cmp(&likeness(other)))?;
    (likeness(best) >= NEAR).then(|| best.to_owned())
}

/// Names below this likeness are others.
const NEAR: f64 = 0.75;
