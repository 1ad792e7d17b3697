//! Captures put together by hand, and readers that hand them over badly.

use std::io::{self, ErrorKind, Read};

use netsift_capture::{CaptureError, CaptureReader, CaptureStats, FrameSource};
use netsift_packet::LinkType;

/// The byte order that a capture is put together in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Little,
    Big,
}

pub(crate) const ORDERS: [Order; 2] = [Order::Little, Order::Big];

impl Order {
    pub(crate) fn u16(self, number: u16) -> Vec<u8> {
        match self {
            Self::Little => number.to_le_bytes().to_vec(),
            Self::Big => number.to_be_bytes().to_vec(),
        }
    }

    pub(crate) fn u32(self, number: u32) -> Vec<u8> {
        match self {
            Self::Little => number.to_le_bytes().to_vec(),
            Self::Big => number.to_be_bytes().to_vec(),
        }
    }

    pub(crate) fn u64(self, number: u64) -> Vec<u8> {
        match self {
            Self::Little => number.to_le_bytes().to_vec(),
            Self::Big => number.to_be_bytes().to_vec(),
        }
    }

    pub(crate) fn u32s(self, numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|&number| self.u32(number)).collect()
    }

    /// A pcap file header, version 2.4.
    pub(crate) fn pcap(self, magic: u32, snap_len: u32, link: u32) -> Vec<u8> {
        self.pcap_of_version((2, 4), magic, snap_len, link)
    }

    pub(crate) fn pcap_of_version(
        self,
        (major, minor): (u16, u16),
        magic: u32,
        snap_len: u32,
        link: u32,
    ) -> Vec<u8> {
        [self.u32(magic), self.u16(major), self.u16(minor), self.u32s(&[0, 0, snap_len, link])]
            .concat()
    }

    /// A pcap record that was captured whole.
    pub(crate) fn record(self, seconds: u32, ticks: u32, data: &[u8]) -> Vec<u8> {
        let len = data.len() as u32;
        [self.u32s(&[seconds, ticks, len, len]), data.to_vec()].concat()
    }

    /// A pcapng block around a body, padded.
    pub(crate) fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let padding = vec![0; body.len().wrapping_neg() % 4];
        let len = self.u32((12 + body.len() + padding.len()) as u32);
        [self.u32(kind), len.clone(), body.to_vec(), padding, len].concat()
    }

    pub(crate) fn section(self) -> Vec<u8> {
        let version = [self.u16(1), self.u16(0)].concat();
        let body = [self.u32(0x1a2b_3c4d), version, self.u64(u64::MAX)].concat();
        self.block(0x0a0d_0d0a, &body)
    }

    pub(crate) fn interface(self, link: u16, snap_len: u32, options: &[u8]) -> Vec<u8> {
        let body = [self.u16(link), self.u16(0), self.u32(snap_len), options.to_vec()].concat();
        self.block(1, &body)
    }

    pub(crate) fn option(self, code: u16, value: &[u8]) -> Vec<u8> {
        let padding = vec![0; value.len().wrapping_neg() % 4];
        [self.u16(code), self.u16(value.len() as u16), value.to_vec(), padding].concat()
    }

    pub(crate) fn enhanced(self, interface: u32, ticks: u64, data: &[u8]) -> Vec<u8> {
        self.enhanced_of(interface, ticks, data.len() as u32, data.len() as u32, data)
    }

    pub(crate) fn enhanced_of(
        self,
        interface: u32,
        ticks: u64,
        captured: u32,
        wire: u32,
        data: &[u8],
    ) -> Vec<u8> {
        let head = [interface, (ticks >> 32) as u32, ticks as u32, captured, wire];
        self.block(6, &[self.u32s(&head), data.to_vec()].concat())
    }

    pub(crate) fn simple(self, wire: u32, data: &[u8]) -> Vec<u8> {
        self.block(3, &[self.u32(wire), data.to_vec()].concat())
    }

    pub(crate) fn obsolete(self, interface: u16, ticks: u64, wire: u32, data: &[u8]) -> Vec<u8> {
        let head = [(ticks >> 32) as u32, ticks as u32, data.len() as u32, wire];
        let body = [self.u16(interface), self.u16(9), self.u32s(&head), data.to_vec()].concat();
        self.block(2, &body)
    }
}

/// A frame that outlives its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) nanos: i64,
    pub(crate) wire_len: u32,
    pub(crate) link: u16,
    pub(crate) data: Vec<u8>,
}

/// A frame captured whole, of Ethernet.
pub(crate) fn got(nanos: i64, data: &[u8]) -> Got {
    Got { nanos, wire_len: data.len() as u32, link: LinkType::ETHERNET.0, data: data.to_vec() }
}

/// Everything that a source hands over, and the error that ended it. Asserts that it tells it once.
pub(crate) fn drain<S>(source: &mut S) -> (Vec<Got>, Option<CaptureError>)
where
    S: FrameSource<Error = CaptureError>,
{
    let mut frames = Vec::new();
    let error = loop {
        match source.next_frame() {
            Ok(Some(frame)) => frames.push(Got {
                nanos: frame.time.as_nanos(),
                wire_len: frame.wire_len,
                link: frame.link.0,
                data: frame.data.to_vec(),
            }),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    for _ in 0..3 {
        assert!(matches!(source.next_frame(), Ok(None)), "an ended source stays ended");
    }
    (frames, error)
}

/// As [`drain`], from the first byte.
pub(crate) fn read(bytes: &[u8]) -> (Vec<Got>, Option<CaptureError>) {
    read_from(bytes)
}

pub(crate) fn read_from<R: Read>(reader: R) -> (Vec<Got>, Option<CaptureError>) {
    match CaptureReader::new(reader) {
        Ok(mut reader) => drain(&mut reader),
        Err(error) => (Vec::new(), Some(error)),
    }
}

/// The frames and counts of a capture that has nothing wrong with it.
pub(crate) fn read_well(bytes: &[u8]) -> (Vec<Got>, CaptureStats) {
    let mut reader = CaptureReader::new(bytes).unwrap();
    let (frames, error) = drain(&mut reader);
    assert!(error.is_none(), "{error:?}");
    (frames, *reader.stats())
}

/// Hands over one byte at a time, and is interrupted before each.
pub(crate) struct Drip<'a> {
    rest: &'a [u8],
    interrupted: bool,
}

impl<'a> Drip<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, interrupted: false }
    }
}

impl Read for Drip<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(ErrorKind::Interrupted.into());
        }
        let len = into.len().min(1);
        self.rest.read(&mut into[..len])
    }
}
