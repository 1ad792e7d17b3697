//! What one end of a flow has sent.

use netsift_packet::TcpFlags;
use serde::{Deserialize, Serialize};

use super::{Bulk, Moments};
use crate::Record;

/// What one end has sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// Packets.
    pub packets: u64,
    /// Transport headers, in bytes.
    pub header_bytes: u64,
    /// Time of the last packet.
    pub(crate) last: i64,
    /// Payload lengths, in bytes.
    pub length: Moments,
    /// Gaps between packets of this direction, in microseconds.
    pub gap: Moments,
    /// Bulk transfers.
    pub bulk: Bulk,
    /// Packets with payload.
    pub data_packets: u32,
    /// The shortest transport header.
    pub min_header: u32,
    /// TCP's window at the start, unscaled.
    pub init_window: u16,
    /// Packets with FIN.
    pub fin: u32,
    /// Packets with PSH.
    pub psh: u32,
    /// Packets with URG.
    pub urg: u32,
    /// Packets with RST.
    pub rst: u32,
    /// Segments sent again, as the reading at hand sees it.
    pub retransmissions: u32,
}

impl Side {
    /// Enters a packet's length; what the readings see differently is entered by them.
    #[inline(always)]
    pub(crate) fn add(&mut self, record: &Record<'_>, time: i64, length: f64) {
        self.packets += 1;
        self.header_bytes += u64::from(record.header_len);
        self.last = time;
        self.length.add(length);
    }

    /// Whether a flow of so many packets could have it: checked on what is read from a file.
    pub(crate) fn is_sound(&self, packets: u64) -> bool {
        let counts = [self.data_packets, self.fin, self.psh, self.urg, self.rst];
        let counts = counts.into_iter().chain([self.retransmissions]);
        self.packets <= packets
            && self.header_bytes <= packets.saturating_mul(u32::MAX.into())
            && counts.max().is_none_or(|count| u64::from(count) <= packets)
            && self.length.is_sound(packets)
            && self.gap.is_sound(packets)
            && self.bulk.is_sound(packets)
    }

    /// Counts the flags that are told by direction.
    #[inline(always)]
    pub(crate) fn count_flags(&mut self, flags: TcpFlags) {
        let one = |flag: TcpFlags| u32::from(flags.contains(flag));
        self.fin += one(TcpFlags::FIN);
        self.psh += one(TcpFlags::PSH);
        self.urg += one(TcpFlags::URG);
        self.rst += one(TcpFlags::RST);
    }
}
