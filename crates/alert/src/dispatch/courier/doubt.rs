//! Whether it is one alert that fails, or nobody is there: others are tried in between.

/// How what stands first in a queue fails.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    /// How often, since something arrived.
    failures: u32,
    /// What is tried next in its place: the one behind so many.
    probe: Option<u64>,
    /// What was tried so the last time.
    last: Option<u64>,
    /// Whether nothing else was there to be tried.
    is_alone: bool,
}

/// What fails once may pass, and what fails so often is doubted.
const ENOUGH: u32 = 2;
/// No more than so many are passed over: of who takes one in a hundred the rest is no exception.
const MOST_OVER: u64 = 8;

impl Doubt {
    /// Whether what stands first has failed, and nothing has arrived since.
    pub(super) fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// How many are passed over by the next try; nothing if it is as usual.
    pub(super) fn probe(&self) -> Option<u64> {
        self.probe
    }

    /// A try failed of `count` alerts while so many waited. Who is known to be picky is doubted at once.
    pub(super) fn failed(&mut self, count: u64, waiting: u64, is_picky: bool) {
        if self.probe.take().is_some() {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if !is_picky && self.failures < ENOUGH {
            return;
        }
        // Of many that failed together one is tried alone.
        let nearest = u64::from(count == 1);
        let next = self.last.map_or(nearest, |last| last + 1);
        let next = if next > MOST_OVER || next >= waiting { nearest } else { next };
        self.probe = Some(next).filter(|next| *next < waiting);
        self.is_alone = self.probe.is_none();
        self.last = self.probe;
    }

    /// One more has come behind what failed alone: it shows who is wrong. Whether that is so.
    pub(super) fn joined(&mut self, waiting: u64) -> bool {
        if self.is_alone && waiting > 1 {
            (self.is_alone, self.probe, self.last) = (false, Some(1), Some(1));
            return true;
        }
        false
    }

    /// Who fails has asked for time: what comes meanwhile waits, too.
    pub(super) fn respite(&mut self) {
        self.is_alone = false;
    }

    /// It is tried as usual again: there is nothing behind what was passed over.
    pub(super) fn end_probe(&mut self) {
        self.probe = None;
    }

    /// Something arrived, or what failed is gone.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probes(count: u64, waiting: u64, tries: usize) -> Vec<Option<u64>> {
        let mut doubt = Doubt::default();
        let probe = |_| {
            doubt.failed(count, waiting, false);
            doubt.probe()
        };
        (0..tries).map(probe).collect()
    }

    #[test]
    fn others_are_tried_by_turns_one_behind_the_other() {
        let tried = probes(1, 3, 9);
        let expected = [None, Some(1), None, Some(2), None, Some(1), None, Some(2), None];
        assert_eq!(tried, expected);
        let of_many = probes(3, 3, 7);
        assert_eq!(of_many, [None, Some(0), None, Some(1), None, Some(2), None]);
        assert_eq!(probes(1, 1, 20), [None; 20], "there is no other");
        let far = probes(1, 1_000, 40);
        assert_eq!(far.iter().flatten().max(), Some(&MOST_OVER));
    }

    #[test]
    fn who_is_picky_is_doubted_at_once_and_who_joins_one_that_fails_is_tried() {
        let mut doubt = Doubt::default();
        doubt.failed(1, 5, true);
        assert_eq!(doubt.probe(), Some(1));
        doubt.clear();
        (0..5).for_each(|_| doubt.failed(1, 1, false));
        assert!(!doubt.joined(1) && doubt.joined(2) && doubt.probe() == Some(1));
        doubt.failed(1, 2, false);
        assert!(!doubt.joined(3), "once");
        doubt.clear();
        (0..5).for_each(|_| doubt.failed(1, 1, false));
        doubt.respite();
        assert!(!doubt.joined(2) && doubt.probe().is_none());
    }
}
