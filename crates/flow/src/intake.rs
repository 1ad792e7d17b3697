//! Frames to records, as the profile reads frames.

use std::collections::BTreeMap;
use std::fmt;

use netsift_packet::cic::{self, Discard, Reading};
use netsift_packet::{Frame, Packet, Reason};

use crate::state::Wants;
use crate::ties::{Tied, Ties};
use crate::{FlowConfig, Profile, Record};

/// Reads frames for a flow table: counts what gives no record, and ties fragments to their flow.
#[derive(Debug)]
pub struct Intake {
    profile: Profile,
    wants_around: bool,
    wants_payloads: bool,
    pub(crate) ties: Ties,
    counts: IntakeCounts,
}

/// What became of frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntakeCounts {
    /// Frames read.
    pub frames: u64,
    /// Their lengths on the wire.
    pub bytes: u64,
    /// Frames that gave a record.
    pub records: u64,
    /// Later fragments that were tied to the flow of their first.
    pub tied_fragments: u64,
    /// Later fragments whose first was not seen: in a flow without ports.
    pub orphan_fragments: u64,
    /// Records of packets whose inner headers are damaged: told as far as they could be read.
    pub damaged: u64,
    /// Frames that gave no record, by reason.
    pub rejects: BTreeMap<Reject, u64>,
}

/// Why a frame gives no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reject {
    /// Its headers could not be read.
    Malformed(Reason),
    /// It carries no IP packet.
    NotIp,
    /// The CICFlowMeters find no IPv4 in it.
    NotIpv4,
    /// The CICFlowMeters cannot use its IPv4 header.
    Ipv4Header,
    /// The corrected fork does not know its protocol.
    UnknownProtocol,
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(reason) => write!(f, "{reason}"),
            Self::NotIp => f.write_str("no IP packet"),
            Self::NotIpv4 => f.write_str("no IPv4 as this profile looks for it"),
            Self::Ipv4Header => f.write_str("IPv4 header that this profile cannot use"),
            Self::UnknownProtocol => f.write_str("protocol that this profile does not know"),
        }
    }
}

impl IntakeCounts {
    /// Adds what was counted elsewhere, or before.
    pub fn add(&mut self, other: &Self) {
        self.frames += other.frames;
        self.bytes += other.bytes;
        self.records += other.records;
        self.tied_fragments += other.tied_fragments;
        self.orphan_fragments += other.orphan_fragments;
        self.damaged += other.damaged;
        for (reject, count) in &other.rejects {
            *self.rejects.entry(*reject).or_default() += count;
        }
    }

    pub(crate) fn tied(&mut self, tied: Tied) {
        match tied {
            Tied::First => {}
            Tied::Later => self.tied_fragments += 1,
            Tied::Orphan => self.orphan_fragments += 1,
        }
    }

    #[cold]
    pub(crate) fn reject(&mut self, reject: Reject) {
        *self.rejects.entry(reject).or_default() += 1;
    }
}

impl Intake {
    /// Reads frames as the configuration's profile does.
    #[must_use]
    pub fn new(config: &FlowConfig) -> Self {
        Self {
            profile: config.profile(),
            wants_around: config.wants().contains(Wants::AROUND),
            wants_payloads: config.wants().contains(Wants::PAYLOADS | Wants::ENTROPY),
            ties: Ties::default(),
            counts: IntakeCounts::default(),
        }
    }

    /// The same with fragments tied as those before were.
    pub(crate) fn with_ties(self, ties: Ties) -> Self {
        Self { ties, ..self }
    }

    /// Takes the record of a frame; a frame without one is counted as a reject.
    #[inline(always)]
    pub fn read<'a>(&mut self, frame: Frame<'a>, take: impl FnOnce(&Record<'a>)) {
        self.counts.frames += 1;
        self.counts.bytes += u64::from(frame.wire_len);
        match self.profile {
            Profile::Native => self.native(frame, take),
            Profile::Cic => self.cic(&frame, Reading::Original, take),
            Profile::CicFixed => self.cic(&frame, Reading::Fixed, take),
        }
    }

    /// What has been counted so far.
    #[must_use]
    pub fn counts(&self) -> &IntakeCounts {
        &self.counts
    }

    #[inline(always)]
    fn native<'a>(&mut self, frame: Frame<'a>, take: impl FnOnce(&Record<'a>)) {
        let packet = match Packet::parse(frame) {
            Ok(packet) => packet,
            Err(error) => return self.counts.reject(Reject::Malformed(error.reason())),
        };
        let (Some(addresses), Some(protocol)) = (packet.addresses(), packet.protocol()) else {
            return self.counts.reject(Reject::NotIp);
        };
        // Built where it stays: a record is large enough for copies of it to be felt.
        let mut record = Record::between((addresses, protocol), &packet, self.wants_around);
        if !self.wants_payloads {
            // Nobody looks at it, and a worker would get a copy of it.
            record.payload = &[];
        }
        if record.is_fragment || packet.tunnel_depth() > 0 {
            self.tie(frame, &mut record);
        }
        self.counts.damaged += u64::from(packet.error().is_some());
        self.counts.records += 1;
        take(&record);
    }

    /// Parses the frame once more: a packet that no other function looks at never goes through memory.
    #[cold]
    #[inline(never)]
    fn tie(&mut self, frame: Frame<'_>, record: &mut Record<'_>) {
        let Ok(packet) = Packet::parse(frame) else { return };
        self.counts.tied(self.ties.tie(&packet, record));
    }

    fn cic<'a>(&mut self, frame: &Frame<'a>, reading: Reading, take: impl FnOnce(&Record<'a>)) {
        let reject = match cic::read(frame, reading) {
            Ok(record) => {
                self.counts.records += 1;
                return take(&Record { wire_len: frame.wire_len, ..Record::from(record) });
            }
            Err(Discard::NotIpv4) => Reject::NotIpv4,
            Err(Discard::UnknownProtocol { .. }) => Reject::UnknownProtocol,
            Err(_) => Reject::Ipv4Header,
        };
        self.counts.reject(reject);
    }
}
