//! Captures out: pcap and pcapng, in microseconds or nanoseconds.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use netsift_packet::{Frame, FrameSource, LinkType, Timestamp};

use crate::limits;
use crate::pcap::{MAGIC_MICROS, MAGIC_NANOS};
use crate::pcapng::{BYTE_ORDER_MAGIC, ENHANCED_PACKET, INTERFACE_DESCRIPTION, SECTION_HEADER};
use crate::{CaptureError, Format, Resolution, WriterOptions};

/// Writes a capture, frame by frame, little-endian, through a buffer of its own.
///
/// [`finish`](Self::finish) is how it ends: only there does the last buffer go out where errors are seen.
/// A frame that the format cannot hold is refused with an error and not written; the writer goes on.
pub struct CaptureWriter<W: Write> {
    out: BufWriter<W>,
    options: WriterOptions,
    layout: Layout,
    frames: u64,
}

/// What of the format was decided by the frames so far.
enum Layout {
    /// The link type of the file, once its header is written.
    Pcap(Option<LinkType>),
    /// The interface of every link type.
    PcapNg(BTreeMap<LinkType, u32>),
}

/// Writes all frames of a source as a capture, and tells how many there were.
///
/// # Errors
/// What reading says, and what writing says.
pub fn save<S: FrameSource>(mut source: S, path: impl AsRef<Path>) -> Result<u64, CaptureError>
where
    CaptureError: From<S::Error>,
{
    let mut writer = CaptureWriter::new(File::create(path)?, WriterOptions::new())?;
    while let Some(frame) = source.next_frame()? {
        writer.write(&frame)?;
    }
    let frames = writer.frames();
    writer.finish().map(|_| frames)
}

impl<W: Write> CaptureWriter<W> {
    /// Begins a capture.
    ///
    /// # Errors
    /// If writing fails or an option cannot be.
    pub fn new(out: W, options: WriterOptions) -> Result<Self, CaptureError> {
        options.check()?;
        let layout = match options.format {
            Format::Pcap => Layout::Pcap(None),
            Format::PcapNg => Layout::PcapNg(BTreeMap::new()),
        };
        let out = BufWriter::with_capacity(limits::WRITE_BUFFER_LEN, out);
        let mut writer = Self { out, options, layout, frames: 0 };
        if writer.options.format == Format::PcapNg {
            writer.out.write_all(&section_header())?;
        }
        if let Some(link) = writer.options.link {
            writer.interface_of(link)?;
        }
        Ok(writer)
    }

    /// Writes a frame.
    ///
    /// # Errors
    /// If writing fails; and, with nothing written, if the format cannot hold the frame's time or, in
    /// pcap, its link type is another than the file's.
    #[inline]
    pub fn write(&mut self, frame: &Frame<'_>) -> Result<(), CaptureError> {
        let kept = frame.data.len().min(self.options.snap_len as usize);
        let data = &frame.data[..kept];
        let wire_len = frame.wire_len.max(frame.captured_len());
        match self.options.format {
            Format::Pcap => self.write_record(frame, data, wire_len)?,
            Format::PcapNg => self.write_block(frame, data, wire_len)?,
        }
        self.frames += 1;
        Ok(())
    }

