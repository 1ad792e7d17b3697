//! What can be wrong with a file: which part, at which byte, what should have been there.

use std::fmt;
use std::io;

use thiserror::Error;

/// Why a file could not be read or written further.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// It does not start as a file of this house does.
    #[error("not a {name} file: it starts with {}", start.escape_ascii())]
    NotAContainer {
        /// What was looked for.
        name: &'static str,
        /// Its first bytes, eight at most.
        start: Vec<u8>,
    },
    /// It holds something else.
    #[error("not a {name} file: it is of kind {}, not {}", found.escape_ascii(), expected.escape_ascii())]
    OtherKind {
        /// What was looked for.
        name: &'static str,
        /// The tag of that.
        expected: [u8; 4],
        /// The tag in the file.
        found: [u8; 4],
    },
    /// It was written by a newer program.
    #[error(
        "the {name} file is of version {found}, and this program reads versions up to {newest}"
    )]
    NewerVersion {
        /// What it holds.
        name: &'static str,
        /// The version in the file.
        found: u16,
        /// The newest that is known.
        newest: u16,
    },
    /// It ends too early.
    #[error("the {name} file is cut: at byte {offset}, {part} needs {needed} bytes and has {had}")]
    Cut {
        /// What it holds.
        name: &'static str,
        /// What is cut.
        part: Part,
        /// Where that starts.
        offset: u64,
        /// How many bytes it needs at least.
        needed: u64,
        /// How many bytes there are.
        had: u64,
    },
    /// Bytes were changed, or entries swapped, repeated or left out.
    #[error(
        "the {name} file is damaged: {part} at byte {offset} has checksum {found:08x} where {expected:08x} is right"
    )]
    Checksum {
        /// What it holds.
        name: &'static str,
        /// At whose end it was noticed.
        part: Part,
        /// Where that starts.
        offset: u64,
        /// The checksum of what was read.
        expected: u32,
        /// The checksum in the file.
        found: u32,
    },
    /// An entry is too long, in a file or for one.
    #[error("{part} of the {name} file has {len} bytes or more, and {limit} are allowed")]
    EntryTooLong {
        /// What the file holds.
        name: &'static str,
        /// Which entry.
        part: Part,
        /// The length it has or says it has; of one to be written, what it grew to when it was stopped.
        len: u64,
        /// The limit of its kind.
        limit: u64,
    },
    /// A file is too long, on disk or to be written.
    #[error("the {name} file has {len} bytes or more with {part}, and {limit} are allowed")]
    FileTooLong {
        /// What it holds.
        name: &'static str,
        /// With which part.
        part: Part,
        /// Its length up to the end of that part.
        len: u64,
        /// The limit of its kind.
        limit: u64,
    },
    /// The end mark speaks of another number of entries than there are.
    #[error("the {name} file says it has {expected} entries, and {found} were read")]
    EntryCount {
        /// What it holds.
        name: &'static str,
        /// How many the end mark says.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// Bytes behind the end mark.
    #[error("the {name} file goes on behind its end, at byte {offset}")]
    BehindTheEnd {
        /// What it holds.
        name: &'static str,
        /// Where it should end.
        offset: u64,
    },
    /// An entry is sound and not what was asked for.
    #[error("entry {entry} of the {name} file, at byte {offset}, is not what it should be")]
    Decode {
        /// What the file holds.
        name: &'static str,
        /// Which entry, from 0.
        entry: u64,
        /// Where its value starts.
        offset: u64,
        /// What the decoder said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An entry holds more than what was asked for.
    #[error(
        "entry {entry} of the {name} file, at byte {offset}, has {len} bytes, of which {used} are its value"
    )]
    LeftOver {
        /// What the file holds.
        name: &'static str,
        /// Which entry, from 0.
        entry: u64,
        /// Where its value starts.
        offset: u64,
        /// How long it is.
        len: u64,
        /// How much of it is the value.
        used: u64,
    },
    /// A value that cannot be encoded, such as a list whose length is not known beforehand.
    #[error("entry {entry} of the {name} file cannot be encoded")]
    Encode {
        /// What the file holds.
        name: &'static str,
        /// Which entry, from 0.
        entry: u64,
        /// What the encoder said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Reading failed.
    #[error("the {name} file cannot be read past byte {offset}")]
    Read {
        /// What it holds.
        name: &'static str,
        /// How far it was read.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// Writing failed.
    #[error("the {name} file cannot be written past byte {offset}")]
    Write {
        /// What it holds.
        name: &'static str,
        /// How far it was surely written.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// A reader or writer asked to go on behind an error.
    #[error("the {name} file failed before, at byte {offset}")]
    FailedBefore {
        /// What it holds.
        name: &'static str,
        /// Up to where it was sound.
        offset: u64,
    },
}

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Magic, kind and version.
    Header,
    /// An entry, counted from 0.
    Entry(u64),
    /// The end mark.
    End,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("the header"),
            Self::Entry(number) => write!(f, "entry {number}"),
            Self::End => f.write_str("the end mark"),
        }
    }
}
