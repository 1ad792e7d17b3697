//! What is told of a frame: one table that the JSON, the CSV and the help are made of.

use std::net::IpAddr;

use netsift::packet::{Fragment, Frame, Packet, ParseError, VlanIds};

/// A frame, its number from 1 on, and what the parser made of it.
pub(super) struct Seen<'a> {
    pub(super) number: u64,
    pub(super) frame: Frame<'a>,
    pub(super) read: Result<Packet<'a>, ParseError>,
}

impl<'a> Seen<'a> {
    pub(super) fn packet(&self) -> Option<&Packet<'a>> {
        self.read.as_ref().ok()
    }

    /// The packet, if it is one of IP.
    pub(super) fn ip(&self) -> Option<&Packet<'a>> {
        self.packet().filter(|packet| packet.ip_version().is_some())
    }

    /// What was wrong, with the frame or further in.
    pub(super) fn error(&self) -> Option<ParseError> {
        match &self.read {
            Ok(packet) => packet.error(),
            Err(error) => Some(*error),
        }
    }
}

/// One fact, under the same name in JSON and CSV.
pub(super) struct Fact {
    pub(super) name: &'static str,
    /// The columns it takes in CSV.
    pub(super) columns: &'static [&'static str],
    about: &'static str,
    pub(super) of: fn(&Seen<'_>) -> Value,
}

/// What a fact can be.
pub(super) enum Value {
    Absent,
    Number(i64),
    Address(IpAddr),
    VlanIds(VlanIds),
    Fragment(Fragment),
    Error(ParseError),
}

/// Every fact, in the order of printing.
pub(super) const FACTS: &[Fact] = &[
    fact(
        "frame",
        &["frame"],
        "number of the frame in what is read, from 1, selected or not",
        |seen| Value::Number(seen.number.cast_signed()),
    ),
    fact("time_ns", &["time_ns"], "nanoseconds since 1970-01-01 00:00:00 UTC", |seen| {
        Value::Number(seen.frame.time.as_nanos())
    }),
    fact("wire_len", &["wire_len"], "length on the wire", |seen| number(Some(seen.frame.wire_len))),
    fact("captured_len", &["captured_len"], "how much of it was captured", |seen| {
        number(Some(seen.frame.captured_len()))
    }),
    fact(
        "vlan",
        &["vlan"],
        "VLAN ids, outermost first: an array, or separated by spaces",
        |seen| {
            let ids = seen.packet().map(Packet::vlans).filter(|ids| !ids.as_slice().is_empty());
            ids.map_or(Value::Absent, Value::VlanIds)
        },
    ),
    fact("src", &["src"], "IP source address", |seen| address(seen.packet().and_then(Packet::src))),
    fact("dst", &["dst"], "IP destination address", |seen| {
        address(seen.packet().and_then(Packet::dst))
    }),
    fact(
        "protocol",
        &["protocol"],
        "protocol number behind IP and its extension headers",
        |seen| number(seen.packet().and_then(Packet::protocol).map(|protocol| protocol.0)),
    ),
    fact("src_port", &["src_port"], "source port of TCP, UDP or SCTP", |seen| {
        number(seen.packet().and_then(Packet::src_port))
    }),
    fact("dst_port", &["dst_port"], "destination port", |seen| {
        number(seen.packet().and_then(Packet::dst_port))
    }),
    fact("ttl", &["ttl"], "time to live, or hop limit", |seen| {
        number(seen.packet().and_then(Packet::ttl))
    }),
    fact("header_len", &["header_len"], "length of the transport header", |seen| {
        number(seen.packet().and_then(Packet::header_len))
    }),
    fact(
        "payload_len",
        &["payload_len"],
        "bytes behind it on the wire, padding left out",
        |seen| number(seen.ip().map(Packet::payload_len)),
    ),
    fact(
        "flags",
        &["flags"],
        "TCP flag bits: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128, NS 256",
        |seen| number(seen.packet().and_then(Packet::flags).map(|flags| flags.0)),
    ),
    fact("seq", &["seq"], "TCP sequence number", |seen| {
        number(seen.packet().and_then(Packet::seq))
    }),
    fact("ack", &["ack"], "TCP acknowledgement number, as it stands in the header", |seen| {
        number(seen.packet().and_then(Packet::ack))
    }),
    fact("window", &["window"], "TCP window, unscaled", |seen| {
        number(seen.packet().and_then(Packet::window))
    }),
    fact(
        "fragment",
        &["fragment_id", "fragment_offset", "fragment_more"],
        "of fragments: id, offset in units of eight bytes, and whether more follow",
        |seen| seen.packet().and_then(Packet::fragment).map_or(Value::Absent, Value::Fragment),
    ),
    fact("tunnel_depth", &["tunnel_depth"], "how many tunnels these headers are in", |seen| {
        number(seen.ip().map(Packet::tunnel_depth))
    }),
    fact("error", &["error"], "what is wrong with the frame, or further inside it", |seen| {
        seen.error().map_or(Value::Absent, Value::Error)
    }),
];

const fn fact(
    name: &'static str,
    columns: &'static [&'static str],
    about: &'static str,
    of: fn(&Seen<'_>) -> Value,
) -> Fact {
    Fact { name, columns, about, of }
}

/// The examples with a list of the facts before them.
pub(super) fn long_help(examples: &str) -> String {
    let mut text = String::from(
        "Facts of a frame, with --packets and --csv; what a frame does not hold is absent:\n",
    );
    for Fact { name, about, .. } in FACTS {
        text.push_str(&format!("  {name:<13} {about}\n"));
    }
    text + "\n" + examples
}

/// A number that may be absent.
fn number(value: Option<impl Into<i64>>) -> Value {
    value.map_or(Value::Absent, |number| Value::Number(number.into()))
}

fn address(value: Option<IpAddr>) -> Value {
    value.map_or(Value::Absent, Value::Address)
}
