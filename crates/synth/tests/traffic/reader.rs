//! A reader of frames as slow and plain as the RFCs: it panics where anything is off.

use std::net::IpAddr;

pub(crate) struct Packet<'a> {
    pub(crate) src: (IpAddr, u16),
    pub(crate) dst: (IpAddr, u16),
    pub(crate) protocol: u8,
    pub(crate) tcp: Option<Tcp>,
    pub(crate) payload: &'a [u8],
}

pub(crate) struct Tcp {
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) flags: u8,
}

/// Reads a frame, and checks every length and every checksum on the way.
pub(crate) fn read(frame: &[u8]) -> Packet<'_> {
    let (src, dst, protocol, data) = match &frame[12..14] {
        [0x08, 0x00] => ipv4(&frame[14..]),
        [0x86, 0xdd] => ipv6(&frame[14..]),
        other => panic!("EtherType {other:02x?}"),
    };
    let mut pseudo = match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => [src.octets(), dst.octets()].concat(),
        (IpAddr::V6(src), IpAddr::V6(dst)) => [src.octets(), dst.octets()].concat(),
        _ => unreachable!(),
    };
    pseudo.extend((data.len() as u32).to_be_bytes());
    pseudo.extend(u32::from(protocol).to_be_bytes());
    if protocol == 1 {
        pseudo.clear();
    }
    pseudo.extend(data);
    assert_eq!(folded(&pseudo), 0xffff, "transport checksum");
    let word = |at: usize| u16::from_be_bytes([data[at], data[at + 1]]);
    let long = |at: usize| u32::from(word(at)) << 16 | u32::from(word(at + 2));
    let (ports, tcp, header) = match protocol {
        6 => {
            let header = usize::from(data[12] >> 4) * 4;
            options(&data[20..header]);
            ((word(0), word(2)), Some(Tcp { seq: long(4), ack: long(8), flags: data[13] }), header)
        }
        17 => {
            assert_eq!(usize::from(word(4)), data.len(), "UDP length");
            assert_ne!(word(6), 0, "UDP checksum");
            ((word(0), word(2)), None, 8)
        }
        1 | 58 => ((0, 0), None, 8),
        other => panic!("protocol {other}"),
    };
    let payload = &data[header..];
    Packet { src: (src, ports.0), dst: (dst, ports.1), protocol, tcp, payload }
}

fn ipv4(data: &[u8]) -> (IpAddr, IpAddr, u8, &[u8]) {
    assert_eq!(data[0], 0x45);
    assert_eq!(usize::from(u16::from_be_bytes([data[2], data[3]])), data.len(), "total length");
    assert_eq!(folded(&data[..20]), 0xffff, "header checksum");
    assert!(data[8] > 0, "time to live");
    let address = |at: usize| {
        let octets: [u8; 4] = data[at..at + 4].try_into().unwrap();
        IpAddr::from(octets)
    };
    (address(12), address(16), data[9], &data[20..])
}

fn ipv6(data: &[u8]) -> (IpAddr, IpAddr, u8, &[u8]) {
    assert_eq!(data[0] >> 4, 6);
    assert_eq!(usize::from(u16::from_be_bytes([data[4], data[5]])), data.len() - 40, "length");
    assert!(data[7] > 0, "hop limit");
    let address = |at: usize| {
        let octets: [u8; 16] = data[at..at + 16].try_into().unwrap();
        IpAddr::from(octets)
    };
    (address(8), address(24), data[6], &data[40..])
}

/// Every option has a length that keeps it inside the header.
fn options(mut rest: &[u8]) {
    while let Some(kind) = rest.first() {
        let len = match kind {
            0 => return,
            1 => 1,
            _ => usize::from(rest[1]),
        };
        assert!(*kind < 2 || len >= 2, "TCP option {kind} of {len} bytes");
        rest = &rest[len..];
    }
}

/// The ones' complement sum, one byte at a time.
fn folded(bytes: &[u8]) -> u16 {
    let mut sum = 0u32;
    for (place, byte) in bytes.iter().enumerate() {
        sum += u32::from(*byte) << if place % 2 == 0 { 8 } else { 0 };
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}
