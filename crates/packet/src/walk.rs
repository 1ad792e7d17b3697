//! The walk through a frame's headers: one loop, one step a layer, no recursion.
//!
//! Every layer is a function `step` in a file of its own. It reads its header from the unread bytes,
//! notes what the packet should tell, and answers what comes next. The loop ends because every step
//! takes at least one byte or ends the walk, and every kind of nesting has a cap.

use crate::link::{
    cisco_hdlc, ethernet, ieee80211, llc, mpls, null, ppp, pppoe, radiotap, raw_ip, sll, sll2, vlan,
};
use crate::network::{ah, arp, ipv4, ipv6};
use crate::packet::{NOWHERE, VlanIds};
use crate::transport::{icmp, icmpv6, sctp, tcp, udp};
use crate::tunnel::{geneve, gre, gtpu, ip_in_ip, l2tp, teredo, vxlan};
use crate::{Field, Frame, Layer, LinkType, Packet, ParseError, ParseOptions, Protocol, Tunnel};

/// What the bytes after the header just read are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Named by an Ethernet protocol number (or an 802.3 length).
    EtherType(u16),
    /// Named by an IP protocol number.
    Protocol(u8),
    /// This layer, whatever came before.
    Layer(Layer),
    /// Nothing more to read: what is left is payload.
    Payload,
}

/// A walk under way: the facts found and the bytes not yet read.
pub(crate) struct Walk<'a> {
    pub(crate) packet: Packet<'a>,
    /// Captured and unread, cut to what the headers so far say belongs to them.
    pub(crate) rest: &'a [u8],
    /// Where `rest` starts in the frame.
    pub(crate) at: u32,
    /// How long `rest` would be had the frame been captured whole.
    pub(crate) said: u32,
    /// The packet around the tunnel that was entered: told if the tunnel holds no IP packet.
    outer: Option<Packet<'a>>,
    options: ParseOptions,
}

