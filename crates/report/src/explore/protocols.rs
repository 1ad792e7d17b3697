//! Which protocol carries which, from the link to the transport.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use netsift_packet::{
    Depth, Frame, LinkType, Packet, ParseOptions, Protocol, Tunnel, ether_type_name,
};

use super::numbers::{ProtocolNumbers, Volume};

/// More ways to nest protocols are forged: what nests in another is counted with its link alone.
const MOST_PATHS: usize = 4_096;

/// Counts frames by the protocols in them.
#[derive(Clone, Debug, Default)]
pub(super) struct Protocols {
    paths: HashMap<Path, Volume, RandomState>,
    /// Frames like the last one that are not yet among the others: many follow each other.
    run: (Path, Volume),
}

/// The protocols of a frame, as numbers: names are given to them at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Path {
    link: LinkType,
    vlans: u8,
    around: Option<Around>,
    inside: Inside,
}

/// What carries the tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Around {
    ip_version: u8,
    tunnel: Tunnel,
    depth: u8,
}

/// What is in it all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Inside {
    /// An IP packet.
    Ip(u8, u8),
    /// A number of Ethernet's.
    EtherType(u16),
    /// Headers that could not be read.
    Unreadable,
    /// What one of too many ways to nest has.
    #[default]
    Other,
}

impl Protocols {
    #[inline]
    pub(super) fn packet(&mut self, packet: &Packet<'_>) {
        let inside = match (packet.ip_version(), packet.protocol()) {
            (Some(version), Some(protocol)) => Inside::Ip(version, protocol.0),
            _ => Inside::EtherType(packet.ether_type()),
        };
        let vlans = packet.vlans().as_slice().len() as u8;
        let around = packet.tunnel().map(|tunnel| Around::of(packet, tunnel));
        self.count(Path { link: packet.link(), vlans, around, inside }, packet.wire_len().into());
    }

    pub(super) fn unreadable(&mut self, frame: &Frame<'_>) {
        let path = Path { link: frame.link, inside: Inside::Unreadable, ..Path::default() };
        self.count(path, frame.wire_len.into());
    }

    pub(super) fn tree(&self) -> Vec<ProtocolNumbers> {
        let mut all = self.clone();
        all.settle();
        let mut root = Node::default();
        for (path, volume) in &all.paths {
            root.add(&path.names(), volume);
        }
        root.carried()
    }

    #[inline]
    fn count(&mut self, path: Path, bytes: u64) {
        if path != self.run.0 {
            self.settle();
            self.run.0 = path;
        }
        self.run.1.count(bytes);
    }

    /// Puts the run among the others.
    fn settle(&mut self) {
        let (mut path, volume) = std::mem::take(&mut self.run);
        if volume.packets == 0 {
            return;
        }
        if self.paths.len() >= MOST_PATHS && !self.paths.contains_key(&path) {
            path = Path { link: path.link, ..Path::default() };
        }
        self.paths.entry(path).or_default().add(&volume);
    }
}

impl Around {
    /// Reads the frame once more: tunnels are rare.
    #[cold]
    fn of(packet: &Packet<'_>, tunnel: Tunnel) -> Self {
        let options = ParseOptions::new().depth(Depth::Outermost);
        let outer = Packet::parse_with(*packet.frame(), &options).ok();
        let ip_version = outer.and_then(|outer| outer.ip_version()).unwrap_or(0);
        Self { ip_version, tunnel, depth: packet.tunnel_depth() }
    }

    fn names(self) -> impl Iterator<Item = String> {
        // Of tunnels in tunnels only the outermost carrier and the innermost tunnel are known.
        let between = (self.depth > 1).then(|| "tunnels".to_owned());
        let udp = !matches!(self.tunnel, Tunnel::IpInIp | Tunnel::Gre) && self.depth == 1;
        let udp = udp.then(|| Protocol::UDP.to_string());
        let ip = (self.ip_version != 0).then(|| format!("IPv{}", self.ip_version));
        let tunnel = self.tunnel.to_string();
        ip.into_iter().chain(udp).chain(between).chain([tunnel])
    }
}

impl Path {
    fn names(&self) -> Vec<String> {
        let mut names = vec![link_name(self.link)];
        names.extend((0..self.vlans).map(|_| "VLAN".to_owned()));
        names.extend(self.around.into_iter().flat_map(Around::names));
        match self.inside {
            Inside::Ip(version, protocol) => {
                names.extend([format!("IPv{version}"), Protocol(protocol).to_string()]);
            }
            Inside::EtherType(0) => names.push("no network protocol".to_owned()),
            Inside::EtherType(number) => names.push(match ether_type_name(number) {
                Some(name) => name.to_owned(),
                None => format!("0x{number:04x}"),
            }),
            Inside::Unreadable => names.push("unreadable".to_owned()),
            Inside::Other => names.push("others".to_owned()),
        }
        names
    }
}

