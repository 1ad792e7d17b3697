//! What can go wrong with a capture: which one, at which byte, after how many packets.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::path::PathBuf;

use netsift_packet::{LinkType, Timestamp};
use thiserror::Error;

use crate::Compression;
#[cfg(feature = "live")]
use crate::live::{LiveFault, PrivilegeFault};

/// Why a capture could not be read or written further.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// A file or folder could not be opened.
    #[error("{}: cannot be opened", path.display())]
    Open {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is not one byte.
    #[error("{input} is empty: not even the header of a capture")]
    Empty {
        /// The capture.
        input: Input,
    },
    /// It does not start as a capture does.
    #[error("{input} is neither pcap nor pcapng{}: it starts with {}", within(*.compression), hex(.start))]
    NotACapture {
        /// What was read.
        input: Input,
        /// What it was found compressed with.
        compression: Option<Compression>,
        /// Its first bytes, four at most, after decompression.
        start: Vec<u8>,
    },
    /// It is compressed, and this build lacks the decoder.
    #[error("{input} is compressed with {compression}: build with the feature `{}`", compression.feature())]
    FeatureOff {
        /// The capture.
        input: Input,
        /// What it is compressed with.
        compression: Compression,
    },
    /// The capture itself is cut or broken.
    #[error("{input}: {fault}, at byte {offset} after {frames} packets")]
    Broken {
        /// The capture.
        input: Input,
        /// Where the broken part starts, in bytes from the start of the (decompressed) capture.
        offset: u64,
        /// How many packets were read before it.
        frames: u64,
        /// What is wrong.
        fault: Fault,
    },
    /// The compressed stream around the capture is cut or broken.
    #[error(
        "{input}: the {compression} stream is cut or broken at its byte {compressed_offset}, byte {offset} of the capture, after {frames} packets"
    )]
    Decompress {
        /// The capture.
        input: Input,
        /// What it is compressed with.
        compression: Compression,
        /// How far the compressed stream was read.
        compressed_offset: u64,
        /// How many bytes of the capture came out of it.
        offset: u64,
        /// How many packets were read before it.
        frames: u64,
        /// What the decoder said.
        source: io::Error,
    },
    /// Reading failed.
    #[error("{input}: cannot be read past byte {offset}, after {frames} packets")]
    Read {
        /// The capture.
        input: Input,
        /// How many bytes of the (decompressed) capture were read.
        offset: u64,
        /// How many packets were read before it.
        frames: u64,
        /// What the system said.
        source: io::Error,
    },
    /// A list or folder without one capture in it.
    #[error("no capture in {}: {}", path.display(), not_captures(*.skipped))]
    NoCaptures {
        /// The first of the names that were given.
        path: PathBuf,
        /// How many files of folders were skipped, as they are no captures.
        skipped: usize,
    },
    /// Several captures of a set could not be read whole; the frames of all others were handed out.
    #[error("{} of {captures} captures could not be read whole: {}", .errors.len(), listed(.errors))]
    Several {
        /// How many captures the set had.
        captures: usize,
        /// What was wrong, capture by capture.
        errors: Vec<CaptureError>,
    },
    /// An option holds a value that it cannot have.
    #[error("option {name} is {value}: it must be {rule}")]
    Option {
        /// The option.
        name: &'static str,
        /// The value it was given.
        value: u64,
        /// What it may be.
        rule: &'static str,
    },
    /// A replay that goes no way, or backwards.
    #[error(
        "a replay cannot be {speed} times as fast as the recording: it must be more than 0 and finite"
    )]
    Pace {
        /// The speed.
        speed: f64,
    },
    /// The thread that reads a source could not be started.
    #[error("no thread can be started to read in")]
    Thread {
        /// What the system said.
        source: io::Error,
    },
    /// An interface cannot be captured on, or no longer.
    #[cfg(feature = "live")]
    #[error("{interface} cannot be captured on")]
    Live {
        /// The interface.
        interface: String,
        /// What stands against it.
        source: LiveFault,
    },
    /// The interfaces of this machine cannot be listed.
    #[cfg(feature = "live")]
    #[error("interfaces cannot be listed")]
    Interfaces {
        /// What the system said.
        source: io::Error,
    },
    /// Privileges could not be dropped. The process must not go on with those it has.
    #[cfg(feature = "live")]
    #[error("privileges cannot be dropped")]
    Privileges {
        /// At which step.
        source: PrivilegeFault,
    },
    /// Writing failed.
    #[error("the capture cannot be written")]
    Write {
        /// What the system said.
        #[from]
        source: io::Error,
    },
    /// A pcap file holds one link type. The frame was not written; the writer goes on.
    #[error("a pcap file of {first} cannot take a frame of {other}: write pcapng instead")]
    LinkTypeMixed {
        /// The link type that the file was begun with.
        first: LinkType,
        /// The link type of the refused frame.
        other: LinkType,
    },
    /// A time that the format cannot hold. The frame was not written; the writer goes on.
    #[error("the time {time} cannot be written: {range}")]
    TimeOutOfRange {
        /// The time of the refused frame.
        time: Timestamp,
        /// What the format can hold.
        range: &'static str,
    },
}

