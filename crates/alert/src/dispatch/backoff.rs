//! When to try again.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::SinkError;

/// When to try again what a sink did not take, and when to give up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Retry {
    /// After so many seconds, and twice as long each time, less up to the half by chance. Default: 1.
    pub first: f64,
    /// But never longer than this. Default: 300: who comes back is noticed within five minutes.
    pub longest: f64,
    /// What waits longer than so many seconds and fails once more is a dead letter. Default: 86,400, a day.
    pub give_up: f64,
    /// What fails so often while others get through is a dead letter. Default: 10, which takes some minutes.
    pub tries: u32,
}

/// How long to wait, from failure to failure.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    retry: Retry,
    failures: u32,
}

/// Who says how long to wait is believed up to here: nobody stops alerts for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

impl Default for Retry {
    fn default() -> Self {
        Self { first: 1.0, longest: 300.0, give_up: 86_400.0, tries: 10 }
    }
}

impl Retry {
    pub(super) fn check(&self, sink: &str) -> Result<(), SinkError> {
        let in_range = (0.001..=3_600.0).contains(&self.first);
        let rule = "0.001 to 3600 seconds";
        SinkError::unless(in_range, format!("{sink}.retry.first"), self.first, rule)?;
        let in_range = (self.first..=86_400.0).contains(&self.longest);
        let rule = "as long as the first wait, and at most 86400 seconds";
        SinkError::unless(in_range, format!("{sink}.retry.longest"), self.longest, rule)?;
        let in_range = (0.0..=31_536_000.0).contains(&self.give_up);
        let rule = "0 to 31536000 seconds";
        SinkError::unless(in_range, format!("{sink}.retry.give_up"), self.give_up, rule)?;
        let in_range = (1..=1_000).contains(&self.tries);
        SinkError::unless(in_range, format!("{sink}.retry.tries"), self.tries, "1 to 1000")
    }

    /// Whether something that was queued then has waited too long by now, in nanoseconds.
    pub(super) fn is_over(&self, queued: i64, now: i64) -> bool {
        now.saturating_sub(queued) as f64 >= self.give_up * 1e9
    }
}

impl Backoff {
    pub(super) fn new(retry: Retry) -> Self {
        Self { retry, failures: 0 }
    }

    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after another failure; not shorter than was asked for.
    pub(super) fn failed(&mut self, asked: Option<Duration>) -> Duration {
        let doubled = self.retry.first * 2_f64.powi(self.failures.min(64) as i32);
        self.failures = self.failures.saturating_add(1);
        // Who all waited for the same must not come back at the same moment.
        let seconds = doubled.min(self.retry.longest) * (0.5 + chance() / 2.0);
        let wait = Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_WAIT);
        wait.max(asked.unwrap_or_default().min(LONGEST_WAIT))
    }
}

/// From 0 to 1: the standard library's keys of hash tables are by chance.
fn chance() -> f64 {
    let number = RandomState::new().build_hasher().finish();
    (number >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_begin_anew() {
        let mut backoff = Backoff::new(Retry::default());
        for whole in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0, 300.0] {
            let wait = backoff.failed(None).as_secs_f64();
            assert!((whole / 2.0..=whole).contains(&wait), "{wait} of {whole}");
        }
        (0..200).for_each(|_| assert!(backoff.failed(None).as_secs_f64() <= 300.0));
        backoff.succeeded();
        assert!(backoff.failed(None).as_secs_f64() <= 1.0);
    }

    #[test]
    fn who_asks_for_time_gets_it_within_reason() {
        let mut backoff = Backoff::new(Retry::default());
        assert_eq!(backoff.failed(Some(Duration::from_secs(90))).as_secs(), 90);
        assert_eq!(backoff.failed(Some(Duration::MAX)), LONGEST_WAIT);
    }

    #[test]
    fn waits_are_not_the_same() {
        let waits: Vec<_> = (0..20).map(|_| Backoff::new(Retry::default()).failed(None)).collect();
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }

    #[test]
    fn what_waited_too_long_is_given_up() {
        let retry = Retry { give_up: 10.0, ..Retry::default() };
        assert!(!retry.is_over(0, 9_999_999_999) && retry.is_over(0, 10_000_000_000));
        assert!(!retry.is_over(i64::MAX, 0), "queued in the future");
    }
}
