//! The laws of files of values.

use netsift_container::{ContainerError, Kind, Reader, Writer};
use serde::{Deserialize, Serialize};

const MAX_ENTRY: u32 = 4 * 1024;
/// The kind that the seeds are of; any version of it.
const KIND: Kind = Kind {
    tag: *b"FUZZ",
    version: u16::MAX,
    name: "fuzz",
    max_entry: MAX_ENTRY,
    max_total: 64 * 1024,
};
/// Magic, tag and version.
const HEADER: usize = 14;
const CHECKSUM: usize = 4;
/// An item of a list takes eight bytes or more in a file, and no more than 56 in memory.
const GROWTH: usize = 8;

/// An entry with a part of each shape that serde knows.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) numbers: Vec<f64>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) whether: Option<bool>,
    pub(crate) sign: char,
}

/// A node of a tree that is kept as a list.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Node {
    Leaf(f32),
    Split { feature: u16, threshold: f64, children: (u32, u32) },
    Named(Box<str>, Vec<u8>),
}

/// A file: as it is, and with its checksums put right.
pub(crate) fn body(input: &[u8]) {
    loads_what_saves(input);
    loads_what_saves(&mended(input));
}

/// What loads saves back to the same bytes, and takes no more memory than they pay for.
fn loads_what_saves(file: &[u8]) {
    let Ok(mut reader) = Reader::new(file, &KIND) else { return };
    let mut entries: Vec<Entry> = Vec::new();
    let end = loop {
        match reader.next() {
            Ok(Some(entry)) => entries.push(entry),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert_eq!(reader.entries(), entries.len() as u64, "entries counted and handed out");
    let memory: usize = entries.iter().map(memory).sum();
    assert!(memory <= file.len() * GROWTH, "{} bytes became {memory}", file.len());
    match end {
        Err(error) => {
            points_into(&error, file);
            let after = reader.next::<Entry>();
            assert!(matches!(after, Err(ContainerError::FailedBefore { .. })), "{after:?}");
        }
        Ok(()) => {
            assert!(matches!(reader.next::<Entry>(), Ok(None)), "something comes after the end");
            assert!(saved(&entries, reader.version()) == file, "saved to other bytes");
        }
    }
}

fn points_into(error: &ContainerError, file: &[u8]) {
    let (ContainerError::Cut { offset, .. }
    | ContainerError::Checksum { offset, .. }
    | ContainerError::Decode { offset, .. }
    | ContainerError::LeftOver { offset, .. }
    | ContainerError::BehindTheEnd { offset, .. }) = error
    else {
        return;
    };
    assert!(*offset <= file.len() as u64, "{error}: there are {} bytes", file.len());
}

/// What the lists of an entry take.
fn memory(entry: &Entry) -> usize {
    let named = |node: &Node| match node {
        Node::Named(name, bytes) => name.len() + bytes.len(),
        _ => 0,
    };
    entry.name.len()
        + size_of_val(&entry.numbers[..])
        + size_of_val(&entry.nodes[..])
        + entry.nodes.iter().map(named).sum::<usize>()
}

pub(crate) fn saved(entries: &[Entry], version: u16) -> Vec<u8> {
    let write = || {
        let mut writer = Writer::new(Vec::new(), &Kind { version, ..KIND })?;
        entries.iter().try_for_each(|entry| writer.put(entry))?;
        writer.finish()
    };
    match write() {
        Ok(file) => file,
        Err(error) => panic!("what was loaded cannot be saved: {error}"),
    }
}

/// The file with every checksum right, as far as its lengths lead: what somebody would make who knows the
/// format. A byte changed at random never gets past the first of them.
pub(crate) fn mended(file: &[u8]) -> Vec<u8> {
    let mut mended = file.to_vec();
    let mut checksum = crc32fast::Hasher::new();
    let mut start = 0;
    let mut content = HEADER;
    while let Some((part, stored)) = mended
        .get_mut(start..start + content + CHECKSUM)
        .and_then(|part| part.split_at_mut_checked(content))
    {
        checksum.update(part);
        stored.copy_from_slice(&checksum.clone().finalize().to_le_bytes());
        start += content + CHECKSUM;
        let Some(length) = mended.get(start..).and_then(|rest| rest.first_chunk()) else { break };
        content = 4 + match u32::from_le_bytes(*length) {
            u32::MAX => 8,
            length => length as usize,
        };
    }
    mended
}
