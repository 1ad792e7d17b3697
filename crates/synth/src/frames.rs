//! Frames: Ethernet, IPv4 or IPv6, and TCP, UDP or ICMP, written into one buffer that is used again.

use std::net::IpAddr;

use netsift_packet::Protocol;

use crate::{
    checksum,
    host::{Host, System},
    random::Rng,
};

/// Which end of a flow sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The one that opened the flow.
    Client,
    /// The one that answers.
    Server,
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// What is written: the length of a payload and the sum of its words.
pub(crate) struct Filled {
    pub(crate) len: usize,
    pub(crate) sum: u64,
}

/// What every packet of a flow has in common.
pub(crate) struct Wire {
    pub(crate) address: [IpAddr; 2],
    pub(crate) port: [u16; 2],
    pub(crate) protocol: Protocol,
    mac: [[u8; 6]; 2],
    ttl: [u8; 2],
    /// 0 stays 0: systems that never fragment need no identification.
    ip_id: [u16; 2],
    flow_label: u32,
    /// The part of the pseudo header that never changes.
    pseudo: u64,
}

impl Wire {
    pub(crate) fn new(
        hosts: [&Host; 2],
        v6: bool,
        port: [u16; 2],
        protocol: Protocol,
        rng: &mut Rng,
    ) -> Self {
        let address = hosts.map(|host| host.address(v6));
        let sums = address.map(|address| match address {
            IpAddr::V4(v4) => checksum::sum(&v4.octets()),
            IpAddr::V6(v6) => checksum::sum(&v6.octets()),
        });
        let first_id = |host: &Host, chance: u64| match host.system {
            System::Windows | System::Device => chance as u16 | 1,
            System::Linux | System::Mac => 0,
        };
        let chance = rng.next();
        Self {
            address,
            port,
            protocol,
            mac: hosts.map(|host| host.mac),
            ttl: hosts.map(|host| host.system.ttl() - host.hops),
            ip_id: [first_id(hosts[0], chance), first_id(hosts[1], chance >> 16)],
            flow_label: (chance >> 44) as u32,
            pseudo: sums[0] + sums[1] + u64::from(protocol.0),
        }
    }

    pub(crate) fn is_v6(&self) -> bool {
        self.address[0].is_ipv6()
    }
}

/// The TCP header of one segment.
pub(crate) struct Segment {
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) flags: u8,
    pub(crate) window: u16,
    pub(crate) options: Options,
}

pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const RST: u8 = 0x04;
pub(crate) const PSH: u8 = 0x08;
pub(crate) const ACK: u8 = 0x10;

/// TCP options in the order they are put on the wire.
#[derive(Clone, Copy)]
pub(crate) struct Options {
    bytes: [u8; 40],
    len: usize,
}

impl Options {
    pub(crate) const NONE: Self = Self { bytes: [0; 40], len: 0 };

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub(crate) fn mss(self, mss: u16) -> Self {
        let [high, low] = mss.to_be_bytes();
        self.with(&[2, 4, high, low])
    }

    pub(crate) fn window_scale(self, scale: u8) -> Self {
        self.with(&[3, 3, scale])
    }

    pub(crate) fn sack_permitted(self) -> Self {
        self.with(&[4, 2])
    }

    pub(crate) fn timestamps(self, own: u32, echoed: u32) -> Self {
        self.with(&[8, 10]).with(&own.to_be_bytes()).with(&echoed.to_be_bytes())
    }

    pub(crate) fn sack(self, left: u32, right: u32) -> Self {
        self.with(&[5, 10]).with(&left.to_be_bytes()).with(&right.to_be_bytes())
    }

    pub(crate) fn no_operation(self, times: usize) -> Self {
        self.with(&[1; 4][..times.min(4)])
    }

    /// Ends the list and pads it to whole words.
    pub(crate) fn end(self) -> Self {
        let pad = (4 - self.len % 4) % 4;
        self.with(&[0; 4][..pad])
    }

    fn with(mut self, bytes: &[u8]) -> Self {
        if let Some(room) = self.bytes.get_mut(self.len..self.len + bytes.len()) {
            room.copy_from_slice(bytes);
            self.len += bytes.len();
        }
        self
    }
}

/// The buffer that a frame is drawn into.
pub(crate) struct Canvas {
    bytes: Box<[u8; CANVAS]>,
    len: usize,
}

/// Room for the largest frame: no payload is larger than [`MAX_PAYLOAD`].
const CANVAS: usize = 2_048;
const ETHERNET: usize = 14;
const UDP: usize = 8;
const ICMP: usize = 8;
/// What fits an Ethernet frame behind IPv4 and UDP; more than fits behind any other pair of headers here.
pub(crate) const MAX_PAYLOAD: usize = 1_472;

impl Canvas {
    pub(crate) fn new() -> Self {
        Self { bytes: Box::new([0; CANVAS]), len: 0 }
    }

