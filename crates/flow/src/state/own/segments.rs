//! One direction's TCP segments: sent again, overtaken, refused.

use std::ops::RangeInclusive;

use netsift_packet::TcpFlags;
use serde::{Deserialize, Serialize};

use super::Handshake;
use crate::Record;
use crate::record::Tcp;

/// A hole that is filled sooner was reordering, later a retransmission, where the round trip is unknown.
const PATIENCE_NANOS: i64 = 3_000_000;

/// What sequence and acknowledgement numbers tell of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Segments {
    /// The sequence number after the last byte seen.
    next: u32,
    is_known: bool,
    /// Whether it has sent an acknowledgement and nothing else; the last one is told below.
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
    /// The sequence number after the last byte seen.
    #[inline(always)]
    pub(crate) fn sent(&self) -> Option<u32> {
        self.is_known.then_some(self.next)
    }

    /// Enters a segment; `sent` is how far the direction has come that it acknowledges.
    #[inline(always)]
    pub(crate) fn add(
        &mut self,
        record: &Record<'_>,
        time: i64,
        (sent, handshake): (Option<u32>, &Handshake),
    ) {
        let flags = record.tcp.flags;
        let (syn, fin) = (flags.contains(TcpFlags::SYN), flags.contains(TcpFlags::FIN));
        let reset = flags.contains(TcpFlags::RST);
        let length = record.payload_len.saturating_add(u32::from(syn) + u32::from(fin));
        let keeps_alive = self.keeps_alive(record, length);
        if length > 0 && !reset && !keeps_alive {
            self.sequence(record.tcp.seq, length, time, handshake);
        }
        if !syn && !reset {
            self.window(record.tcp.window);
        }
        if flags.contains(TcpFlags::ACK) && length == 0 && !reset && !keeps_alive {
            self.acknowledgement(record.tcp, sent);
        }
    }

    /// Whether a flow of so many packets could have them: checked on what is read from a file.
    pub(crate) fn is_sound(&self, packets: u64) -> bool {
        let counts = [self.retransmissions, self.out_of_order, self.gaps, self.duplicate_acks];
        let counts = counts.into_iter().chain([self.zero_windows]);
        counts.max().is_none_or(|count| u64::from(count) <= packets)
            && self.min_window.is_none_or(|window| window <= self.max_window)
    }

    /// Whether bytes are missing since a time of the flow.
    pub(crate) fn is_timely(&self, flow: &RangeInclusive<i64>) -> bool {
        self.hole.is_none_or(|(_, _, since)| flow.contains(&since))
    }

    /// Whether a segment only asks if the other end is still there: at most one byte, and that was sent before.
    #[inline(always)]
    fn keeps_alive(&self, record: &Record<'_>, length: u32) -> bool {
        let is_small = record.payload_len <= 1 && length == record.payload_len;
        self.is_known && is_small && record.tcp.seq.wrapping_add(1) == self.next
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
        } else {
            self.late((seq, end), time, handshake);
            self.next = if is_before(self.next, end) { end } else { self.next };
        }
    }

    /// A segment that starts before bytes that were seen: it was overtaken, or is sent again.
    fn late(&mut self, (seq, end): (u32, u32), time: i64, handshake: &Handshake) {
        let patience = handshake.round_trip().unwrap_or(PATIENCE_NANOS);
        let was_overtaken = self.hole.is_some_and(|(from, to, since)| {
            let fills = !is_before(seq, from) && is_before(seq, to);
            fills && time.saturating_sub(since) <= patience
        });
        self.out_of_order += u32::from(was_overtaken);
        self.retransmissions += u32::from(!was_overtaken);
        self.fill(seq, end);
    }

    /// Bytes that have come are missing no more. Of a hole that they part in two the first half is kept.
    fn fill(&mut self, seq: u32, end: u32) {
        let Some((from, to, since)) = self.hole else { return };
        if !is_before(from, end) || !is_before(seq, to) {
            return;
        }
        let (from, to) = if is_before(from, seq) { (from, seq) } else { (end, to) };
        self.hole = is_before(from, to).then_some((from, to, since));
    }

    #[inline(always)]
    fn window(&mut self, window: u16) {
        self.zero_windows += u32::from(window == 0);
        self.min_window = Some(self.min_window.map_or(window, |min| min.min(window)));
        self.max_window = self.max_window.max(window);
    }

    /// A segment that does nothing but acknowledge. It is a duplicate if it says what the one before said while
    /// more is on its way (RFC 5681): with all bytes acknowledged it answers a keep-alive.
    #[inline(always)]
    fn acknowledgement(&mut self, tcp: Tcp, sent: Option<u32>) {
        let is_same =
            self.is_acknowledging && (self.last_ack, self.last_window) == (tcp.ack, tcp.window);
        let is_awaiting = sent.is_some_and(|sent| is_before(tcp.ack, sent));
        self.duplicate_acks += u32::from(is_same && is_awaiting);
        (self.last_ack, self.last_window) = (tcp.ack, tcp.window);
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

    fn segment(flags: TcpFlags, seq: u32, length: u32) -> Record<'static> {
        let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut record = Record::new(Timestamp::EPOCH, host, host, Protocol::TCP);
        (record.payload_len, record.tcp.seq) = (length, seq);
        (record.tcp.flags, record.tcp.window) = (flags, 100);
        record
    }

    fn of(segments: &[(u32, u32, i64)]) -> Segments {
        let mut told = Segments::default();
        for &(seq, length, millis) in segments {
            enter(&mut told, &segment(TcpFlags::ACK, seq, length), millis);
        }
        told
    }

    fn enter(told: &mut Segments, record: &Record<'_>, millis: i64) {
        told.add(record, millis * MILLISECOND, (None, &Handshake::default()));
    }

    /// Duplicates among segments without payload behind ten bytes, while the other end has sent a thousand.
    fn duplicates(segments: &[Record<'_>]) -> u32 {
        let (mut told, other) = (of(&[(0, 10, 0)]), of(&[(0, 1_000, 0)]));
        segments
            .iter()
            .for_each(|record| told.add(record, 0, (other.sent(), &Handshake::default())));
        told.duplicate_acks
    }

    fn acknowledging(ack: u32) -> Record<'static> {
        let mut record = segment(TcpFlags::ACK, 10, 0);
        record.tcp.ack = ack;
        record
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
    fn a_hole_is_filled_once() {
        let hole = [(0, 10, 0), (40, 10, 1)];
        let of = |late: &[(u32, u32, i64)]| counts(&[&hole, late].concat());
        assert_eq!(of(&[(10, 30, 2), (10, 30, 3)]), (1, 1, 1, 0));
        assert_eq!(of(&[(10, 10, 2), (10, 10, 3), (20, 20, 4)]), (1, 2, 1, 0));
        assert_eq!(of(&[(30, 10, 2), (30, 10, 3), (10, 20, 4)]), (1, 2, 1, 0));
        assert_eq!(of(&[(5, 35, 2), (10, 10, 3)]), (2, 0, 1, 0), "filled by what was sent again");
    }

    #[test]
    fn openings_and_ends_that_are_sent_again_are_retransmissions() {
        for flag in [TcpFlags::SYN, TcpFlags::FIN] {
            let mut told = Segments::default();
            (0..3).for_each(|nth| enter(&mut told, &segment(flag, 9, 0), nth * 1_000));
            assert_eq!((told.retransmissions, told.gaps), (2, 0), "{flag:?}");
        }
    }

    #[test]
    fn the_same_acknowledgement_while_bytes_wait_for_it_is_a_duplicate() {
        let same = acknowledging(500);
        assert_eq!(duplicates(&[same, same, same]), 2);
        assert_eq!(duplicates(&[same, acknowledging(600), same]), 0);
        let mut wider = same;
        wider.tcp.window += 1;
        assert_eq!(duplicates(&[same, wider]), 0);
        let (mut fin, mut reset) = (same, same);
        (fin.tcp.flags.0, reset.tcp.flags.0) = (0x11, 0x14);
        assert_eq!(duplicates(&[same, fin]) + duplicates(&[same, reset]), 0);
    }

    #[test]
    fn what_acknowledges_all_or_follows_data_or_keeps_alive_is_no_duplicate() {
        let all = acknowledging(1_000);
        assert_eq!(duplicates(&[all, all]), 0, "answers to keep-alives");
        let same = acknowledging(500);
        let (mut data, mut keep_alive) = (same, same);
        data.payload_len = 10;
        assert_eq!(duplicates(&[data, acknowledging(500)]), 0);
        keep_alive.tcp.seq = 9;
        assert_eq!(duplicates(&[same, keep_alive, keep_alive]), 0);
    }
}
