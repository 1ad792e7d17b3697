//! Frames of every kind that is read, made by hand, and some of made traffic.

use netsift_packet::LinkType;

use super::traffic;
use crate::choices::LINKS;

/// A frame with the number of its link type among the choices.
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) link: u8,
    pub(super) bytes: Vec<u8>,
}

pub(super) fn all() -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut add = |name: &str, link: LinkType, bytes: Vec<u8>| {
        let link = LINKS.iter().position(|&known| known == link).unwrap_or(0) as u8;
        samples.push(Sample { name: name.to_owned(), link, bytes });
    };
    for (name, bytes) in carried_by_ethernet() {
        add(name, LinkType::ETHERNET, bytes);
    }
    for (name, link, bytes) in of_other_links() {
        add(name, link, bytes);
    }
    for (name, bytes) in tunnels() {
        add(name, LinkType::RAW, bytes);
    }
    for (number, frame) in traffic::frames().into_iter().enumerate() {
        add(&format!("made-{number:02}"), LinkType::ETHERNET, frame);
    }
    samples
}

fn carried_by_ethernet() -> Vec<(&'static str, Vec<u8>)> {
    let options = [2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1, 1, 0];
    let sack = [1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4];
    let datagram = udp(40_000, 53, b"data");
    let segment = tcp(40_000, 443, 0x18, &sack, b"payload");
    let tagged = [&[0, 5, 0x81, 0, 0x20, 6, 8, 0][..], &ipv4(6, 0, &segment)].concat();
    let labelled = |below: &[u8]| [&[0, 1, 0, 64, 0, 2, 1, 64][..], below].concat();
    let session = [&[0x11, 0, 0, 1, 0, 38, 0, 0x21][..], &ipv4(17, 0, &udp(1, 2, b"datagram"))];
    let llc = [&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0][..], &ipv4(17, 0, &datagram)].concat();
    let extensions = [&[6, 0, 1, 4, 0, 0, 0, 0][..], &segment].concat();
    let fragment = [&[17, 0, 0, 1, 1, 2, 3, 4][..], &datagram].concat();
    let arp = [&[0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1][..], &[0; 10]].concat();
    let authenticated = [&[17, 4, 0, 0][..], &[0; 20], &datagram].concat();
    let padded = [ethernet(0x0800, &ipv4(17, 0, &datagram)), vec![0; 14]].concat();
    vec![
        ("tcp-options", ethernet(0x0800, &ipv4(6, 0, &tcp(1, 80, 2, &options, b"")))),
        ("tcp-sack-ipv6", ethernet(0x86dd, &ipv6(6, &segment))),
        ("udp-padded", padded),
        ("qinq", ethernet(0x88a8, &tagged)),
        ("mpls-ip", ethernet(0x8847, &labelled(&ipv6(17, &datagram)))),
        ("mpls-ethernet", ethernet(0x8847, &labelled(&[&[0; 4][..], &bridged()].concat()))),
        ("pppoe", ethernet(0x8864, &session.concat())),
        ("llc-snap", ethernet(llc.len() as u16, &llc)),
        ("arp", ethernet(0x0806, &arp)),
        ("icmp-error", ethernet(0x0800, &ipv4(1, 0, &icmp_error()))),
        ("icmpv6", ethernet(0x86dd, &ipv6(58, &[135, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]))),
        ("sctp", ethernet(0x0800, &ipv4(132, 0, &[&[0, 1, 0, 2][..], &[7; 24]].concat()))),
        ("first-fragment", ethernet(0x0800, &ipv4(17, 0x2000, &datagram))),
        ("later-fragment", ethernet(0x0800, &ipv4(17, 0x2010, &datagram))),
        ("ipv6-extensions", ethernet(0x86dd, &ipv6(0, &extensions))),
        ("ipv6-fragment", ethernet(0x86dd, &ipv6(44, &fragment))),
        ("ah", ethernet(0x0800, &ipv4(51, 0, &authenticated))),
    ]
}

fn of_other_links() -> Vec<(&'static str, LinkType, Vec<u8>)> {
    let ip = ipv4(17, 0, &udp(40_000, 53, b"data"));
    let behind = |head: &[u8]| [head, &ip].concat();
    let mut radio = vec![8, 1, 0, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3, 0, 0];
    radio.extend([0xaa, 0xaa, 3, 0, 0, 0, 8, 0]);
    let mut radiotap = vec![0, 0, 9, 0, 2, 0, 0, 0, 0x10];
    radiotap.extend(behind(&radio));
    radiotap.extend([1, 2, 3, 4]);
    let cooked = [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 9, 0, 0, 8, 0];
    let cooked2 = [8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 9, 0, 0];
    vec![
        ("raw", LinkType::RAW, behind(&[])),
        ("null", LinkType::NULL, behind(&[2, 0, 0, 0])),
        ("loop", LinkType::LOOP, behind(&[0, 0, 0, 2])),
        ("ppp", LinkType::PPP, behind(&[0xff, 3, 0, 0x21])),
        ("ppp-compressed", LinkType::PPP_HDLC, behind(&[0x21])),
        ("cisco-hdlc", LinkType::CISCO_HDLC, behind(&[0x0f, 0, 8, 0])),
        ("sll", LinkType::LINUX_SLL, behind(&cooked)),
        ("sll2", LinkType::LINUX_SLL2, behind(&cooked2)),
        ("ieee80211", LinkType::IEEE802_11, behind(&radio)),
        ("radiotap", LinkType::RADIOTAP, radiotap),
    ]
}

