//! How captures are read and written: builders whose setters state the default and its reason.

use netsift_packet::LinkType;

use crate::limits;
use crate::{CaptureError, Format};

/// How a capture is read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct ReaderOptions {
    pub(crate) buffer_len: usize,
    pub(crate) max_record_len: u32,
    pub(crate) expansion: Expansion,
}

impl ReaderOptions {
    /// The defaults, which read every capture made in good faith.
    pub const fn new() -> Self {
        Self {
            buffer_len: limits::BUFFER_LEN,
            max_record_len: limits::MAX_RECORD_LEN,
            expansion: Expansion::Usual,
        }
    }

    /// How many bytes are read at a time. Default 262,144: system calls cost nothing any more, and the
    /// frames stay in the level-2 cache. At least 4,096. A longer record makes the buffer grow.
    pub const fn buffer_len(self, bytes: usize) -> Self {
        Self { buffer_len: bytes, ..self }
    }

    /// The longest packet record or block that is accepted. Default 16 MiB, 64 times libpcap's greatest
    /// snap length; a length beyond is a broken file. At most 1 GiB.
    pub const fn max_record_len(self, bytes: u32) -> Self {
        Self { max_record_len: bytes, ..self }
    }

    /// How many times its compressed size a capture may expand to, once it is past 64 MiB; `None` for any.
    /// Default 800 for gzip and 4,000 for zstd: above what each makes of a capture of all-zero 64 KiB
    /// segments, below what it makes of a bomb. Memory is bounded whatever the ratio; the limit bounds
    /// the time spent on a lie.
    pub const fn max_expansion(self, ratio: Option<u32>) -> Self {
        let expansion = match ratio {
            Some(ratio) => Expansion::AtMost(ratio),
            None => Expansion::Any,
        };
        Self { expansion, ..self }
    }

    pub(crate) fn check(&self) -> Result<(), CaptureError> {
        let buffer_fits = self.buffer_len >= limits::MIN_BUFFER_LEN;
        refuse_unless(buffer_fits, "buffer_len", self.buffer_len as u64, "4096 or more")?;
        let record_fits = (1..=limits::MAX_MAX_RECORD_LEN).contains(&self.max_record_len);
        refuse_unless(
            record_fits,
            "max_record_len",
            self.max_record_len.into(),
            "1 to 1073741824",
        )?;
        let expansion_fits = self.expansion != Expansion::AtMost(0);
        refuse_unless(expansion_fits, "max_expansion", 0, "1 or more")
    }
}

impl Default for ReaderOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// How far a compressed capture may expand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expansion {
    /// As far as good captures do with its compression.
    Usual,
    AtMost(u32),
    Any,
}

/// How a set of captures is read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct SetOptions {
    pub(crate) reader: ReaderOptions,
    pub(crate) max_open: usize,
}

impl SetOptions {
    /// The defaults.
    pub const fn new() -> Self {
        Self { reader: ReaderOptions::new(), max_open: limits::MAX_OPEN }
    }

    /// How each capture is read. Default: as a single one is.
    pub const fn reader(self, reader: ReaderOptions) -> Self {
        Self { reader, ..self }
    }

    /// How many captures are held open at once. Default 256, well below the descriptors that a process
    /// may have. Where more than this overlap in time, the rest waits and its frames come
    /// [late](crate::CaptureSet::late).
    pub const fn max_open(self, captures: usize) -> Self {
        Self { max_open: captures, ..self }
    }

    pub(crate) fn check(&self) -> Result<(), CaptureError> {
        self.reader.check()?;
        refuse_unless(self.max_open > 0, "max_open", 0, "1 or more")
    }
}

impl Default for SetOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// The unit in which a written capture counts time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// Microseconds; finer times are rounded down.
    Micros,
    /// Nanoseconds.
    Nanos,
}

/// How a capture is written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct WriterOptions {
    pub(crate) format: Format,
    pub(crate) resolution: Resolution,
    pub(crate) snap_len: u32,
    pub(crate) link: Option<LinkType>,
}

impl WriterOptions {
    /// The defaults: a pcap file that every tool reads and that keeps what it is given.
    pub const fn new() -> Self {
        Self {
            format: Format::Pcap,
            resolution: Resolution::Nanos,
            snap_len: limits::SNAP_LEN,
            link: None,
        }
    }

    /// The format. Default pcap, which every tool reads; pcapng takes several link types.
    pub const fn format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// The unit of time. Default nanoseconds: nothing that a frame says is lost.
    pub const fn resolution(self, resolution: Resolution) -> Self {
        Self { resolution, ..self }
    }

    /// How much of a frame is kept; its wire length stays. Default 262,144, libpcap's greatest, which
    /// every reader accepts. 1 to 16,777,152, the longest that this crate reads again by default.
    pub const fn snap_len(self, bytes: u32) -> Self {
        Self { snap_len: bytes, ..self }
    }

    /// The link type to begin with. Default: that of the first frame (Ethernet, should none come).
    pub const fn link_type(self, link: LinkType) -> Self {
        Self { link: Some(link), ..self }
    }

    pub(crate) fn check(&self) -> Result<(), CaptureError> {
        let fits = (1..=WRITABLE_LEN).contains(&self.snap_len);
        refuse_unless(fits, "snap_len", self.snap_len.into(), "1 to 16777152")
    }
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// The longest frame whose record, with its header and padding, this crate reads again by default.
const WRITABLE_LEN: u32 = limits::MAX_RECORD_LEN - 64;

pub(crate) fn refuse_unless(
    fits: bool,
    name: &'static str,
    value: u64,
    rule: &'static str,
) -> Result<(), CaptureError> {
    if fits { Ok(()) } else { Err(CaptureError::Option { name, value, rule }) }
}
