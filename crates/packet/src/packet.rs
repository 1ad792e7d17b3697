//! The facts of one packet, read from the frame where they stand.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::transport::{TcpFlags, TcpHeader, TcpOptions};
use crate::{Frame, LinkType, MacAddr, ParseError, Protocol, Timestamp};

/// "There is no such header": an offset past every frame, so that look-ups there find nothing.
pub(crate) const NOWHERE: u32 = u32::MAX;
/// The bits of a VLAN tag that are the id.
const VLAN_ID: u16 = 0x0fff;

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
    /// From the header with the link-layer addresses on, and where in it they stand.
    pub(crate) link: &'a [u8],
    pub(crate) macs: MacsAt,
    /// Where the first of the VLAN tags starts, and how many there are in a row.
    pub(crate) vlan: u32,
    pub(crate) vlan_count: u8,
    /// From the network header on.
    pub(crate) network: &'a [u8],
    /// From the transport header on, as far as it belongs to this packet; empty without one.
    pub(crate) transport: &'a [u8],
    pub(crate) payload: &'a [u8],
    pub(crate) payload_len: u32,
    pub(crate) tunnel_id: u32,
    /// Where the IPv6 fragment header starts; an IPv4 header holds its own fragment facts.
    pub(crate) fragment: u32,
    pub(crate) error: Option<ParseError>,
    pub(crate) ether_type: u16,
    pub(crate) ip_version: u8,
    pub(crate) protocol: u8,
    pub(crate) tunnel_depth: u8,
    pub(crate) tunnel: Option<Tunnel>,
}

/// Where link-layer source and destination stand in their header; [`NO_MAC`] for one that does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MacsAt {
    pub(crate) src: u8,
    pub(crate) dst: u8,
}

/// There is no such address.
pub(crate) const NO_MAC: u8 = u8::MAX;

impl MacsAt {
    pub(crate) const NOWHERE: Self = Self { src: NO_MAC, dst: NO_MAC };
    pub(crate) const ETHERNET: Self = Self { src: 6, dst: 0 };
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
    /// CAPWAP data: frames of stations between an access point and its controller.
    Capwap,
}

impl Tunnel {
    /// Its usual name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::IpInIp => "IP in IP",
            Self::Gre => "GRE",
            Self::Vxlan => "VXLAN",
            Self::Geneve => "Geneve",
            Self::GtpU => "GTP-U",
            Self::Teredo => "Teredo",
            Self::L2tp => "L2TP",
            Self::Capwap => "CAPWAP",
        }
    }
}

impl fmt::Display for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
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
}

impl<'a> Packet<'a> {
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
    #[inline]
    pub fn src_mac(&self) -> Option<MacAddr> {
        self.mac(self.macs.src)
    }

    /// Link-layer destination, where the link layer has one.
    #[must_use]
    #[inline]
    pub fn dst_mac(&self) -> Option<MacAddr> {
        self.mac(self.macs.dst)
    }

    /// Link-layer source and destination, where the link layer has both.
    #[must_use]
    #[inline]
    pub fn macs(&self) -> Option<(MacAddr, MacAddr)> {
        if self.macs != MacsAt::ETHERNET {
            return self.src_mac().zip(self.dst_mac());
        }
        let [a, b, c, d, e, f, src @ ..]: [u8; 12] = bytes(self.link, 0)?;
        Some((MacAddr(src), MacAddr([a, b, c, d, e, f])))
    }

    /// The outermost VLAN id of [`vlans`](Self::vlans).
    #[must_use]
    #[inline]
    pub fn vlan(&self) -> Option<u16> {
        if self.vlan_count == 0 {
            return None;
        }
        bytes(self.frame.data, self.vlan as usize).map(|id| u16::from_be_bytes(id) & VLAN_ID)
    }

