//! Alerts that are told together.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

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
}

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
            *self = Self { batch: print, done: BTreeSet::new() };
        }
    }

    pub(crate) fn is_done(&self, who: &str) -> bool {
        self.done.contains(who)
    }

    pub(crate) fn done(&mut self, who: &str) {
        self.done.insert(who.to_owned());
    }

    /// Forgets who has had it: it will not be tried again, or from the start.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
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
}
