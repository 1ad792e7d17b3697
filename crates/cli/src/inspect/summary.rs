//! Counts over the frames of a capture, and what is told of them.

use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;
use std::iter::Sum;
use std::net::IpAddr;

use foldhash::fast::RandomState;
use netsift::capture::{CaptureSet, CaptureStats};
use netsift::packet::{LinkType, Packet, Protocol, Reason, Timestamp, Tunnel, ether_type_name};

use super::facts::Seen;
use super::hosts::{Hosts, Traffic};
use crate::reading::Reading;

/// Packets, and their bytes on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) packets: u64,
    pub(super) bytes: u64,
}

impl Count {
    #[inline]
    pub(super) fn add(&mut self, bytes: u32) {
        self.packets += 1;
        self.bytes += u64::from(bytes);
    }
}

impl Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, count| Self {
            packets: sum.packets + count.packets,
            bytes: sum.bytes + count.bytes,
        })
    }
}

/// How many lines a section has at most: random bytes in place of frames name thousands of protocols.
const MAX_LINES: usize = 24;

/// Counts by a key of which there are few (at most as many as 16 bits tell apart).
struct Tally<K>(HashMap<K, Count, RandomState>);

/// What was counted.
pub(super) struct Summary {
    all: Count,
    captured: u64,
    times: Option<(Timestamp, Timestamp)>,
    last: Timestamp,
    backwards: u64,
    links: Tally<LinkType>,
    ipv4: Count,
    ipv6: Count,
    ether_types: Tally<u16>,
    protocols: Box<[Count; 256]>,
    vlan: Count,
    fragments: Count,
    tunnels: Tally<Tunnel>,
    hosts: Hosts,
    rejects: Tally<Reason>,
    errors: Tally<Reason>,
}

/// A line of a section: a name, and how much there was of it.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) count: Count,
}

/// What is told of a summary, whatever it is printed as. Sections are in the order of bytes or packets.
pub(super) struct Told {
    pub(super) source: String,
    pub(super) captures: usize,
    pub(super) formats: Vec<String>,
    /// Files of folders that are no captures.
    pub(super) skipped: usize,
    /// How many frames were read, selected or not.
    pub(super) read: u64,
    pub(super) all: Count,
    pub(super) captured: u64,
    /// The first and the last time.
    pub(super) times: Option<(Timestamp, Timestamp)>,
    pub(super) links: Vec<Line>,
    pub(super) network: Vec<Line>,
    pub(super) transport: Vec<Line>,
    pub(super) carried: Vec<Line>,
    pub(super) rejects: Vec<Line>,
    pub(super) errors: Vec<Line>,
    pub(super) hosts: usize,
    pub(super) talkers: Vec<(IpAddr, Traffic)>,
    /// What hosts beyond the cap sent and received.
    pub(super) beyond: Traffic,
    /// What was odd about the capture itself, and how often.
    pub(super) oddities: Vec<(&'static str, u64)>,
}

impl Summary {
    pub(super) fn new() -> Self {
        Self {
            all: Count::default(),
            captured: 0,
            times: None,
            last: Timestamp::from_nanos(i64::MIN),
            backwards: 0,
            links: Tally::new(),
            ipv4: Count::default(),
            ipv6: Count::default(),
            ether_types: Tally::new(),
            protocols: Box::new([Count::default(); 256]),
            vlan: Count::default(),
            fragments: Count::default(),
            tunnels: Tally::new(),
            hosts: Hosts::default(),
            rejects: Tally::new(),
            errors: Tally::new(),
        }
    }

    #[inline]
    pub(super) fn count(&mut self, seen: &Seen<'_>) {
        let (time, bytes) = (seen.frame.time, seen.frame.wire_len);
        self.all.add(bytes);
        self.captured += u64::from(seen.frame.captured_len());
        let (first, last) = self.times.unwrap_or((time, time));
        self.times = Some((first.min(time), last.max(time)));
        self.backwards += u64::from(time < self.last);
        self.last = time;
        self.links.add(seen.frame.link, bytes);
        match &seen.read {
            Ok(packet) => self.count_packet(packet, bytes),
            Err(error) => self.rejects.add(error.reason(), bytes),
        }
    }

