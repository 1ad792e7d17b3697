//! Every link layer, tunnel, extension header and fragment has frames whose facts equal tshark's.
//!
//! The frames are made here: a packet of every transport in every shape that the generator can put
//! around it, and by hand what it cannot.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::process::Command;

use netsift_capture::{CaptureWriter, Format, WriterOptions};
use netsift_packet::{Depth, Frame, LinkType, Packet, ParseOptions, TcpOption, Timestamp, Tunnel};
use netsift_synth::encapsulation::every_shape;

use super::tshark::{
    Comparison, Deliberate, EXTENSIONS, FIRST_FRAGMENT, Fields, SERVICE_TAG, Tally, compare, judge,
};

/// Fields beside those that the tables of the shared captures have.
const FURTHER: [&str; 22] = [
    "eth.src",
    "eth.dst",
    "wlan.sa",
    "wlan.da",
    "sll.src.eth",
    "ip.id",
    "ip.dsfield.dscp",
    "ip.dsfield.ecn",
    "ipv6.tclass.dscp",
    "ipv6.tclass.ecn",
    "ipv6.fraghdr.offset",
    "ipv6.fraghdr.more",
    "ipv6.fraghdr.ident",
    "tcp.options.mss_val",
    "tcp.options.wscale.shift",
    "tcp.options.sack_perm",
    "tcp.options.sack_le",
    "tcp.options.sack_re",
    "tcp.options.timestamp.tsval",
    "tcp.options.timestamp.tsecr",
    "vxlan.vni",
    "geneve.vni",
];
const TUNNEL_IDS: [&str; 5] =
    ["gtp.teid", "gre.key", "gre.key.call_id", "l2tp.session", "capwap.header.rid"];
const SHARED: &str = "frame.number frame.time_epoch frame.len frame.cap_len frame.protocols eth.type \
    vlan.id ip.src ip.dst ip.proto ip.hdr_len ip.len ip.frag_offset ip.flags.mf ip.ttl ipv6.src ipv6.dst \
    ipv6.nxt ipv6.plen ipv6.hlim tcp.srcport tcp.dstport tcp.hdr_len tcp.len tcp.flags \
    tcp.window_size_value tcp.seq_raw tcp.ack_raw udp.srcport udp.dstport udp.length icmp.type \
    icmp.code icmpv6.type icmpv6.code sctp.srcport sctp.dstport";

const DELIBERATE: &[Deliberate] = &[
    ("authentication", "ip.hdr_len", [1, 1], BEHIND_AUTHENTICATION),
    ("authentication", "protocol", [1, 1], BEHIND_AUTHENTICATION),
    ("fragment", "protocol", [9, 9], EXTENSIONS),
    ("fragment", "tcp.len", [2, 2], FIRST_FRAGMENT),
    ("fragment", "udp.length", [2, 2], FIRST_FRAGMENT),
    ("ipv6-destination-options", "protocol", [4, 4], EXTENSIONS),
    ("ipv6-extensions", "protocol", [4, 4], EXTENSIONS),
    ("ipv6-hop-by-hop", "protocol", [4, 4], EXTENSIONS),
    ("ipv6-routing", "protocol", [4, 4], EXTENSIONS),
    ("qinq", "vlan.id", [8, 8], SERVICE_TAG),
    ("vxlan-vlan", "vlan.id", [1, 0], INNER_TAG),
];

const BEHIND_AUTHENTICATION: &str = "an Authentication Header hides nothing: ours is the protocol behind it, and it counts as header";
const INNER_TAG: &str =
    "tshark's only tag is inside the tunnel, which the outermost reading does not enter";

/// A frame and what it is a case of.
struct Case {
    name: String,
    link: LinkType,
    bytes: Vec<u8>,
}

impl Case {
    fn new(name: impl Into<String>, link: LinkType, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), link, bytes }
    }

    fn frame(&self, number: usize) -> Frame<'_> {
        let time = Timestamp::from_secs_nanos(1_700_000_000 + number as i64, 123_456_789);
        Frame::new(time, self.link, &self.bytes)
    }
}

