//! What reader and writer have to agree on.

use bincode::config::{Configuration, Fixint, Limit, LittleEndian, standard};

/// What a file holds, and how much of it is accepted. A constant of the crate whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Tells it from other kinds.
    pub tag: [u8; 4],
    /// The version of what the entries mean. Files of older versions are opened and tell theirs, newer ones
    /// are refused.
    pub version: u16,
    /// What errors call it: "a {name} file".
    pub name: &'static str,
    /// The longest entry, in bytes of its value.
    pub max_entry: u32,
    /// The longest file.
    pub max_total: u64,
}

/// What every file starts with.
pub(crate) const MAGIC: [u8; 8] = *b"\x8eNSIFT\r\n";
/// Magic, tag, version and checksum.
pub(crate) const HEADER_LEN: usize = MAGIC.len() + 4 + 2 + CHECKSUM_LEN;
pub(crate) const CHECKSUM_LEN: usize = 4;
pub(crate) const LENGTH_LEN: usize = 4;
/// In place of a length: no entry follows.
pub(crate) const END: u32 = u32::MAX;
/// Mark, count and checksum.
pub(crate) const END_LEN: usize = LENGTH_LEN + 8 + CHECKSUM_LEN;
/// What an entry takes beside its value.
pub(crate) const FRAME_LEN: usize = LENGTH_LEN + CHECKSUM_LEN;

/// No entry is longer, whatever its kind allows: the next number is the end mark.
const MAX_ENTRY: u32 = END - 1;

/// Whether what starts so is a file of this form, of whatever kind.
///
/// ```
/// use netsift_container::is_container;
///
/// assert!(is_container(b"\x8eNSIFT\r\n and more"));
/// assert!(!is_container(b"\x8eNSIFT") && !is_container(b"a,b\n1,2\n"));
/// ```
#[must_use]
pub fn is_container(start: &[u8]) -> bool {
    start.starts_with(&MAGIC)
}

impl Kind {
    /// The longest entry that the format can hold, too.
    pub(crate) fn longest_entry(&self) -> u32 {
        self.max_entry.min(MAX_ENTRY)
    }

    pub(crate) fn header(&self) -> Vec<u8> {
        [&MAGIC[..], &self.tag, &self.version.to_le_bytes()].concat()
    }
}

/// How values are encoded: integers of fixed size, so that each value has one encoding; and a limit of what a
/// decoder believes, although it only gets entries whose length is already checked.
pub(crate) const ENCODING: Configuration<LittleEndian, Fixint, Limit<{ MAX_ENTRY as usize }>> =
    standard().with_little_endian().with_fixed_int_encoding().with_limit();
