//! What became of frames and flows on their way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that are read while the path runs.
#[derive(Clone, Debug, Default)]
pub struct Counters(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    frames: AtomicU64,
    flows: AtomicU64,
    early: AtomicU64,
    behaviours: AtomicU64,
    alerts: AtomicU64,
    allowed: AtomicU64,
    unscored: AtomicU64,
    waiting: AtomicU64,
}

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
    Unscored,
}

impl Counters {
    /// What they say now.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let inner = &self.0;
        Counts {
            frames: of(&inner.frames),
            flows: of(&inner.flows),
            early: of(&inner.early),
            behaviours: of(&inner.behaviours),
            alerts: of(&inner.alerts),
            allowed: of(&inner.allowed),
            unscored: of(&inner.unscored),
            waiting: of(&inner.waiting),
        }
    }

    pub(crate) fn add(&self, count: Count, number: u64) {
        let inner = &self.0;
        let counter = match count {
            Count::Frames => &inner.frames,
            Count::Flows => &inner.flows,
            Count::Early => &inner.early,
            Count::Behaviours => &inner.behaviours,
            Count::Alerts => &inner.alerts,
            Count::Allowed => &inner.allowed,
            Count::Unscored => &inner.unscored,
        };
        counter.fetch_add(number, Ordering::Relaxed);
    }

    /// So many flows begin to wait, or have waited.
    pub(crate) fn wait(&self, flows: u64) {
        self.0.waiting.fetch_add(flows, Ordering::Relaxed);
    }

    pub(crate) fn waited(&self, flows: u64) {
        self.0.waiting.fetch_sub(flows, Ordering::Relaxed);
    }
}
