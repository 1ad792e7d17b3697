//! The walk through a frame's headers: one loop, one step a layer, no recursion.
//!
//! Every layer is a function `step` in a file of its own. It reads its header from the bytes left,
//! notes what the packet should tell, and answers what comes next. The loop ends because every step
//! takes at least one byte or ends the walk, and every kind of nesting has a cap.
//!
//! Nearly every frame is Ethernet with IP and TCP or UDP: for those the same steps stand in a straight
//! line, which the compiler turns into a few loads and compares. Whatever is different about a frame
//! sends it to the loop, from its start.

use crate::link::{
    cisco_hdlc, ethernet, ieee80211, llc, mpls, null, ppp, pppoe, radiotap, raw_ip, sll, sll2, vlan,
};
use crate::network::{ah, arp, ipv4, ipv6, ipv6_extension};
use crate::packet::{MacsAt, NOWHERE};
use crate::transport::{icmp, icmpv6, sctp, tcp, udp};
use crate::tunnel::{geneve, gre, gtpu, ip_in_ip, l2tp, teredo, vxlan};
use crate::{Field, Frame, Layer, LinkType, Packet, ParseError, ParseOptions, Protocol, Tunnel};

/// What a step answers.
pub(crate) type Step<'a> = Result<Next<'a>, ParseError>;

/// What comes behind the header just read, and the bytes it is in.
#[derive(Clone, Copy)]
pub(crate) struct Next<'a> {
    kind: Kind,
    /// The header was a tunnel's: what comes next is a packet of its own.
    tunnel: Option<(Tunnel, u32)>,
    rest: Rest<'a>,
}

#[derive(Clone, Copy)]
enum Kind {
    /// Named by an Ethernet protocol number (or an 802.3 length).
    EtherType(u16),
    /// Named by an IP protocol number.
    Protocol(u8),
    /// This layer, whatever came before.
    Layer(Layer),
    /// No further header.
    Payload,
}

impl<'a> Next<'a> {
    #[inline]
    pub(crate) fn ether_type(number: u16, rest: Rest<'a>) -> Self {
        Self { kind: Kind::EtherType(number), tunnel: None, rest }
    }

    #[inline]
    pub(crate) fn protocol(number: u8, rest: Rest<'a>) -> Self {
        Self { kind: Kind::Protocol(number), tunnel: None, rest }
    }

    #[inline]
    pub(crate) fn layer(layer: Layer, rest: Rest<'a>) -> Self {
        Self { kind: Kind::Layer(layer), tunnel: None, rest }
    }

    #[inline]
    pub(crate) fn payload(rest: Rest<'a>) -> Self {
        Self { kind: Kind::Payload, tunnel: None, rest }
    }

    /// The same, inside a tunnel with a number of its own (0 for none).
    pub(crate) fn inside(self, tunnel: Tunnel, id: u32) -> Self {
        Self { tunnel: Some((tunnel, id)), ..self }
    }
}

/// The bytes left to read: captured, and cut to what the headers so far say belongs to them.
#[derive(Clone, Copy)]
pub(crate) struct Rest<'a> {
    pub(crate) bytes: &'a [u8],
    /// Where they start in the frame.
    pub(crate) at: u32,
    /// How many more there would be had the frame been captured whole.
    missing: u32,
}

impl<'a> Rest<'a> {
    #[inline]
    fn of(frame: &Frame<'a>) -> Self {
        // A wire length below the captured one is a lie that some writers tell: the bytes are there.
        let missing = frame.wire_len.saturating_sub(frame.captured_len());
        Self { bytes: frame.data, at: 0, missing }
    }

    /// How many bytes the headers say there are, captured or not.
    #[inline]
    pub(crate) fn said(&self) -> u32 {
        (self.bytes.len() as u32).saturating_add(self.missing)
    }

    /// The next `N` bytes, which stay unread.
    #[inline]
    pub(crate) fn peek<const N: usize>(&self, layer: Layer) -> Result<&'a [u8; N], ParseError> {
        self.bytes.first_chunk().ok_or_else(|| self.truncated(layer, N))
    }

    /// What is left behind `length` bytes of `layer`.
    #[inline]
    pub(crate) fn skip(self, length: usize, layer: Layer) -> Result<Self, ParseError> {
        match self.bytes.get(length..) {
            Some(bytes) => Ok(Self { bytes, at: self.at + length as u32, ..self }),
            None => Err(self.truncated(layer, length)),
        }
    }

    /// A header says that only `length` of the bytes belong to it.
    #[inline]
    pub(crate) fn limit(self, length: u32) -> Self {
        match self.bytes.get(..length as usize) {
            Some(bytes) => Self { bytes, missing: 0, ..self },
            None => Self { missing: self.missing.min(length - self.bytes.len() as u32), ..self },
        }
    }

    /// Nothing: the header that starts here is cut or wrong, and what there is of it is no payload.
    /// The header would have been `length` bytes long.
    #[cold]
    pub(crate) fn behind_broken(self, length: usize) -> Self {
        let captured = self.bytes.len();
        let missing = self.said().saturating_sub(captured.max(length) as u32);
        Self { bytes: self.end(), at: self.at + captured as u32, missing }
    }

    /// The place where the bytes end.
    #[inline]
    fn end(self) -> &'a [u8] {
        self.bytes.get(self.bytes.len()..).unwrap_or_default()
    }

    #[cold]
    pub(crate) fn truncated(self, layer: Layer, needed: usize) -> ParseError {
        ParseError::Truncated {
            layer,
            offset: self.at,
            needed: u32::try_from(needed).unwrap_or(u32::MAX),
            had: self.bytes.len() as u32,
        }
    }

    #[cold]
    pub(crate) fn invalid(self, layer: Layer, field: Field, value: impl Into<u32>) -> ParseError {
        ParseError::Invalid { layer, offset: self.at, field, value: value.into() }
    }
}

