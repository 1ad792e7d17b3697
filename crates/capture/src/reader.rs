//! One capture, frame by frame.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, StdinLock};
use std::path::Path;

use netsift_packet::{Frame, FrameSource};

use crate::buffer::Window;
use crate::pcap::Pcap;
use crate::pcapng::PcapNg;
use crate::record::{Halt, Record};
use crate::source::{Source, SourceError};
use crate::{CaptureError, CaptureStats, Compression, Input, ReaderOptions};

/// A capture file.
pub type CaptureFile = CaptureReader<File>;

/// Opens a capture file.
///
/// # Errors
/// If it cannot be opened or does not start as a capture does.
pub fn open(path: impl AsRef<Path>) -> Result<CaptureFile, CaptureError> {
    CaptureReader::open(path, ReaderOptions::new())
}

/// Reads a capture from standard input.
///
/// # Errors
/// If it does not start as a capture does.
pub fn stdin() -> Result<CaptureReader<StdinLock<'static>>, CaptureError> {
    CaptureReader::named(io::stdin().lock(), Input::Stdin, ReaderOptions::new())
}

/// A format of captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Format {
    /// pcap: one link type, one unit of time.
    Pcap,
    /// pcapng: sections, interfaces, blocks.
    PcapNg,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pcap => "pcap",
            Self::PcapNg => "pcapng",
        })
    }
}

/// Reads one capture, frame by frame.
///
/// Bytes are read in large pieces into one buffer, which frames borrow until the next call. The buffer
/// grows only for a record that is longer than it, up to the cap of [`ReaderOptions::max_record_len`].
pub struct CaptureReader<R> {
    window: Window<R>,
    walk: Walk,
    stats: CaptureStats,
    format: Format,
    input: Input,
}

/// How to get to the next record.
enum Walk {
    Pcap(Pcap),
    PcapNg(PcapNg),
    Ended,
}

impl CaptureFile {
    /// Opens a capture file.
    ///
    /// # Errors
    /// If it cannot be opened, does not start as a capture does, or an option cannot be.
    pub fn open(path: impl AsRef<Path>, options: ReaderOptions) -> Result<Self, CaptureError> {
        let path = path.as_ref();
        let file = File::open(path)
            .map_err(|source| CaptureError::Open { path: path.to_owned(), source })?;
        Self::named(file, Input::Path(path.to_owned()), options)
    }
}

impl<R: Read> CaptureReader<R> {
    /// Reads a capture from anything. A buffered reader gains nothing here.
    ///
    /// # Errors
    /// If it does not start as a capture does.
    pub fn new(reader: R) -> Result<Self, CaptureError> {
        Self::named(reader, Input::Stream, ReaderOptions::new())
    }

    /// Reads a capture from anything, with a name for errors to tell and options.
    ///
    /// # Errors
    /// If it does not start as a capture does, or an option cannot be.
    pub fn named(reader: R, input: Input, options: ReaderOptions) -> Result<Self, CaptureError> {
        options.check()?;
        let source = match Source::open(reader, &options) {
            Ok(source) => source,
            Err(error) => return Err(located(Halt::Source(error), input, Place::default())),
        };
        let mut window = Window::new(source, options.buffer_len);
        match begin(&mut window, &options) {
            Ok((format, walk)) => {
                Ok(Self { window, walk, stats: CaptureStats::default(), format, input })
            }
            Err(Refusal::Halt(halt)) => Err(located(halt, input, Place::of(&window, 0))),
            Err(Refusal::Empty) => Err(CaptureError::Empty { input }),
            Err(Refusal::NotACapture) => Err(CaptureError::NotACapture {
                input,
                compression: window.source().compression(),
                start: window.unused().iter().take(4).copied().collect(),
            }),
        }
    }

    /// Its format.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// How it is compressed.
    #[must_use]
    pub fn compression(&self) -> Option<Compression> {
        self.window.source().compression()
    }

    /// What was read so far, and what was forgiven.
    #[must_use]
    pub const fn stats(&self) -> &CaptureStats {
        &self.stats
    }

    /// How many bytes were read so far from the reader below: of the compressed stream, if it is one.
    /// Beside the size of a file it tells how far the reading is.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.window.source().raw_len()
    }

    /// Where errors say that the capture comes from.
    #[must_use]
    pub const fn input(&self) -> &Input {
        &self.input
    }

    /// Whether the next step has to read, and may have to wait for who writes.
    pub(crate) fn is_drained(&self) -> bool {
        let unused = self.window.unused();
        match &self.walk {
            Walk::Pcap(pcap) => !pcap.is_whole(unused),
            Walk::PcapNg(pcapng) => !pcapng.is_whole(unused),
            Walk::Ended => false,
        }
    }

    /// Steps to the next frame, which stands in the window until the next step.
    #[inline(always)]
    pub(crate) fn advance(&mut self) -> Result<Option<Record>, CaptureError> {
        if let Walk::Pcap(pcap) = &self.walk
            && let Some(record) = pcap.buffered_record(&mut self.window, &mut self.stats)
        {
            self.count(&record);
            return Ok(Some(record));
        }
        let mut rare = Record::default();
        Ok(if self.advance_beyond_the_window(&mut rare)? { Some(rare) } else { None })
    }

    /// Every other step: kept apart, with a record of its own to write to, so that the one above is a
    /// few instructions in the caller's loop and its record stays in registers.
    #[inline(never)]
    fn advance_beyond_the_window(&mut self, to: &mut Record) -> Result<bool, CaptureError> {
        let step = match &mut self.walk {
            Walk::Pcap(pcap) => pcap.next_record(&mut self.window, &mut self.stats),
            Walk::PcapNg(pcapng) => pcapng.next_record(&mut self.window, &mut self.stats),
            Walk::Ended => return Ok(false),
        };
        match step {
            Ok(Some(record)) => {
                self.count(&record);
                *to = record;
                Ok(true)
            }
            Ok(None) => {
                self.walk = Walk::Ended;
                Ok(false)
            }
            Err(halt) => Err(self.end_with(halt)),
        }
    }

    #[inline]
    fn count(&mut self, record: &Record) {
        self.stats.frames += 1;
        self.stats.captured_bytes += record.len as u64;
    }

    /// The frame of the last step.
    #[inline]
    pub(crate) fn frame(&self, record: &Record) -> Frame<'_> {
        Frame {
            time: record.time,
            wire_len: record.wire_len,
            link: record.link,
            data: self.window.at(record.start, record.len),
        }
    }

    #[cold]
    fn end_with(&mut self, halt: Halt) -> CaptureError {
        self.walk = Walk::Ended;
        located(halt, self.input.clone(), Place::of(&self.window, self.stats.frames))
    }
}