    /// How many frames were written.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.frames
    }

    /// Sends what is buffered on its way, so that a reader at the other end of a pipe sees it.
    ///
    /// # Errors
    /// If writing fails.
    pub fn flush(&mut self) -> Result<(), CaptureError> {
        Ok(self.out.flush()?)
    }

    /// Writes what is still buffered and gives the output back.
    ///
    /// # Errors
    /// If writing fails.
    pub fn finish(mut self) -> Result<W, CaptureError> {
        if matches!(self.layout, Layout::Pcap(None)) {
            self.interface_of(LinkType::ETHERNET)?;
        }
        self.out.flush()?;
        self.out.into_inner().map_err(|error| CaptureError::Write { source: error.into_error() })
    }

    #[inline]
    fn write_record(
        &mut self,
        frame: &Frame<'_>,
        data: &[u8],
        wire_len: u32,
    ) -> Result<(), CaptureError> {
        let (seconds, ticks) = self.pcap_time(frame.time)?;
        self.interface_of(frame.link)?;
        let header: [u8; 16] = words([seconds, ticks, data.len() as u32, wire_len]);
        self.out.write_all(&header)?;
        Ok(self.out.write_all(data)?)
    }

    #[inline]
    fn write_block(
        &mut self,
        frame: &Frame<'_>,
        data: &[u8],
        wire_len: u32,
    ) -> Result<(), CaptureError> {
        let ticks = self.pcapng_time(frame.time)?;
        let interface = self.interface_of(frame.link)?;
        let padding = data.len().wrapping_neg() % 4;
        let captured = data.len() as u32;
        let len = 32 + captured + padding as u32;
        let (high, low) = ((ticks >> 32) as u32, ticks as u32);
        let header: [u8; 28] =
            words([ENHANCED_PACKET, len, interface, high, low, captured, wire_len]);
        self.out.write_all(&header)?;
        self.out.write_all(data)?;
        self.out.write_all(&[0; 3][..padding])?;
        Ok(self.out.write_all(&len.to_le_bytes())?)
    }

    /// The number of the interface for a link type; describes it if it is the first of its kind.
    #[inline]
    fn interface_of(&mut self, link: LinkType) -> Result<u32, CaptureError> {
        match &self.layout {
            Layout::Pcap(Some(first)) if *first == link => Ok(0),
            Layout::Pcap(Some(first)) => {
                Err(CaptureError::LinkTypeMixed { first: *first, other: link })
            }
            Layout::PcapNg(interfaces) => match interfaces.get(&link) {
                Some(&number) => Ok(number),
                None => self.begin_link(link),
            },
            Layout::Pcap(None) => self.begin_link(link),
        }
    }

    #[cold]
    fn begin_link(&mut self, link: LinkType) -> Result<u32, CaptureError> {
        let WriterOptions { resolution, snap_len, .. } = self.options;
        match &mut self.layout {
            Layout::Pcap(first) => {
                self.out.write_all(&pcap_header(resolution, snap_len, link))?;
                *first = Some(link);
                Ok(0)
            }
            Layout::PcapNg(interfaces) => {
                self.out.write_all(&interface_description(resolution, snap_len, link))?;
                // There are no more link types than 16 bits tell apart.
                let number = interfaces.len() as u32;
                interfaces.insert(link, number);
                Ok(number)
            }
        }
    }

    /// Seconds and ticks; the format's seconds have 32 bits without a sign.
    #[inline]
    fn pcap_time(&self, time: Timestamp) -> Result<(u32, u32), CaptureError> {
        let seconds = u32::try_from(time.as_secs())
            .map_err(|_| out_of_range(time, "pcap holds the years 1970 to 2106"))?;
        let nanos = time.subsec_nanos();
        Ok(match self.options.resolution {
            Resolution::Micros => (seconds, nanos / 1_000),
            Resolution::Nanos => (seconds, nanos),
        })
    }

    /// Ticks since the epoch, without a sign.
    #[inline]
    fn pcapng_time(&self, time: Timestamp) -> Result<u64, CaptureError> {
        let ticks = match self.options.resolution {
            Resolution::Micros => time.as_micros(),
            Resolution::Nanos => time.as_nanos(),
        };
        u64::try_from(ticks).map_err(|_| out_of_range(time, "pcapng holds no time before 1970"))
    }
}

impl<W: Write> fmt::Debug for CaptureWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureWriter")
            .field("options", &self.options)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

/// A wrong time in a capture misleads for ever, so it is refused rather than bent into the range.
#[cold]
fn out_of_range(time: Timestamp, range: &'static str) -> CaptureError {
    CaptureError::TimeOutOfRange { time, range }
}

fn pcap_header(resolution: Resolution, snap_len: u32, link: LinkType) -> [u8; 24] {
    let magic = match resolution {
        Resolution::Micros => MAGIC_MICROS,
        Resolution::Nanos => MAGIC_NANOS,
    };
    let version = 2 | 4 << 16;
    words([magic, version, 0, 0, snap_len, link.0.into()])
}

fn section_header() -> [u8; 28] {
    let version = 1;
    let unknown_len = u32::MAX;
    words([SECTION_HEADER, 28, BYTE_ORDER_MAGIC, version, unknown_len, unknown_len, 28])
}

fn interface_description(resolution: Resolution, snap_len: u32, link: LinkType) -> [u8; 32] {
    let if_tsresol = 9 | 1 << 16;
    let decimal_digits = match resolution {
        Resolution::Micros => 6,
        Resolution::Nanos => 9,
    };
    let end_of_options = 0;
    let link = link.0.into();
    words([
        INTERFACE_DESCRIPTION,
        32,
        link,
        snap_len,
        if_tsresol,
        decimal_digits,
        end_of_options,
        32,
    ])
}

/// Numbers as they stand in a little-endian file; `BYTES` is four times `WORDS`.
#[inline]
fn words<const WORDS: usize, const BYTES: usize>(numbers: [u32; WORDS]) -> [u8; BYTES] {
    const { assert!(BYTES == 4 * WORDS) };
    let mut bytes = [0; BYTES];
    for (place, number) in bytes.chunks_exact_mut(4).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    bytes
}