/// Reads `frame` from its link layer inwards.
///
/// Inlined into every caller: a packet that is written to memory and read back at once stalls the
/// processor for longer than the reading of the headers takes. For the same reason the rare walk
/// has a packet of its own to write to.
#[inline(always)]
pub(crate) fn walk(frame: Frame<'_>, options: ParseOptions) -> Result<Packet<'_>, ParseError> {
    if let Some(packet) = usual(frame) {
        return Ok(packet);
    }
    let mut rare = blank(frame);
    walk_all(&mut rare, options)?;
    Ok(rare)
}

/// Reads a whole Ethernet frame with IP and TCP or UDP in it; `None` for everything else.
#[inline(always)]
fn usual(frame: Frame<'_>) -> Option<Packet<'_>> {
    if frame.link != LinkType::ETHERNET {
        return None;
    }
    let mut packet = blank(frame);
    let network = ethernet::step(&mut packet, Rest::of(&frame)).ok()?;
    let transport = match network.kind {
        Kind::EtherType(0x0800) => ipv4::step(&mut packet, network.rest).ok()?,
        Kind::EtherType(0x86dd) => ipv6::step(&mut packet, network.rest).ok()?,
        _ => return None,
    };
    let payload = match transport.kind {
        Kind::Protocol(6) => tcp::step(&mut packet, transport.rest).ok()?,
        Kind::Protocol(17) => udp::step(&mut packet, transport.rest).ok()?,
        _ => return None,
    };
    let Kind::Payload = payload.kind else { return None };
    packet.note_payload(payload.rest);
    Some(packet)
}

/// The walk with every kind of header, tunnels among them. `packet` is blank before, told after.
#[cold]
#[inline(never)]
fn walk_all(packet: &mut Packet<'_>, options: ParseOptions) -> Result<(), ParseError> {
    let mut next = Next::layer(first(packet.frame.link)?, Rest::of(&packet.frame));
    // The packet around the tunnel that was entered: told if the tunnel holds no IP packet.
    let mut outer = None;
    loop {
        if next.is_tunnel() && !options.enters_tunnels() {
            next.kind = Kind::Payload;
        }
        if let Kind::Payload = next.kind {
            packet.note_payload(next.rest);
            *packet = outer.filter(|_| packet.ip_version == 0).unwrap_or(*packet);
            return Ok(());
        }
        next = match step(packet, next) {
            Ok(next) => next,
            Err(error) => return give_up(packet, outer, error),
        };
        if let Some((tunnel, id)) = next.tunnel.take() {
            let limit = options.tunnel_limit();
            if packet.tunnel_depth >= limit {
                let (layer, offset) = (Layer::Tunnel, next.rest.at);
                return give_up(packet, outer, ParseError::TooDeep { layer, offset, limit });
            }
            // A frame without IP around another leaves the packet around both standing.
            outer = if packet.ip_version == 0 { outer } else { Some(*packet) };
            *packet = inner(packet, tunnel, id);
        }
    }
}

impl Next<'_> {
    /// Whether what comes next is a tunnel's header.
    fn is_tunnel(&self) -> bool {
        match self.kind {
            Kind::Protocol(number) => {
                matches!(Protocol(number), Protocol::IPV4 | Protocol::IPV6 | Protocol::GRE)
            }
            Kind::Layer(layer) => matches!(
                layer,
                Layer::Vxlan | Layer::Geneve | Layer::Gtpu | Layer::Teredo | Layer::L2tp
            ),
            _ => false,
        }
    }
}

fn step<'a>(packet: &mut Packet<'a>, next: Next<'a>) -> Step<'a> {
    let rest = next.rest;
    match next.kind {
        Kind::EtherType(number) => ether_type(number, packet, rest),
        Kind::Protocol(number) => protocol(number, packet, rest),
        Kind::Layer(named) => layer(named, packet, rest),
        Kind::Payload => Ok(next),
    }
}

fn ether_type<'a>(number: u16, packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    packet.ether_type = number;
    match number {
        0x0800 => ipv4::step(packet, rest),
        0x86dd => ipv6::step(packet, rest),
        0x0806 => arp::step(packet, rest),
        0x8100 | 0x88a8 | 0x9100 | 0x9200 => vlan::step(packet, rest),
        0x8847 | 0x8848 => mpls::step(packet, rest),
        0x8864 => pppoe::step(packet, rest),
        0x880b => ppp::step(packet, rest),
        0x6558 => ethernet::step(packet, rest),
        0..=llc::MAX_LENGTH => llc::step(packet, rest),
        _ => Ok(Next::payload(rest)),
    }
}