impl<R: Read> FrameSource for CaptureReader<R> {
    type Error = CaptureError;

    // Always: handed over through memory, the frame's fields cost more than finding them.
    #[inline(always)]
    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        match self.advance() {
            Ok(Some(record)) => Ok(Some(self.frame(&record))),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl<R> fmt::Debug for CaptureReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureReader")
            .field("input", &self.input)
            .field("format", &self.format)
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}

/// Why a capture could not even be begun.
enum Refusal {
    Empty,
    NotACapture,
    Halt(Halt),
}

fn begin<R: Read>(
    window: &mut Window<R>,
    options: &ReaderOptions,
) -> Result<(Format, Walk), Refusal> {
    let has_magic = window.has(4).map_err(|error| Refusal::Halt(error.into()))?;
    match window.unused().first_chunk() {
        Some(&magic) if has_magic && PcapNg::recognises(magic) => {
            Ok((Format::PcapNg, Walk::PcapNg(PcapNg::new(options.max_record_len))))
        }
        Some(&magic) if has_magic && Pcap::recognises(magic) => {
            let pcap = Pcap::open(window, options.max_record_len).map_err(Refusal::Halt)?;
            Ok((Format::Pcap, Walk::Pcap(pcap)))
        }
        None if window.unused().is_empty() => Err(Refusal::Empty),
        _ => Err(Refusal::NotACapture),
    }
}

/// Where a reader stands.
#[derive(Clone, Copy, Default)]
struct Place {
    /// Where the first unused byte stands, and where the bytes that were read end.
    offset: u64,
    read_offset: u64,
    compressed_offset: u64,
    frames: u64,
}

impl Place {
    fn of<R: Read>(window: &Window<R>, frames: u64) -> Self {
        Self {
            offset: window.position(),
            read_offset: window.read_position(),
            compressed_offset: window.source().raw_len(),
            frames,
        }
    }
}

fn located(halt: Halt, input: Input, place: Place) -> CaptureError {
    let Place { offset, read_offset, compressed_offset, frames } = place;
    match halt {
        Halt::Fault(fault) => CaptureError::Broken { input, offset, frames, fault },
        Halt::Source(SourceError::Bomb(fault)) => {
            CaptureError::Broken { input, offset: read_offset, frames, fault }
        }
        Halt::Source(SourceError::Read(source)) => {
            CaptureError::Read { input, offset: read_offset, frames, source }
        }
        Halt::Source(SourceError::Decompress(compression, source)) => CaptureError::Decompress {
            input,
            compression,
            compressed_offset,
            offset: read_offset,
            frames,
            source,
        },
        Halt::Source(SourceError::FeatureOff(compression)) => {
            CaptureError::FeatureOff { input, compression }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;
    use std::rc::Rc;

    use netsift_packet::{LinkType, Timestamp};

    use super::*;
    use crate::{CaptureWriter, WriterOptions};

    /// Gives so many bytes at a time, and counts how often it was asked.
    struct Drip {
        bytes: Vec<u8>,
        most: usize,
        given: usize,
        asked: Rc<Cell<usize>>,
    }

    impl Read for Drip {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            self.asked.set(self.asked.get() + 1);
            let left = &self.bytes[self.given..];
            let len = left.len().min(self.most).min(to.len());
            to[..len].copy_from_slice(&left[..len]);
            self.given += len;
            Ok(len)
        }
    }

    #[test]
    fn who_is_drained_reads_for_the_next_frame_and_nobody_else_does() {
        for format in [Format::Pcap, Format::PcapNg] {
            let options = WriterOptions::new().format(format);
            let mut writer = CaptureWriter::new(Vec::new(), options).unwrap();
            for len in 0..200 {
                let data = vec![7; len];
                let frame = Frame::new(Timestamp::EPOCH, LinkType::ETHERNET, &data);
                writer.write(&frame).unwrap();
            }
            let bytes = writer.finish().unwrap();
            for most in [1, 7, 16, 100, 1_000, 65_536] {
                let asked = Rc::new(Cell::new(0));
                let drip = Drip { bytes: bytes.clone(), most, given: 0, asked: Rc::clone(&asked) };
                let mut reader = CaptureReader::new(drip).unwrap();
                reader.next_frame().unwrap();
                loop {
                    let (is_drained, before) = (reader.is_drained(), asked.get());
                    let is_there = reader.next_frame().unwrap().is_some();
                    assert_eq!(is_drained, asked.get() > before, "{format:?} {most}");
                    if !is_there {
                        break;
                    }
                }
                assert_eq!(reader.stats().frames, 200);
            }
        }
    }
}
