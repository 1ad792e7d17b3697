//! Rows of single packets: frames in, the facts of each out.

mod columns;
mod facts;
mod recent;
mod table;

use netsift_packet::{Frame, Packet};

pub use columns::PacketColumns;
pub use facts::{IpFacts, PacketFacts, TcpFacts};
pub use table::{PACKET_FACTS, PACKET_FEATURES, PACKET_IDENTITY};

use crate::key::Key;
use crate::state::entropy;
use crate::ties::Ties;
use crate::{Group, IntakeCounts, Record, Reject};
use recent::Recent;

/// Reads frames one by one, and tells what rows of packets need.
///
/// A frame without IP is told too, with what its link layer says; one whose outermost headers cannot be read is
/// counted by its reason. Memory is bounded whatever comes: see [`Packets::MAX_FLOWS`].
pub struct Packets {
    asked: Asked,
    number: u64,
    last: Option<i64>,
    flows: Recent<Key>,
    ties: Ties,
    counts: IntakeCounts,
}

/// What is paid for only if a column needs it.
#[derive(Clone, Copy, Debug)]
struct Asked {
    flow_gap: bool,
    options: bool,
    entropy: bool,
}

impl Packets {
    /// Of how many flows the last packet is remembered at least, for the gap to the next one. The longest
    /// silent ones are forgotten first. With twice as many, which is the most, it is some 100 MB: a few more would
    /// double the hash tables.
    pub const MAX_FLOWS: usize = 900_000;

    /// Reads what `columns` tell.
    #[must_use]
    pub fn new(columns: &PacketColumns) -> Self {
        let asked = |group| columns.has(group);
        let asked = Asked {
            flow_gap: asked(Group::Timing),
            options: asked(Group::Tcp),
            entropy: asked(Group::Entropy),
        };
        Self {
            asked,
            number: 0,
            last: None,
            flows: Recent::new(Self::MAX_FLOWS),
            ties: Ties::default(),
            counts: IntakeCounts::default(),
        }
    }

    /// The facts of the next frame; nothing of one that was counted as a reject.
    pub fn push(&mut self, frame: Frame<'_>) -> Option<PacketFacts> {
        self.counts.frames += 1;
        self.counts.bytes += u64::from(frame.wire_len);
        self.number += 1;
        let time = frame.time.as_nanos();
        let gap = self.last.replace(time).map(|last| time.saturating_sub(last));
        let packet = match Packet::parse(frame) {
            Ok(packet) => packet,
            Err(error) => {
                self.counts.reject(Reject::Malformed(error.reason()));
                return None;
            }
        };
        self.counts.records += 1;
        self.counts.damaged += u64::from(packet.error().is_some());
        let mut facts = PacketFacts::of(&packet, self.asked.options);
        (facts.number, facts.gap) = (self.number, gap);
        facts.flow_gap = if self.asked.flow_gap { self.flow_gap(&packet) } else { None };
        facts.entropy = if self.asked.entropy { entropy::of(packet.payload()) } else { 0.0 };
        Some(facts)
    }

    /// What has been counted so far; a record is a frame that was told.
    #[must_use]
    pub fn counts(&self) -> &IntakeCounts {
        &self.counts
    }

    /// The gap to the packet before in the same flow; later fragments belong to that of their first.
    fn flow_gap(&mut self, packet: &Packet<'_>) -> Option<i64> {
        let ends = (packet.addresses()?, packet.protocol()?);
        let mut record = Record::between(ends, packet, false);
        if record.is_fragment || packet.tunnel_depth() > 0 {
            self.counts.tied(self.ties.tie(packet, &mut record));
        }
        let time = record.time.as_nanos();
        let last = self.flows.replace(Key::of(&record).0, time)?;
        Some(time.saturating_sub(last))
    }
}

#[cfg(test)]
mod tests {
    use netsift_packet::{LinkType, Timestamp};

    use super::*;
    use crate::{Cells, FlowError, Kind, Labels, Scratch};

    #[derive(Default)]
    struct Row(Vec<(String, Kind)>);

    impl Cells for Row {
        fn text(&mut self, text: &str) {
            self.0.push((text.to_owned(), Kind::Text));
        }

        fn integer(&mut self, number: i64) {
            self.0.push((number.to_string(), Kind::Integer));
        }

        fn reals(&mut self, numbers: &[f64]) {
            self.0.extend(numbers.iter().map(|number| (number.to_string(), Kind::Real)));
        }

        fn empty(&mut self) {
            self.0.push((String::new(), Kind::Text));
        }
    }