/// The link as people call it.
fn link_name(link: LinkType) -> String {
    match link {
        LinkType::ETHERNET => "Ethernet".to_owned(),
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 => "raw IP".to_owned(),
        LinkType::NULL | LinkType::LOOP => "loopback".to_owned(),
        LinkType::LINUX_SLL | LinkType::LINUX_SLL2 => "Linux cooked".to_owned(),
        LinkType::IEEE802_11 | LinkType::RADIOTAP => "802.11".to_owned(),
        LinkType::PPP | LinkType::PPP_HDLC => "PPP".to_owned(),
        LinkType::CISCO_HDLC => "Cisco HDLC".to_owned(),
        other => other.to_string(),
    }
}

#[derive(Default)]
struct Node {
    volume: Volume,
    carries: BTreeMap<String, Node>,
}

impl Node {
    /// Names are as many as headers of a frame may be.
    fn add(&mut self, names: &[String], volume: &Volume) {
        self.volume.add(volume);
        if let Some((first, rest)) = names.split_first() {
            self.carries.entry(first.clone()).or_default().add(rest, volume);
        }
    }

    fn carried(self) -> Vec<ProtocolNumbers> {
        let numbers = |(name, node): (String, Self)| {
            let volume = node.volume;
            ProtocolNumbers { name, volume, carries: node.carried() }
        };
        let mut carried: Vec<ProtocolNumbers> = self.carries.into_iter().map(numbers).collect();
        // In order of names before, so that equal ones stay in it.
        carried.sort_by_key(|numbers| Reverse(numbers.volume.packets));
        carried
    }
}

#[cfg(test)]
mod tests {
    use netsift_packet::Timestamp;

    use super::*;

    fn count(protocols: &mut Protocols, link: LinkType, bytes: &[u8]) {
        let frame = Frame::new(Timestamp::EPOCH, link, bytes);
        match Packet::parse(frame) {
            Ok(packet) => protocols.packet(&packet),
            Err(_) => protocols.unreadable(&frame),
        }
    }

    /// Lines of names with packets, indented.
    fn lines(tree: &[ProtocolNumbers], depth: usize) -> Vec<String> {
        let line = |node: &ProtocolNumbers| {
            let own = format!("{}{} {}", "-".repeat(depth), node.name, node.volume.packets);
            [vec![own], lines(&node.carries, depth + 1)].concat()
        };
        tree.iter().flat_map(line).collect()
    }

    fn ipv4(protocol: u8, rest: &[u8]) -> Vec<u8> {
        let length = (20 + rest.len()) as u8;
        let head = [0x45, 0, 0, length, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        [&head[..], rest].concat()
    }

    fn ethernet(rest: &[u8]) -> Vec<u8> {
        [&[2; 12][..], rest].concat()
    }

    #[test]
    fn what_carries_what_is_a_tree() {
        let udp = [0, 5, 0, 6, 0, 8, 0, 0];
        let mut protocols = Protocols::default();
        let plain = ethernet(&[&[8, 0][..], &ipv4(17, &udp)].concat());
        let tagged = ethernet(&[&[0x81, 0, 0, 5, 8, 0][..], &ipv4(17, &udp)].concat());
        let tunnelled = ethernet(&[&[8, 0][..], &ipv4(4, &ipv4(17, &udp))].concat());
        let gre = ethernet(
            &[&[8, 0][..], &ipv4(47, &[&[0, 0, 8, 0][..], &ipv4(1, &[8; 8])].concat())].concat(),
        );
        for frame in [&plain, &plain, &tagged, &tunnelled, &gre, &plain] {
            count(&mut protocols, LinkType::ETHERNET, frame);
        }
        count(&mut protocols, LinkType::ETHERNET, &ethernet(&[0x08, 0x06, 0, 1]));
        count(&mut protocols, LinkType::ETHERNET, &ethernet(&[0x12, 0x34, 0, 1]));
        count(&mut protocols, LinkType::RAW, &ipv4(99, &[]));
        count(&mut protocols, LinkType(147), &[1]);
        let expected = [
            "Ethernet 8",
            "-IPv4 5",
            "--UDP 3",
            "--GRE 1",
            "---IPv4 1",
            "----ICMP 1",
            "--IP in IP 1",
            "---IPv4 1",
            "----UDP 1",
            "-0x1234 1",
            "-VLAN 1",
            "--IPv4 1",
            "---UDP 1",
            "-unreadable 1",
            "link type 147 1",
            "-unreadable 1",
            "raw IP 1",
            "-IPv4 1",
            "--IP protocol 99 1",
        ];
        assert_eq!(lines(&protocols.tree(), 0), expected);
    }

    #[test]
    fn forged_nestings_have_a_bound() {
        let mut protocols = Protocols::default();
        for number in 0x0600..=0xffff_u16 {
            let frame = ethernet(&number.to_be_bytes());
            count(&mut protocols, LinkType::ETHERNET, &frame);
            count(&mut protocols, LinkType::RAW, &ipv4(number as u8, &[]));
        }
        assert!(protocols.paths.len() <= MOST_PATHS + 2, "{}", protocols.paths.len());
        let packets: u64 = protocols.tree().iter().map(|node| node.volume.packets).sum();
        assert_eq!(packets, 2 * (0x1_0000 - 0x600));
    }
}
