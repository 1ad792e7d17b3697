//! TCP's opening: how long it took, and what the ends offered each other.

use std::ops::RangeInclusive;

use netsift_packet::{TcpFlags, TcpOption, TcpOptions};
use serde::{Deserialize, Serialize};

use crate::Record;

/// The three steps of an opening, and the offers that came with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Handshake {
    asked: Option<i64>,
    answered: Option<i64>,
    confirmed: Option<i64>,
    pub(crate) source: Offer,
    pub(crate) destination: Offer,
}

/// What an end's SYN offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Offer {
    pub(crate) max_segment: Option<u16>,
    pub(crate) window_scale: Option<u8>,
    pub(crate) sack: bool,
}

/// The largest shift that a window may have (RFC 7323).
const MAX_SCALE: u8 = 14;

impl Handshake {
    /// Whether nothing more can come.
    pub(crate) fn is_over(&self) -> bool {
        self.confirmed.is_some()
    }

    pub(crate) fn add(&mut self, record: &Record<'_>, time: i64, forward: bool) {
        let flags = record.tcp.flags;
        let (syn, ack) = (flags.contains(TcpFlags::SYN), flags.contains(TcpFlags::ACK));
        match (syn, ack, forward) {
            // The answer is one to the last SYN before it, the confirmation to the first answer.
            (true, false, true) if self.answered.is_none() => {
                self.asked = Some(time);
                self.source = Offer::of(record);
            }
            (true, true, false) if self.answered.is_none() => {
                self.answered = Some(time);
                self.destination = Offer::of(record);
            }
            (false, true, true) if self.answered.is_some() => self.confirmed = Some(time),
            _ => {}
        }
    }

    /// From the question to the answer, in nanoseconds: the way to the destination and back.
    pub(crate) fn answer_time(&self) -> Option<i64> {
        Some(self.answered?.saturating_sub(self.asked?))
    }

    /// From the answer to its confirmation: the way to the source and back.
    pub(crate) fn confirmation_time(&self) -> Option<i64> {
        Some(self.confirmed?.saturating_sub(self.answered?))
    }

    /// Both ways.
    pub(crate) fn round_trip(&self) -> Option<i64> {
        Some(self.confirmed?.saturating_sub(self.asked?))
    }

    /// By how many bits the windows of an end are shifted: only if both offered it.
    pub(crate) fn scale(&self, of_source: bool) -> u8 {
        match (self.source.window_scale, self.destination.window_scale) {
            (Some(source), Some(destination)) => {
                if of_source {
                    source
                } else {
                    destination
                }
            }
            _ => 0,
        }
    }

    /// Whether no shift is larger than there can be: checked on what is read from a file.
    pub(crate) fn is_sound(&self) -> bool {
        let fits = |offer: &Offer| offer.window_scale.is_none_or(|scale| scale <= MAX_SCALE);
        fits(&self.source) && fits(&self.destination)
    }

    /// Whether its steps are of the flow's time and one after the other.
    pub(crate) fn is_timely(&self, flow: &RangeInclusive<i64>) -> bool {
        let steps = [self.asked, self.answered, self.confirmed];
        let is_begun = self.answered.is_some() || self.confirmed.is_none();
        is_begun
            && steps.iter().flatten().is_sorted()
            && steps.iter().flatten().all(|time| flow.contains(time))
    }
}

impl Offer {
    fn of(record: &Record<'_>) -> Self {
        let mut offer = Self::default();
        for option in TcpOptions::new(record.syn_options) {
            match option {
                TcpOption::MaxSegmentSize(size) => offer.max_segment = Some(size),
                TcpOption::WindowScale(shift) => offer.window_scale = Some(shift.min(MAX_SCALE)),
                TcpOption::SackPermitted => offer.sack = true,
                _ => {}
            }
        }
        offer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_an_opening_come_in_their_order_and_within_the_flow() {
        let is_timely = |asked, answered, confirmed| {
            let steps = Handshake { asked, answered, confirmed, ..Handshake::default() };
            steps.is_timely(&(10..=20))
        };
        assert!(is_timely(None, None, None) && is_timely(None, Some(10), Some(10)));
        assert!(is_timely(Some(10), Some(15), Some(20)));
        assert!(!is_timely(Some(15), Some(14), None) && !is_timely(None, Some(15), Some(14)));
        assert!(!is_timely(Some(9), None, None) && !is_timely(None, Some(12), Some(21)));
        assert!(!is_timely(Some(10), None, Some(12)), "confirmed what was not answered");
    }
}
