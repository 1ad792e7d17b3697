//! Every frame's facts equal tshark's own fields, frame by frame, outermost and innermost.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;

use netsift_packet::{Depth, Frame, Packet, ParseOptions};

use super::captures::{Capture, in_folder};
use super::shared;

/// A disagreement that is meant: capture, field, in how many frames (of the outermost and of the
/// innermost reading), and why.
pub(super) type Deliberate = (&'static str, &'static str, [usize; 2], &'static str);

const DELIBERATE: &[Deliberate] = &[
    ("ndpi_badpackets", "udp.length", [93, 93], LYING_UDP),
    ("ndpi_dns_fragmented", "protocol", [6, 6], EXTENSIONS),
    ("ndpi_dns_fragmented", "udp.length", [7, 7], FIRST_FRAGMENT),
    ("ndpi_gnutella", "protocol", [16, 16], EXTENSIONS),
    ("ndpi_ip_fragmented_garbage", "tcp.ack", [2, 2], BAD_OFFSET),
    ("ndpi_ip_fragmented_garbage", "tcp.flags", [4, 4], BAD_OFFSET),
    ("ndpi_ip_fragmented_garbage", "tcp.len", [4, 4], FIRST_FRAGMENT),
    ("ndpi_ip_fragmented_garbage", "tcp.window", [2, 2], BAD_OFFSET),
    ("ndpi_iphone", "protocol", [2, 2], EXTENSIONS),
    ("synth_dissect", "ip.flags.mf", [4, 4], CUT_IP),
    ("synth_dissect", "ip.frag_offset", [4, 4], CUT_IP),
    ("synth_dissect", "ip.hdr_len", [4, 4], CUT_IP),
    ("synth_dissect", "ip.len", [6, 6], CUT_IP),
    ("synth_dissect", "protocol", [4, 4], CUT_IP),
    ("synth_dissect", "src", [4, 4], CUT_IP),
    ("synth_dissect", "tcp.ack", [4, 4], BAD_OFFSET),
    ("synth_dissect", "tcp.flags", [4, 4], BAD_OFFSET),
    ("synth_dissect", "tcp.len", [8, 8], CUT_TCP),
    ("synth_dissect", "tcp.window", [4, 4], BAD_OFFSET),
    ("synth_dissect", "ttl", [4, 4], CUT_IP),
    ("synth_dissect", "udp.length", [4, 4], LYING_UDP),
    ("synth_dissect", "vlan.id", [2, 2], SERVICE_TAG),
    ("tcpdump_802.1ad_QinQ", "vlan.id", [2, 2], SERVICE_TAG),
    ("tcpdump_afs", "udp.length", [51, 51], FIRST_FRAGMENT),
    ("zeek_ipv4_fragmented-syn", "tcp.len", [1, 1], FIRST_FRAGMENT),
    ("zeek_tcp_rst-inject-rae", "tcp.flags", [1, 1], RESERVED_BITS),
];

const LYING_UDP: &str = "a UDP length of 0 or past the packet is told as an error; the payload is what the packet holds";
pub(super) const EXTENSIONS: &str =
    "ours is the protocol behind the IPv6 extension headers, theirs the first next-header";
pub(super) const FIRST_FRAGMENT: &str =
    "ours is the payload in this fragment; the header speaks of the whole datagram";
const BAD_OFFSET: &str =
    "the fields stand in the fixed header, which a wrong data offset does not change";
const CUT_IP: &str =
    "an IPv4 header that is cut or too short is a counted reject, not half a packet";
const CUT_TCP: &str = "without the data offset the header is taken for 20 bytes; with a wrong one there is no payload";
pub(super) const SERVICE_TAG: &str =
    "the 802.1ad service tag is a VLAN id too; tshark keeps it in another field";
const RESERVED_BITS: &str = "ours are the nine flags; theirs holds three reserved bits too";

/// One line of a table of tshark's fields.
pub(super) struct Fields<'a> {
    pub(super) columns: &'a BTreeMap<&'a str, usize>,
    pub(super) cells: Vec<&'a str>,
}

impl<'a> Fields<'a> {
    pub(super) fn cell(&self, name: &str) -> &'a str {
        self.cells.get(self.columns[name]).copied().unwrap_or("")
    }

    /// The `index`th occurrence of a field.
    pub(super) fn occurrence(&self, name: &str, index: usize) -> Option<&'a str> {
        let value = self.cell(name).split(',').nth(index)?;
        (!value.is_empty()).then_some(value)
    }

    /// Names of the headers in the frame, up to the first that quotes others and to the first
    /// network header that was too broken for tshark to tell its source.
    fn headers(&self) -> Vec<&'a str> {
        let mut headers: Vec<&str> = Vec::new();
        for name in self.cell("frame.protocols").split(':') {
            let before = headers.iter().filter(|other| **other == name).count();
            let untold = match name {
                "ip" => self.occurrence("ip.src", before).is_none(),
                "ipv6" => self.occurrence("ipv6.src", before).is_none(),
                _ => false,
            };
            if untold {
                break;
            }
            headers.push(name);
            if matches!(name, "icmp" | "icmpv6") {
                break;
            }
        }
        headers
    }
}