    /// A row by the names of its columns.
    struct Named(Vec<(&'static str, String)>);

    impl Named {
        fn of(columns: &PacketColumns, facts: &PacketFacts) -> Self {
            let mut row = Row::default();
            columns.tell(facts, Some("a label"), &mut row, &mut Scratch::default());
            assert_eq!(row.0.len(), columns.headings().count());
            let cells = columns.headings().zip(row.0).map(|((name, kind), (cell, told))| {
                assert!(cell.is_empty() || kind == told, "{name}: {kind:?}, {told:?}");
                (name, cell)
            });
            Self(cells.collect())
        }

        fn cells<const N: usize>(&self, names: [&str; N]) -> [&str; N] {
            names.map(|name| &*self.0.iter().find(|(column, _)| *column == name).unwrap().1)
        }
    }

    fn ethernet(ether_type: u16, rest: &[u8]) -> Vec<u8> {
        let macs = [2, 0, 0, 0, 0, 0xfe, 2, 0, 0, 0, 0, 1];
        [&macs[..], &ether_type.to_be_bytes(), rest].concat()
    }

    fn ipv4(flags: u16, protocol: u8, [src, dst]: [u8; 2], rest: &[u8]) -> Vec<u8> {
        let length = (rest.len() as u16 + 20).to_be_bytes();
        let flags = flags.to_be_bytes();
        let head = [0x45, 0xb9, length[0], length[1], 0, 7, flags[0], flags[1], 64, protocol, 0, 0];
        [&head[..], &[192, 0, 2, src, 192, 0, 2, dst], rest].concat()
    }

    fn udp(src: u16, dst: u16, payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u16 + 8).to_be_bytes();
        [&src.to_be_bytes()[..], &dst.to_be_bytes(), &length, &[0, 0], payload].concat()
    }

    fn push(packets: &mut Packets, micros: i64, bytes: &[u8]) -> Option<PacketFacts> {
        let time = Timestamp::from_micros(micros);
        packets.push(Frame::new(time, LinkType::ETHERNET, bytes))
    }

    #[test]
    fn a_syn_is_told_in_every_column() {
        let columns = PacketColumns::all().labelled(true);
        let mut packets = Packets::new(&columns);
        let options = [2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7];
        let head = [0xc0, 0, 1, 0xbb, 0, 0, 0, 1, 0, 0, 0, 0, 0xa0, 0xc2, 0xfa, 0xf0, 0, 0, 0, 0];
        let tcp = [&head[..], &options, b"abababab"].concat();
        let vlan = [&[0, 5, 8, 0][..], &ipv4(0x4000, 6, [1, 2], &tcp)].concat();
        let facts = push(&mut packets, 1_000_000, &ethernet(0x8100, &vlan)).unwrap();
        let row = Named::of(&columns, &facts);
        let identity = ["Frame", "Timestamp", "Src IP", "Src Port", "Dst IP", "Dst Port"];
        assert_eq!(
            row.cells(identity),
            ["1", "1970-01-01T00:00:01Z", "192.0.2.1", "49152", "192.0.2.2", "443"]
        );
        let names = ["Protocol", "Protocol Number", "Src Port Number", "Dst Port Number"];
        assert_eq!(row.cells(names), ["6", "6", "49152", "443"]);
        let names = ["Frame Length", "Captured Length", "IP Length", "IP Header Length"];
        assert_eq!(row.cells(names), ["86", "86", "68", "20"]);
        let names = ["Header Length", "Payload Length", "TCP Window", "TCP Options"];
        assert_eq!(row.cells(names), ["40", "8", "64240", "4"]);
        let names = ["MSS", "Window Scale", "SACK Permitted", "TCP Timestamps"];
        assert_eq!(row.cells(names), ["1460", "7", "1", "1"]);
        let names = ["TTL", "DSCP", "ECN", "DF Flag", "MF Flag", "IP Version"];
        assert_eq!(row.cells(names), ["64", "46", "1", "1", "0", "4"]);
        let names = ["SYN Flag", "ACK Flag", "ECE Flag", "CWR Flag", "FIN Flag", "NS Flag"];
        assert_eq!(row.cells(names), ["1", "0", "1", "1", "0", "0"]);
        let names = ["Payload Entropy", "ICMP Type", "ICMP Code", "Damaged", "Damage"];
        assert_eq!(row.cells(names), ["1", "-1", "-1", "0", ""]);
        let names = ["Src MAC", "Dst MAC", "VLAN", "Ether Type", "Tunnel", "Tunnel ID"];
        let macs = ["02:00:00:00:00:01", "02:00:00:00:00:fe"];
        assert_eq!(row.cells(names), [macs[0], macs[1], "5", "IPv4", "", ""]);
        assert_eq!(row.cells(["Port Application", "Label"]), ["TLS", "a label"]);
    }

    #[test]
    fn frames_without_ip_are_told_and_unreadable_ones_counted() {
        let columns = PacketColumns::all();
        let mut packets = Packets::new(&columns);
        let lldp = push(&mut packets, 0, &ethernet(0x88cc, &[2, 7, 4])).unwrap();
        assert!(push(&mut packets, 5, &[0; 13]).is_none());
        let other = push(&mut packets, 3, &ethernet(0x1234, b"x")).unwrap();
        let cut = push(&mut packets, 9, &ethernet(0x0800, &ipv4(0, 17, [1, 2], &[0; 3]))).unwrap();
        let names = ["Frame", "Src IP", "Src Port", "Protocol", "IP Length", "Ether Type", "Gap"];
        let row = Named::of(&columns, &lldp);
        assert_eq!(row.cells(names), ["1", "", "", "", "0", "LLDP", "0"]);
        let row = Named::of(&columns, &other);
        assert_eq!(row.cells(names), ["3", "", "", "", "0", "0x1234", "-2"]);
        let row = Named::of(&columns, &cut);
        assert_eq!(row.cells(["Src IP", "Src Port", "Damaged"]), ["192.0.2.1", "", "1"]);
        assert_eq!(row.cells(["Damage"]), ["UDP cut short"]);
        let counts = packets.counts();
        assert_eq!((counts.frames, counts.records, counts.damaged, counts.bytes), (4, 3, 1, 82));
        assert_eq!(counts.rejects.values().sum::<u64>(), 1);
    }

    #[test]
    fn gaps_are_those_of_the_capture_and_of_the_flow() {
        let columns = PacketColumns::pick(["gap", "Flow Gap"]).unwrap();
        let mut packets = Packets::new(&columns);
        let whole = |ends, ports: [u16; 2]| {
            ethernet(0x0800, &ipv4(0, 17, ends, &udp(ports[0], ports[1], b"x")))
        };
        let first = ethernet(0x0800, &ipv4(0x2000, 17, [1, 2], &udp(5, 6, b"12345678")));
        let later = ethernet(0x0800, &ipv4(2, 17, [1, 2], b"12345678"));
        let gaps = [
            (0, whole([1, 2], [5, 6])),
            (10, whole([1, 2], [5, 7])),
            (30, whole([2, 1], [6, 5])),
            (70, first),
            (80, later),
            (79, whole([2, 1], [7, 5])),
        ]
        .map(|(time, bytes)| {
            let facts = push(&mut packets, time, &bytes).unwrap();
            columns.numbers(&facts).collect::<Vec<_>>()
        });
        let expected = [[0, 0], [10, 0], [20, 30], [40, 40], [10, 10], [-1, 69]];
        assert_eq!(gaps.map(|gaps| [gaps[0] as i64, gaps[1] as i64]), expected);
        assert_eq!(packets.counts().tied_fragments, 1);
    }

    #[test]
    fn what_no_column_needs_is_not_paid_for() {
        let bytes = ethernet(0x0800, &ipv4(0, 17, [1, 2], &udp(5, 6, b"ab")));
        let mut lean = Packets::new(&PacketColumns::pick(["wire", "link"]).unwrap());
        let facts = [0, 1].map(|time| push(&mut lean, time, &bytes).unwrap());
        assert_eq!((facts[1].entropy, facts[1].flow_gap), (0.0, None));
        let mut rich = Packets::new(&PacketColumns::pick(["entropy", "timing"]).unwrap());
        let facts = [0, 1].map(|time| push(&mut rich, time, &bytes).unwrap());
        assert_eq!((facts[1].entropy, facts[1].flow_gap), (1.0, Some(1_000)));
    }

    #[test]
    fn columns_are_picked_by_name_and_by_group() {
        let names = |picked: &[&str]| {
            let columns = PacketColumns::pick(picked.iter().copied()).unwrap();
            columns.headings().skip(PACKET_IDENTITY.len()).map(|it| it.0).collect::<Vec<_>>()
        };
        assert_eq!(names(&[" ttl ", "icmp"]), ["TTL", "ICMP Type", "ICMP Code"]);
        assert_eq!(names(&["application"]), ["Port Application"]);
        assert_eq!(names(&["all"]).len(), PACKET_FEATURES.len() + PACKET_FACTS.len());
        assert!(names(&[]).is_empty());
        for name in ["Flow Duration", "reference", "", "Frame"] {
            let error = PacketColumns::pick(["all", name]).err();
            assert!(
                matches!(&error, Some(FlowError::UnknownPacketColumn { name: it }) if it == name),
                "{error:?}"
            );
        }
    }

    #[test]
    fn packets_have_labels_in_both_directions_of_their_flow() {
        let labels = Labels::read(&b"src,dst_port,label\n192.0.2.1,53,dns\n"[..]).unwrap();
        let mut packets = Packets::new(&PacketColumns::all());
        let mut label = |bytes: &[u8]| {
            let facts = push(&mut packets, 0, bytes).unwrap();
            labels.of_packet(&facts).map(str::to_owned)
        };
        let ask = ipv4(0, 17, [1, 2], &udp(5, 53, b""));
        let answer = ipv4(0, 17, [2, 1], &udp(53, 5, b""));
        assert_eq!(label(&ethernet(0x0800, &ask)).as_deref(), Some("dns"));
        assert_eq!(label(&ethernet(0x0800, &answer)).as_deref(), Some("dns"));
        assert_eq!(label(&ethernet(0x0800, &ipv4(0, 1, [1, 2], &[8, 0, 0, 0]))), None);
        assert_eq!(label(&ethernet(0x88cc, &[])), None);
    }
}
