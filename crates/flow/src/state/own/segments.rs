//! One direction's TCP segments: sent again, overtaken, refused.

use netsift_packet::TcpFlags;
use serde::{Deserialize, Serialize};

use super::Handshake;
use crate::Record;

/// A hole that is filled sooner was reordering, later a retransmission, where the round trip is unknown.
const PATIENCE_NANOS: i64 = 3_000_000;

/// What sequence and acknowledgement numbers tell of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Segments {
    /// The sequence number after the last byte seen.
    next: u32,
    is_known: bool,
    is_acknowledging: bool,
    /// The bytes that were overtaken last: from, to, and since when.
    hole: Option<(u32, u32, i64)>,
    last_ack: u32,
    last_window: u16,
    pub(crate) retransmissions: u32,
    pub(crate) out_of_order: u32,
    /// Segments before which bytes were missing.
    pub(crate) gaps: u32,
    pub(crate) duplicate_acks: u32,
    pub(crate) zero_windows: u32,
    /// Windows behind the opening, unscaled.
    pub(crate) min_window: Option<u16>,
    pub(crate) max_window: u16,
}

impl Segments {
    #[inline(always)]
    pub(crate) fn add(&mut self, record: &Record<'_>, time: i64, handshake: &Handshake) {
        let flags = record.tcp.flags;
        let (syn, fin) = (flags.contains(TcpFlags::SYN), flags.contains(TcpFlags::FIN));
        let reset = flags.contains(TcpFlags::RST);
        let length = record.payload_len.saturating_add(u32::from(syn) + u32::from(fin));
        if length > 0 && !reset {
            self.sequence(record.tcp.seq, length, time, handshake);
        }
        if !syn && !reset {
            self.window(record.tcp.window);
        }
        if flags.contains(TcpFlags::ACK) && !reset {
            self.acknowledgement(record, length);
        }
    }

    /// Whether a flow of so many packets could have them: checked on what is read from a file.
    pub(crate) fn is_sound(&self, packets: u64) -> bool {
        let counts = [self.retransmissions, self.out_of_order, self.gaps, self.duplicate_acks];
        let counts = counts.into_iter().chain([self.zero_windows]);
        counts.max().is_none_or(|count| u64::from(count) <= packets)
            && self.min_window.is_none_or(|window| window <= self.max_window)
    }

    #[inline(always)]
    fn sequence(&mut self, seq: u32, length: u32, time: i64, handshake: &Handshake) {
        let end = seq.wrapping_add(length);
        if !self.is_known || seq == self.next {
            (self.next, self.is_known) = (end, true);
        } else if is_before(self.next, seq) {
            self.gaps += 1;
            self.hole = Some((self.next, seq, time));
            self.next = end;
        } else if !(length == 1 && end == self.next) {
            // One byte that was there already only keeps the connection alive.
            self.late(seq, time, handshake);
            self.next = if is_before(self.next, end) { end } else { self.next };
        }
    }

    /// A segment that starts before bytes that were seen: it was overtaken, or is sent again.
    fn late(&mut self, seq: u32, time: i64, handshake: &Handshake) {
        let fills = |(from, to, _): &(u32, u32, i64)| !is_before(seq, *from) && is_before(seq, *to);
        match self.hole.filter(fills) {
            Some((_, _, since))
                if time.saturating_sub(since)
                    <= handshake.round_trip().unwrap_or(PATIENCE_NANOS) =>
            {
                self.out_of_order += 1;
            }
            _ => self.retransmissions += 1,
        }
    }

    #[inline(always)]
    fn window(&mut self, window: u16) {
        self.zero_windows += u32::from(window == 0);
        self.min_window = Some(self.min_window.map_or(window, |min| min.min(window)));
        self.max_window = self.max_window.max(window);
    }

    #[inline(always)]
    fn acknowledgement(&mut self, record: &Record<'_>, length: u32) {
        let same = self.is_acknowledging
            && (self.last_ack, self.last_window) == (record.tcp.ack, record.tcp.window);
        self.duplicate_acks += u32::from(same && length == 0);
        (self.last_ack, self.last_window) = (record.tcp.ack, record.tcp.window);
        self.is_acknowledging = true;
    }
}

/// Whether one sequence number comes before another, on their circle.
#[inline(always)]
fn is_before(one: u32, other: u32) -> bool {
    (one.wrapping_sub(other) as i32) < 0
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use netsift_packet::{Protocol, Timestamp};

    use super::*;

    const MILLISECOND: i64 = 1_000_000;

    fn of(segments: &[(u32, u32, i64)]) -> Segments {
        let mut told = Segments::default();
        for &(seq, length, millis) in segments {
            let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
            let mut record = Record::new(Timestamp::EPOCH, host, host, Protocol::TCP);
            (record.payload_len, record.tcp.seq) = (length, seq);
            (record.tcp.flags, record.tcp.window) = (TcpFlags::ACK, 100);
            told.add(&record, millis * MILLISECOND, &Handshake::default());
        }
        told
    }

    fn counts(segments: &[(u32, u32, i64)]) -> (u32, u32, u32, u32) {
        let told = of(segments);
        (told.retransmissions, told.out_of_order, told.gaps, told.duplicate_acks)
    }

    #[test]
    fn segments_in_order_tell_nothing_and_numbers_may_wrap() {
        assert_eq!(counts(&[(u32::MAX - 9, 10, 0), (0, 10, 1), (10, 5, 2)]), (0, 0, 0, 0));
    }

    #[test]
    fn a_segment_sent_again_is_a_retransmission_and_a_keep_alive_is_none() {
        assert_eq!(counts(&[(0, 10, 0), (0, 10, 300)]), (1, 0, 0, 0));
        assert_eq!(counts(&[(0, 10, 0), (9, 1, 300)]), (0, 0, 0, 0));
        assert_eq!(counts(&[(0, 10, 0), (5, 10, 300), (15, 5, 301)]), (1, 0, 0, 0));
    }

    #[test]
    fn a_hole_filled_at_once_was_reordering_and_later_a_retransmission() {
        assert_eq!(counts(&[(0, 10, 0), (20, 10, 1), (10, 10, 2), (30, 1, 3)]), (0, 1, 1, 0));
        assert_eq!(counts(&[(0, 10, 0), (20, 10, 1), (10, 10, 200)]), (1, 0, 1, 0));
    }

    #[test]
    fn the_same_acknowledgement_without_bytes_is_a_duplicate() {
        assert_eq!(counts(&[(0, 10, 0), (10, 0, 1), (10, 0, 2)]), (0, 0, 0, 2));
    }
}
