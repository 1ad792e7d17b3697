//! What became of frames and flows on their way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that are read while the path runs.
#[derive(Clone, Debug, Default)]
pub struct Counters(Arc<[AtomicU64; KINDS]>);

/// What became of frames and flows so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Frames taken.
    pub frames: u64,
    /// Flows judged at their ends.
    pub flows: u64,
    /// Flows judged while they go on.
    pub early: u64,
    /// Behaviours of hosts that were told.
    pub behaviours: u64,
    /// Alerts told.
    pub alerts: u64,
    /// Verdicts that would have been alerts, had nothing allowed them.
    pub allowed: u64,
    /// Verdicts on flows of a flood that would have been alerts, had the flood not been one.
    pub covered: u64,
    /// Flows that a model had no answer to: they are judged by the rest.
    pub unscored: u64,
    /// Flows that wait for their verdict.
    pub waiting: u64,
}

/// One of the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    Frames,
    Flows,
    Early,
    Behaviours,
    Alerts,
    Allowed,
    Covered,
    Unscored,
    Waiting,
}

const KINDS: usize = Count::Waiting as usize + 1;

impl Counters {
    /// What they say now.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let of = |count: Count| self.counter(count).load(Ordering::Relaxed);
        Counts {
            frames: of(Count::Frames),
            flows: of(Count::Flows),
            early: of(Count::Early),
            behaviours: of(Count::Behaviours),
            alerts: of(Count::Alerts),
            allowed: of(Count::Allowed),
            covered: of(Count::Covered),
            unscored: of(Count::Unscored),
            waiting: of(Count::Waiting),
        }
    }

    pub(crate) fn add(&self, count: Count, number: u64) {
        self.counter(count).fetch_add(number, Ordering::Relaxed);
    }

    /// So many flows have waited.
    pub(crate) fn waited(&self, flows: u64) {
        self.counter(Count::Waiting).fetch_sub(flows, Ordering::Relaxed);
    }

    fn counter(&self, count: Count) -> &AtomicU64 {
        &self.0[count as usize]
    }
}
