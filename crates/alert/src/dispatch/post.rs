//! Where the two threads of a sink meet: what waits, and how far things are.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::queue::Queue;
use super::state::{Gauges, Part};
use super::{Notice, Notices};
use crate::SinkError;

/// What waits for a sink, and who is told how it goes.
pub(super) struct Post {
    inner: Mutex<Inner>,
    changed: Condvar,
    pub(super) gauges: Arc<Gauges>,
    notices: Notices,
}

/// What both threads look at.
pub(super) struct Inner {
    pub(super) queue: Queue,
    pub(super) stage: Stage,
}

/// How often who waits for room looks whether the sink has begun to fail.
const LOOKS: Duration = Duration::from_millis(100);

/// How far things are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Alerts come.
    Open,
    /// No more come; what waits is tried once more.
    Draining,
    /// Time is up.
    Stopped,
    /// Nothing is done any more.
    Over,
}

impl Post {
    pub(super) fn new(queue: Queue, gauges: Arc<Gauges>, notices: Notices) -> Self {
        gauges.handed.add(queue.counts().queued);
        let post = Self {
            inner: Mutex::new(Inner { queue, stage: Stage::Open }),
            changed: Condvar::new(),
            gauges,
            notices,
        };
        post.count(&post.lock());
        post
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something has changed, or that late.
    pub(super) fn wait<'a>(
        &self,
        inner: MutexGuard<'a, Inner>,
        until: Option<Instant>,
    ) -> MutexGuard<'a, Inner> {
        let Some(until) = until else {
            return self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        };
        let left = until.saturating_duration_since(Instant::now());
        let waited = self.changed.wait_timeout(inner, left);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits for room for one more, as long as the sink takes what it is given.
    pub(super) fn with_room<'a>(
        &'a self,
        mut inner: MutexGuard<'a, Inner>,
    ) -> MutexGuard<'a, Inner> {
        let is_hopeless =
            |inner: &Inner| inner.stage >= Stage::Stopped || self.gauges.is_failing(Part::Sink);
        while !inner.queue.has_room() && !is_hopeless(&inner) {
            inner = self.wait(inner, Some(Instant::now() + LOOKS));
        }
        inner
    }

    /// Something has changed in the queue.
    pub(super) fn notify(&self, inner: &Inner) {
        self.count(inner);
        self.changed.notify_all();
    }

    /// Things are that far, if they were not further.
    pub(super) fn reach(&self, stage: Stage) {
        let mut inner = self.lock();
        inner.stage = inner.stage.max(stage);
        self.notify(&inner);
    }

    /// Waits until nothing is done any more; whether that is so.
    pub(super) fn is_over_by(&self, deadline: Instant) -> bool {
        let mut inner = self.lock();
        while inner.stage < Stage::Over && Instant::now() < deadline {
            inner = self.wait(inner, Some(deadline));
        }
        inner.stage == Stage::Over
    }

    pub(super) fn failed(&self, part: Part, error: &SinkError) {
        if self.gauges.failed(part, error) {
            (self.notices)(&Notice::Failing { sink: self.gauges.name(), error });
        }
    }

    pub(super) fn succeeded(&self, part: Part) {
        if self.gauges.succeeded(part) {
            (self.notices)(&Notice::Recovered { sink: self.gauges.name() });
        }
    }

    /// What waits in memory is lost once nothing is done any more.
    pub(super) fn drop_unkept(&self) {
        let mut inner = self.lock();
        self.gauges.unwritten.add(inner.queue.drop_unkept());
        self.notify(&inner);
    }

    fn count(&self, inner: &Inner) {
        let counts = inner.queue.counts();
        self.gauges.waiting.set(counts.queued);
        self.gauges.bytes.set(counts.bytes);
    }
}