    /// VLAN ids, outermost first: those in front of the headers told, or of the tunnel around them.
    #[must_use]
    #[inline]
    pub fn vlans(&self) -> VlanIds {
        let mut vlans = VlanIds::default();
        while vlans.len < self.vlan_count {
            let tag = bytes(self.frame.data, self.vlan as usize + usize::from(vlans.len) * 4)
                .map_or(0, u16::from_be_bytes);
            let Some(place) = vlans.ids.get_mut(usize::from(vlans.len)) else { break };
            *place = tag & VLAN_ID;
            vlans.len += 1;
        }
        vlans
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
            4 => self.network.get(8).copied(),
            6 => self.network.get(7).copied(),
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
    #[inline(always)]
    pub fn fragment(&self) -> Option<Fragment> {
        let (id, field) = match self.ip_version {
            4 => {
                let [a, b, c, d] = bytes(self.network, 4)?;
                let flags_offset = u16::from_be_bytes([c, d]);
                let more = flags_offset & 0x2000 != 0;
                (u16::from_be_bytes([a, b]).into(), flags_offset << 3 | u16::from(more))
            }
            _ => {
                let [_, _, high, low, id @ ..] =
                    bytes::<8>(self.frame.data, self.fragment as usize)?;
                (u32::from_be_bytes(id), u16::from_be_bytes([high, low]))
            }
        };
        let (offset, more) = (field >> 3, field & 1 != 0);
        // Neither an offset nor more to come: an "atomic" fragment (RFC 6946) is a whole packet.
        (offset != 0 || more).then_some(Fragment { id, offset, more })
    }

    /// Whether routers may not cut the packet: a bit of IPv4, and always so in IPv6.
    #[must_use]
    pub fn dont_fragment(&self) -> Option<bool> {
        match self.ip_version {
            4 => bytes(self.network, 6).map(|[flags]| flags & 0x40 != 0),
            6 => Some(true),
            _ => None,
        }
    }

    /// IP identification: of every IPv4 packet, and of IPv6 fragments.
    #[must_use]
    pub fn ip_id(&self) -> Option<u32> {
        match self.ip_version {
            4 => bytes(self.network, 4).map(|id| u32::from(u16::from_be_bytes(id))),
            _ => self.fragment().map(|fragment| fragment.id),
        }
    }

    /// Length of the IP packet as its header says: 0 (40 in IPv6) where a network card was to cut a large
    /// segment later, or where a jumbogram says it elsewhere.
    #[must_use]
    pub fn ip_len(&self) -> Option<u32> {
        match self.ip_version {
            4 => bytes(self.network, 2).map(|length| u16::from_be_bytes(length).into()),
            6 => bytes(self.network, 4).map(|length| u32::from(u16::from_be_bytes(length)) + 40),
            _ => None,
        }
    }

    /// Length of the IP header as it says, IPv6 extension headers included.
    #[must_use]
    pub fn ip_header_len(&self) -> Option<u32> {
        let behind = if self.transport.is_empty() { self.payload } else { self.transport };
        (self.ip_version != 0).then(|| distance(self.network, behind))
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

    /// Source and destination port of TCP, UDP or SCTP.
    #[must_use]
    #[inline]
    pub fn ports(&self) -> Option<(u16, u16)> {
        match Protocol(self.protocol) {
            Protocol::TCP | Protocol::UDP | Protocol::SCTP => {
                let [a, b, c, d] = bytes(self.transport, 0)?;
                Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
            }
            _ => None,
        }
    }

    /// The fixed header of TCP, if all of it was captured: its facts at the price of one check.
    #[must_use]
    #[inline]
    pub fn tcp(&self) -> Option<TcpHeader> {
        if self.protocol == Protocol::TCP.0 { TcpHeader::read(self.transport) } else { None }
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
        TcpOptions::new(self.tcp_option_bytes())
    }

    /// The bytes of the TCP options, as far as they were captured.
    #[must_use]
    #[inline(always)]
    pub fn tcp_option_bytes(&self) -> &'a [u8] {
        let header = self.transport.get(..self.captured_header_len() as usize);
        let options = header.filter(|_| self.protocol == Protocol::TCP.0).and_then(|h| h.get(20..));
        options.unwrap_or_default()
    }

    /// Type and code of an ICMP or ICMPv6 message.
    #[must_use]
    #[inline(always)]
    pub fn icmp_type_code(&self) -> Option<(u8, u8)> {
        match self.protocol()? {
            Protocol::ICMP | Protocol::ICMPV6 => {
                bytes(self.transport, 0).map(|[kind, code]| (kind, code))
            }
            _ => None,
        }
    }

    /// Where the transport header stands in the frame, if there is one.
    #[must_use]
    pub fn transport_offset(&self) -> Option<usize> {
        let offset = distance(self.frame.data, self.transport) as usize;
        (!self.transport.is_empty()).then_some(offset)
    }

    /// Length of the transport header as it says: TCP with options, UDP 8, ICMP 8, SCTP 12.
    #[must_use]
    #[inline]
    pub fn header_len(&self) -> Option<u32> {
        match self.protocol()? {
            Protocol::TCP => self.tcp_bytes(12).map(|[byte]| u32::from(byte >> 4) * 4),
            protocol => protocol.header_len().filter(|_| !self.transport.is_empty()),
        }
    }

    /// How much of the transport header was captured.
    #[must_use]
    #[inline(always)]
    pub fn captured_header_len(&self) -> u32 {
        if self.transport.is_empty() {
            return 0;
        }
        // Behind a header that lies about its length there is no payload to end it.
        let captured = distance(self.transport, self.payload);
        self.header_len().map_or(captured, |said| captured.min(said))
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
        self.payload
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

    /// That tunnel's number: VXLAN or Geneve network, GTP endpoint, GRE key or call, L2TP session, CAPWAP
    /// radio; 0 where it has none.
    #[must_use]
    pub fn tunnel_id(&self) -> u32 {
        self.tunnel_id
    }

    /// What was wrong beside what is told: a header further in that is cut or lies, else a lie of a header
    /// that was told or that is around it.
    #[must_use]
    pub fn error(&self) -> Option<ParseError> {
        self.error
    }

    /// IP source and destination.
    #[must_use]
    #[inline]
    pub fn addresses(&self) -> Option<(IpAddr, IpAddr)> {
        match self.ip_version {
            4 => {
                let both: [u8; 8] = bytes(self.network, 12)?;
                let ([src, dst], _) = both.as_chunks::<4>() else { return None };
                Some((Ipv4Addr::from(*src).into(), Ipv4Addr::from(*dst).into()))
            }
            6 => {
                let both: [u8; 32] = bytes(self.network, 8)?;
                let ([src, dst], _) = both.as_chunks::<16>() else { return None };
                Some((Ipv6Addr::from(*src).into(), Ipv6Addr::from(*dst).into()))
            }
            _ => None,
        }
    }

    #[inline]
    fn mac(&self, at: u8) -> Option<MacAddr> {
        if at == NO_MAC { None } else { bytes(self.link, at.into()).map(MacAddr) }
    }

    #[inline]
    fn address(&self, v4: usize, v6: usize) -> Option<IpAddr> {
        match self.ip_version {
            4 => bytes::<4>(self.network, v4).map(|a| IpAddr::V4(Ipv4Addr::from(a))),
            6 => bytes::<16>(self.network, v6).map(|a| IpAddr::V6(Ipv6Addr::from(a))),
            _ => None,
        }
    }

    #[inline]
    fn traffic_class(&self) -> Option<u8> {
        let first = bytes(self.network, 0).map(u16::from_be_bytes)?;
        match self.ip_version {
            4 => Some(first as u8),
            6 => Some((first >> 4) as u8),
            _ => None,
        }
    }

    #[inline]
    fn port(&self, at: usize) -> Option<u16> {
        match Protocol(self.protocol) {
            Protocol::TCP | Protocol::UDP | Protocol::SCTP => {
                bytes(self.transport, at).map(u16::from_be_bytes)
            }
            _ => None,
        }
    }

    #[inline]
    fn tcp_bytes<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        if self.protocol == Protocol::TCP.0 { bytes(self.transport, at) } else { None }
    }
}

/// How far behind the start of one part of the frame another part starts.
fn distance(from: &[u8], to: &[u8]) -> u32 {
    to.as_ptr().addr().saturating_sub(from.as_ptr().addr()) as u32
}

/// `N` bytes at `at`, if they were captured.
#[inline]
fn bytes<const N: usize>(part: &[u8], at: usize) -> Option<[u8; N]> {
    part.get(at..)?.first_chunk().copied()
}
