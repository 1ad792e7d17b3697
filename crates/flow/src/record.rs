//! What the flow table takes: the facts of one packet that belong to a flow.

use std::net::{IpAddr, Ipv4Addr};

use netsift_packet::cic::CicRecord;
use netsift_packet::{MacAddr, Packet, Protocol, TcpFlags, TcpHeader, Timestamp, Tunnel, VlanIds};

/// TCP's header without options (RFC 9293), in bytes.
const TCP_HEADER: u32 = 20;

/// The facts of one packet, however they were come by.
///
/// [`of`](Self::of) reads them from a [`Packet`], `From<CicRecord>` from a frame as the CICFlowMeters
/// read it, and [`new`](Self::new) takes them from elsewhere: every field is public.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Record<'a> {
    /// When the packet was captured.
    pub time: Timestamp,
    /// IP source.
    pub src: IpAddr,
    /// IP destination.
    pub dst: IpAddr,
    /// Source port, 0 where the protocol has none.
    pub src_port: u16,
    /// Destination port, 0 where the protocol has none.
    pub dst_port: u16,
    /// The protocol behind IP.
    pub protocol: Protocol,
    /// Length of the frame on the wire.
    pub wire_len: u32,
    /// Length of the transport header, options included; 0 where there is none, or of TCP's less than the
    /// fixed part. What [`tcp`](Self::tcp) says counts only behind a header of TCP's 20 bytes or more.
    pub header_len: u32,
    /// Bytes behind the transport header.
    pub payload_len: u32,
    /// TCP's flags, sequence numbers and unscaled window; zeros for everything else.
    pub tcp: Tcp,
    /// The bytes of the options of a TCP segment with SYN.
    pub syn_options: &'a [u8],
    /// ICMP code and type.
    pub icmp: Option<(u8, u8)>,
    /// Time to live or hop limit.
    pub ttl: u8,
    /// The traffic class byte: DSCP and ECN.
    pub traffic_class: u8,
    /// Whether the packet is a fragment, the first included.
    pub is_fragment: bool,
    /// What stands around IP.
    pub around: Around,
    /// The captured part of the payload.
    pub payload: &'a [u8],
}

/// What a TCP header says beside its ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tcp {
    /// The nine flags.
    pub flags: TcpFlags,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgement number.
    pub ack: u32,
    /// Window as sent, unscaled.
    pub window: u16,
}

/// Link-layer addresses, VLAN tags and tunnel of a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// Link-layer source and destination.
    pub macs: Option<(MacAddr, MacAddr)>,
    /// VLAN ids, outermost first.
    pub vlans: VlanIds,
    /// The innermost tunnel.
    pub tunnel: Option<Tunnel>,
    /// That tunnel's number.
    pub tunnel_id: u32,
}

impl<'a> Record<'a> {
    /// A record of which only this is known.
    #[must_use]
    pub fn new(time: Timestamp, src: IpAddr, dst: IpAddr, protocol: Protocol) -> Self {
        Self {
            time,
            src,
            dst,
            src_port: 0,
            dst_port: 0,
            protocol,
            wire_len: 0,
            header_len: 0,
            payload_len: 0,
            tcp: Tcp::default(),
            syn_options: &[],
            icmp: None,
            ttl: 0,
            traffic_class: 0,
            is_fragment: false,
            around: Around::default(),
            payload: &[],
        }
    }

    /// The facts of a packet; `None` without an IP header.
    #[must_use]
    pub fn of(packet: &Packet<'a>) -> Option<Self> {
        let ends = (packet.addresses()?, packet.protocol()?);
        Some(Self::between(ends, packet, true))
    }

