//! One window of segments and the acknowledgements they meet, as they pass the capture.

use crate::{frames::Side, random::mix};

/// A window in flight: two rows of times, data and acknowledgements, merged as they fall due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Burst {
    pub(super) from: Side,
    /// Sequence number of the first byte.
    pub(super) seq: u32,
    /// Where in its message that byte stands.
    pub(super) offset: u64,
    pub(super) bytes: u32,
    pub(super) mss: u32,
    pub(super) start: u64,
    /// Between segments, in nanoseconds; each comes up to half of it late.
    pub(super) spacing: u64,
    /// From the capture to the receiver and back.
    pub(super) back: u64,
    pub(super) round_trip: u64,
    pub(super) salt: u64,
    pub(super) loss: Option<Loss>,
    pub(super) sent: u32,
    pub(super) heard: u32,
    pub(super) repair: Repair,
}

/// A segment that got lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    pub(super) segment: u32,
    /// Lost before it passed the capture, rather than after.
    pub(super) unseen: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Repair {
    /// Not before everything else is through.
    Open {
        last: u64,
    },
    /// Sent again at this time, and waiting to be acknowledged.
    Sent {
        at: u64,
    },
    Done,
}

/// What passes the capture next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Event {
    /// This segment, for the first time.
    Data(u32),
    /// An acknowledgement of everything up to this segment, which it counts in.
    Ack(u32),
    /// The arrival of this segment told, but an earlier one missing.
    Duplicate(u32),
    /// The lost segment again.
    Again(u32),
    /// An acknowledgement of the whole window.
    AckAll,
}

/// Waits before a segment is sent again where too few duplicates tell of the loss.
const RETRANSMISSION_TIMEOUT: u64 = 200_000_000;

impl Burst {
    /// A window that is through before it began.
    pub(super) const fn idle() -> Self {
        Self {
            from: Side::Client,
            seq: 0,
            offset: 0,
            bytes: 0,
            mss: 1,
            start: 0,
            spacing: 0,
            back: 0,
            round_trip: 0,
            salt: 0,
            loss: None,
            sent: 1,
            heard: 1,
            repair: Repair::Done,
        }
    }

    pub(super) fn count(&self) -> u32 {
        self.bytes.div_ceil(self.mss).max(1)
    }

    pub(super) fn len(&self, segment: u32) -> u32 {
        self.mss.min(self.bytes - segment * self.mss)
    }

    pub(super) fn seq_of(&self, segment: u32) -> u32 {
        self.seq.wrapping_add(segment.saturating_mul(self.mss).min(self.bytes))
    }

    /// Whether the last segment is still to be acknowledged, by the next data or by a delayed acknowledgement.
    pub(super) fn owes_ack(&self) -> bool {
        self.loss.is_none() && self.count() % 2 == 1
    }

    pub(super) fn last_data(&self) -> u64 {
        self.data_time(self.count() - 1)
    }

    /// What comes next, and when; `None` when the window is through.
    pub(super) fn next(&self) -> Option<(u64, Event)> {
        match (self.next_data(), self.next_ack()) {
            (Some(data), Some(ack)) if ack.0 < data.0 => Some(ack),
            (Some(data), _) => Some(data),
            (None, Some(ack)) => Some(ack),
            (None, None) => self.next_repair(),
        }
    }

    /// Notes that `event` has passed at `time`.
    pub(super) fn pass(&mut self, time: u64, event: Event) {
        match event {
            Event::Data(segment) => self.sent = segment + 1,
            Event::Ack(segment) | Event::Duplicate(segment) => self.heard = segment + 1,
            Event::Again(_) => self.repair = Repair::Sent { at: time },
            Event::AckAll => self.repair = Repair::Done,
        }
        if let Repair::Open { last } = &mut self.repair {
            *last = time;
        }
    }

    fn next_data(&self) -> Option<(u64, Event)> {
        let unseen = self.loss.is_some_and(|loss| loss.unseen && loss.segment == self.sent);
        let segment = self.sent + u32::from(unseen);
        (segment < self.count()).then(|| (self.data_time(segment), Event::Data(segment)))
    }

