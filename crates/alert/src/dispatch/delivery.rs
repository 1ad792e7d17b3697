//! What a sink gets, how much at once, and what happens when it takes nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::backoff::Retry;
use crate::limit::Limit;
use crate::spool::SpoolSettings;
use crate::{Alert, Level, Pattern, SinkError};

/// What one sink gets, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Delivery {
    /// As bad as this, or worse. Default: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Level>,
    /// One of these classes or behaviours, `*` for any letters. Default: any.
    pub what: Vec<Pattern>,
    /// How many in what time. Default: no limit.
    pub limit: Limit,
    /// One message for so many seconds, with all that waits: of each alert what was told last, the worst first, 1,000 of
    /// them at the most, and how many more there were. 0 for one for each alert. Default: 0.
    pub digest: f64,
    /// So many alerts wait in memory to be put in the queue, or of a sink without a queue on disk for the sink itself. What
    /// comes beyond is counted. Default: 4,096.
    pub waiting: usize,
    /// The queue on disk, of a sink that has one.
    pub spool: SpoolSettings,
    /// When to try again.
    pub retry: Retry,
}

/// The longest name of a sink: it names files, too.
const MAX_NAME: usize = 64;
/// What a queue and its threads are made with.
const AS_STARTED: &str = "what it was at the start, until the next one";

impl Default for Delivery {
    fn default() -> Self {
        Self {
            at_least: None,
            what: Vec::new(),
            limit: Limit::default(),
            digest: 0.0,
            waiting: 4_096,
            spool: SpoolSettings::default(),
            retry: Retry::default(),
        }
    }
}

impl Delivery {
    /// Refuses values outside their rules, by the name of the sink.
    ///
    /// # Errors
    /// [`SinkError::Setting`].
    pub fn check(&self, sink: &str) -> Result<(), SinkError> {
        self.limit.check(sink)?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let is_name = (1..=MAX_NAME).contains(&sink.len()) && sink.bytes().all(is_plain);
        let rule = "1 to 64 letters, digits, dashes or underscores";
        SinkError::unless(is_name, "the name of a sink", sink, rule)?;
        let in_range = (0.0..=86_400.0).contains(&self.digest);
        SinkError::unless(in_range, format!("{sink}.digest"), self.digest, "0 to 86400 seconds")?;
        let in_range = (1..=1_000_000).contains(&self.waiting);
        SinkError::unless(in_range, format!("{sink}.waiting"), self.waiting, "1 to 1000000")?;
        self.spool.check()?;
        self.retry.check(sink)
    }

    /// Refuses another value of what holds from the start to the end of a sink.
    pub(super) fn check_change(&self, to: &Self, sink: &str) -> Result<(), SinkError> {
        let name = |setting: &str| format!("{sink}.{setting}");
        SinkError::unless(to.digest == self.digest, name("digest"), to.digest, AS_STARTED)?;
        SinkError::unless(to.waiting == self.waiting, name("waiting"), to.waiting, AS_STARTED)?;
        let (spool, retry) = (format!("{:?}", to.spool), format!("{:?}", to.retry));
        SinkError::unless(to.spool == self.spool, name("spool"), spool, AS_STARTED)?;
        SinkError::unless(to.retry == self.retry, name("retry"), retry, AS_STARTED)
    }

    /// Whether the sink gets this alert, if there are not too many.
    pub(super) fn wants(&self, alert: &Alert) -> bool {
        let is_named = |pattern: &Pattern| pattern.matches(&alert.what);
        self.at_least.is_none_or(|least| alert.level >= least)
            && (self.what.is_empty() || self.what.iter().any(is_named))
    }

    pub(super) fn every(&self) -> Duration {
        Duration::try_from_secs_f64(self.digest).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn level_and_class_say_what_a_sink_gets() {
        for (said, wants) in [
            ("", true),
            ("at_least = \"high\"", true),
            ("at_least = \"critical\"", false),
            ("what = [\"flood\", \"*scan\"]", true),
            ("what = [\"flood\"]", false),
        ] {
            let delivery: Delivery = toml::from_str(said).unwrap();
            assert_eq!(delivery.wants(&example("port scan", 1)), wants, "{said}");
        }
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        let delivery = Delivery::default();
        let text = toml::to_string(&delivery).unwrap();
        assert_eq!(toml::from_str::<Delivery>(&text).unwrap(), delivery);
        assert!(delivery.check("mail").is_ok());
        for wrong in ["digest = -1.0", "waiting = 0", "limit.seconds = nan", "retry.first = 0.0"] {
            let wrong = toml::from_str::<Delivery>(wrong).unwrap();
            assert!(wrong.check("mail").unwrap_err().to_string().starts_with("mail."));
        }
        assert!(toml::from_str::<Delivery>("digests = 1.0").is_err());
    }
}
