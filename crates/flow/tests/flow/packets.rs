//! Packets: generated as records, built into frames, and taken from synthetic traffic.

use std::net::{IpAddr, SocketAddr};

use netsift_flow::Record;
use netsift_packet::{Frame, FrameSource, LinkType, Protocol, TcpFlags, Timestamp};
use netsift_synth::encapsulation::{Envelope, every_shape};
use netsift_synth::{Class, Generator, Mix, Scenario};
use proptest::prelude::*;

pub(crate) const SECOND: i64 = 1_000_000_000;
pub(crate) const MILLI: i64 = 1_000_000;
/// When generated packets begin: some time, and not a round one.
pub(crate) const START: i64 = 1_700_000_000_123_456_789;

pub(crate) const FIN: u16 = TcpFlags::FIN.0;
pub(crate) const SYN: u16 = TcpFlags::SYN.0;
pub(crate) const RST: u16 = TcpFlags::RST.0;
pub(crate) const ACK: u16 = TcpFlags::ACK.0;

/// Payloads are parts of it.
static BYTES: [u8; 2048] = bytes();
/// Options that a SYN may have: none, all that are read, a shift beyond what is allowed, and a broken one.
static OPTIONS: [&[u8]; 4] =
    [&[], &[2, 4, 5, 180, 4, 2, 3, 3, 7, 1, 1, 0], &[3, 3, 200, 0], &[2, 9, 1]];
/// Conversations between a few hosts, some with themselves.
const CONVERSATIONS: [(&str, &str, Protocol); 8] = [
    ("10.0.0.1:1000", "10.0.0.2:80", Protocol::TCP),
    ("10.0.0.2:80", "10.0.0.1:1001", Protocol::TCP),
    ("10.0.0.1:1000", "10.0.0.2:80", Protocol::UDP),
    ("10.0.0.3:0", "10.0.0.1:0", Protocol::ICMP),
    ("[2001:db8::1]:443", "[2001:db8::2]:5000", Protocol::TCP),
    ("10.0.0.4:5", "10.0.0.4:6", Protocol::TCP),
    ("10.0.0.4:7", "10.0.0.4:7", Protocol::UDP),
    ("10.0.0.5:0", "10.0.0.6:0", Protocol(132)),
];

const fn bytes() -> [u8; 2048] {
    let (mut bytes, mut state, mut at) = ([0; 2048], 7u32, 0);
    while at < bytes.len() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // The first half is even, so that entropies differ.
        bytes[at] = if at < 1024 { b'a' + (state >> 30) as u8 } else { (state >> 24) as u8 };
        at += 1;
    }
    bytes
}

/// A frame as it was captured.
#[derive(Clone, Debug)]
pub(crate) struct Caught {
    pub(crate) time: i64,
    pub(crate) link: LinkType,
    pub(crate) bytes: Vec<u8>,
}

impl Caught {
    pub(crate) fn frame(&self) -> Frame<'_> {
        Frame::new(Timestamp::from_nanos(self.time), self.link, &self.bytes)
    }
}

/// A packet of a conversation.
pub(crate) fn between(time: i64, src: &str, dst: &str, protocol: Protocol) -> Record<'static> {
    let (src, dst): (SocketAddr, SocketAddr) = (src.parse().unwrap(), dst.parse().unwrap());
    let mut record = Record::new(Timestamp::from_nanos(time), src.ip(), dst.ip(), protocol);
    (record.src_port, record.dst_port) = (src.port(), dst.port());
    record.header_len = if protocol == Protocol::TCP { 20 } else { 8 };
    record.wire_len = 60;
    record
}

/// A TCP packet of the first conversation, from its source or to it.
pub(crate) fn tcp(time: i64, forward: bool, flags: u16) -> Record<'static> {
    let (a, b, protocol) = CONVERSATIONS[0];
    let (src, dst) = if forward { (a, b) } else { (b, a) };
    let mut record = between(time, src, dst, protocol);
    record.tcp.flags = TcpFlags(flags);
    record
}

/// A UDP packet of its own conversation for every number.
pub(crate) fn udp(time: i64, number: u32) -> Record<'static> {
    let mut record = between(time, "10.0.0.1:53", "10.9.0.2:5353", Protocol::UDP);
    record.src = IpAddr::from((0x0a01_0000 + (number >> 8)).to_be_bytes());
    record.src_port = 1024 + (number & 0xff) as u16;
    record
}

/// Records as they may come, in some order of time with small steps back.
pub(crate) fn records(most: usize) -> impl Strategy<Value = Vec<Record<'static>>> {
    prop::collection::vec((gap(), record()), 1..most).prop_map(|steps| {
        let mut time = START;
        let put = |(gap, mut record): (i64, Record<'static>)| {
            time += gap;
            record.time = Timestamp::from_nanos(time);
            record
        };
        steps.into_iter().map(put).collect()
    })
}

fn gap() -> impl Strategy<Value = i64> {
    prop_oneof![
        2 => Just(0),
        4 => 1..100_000i64,
        6 => 0..50 * MILLI,
        3 => 0..3 * SECOND,
        2 => prop::sample::select(vec![SECOND, SECOND + 1, 5 * SECOND, 5 * SECOND + 1]),
        1 => 3 * SECOND..100 * SECOND,
        1 => -50 * MILLI..0,
        1 => -2 * SECOND..0,
    ]
}

