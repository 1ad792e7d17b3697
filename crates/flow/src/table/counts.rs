//! What a table counts: every packet in is in a flow told, in an open flow, or here.

use crate::End;

/// Counters of a flow table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records taken.
    pub packets: u64,
    /// Their frames' lengths on the wire.
    pub bytes: u64,
    /// Records that came after a later one of their flow.
    pub late: u64,
    /// Records that the profile leaves out of their flow.
    pub dropped: u64,
    /// Flows told, and the packets in them.
    pub flows: u64,
    /// Packets of those flows.
    pub flow_packets: u64,
    /// Flows that the profile does not tell, and the packets in them.
    pub untold: u64,
    /// Packets of those flows.
    pub untold_packets: u64,
    /// Looks at flows that went on.
    pub early: u64,
    /// Flows that had to go.
    pub evictions: Evictions,
    ends: [u64; End::ALL.len()],
}

/// Flows that had to go before their end, in the order in which they go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evictions {
    /// Whose connection was over: nothing is lost.
    pub over: u64,
    /// Of one packet.
    pub single: u64,
    /// Others, those silent for longest first.
    pub settled: u64,
}

impl Counts {
    /// How many flows were told with this end.
    #[must_use]
    pub fn with_end(&self, end: End) -> u64 {
        self.ends.get(end as usize).copied().unwrap_or(0)
    }

    /// Adds what another table has counted.
    pub fn add(&mut self, other: &Self) {
        self.packets += other.packets;
        self.bytes += other.bytes;
        self.late += other.late;
        self.dropped += other.dropped;
        self.flows += other.flows;
        self.flow_packets += other.flow_packets;
        self.untold += other.untold;
        self.untold_packets += other.untold_packets;
        self.early += other.early;
        self.evictions.over += other.evictions.over;
        self.evictions.single += other.evictions.single;
        self.evictions.settled += other.evictions.settled;
        for (count, other) in self.ends.iter_mut().zip(other.ends) {
            *count += other;
        }
    }

    pub(super) fn ended(&mut self, end: End, packets: u64, is_told: bool) {
        if !is_told {
            self.untold += 1;
            self.untold_packets += packets;
            return;
        }
        self.flows += 1;
        self.flow_packets += packets;
        if let Some(count) = self.ends.get_mut(end as usize) {
            *count += 1;
        }
    }
}