#[test]
fn every_shape_reads_as_tshark_reads_it() {
    let cases: Vec<Case> = transports().into_iter().flat_map(shapes).chain(by_hand()).collect();
    let names: Vec<&str> = SHARED.split_whitespace().chain(FURTHER).chain(TUNNEL_IDS).collect();
    let Some(table) = read_with_tshark(&cases, &names) else { return };
    let columns: BTreeMap<&str, usize> =
        names.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let mut tally = Tally::default();
    let mut frames_of: BTreeMap<&str, usize> = BTreeMap::new();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), cases.len(), "tshark tells of every frame");
    for (number, (line, case)) in lines.iter().zip(&cases).enumerate() {
        let fields = Fields { columns: &columns, cells: line.split('\t').collect() };
        *frames_of.entry(&case.name).or_default() += 1;
        tally.frames += 1;
        for depth in [Depth::Outermost, Depth::Innermost] {
            let (tally, capture, frame) = (&mut tally, case.name.as_str(), number + 1);
            let mut to = Comparison { tally, capture, depth, frame };
            compare(&fields, case.frame(number), depth, &mut to);
            further(&fields, case.frame(number), depth, &mut to);
        }
    }
    for (name, frames) in &frames_of {
        println!("  {name}: {frames} frames");
    }
    println!("shapes: {} cases, {} frames, {} fields", frames_of.len(), tally.frames, tally.cells);
    judge(&tally, DELIBERATE);
}

/// What tshark tells of the frames, a line each; nothing where there is no tshark.
fn read_with_tshark(cases: &[Case], names: &[&str]) -> Option<String> {
    let path = std::env::temp_dir().join(format!("netsift-shapes-{}.pcapng", std::process::id()));
    let options = WriterOptions::new().format(Format::PcapNg);
    let mut writer = CaptureWriter::new(File::create(&path).unwrap(), options).unwrap();
    for (number, case) in cases.iter().enumerate() {
        writer.write(&case.frame(number)).unwrap();
    }
    writer.finish().unwrap();
    let mut command = Command::new("tshark");
    command.arg("-r").arg(&path).args(["-T", "fields", "-E", "occurrence=a"]);
    command.args(["-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"]);
    for name in names {
        command.args(["-e", name]);
    }
    let output = crate::output_of(&mut command);
    fs::remove_file(&path).unwrap();
    Some(String::from_utf8(output?.stdout).unwrap())
}

/// Facts that the tables of the shared captures do not have.
fn further(fields: &Fields<'_>, frame: Frame<'_>, depth: Depth, to: &mut Comparison<'_>) {
    let packet = Packet::parse_with(frame, &ParseOptions::new().depth(depth)).unwrap();
    assert_eq!(packet.error(), None, "{}: nothing is wrong with these frames", to.capture);
    let index = |name: &str| match depth {
        Depth::Outermost => 0,
        Depth::Innermost => fields.cell(name).split(',').count() - 1,
    };
    let field = |name: &str| fields.occurrence(name, index(name));
    // Where there are both, 802.11 is the inner one.
    let either = |ethernet: &str, wireless: &str| match depth {
        Depth::Outermost => field(ethernet).or(field(wireless)),
        Depth::Innermost => field(wireless).or(field(ethernet)),
    };
    let src = either("eth.src", "wlan.sa").or(field("sll.src.eth"));
    to.same("src_mac", src, packet.src_mac());
    to.same("dst_mac", either("eth.dst", "wlan.da"), packet.dst_mac());
    if packet.ip_version() == Some(4) {
        let id = packet.ip_id().map(|id| format!("0x{id:04x}"));
        to.same("ip.id", field("ip.id"), id);
        to.same("dscp", field("ip.dsfield.dscp"), packet.dscp());
        to.same("ecn", field("ip.dsfield.ecn"), packet.ecn());
    } else {
        to.same("dscp", field("ipv6.tclass.dscp"), packet.dscp());
        to.same("ecn", field("ipv6.tclass.ecn"), packet.ecn());
        let fragment = packet.fragment();
        to.same("ipv6.offset", field("ipv6.fraghdr.offset"), fragment.map(|f| f.offset));
        to.same("ipv6.more", field("ipv6.fraghdr.more"), fragment.map(|f| u8::from(f.more)));
        let id = fragment.map(|fragment| format!("0x{:08x}", fragment.id));
        to.same("ipv6.ident", field("ipv6.fraghdr.ident"), id);
    }
    tcp_options(fields, &packet, to);
    tunnel_id(fields, &packet, to);
}

