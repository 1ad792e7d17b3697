//! What time it is: what most observations say, and no single one.

/// A time further than this from the clock is doubted, unless flows are told later: longer than they last before that.
pub(super) const STEP: i64 = 3_600_000_000_000;
/// So many doubted times in a row that lie near each other are believed.
pub(super) const WITNESSES: usize = 16;

/// A clock that follows observations.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    now: Option<i64>,
    /// How far a time may lie from another without being doubted.
    step: i64,
    /// The machine's clock, where somebody tells it. It moves nothing by itself: it vouches for times near it.
    machine: Option<i64>,
    /// Where the last doubted time was, and how many lay near each other up to it.
    doubted: Option<(i64, usize)>,
}

/// What the clock says of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is of this time; what was doubted before was wrong.
    Timely(Moment),
    /// Time has leapt, and so many observations that were doubted in a row before were right.
    Leapt(Moment, usize),
    /// Its time is doubted, as were so many in a row before that lie near it.
    Doubted(usize),
}

/// When something is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// The latest time that is believed.
    pub(super) now: i64,
    /// Whether time has just leapt back: what was seen before lies in the future.
    pub(super) went_back: bool,
}

impl Clock {
    /// A clock for which a difference above `step` nanoseconds is a leap.
    pub(super) fn new(step: i64) -> Self {
        Self { now: None, step, machine: None, doubted: None }
    }

    /// The latest time that is believed.
    pub(super) fn now(&self) -> Option<i64> {
        self.now
    }

    /// It is this late by the clock of the machine.
    pub(super) fn is_told(&mut self, time: i64) {
        self.machine = Some(time);
    }

    /// An observation of this time came.
    pub(super) fn see(&mut self, time: i64) -> Seen {
        let now = *self.now.get_or_insert(time);
        if self.is_near(now, time) {
            self.doubted = None;
            return Seen::Timely(self.set(now.max(time), false));
        }
        let before = self.doubted.filter(|(before, _)| self.is_near(*before, time));
        let before = before.map_or(0, |(_, witnesses)| witnesses);
        let is_vouched_for = self.machine.is_some_and(|machine| self.is_near(machine, time));
        if before + 1 >= WITNESSES || is_vouched_for {
            return Seen::Leapt(self.leap(time), before);
        }
        self.doubted = Some((time, before + 1));
        Seen::Doubted(before)
    }

    /// Nothing more comes, so nothing is lost by believing what was doubted last.
    pub(super) fn end(&mut self) -> Option<Moment> {
        self.doubted.map(|(time, _)| self.leap(time))
    }

    fn leap(&mut self, time: i64) -> Moment {
        self.doubted = None;
        self.set(time, self.now.is_some_and(|now| time < now))
    }

    fn set(&mut self, now: i64, went_back: bool) -> Moment {
        self.now = Some(now);
        Moment { now, went_back }
    }

    fn is_near(&self, one: i64, other: i64) -> bool {
        one.saturating_sub(other).saturating_abs() <= self.step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * STEP;

    fn is(now: i64) -> Seen {
        Seen::Timely(Moment { now, went_back: false })
    }

    #[test]
    fn one_wild_time_moves_nothing() {
        let mut clock = Clock::new(STEP);
        assert_eq!(clock.see(DAY), is(DAY));
        for time in [i64::MAX, i64::MIN, 0, 3 * DAY] {
            assert_eq!(clock.see(time), Seen::Doubted(0));
            assert_eq!(clock.see(DAY - 5), is(DAY));
        }
    }

    #[test]
    fn many_that_agree_move_it_both_ways() {
        let mut clock = Clock::new(STEP);
        clock.see(5 * DAY);
        let forward: Vec<_> = (0..16).map(|step| clock.see(9 * DAY + step)).collect();
        let there = Moment { now: 9 * DAY + 15, went_back: false };
        assert_eq!((forward[14], forward[15]), (Seen::Doubted(14), Seen::Leapt(there, 15)));
        let back: Vec<_> = (0..16).map(|step| clock.see(DAY + step)).collect();
        assert_eq!(back[15], Seen::Leapt(Moment { now: DAY + 15, went_back: true }, 15));
        assert_eq!(clock.see(DAY), is(DAY + 15));
    }

    #[test]
    fn wild_times_that_do_not_agree_are_never_believed() {
        let mut clock = Clock::new(STEP);
        clock.see(0);
        assert!((1..100).all(|step| clock.see(2 * step * DAY) == Seen::Doubted(0)));
    }

    #[test]
    fn the_machine_vouches_for_times_near_it_and_moves_nothing_by_itself() {
        let mut clock = Clock::new(STEP);
        clock.see(DAY);
        clock.is_told(2 * DAY);
        assert_eq!(clock.see(DAY + 1), is(DAY + 1));
        assert_eq!(clock.see(9 * DAY), Seen::Doubted(0));
        let there = Moment { now: 2 * DAY + 5, went_back: false };
        assert_eq!(clock.see(2 * DAY + 5), Seen::Leapt(there, 0));
        clock.is_told(DAY);
        assert_eq!(clock.see(DAY), Seen::Leapt(Moment { now: DAY, went_back: true }, 0));
    }
}
