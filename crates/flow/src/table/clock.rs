//! The table's own clock: driven by the packets' times, and by no single packet.
//!
//! A damaged or forged time must not end every flow, and a capture that goes on a day later must. So a time
//! that lies far from the others moves the clock only once many packets in a row agree with it.

use serde::{Deserialize, Serialize};

/// How many packets in a row must agree that time has jumped.
const WITNESSES: u32 = 64;

/// A clock that never goes back: where the packets' times do, it goes on from where it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Clock {
    now: i64,
    /// What is to be added to a packet's time.
    offset: i64,
    /// How far a time may lie from the clock without being a jump: a setting, and none of the state.
    #[serde(skip)]
    step: i64,
    witnesses: u32,
    forward: bool,
    is_set: bool,
}

/// What the clock says of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// The time that is believed.
    pub(crate) now: i64,
    /// When its flow was touched: by the packet's own time where that is ahead, or a flow would look silent once
    /// it is believed.
    pub(crate) touched: i64,
}

impl Clock {
    /// A clock for which a difference above `step` nanoseconds is a jump.
    pub(crate) fn new(step: i64) -> Self {
        Self { step, ..Self::default() }
    }

    /// The same going on with another such difference.
    pub(crate) fn stepping(self, step: i64) -> Self {
        Self { step, ..self }
    }

    /// Whether it could have come to this: checked on what is read from a file.
    pub(crate) fn is_sound(&self) -> bool {
        self.witnesses < WITNESSES
    }

    /// A packet of this time came.
    #[inline(always)]
    pub(crate) fn see(&mut self, time: i64) -> Moment {
        let time = time.saturating_add(self.offset);
        let ahead = time.saturating_sub(self.now);
        if self.is_set && ahead.saturating_abs() <= self.step {
            self.witnesses = 0;
            self.now = self.now.max(time);
        } else {
            self.jump(time, ahead);
        }
        Moment { now: self.now, touched: self.now.max(time) }
    }

    /// It is this late, says who knows; the earliest time there is says that nobody does, and sets no clock.
    pub(crate) fn set(&mut self, time: i64) -> i64 {
        if !self.is_set && time == i64::MIN {
            return self.now;
        }
        let time = time.saturating_add(self.offset);
        (self.now, self.is_set) = (self.now.max(time), true);
        self.now
    }

    pub(crate) fn now(&self) -> i64 {
        self.now
    }

    #[cold]
    fn jump(&mut self, time: i64, ahead: i64) {
        if !self.is_set {
            (self.now, self.is_set) = (time, true);
            return;
        }
        let agrees = self.witnesses > 0 && self.forward == (ahead > 0);
        self.witnesses = if agrees { self.witnesses + 1 } else { 1 };
        self.forward = ahead > 0;
        if self.witnesses < WITNESSES {
            return;
        }
        self.witnesses = 0;
        match self.forward {
            true => self.now = time,
            false => self.offset = self.offset.saturating_sub(ahead),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wild_time_moves_nothing() {
        let mut clock = Clock::new(100);
        assert_eq!(clock.see(1_000).now, 1_000);
        for (time, now) in
            [(i64::MAX, 1_000), (1_050, 1_050), (0, 1_050), (i64::MIN, 1_050), (1_040, 1_050)]
        {
            let moment = Moment { now, touched: time.max(now) };
            assert_eq!(clock.see(time), moment);
        }
    }

    #[test]
    fn many_in_a_row_move_it_forward_and_never_back() {
        let mut clock = Clock::new(100);
        clock.see(1_000);
        let told: Vec<i64> = (0..100).map(|step| clock.see(1_000_000 + step).now).collect();
        assert_eq!((told[62], told[63], told[99]), (1_000, 1_000_063, 1_000_099));
        let told: Vec<i64> = (0..100).map(|step| clock.see(step).now).collect();
        assert_eq!((told[62], told[63], told[99]), (1_000_099, 1_000_099, 1_000_135));
    }

    #[test]
    fn a_time_that_nobody_knows_sets_nothing() {
        let mut clock = Clock::new(100);
        clock.set(i64::MIN);
        assert_eq!(clock.see(1_000).now, 1_000, "the first packet is believed");
        assert_eq!(clock.set(i64::MIN), 1_000);
        assert_eq!(clock.set(5_000), 5_000);
    }

    #[test]
    fn two_clocks_mixed_keep_it_at_the_first() {
        let mut clock = Clock::new(100);
        for step in 0..500 {
            clock.see(5_000 + step);
            clock.see(900_000 + step);
        }
        assert_eq!(clock.now(), 5_499);
    }
}
