//! The facts of one packet, read from the frame where they stand.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::transport::{TcpFlags, TcpOptions};
use crate::{Frame, LinkType, MacAddr, ParseError, ParseOptions, Protocol, Timestamp, walk};

/// "There is no such header": an offset past every frame, so that look-ups there find nothing.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// One parsed packet.
///
/// Parsing finds where the headers stand and checks their lengths; the accessors read the fields from
/// the frame. Nothing is copied, nothing allocated, and a `Packet` is `Copy`.
///
/// A fact that the frame does not hold is `None`: ports of a later fragment, a TCP window behind a
/// snap length. Where headers are cut or lie behind a network header that could be read,
/// [`error`](Self::error) says what was wrong, and what stands before it is told all the same.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) src_mac: u32,
    pub(crate) dst_mac: u32,
    pub(crate) network: u32,
    pub(crate) transport: u32,
    pub(crate) payload: u32,
    pub(crate) payload_captured: u32,
    pub(crate) payload_len: u32,
    pub(crate) tunnel_id: u32,
    pub(crate) fragment: Option<Fragment>,
    pub(crate) error: Option<ParseError>,
    pub(crate) ether_type: u16,
    pub(crate) ip_version: u8,
    pub(crate) protocol: u8,
    pub(crate) tunnel_depth: u8,
    pub(crate) tunnel: Option<Tunnel>,
    pub(crate) vlans: VlanIds,
}

/// What ties the fragments of one datagram together, and where this one belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fragment {
    /// Identification: 16 bits in IPv4, 32 in IPv6.
    pub id: u32,
    /// Where this fragment's bytes belong, in units of eight bytes, as the header says it.
    pub offset: u16,
    /// More fragments follow.
    pub more: bool,
}

impl Fragment {
    /// Where this fragment's bytes belong, in bytes.
    #[must_use]
    pub const fn byte_offset(&self) -> u32 {
        self.offset as u32 * 8
    }
}

/// How an inner packet was carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tunnel {
    /// IP directly in IP: 4in4, 6in4, 4in6, 6in6.
    IpInIp,
    /// GRE, version 0 (RFC 2784) or 1 (PPTP).
    Gre,
    /// VXLAN.
    Vxlan,
    /// Geneve.
    Geneve,
    /// GTP version 1, user plane.
    GtpU,
    /// Teredo: IPv6 in UDP over IPv4.
    Teredo,
    /// L2TP version 2: PPP in UDP.
    L2tp,
}

/// The VLAN ids of a frame, outermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct VlanIds {
    ids: [u16; crate::MAX_VLAN_TAGS as usize],
    len: u8,
}

impl VlanIds {
    /// The ids, outermost first.
    #[must_use]
    pub fn as_slice(&self) -> &[u16] {
        self.ids.get(..usize::from(self.len)).unwrap_or(&self.ids)
    }

    /// Adds an id; `false` where there is no room for one more.
    pub(crate) fn push(&mut self, id: u16) -> bool {
        let Some(place) = self.ids.get_mut(usize::from(self.len)) else { return false };
        *place = id;
        self.len += 1;
        true
    }
}

impl<'a> Packet<'a> {
    /// Reads the innermost headers of a frame, with the default [`ParseOptions`].
    ///
    /// # Errors
    /// What kept the link layer or the first network header from being read. Whatever goes wrong
    /// after a network header is told by [`error`](Self::error).
    #[inline]
    pub fn parse(frame: Frame<'a>) -> Result<Self, ParseError> {
        walk::walk(frame, ParseOptions::default())
    }

    /// Reads a frame as `options` say.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    #[inline]
    pub fn parse_with(frame: Frame<'a>, options: &ParseOptions) -> Result<Self, ParseError> {
        walk::walk(frame, *options)
    }

