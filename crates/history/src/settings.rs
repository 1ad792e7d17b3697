//! What is kept, for how long, and how much may wait.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::HistoryError;

/// How a history is kept. Every setting has a default; what is not known is refused.
///
/// ```
/// use netsift_history::HistorySettings;
///
/// let mut settings = HistorySettings::new("history.db");
/// settings.retention.verdict_days = 0;
/// assert_eq!(
///     settings.check().unwrap_err().to_string(),
///     "retention.verdict_days is 0, and must be from 1 to 36500"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct HistorySettings {
    /// The file. Default: `netsift-history.db`. Beside it lie two more while it is open, with `-wal` and `-shm` behind
    /// its name.
    pub path: PathBuf,
    /// After how many seconds at most what was handed over is written. Default: 0.5: few transactions are cheap ones,
    /// and nobody sees half a second.
    pub commit_seconds: f64,
    /// What is kept.
    pub keep: Keep,
    /// For how long.
    pub retention: Retention,
    /// How much may wait to be written.
    pub room: Room,
}

/// What is kept. Default: everything but flows of which nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Keep {
    /// Alerts. Default: yes.
    pub alerts: bool,
    /// Flows of which something is said. Default: yes.
    pub verdicts: bool,
    /// Flows of which nothing is said. Default: no: they are many, and counts and talkers tell of them.
    pub flows: bool,
    /// Scores of hosts, one a minute. Default: yes.
    pub hosts: bool,
    /// Counts per minute by protocol and class. Default: yes.
    pub counts: bool,
    /// Who talked and was called most in an hour. Default: yes.
    pub talkers: bool,
}

/// For how long what is kept is kept, counted from when it was written last: captures of years ago stay as long as what is
/// seen live, and a forged time empties no history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Retention {
    /// Alerts, and what people said of them. Default: 365 days.
    pub alert_days: u32,
    /// Verdicts. Default: 30 days.
    pub verdict_days: u32,
    /// Flows of which nothing is said. Default: 7 days.
    pub flow_days: u32,
    /// Counts, talkers and scores of hosts: a minute is a few rows. Default: 365 days.
    pub count_days: u32,
    /// How large the file may become, in MB of 1,000,000 bytes. Default: 4,000. Beyond that the oldest go: flows first,
    /// then verdicts, scores of hosts, talkers, counts, and alerts last. The log beside it takes some 64 MB more.
    pub most_megabytes: u64,
    /// How many talkers of an hour stay, in each direction. Default: 100.
    pub talkers: u32,
}

/// How much may wait to be written. What comes when its room is full is lost and counted; rooms are apart, so that flows
/// never take that of alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Room {
    /// Alerts. Default: 10,000; of the longest texts that are kept they take 160 MB.
    pub alerts: usize,
    /// Verdicts, and as many scores of hosts. Default: 50,000: a second of a fast link; 15 MB, of the longest texts 200.
    pub verdicts: usize,
    /// Flows of which nothing is said. Default: 50,000.
    pub flows: usize,
}

/// A century: what is longer is a slip.
const MOST_DAYS: u32 = 36_500;
const DAYS: &str = "from 1 to 36500";

impl HistorySettings {
    /// The defaults, in this file.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// Refuses values outside their rules.
    ///
    /// # Errors
    /// [`HistoryError::Setting`] for the first of them.
    pub fn check(&self) -> Result<(), HistoryError> {
        let refused = |setting, value, rule| Err(HistoryError::Setting { setting, value, rule });
        if self.path.as_os_str().is_empty() {
            return refused("path", "\"\"".into(), "the name of a file");
        }
        if !(0.01..=60.0).contains(&self.commit_seconds) {
            return refused("commit_seconds", self.commit_seconds.to_string(), "from 0.01 to 60");
        }
        let of = &self.retention;
        let whole = [
            ("retention.alert_days", u64::from(of.alert_days), 1..=MOST_DAYS.into(), DAYS),
            ("retention.verdict_days", u64::from(of.verdict_days), 1..=MOST_DAYS.into(), DAYS),
            ("retention.flow_days", u64::from(of.flow_days), 1..=MOST_DAYS.into(), DAYS),
            ("retention.count_days", u64::from(of.count_days), 1..=MOST_DAYS.into(), DAYS),
            ("retention.most_megabytes", of.most_megabytes, 1..=1_000_000_000, "from 1 to 10^9"),
            ("retention.talkers", u64::from(of.talkers), 1..=10_000, "from 1 to 10000"),
            ("room.alerts", self.room.alerts as u64, ROOM, ROOM_RULE),
            ("room.verdicts", self.room.verdicts as u64, ROOM, ROOM_RULE),
            ("room.flows", self.room.flows as u64, ROOM, ROOM_RULE),
        ];
        match whole.into_iter().find(|(_, value, range, _)| !range.contains(value)) {
            Some((setting, value, _, rule)) => refused(setting, value.to_string(), rule),
            None => Ok(()),
        }
    }

    pub(crate) fn commit_every(&self) -> Duration {
        Duration::from_secs_f64(self.commit_seconds.clamp(0.01, 60.0))
    }
}

const ROOM: std::ops::RangeInclusive<u64> = 1..=10_000_000;
const ROOM_RULE: &str = "from 1 to 10000000";

impl Default for HistorySettings {
    fn default() -> Self {
        Self {
            path: "netsift-history.db".into(),
            commit_seconds: 0.5,
            keep: Keep::default(),
            retention: Retention::default(),
            room: Room::default(),
        }
    }
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            alerts: true,
            verdicts: true,
            flows: false,
            hosts: true,
            counts: true,
            talkers: true,
        }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            alert_days: 365,
            verdict_days: 30,
            flow_days: 7,
            count_days: 365,
            most_megabytes: 4_000,
            talkers: 100,
        }
    }
}

impl Default for Room {
    fn default() -> Self {
        Self { alerts: 10_000, verdicts: 50_000, flows: 50_000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_or_cannot_be_is_refused() {
        assert!(serde_json::from_str::<HistorySettings>("{\"keep\": {\"flow\": true}}").is_err());
        let read: HistorySettings =
            serde_json::from_str("{\"keep\": {\"flows\": true}, \"commit_seconds\": 1}").unwrap();
        assert!(read.keep.flows && read.keep.alerts && read.check().is_ok());
        for wrong in [
            "{\"commit_seconds\": 0}",
            "{\"path\": \"\"}",
            "{\"room\": {\"alerts\": 0}}",
            "{\"retention\": {\"most_megabytes\": 0}}",
            "{\"retention\": {\"talkers\": 100000}}",
            "{\"retention\": {\"alert_days\": 40000}}",
        ] {
            let read: HistorySettings = serde_json::from_str(wrong).unwrap();
            assert!(matches!(read.check(), Err(HistoryError::Setting { .. })), "{wrong}");
        }
        let nan = HistorySettings { commit_seconds: f64::NAN, ..HistorySettings::default() };
        assert!(nan.check().is_err());
    }
}
