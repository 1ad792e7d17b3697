//! What one end of a flow has sent.

use std::ops::RangeInclusive;

use netsift_packet::TcpFlags;
use serde::{Deserialize, Serialize};

use super::{Bulk, FlagCounts, Moments};
use crate::Record;

/// What one end has sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[repr(C)]
pub struct Side {
    /// Time of the last packet.
    pub(crate) last: i64,
    /// Transport headers, in bytes.
    pub header_bytes: u64,
    /// Payload lengths, in bytes.
    pub length: Moments,
    /// Gaps between packets of this direction, in microseconds.
    pub gap: Moments,
    pub(crate) flags: FlagCounts,
    /// Packets with payload.
    pub data_packets: u32,
    /// The shortest transport header.
    pub min_header: u32,
    /// TCP's window at the start, unscaled.
    pub init_window: u16,
    /// Bulk transfers.
    pub bulk: Bulk,
}

impl Side {
    /// Enters a packet's length; what the readings see differently is entered by them.
    #[inline(always)]
    pub(crate) fn add(&mut self, record: &Record<'_>, time: i64, length: f64) {
        self.header_bytes += u64::from(record.header_len);
        self.last = time;
        self.length.add(length);
        self.flags.add(record.tcp.flags);
    }

    /// Packets.
    #[must_use]
    #[inline]
    pub fn packets(&self) -> u64 {
        self.length.count()
    }

    /// Packets with this flag.
    #[must_use]
    pub fn with(&self, flag: TcpFlags) -> u32 {
        self.flags.of(flag)
    }

    /// Whether a flow of so many packets could have it: checked on what is read from a file.
    pub(crate) fn is_sound(&self, packets: u64) -> bool {
        self.packets() <= packets
            && self.header_bytes <= packets.saturating_mul(u32::MAX.into())
            && u64::from(self.data_packets) <= packets
            && self.flags.is_sound(packets)
            && self.length.is_sound(packets)
            && !self.length.is_negative()
            && self.gap.is_sound(packets)
            && self.bulk.is_sound(packets)
    }

    /// Whether its packets came in the flow's time and one after the other, where times do not go back.
    pub(crate) fn is_timely(&self, flow: &RangeInclusive<i64>) -> bool {
        (self.packets() == 0 || flow.contains(&self.last)) && !self.gap.is_negative()
    }
}