/// Where the headers of one depth stand in tshark's list: name and occurrence of the network
/// header, then of the transport header.
struct Place<'a> {
    network: Option<(&'a str, usize)>,
    transport: Option<(&'a str, usize)>,
}

impl<'a> Place<'a> {
    fn find(fields: &Fields<'a>, depth: Depth) -> Self {
        let headers = fields.headers();
        let is_network = |name: &str| matches!(name, "ip" | "ipv6");
        let found = match depth {
            Depth::Outermost => headers.iter().position(|name| is_network(name)),
            Depth::Innermost => headers.iter().rposition(|name| is_network(name)),
        };
        let Some(at) = found else { return Self { network: None, transport: None } };
        let occurrence = |at: usize| {
            let name = headers[at];
            (name, headers[..at].iter().filter(|other| **other == name).count())
        };
        let is_transport =
            |name: &&str| matches!(*name, "tcp" | "udp" | "icmp" | "icmpv6" | "sctp");
        let transport = headers[at + 1..]
            .iter()
            .take_while(|name| !is_network(name))
            .position(is_transport)
            .map(|after| occurrence(at + 1 + after));
        Self { network: Some(occurrence(at)), transport }
    }
}

#[derive(Default)]
pub(super) struct Tally {
    captures: usize,
    pub(super) frames: usize,
    pub(super) cells: usize,
    /// By capture and field: of the outermost and of the innermost reading.
    differences: BTreeMap<(String, &'static str), [Vec<String>; 2]>,
}

pub(super) struct Comparison<'a> {
    pub(super) tally: &'a mut Tally,
    pub(super) capture: &'a str,
    pub(super) depth: Depth,
    pub(super) frame: usize,
}

impl Comparison<'_> {
    /// Both say the same, or both say nothing.
    pub(super) fn same(
        &mut self,
        field: &'static str,
        theirs: Option<&str>,
        ours: Option<impl Display>,
    ) {
        let ours = ours.map(|value| value.to_string());
        self.tally.cells += 1;
        if theirs != ours.as_deref() {
            let difference = format!("frame {}: tshark {theirs:?}, ours {ours:?}", self.frame);
            let key = (self.capture.to_owned(), field);
            let depths = self.tally.differences.entry(key).or_default();
            depths[usize::from(self.depth == Depth::Innermost)].push(difference);
        }
    }
}

pub(super) fn compare(
    fields: &Fields<'_>,
    frame: Frame<'_>,
    depth: Depth,
    to: &mut Comparison<'_>,
) {
    to.same("frame.time_epoch", Some(fields.cell("frame.time_epoch")), Some(frame.time));
    to.same("frame.len", Some(fields.cell("frame.len")), Some(frame.wire_len));
    to.same("frame.cap_len", Some(fields.cell("frame.cap_len")), Some(frame.captured_len()));
    let packet = Packet::parse_with(frame, &ParseOptions::new().depth(depth)).ok();
    let packet = packet.as_ref();
    let place = Place::find(fields, depth);
    let ids = packet.map(Packet::vlans).unwrap_or_default();
    let ids = ids.as_slice().iter().map(u16::to_string).collect::<Vec<_>>().join(",");
    to.same("vlan.id", Some(fields.cell("vlan.id")), Some(ids));
    network(fields, packet, place.network, to);
    transport(fields, packet, place.transport, to);
}

fn network(
    fields: &Fields<'_>,
    packet: Option<&Packet<'_>>,
    place: Option<(&str, usize)>,
    to: &mut Comparison<'_>,
) {
    let field = |v4, v6| {
        let (name, index) = place?;
        fields.occurrence(if name == "ip" { v4 } else { v6 }, index)
    };
    let told = packet.filter(|packet| packet.ip_version().is_some());
    to.same("src", field("ip.src", "ipv6.src"), told.and_then(Packet::src));
    to.same("dst", field("ip.dst", "ipv6.dst"), told.and_then(Packet::dst));
    to.same("ttl", field("ip.ttl", "ipv6.hlim"), told.and_then(Packet::ttl));
    let protocol = told.and_then(Packet::protocol).map(|protocol| protocol.0);
    to.same("protocol", field("ip.proto", "ipv6.nxt"), protocol);
    let Some(("ip", index)) = place else { return };
    let fragment = told.and_then(Packet::fragment);
    let offset = fragment.map_or(0, |fragment| fragment.offset);
    to.same("ip.frag_offset", fields.occurrence("ip.frag_offset", index), told.map(|_| offset));
    let more = u8::from(fragment.is_some_and(|fragment| fragment.more));
    to.same("ip.flags.mf", fields.occurrence("ip.flags.mf", index), told.map(|_| more));
    to.same(
        "ip.hdr_len",
        fields.occurrence("ip.hdr_len", index),
        told.and_then(Packet::ip_header_len),
    );
    to.same("ip.len", fields.occurrence("ip.len", index), told.and_then(Packet::ip_len));
}