    fn next_ack(&self) -> Option<(u64, Event)> {
        let lost = self.loss.map_or(u32::MAX, |loss| loss.segment);
        // Every second segment is acknowledged, but each one that comes behind a gap.
        let segment = if self.heard > lost { self.heard } else { self.heard | 1 };
        let (segment, event) = match segment {
            before if before < lost => (before, Event::Ack(before)),
            missing if missing == lost => (lost + 1, Event::Duplicate(lost + 1)),
            after => (after, Event::Duplicate(after)),
        };
        (segment < self.count()).then(|| (self.ack_time(segment), event))
    }

    fn next_repair(&self) -> Option<(u64, Event)> {
        let loss = self.loss?;
        match self.repair {
            Repair::Open { last } => {
                let duplicates = self.count() - 1 - loss.segment;
                let wait = match duplicates {
                    0..3 => RETRANSMISSION_TIMEOUT.max(2 * self.round_trip),
                    _ => self.round_trip.saturating_sub(self.back),
                };
                Some((last.max(self.start) + wait, Event::Again(loss.segment)))
            }
            Repair::Sent { at } => Some((at + self.back, Event::AckAll)),
            Repair::Done => None,
        }
    }

    fn data_time(&self, segment: u32) -> u64 {
        let late = mix(&[self.salt, segment.into()]) % (self.spacing / 2 + 1);
        self.start + u64::from(segment) * self.spacing + late * u64::from(segment > 0)
    }

    fn ack_time(&self, segment: u32) -> u64 {
        let late = mix(&[self.salt, segment.into(), 1]) % (self.spacing / 4 + 1);
        self.data_time(segment) + self.back + late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn burst(count: u32, loss: Option<Loss>) -> Burst {
        Burst {
            from: Side::Server,
            seq: u32::MAX - 100,
            offset: 0,
            bytes: count * 1_000,
            mss: 1_000,
            start: 1_000,
            spacing: 100,
            back: 1_000,
            round_trip: 30_000,
            salt: 3,
            loss,
            sent: 0,
            heard: 0,
            repair: Repair::Open { last: 0 },
        }
    }

    fn play(mut burst: Burst) -> Vec<Event> {
        let mut now = 0;
        let mut events = Vec::new();
        while let Some((time, event)) = burst.next() {
            assert!(time >= now, "time goes on");
            now = time;
            burst.pass(time, event);
            events.push(event);
        }
        events
    }

    #[test]
    fn every_second_segment_is_acknowledged() {
        use Event::{Ack, Data};
        let events = play(burst(4, None));
        assert_eq!(events, [Data(0), Data(1), Data(2), Data(3), Ack(1), Ack(3)]);
        assert!(burst(5, None).owes_ack() && !burst(4, None).owes_ack());
    }

    #[test]
    fn a_loss_before_the_capture_shows_as_a_gap_duplicates_and_the_segment_late() {
        use Event::{Ack, AckAll, Again, Data, Duplicate};
        let events = play(burst(6, Some(Loss { segment: 2, unseen: true })));
        let (data, rest) = events.split_at(5);
        assert_eq!(data, [Data(0), Data(1), Data(3), Data(4), Data(5)]);
        assert_eq!(rest, [Ack(1), Duplicate(3), Duplicate(4), Duplicate(5), Again(2), AckAll]);
    }

    #[test]
    fn a_lost_last_segment_waits_for_the_timeout() {
        for segment in 0..4 {
            for unseen in [false, true] {
                let events = play(burst(4, Some(Loss { segment, unseen })));
                assert_eq!(events[events.len() - 2..], [Event::Again(segment), Event::AckAll]);
                let duplicates = events.iter().filter(|e| matches!(e, Event::Duplicate(_)));
                assert_eq!(duplicates.count() as u32, 3 - segment);
            }
        }
    }

    #[test]
    fn sequence_numbers_wrap() {
        assert_eq!(burst(4, None).seq_of(1), 899);
    }
}
