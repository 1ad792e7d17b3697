//! Which frames are behind a verdict.

use std::net::{IpAddr, SocketAddr};

use netsift_flow::Record;
use netsift_packet::{Frame, LinkType, Packet, Protocol, Timestamp};

use crate::behaviour::Finding;
use crate::{About, Conversation, Verdict};

/// An error about the last packet comes so much later at most: hosts give up a datagram that lacks fragments after a minute
/// (RFC 8200), everything else is said at once.
const ERRORS_COME: i64 = 60_000_000_000;
/// Longer than any packet: what an error quotes is only the beginning of one.
const QUOTED: u32 = u32::MAX;

/// Who sent a packet to whom, as the flow table has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    source: IpAddr,
    target: IpAddr,
    source_port: u16,
    target_port: u16,
    protocol: Protocol,
}

/// What the frames behind a verdict have in common.
#[derive(Debug)]
pub(super) struct Wanted {
    protocol: Protocol,
    source: End,
    target: End,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    /// When what the verdict is about began.
    pub(super) first: Timestamp,
    /// How many packets there were, where that is known.
    pub(super) packets: Option<u64>,
}

/// One end, as far as it is known.
#[derive(Debug)]
struct End {
    address: Option<IpAddr>,
    /// None for any.
    ports: Vec<u16>,
}

impl Wanted {
    pub(super) fn by(verdict: &Verdict) -> Self {
        match &verdict.about {
            About::Flow(flow) => Self::by_flow(flow),
            About::Behaviour(finding) => Self::by_finding(finding),
        }
    }

    fn by_flow(flow: &Conversation) -> Self {
        let packets = flow.sent.packets.saturating_add(flow.received.packets);
        Self {
            protocol: flow.protocol,
            source: End::of(flow.source),
            target: End::of(flow.destination),
            from: flow.first,
            until: flow.last,
            first: flow.first,
            packets: Some(packets),
        }
    }

    fn by_finding(finding: &Finding) -> Self {
        let (from, until) = finding.time();
        Self {
            protocol: finding.protocol,
            source: End { address: finding.offender, ports: Vec::new() },
            target: End { address: finding.victim, ports: finding.ports() },
            from,
            until,
            first: finding.first,
            packets: None,
        }
    }

    /// The latest time that anything of it may have.
    pub(super) fn latest(&self) -> Timestamp {
        self.until.plus_nanos(ERRORS_COME)
    }

    /// Whether it is a packet between these ends, either way.
    pub(super) fn takes(&self, ends: &Ends) -> bool {
        let Ends { source, target, source_port, target_port, protocol } = *ends;
        let there = || self.source.is(source, source_port) && self.target.is(target, target_port);
        let back = || self.source.is(target, target_port) && self.target.is(source, source_port);
        // What nobody is known of is nobody's.
        let is_known = self.source.address.is_some() || self.target.address.is_some();
        is_known && self.protocol == protocol && (there() || back())
    }
}

impl End {
    fn of(end: SocketAddr) -> Self {
        Self { address: Some(end.ip()), ports: vec![end.port()] }
    }

    fn is(&self, address: IpAddr, port: u16) -> bool {
        let is_it = self.address.is_none_or(|wanted| wanted == address);
        is_it && (self.ports.is_empty() || self.ports.contains(&port))
    }
}

impl Ends {
    #[inline]
    pub(super) fn of(record: &Record<'_>) -> Self {
        Self {
            source: record.src,
            target: record.dst,
            source_port: record.src_port,
            target_port: record.dst_port,
            protocol: record.protocol,
        }
    }

    /// The ends of the packet that an error is about.
    pub(super) fn quoted(error: Frame<'_>) -> Option<Self> {
        let packet = Packet::parse(error).ok()?;
        let quoted = Frame::new(error.time, LinkType::RAW, packet.payload()).with_wire_len(QUOTED);
        Record::of(&Packet::parse(quoted).ok()?).map(|record| Self::of(&record))
    }
}