    /// The frame drawn last.
    pub(crate) fn frame(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Draws a segment with `len` bytes of payload; `fill` writes them and returns their sum.
    pub(crate) fn tcp(
        &mut self,
        wire: &mut Wire,
        from: Side,
        segment: &Segment,
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> u64,
    ) {
        let options = segment.options.bytes();
        let header = 20 + options.len();
        let start = transport_start(wire);
        let len = len.min(MAX_PAYLOAD);
        let sum = fill(&mut self.bytes[start + header..start + header + len]);
        let head = &mut self.bytes[start..start + header];
        let (source, target) = ports(wire, from);
        head[0..2].copy_from_slice(&source);
        head[2..4].copy_from_slice(&target);
        head[4..8].copy_from_slice(&segment.seq.to_be_bytes());
        head[8..12].copy_from_slice(&segment.ack.to_be_bytes());
        head[12] = (header as u8) << 2;
        head[13] = segment.flags;
        head[14..16].copy_from_slice(&segment.window.to_be_bytes());
        head[16..20].fill(0);
        head[20..].copy_from_slice(options);
        let total = (header + len) as u64;
        let checksum = checksum::finish(wire.pseudo + total + checksum::sum(head) + sum);
        head[16..18].copy_from_slice(&checksum.to_be_bytes());
        self.network(wire, from, header + len);
    }

    /// Draws a datagram; `fill` gets all the room there is and says how much it took.
    pub(crate) fn udp(
        &mut self,
        wire: &mut Wire,
        from: Side,
        fill: impl FnOnce(&mut [u8]) -> Filled,
    ) {
        let start = transport_start(wire);
        let filled = fill(&mut self.bytes[start + UDP..start + UDP + room(wire)]);
        let total = UDP + filled.len;
        let head = &mut self.bytes[start..start + UDP];
        let (source, target) = ports(wire, from);
        head[0..2].copy_from_slice(&source);
        head[2..4].copy_from_slice(&target);
        head[4..6].copy_from_slice(&(total as u16).to_be_bytes());
        head[6..8].fill(0);
        let sum = wire.pseudo + total as u64 + checksum::sum(head) + filled.sum;
        head[6..8].copy_from_slice(&checksum::finish_udp(sum).to_be_bytes());
        self.network(wire, from, total);
    }

    /// Draws an echo request (from the client) or reply (from the server).
    pub(crate) fn echo(
        &mut self,
        wire: &mut Wire,
        from: Side,
        identifier: u16,
        sequence: u16,
        fill: impl FnOnce(&mut [u8]) -> Filled,
    ) {
        let start = transport_start(wire);
        let filled = fill(&mut self.bytes[start + ICMP..start + ICMP + room(wire)]);
        let total = ICMP + filled.len;
        let head = &mut self.bytes[start..start + ICMP];
        head[0] = match (wire.protocol, from) {
            (Protocol::ICMPV6, Side::Client) => 128,
            (Protocol::ICMPV6, Side::Server) => 129,
            (_, Side::Client) => 8,
            (_, Side::Server) => 0,
        };
        head[1..4].fill(0);
        head[4..6].copy_from_slice(&identifier.to_be_bytes());
        head[6..8].copy_from_slice(&sequence.to_be_bytes());
        let pseudo = if wire.is_v6() { wire.pseudo + total as u64 } else { 0 };
        let checksum = checksum::finish(pseudo + checksum::sum(head) + filled.sum);
        head[2..4].copy_from_slice(&checksum.to_be_bytes());
        self.network(wire, from, total);
    }

    fn network(&mut self, wire: &mut Wire, from: Side, payload: usize) {
        let (own, other) = (from.index(), from.other().index());
        self.bytes[0..6].copy_from_slice(&wire.mac[other]);
        self.bytes[6..12].copy_from_slice(&wire.mac[own]);
        match (wire.address[own], wire.address[other]) {
            (IpAddr::V4(source), IpAddr::V4(target)) => {
                self.bytes[12..14].copy_from_slice(&[0x08, 0x00]);
                let head = &mut self.bytes[ETHERNET..ETHERNET + 20];
                head[0..2].copy_from_slice(&[0x45, 0]);
                head[2..4].copy_from_slice(&((20 + payload) as u16).to_be_bytes());
                head[4..6].copy_from_slice(&next_id(&mut wire.ip_id[own]).to_be_bytes());
                head[6..8].copy_from_slice(&[0x40, 0]); // don't fragment
                head[8..10].copy_from_slice(&[wire.ttl[own], wire.protocol.0]);
                head[10..12].fill(0);
                head[12..16].copy_from_slice(&source.octets());
                head[16..20].copy_from_slice(&target.octets());
                let checksum = checksum::finish(checksum::sum(head));
                head[10..12].copy_from_slice(&checksum.to_be_bytes());
                self.len = ETHERNET + 20 + payload;
            }
            (source, target) => {
                self.bytes[12..14].copy_from_slice(&[0x86, 0xdd]);
                let head = &mut self.bytes[ETHERNET..ETHERNET + 40];
                head[0..4].copy_from_slice(&(0x6000_0000 | wire.flow_label).to_be_bytes());
                head[4..6].copy_from_slice(&(payload as u16).to_be_bytes());
                head[6..8].copy_from_slice(&[wire.protocol.0, wire.ttl[own]]);
                head[8..24].copy_from_slice(&octets_v6(source));
                head[24..40].copy_from_slice(&octets_v6(target));
                self.len = ETHERNET + 40 + payload;
            }
        }
    }
}

fn transport_start(wire: &Wire) -> usize {
    ETHERNET + if wire.is_v6() { 40 } else { 20 }
}

/// What fits behind the 8 bytes of UDP or ICMP.
fn room(wire: &Wire) -> usize {
    if wire.is_v6() { MAX_PAYLOAD - 20 } else { MAX_PAYLOAD }
}

fn ports(wire: &Wire, from: Side) -> ([u8; 2], [u8; 2]) {
    let (own, other) = (from.index(), from.other().index());
    (wire.port[own].to_be_bytes(), wire.port[other].to_be_bytes())
}

fn next_id(id: &mut u16) -> u16 {
    let this = *id;
    if this != 0 {
        *id = this.checked_add(1).unwrap_or(1);
    }
    this
}

fn octets_v6(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V6(v6) => v6.octets(),
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
    }
}