fn tcp_options(fields: &Fields<'_>, packet: &Packet<'_>, to: &mut Comparison<'_>) {
    if packet.flags().is_none() {
        return;
    }
    let first = |name: &str| fields.occurrence(name, 0);
    let mut told = BTreeMap::new();
    for option in packet.tcp_options() {
        match option {
            TcpOption::MaxSegmentSize(size) => drop(told.insert("mss_val", u32::from(size))),
            TcpOption::WindowScale(shift) => drop(told.insert("wscale.shift", shift.into())),
            TcpOption::Timestamps { value, echo } => {
                told.insert("timestamp.tsval", value);
                told.insert("timestamp.tsecr", echo);
            }
            TcpOption::Sack(blocks) => {
                let (left, right) = blocks.iter().next().unwrap();
                told.insert("sack_le", left);
                told.insert("sack_re", right);
            }
            _ => {}
        }
    }
    let permitted = packet.tcp_options().any(|option| option == TcpOption::SackPermitted);
    assert_eq!(first("tcp.options.sack_perm").is_some(), permitted);
    for name in ["mss_val", "wscale.shift", "timestamp.tsval", "timestamp.tsecr"] {
        let field = ["tcp.options.", name].concat();
        to.same("tcp option", first(&field), told.get(name));
    }
    // tshark tells SACK edges relative to the first sequence number it saw; here that is unknown.
    assert_eq!(first("tcp.options.sack_le").is_some(), told.contains_key("sack_le"));
}

fn tunnel_id(fields: &Fields<'_>, packet: &Packet<'_>, to: &mut Comparison<'_>) {
    let name = match packet.tunnel() {
        Some(Tunnel::Vxlan) => "vxlan.vni",
        Some(Tunnel::Geneve) => "geneve.vni",
        Some(Tunnel::GtpU) => "gtp.teid",
        Some(Tunnel::Gre) if fields.cell("gre.key.call_id").is_empty() => "gre.key",
        Some(Tunnel::Gre) => "gre.key.call_id",
        Some(Tunnel::L2tp) => "l2tp.session",
        Some(Tunnel::Capwap) => "capwap.header.rid",
        _ => return,
    };
    let last = fields.cell(name).split(',').next_back().unwrap_or("");
    let theirs = match last.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).unwrap().to_string(),
        None if last.is_empty() => "0".to_owned(),
        None => last.to_owned(),
    };
    to.same("tunnel id", Some(&theirs), Some(packet.tunnel_id()));
}

/// A packet of every transport, over both versions of IP.
fn transports() -> Vec<(&'static str, Vec<u8>)> {
    let options = [
        2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 1, 2, 3, 0, 4, 5, 6, 1, 3, 3, 7, 1, 1, 5, 10, 0, 0, 0, 9, 0,
        0, 1, 9,
    ];
    let tcp = tcp(&options, &[7; 90]);
    let udp = udp(40_000, 9, &[8; 90]);
    let echo = [&[8, 0, 0, 0, 0, 1, 0, 1][..], &[9; 90]].concat();
    let echo6 = [&[128, 0, 0, 0, 0, 1, 0, 1][..], &[9; 90]].concat();
    let sctp =
        [&[0x9c, 0x40, 0, 36, 0, 0, 0, 1, 0, 0, 0, 0][..], &[6, 0, 0, 88], &[3; 84]].concat();
    vec![
        ("tcp", ipv4(6, &tcp)),
        ("udp", ipv4(17, &udp)),
        ("icmp", ipv4(1, &echo)),
        ("sctp", ipv4(132, &sctp)),
        ("tcp6", ipv6(6, &tcp)),
        ("udp6", ipv6(17, &udp)),
        ("icmpv6", ipv6(58, &echo6)),
        ("sctp6", ipv6(132, &sctp)),
    ]
}

