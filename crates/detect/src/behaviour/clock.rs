//! What time it is: what most observations say, and no single one.

/// A time further than this from the clock is doubted: longer than flows last before they are told.
const STEP: i64 = 3_600_000_000_000;
/// So many doubted times in a row that lie near each other are believed.
const WITNESSES: u32 = 16;

/// A clock that follows observations.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    now: Option<i64>,
    /// Where the last doubted time was, and how many before it lay near it.
    doubted: Option<(i64, u32)>,
}

/// What the clock says of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// The latest time that is believed.
    pub(super) now: i64,
    /// Whether time has just leapt back: what was seen before lies in the future.
    pub(super) went_back: bool,
}

impl Clock {
    /// An observation of this time came; nothing if the time is not believed.
    pub(super) fn see(&mut self, time: i64) -> Option<Moment> {
        let now = *self.now.get_or_insert(time);
        if now.saturating_sub(time).saturating_abs() <= STEP {
            self.doubted = None;
            return Some(self.set(now.max(time), false));
        }
        let near = |(before, _): &(i64, u32)| before.saturating_sub(time).saturating_abs() <= STEP;
        let witnesses = self.doubted.filter(near).map_or(1, |(_, witnesses)| witnesses + 1);
        self.doubted = Some((time, witnesses));
        (witnesses >= WITNESSES).then(|| {
            self.doubted = None;
            self.set(time, time < now)
        })
    }

    fn set(&mut self, now: i64, went_back: bool) -> Moment {
        self.now = Some(now);
        Moment { now, went_back }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * STEP;

    fn is(now: i64) -> Option<Moment> {
        Some(Moment { now, went_back: false })
    }

    #[test]
    fn one_wild_time_moves_nothing() {
        let mut clock = Clock::default();
        assert_eq!(clock.see(DAY), is(DAY));
        for time in [i64::MAX, i64::MIN, 0, 3 * DAY] {
            assert_eq!(clock.see(time), None);
            assert_eq!(clock.see(DAY - 5), is(DAY));
        }
    }

    #[test]
    fn many_that_agree_move_it_both_ways() {
        let mut clock = Clock::default();
        clock.see(5 * DAY);
        let forward: Vec<_> = (0..16).map(|step| clock.see(9 * DAY + step)).collect();
        assert_eq!((forward[14], forward[15]), (None, is(9 * DAY + 15)));
        let back: Vec<_> = (0..16).map(|step| clock.see(DAY + step)).collect();
        assert_eq!(back[15], Some(Moment { now: DAY + 15, went_back: true }));
        assert_eq!(clock.see(DAY), is(DAY + 15));
    }

    #[test]
    fn wild_times_that_do_not_agree_are_never_believed() {
        let mut clock = Clock::default();
        clock.see(0);
        assert!((1..100).all(|step| clock.see(step * DAY).is_none()));
    }
}
