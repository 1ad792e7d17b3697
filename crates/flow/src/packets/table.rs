//! The columns of a packet's row: a table of the same kind as that of flows.

use std::fmt::Write;

use netsift_packet::{TcpFlags, Tunnel, ether_type_name};

use super::facts::{IpFacts, PacketFacts, TcpFacts};
use crate::Profile;
use crate::application::by_port;
use crate::features::{
    Catalogue, Fact, Feature, Group, Identity, Name, Tell, Told, Unit, fact, push_address,
    push_timestamp,
};
use crate::state::micros;

use Group::{
    Application, Entropy, Flags, Header, Icmp, Length, Link, Network, Packet, Tcp, Timing, Wire,
};
use Unit::{Bits, Bytes, Code, Count, Micros};

/// What tells one packet from another, in the order of the columns. Packets without IP have no addresses, ports
/// and protocol.
pub const PACKET_IDENTITY: &[Identity<PacketFacts>] = &[
    number("Frame", "Number of the frame, from 1.", |p, _| {
        Told::Integer(i64::try_from(p.number).unwrap_or(i64::MAX))
    }),
    text("Timestamp", "When it was captured, in UTC.", |p, text| {
        push_timestamp(text, p.time, Profile::Native);
        Told::Text(text)
    }),
    text("Src IP", "Address of the sender.", |p, text| {
        let Some(ip) = &p.ip else { return Told::Nothing };
        push_address(text, ip.src);
        Told::Text(text)
    }),
    number("Src Port", "Port of the sender.", |p, _| whole(p.ports.map(|(src, _)| src))),
    text("Dst IP", "Address of the receiver.", |p, text| {
        let Some(ip) = &p.ip else { return Told::Nothing };
        push_address(text, ip.dst);
        Told::Text(text)
    }),
    number("Dst Port", "Port of the receiver.", |p, _| whole(p.ports.map(|(_, dst)| dst))),
    number("Protocol", "Number of the protocol behind IP.", |p, _| {
        whole(p.ip.map(|ip| ip.protocol.0))
    }),
];