fn record() -> impl Strategy<Value = Record<'static>> {
    let flags = prop_oneof![
        4 => Just(ACK),
        1 => prop::sample::select(vec![SYN, SYN | ACK, FIN | ACK, RST, ACK | 8, ACK | 32]),
        1 => 0u16..512,
    ];
    let length = prop_oneof![
        Just(0usize),
        0usize..20,
        prop::sample::select(vec![63, 64, 511, 512, 1460, 1461]),
    ];
    let tcp = (flags, 0u32..60, 0u32..4, prop_oneof![0u16..3, any::<u16>()], 0usize..4);
    let ip = (any::<u8>(), any::<u8>(), prop::bool::weighted(0.1));
    let talk = (0..CONVERSATIONS.len(), prop::bool::weighted(0.4), 0u8..3, 0u8..3);
    (talk, tcp, ip, (length, 0usize..500)).prop_map(
        |((talk, back, code, kind), tcp, (ttl, class, fragment), (length, from))| {
            let (a, b, protocol) = CONVERSATIONS[talk];
            let (src, dst) = if back { (b, a) } else { (a, b) };
            let mut record = between(0, src, dst, protocol);
            record.payload = &BYTES[from..from + length];
            record.payload_len = length as u32;
            (record.ttl, record.traffic_class) = (ttl, class);
            match protocol {
                Protocol::TCP => {
                    let (flags, seq, ack, window, options) = tcp;
                    record.tcp.flags = TcpFlags(flags);
                    (record.tcp.seq, record.tcp.ack, record.tcp.window) = (seq, ack, window);
                    if flags & SYN != 0 {
                        record.syn_options = OPTIONS[options];
                    }
                    record.header_len = 20 + (record.syn_options.len() as u32).div_ceil(4) * 4;
                }
                Protocol::ICMP => record.icmp = Some((code, kind)),
                _ => record.is_fragment = fragment,
            }
            record.wire_len = 34 + record.header_len + record.payload_len;
            record
        },
    )
}

/// Frames of records, each an Ethernet frame.
pub(crate) fn frames(records: &[Record<'_>]) -> Vec<Caught> {
    records.iter().map(frame).collect()
}

fn frame(record: &Record<'_>) -> Caught {
    let transport = [&header(record)[..], record.payload].concat();
    let length = transport.len() as u16;
    let protocol = record.protocol.0;
    let (kind, network) = match (record.src, record.dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            let mut head = vec![0x45, record.traffic_class];
            head.extend((20 + length).to_be_bytes());
            head.extend([0, 1, 0, 0, record.ttl, protocol, 0, 0]);
            head.extend(src.octets());
            head.extend(dst.octets());
            ([8, 0], head)
        }
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            let class = record.traffic_class;
            let mut head = vec![0x60 | class >> 4, class << 4, 0, 0];
            head.extend(length.to_be_bytes());
            head.extend([protocol, record.ttl]);
            head.extend(src.octets());
            head.extend(dst.octets());
            ([0x86, 0xdd], head)
        }
        _ => unreachable!("generated conversations do not mix versions"),
    };
    let bytes = [&[2; 6][..], &[4; 6], &kind, &network, &transport].concat();
    Caught { time: record.time.as_nanos(), link: LinkType::ETHERNET, bytes }
}

fn header(record: &Record<'_>) -> Vec<u8> {
    let ports = [record.src_port.to_be_bytes(), record.dst_port.to_be_bytes()].concat();
    match record.protocol {
        Protocol::TCP => {
            let (mut head, tcp) = (ports, record.tcp);
            head.extend(tcp.seq.to_be_bytes());
            head.extend(tcp.ack.to_be_bytes());
            head.push(((record.header_len / 4) as u8 * 16) | (tcp.flags.0 >> 8) as u8);
            head.push(tcp.flags.0 as u8);
            head.extend(tcp.window.to_be_bytes());
            head.extend([0; 4]);
            head.extend(record.syn_options);
            head.resize(record.header_len as usize, 0);
            head
        }
        Protocol::UDP => {
            let length = (8 + record.payload.len()) as u16;
            [&ports[..], &length.to_be_bytes(), &[0, 0]].concat()
        }
        Protocol::ICMP => {
            let (code, kind) = record.icmp.unwrap_or((0, 0));
            vec![kind, code, 0, 0, 0, 0, 0, 0]
        }
        _ => Vec::new(),
    }
}

/// Frames of synthetic traffic with attacks among it.
pub(crate) fn traffic(seed: u64, packets: u64) -> Vec<Caught> {
    let mix = Mix::benign().with(Class::SynScan, 3.0).with(Class::UdpFlood, 3.0);
    let scenario = Scenario::new(seed).mix(mix).packets(packets).loss(0.03).flows_per_second(20.0);
    let mut generator = Generator::new(&scenario).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = generator.next_frame().unwrap() {
        let (time, link) = (frame.time.as_nanos(), frame.link);
        frames.push(Caught { time, link, bytes: frame.data.to_vec() });
    }
    frames
}

/// The same traffic with every packet in one of the shapes that a packet can have, fragments among them.
pub(crate) fn wrapped(traffic: &[Caught]) -> Vec<Caught> {
    let wrap = |(nth, caught): (usize, &Caught)| -> Vec<Caught> {
        let ip = &caught.bytes[14..];
        let again = |link, bytes: &[u8]| Caught { time: caught.time, link, bytes: bytes.to_vec() };
        if nth % 4 == 0 {
            let inside = Envelope::of_ip(ip).unwrap();
            let inside = if nth % 8 == 0 { inside } else { inside.gre(Some(5)).unwrap() };
            let fragments = inside.fragments(64).unwrap().into_iter();
            return fragments.map(Envelope::ethernet).map(|f| again(f.link, &f.bytes)).collect();
        }
        let shapes = every_shape(ip).unwrap();
        let (_, shape) = &shapes[nth % shapes.len()];
        vec![again(shape.link, &shape.bytes)]
    };
    traffic.iter().enumerate().flat_map(wrap).collect()
}