fn protocol<'a>(number: u8, packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    packet.protocol = number;
    match Protocol(number) {
        Protocol::TCP => tcp::step(packet, rest),
        Protocol::UDP => udp::step(packet, rest),
        Protocol::ICMP => icmp::step(packet, rest),
        Protocol::ICMPV6 => icmpv6::step(packet, rest),
        Protocol::SCTP => sctp::step(packet, rest),
        Protocol::AH => ah::step(packet, rest),
        Protocol::GRE => gre::step(packet, rest),
        Protocol::IPV4 | Protocol::IPV6 => ip_in_ip::step(packet, rest),
        _ => Ok(Next::payload(rest)),
    }
}

fn layer<'a>(layer: Layer, packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    match layer {
        Layer::Ethernet => ethernet::step(packet, rest),
        Layer::Llc => llc::step(packet, rest),
        Layer::Ppp => ppp::step(packet, rest),
        Layer::CiscoHdlc => cisco_hdlc::step(packet, rest),
        Layer::Sll => sll::step(packet, rest),
        Layer::Sll2 => sll2::step(packet, rest),
        Layer::Null => null::step(packet, rest),
        Layer::RawIp => raw_ip::step(packet, rest),
        Layer::Ieee80211 => ieee80211::step(packet, rest),
        Layer::Radiotap => radiotap::step(packet, rest),
        Layer::Ipv4 => ipv4::step(packet, rest),
        Layer::Ipv6 => ipv6::step(packet, rest),
        Layer::Ipv6Extension => ipv6_extension::step(packet, rest),
        Layer::Vxlan => vxlan::step(packet, rest),
        Layer::Geneve => geneve::step(packet, rest),
        Layer::Gtpu => gtpu::step(packet, rest),
        Layer::Teredo => teredo::step(packet, rest),
        Layer::L2tp => l2tp::step(packet, rest),
        _ => Ok(Next::payload(rest)),
    }
}

/// The layer that a link type starts with.
#[inline]
fn first(link: LinkType) -> Result<Layer, ParseError> {
    Ok(match link {
        LinkType::ETHERNET => Layer::Ethernet,
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 | LinkType(12 | 14) => Layer::RawIp,
        LinkType::NULL | LinkType::LOOP => Layer::Null,
        LinkType::PPP | LinkType::PPP_HDLC => Layer::Ppp,
        LinkType::CISCO_HDLC => Layer::CiscoHdlc,
        LinkType::LINUX_SLL => Layer::Sll,
        LinkType::LINUX_SLL2 => Layer::Sll2,
        LinkType::IEEE802_11 => Layer::Ieee80211,
        LinkType::RADIOTAP => Layer::Radiotap,
        link => return Err(ParseError::UnsupportedLink { link }),
    })
}

/// A header could not be read: what stands in front of it is told, with the reason.
fn give_up<'a>(
    packet: &mut Packet<'a>,
    outer: Option<Packet<'a>>,
    error: ParseError,
) -> Result<(), ParseError> {
    let told = if packet.ip_version == 0 { outer } else { Some(*packet) };
    *packet = Packet { error: Some(error), ..told.ok_or(error)? };
    Ok(())
}

/// The packet inside a tunnel: on the same link, behind the same tags.
fn inner<'a>(around: &Packet<'a>, tunnel: Tunnel, id: u32) -> Packet<'a> {
    Packet {
        tunnel: Some(tunnel),
        tunnel_id: id,
        tunnel_depth: around.tunnel_depth + 1,
        vlan: around.vlan,
        vlan_count: around.vlan_count,
        link: around.link,
        macs: around.macs,
        ..blank(around.frame)
    }
}

/// A packet of which nothing is known yet.
#[inline]
fn blank(frame: Frame<'_>) -> Packet<'_> {
    Packet {
        frame,
        link: NOWHERE,
        macs: MacsAt::Nowhere,
        vlan: NOWHERE,
        vlan_count: 0,
        network: &[],
        transport: &[],
        payload: frame.data,
        payload_len: 0,
        tunnel_id: 0,
        fragment: NOWHERE,
        error: None,
        ether_type: 0,
        ip_version: 0,
        protocol: 0,
        tunnel_depth: 0,
        tunnel: None,
    }
}

impl<'a> Packet<'a> {
    /// What is left is payload.
    #[inline]
    pub(crate) fn note_payload(&mut self, rest: Rest<'a>) {
        self.payload = rest.bytes;
        self.payload_len = rest.said();
    }

    /// The network header of `version` starts here. Until it has been read there is no payload.
    #[inline]
    pub(crate) fn begin_network(&mut self, version: u8, rest: Rest<'a>) {
        self.network = rest.bytes;
        self.ip_version = version;
        self.ether_type = if version == 4 { 0x0800 } else { 0x86dd };
        self.payload = rest.end();
    }
}