/// Reads `frame` from its link layer inwards.
#[inline]
pub(crate) fn walk(frame: Frame<'_>, options: ParseOptions) -> Result<Packet<'_>, ParseError> {
    let mut walk = Walk::new(frame, options);
    let mut next = first(frame.link)?;
    loop {
        next = match walk.step(next) {
            Ok(Next::Payload) => return Ok(walk.finish()),
            Ok(next) => next,
            Err(error) => return walk.give_up(error),
        }
    }
}

/// The layer that a link type starts with.
#[inline]
fn first(link: LinkType) -> Result<Next, ParseError> {
    Ok(Next::Layer(match link {
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
    }))
}

impl<'a> Walk<'a> {
    #[inline]
    fn new(frame: Frame<'a>, options: ParseOptions) -> Self {
        let captured = frame.captured_len();
        // A wire length below the captured one is a lie that some writers tell: the bytes are there.
        let said = frame.wire_len.max(captured);
        Self { packet: blank(frame), rest: frame.data, at: 0, said, outer: None, options }
    }

    #[inline]
    fn step(&mut self, next: Next) -> Result<Next, ParseError> {
        match next {
            Next::EtherType(number) => self.ether_type(number),
            Next::Protocol(number) => self.protocol(number),
            Next::Layer(layer) => self.layer(layer),
            Next::Payload => Ok(Next::Payload),
        }
    }

    #[inline]
    fn ether_type(&mut self, number: u16) -> Result<Next, ParseError> {
        self.packet.ether_type = number;
        match number {
            0x0800 => ipv4::step(self),
            0x86dd => ipv6::step(self),
            0x8100 | 0x88a8 | 0x9100 | 0x9200 => vlan::step(self),
            _ => self.rare_ether_type(number),
        }
    }

    #[cold]
    fn rare_ether_type(&mut self, number: u16) -> Result<Next, ParseError> {
        match number {
            0x0806 => arp::step(self),
            0x8847 | 0x8848 => mpls::step(self),
            0x8864 => pppoe::step(self),
            0x880b => ppp::step(self),
            0x6558 => ethernet::step(self),
            0..=llc::MAX_LENGTH => llc::step(self),
            _ => Ok(Next::Payload),
        }
    }

    #[inline]
    fn protocol(&mut self, number: u8) -> Result<Next, ParseError> {
        self.packet.protocol = number;
        match Protocol(number) {
            Protocol::TCP => tcp::step(self),
            Protocol::UDP => udp::step(self),
            Protocol::ICMP => icmp::step(self),
            Protocol::ICMPV6 => icmpv6::step(self),
            Protocol::SCTP => sctp::step(self),
            Protocol::AH => ah::step(self),
            Protocol::GRE => gre::step(self),
            Protocol::IPV4 | Protocol::IPV6 => ip_in_ip::step(self),
            _ => Ok(Next::Payload),
        }
    }

    #[inline]
    fn layer(&mut self, layer: Layer) -> Result<Next, ParseError> {
        match layer {
            Layer::Ethernet => ethernet::step(self),
            Layer::RawIp => raw_ip::step(self),
            Layer::Ipv4 => ipv4::step(self),
            Layer::Ipv6 => ipv6::step(self),
            _ => self.rare_layer(layer),
        }
    }

    #[cold]
    fn rare_layer(&mut self, layer: Layer) -> Result<Next, ParseError> {
        match layer {
            Layer::Null => null::step(self),
            Layer::Ppp => ppp::step(self),
            Layer::CiscoHdlc => cisco_hdlc::step(self),
            Layer::Sll => sll::step(self),
            Layer::Sll2 => sll2::step(self),
            Layer::Llc => llc::step(self),
            Layer::Ieee80211 => ieee80211::step(self),
            Layer::Radiotap => radiotap::step(self),
            Layer::Vxlan => vxlan::step(self),
            Layer::Geneve => geneve::step(self),
            Layer::Gtpu => gtpu::step(self),
            Layer::Teredo => teredo::step(self),
            Layer::L2tp => l2tp::step(self),
            _ => Ok(Next::Payload),
        }
    }

    /// Everything that could be read has been.
    #[inline]
    fn finish(mut self) -> Packet<'a> {
        match self.outer {
            Some(outer) if self.packet.ip_version == 0 => outer,
            _ => {
                self.note_payload();
                self.packet
            }
        }
    }

    /// A header could not be read: what stands in front of it is told, with the reason.
    #[cold]
    fn give_up(mut self, error: ParseError) -> Result<Packet<'a>, ParseError> {
        if self.packet.ip_version != 0 {
            self.note_payload();
        } else if let Some(outer) = self.outer {
            self.packet = outer;
        } else {
            return Err(error);
        }
        self.packet.error = Some(error);
        Ok(self.packet)
    }

    #[inline]
    fn note_payload(&mut self) {
        self.packet.payload = self.at;
        self.packet.payload_captured = self.rest.len() as u32;
        self.packet.payload_len = self.said;
    }

    /// The next `N` bytes, which stay unread.
    #[inline]
    pub(crate) fn peek<const N: usize>(&self, layer: Layer) -> Result<&'a [u8; N], ParseError> {
        self.rest.first_chunk().ok_or_else(|| self.truncated(layer, N))
    }

    /// Passes over `length` bytes of `layer`.
    #[inline]
    pub(crate) fn skip(&mut self, length: usize, layer: Layer) -> Result<(), ParseError> {
        let Some(rest) = self.rest.get(length..) else {
            return Err(self.truncated(layer, length));
        };
        self.rest = rest;
        self.at += length as u32;
        self.said -= length as u32;
        Ok(())
    }

    /// A header says that only `length` of the bytes from here on belong to it.
    #[inline]
    pub(crate) fn limit(&mut self, length: u32) {
        self.said = self.said.min(length);
        if let Some(rest) = self.rest.get(..length as usize) {
            self.rest = rest;
        }
    }

    /// The transport header starts here.
    #[inline]
    pub(crate) fn begin_transport(&mut self) {
        self.packet.transport = self.at;
    }

    /// The transport header is cut or wrong: what there is of it is no payload.
    #[cold]
    pub(crate) fn end_in_transport(&mut self, needed: usize) {
        let captured = self.rest.len();
        self.said = self.said.saturating_sub(needed.max(captured) as u32);
        self.at += captured as u32;
        self.rest = &[];
    }

    /// The network header of `version` starts here.
    #[inline]
    pub(crate) fn begin_network(&mut self, version: u8) {
        self.packet.network = self.at;
        self.packet.ip_version = version;
        self.packet.ether_type = if version == 4 { 0x0800 } else { 0x86dd };
    }

    /// Whether tunnels are to be entered at all.
    #[inline]
    pub(crate) fn enters_tunnels(&self) -> bool {
        self.options.enters_tunnels()
    }

    /// The bytes from here on are a packet inside `tunnel`: its headers are told from now on.
    #[cold]
    pub(crate) fn enter(
        &mut self,
        tunnel: Tunnel,
        id: u32,
        layer: Layer,
    ) -> Result<(), ParseError> {
        if self.packet.tunnel_depth >= self.options.tunnel_limit() {
            let limit = self.options.tunnel_limit();
            return Err(ParseError::TooDeep { layer, offset: self.at, limit });
        }
        self.note_payload();
        let inner = Packet {
            tunnel: Some(tunnel),
            tunnel_id: id,
            tunnel_depth: self.packet.tunnel_depth + 1,
            vlans: self.packet.vlans,
            src_mac: self.packet.src_mac,
            dst_mac: self.packet.dst_mac,
            ..blank(self.packet.frame)
        };
        // A packet without IP (a bridged frame in a bridged frame) leaves the one around it standing.
        if self.packet.ip_version != 0 {
            self.outer = Some(self.packet);
        }
        self.packet = inner;
        Ok(())
    }

    #[cold]
    pub(crate) fn truncated(&self, layer: Layer, needed: usize) -> ParseError {
        ParseError::Truncated {
            layer,
            offset: self.at,
            needed: u32::try_from(needed).unwrap_or(u32::MAX),
            had: self.rest.len() as u32,
        }
    }

    #[cold]
    pub(crate) fn invalid(&self, layer: Layer, field: Field, value: impl Into<u32>) -> ParseError {
        ParseError::Invalid { layer, offset: self.at, field, value: value.into() }
    }
}

/// A packet of which nothing is known yet.
#[inline]
fn blank(frame: Frame<'_>) -> Packet<'_> {
    Packet {
        frame,
        src_mac: NOWHERE,
        dst_mac: NOWHERE,
        network: NOWHERE,
        transport: NOWHERE,
        payload: 0,
        payload_captured: 0,
        payload_len: 0,
        tunnel_id: 0,
        fragment: None,
        error: None,
        ether_type: 0,
        ip_version: 0,
        protocol: 0,
        tunnel_depth: 0,
        tunnel: None,
        vlans: VlanIds::default(),
    }
}
