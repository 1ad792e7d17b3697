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
    /// Whether room was waited for in vain.
    is_still: bool,
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
            inner: Mutex::new(Inner { queue, stage: Stage::Open, is_still: false }),
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

    /// Waits for room for one more, as long as the sink takes what it is given. One that takes nothing for so long, and does
    /// not fail either, stands still: nobody waits for it again before it has made room.
    pub(super) fn with_room<'a>(
        &'a self,
        mut inner: MutexGuard<'a, Inner>,
        longest: Duration,
    ) -> MutexGuard<'a, Inner> {
        let began = Instant::now();
        let is_hopeless = |inner: &Inner| {
            inner.is_still || inner.stage >= Stage::Stopped || self.gauges.is_failing(Part::Sink)
        };
        while !inner.queue.has_room() && !is_hopeless(&inner) {
            inner.is_still = began.elapsed() >= longest;
            inner = self.wait(inner, Some(Instant::now() + LOOKS));
        }
        inner.is_still &= !inner.queue.has_room();
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

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::super::state::States;
    use super::*;
    use crate::example;

    #[test]
    fn who_stands_still_is_waited_for_once_and_again_when_there_was_room() {
        let queue = Queue::Memory { waiting: VecDeque::new(), most: 1 };
        let post = Post::new(queue, States::default().add("still"), Arc::new(|_| {}));
        let waited = |longest| {
            let began = Instant::now();
            drop(post.with_room(post.lock(), Duration::from_millis(longest)));
            began.elapsed() >= Duration::from_millis(longest)
        };
        assert!(!waited(5_000));
        post.lock().queue.append(0, &[example("scan", 1)]).unwrap();
        assert!(waited(150) && !waited(5_000));
        let reach = post.lock().queue.peek(1).unwrap().reach;
        post.lock().queue.forget(&reach).unwrap();
        assert!(!waited(5_000));
        post.lock().queue.append(0, &[example("scan", 2)]).unwrap();
        assert!(waited(150));
    }
}
