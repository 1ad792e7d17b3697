//! Captures of both formats in both byte orders, plain and compressed.

use std::io::Write as _;

use super::Seed;

pub(super) fn all() -> Vec<Seed> {
    let plain = [
        ("pcap-micros", Order::Little.pcap(0xa1b2_c3d4)),
        ("pcap-nanos-big", Order::Big.pcap(0xa1b2_3c4d)),
        ("pcap-modified", Order::Little.pcap(0xa1b2_cd34)),
        ("pcapng", Order::Little.section(1)),
        ("pcapng-big", Order::Big.section(4)),
        ("pcapng-sections", [Order::Little.section(2), Order::Big.section(3)].concat()),
    ];
    let mut seeds = Vec::new();
    for (name, bytes) in plain {
        seeds.push((format!("{name}-gzip"), gzip(&bytes)));
        seeds.push((format!("{name}-zstd"), zstd(&bytes)));
        seeds.push((name.to_owned(), bytes));
    }
    let halves = Order::Little.pcap(0xa1b2_c3d4);
    let (one, other) = halves.split_at(100);
    seeds.push(("pcap-gzip-members".to_owned(), [gzip(one), gzip(other)].concat()));
    let skipped = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    seeds.push(("pcap-zstd-frames".to_owned(), [&skipped[..], &zstd(one), &zstd(other)].concat()));
    seeds
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    // Memory takes what is written to it.
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 3).unwrap_or_default()
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, number: u16) -> [u8; 2] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }

    fn u32s(self, numbers: &[u32]) -> Vec<u8> {
        let bytes = |&number: &u32| match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        };
        numbers.iter().flat_map(bytes).collect()
    }

    fn pcap(self, magic: u32) -> Vec<u8> {
        let version = [self.u16(2), self.u16(4)].concat();
        let mut capture = [self.u32s(&[magic]), version, self.u32s(&[0, 0, 65_535, 1])].concat();
        for number in 0..6_u32 {
            let data = vec![number as u8; 20 + 13 * number as usize];
            let len = data.len() as u32;
            capture.extend(self.u32s(&[1_000_000 + number, 999_000 + number, len, len + number]));
            if magic == 0xa1b2_cd34 {
                capture.extend([0; 8]);
            }
            capture.extend(data);
        }
        capture
    }

    /// A section with every kind of block that holds packets, and some that do not.
    fn section(self, interfaces: u32) -> Vec<u8> {
        let header = [self.u32s(&[0x1a2b_3c4d]), [self.u16(1), self.u16(0)].concat()].concat();
        let mut capture = self.block(0x0a0d_0d0a, &[header, vec![0xff; 8]].concat());
        for number in 0..interfaces {
            capture.extend(self.interface(number));
        }
        for number in 0..5 {
            let data = vec![number as u8; 17 + number as usize];
            let len = data.len() as u32;
            let interface = number % interfaces;
            let enhanced = self.u32s(&[interface, 0x0005_0000, number, len, len + 9]);
            capture.extend(self.block(6, &[enhanced, data.clone()].concat()));
            capture.extend(self.block(3, &[self.u32s(&[len]), data.clone()].concat()));
            let start = [self.u16(interface as u16), self.u16(0)].concat();
            let obsolete = self.u32s(&[0x0005_0000, number, len, len]);
            capture.extend(self.block(2, &[start, obsolete, data].concat()));
            capture.extend(self.block(5, &self.u32s(&[interface, 1, 2])));
        }
        capture
    }

    /// Its unit of time is a power of ten or of two, with an offset.
    fn interface(self, number: u32) -> Vec<u8> {
        let link = [self.u16(1), self.u16(0), [0, 0], [1, 0]].concat();
        let unit = [[6], [9], [0x8a], [3]][number as usize % 4];
        let resolution = [&self.u16(9)[..], &self.u16(1), &unit, &[0; 3]].concat();
        let offset = [&self.u16(14)[..], &self.u16(8), &self.u32s(&[0, number])].concat();
        self.block(1, &[link, resolution, offset, vec![0; 4]].concat())
    }

    fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let padding = vec![0; body.len().wrapping_neg() % 4];
        let len = (12 + body.len() + padding.len()) as u32;
        [self.u32s(&[kind, len]), body.to_vec(), padding, self.u32s(&[len])].concat()
    }
}