/// Every feature of a packet, in the order of the columns. What a packet does not have is 0.
pub const PACKET_FEATURES: &[Feature<PacketFacts>] = &[
    feature(
        "Gap",
        (Timing, Micros),
        "Since the frame before, negative where the clock went back.",
        |p| p.gap.map_or(0.0, micros),
    ),
    feature("Flow Gap", (Timing, Micros), "Since the packet before in the same flow.", |p| {
        p.flow_gap.map_or(0.0, micros)
    }),
    feature("Frame Length", (Wire, Bytes), "The frame on the wire.", |p| p.wire_len.into()),
    feature("Captured Length", (Wire, Bytes), "The frame as far as it was captured.", |p| {
        p.captured_len.into()
    }),
    feature("Protocol Number", (Packet, Code), "Protocol behind IP, to be learnt from.", |p| {
        p.of_ip(|ip| ip.protocol.0.into())
    }),
    feature("Src Port Number", (Packet, Code), "Port of the sender, to be learnt from.", |p| {
        p.ports.map_or(0.0, |(src, _)| src.into())
    }),
    feature("Dst Port Number", (Packet, Code), "Port of the receiver, to be learnt from.", |p| {
        p.ports.map_or(0.0, |(_, dst)| dst.into())
    }),
    feature("Damaged", (Packet, Code), "1 if a header is cut short or says what cannot be.", |p| {
        bit(p.damage.is_some())
    }),
    feature("Tunnel Depth", (Link, Count), "Tunnels around the packet.", |p| p.tunnel_depth.into()),
    feature("IP Version", (Network, Code), "4 or 6.", |p| {
        p.of_ip(|ip| if ip.src.is_ipv4() { 4.0 } else { 6.0 })
    }),
    feature("IP Length", (Network, Bytes), "The IP packet, as its header says.", |p| {
        p.of_ip(|ip| ip.len.into())
    }),
    feature("IP Header Length", (Network, Bytes), "The IP header with its extensions.", |p| {
        p.of_ip(|ip| ip.header_len.into())
    }),
    feature("TTL", (Network, Count), "Time to live or hop limit.", |p| p.of_ip(|ip| ip.ttl.into())),
    feature("DSCP", (Network, Code), "Differentiated services code point, 0 to 63.", |p| {
        p.of_ip(|ip| ip.dscp.into())
    }),
    feature("ECN", (Network, Code), "Explicit congestion notification, 0 to 3.", |p| {
        p.of_ip(|ip| ip.ecn.into())
    }),
    feature("DF Flag", (Network, Code), "1 if routers may not cut it, as always in IPv6.", |p| {
        p.of_ip(|ip| bit(ip.dont_fragment))
    }),
    feature("MF Flag", (Network, Code), "1 if more fragments follow.", |p| {
        p.of_ip(|ip| bit(ip.fragment.is_some_and(|fragment| fragment.more)))
    }),
    feature("Fragment Offset", (Network, Bytes), "Where the fragment belongs.", |p| {
        p.of_ip(|ip| ip.fragment.map_or(0.0, |fragment| fragment.byte_offset().into()))
    }),
    feature("Header Length", (Header, Bytes), "The transport header with its options.", |p| {
        p.header_len.into()
    }),
    feature("Payload Length", (Length, Bytes), "Behind the transport header, on the wire.", |p| {
        p.payload_len.into()
    }),
    feature("FIN Flag", (Flags, Code), "1 if FIN is set.", |p| p.has(TcpFlags::FIN)),
    feature("SYN Flag", (Flags, Code), "1 if SYN is set.", |p| p.has(TcpFlags::SYN)),
    feature("RST Flag", (Flags, Code), "1 if RST is set.", |p| p.has(TcpFlags::RST)),
    feature("PSH Flag", (Flags, Code), "1 if PSH is set.", |p| p.has(TcpFlags::PSH)),
    feature("ACK Flag", (Flags, Code), "1 if ACK is set.", |p| p.has(TcpFlags::ACK)),
    feature("URG Flag", (Flags, Code), "1 if URG is set.", |p| p.has(TcpFlags::URG)),
    feature("ECE Flag", (Flags, Code), "1 if ECE is set.", |p| p.has(TcpFlags::ECE)),
    feature("CWR Flag", (Flags, Code), "1 if CWR is set.", |p| p.has(TcpFlags::CWR)),
    feature("NS Flag", (Flags, Code), "1 if NS is set.", |p| p.has(TcpFlags::NS)),
    feature("TCP Window", (Tcp, Bytes), "Window as sent, unscaled.", |p| {
        p.of_tcp(|tcp| tcp.header.window.into())
    }),
    feature("TCP Options", (Tcp, Count), "TCP options, padding left out.", |p| {
        p.of_tcp(|tcp| tcp.options.into())
    }),
    feature("MSS", (Tcp, Bytes), "Largest segment that the sender takes, where it says so.", |p| {
        p.of_tcp(|tcp| tcp.max_segment.unwrap_or(0).into())
    }),
    feature(
        "Window Scale",
        (Tcp, Code),
        "How far windows are to be shifted, where it says so.",
        |p| p.of_tcp(|tcp| tcp.window_scale.unwrap_or(0).into()),
    ),
    feature("SACK Permitted", (Tcp, Code), "1 if it offers selective acknowledgements.", |p| {
        p.of_tcp(|tcp| bit(tcp.sack_permitted))
    }),
    feature("TCP Timestamps", (Tcp, Code), "1 if it tells its sender's clock.", |p| {
        p.of_tcp(|tcp| bit(tcp.timestamps))
    }),
    feature("ICMP Type", (Icmp, Code), "Type of the message; -1 if it is no ICMP.", |p| {
        p.icmp.map_or(-1.0, |(kind, _)| kind.into())
    }),
    feature("ICMP Code", (Icmp, Code), "Code of the message; -1 if it is no ICMP.", |p| {
        p.icmp.map_or(-1.0, |(_, code)| code.into())
    }),
    feature("Payload Entropy", (Entropy, Bits), "Of the first 128 bytes of the payload.", |p| {
        p.entropy
    }),
];