fn tunnels() -> Vec<(&'static str, Vec<u8>)> {
    let inner = ipv4(6, 0, &tcp(40_000, 443, 0x10, &[], b"inner"));
    let inner6 = ipv6(17, &udp(1, 2, b"inner"));
    let over_udp = |port: u16, head: &[u8], inner: &[u8]| {
        ipv4(17, 0, &udp(50_000, port, &[head, inner].concat()))
    };
    let mut gtpu = vec![0x34, 255, 0, 0, 0, 0, 1, 2, 0, 1, 0, 0x85, 1, 0, 9, 0];
    gtpu[3] = (8 + inner.len()) as u8;
    let mut nested = inner.clone();
    for _ in 0..5 {
        nested = ipv4(4, 0, &nested);
    }
    let keyed = [&[0xb0, 0, 8, 0, 1, 1, 0, 0, 0, 0, 1, 2, 0, 0, 0, 9][..], &inner].concat();
    let pptp = [&[0x30, 0x81, 0x88, 0x0b, 0, 45, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1][..]];
    let pptp = [&pptp.concat()[..], &[0x21], &inner].concat();
    let bridge = [&[0, 0, 0x65, 0x58][..], &bridged()].concat();
    vec![
        ("4in4-deep", nested),
        ("6in4", ipv4(41, 0, &inner6)),
        ("4in6", ipv6(4, &inner)),
        ("gre-keyed", ipv4(47, 0, &keyed)),
        ("gre-pptp", ipv4(47, 0, &pptp)),
        ("gre-bridge", ipv6(47, &bridge)),
        ("vxlan", over_udp(4789, &[8, 0, 0, 0, 0, 1, 2, 0], &bridged())),
        ("geneve", over_udp(6081, &[1, 0, 8, 0, 0, 1, 2, 0, 9, 9, 9, 9], &inner)),
        ("gtpu", over_udp(2152, &gtpu, &inner)),
        ("teredo", over_udp(3544, &[0, 0, 1, 2, 3, 4, 5, 6], &inner6)),
        ("capwap", over_udp(5247, &[0, 0x10, 2, 0, 0, 0, 0, 0], &bridged())),
        ("l2tp", over_udp(1701, &[0, 2, 0, 1, 0, 7, 0xff, 3, 0, 0x21], &inner)),
    ]
}

fn bridged() -> Vec<u8> {
    ethernet(0x0800, &ipv4(6, 0, &tcp(40_000, 22, 0x12, &[], b"bridged")))
}

/// "Port unreachable", with what it answers.
fn icmp_error() -> Vec<u8> {
    let quoted = ipv4(17, 0, &udp(40_000, 53, b"data"));
    [&[3, 3, 0, 0, 0, 0, 0, 0][..], &quoted].concat()
}

fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let addresses = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    [&addresses[..], &ether_type.to_be_bytes(), payload].concat()
}

fn ipv4(protocol: u8, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (20 + payload.len() as u16).to_be_bytes();
    let [flags, offset] = fragment.to_be_bytes();
    let start = [0x45, 0, high, low, 0, 7, flags, offset, 64, protocol, 0, 0];
    [&start[..], &[10, 0, 0, 1, 10, 0, 0, 2], payload].concat()
}

fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (payload.len() as u16).to_be_bytes();
    let address = |last| [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
    let start = [0x60, 0, 0, 0, high, low, next, 64];
    [&start[..], &address(1), &address(2), payload].concat()
}

fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let words = [source, destination, 8 + payload.len() as u16, 0].map(u16::to_be_bytes);
    [words.as_flattened(), payload].concat()
}

fn tcp(source: u16, destination: u16, flags: u16, options: &[u8], payload: &[u8]) -> Vec<u8> {
    let ports = [source, destination].map(u16::to_be_bytes);
    let [high, low] = ((5 + options.len() as u16 / 4) << 12 | flags).to_be_bytes();
    let fixed = [1, 2, 3, 4, 5, 6, 7, 8, high, low, 9, 10, 0, 0, 0, 0];
    [ports.as_flattened(), &fixed, options, payload].concat()
}