impl From<Infallible> for CaptureError {
    /// What never fails can be [saved](crate::save), too.
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// What is wrong with the bytes of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// The capture ends inside a part.
    #[error("the {part} is cut: {needed} bytes needed, {had} there")]
    Cut {
        /// What is cut.
        part: Part,
        /// How many bytes it needs.
        needed: u64,
        /// How many bytes there are.
        had: u64,
    },
    /// A part says that it is longer than the cap.
    #[error("the {part} says it is {len} bytes long, more than the {limit} that are accepted")]
    TooLong {
        /// What is too long.
        part: Part,
        /// How long it says it is.
        len: u64,
        /// The cap.
        limit: u64,
    },
    /// A block's length cannot be.
    #[error("the block says it is {len} bytes long, which is {rule}")]
    BlockLength {
        /// The length.
        len: u32,
        /// What is wrong with it.
        rule: &'static str,
    },
    /// A section that tells no byte order.
    #[error("the section's byte-order magic is {}", hex(.magic))]
    ByteOrder {
        /// The bytes in place of the magic.
        magic: [u8; 4],
    },
    /// A version of pcapng that is not known.
    #[error("the section is of pcapng version {major}.{minor}, only 1 is known")]
    Version {
        /// Major version.
        major: u16,
        /// Minor version.
        minor: u16,
    },
    /// A section that describes more interfaces than any machine has.
    #[error("the section describes more than {limit} interfaces")]
    TooManyInterfaces {
        /// The cap.
        limit: u64,
    },
    /// The compressed stream expands beyond reason.
    #[error(
        "a compression bomb: {compressed} bytes expand to {expanded}, more than {limit} times as many"
    )]
    Bomb {
        /// How many compressed bytes were read.
        compressed: u64,
        /// How many bytes they became.
        expanded: u64,
        /// The highest ratio that is accepted.
        limit: u64,
    },
}

/// A part of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The header of a pcap file.
    FileHeader,
    /// The header of a packet record.
    RecordHeader,
    /// A packet record.
    Record,
    /// The header of a pcapng section.
    SectionHeader,
    /// The type and length of a pcapng block.
    BlockHeader,
    /// A pcapng block.
    Block,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FileHeader => "file header",
            Self::RecordHeader => "packet record's header",
            Self::Record => "packet record",
            Self::SectionHeader => "section header",
            Self::BlockHeader => "block's header",
            Self::Block => "block",
        })
    }
}

/// Where a capture is read from, as errors name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub enum Input {
    /// A file.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// A reader without a name.
    #[default]
    Stream,
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Stdin => f.write_str("standard input"),
            Self::Stream => f.write_str("the capture"),
        }
    }
}

fn within(compression: Option<Compression>) -> String {
    compression.map(|c| format!(" inside {c}")).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(" ")
}

fn not_captures(skipped: usize) -> String {
    match skipped {
        0 => "there is no file in it".to_owned(),
        1 => "the one file in it is none".to_owned(),
        n => format!("the {n} files in it are none"),
    }
}

fn listed(errors: &[CaptureError]) -> String {
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    told.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_capture_the_part_the_byte_and_the_packets() {
        let fault = Fault::Cut { part: Part::Record, needed: 76, had: 20 };
        let input = Input::Path("night.pcap".into());
        let error = CaptureError::Broken { input, offset: 4_120, frames: 31, fault };
        assert_eq!(
            error.to_string(),
            "night.pcap: the packet record is cut: 76 bytes needed, 20 there, at byte 4120 after 31 packets"
        );
    }

    #[test]
    fn a_file_that_is_no_capture_shows_its_first_bytes() {
        let error = CaptureError::NotACapture {
            input: Input::Stdin,
            compression: Some(Compression::Gzip),
            start: b"%PDF".to_vec(),
        };
        assert_eq!(
            error.to_string(),
            "standard input is neither pcap nor pcapng inside gzip: it starts with 25 50 44 46"
        );
    }
}
