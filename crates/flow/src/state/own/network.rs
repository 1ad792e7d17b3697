//! What the IP headers of one direction say.

use serde::{Deserialize, Serialize};

use crate::Record;

/// Congestion experienced: both bits of ECN.
const CONGESTED: u8 = 0b11;

/// Time to live, class of service and fragments of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Network {
    pub(crate) min_ttl: u8,
    pub(crate) max_ttl: u8,
    /// DSCP of the first packet.
    pub(crate) dscp: u8,
    is_known: bool,
    /// Packets that a router marked instead of dropping them.
    pub(crate) congested: u32,
    pub(crate) fragments: u32,
}

impl Network {
    #[inline(always)]
    pub(crate) fn add(&mut self, record: &Record<'_>) {
        if !self.is_known {
            (self.min_ttl, self.max_ttl) = (record.ttl, record.ttl);
            self.dscp = record.traffic_class >> 2;
            self.is_known = true;
        }
        self.min_ttl = self.min_ttl.min(record.ttl);
        self.max_ttl = self.max_ttl.max(record.ttl);
        self.congested += u32::from(record.traffic_class & CONGESTED == CONGESTED);
        self.fragments += u32::from(record.is_fragment);
    }

    /// Whether a flow of so many packets could have it: checked on what is read from a file.
    pub(crate) fn is_sound(&self, packets: u64) -> bool {
        self.min_ttl <= self.max_ttl && u64::from(self.congested.max(self.fragments)) <= packets
    }
}