    /// The facts of a packet between these addresses; what stands around IP only if it is wanted.
    #[inline(always)]
    pub(crate) fn between(
        ((src, dst), protocol): ((IpAddr, IpAddr), Protocol),
        packet: &Packet<'a>,
        wants_around: bool,
    ) -> Self {
        let (src_port, dst_port) = packet.ports().unwrap_or_default();
        let header = packet.tcp();
        // A part of TCP's header says nothing: zeros in place of the rest would be taken at their word.
        let is_partial = protocol == Protocol::TCP && header.is_none();
        let header_len = if is_partial { None } else { packet.header_len() };
        let tcp = header.map_or_else(Tcp::default, |header| Tcp::of(&header));
        let is_syn = tcp.flags.contains(TcpFlags::SYN);
        Self {
            time: packet.time(),
            src,
            dst,
            src_port,
            dst_port,
            protocol,
            wire_len: packet.wire_len(),
            header_len: header_len.unwrap_or(0),
            payload_len: packet.payload_len(),
            tcp,
            syn_options: if is_syn { packet.tcp_option_bytes() } else { &[] },
            icmp: match protocol {
                Protocol::ICMP | Protocol::ICMPV6 => {
                    packet.icmp_type_code().map(|(kind, code)| (code, kind))
                }
                _ => None,
            },
            ttl: packet.ttl().unwrap_or(0),
            traffic_class: packet.dscp().unwrap_or(0) << 2 | packet.ecn().unwrap_or(0),
            is_fragment: packet.fragment().is_some(),
            around: if wants_around { Around::of(packet) } else { Around::default() },
            payload: packet.payload(),
        }
    }
}

impl Record<'_> {
    /// Whether the fixed part of a transport header was read: later fragments have none, and TCP's may be cut or
    /// too short to be one.
    #[inline(always)]
    pub(crate) fn has_header(&self) -> bool {
        match self.protocol {
            Protocol::TCP => self.header_len >= TCP_HEADER,
            _ => !self.is_fragment || self.header_len > 0,
        }
    }
}

impl Tcp {
    #[inline(always)]
    pub(crate) fn of(header: &TcpHeader) -> Self {
        Self { flags: header.flags, seq: header.seq, ack: header.ack, window: header.window }
    }
}

impl Around {
    #[inline(always)]
    pub(crate) fn of(packet: &Packet<'_>) -> Self {
        Self {
            macs: packet.macs(),
            vlans: packet.vlans(),
            tunnel: packet.tunnel(),
            tunnel_id: packet.tunnel_id(),
        }
    }
}

impl From<CicRecord> for Record<'static> {
    #[inline]
    fn from(record: CicRecord) -> Self {
        let address = |address: Ipv4Addr| IpAddr::V4(address);
        Self {
            src_port: record.src_port,
            dst_port: record.dst_port,
            header_len: record.header_len,
            payload_len: record.payload_len,
            tcp: Tcp {
                flags: record.flags,
                seq: record.seq,
                ack: record.ack,
                window: record.window,
            },
            icmp: record.icmp,
            ..Record::new(record.time, address(record.src), address(record.dst), record.protocol)
        }
    }
}

#[cfg(test)]
mod tests {
    use netsift_packet::{Frame, LinkType};

    use super::*;

    /// A SYN of 40 bytes by IP's word, of which so many of TCP's bytes were captured.
    fn captured(of_tcp: usize, words: u8) -> Record<'static> {
        let ip = [0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        let tcp = [4, 0, 0, 80, 0, 0, 0, 9, 0, 0, 0, 0, words << 4, 2, 1, 0, 0, 0, 0, 0];
        let bytes = [ip, tcp].concat();
        let frame = Frame::new(Timestamp::EPOCH, LinkType::RAW, &bytes[..20 + of_tcp]);
        let packet = Packet::parse(frame.with_wire_len(40)).unwrap();
        Record { syn_options: &[], payload: &[], ..Record::of(&packet).unwrap() }
    }

    #[test]
    fn a_part_of_a_tcp_header_is_none() {
        for (of_tcp, words) in [(4, 5), (13, 5), (14, 5), (19, 5)] {
            let record = captured(of_tcp, words);
            assert_eq!((record.dst_port, record.tcp), (80, Tcp::default()), "{of_tcp}");
            assert_eq!((record.has_header(), record.header_len), (false, 0), "{of_tcp}");
        }
        let whole = captured(20, 5);
        assert_eq!((whole.has_header(), whole.header_len, whole.tcp.seq), (true, 20, 9));
        assert!(!captured(20, 4).has_header(), "four words are less than a header");
    }
}