    /// The frame it was read from.
    #[must_use]
    pub fn frame(&self) -> &Frame<'a> {
        &self.frame
    }

    /// When it was captured.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.frame.time
    }

    /// The frame's link type.
    #[must_use]
    pub fn link(&self) -> LinkType {
        self.frame.link
    }

    /// Length of the frame on the wire.
    #[must_use]
    pub fn wire_len(&self) -> u32 {
        self.frame.wire_len
    }

    /// How much of the frame was captured.
    #[must_use]
    pub fn captured_len(&self) -> u32 {
        self.frame.captured_len()
    }

    /// Link-layer source, where the link layer has one.
    #[must_use]
    pub fn src_mac(&self) -> Option<MacAddr> {
        self.bytes(self.src_mac, 0).map(MacAddr)
    }

    /// Link-layer destination, where the link layer has one.
    #[must_use]
    pub fn dst_mac(&self) -> Option<MacAddr> {
        self.bytes(self.dst_mac, 0).map(MacAddr)
    }

    /// VLAN ids, outermost first.
    #[must_use]
    pub fn vlans(&self) -> &[u16] {
        self.vlans.as_slice()
    }

    /// The Ethernet protocol number in front of the network header (0x0800, 0x86dd, 0x0806 ...);
    /// 0 where the link layer says it in another way and nothing was recognised.
    #[must_use]
    pub fn ether_type(&self) -> u16 {
        self.ether_type
    }

    /// IP version, 4 or 6, or `None` where the frame carries something else.
    #[must_use]
    pub fn ip_version(&self) -> Option<u8> {
        (self.ip_version != 0).then_some(self.ip_version)
    }

    /// IP source.
    #[must_use]
    #[inline]
    pub fn src(&self) -> Option<IpAddr> {
        self.address(12, 8)
    }

    /// IP destination.
    #[must_use]
    #[inline]
    pub fn dst(&self) -> Option<IpAddr> {
        self.address(16, 24)
    }

    /// The protocol behind the IP header and its extension headers.
    #[must_use]
    #[inline]
    pub fn protocol(&self) -> Option<Protocol> {
        (self.ip_version != 0).then_some(Protocol(self.protocol))
    }

    /// IPv4 time to live or IPv6 hop limit.
    #[must_use]
    #[inline]
    pub fn ttl(&self) -> Option<u8> {
        match self.ip_version {
            4 => self.bytes::<1>(self.network, 8).map(|[ttl]| ttl),
            6 => self.bytes::<1>(self.network, 7).map(|[ttl]| ttl),
            _ => None,
        }
    }

    /// Differentiated services code point, 0 to 63.
    #[must_use]
    #[inline]
    pub fn dscp(&self) -> Option<u8> {
        self.traffic_class().map(|class| class >> 2)
    }

    /// Explicit congestion notification bits, 0 to 3.
    #[must_use]
    #[inline]
    pub fn ecn(&self) -> Option<u8> {
        self.traffic_class().map(|class| class & 3)
    }

    /// Fragment facts, where the packet is a fragment of a larger datagram.
    #[must_use]
    pub fn fragment(&self) -> Option<Fragment> {
        self.fragment
    }

    /// IP identification: of every IPv4 packet, and of IPv6 fragments.
    #[must_use]
    pub fn ip_id(&self) -> Option<u32> {
        match self.ip_version {
            4 => self.bytes(self.network, 4).map(|id| u32::from(u16::from_be_bytes(id))),
            _ => self.fragment.map(|fragment| fragment.id),
        }
    }

    /// Length of the IP packet as its header says (0 where a network card was to cut it later).
    #[must_use]
    pub fn ip_len(&self) -> Option<u32> {
        match self.ip_version {
            4 => self.bytes(self.network, 2).map(|length| u16::from_be_bytes(length).into()),
            6 => {
                self.bytes(self.network, 4).map(|length| u32::from(u16::from_be_bytes(length)) + 40)
            }
            _ => None,
        }
    }

    /// Length of the IP header as it says, IPv6 extension headers included.
    #[must_use]
    pub fn ip_header_len(&self) -> Option<u32> {
        match self.transport {
            NOWHERE => (self.ip_version != 0).then(|| self.payload - self.network),
            transport => Some(transport - self.network),
        }
    }

    /// Source port of TCP, UDP or SCTP.
    #[must_use]
    #[inline]
    pub fn src_port(&self) -> Option<u16> {
        self.port(0)
    }

    /// Destination port of TCP, UDP or SCTP.
    #[must_use]
    #[inline]
    pub fn dst_port(&self) -> Option<u16> {
        self.port(2)
    }

    /// TCP flags, all nine.
    #[must_use]
    #[inline]
    pub fn flags(&self) -> Option<TcpFlags> {
        self.tcp_bytes(12).map(|bytes| TcpFlags(u16::from_be_bytes(bytes) & TcpFlags::MASK))
    }

    /// TCP sequence number.
    #[must_use]
    #[inline]
    pub fn seq(&self) -> Option<u32> {
        self.tcp_bytes(4).map(u32::from_be_bytes)
    }

    /// TCP acknowledgement number.
    #[must_use]
    #[inline]
    pub fn ack(&self) -> Option<u32> {
        self.tcp_bytes(8).map(u32::from_be_bytes)
    }

    /// TCP window as the header says, unscaled.
    #[must_use]
    #[inline]
    pub fn window(&self) -> Option<u16> {
        self.tcp_bytes(14).map(u16::from_be_bytes)
    }

    /// The TCP options, as far as they were captured.
    #[must_use]
    pub fn tcp_options(&self) -> TcpOptions<'a> {
        let options = match self.protocol() {
            Some(Protocol::TCP) if self.transport != NOWHERE => {
                self.frame.data.get(self.transport as usize + 20..self.payload as usize)
            }
            _ => None,
        };
        TcpOptions::new(options.unwrap_or_default())
    }

    /// Type and code of an ICMP or ICMPv6 message.
    #[must_use]
    pub fn icmp_type_code(&self) -> Option<(u8, u8)> {
        match self.protocol()? {
            Protocol::ICMP | Protocol::ICMPV6 => {
                self.transport_bytes(0).map(|[kind, code]| (kind, code))
            }
            _ => None,
        }
    }

    /// Where the transport header stands in the frame, if there is one.
    #[must_use]
    pub fn transport_offset(&self) -> Option<usize> {
        (self.transport != NOWHERE).then_some(self.transport as usize)
    }

    /// Length of the transport header as it says: TCP with options, UDP 8, ICMP 8, SCTP 12.
    #[must_use]
    #[inline]
    pub fn header_len(&self) -> Option<u32> {
        match self.protocol()? {
            Protocol::TCP => self.tcp_bytes(12).map(|[byte]| u32::from(byte >> 4) * 4),
            protocol => (self.transport != NOWHERE).then(|| protocol.header_len())?,
        }
    }

    /// How much of the transport header was captured.
    #[must_use]
    pub fn captured_header_len(&self) -> u32 {
        if self.transport == NOWHERE { 0 } else { self.payload - self.transport }
    }

    /// Length of the transport payload as the headers say (the bytes on the wire, padding left out).
    /// Without a transport header: what the IP header carries.
    #[must_use]
    #[inline]
    pub fn payload_len(&self) -> u32 {
        self.payload_len
    }

    /// The captured part of the payload.
    #[must_use]
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        let start = self.payload as usize;
        self.frame.data.get(start..start + self.payload_captured as usize).unwrap_or_default()
    }

    /// How many tunnels were entered to reach these headers.
    #[must_use]
    pub fn tunnel_depth(&self) -> u8 {
        self.tunnel_depth
    }

    /// The innermost tunnel that was entered.
    #[must_use]
    pub fn tunnel(&self) -> Option<Tunnel> {
        self.tunnel
    }

    /// That tunnel's number: VXLAN or Geneve network, GTP endpoint, GRE key, L2TP session; 0 where it has none.
    #[must_use]
    pub fn tunnel_id(&self) -> u32 {
        self.tunnel_id
    }

    /// What was wrong behind the headers told here: a cut or lying header further in.
    #[must_use]
    pub fn error(&self) -> Option<ParseError> {
        self.error
    }

    #[inline]
    fn address(&self, v4: u32, v6: u32) -> Option<IpAddr> {
        match self.ip_version {
            4 => self.bytes::<4>(self.network, v4).map(|a| IpAddr::V4(Ipv4Addr::from(a))),
            6 => self.bytes::<16>(self.network, v6).map(|a| IpAddr::V6(Ipv6Addr::from(a))),
            _ => None,
        }
    }

    #[inline]
    fn traffic_class(&self) -> Option<u8> {
        let first = self.bytes::<2>(self.network, 0).map(u16::from_be_bytes)?;
        match self.ip_version {
            4 => Some(first as u8),
            6 => Some((first >> 4) as u8),
            _ => None,
        }
    }

    #[inline]
    fn port(&self, at: u32) -> Option<u16> {
        match self.protocol()? {
            Protocol::TCP | Protocol::UDP | Protocol::SCTP => {
                self.transport_bytes(at).map(u16::from_be_bytes)
            }
            _ => None,
        }
    }

    #[inline]
    fn tcp_bytes<const N: usize>(&self, at: u32) -> Option<[u8; N]> {
        if self.protocol == Protocol::TCP.0 { self.transport_bytes(at) } else { None }
    }

    /// `N` bytes of the transport header, never past what belongs to this packet.
    #[inline]
    fn transport_bytes<const N: usize>(&self, at: u32) -> Option<[u8; N]> {
        let end = self.payload as usize + self.payload_captured as usize;
        let start = self.transport.saturating_add(at) as usize;
        self.frame.data.get(..end)?.get(start..)?.first_chunk().copied()
    }

    /// `N` bytes at `at` behind the header that starts at `base`.
    #[inline]
    fn bytes<const N: usize>(&self, base: u32, at: u32) -> Option<[u8; N]> {
        self.frame.data.get(base.saturating_add(at) as usize..)?.first_chunk().copied()
    }
}