fn transport(
    fields: &Fields<'_>,
    packet: Option<&Packet<'_>>,
    place: Option<(&str, usize)>,
    to: &mut Comparison<'_>,
) {
    let told = packet.filter(|packet| packet.transport_offset().is_some());
    let (name, index) = place.unwrap_or(("none", 0));
    let ports = match name {
        "tcp" => Some(["tcp.srcport", "tcp.dstport"]),
        "udp" => Some(["udp.srcport", "udp.dstport"]),
        "sctp" => Some(["sctp.srcport", "sctp.dstport"]),
        _ => None,
    };
    let port = |side: usize| ports.and_then(|names| fields.occurrence(names[side], index));
    to.same("src_port", port(0), told.and_then(Packet::src_port));
    to.same("dst_port", port(1), told.and_then(Packet::dst_port));
    match name {
        "tcp" => tcp(fields, told, index, to),
        "udp" => {
            let length = told.map(|p| p.payload_len() + 8);
            to.same("udp.length", fields.occurrence("udp.length", index), length);
        }
        "icmp" | "icmpv6" => {
            let (kind, code) = if name == "icmp" {
                ("icmp.type", "icmp.code")
            } else {
                ("icmpv6.type", "icmpv6.code")
            };
            let ours = told.and_then(Packet::icmp_type_code);
            to.same("icmp.type", fields.occurrence(kind, index), ours.map(|(kind, _)| kind));
            to.same("icmp.code", fields.occurrence(code, index), ours.map(|(_, code)| code));
        }
        _ => {}
    }
}

fn tcp(fields: &Fields<'_>, packet: Option<&Packet<'_>>, index: usize, to: &mut Comparison<'_>) {
    let field = |name| fields.occurrence(name, index);
    to.same("tcp.hdr_len", field("tcp.hdr_len"), packet.and_then(Packet::header_len));
    to.same("tcp.len", field("tcp.len"), packet.map(Packet::payload_len));
    let flags = packet.and_then(Packet::flags).map(|flags| format!("0x{:04x}", flags.0));
    to.same("tcp.flags", field("tcp.flags"), flags);
    to.same("tcp.window", field("tcp.window_size_value"), packet.and_then(Packet::window));
    to.same("tcp.seq", field("tcp.seq_raw"), packet.and_then(Packet::seq));
    to.same("tcp.ack", field("tcp.ack_raw"), packet.and_then(Packet::ack));
}

#[test]
fn every_frame_reads_as_tshark_reads_it() {
    let Some(captures) = shared("reference/cicflowmeter/pcaps") else { return };
    let Some(tables) = shared("reference/tshark") else { return };
    let mut tally = Tally::default();
    for path in in_folder(&captures) {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let table = fs::read_to_string(tables.join(format!("{name}.tsv"))).unwrap();
        let capture = Capture::read(&path).unwrap();
        compare_capture(&name, &table, &capture, &mut tally);
    }
    let Tally { captures, frames, cells, .. } = tally;
    println!("tshark: {captures} captures, {frames} frames, {cells} fields compared");
    judge(&tally, DELIBERATE);
    assert_eq!((captures, frames > 59_000), (62, true));
}

fn compare_capture(name: &str, table: &str, capture: &Capture, tally: &mut Tally) {
    let mut lines = table.lines();
    let header = lines.next().unwrap();
    let columns = header.split('\t').enumerate().map(|(at, name)| (name, at)).collect();
    tally.captures += 1;
    let mut frames = capture.frames();
    for (number, line) in lines.enumerate() {
        let fields = Fields { columns: &columns, cells: line.split('\t').collect() };
        let frame = frames.next().unwrap();
        tally.frames += 1;
        for depth in [Depth::Outermost, Depth::Innermost] {
            let mut to = Comparison { tally, capture: name, depth, frame: number + 1 };
            compare(&fields, frame, depth, &mut to);
        }
    }
    assert!(frames.next().is_none(), "{name} has frames that tshark does not tell of");
}

/// Every difference is one that is meant, and every one that is meant was seen.
pub(super) fn judge(tally: &Tally, deliberate: &[Deliberate]) {
    let mut wrong = Vec::new();
    for ((capture, field), found) in &tally.differences {
        let counts = [found[0].len(), found[1].len()];
        match deliberate.iter().find(|meant| (meant.0, meant.1) == (capture, *field)) {
            Some((.., meant, reason)) if *meant == counts => {
                println!("  meant: {capture} {field} {counts:?}: {reason}");
            }
            meant => {
                let first = found.iter().flatten().next();
                let meant = meant.map(|meant| meant.2);
                wrong.push(format!("{capture} {field} {counts:?}, meant {meant:?}: {first:?}"));
            }
        }
    }
    for (capture, field, ..) in deliberate {
        if !tally.differences.contains_key(&((*capture).to_owned(), *field)) {
            wrong.push(format!("{capture} {field}: meant, but not seen"));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
