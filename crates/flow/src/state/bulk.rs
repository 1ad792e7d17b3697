//! Bulk transfers: runs of payload packets in one direction that the other side does not interrupt.

use std::hint::select_unpredictable;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::micros;

/// How many payload packets make a bulk.
const ENOUGH: u32 = 4;
/// A longer pause than this between two payload packets ends a run.
const PAUSE_NANOS: i64 = 1_000_000_000;

/// The bulks of one direction. Times are nanoseconds on any scale on which 0 means "never".
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bulk {
    start: i64,
    count: u32,
    size: u64,
    states: u32,
    packets: u64,
    bytes: u64,
    nanos: i64,
}

impl Bulk {
    /// A packet of this direction. `last` is when the last one of the current run came, `other` the same of
    /// the other direction.
    #[inline(always)]
    pub(crate) fn add(&mut self, time: i64, payload: u32, last: &mut i64, other: i64) {
        self.start = select_unpredictable(other > self.start, 0, self.start);
        if payload == 0 {
            return;
        }
        let payload = u64::from(payload);
        let pause = time.saturating_sub(*last);
        if self.start == 0 || pause > PAUSE_NANOS {
            (self.start, *last, self.count, self.size) = (time, time, 1, payload);
            return;
        }
        self.count = self.count.saturating_add(1);
        self.size = self.size.saturating_add(payload);
        if self.count == ENOUGH {
            self.states += 1;
            self.packets += u64::from(ENOUGH);
            self.bytes += self.size;
            self.nanos = self.nanos.saturating_add(time.saturating_sub(self.start));
        } else if self.count > ENOUGH {
            self.packets += 1;
            self.bytes += payload;
            self.nanos = self.nanos.saturating_add(pause);
        }
        *last = time;
    }

    /// Whether a flow of so many packets could have them: checked on what is read from a file.
    pub(crate) fn is_sound(&self, packets: u64) -> bool {
        let most_bytes = packets.saturating_mul(u32::MAX.into());
        u64::from(self.count.max(self.states)).max(self.packets) <= packets
            && self.size.max(self.bytes) <= most_bytes
    }

    /// Whether no time in it is before the flow or behind it, where times do not go back: `span` is from "never" to
    /// the flow's last packet, `last` the last packet of the current run.
    pub(crate) fn is_timely(&self, last: i64, span: &RangeInclusive<i64>) -> bool {
        span.contains(&last) && span.contains(&self.nanos) && (0..=last).contains(&self.start)
    }

    /// Bytes a bulk.
    #[must_use]
    pub fn bytes_each(&self) -> f64 {
        over(self.bytes, self.states)
    }

    /// Packets a bulk.
    #[must_use]
    pub fn packets_each(&self) -> f64 {
        over(self.packets, self.states)
    }

    /// Bytes a second within bulks; 0 where they took no time.
    #[must_use]
    pub fn rate(&self) -> f64 {
        if self.nanos == 0 { 0.0 } else { self.bytes as f64 / (micros(self.nanos) / 1e6) }
    }
}

fn over(total: u64, count: u32) -> f64 {
    if count == 0 { 0.0 } else { total as f64 / f64::from(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn four_packets_in_a_row_are_a_bulk_and_more_prolong_it() {
        let (mut bulk, mut last) = (Bulk::default(), 0);
        for second in [10, 11, 12] {
            bulk.add(second * SECOND, 100, &mut last, 0);
        }
        assert_eq!(bulk.bytes_each(), 0.0);
        bulk.add(13 * SECOND, 100, &mut last, 0);
        assert_eq!(
            (bulk.packets_each(), bulk.bytes_each(), bulk.rate()),
            (4.0, 400.0, 400.0 / 3.0)
        );
        bulk.add(14 * SECOND, 50, &mut last, 0);
        assert_eq!((bulk.packets_each(), bulk.bytes_each(), bulk.rate()), (5.0, 450.0, 112.5));
    }

    #[test]
    fn times_before_the_flow_and_behind_it_are_told() {
        let is_timely = |start, nanos, last| {
            Bulk { start, nanos, ..Bulk::default() }.is_timely(last, &(0..=100))
        };
        assert!(is_timely(0, 0, 0) && is_timely(0, 100, 50) && is_timely(50, 0, 50));
        assert!(!is_timely(-1, 0, 50) && !is_timely(51, 0, 50), "start");
        assert!(!is_timely(0, -1, 0) && !is_timely(0, 101, 0), "time within bulks");
        assert!(!is_timely(0, 0, -1) && !is_timely(0, 0, 101), "last packet");
    }

    #[test]
    fn an_answer_a_pause_and_empty_packets_matter_as_they_should() {
        let (mut bulk, mut last) = (Bulk::default(), 0);
        for step in 0..3 {
            bulk.add(SECOND + step, 10, &mut last, 0);
        }
        bulk.add(SECOND + 3, 0, &mut last, 0);
        assert_eq!(bulk.packets_each(), 0.0, "an empty packet is none of a bulk");
        bulk.add(SECOND + 4, 10, &mut last, SECOND + 3);
        assert_eq!(bulk.packets_each(), 0.0, "an answer ends a run");
        for step in 5..7 {
            bulk.add(SECOND + step, 10, &mut last, 0);
        }
        bulk.add(2 * SECOND + 7, 10, &mut last, 0);
        assert_eq!(bulk.packets_each(), 0.0, "a pause ends a run");
    }
}
