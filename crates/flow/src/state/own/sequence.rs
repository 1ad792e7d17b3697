//! The first packets of a flow, one by one.

use serde::{Deserialize, Serialize};

use crate::state::micros;

/// How many packets are kept one by one: early classifiers look at 10 to 20.
pub(crate) const LONGEST: usize = 20;

/// Sizes, directions and gaps of the first packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sequence {
    lengths: [u32; LONGEST],
    gaps: [i64; LONGEST],
    /// A bit a packet: whether the source sent it.
    forward: u32,
    count: u8,
    last: i64,
}

impl Sequence {
    #[inline(always)]
    pub(crate) fn add(&mut self, length: u32, time: i64, forward: bool) {
        let at = usize::from(self.count);
        if let (Some(place), Some(gap)) = (self.lengths.get_mut(at), self.gaps.get_mut(at)) {
            *place = length;
            *gap = if at == 0 { 0 } else { time.saturating_sub(self.last) };
            self.forward |= u32::from(forward) << at;
            self.count += 1;
            self.last = time;
        }
    }

    /// Whether no more packets are kept.
    pub(crate) fn is_full(&self) -> bool {
        usize::from(self.count) >= LONGEST
    }

    /// The payload length of the packet at this place; 0 if there was none.
    pub(crate) fn length(&self, at: usize) -> f64 {
        self.lengths.get(at).copied().map_or(0.0, f64::from)
    }

    /// 1 if the source sent the packet at this place, -1 if the other end did, 0 if there was none.
    pub(crate) fn direction(&self, at: usize) -> f64 {
        match (at < usize::from(self.count), self.forward >> at & 1) {
            (false, _) => 0.0,
            (true, 0) => -1.0,
            (true, _) => 1.0,
        }
    }

    /// Microseconds from the packet before to the packet at this place.
    pub(crate) fn gap(&self, at: usize) -> f64 {
        self.gaps.get(at).copied().map_or(0.0, micros)
    }

    /// Whether it could have been counted: checked on what is read from a file.
    pub(crate) fn is_sound(&self) -> bool {
        let count = usize::from(self.count);
        let lengths = self.lengths.get(count..).unwrap_or(&[1]);
        let gaps = self.gaps.get(count..).unwrap_or(&[1]);
        lengths.iter().all(|&length| length == 0) && gaps.iter().all(|&gap| gap == 0)
    }

    /// Whether every packet came after the one before.
    pub(crate) fn is_timely(&self) -> bool {
        self.gaps.iter().all(|&gap| gap >= 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_packets_are_kept_and_no_more() {
        let mut sequence = Sequence::default();
        for packet in 0..30 {
            sequence.add(packet, i64::from(packet) * 1_500, packet % 3 == 0);
        }
        let told = |at| (sequence.length(at), sequence.direction(at), sequence.gap(at));
        assert_eq!((told(0), told(1)), ((0.0, 1.0, 0.0), (1.0, -1.0, 1.5)));
        assert_eq!((told(19), told(20)), ((19.0, -1.0, 1.5), (0.0, 0.0, 0.0)));
    }
}
