//! When a flow was active and when it was idle.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{Moments, micros};

/// A longer silence than this ends an active period.
const SILENCE_NANOS: i64 = 5_000_000_000;

/// Lengths of active and of idle periods, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[repr(C)]
pub struct Activity {
    start: i64,
    end: i64,
    /// Active periods.
    pub active: Moments,
    /// The silences between them.
    pub idle: Moments,
}

impl Activity {
    /// The first packet came.
    #[inline]
    pub(crate) fn begin(&mut self, time: i64) {
        (self.start, self.end) = (time, time);
    }

    /// A further packet came.
    #[inline(always)]
    pub(crate) fn touch(&mut self, time: i64) {
        if time.saturating_sub(self.end) > SILENCE_NANOS {
            self.close();
            self.idle.add(micros(time.saturating_sub(self.end)));
            self.start = time;
        }
        self.end = time;
    }

    /// Whether a flow of so many packets could have it: checked on what is read from a file.
    pub(crate) fn is_sound(&self, packets: u64) -> bool {
        let is_sound = |lengths: &Moments| lengths.is_sound(packets) && !lengths.is_negative();
        is_sound(&self.active) && is_sound(&self.idle)
    }

    /// Whether the last active period is one of the flow's time, where times do not go back.
    pub(crate) fn is_timely(&self, flow: &RangeInclusive<i64>) -> bool {
        (*flow.start()..=self.end).contains(&self.start) && self.end == *flow.end()
    }

    /// No more packets come: the last active period ends with the last packet.
    #[inline]
    pub(crate) fn close(&mut self) {
        if self.end > self.start {
            self.active.add(micros(self.end.saturating_sub(self.start)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_outside_the_flow_is_told() {
        let is_timely =
            |start, end| Activity { start, end, ..Activity::default() }.is_timely(&(10..=20));
        assert!(is_timely(10, 20) && is_timely(20, 20));
        assert!(!is_timely(9, 20) && !is_timely(21, 20) && !is_timely(10, 19));
        assert!(!is_timely(i64::MIN, i64::MAX));
    }

    #[test]
    fn silences_part_active_periods_and_only_closing_counts_the_last() {
        let mut activity = Activity::default();
        activity.begin(0);
        for time in [1_000_000_000, 6_000_000_000, 11_000_000_001, 12_000_000_001] {
            activity.touch(time);
        }
        assert_eq!((activity.active.count(), activity.active.sum()), (1, 6e6));
        assert_eq!((activity.idle.count(), activity.idle.sum()), (1, 5_000_000.001));
        activity.close();
        assert_eq!((activity.active.count(), activity.active.sum()), (2, 7e6));
    }
}