fn shapes((_, packet): (&'static str, Vec<u8>)) -> Vec<Case> {
    let shapes = every_shape(&packet).unwrap();
    shapes.into_iter().map(|(name, shape)| Case::new(name, shape.link, shape.bytes)).collect()
}

/// Shapes that the generator does not make.
fn by_hand() -> Vec<Case> {
    let v4 = ipv4(17, &udp(40_000, 9, &[8; 20]));
    let v6 = ipv6(17, &udp(40_000, 9, &[8; 20]));
    let frame = ethernet(0x0800, &v4);
    let snap = [&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0][..], &v4].concat();
    let ppp = [&[0xff, 3, 0, 0x21][..], &v4].concat();
    let mut padded = frame.clone();
    padded.extend([0; 30]);
    let mut optioned = v4.clone();
    optioned.splice(20..20, [7, 3, 4, 0]);
    (optioned[0], optioned[3]) = (0x46, optioned.len() as u8);
    let on = |name: &str, link, bytes: Vec<u8>| Case::new(name, link, bytes);
    let in_ip = |name: &str, protocol, payload: Vec<u8>| {
        Case::new(name, LinkType::ETHERNET, ethernet(0x0800, &ipv4(protocol, &payload)))
    };
    let in_udp = |name: &str, port, payload: Vec<u8>| in_ip(name, 17, udp(50_000, port, &payload));
    let behind = |head: &[u8], rest: &[u8]| [head, rest].concat();
    vec![
        on("ethernet-padded", LinkType::ETHERNET, padded),
        on("ipv4-options", LinkType::RAW, optioned),
        on("802.3-snap", LinkType::ETHERNET, ethernet(snap.len() as u16, &snap)),
        on("802.3-ip", LinkType::ETHERNET, ethernet(v4.len() as u16 + 3, &behind(&[6, 6, 3], &v4))),
        on(
            "arp",
            LinkType::ETHERNET,
            ethernet(0x0806, &behind(&[0, 1, 8, 0, 6, 4, 0, 1], &[1; 20])),
        ),
        on(
            "qinq-9100",
            LinkType::ETHERNET,
            ethernet(0x9100, &behind(&[0, 5, 0x81, 0, 0x20, 6, 8, 0], &v4)),
        ),
        on("mpls-6", LinkType::ETHERNET, ethernet(0x8847, &behind(&[0, 1, 1, 64], &v6))),
        on("ppp-v6", LinkType::PPP, behind(&[0, 0x57], &v6)),
        on("ppp-compressed", LinkType::PPP, behind(&[0xff, 3, 0x21], &v4)),
        on("ipv4-link", LinkType::IPV4, v4.clone()),
        on("ipv6-link", LinkType::IPV6, v6.clone()),
        on("null-freebsd", LinkType::NULL, behind(&[28, 0, 0, 0], &v6)),
        on("null-big-endian", LinkType::NULL, behind(&[0, 0, 0, 2], &v4)),
        on(
            "sll-llc",
            LinkType::LINUX_SLL,
            behind(&[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 3, 0, 0, 0, 4], &snap),
        ),
        on("802.11-qos", LinkType::IEEE802_11, behind(&wireless(0x88, 0x01, &[0, 0]), &snap)),
        on("802.11-from-ds", LinkType::IEEE802_11, behind(&wireless(0x08, 0x02, &[]), &snap)),
        on("802.11-ibss", LinkType::IEEE802_11, behind(&wireless(0x08, 0x00, &[]), &snap)),
        on(
            "802.11-wds",
            LinkType::IEEE802_11,
            behind(&wireless(0x08, 0x03, &[2, 0, 0, 0, 0, 4]), &snap),
        ),
        on("802.11-beacon", LinkType::IEEE802_11, behind(&wireless(0x80, 0x00, &[]), &[0; 12])),
        on("radiotap-fcs", LinkType::RADIOTAP, radiotap_with_fcs(&snap)),
        on("sll-ethernet", LinkType::LINUX_SLL, behind(&cooked(3), &frame)),
        on("sll-ppp", LinkType::LINUX_SLL, behind(&cooked(7), &ppp)),
        on("hdlc-cisco", LinkType::PPP_HDLC, behind(&[0x0f, 0, 8, 0], &v4)),
        on("802.11-fragment", LinkType::IEEE802_11, later_fragment(&snap)),
        in_ip("gre-1-only-ack", 47, vec![0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 7, 0, 0, 0, 1]),
        in_ip("gre-keepalive", 47, vec![0, 0, 0, 0]),
        in_ip("gre-checksum-sequence", 47, behind(&[0x90, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1], &v4)),
        in_ip(
            "gre-1",
            47,
            behind(&[0x30, 0x01, 0x88, 0x0b, 0, ppp.len() as u8, 0, 7, 0, 0, 0, 1], &ppp),
        ),
        in_ip(
            "gre-1-ack",
            47,
            behind(
                &[0x30, 0x81, 0x88, 0x0b, 0, ppp.len() as u8, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1],
                &ppp,
            ),
        ),
        in_ip("4in4in4", 4, ipv4(4, &v4)),
        in_ip(
            "authentication",
            51,
            behind(&[17, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2], &behind(&[9; 12], &v4[20..])),
        ),
        in_udp(
            "vxlan-vlan",
            4789,
            behind(&[8, 0, 0, 0, 0, 1, 2, 0], &ethernet(0x8100, &behind(&[0, 77, 8, 0], &v4))),
        ),
        in_udp("geneve-options", 6081, behind(&[1, 0, 8, 0, 0, 1, 2, 0, 0, 0, 0, 0], &v4)),
        in_udp(
            "gtp-u-sequence",
            2152,
            behind(&gtp(0x32, 4 + v6.len() as u16), &behind(&[0, 1, 0, 0], &v6)),
        ),
        in_udp(
            "gtp-u-extension",
            2152,
            behind(&gtp(0x34, 8 + v4.len() as u16), &behind(&[0, 1, 0, 0x85, 1, 0x10, 9, 0], &v4)),
        ),
        in_udp("teredo-origin", 3544, behind(&[0, 0, 1, 2, 3, 4, 5, 6], &v6)),
        in_udp("l2tp", 1701, behind(&[0, 2, 0, 1, 0, 7], &ppp)),
        in_udp("capwap-802.3", 5247, behind(&[0, 0x10, 0x82, 0, 0, 0, 0, 0], &frame)),
        in_udp(
            "capwap-802.11-swapped",
            5247,
            behind(
                &[0, 0x18, 0x83, 0x20, 0, 0, 0, 0, 0, 0, 0, 0],
                &behind(&wireless(0x01, 0x08, &[]), &snap),
            ),
        ),
    ]
}

fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let addresses = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    [&addresses[..], &ether_type.to_be_bytes(), payload].concat()
}

fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (20 + payload.len() as u16).to_be_bytes();
    let header =
        [0x45, 0xb9, high, low, 0x12, 0x34, 0, 0, 63, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    [&header[..], payload].concat()
}

fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (payload.len() as u16).to_be_bytes();
    let mut bytes = vec![0x6b, 0x9f, 0, 1, high, low, next, 62];
    for last in [1, 2] {
        bytes.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
    }
    [&bytes[..], payload].concat()
}

fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let length = 8 + payload.len() as u16;
    [[source, destination, length, 0].map(u16::to_be_bytes).as_flattened(), payload].concat()
}

fn tcp(options: &[u8], payload: &[u8]) -> Vec<u8> {
    let words = 5 + options.len() as u8 / 4;
    let fixed = [0x9c, 0x40, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, words << 4 | 1, 0xff, 9, 10, 0, 0, 0, 0];
    [&fixed[..], options, payload].concat()
}

/// An 802.11 header with addresses 1 to 3, and what follows them.
fn wireless(control: u8, flags: u8, more: &[u8]) -> Vec<u8> {
    let mut bytes = vec![control, flags, 0, 0];
    for number in 1..=3 {
        bytes.extend([2, 0, 0, 0, 0, number]);
    }
    bytes.extend([0, 0]);
    bytes.extend(more);
    bytes
}

/// Radiotap with a clock and flags that tell of a frame check sequence.
fn radiotap_with_fcs(snap: &[u8]) -> Vec<u8> {
    let header = [0, 0, 17, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x10];
    [&header[..], &wireless(0x08, 0x01, &[]), snap, &[1, 2, 3, 4]].concat()
}

/// A Linux "cooked" header of a protocol number.
fn cooked(protocol: u8) -> [u8; 16] {
    [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 3, 0, 0, 0, protocol]
}

/// The second fragment of a data frame, which looks as if it held a packet.
fn later_fragment(snap: &[u8]) -> Vec<u8> {
    let mut bytes = [&wireless(0x08, 0x05, &[]), snap].concat();
    bytes[22..24].copy_from_slice(&[0x31, 0x12]);
    bytes
}

fn gtp(flags: u8, length: u16) -> Vec<u8> {
    let [high, low] = length.to_be_bytes();
    vec![flags, 255, high, low, 0, 0, 1, 2]
}