    #[inline]
    fn count_packet(&mut self, packet: &Packet<'_>, bytes: u32) {
        match packet.ip_version() {
            Some(4) => self.ipv4.add(bytes),
            Some(_) => self.ipv6.add(bytes),
            None => self.ether_types.add(packet.ether_type(), bytes),
        }
        if let Some(Protocol(number)) = packet.protocol() {
            self.protocols[usize::from(number)].add(bytes);
        }
        if let Some((src, dst)) = packet.addresses() {
            self.hosts.count(src, dst, bytes);
        }
        if !packet.vlans().as_slice().is_empty() {
            self.vlan.add(bytes);
        }
        if packet.fragment().is_some() {
            self.fragments.add(bytes);
        }
        if let Some(tunnel) = packet.tunnel() {
            self.tunnels.add(tunnel, bytes);
        }
        if let Some(error) = packet.error() {
            self.errors.add(error.reason(), bytes);
        }
    }

    /// What is told in the end: `top` is how many hosts are told.
    pub(super) fn close(self, reading: &Reading, top: usize) -> Told {
        let set = reading.set();
        Told {
            source: reading.source(),
            captures: set.captures(),
            formats: formats(set),
            skipped: set.skipped().len(),
            read: reading.frames(),
            all: self.all,
            captured: self.captured,
            times: self.times,
            network: self.network(),
            transport: self.transport(),
            carried: self.carried(),
            links: self.links.lines(),
            rejects: self.rejects.lines(),
            errors: self.errors.lines(),
            hosts: self.hosts.len(),
            talkers: self.hosts.top(top),
            beyond: self.hosts.beyond(),
            oddities: oddities(&set.stats(), self.backwards, set.late()),
        }
    }

    fn network(&self) -> Vec<Line> {
        let mut lines = self.ether_types.named(ether_type);
        let ip = [("IPv4", self.ipv4), ("IPv6", self.ipv6)];
        lines.extend(ip.map(|(name, count)| Line { name: name.into(), count }));
        let rejects = self.rejects.0.values().copied().sum();
        lines.push(Line { name: "rejected".into(), count: rejects });
        sorted(lines)
    }

    fn transport(&self) -> Vec<Line> {
        let numbers = (0..=u8::MAX).map(Protocol);
        let lines = numbers.zip(self.protocols.iter());
        sorted(lines.map(|(name, count)| Line { name: name.to_string(), count: *count }).collect())
    }

    fn carried(&self) -> Vec<Line> {
        let mut lines = self.tunnels.named(|tunnel| format!("in {tunnel}"));
        lines.push(Line { name: "with VLAN tags".into(), count: self.vlan });
        lines.push(Line { name: "fragments".into(), count: self.fragments });
        sorted(lines)
    }
}

impl<K: Eq + Hash + Copy + Display> Tally<K> {
    fn lines(&self) -> Vec<Line> {
        sorted(self.named(|key| key.to_string()))
    }
}

impl<K: Eq + Hash + Copy> Tally<K> {
    fn new() -> Self {
        Self(HashMap::default())
    }

    #[inline]
    fn add(&mut self, key: K, bytes: u32) {
        self.0.entry(key).or_default().add(bytes);
    }

