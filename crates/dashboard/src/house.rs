//! What whoever runs the page lets it see and do.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use netsift_alert::SinkState;
use serde::Serialize;

/// What whoever runs the page lets it see and do. Every answer has a default: that there is nothing of the kind here.
///
/// It is asked by several threads, and may take a moment, but for [`test_sink`](Self::test_sink) and
/// [`explore`](Self::explore), which may take long, and [`mode`](Self::mode), which may not.
pub trait House: Send + Sync {
    /// Where what is shown comes from.
    fn mode(&self) -> Mode {
        Mode::History
    }

    /// Who is told of alerts, each as it is now; nothing where that is another program's business.
    fn sinks(&self) -> Option<Vec<SinkState>> {
        None
    }

    /// Sends a test alert to a sink.
    ///
    /// # Errors
    /// What went wrong, for people.
    fn test_sink(&self, _name: &str) -> Result<(), String> {
        Err("no sinks are run here".into())
    }

    /// The models, lists and rules that are in use.
    fn knowledge(&self) -> Knowledge {
        Knowledge::default()
    }

    /// The settings that are in use at this moment, secrets hidden.
    fn settings(&self) -> InUse {
        InUse::default()
    }

    /// Where packets of alerts are saved: from nowhere else may they be downloaded.
    fn packets_folder(&self) -> Option<PathBuf> {
        None
    }

    /// An HTML page about a capture that somebody uploaded under this name, made before the deadline. The name is a line
    /// of text and nothing else: the file has another.
    ///
    /// # Errors
    /// Why there is none, for people.
    fn explore(&self, _capture: &Path, _name: &str, _by: Instant) -> Result<String, String> {
        Err("captures are not explored here".into())
    }

    /// The scripts that those pages may run, by their sums as browsers want them (`sha256-…`); no others run.
    fn report_scripts(&self) -> Vec<String> {
        Vec::new()
    }

    /// Somebody was refused: for the log.
    fn refused(&self, _refused: &Refused) {}
}

/// Where what is shown comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Interfaces.
    Live,
    /// Captures.
    Replay,
    /// Made-up traffic.
    Demo,
    /// What was recorded, or another program records.
    History,
}

/// Settings that are in use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InUse {
    /// The settings, secrets hidden.
    pub settings: serde_json::Value,
    /// Since when they have been as they are, in nanoseconds since 1970, where that is known.
    pub since: Option<i64>,
}

/// What there is to know of what decides.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Knowledge {
    /// The models.
    pub models: Vec<ModelFacts>,
    /// The lists of addresses, names and fingerprints.
    pub lists: Vec<ListFacts>,
    /// The policy, as text.
    pub policy: Option<String>,
}

/// What there is to know of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ModelFacts {
    /// Its name: the file's.
    pub name: String,
    /// What it is: `classifier` or `detector`, and of which learner.
    pub what: String,
    /// The classes that it tells.
    pub classes: Vec<String>,
    /// The columns that go in.
    pub columns: Vec<String>,
    /// Its card, as plain text.
    pub card: String,
    /// How right it was, by names of measures.
    pub metrics: Vec<Metric>,
    /// Curves of it.
    pub curves: Vec<Curve>,
    /// The quantile from which on something is strange.
    pub threshold: Option<f64>,
    /// How far what it is asked about is from what it was trained on.
    pub drift: Option<Drift>,
}

/// A number that says how good something is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Metric {
    /// What it measures.
    pub name: String,
    /// How much.
    pub value: f64,
}

/// A line through points.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Curve {
    /// What it is.
    pub name: String,
    /// What goes from left to right.
    pub x: String,
    /// What goes up.
    pub y: String,
    /// The points, from left to right.
    pub points: Vec<[f64; 2]>,
}

/// How far rows are from those of a training.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Drift {
    /// How many rows were looked at.
    pub rows: u64,
    /// In a word: whether it has drifted.
    pub level: String,
    /// The columns that drifted most, the first first.
    pub columns: Vec<Metric>,
}

/// What there is to know of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ListFacts {
    /// Its name.
    pub name: String,
    /// How bad what is on it is.
    pub level: String,
    /// How many entries are in use.
    pub loaded: u64,
    /// How many were not understood.
    pub skipped: u64,
    /// Why those were not.
    pub reasons: Vec<String>,
}

/// Somebody was refused. What he sent stands here as it came, cut short: who writes it makes it safe for there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// From where.
    pub client: IpAddr,
    /// Who it was, as far as that was known.
    pub who: Option<String>,
    /// The status that he was told.
    pub status: u16,
    /// Why, in a word that stays the same.
    pub code: &'static str,
    /// What was asked for: method and path, no query. Empty where nothing was understood.
    pub asked: String,
    /// How often the same was refused to the same client since that was last told.
    pub repeated: u64,
}
