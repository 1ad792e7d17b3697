//! Alerts that are told together.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use crate::Alert;
use crate::more::stands_for;

/// Alerts that are told together, at least one, and the worst of them.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub(crate) all: &'a [Alert],
    pub(crate) worst: &'a Alert,
}

/// Who has had a batch already, so that another try is for the others.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    batch: u64,
    done: BTreeSet<String>,
    /// Since when somebody has had it.
    since: Option<Instant>,
    /// For whom nobody waits any more, until they take something.
    slow: BTreeSet<String>,
}

/// So long those who have had a batch wait for others who have no time for it, before they get the next one: longer than
/// servers of mail put off whom they do not know.
const PATIENCE: Duration = Duration::from_secs(1_200);

impl<'a> Batch<'a> {
    /// Nothing if there is none.
    pub(crate) fn of(all: &'a [Alert]) -> Option<Self> {
        let rank = |alert: &&Alert| (alert.level, (alert.score * 1000.0) as i64);
        // Of equals the first: `max_by_key` would take the last.
        let worst = all.iter().rev().max_by_key(rank)?;
        Some(Self { all, worst })
    }

    /// How many there are beside the worst.
    pub(crate) fn others(&self) -> u64 {
        let all: u64 = self.all.iter().map(stands_for).sum();
        all - stands_for(self.worst)
    }

    /// `and 12 more`, of a message that tells the first `many`; nothing if those are all.
    pub(crate) fn untold(&self, many: usize) -> Option<String> {
        let untold: u64 = self.all.iter().skip(many).map(stands_for).sum();
        (untold > 0).then(|| format!("and {untold} more"))
    }

    /// What tells it from other batches: the same alerts, told as often.
    fn print(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for alert in self.all {
            (alert.id, alert.nanos, alert.count, alert.level).hash(&mut hasher);
        }
        hasher.finish()
    }
}

impl Progress {
    /// Starts with a batch, or goes on with it.
    pub(crate) fn with(&mut self, batch: &Batch<'_>) {
        let print = batch.print();
        if self.batch != print {
            self.forget();
            self.batch = print;
        }
    }

    pub(crate) fn is_done(&self, who: &str) -> bool {
        self.done.contains(who)
    }

    pub(crate) fn done(&mut self, who: &str) {
        self.since.get_or_insert_with(Instant::now);
        self.done.insert(who.to_owned());
        self.slow.remove(who);
    }

    /// Whether anybody has had it.
    pub(crate) fn has_begun(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether it is tried again for somebody who has no time now. One full mailbox must not keep all mails from all others.
    pub(crate) fn waits_for(&mut self, who: &str, now: Instant) -> bool {
        let has_waited = |since: Instant| now.saturating_duration_since(since) >= PATIENCE;
        if self.since.is_some_and(has_waited) {
            self.slow.insert(who.to_owned());
        }
        self.since.is_none() || !self.slow.contains(who)
    }

    /// Forgets who has had it: it will not be tried again, or from the start.
    pub(crate) fn forget(&mut self) {
        *self = Self { slow: std::mem::take(&mut self.slow), ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;
    use crate::remote::field::sample;

    #[test]
    fn the_worst_leads() {
        assert!(Batch::of(&[]).is_none());
        let mut all = [sample("a"), sample("b"), sample("c")];
        assert_eq!(Batch::of(&all).unwrap().worst.what, "a");
        all[1].score += 1.0;
        assert_eq!(Batch::of(&all).unwrap().worst.what, "b");
        all[2].level = Level::Critical;
        assert_eq!(Batch::of(&all).unwrap().worst.what, "c");
    }

    #[test]
    fn only_the_same_batch_goes_on() {
        let mut all = [sample("a"), sample("b")];
        let mut progress = Progress::default();
        progress.with(&Batch::of(&all).unwrap());
        progress.done("x");
        progress.with(&Batch::of(&all).unwrap());
        assert!(progress.is_done("x") && !progress.is_done("y"));
        all[0].count += 1;
        progress.with(&Batch::of(&all).unwrap());
        assert!(!progress.is_done("x"));
    }

    #[test]
    fn who_never_has_time_is_waited_for_once() {
        let [one, other] = [[sample("a")], [sample("b")]];
        let (mut progress, start) = (Progress::default(), Instant::now());
        let (soon, late) = (start + PATIENCE / 2, start + PATIENCE * 2);
        progress.with(&Batch::of(&one).unwrap());
        assert!(progress.waits_for("full", late), "nobody has had it: it is not lost by waiting");
        progress.done("x");
        assert!(progress.waits_for("full", soon) && !progress.waits_for("full", late));
        progress.forget();
        progress.with(&Batch::of(&other).unwrap());
        assert!(progress.waits_for("full", soon), "if nobody can have it");
        progress.done("x");
        assert!(!progress.waits_for("full", soon), "nor with the next");
        assert!(progress.waits_for("grey", soon), "others are");
        progress.done("full");
        progress.forget();
        progress.with(&Batch::of(&one).unwrap());
        progress.done("x");
        assert!(progress.waits_for("full", soon), "who has taken something has time again");
    }
}
