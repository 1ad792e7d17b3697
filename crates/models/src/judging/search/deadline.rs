//! Who watches a search, and a time at which it ends.

use std::time::Duration;

use super::Ended;
use crate::Watch;

/// Cancels as who watches does, and when the time is up.
pub(super) struct Deadline<'a> {
    watch: &'a dyn Watch,
    pub(super) clock: &'a (dyn Fn() -> Duration + Sync),
    until: Option<Duration>,
}

impl<'a> Deadline<'a> {
    pub(super) fn starting(
        watch: &'a dyn Watch,
        clock: &'a (dyn Fn() -> Duration + Sync),
        budget: Option<Duration>,
    ) -> Self {
        let until = budget.map(|budget| clock().saturating_add(budget));
        Self { watch, clock, until }
    }

    /// Why it is over, if it is.
    pub(super) fn over(&self) -> Option<Ended> {
        if self.watch.is_cancelled() {
            return Some(Ended::Cancelled);
        }
        self.until.is_some_and(|until| (self.clock)() >= until).then_some(Ended::OutOfTime)
    }
}

impl Watch for Deadline<'_> {
    fn begins(&self, learner: &'static str, fit: usize, of: usize) {
        self.watch.begins(learner, fit, of);
    }

    fn progress(&self, done: usize, of: usize) {
        self.watch.progress(done, of);
    }

    fn is_cancelled(&self) -> bool {
        self.over().is_some()
    }
}
