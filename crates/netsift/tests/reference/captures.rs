//! Classic captures read whole, without the crate that reads captures: its errors must not hide here.

use std::path::{Path, PathBuf};

use netsift_packet::{Frame, LinkType, Timestamp};

pub(crate) struct Capture {
    pub(crate) link: LinkType,
    pub(crate) records: Vec<Record>,
    bytes: Vec<u8>,
}

pub(crate) struct Record {
    time: Timestamp,
    wire_len: u32,
    start: usize,
    end: usize,
}

impl Capture {
    /// `None` for what is not a classic little-endian capture.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        Self::of(std::fs::read(path).unwrap())
    }

    pub(crate) fn of(bytes: Vec<u8>) -> Option<Self> {
        let to_nanos = match bytes.get(..4)? {
            [0xd4, 0xc3, 0xb2, 0xa1] => 1000,
            [0x4d, 0x3c, 0xb2, 0xa1] => 1,
            _ => return None,
        };
        let mut records = Vec::new();
        let mut at = 24;
        while let Some(head) = bytes.get(at..at + 16) {
            let [secs, fraction, len, wire_len] = std::array::from_fn(|i| word(&head[4 * i..]));
            let start = at + 16;
            at = start + len as usize;
            if at > bytes.len() {
                break;
            }
            let time = Timestamp::from_secs_nanos(secs.into(), i64::from(fraction) * to_nanos);
            records.push(Record { time, wire_len, start, end: at });
        }
        Some(Self { link: LinkType(word(&bytes[20..]) as u16), records, bytes })
    }

    pub(crate) fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        self.records.iter().map(|r| {
            Frame::new(r.time, self.link, &self.bytes[r.start..r.end]).with_wire_len(r.wire_len)
        })
    }
}

/// Every capture in `folder`, by name.
pub(crate) fn in_folder(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|e| e == "pcap" || e == "cap"))
        .collect();
    paths.sort();
    paths
}

fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes[..4].try_into().unwrap())
}
