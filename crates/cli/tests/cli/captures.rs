//! Captures made byte by byte, from the registries and RFCs.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

/// A folder that goes with its test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// A pcap of Ethernet in microseconds: frames at these microseconds since the epoch.
pub(crate) fn pcap(frames: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in [0xa1b2_c3d4, 2 | 4 << 16, 0, 0, 65_535, 1] {
        bytes.extend(u32::to_le_bytes(number));
    }
    for (micros, frame) in frames {
        let (seconds, fraction) = ((micros / 1_000_000) as u32, (micros % 1_000_000) as u32);
        let len = frame.len() as u32;
        for number in [seconds, fraction, len, len] {
            bytes.extend(u32::to_le_bytes(number));
        }
        bytes.extend(frame);
    }
    bytes
}

pub(crate) fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], &ether_type.to_be_bytes()[..], payload].concat()
}

pub(crate) fn ipv4(protocol: u8, last: [u8; 2], payload: &[u8]) -> Vec<u8> {
    let len = (20 + payload.len() as u16).to_be_bytes();
    let [src, dst] = last;
    let header = [
        0x45, 0, len[0], len[1], 0x12, 0x34, 0, 0, 57, protocol, 0, 0, 10, 0, 0, src, 10, 0, 0, dst,
    ];
    [&header, payload].concat()
}

pub(crate) fn udp(src: u16, dst: u16, payload: &[u8]) -> Vec<u8> {
    let len = 8 + payload.len() as u16;
    let header = [src, dst, len, 0].map(u16::to_be_bytes).concat();
    [&header, payload].concat()
}

/// SYN and ACK, with a maximum segment size.
pub(crate) fn syn_ack() -> Vec<u8> {
    let ports = [443, 50_000].map(u16::to_be_bytes).concat();
    let numbers = [4_000_000_000, 7].map(u32::to_be_bytes).concat();
    [&ports[..], &numbers, &[0x60, 0x12, 0x20, 0x01, 0, 0, 0, 0], &[2, 4, 5, 0xb4]].concat()
}

/// What is asked and answered over UDP: two flows, of three packets and of one.
pub(crate) fn two_flows() -> Vec<(u64, Vec<u8>)> {
    let frame = |last, ports: (u16, u16), payload: &[u8]| {
        ethernet(0x0800, &ipv4(17, last, &udp(ports.0, ports.1, payload)))
    };
    vec![
        (1_000_000, frame([1, 2], (5_000, 6_000), b"a question")),
        (1_000_500, frame([2, 1], (6_000, 5_000), b"an answer of more bytes")),
        (2_000_000, frame([3, 2], (7_000, 6_000), b"")),
        (3_000_000, frame([1, 2], (5_000, 6_000), b"thanks")),
    ]
}

/// A request over TCP whose host would be a formula in a spreadsheet.
pub(crate) fn hostile_request() -> Vec<(u64, Vec<u8>)> {
    let ports = [50_000, 80].map(u16::to_be_bytes).concat();
    let numbers = [1, 1].map(u32::to_be_bytes).concat();
    let request = b"GET / HTTP/1.1\r\nHost: =cmd|calc\r\n\r\n";
    let segment = [&ports[..], &numbers, &[0x50, 0x18, 0x20, 0x01, 0, 0, 0, 0], request].concat();
    vec![(5_000_000, ethernet(0x0800, &ipv4(6, [1, 2], &segment)))]
}

/// One frame of every kind that is told differently, a second after each other from second 100 on.
pub(crate) fn all_kinds() -> Vec<(u64, Vec<u8>)> {
    let tagged =
        [&[0x00, 0x05, 0x81, 0x00, 0x0f, 0xff, 0x08, 0x00][..], &ipv4(6, [1, 2], &syn_ack())];
    let mut fragment = ipv4(17, [3, 4], &udp(1, 2, b"first of two"));
    fragment[6] = 0x20;
    let mut later = ipv4(17, [3, 4], b"the rest");
    later[6..8].copy_from_slice(&[0, 185]);
    let frames = [
        ethernet(0x88a8, &tagged.concat()),
        ethernet(0x0800, &fragment),
        ethernet(0x0800, &later),
        ethernet(0x0800, &ipv4(4, [5, 6], &ipv4(17, [7, 8], &udp(53, 5353, b"inside")))),
        ethernet(0x0806, &[0; 28]),
        ethernet(0x0800, &ipv4(17, [1, 2], b"")[..19]),
        ethernet(0x0800, &ipv4(6, [1, 2], b"short")),
        ethernet(0x86dd, &ipv6(&udp(9, 10, b"six"))),
    ];
    (100..).map(|second| second * 1_000_000).zip(frames).collect()
}

fn ipv6(payload: &[u8]) -> Vec<u8> {
    let address = |last| [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
    let len = (payload.len() as u16).to_be_bytes();
    [&[0x60, 0, 0, 0, len[0], len[1], 17, 64], &address(1)[..], &address(2), payload].concat()
}
