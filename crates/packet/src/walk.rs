//! The walk through a frame's headers: one loop, one step a layer, no recursion.
//!
//! Every layer is a function `step` in a file of its own. It reads its header from the bytes left,
//! notes what the packet should tell, and answers what comes next. The loop ends because the
//! number of headers has a cap, and so has every kind of nesting.
//!
//! Nearly every frame is Ethernet with IP and TCP, UDP or ICMP: for those the same steps stand in a straight
//! line, which the compiler turns into a few loads and compares. Whatever is different about a frame
//! sends it to the loop, from its start.

use crate::link::{
    cisco_hdlc, ethernet, ieee80211, llc, mpls, null, ppp, pppoe, radiotap, raw_ip, sll, sll2, vlan,
};
use crate::network::{ah, arp, ipv4, ipv6, ipv6_extension};
use crate::packet::{MacsAt, NOWHERE};
use crate::step::{Kind, Next, Rest, Step};
use crate::transport::{icmp, icmpv6, sctp, tcp, udp};
use crate::tunnel::{capwap, geneve, gre, gtpu, ip_in_ip, l2tp, teredo, vxlan};
use crate::{
    Frame, Layer, LinkType, MAX_HEADERS, Packet, ParseError, ParseOptions, Protocol, Tunnel,
};

impl<'a> Packet<'a> {
    /// Reads the innermost headers of a frame, with the default [`ParseOptions`].
    ///
    /// # Errors
    /// What kept the link layer or the first network header from being read. Whatever goes wrong
    /// after a network header is told by [`error`](Self::error).
    #[inline(always)]
    pub fn parse(frame: Frame<'a>) -> Result<Self, ParseError> {
        walk(frame, ParseOptions::default())
    }

    /// Reads a frame as `options` say.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    #[inline(always)]
    pub fn parse_with(frame: Frame<'a>, options: &ParseOptions) -> Result<Self, ParseError> {
        walk(frame, *options)
    }
}

/// Reads `frame` from its link layer inwards.
///
/// Inlined into every caller: a packet that is written to memory and read back at once stalls the
/// processor for longer than the reading of the headers takes. For the same reason the rare walk
/// has a packet of its own to write to.
#[inline(always)]
fn walk(frame: Frame<'_>, options: ParseOptions) -> Result<Packet<'_>, ParseError> {
    if let Some(packet) = usual(frame) {
        return Ok(packet);
    }
    let mut rare = blank(frame);
    walk_all(&mut rare, options)?;
    Ok(rare)
}

/// Reads an Ethernet frame with IP and TCP, UDP or ICMP in it; `None` for everything else, and where
/// anything is wrong.
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
        Kind::Protocol(1) => icmp::step(&mut packet, transport.rest).ok()?,
        Kind::Protocol(58) => icmpv6::step(&mut packet, transport.rest).ok()?,
        Kind::Payload => transport,
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
    for _ in 0..MAX_HEADERS {
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
    let (layer, offset, limit) = (Layer::Frame, next.rest.at, MAX_HEADERS);
    give_up(packet, outer, ParseError::TooDeep { layer, offset, limit })
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
        Layer::Capwap => capwap::step(packet, rest),
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
        // What was wrong further out stays told, until something is wrong further in.
        error: around.error,
        ..blank(around.frame)
    }
}

/// A packet of which nothing is known yet.
#[inline(always)]
fn blank(frame: Frame<'_>) -> Packet<'_> {
    Packet {
        frame,
        link: &[],
        macs: MacsAt::NOWHERE,
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Two more numbers mean raw IP: some systems write them.
    #[test]
    fn link_types_that_are_read_are_those_that_are_listed_and_named() {
        let listed = BTreeSet::from(LinkType::PARSED);
        assert_eq!(listed.len(), LinkType::PARSED.len(), "one is listed twice");
        for link in (0..=u16::MAX).map(LinkType) {
            let is_read = listed.contains(&link) || matches!(link.0, 12 | 14);
            assert_eq!(first(link).is_ok(), is_read, "{link:?}");
            assert_eq!(link.name().is_some(), is_read, "{link:?}");
        }
    }
}