    fn named(&self, name: impl Fn(K) -> String) -> Vec<Line> {
        self.0.iter().map(|(key, count)| Line { name: name(*key), count: *count }).collect()
    }
}

/// Most packets first, equals by name; what did not occur is left out, and the tail put together.
fn sorted(mut lines: Vec<Line>) -> Vec<Line> {
    lines.retain(|line| line.count.packets > 0);
    lines.sort_by(|a, b| (b.count.packets, &a.name).cmp(&(a.count.packets, &b.name)));
    if lines.len() > MAX_LINES {
        let tail = lines.split_off(MAX_LINES - 1);
        let count = tail.iter().map(|line| line.count).sum();
        lines.push(Line { name: format!("{} others", tail.len()), count });
    }
    lines
}

fn formats(set: &CaptureSet) -> Vec<String> {
    let format = |(format, compression, captures)| {
        let inside = match compression {
            Some(compression) => format!("{format} in {compression}"),
            None => format!("{format}"),
        };
        if set.captures() == 1 { inside } else { format!("{captures} {inside}") }
    };
    set.formats().map(format).collect()
}

/// The name of what is no IP, by its Ethernet protocol number.
fn ether_type(number: u16) -> String {
    let name = match number {
        0 => Some("other link-layer frames"),
        0x8847 | 0x8848 => Some("MPLS without IP"),
        0x8864 => Some("PPPoE without IP"),
        _ => ether_type_name(number),
    };
    name.map_or_else(|| format!("EtherType 0x{number:04x}"), str::to_owned)
}

/// What the reader forgave and what the times show; what did not occur is left out.
fn oddities(stats: &CaptureStats, backwards: u64, late: usize) -> Vec<(&'static str, u64)> {
    let all = [
        ("captured before the packet in front of them", backwards),
        ("captures read late, as too many overlap", late as u64),
        ("fractions of a second above one", stats.fraction_overflows()),
        ("longer than the snap length", stats.over_snap_len()),
        ("longer than on the wire", stats.over_wire_len()),
        ("blocks without a packet", stats.skipped_blocks()),
        ("malformed blocks", stats.malformed_blocks()),
        ("packets of unknown interfaces, skipped", stats.orphan_packets()),
        ("blocks with wrong lengths", stats.mended_lengths()),
        ("without a time", stats.untimed_frames()),
    ];
    all.into_iter().filter(|(_, times)| *times > 0).collect()
}

#[cfg(test)]
mod tests {
    use netsift::packet::Frame;

    use super::*;

    fn counted(frames: &[(i64, LinkType, &[u8])]) -> Summary {
        let mut summary = Summary::new();
        for (nanos, link, bytes) in frames {
            let frame = Frame::new(Timestamp::from_nanos(*nanos), *link, bytes);
            summary.count(&Seen { number: 1, frame, read: Packet::parse(frame) });
        }
        summary
    }

    fn names(lines: &[Line]) -> Vec<(&str, u64, u64)> {
        lines.iter().map(|l| (l.name.as_str(), l.count.packets, l.count.bytes)).collect()
    }

    #[test]
    fn every_frame_is_in_one_line_of_the_network_section() {
        let mut arp = [0; 60];
        arp[12..14].copy_from_slice(&[0x08, 0x06]);
        let ospf = [0x45, 0, 0, 20, 0, 0, 0, 0, 1, 89, 0, 0, 10, 0, 0, 1, 224, 0, 0, 5];
        let summary = counted(&[
            (5, LinkType::ETHERNET, &arp),
            (3, LinkType::RAW, &ospf),
            (9, LinkType::RAW, &ospf),
            (9, LinkType::ETHERNET, &arp[..10]),
        ]);
        assert_eq!(
            names(&summary.network()),
            [("IPv4", 2, 40), ("ARP", 1, 60), ("rejected", 1, 10)]
        );
        assert_eq!(names(&summary.transport()), [("OSPF", 2, 40)]);
        assert_eq!(names(&summary.rejects.lines()), [("Ethernet cut short", 1, 10)]);
        let span = summary.times.map(|(first, last)| last.nanos_since(first));
        assert_eq!((span, summary.backwards), (Some(6), 1));
    }

    #[test]
    fn what_did_not_occur_is_left_out_and_equals_are_in_the_order_of_names() {
        let line =
            |name: &str, packets| Line { name: name.into(), count: Count { packets, bytes: 0 } };
        let lines = sorted(vec![line("b", 1), line("none", 0), line("a", 1), line("c", 2)]);
        assert_eq!(names(&lines), [("c", 2, 0), ("a", 1, 0), ("b", 1, 0)]);
    }

    #[test]
    fn a_long_tail_is_put_together() {
        let line = |number: u64| Line {
            name: format!("{number:03}"),
            count: Count { packets: 1, bytes: number },
        };
        let lines = sorted((0..100).map(line).collect());
        assert_eq!(lines.len(), MAX_LINES);
        let bytes = (23..100).sum();
        assert_eq!(names(&lines)[MAX_LINES - 1], ("77 others", 77, bytes));
    }
}