/// Facts of a packet that are text, in the order of the columns: behind the numbers.
pub const PACKET_FACTS: &[Fact<PacketFacts>] = &[
    fact("Src MAC", Link, "Link-layer source.", |p, text| {
        Told::mac(p.around.macs.map(|(src, _)| src.0), text)
    }),
    fact("Dst MAC", Link, "Link-layer destination.", |p, text| {
        Told::mac(p.around.macs.map(|(_, dst)| dst.0), text)
    }),
    fact("VLAN", Link, "VLAN ids, outermost first.", |p, text| {
        Told::numbers(p.around.vlans.as_slice(), text)
    }),
    fact("Ether Type", Link, "Ethernet protocol in front of the network header.", |p, text| {
        match ether_type_name(p.ether_type) {
            Some(name) => Told::Text(name),
            None if p.ether_type == 0 => Told::Nothing,
            None => written(text, format_args!("0x{:04x}", p.ether_type)),
        }
    }),
    fact("Tunnel", Link, "Innermost tunnel.", |p, _| p.around.tunnel.map(Tunnel::name).into()),
    fact("Tunnel ID", Link, "That tunnel's number.", |p, text| {
        Told::number(p.around.tunnel.map(|_| p.around.tunnel_id), text)
    }),
    fact("Damage", Packet, "What is wrong with its headers.", |p, text| match p.damage {
        Some(reason) => written(text, format_args!("{reason}")),
        None => Told::Nothing,
    }),
    fact("Port Application", Application, "What the ports are known for.", |p, _| {
        let (Some(ip), Some((src, dst))) = (&p.ip, p.ports) else { return Told::Nothing };
        by_port(ip.protocol, src, dst).into()
    }),
];

/// Every column of a packet's row, the label apart.
const PACKET: Catalogue<PacketFacts> =
    Catalogue { identity: PACKET_IDENTITY, features: PACKET_FEATURES, facts: PACKET_FACTS };

const _: () = assert!(PACKET.names_differ(), "two columns of a packet have one name");

const fn feature(
    name: &'static str,
    place: (Group, Unit),
    doc: &'static str,
    read: fn(&PacketFacts) -> f64,
) -> Feature<PacketFacts> {
    Feature::new(name, place, doc, read).only(&[Profile::Native])
}

const fn text(
    name: &'static str,
    doc: &'static str,
    tell: Tell<PacketFacts>,
) -> Identity<PacketFacts> {
    Identity { name: Name::new(name), doc, is_number: false, tell }
}

const fn number(
    name: &'static str,
    doc: &'static str,
    tell: Tell<PacketFacts>,
) -> Identity<PacketFacts> {
    Identity { name: Name::new(name), doc, is_number: true, tell }
}

impl PacketFacts {
    fn of_ip(&self, read: fn(&IpFacts) -> f64) -> f64 {
        self.ip.as_ref().map_or(0.0, read)
    }

    fn of_tcp(&self, read: fn(&TcpFacts) -> f64) -> f64 {
        self.tcp.as_ref().map_or(0.0, read)
    }

    fn has(&self, flag: TcpFlags) -> f64 {
        bit(self.tcp.is_some_and(|tcp| tcp.header.flags.contains(flag)))
    }
}

fn bit(is_set: bool) -> f64 {
    f64::from(u8::from(is_set))
}

fn whole(number: Option<impl Into<i64>>) -> Told<'static> {
    number.map_or(Told::Nothing, |number| Told::Integer(number.into()))
}

fn written<'a>(text: &'a mut String, what: std::fmt::Arguments<'_>) -> Told<'a> {
    // Writing to a string does not fail.
    let _ = text.write_fmt(what);
    Told::Text(text)
}
