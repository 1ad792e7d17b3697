//! What time it is: what most alerts say, and no single one.

/// A time further than this from the clock is doubted: longer than flows last before they are told.
const STEP: i64 = 3_600_000_000_000;
/// So many doubted times in a row that lie near each other are believed.
const WITNESSES: u32 = 8;

/// A clock that follows alerts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    now: Option<i64>,
    /// Where the last doubted time was, and how many before it lay near it.
    doubted: Option<(i64, u32)>,
}

impl Clock {
    /// The latest time that is believed, and whether it has just leapt back.
    pub(super) fn see(&mut self, time: i64) -> (i64, bool) {
        let now = *self.now.get_or_insert(time);
        if now.abs_diff(time) <= STEP as u64 {
            self.doubted = None;
            return self.set(now.max(time), false);
        }
        let near = |(before, _): &(i64, u32)| before.abs_diff(time) <= STEP as u64;
        let witnesses = self.doubted.filter(near).map_or(1, |(_, witnesses)| witnesses + 1);
        self.doubted = Some((time, witnesses)).filter(|_| witnesses < WITNESSES);
        match self.doubted {
            Some(_) => (now, false),
            None => self.set(time, time < now),
        }
    }

    /// It is this late, says who knows; time does not go back by that.
    pub(super) fn tick(&mut self, time: i64) -> i64 {
        let now = self.now.map_or(time, |now| now.max(time));
        self.set(now, false).0
    }

    fn set(&mut self, now: i64, went_back: bool) -> (i64, bool) {
        self.now = Some(now);
        (now, went_back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * STEP;

    #[test]
    fn one_wild_time_moves_nothing() {
        let mut clock = Clock::default();
        assert_eq!(clock.see(DAY), (DAY, false));
        for time in [i64::MAX, i64::MIN, 0, 3 * DAY] {
            assert_eq!(clock.see(time), (DAY, false));
            assert_eq!(clock.see(DAY - 5), (DAY, false));
        }
    }

    #[test]
    fn some_that_agree_move_it_both_ways() {
        let mut clock = Clock::default();
        clock.see(5 * DAY);
        let forward: Vec<_> = (0..8).map(|step| clock.see(9 * DAY + step).0).collect();
        assert_eq!((forward[6], forward[7]), (5 * DAY, 9 * DAY + 7));
        let back: Vec<_> = (0..8).map(|step| clock.see(DAY + step)).collect();
        assert_eq!((back[6], back[7]), ((9 * DAY + 7, false), (DAY + 7, true)));
        assert_eq!(clock.see(DAY), (DAY + 7, false));
    }

    #[test]
    fn a_quiet_night_ends_with_a_tick() {
        let mut clock = Clock::default();
        clock.see(DAY);
        assert_eq!(clock.tick(2 * DAY), 2 * DAY);
        assert_eq!(clock.tick(DAY), 2 * DAY);
    }
}
