//! How the sinks are doing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::{SinkError, time};

/// How a sink is doing. Every alert that was handed over for it is in one of the counts of the same line:
///
/// `handed = limited + overflowed + unwritten + delivered + dead + waiting`, but for those that are on their way between two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SinkState {
    /// Its name.
    pub name: String,
    /// Alerts that are for it, those among them that tell of others, and those that were there at the start.
    pub handed: u64,
    /// Alerts beyond its limit, which were told as one.
    pub limited: u64,
    /// Alerts that were not taken, since the queue was full.
    pub overflowed: u64,
    /// Alerts that could not be written to the queue on disk, or were given up without one.
    pub unwritten: u64,
    /// Alerts that arrived.
    pub delivered: u64,
    /// Alerts among them that some of several are never told, since they are refused there.
    pub partly: u64,
    /// Alerts that are dead letters.
    pub dead: u64,
    /// Alerts that wait.
    pub waiting: u64,
    /// Bytes of the queue on disk.
    pub bytes: u64,
    /// Attempts that failed.
    pub failures: u64,
    /// Whether the last attempt failed, or the queue cannot be written.
    pub is_failing: bool,
    /// What was said the last time that something failed.
    pub last_error: Option<String>,
    /// When that was, in nanoseconds since 1970.
    pub last_failure: Option<i64>,
    /// When the last alert arrived, in nanoseconds since 1970.
    pub last_success: Option<i64>,
}

/// The states of all sinks, for who looks at them while they work.
#[derive(Clone, Debug, Default)]
pub struct States(Arc<Mutex<Vec<Arc<Gauges>>>>);

impl States {
    /// Each sink as it is now.
    #[must_use]
    pub fn all(&self) -> Vec<SinkState> {
        let gauges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gauges.iter().map(|gauges| gauges.state()).collect()
    }

    pub(super) fn add(&self, name: &str) -> Arc<Gauges> {
        let gauges = Arc::new(Gauges { name: name.to_owned(), ..Gauges::default() });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&gauges));
        gauges
    }
}

/// What the threads of a sink count.
#[derive(Debug, Default)]
pub(super) struct Gauges {
    name: String,
    pub(super) handed: Count,
    pub(super) limited: Count,
    pub(super) overflowed: Count,
    pub(super) unwritten: Count,
    pub(super) delivered: Count,
    pub(super) partly: Count,
    pub(super) dead: Count,
    pub(super) waiting: Count,
    pub(super) bytes: Count,
    last: Mutex<Last>,
}

#[derive(Clone, Debug, Default)]
struct Last {
    failures: u64,
    /// Of the queue, and of the sink.
    is_failing: [bool; 2],
    /// Whether that was told, and when something was told last.
    is_told: [bool; 2],
    told: [Option<Instant>; 2],
    error: Option<String>,
    failure: Option<i64>,
    success: Option<i64>,
}

/// What can fail.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Queue,
    Sink,
}

/// What fails and works by turns is told so often: a disk that is almost full takes what is short.
const QUIET: Duration = Duration::from_secs(60);

/// A number that several threads raise.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn set(&self, count: u64) {
        self.0.store(count, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Gauges {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether this is news.
    pub(super) fn failed(&self, part: Part, error: &SinkError) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.failures += 1;
        last.error = Some(error.to_string());
        last.failure = Some(time::now());
        if matches!(error, SinkError::Partly { .. }) {
            last.success = last.failure;
        }
        let part = part as usize;
        last.is_failing[part] = true;
        let was_quiet = last.told[part].is_none_or(|told| told.elapsed() >= QUIET);
        let is_news = !last.is_told[part] && was_quiet;
        if is_news {
            last.is_told[part] = true;
            last.told[part] = Some(Instant::now());
        }
        is_news
    }

    /// Whether it failed the last time.
    pub(super) fn is_failing(&self, part: Part) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_failing[part as usize]
    }

    /// Whether this is news.
    pub(super) fn succeeded(&self, part: Part) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(part, Part::Sink) {
            last.success = Some(time::now());
        }
        last.is_failing[part as usize] = false;
        std::mem::take(&mut last.is_told[part as usize])
    }

    fn state(&self) -> SinkState {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        SinkState {
            name: self.name.clone(),
            handed: self.handed.get(),
            limited: self.limited.get(),
            overflowed: self.overflowed.get(),
            unwritten: self.unwritten.get(),
            delivered: self.delivered.get(),
            partly: self.partly.get(),
            dead: self.dead.get(),
            waiting: self.waiting.get(),
            bytes: self.bytes.get(),
            failures: last.failures,
            is_failing: last.is_failing.contains(&true),
            last_error: last.error,
            last_failure: last.failure,
            last_success: last.success,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_news_once() {
        let states = States::default();
        let gauges = states.add("mail");
        let error = SinkError::Refused { target: "a".into(), answer: "no".into() };
        assert!(gauges.failed(Part::Sink, &error) && !gauges.failed(Part::Sink, &error));
        assert!(gauges.failed(Part::Queue, &error), "another part");
        let state = &states.all()[0];
        assert!(state.is_failing && state.failures == 3 && state.last_success.is_none());
        assert_eq!(state.last_error.as_deref(), Some("a refuses: no"));
        assert!(gauges.succeeded(Part::Sink) && !gauges.succeeded(Part::Sink));
        assert!(!gauges.failed(Part::Sink, &error) && !gauges.succeeded(Part::Sink), "by turns");
        assert!(states.all()[0].is_failing, "the queue is");
        assert!(gauges.succeeded(Part::Queue));
        assert!(!states.all()[0].is_failing && states.all()[0].last_success.is_some());
    }
}
