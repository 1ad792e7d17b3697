//! The laws of capture readers.

use std::io::{self, Read};

use netsift_capture::{CaptureError, CaptureReader, FrameSource, Input, ReaderOptions};
use netsift_packet::Frame;

/// A capture, as it stands in a file.
pub(crate) fn body(input: &[u8]) {
    let whole = Reading::of(input, input.len().max(1), 64 * 1024);
    let dripped = Reading::of(input, 1 + input.len() % 7, 4 * 1024);
    let (more, fewer) = match whole.frames.len() >= dripped.frames.len() {
        true => (&whole, &dripped),
        false => (&dripped, &whole),
    };
    assert!(more.frames.starts_with(&fewer.frames), "other frames out of other pieces");
    // Where a broken compressed stream is noticed hangs on how much of it the decoder was given.
    if !(more.undone || fewer.undone) {
        assert_eq!(more.frames.len(), fewer.frames.len(), "more frames out of other pieces");
        assert_eq!(more.end, fewer.end, "another end out of other pieces");
        assert_eq!(more.offset, fewer.offset, "another place of the end out of other pieces");
    }
    if !whole.compressed {
        frames_fit_in(&whole, input);
    }
}

/// What came out of a capture.
struct Reading {
    /// A number for every frame, made of everything in it.
    frames: Vec<u64>,
    captured: u64,
    /// How it ended: the error, if there was one.
    end: Option<String>,
    /// The place that the error names.
    offset: Option<u64>,
    compressed: bool,
    /// The compressed stream around it is broken.
    undone: bool,
}

impl Reading {
    fn of(input: &[u8], piece: usize, buffer: usize) -> Self {
        let options = ReaderOptions::new().buffer_len(buffer);
        let pieces = Pieces { bytes: input, piece };
        match CaptureReader::named(pieces, Input::Stream, options) {
            Ok(reader) => Self::drained(reader),
            Err(error) => Self::unread().ended(&error),
        }
    }

    fn unread() -> Self {
        Self {
            frames: Vec::new(),
            captured: 0,
            end: None,
            offset: None,
            compressed: true,
            undone: false,
        }
    }

    fn drained(mut reader: CaptureReader<Pieces<'_>>) -> Self {
        let mut reading = Self { compressed: reader.compression().is_some(), ..Self::unread() };
        let end = loop {
            match reader.next_frame() {
                Ok(Some(frame)) => reading.add(&frame),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        for _ in 0..3 {
            assert!(matches!(reader.next_frame(), Ok(None)), "something comes after the end");
        }
        let stats = reader.stats();
        assert_eq!(stats.frames(), reading.frames.len() as u64, "frames counted and handed out");
        assert_eq!(stats.captured_bytes(), reading.captured, "bytes counted and handed out");
        match end {
            Some(error) => reading.ended(&error),
            None => reading,
        }
    }

    fn add(&mut self, frame: &Frame<'_>) {
        assert!(frame.wire_len >= frame.captured_len(), "captured more than was on the wire");
        self.captured += frame.data.len() as u64;
        let facts = [frame.time.as_nanos() as u64, frame.wire_len.into(), frame.link.0.into()];
        let bytes = frame.data.iter().map(|&byte| u64::from(byte));
        self.frames.push(facts.into_iter().chain(bytes).fold(0, digested));
    }

    fn ended(self, error: &CaptureError) -> Self {
        let (end, offset) = match error {
            CaptureError::Broken { offset, frames, fault, .. } => {
                self.counted(*frames, error);
                (fault.to_string(), Some(*offset))
            }
            CaptureError::Decompress { frames, compressed_offset, .. } => {
                self.counted(*frames, error);
                (String::new(), Some(*compressed_offset))
            }
            other => (other.to_string(), None),
        };
        let undone = matches!(error, CaptureError::Decompress { .. });
        Self { end: Some(end), offset, undone, ..self }
    }

    fn counted(&self, frames: u64, error: &CaptureError) {
        assert_eq!(frames, self.frames.len() as u64, "{error}: another count of frames");
    }
}

fn digested(digest: u64, value: u64) -> u64 {
    (digest ^ value).wrapping_mul(0x0100_0000_01b3).rotate_left(23)
}

/// Every frame comes out of a record of at least 16 bytes, and every byte of it out of the capture.
fn frames_fit_in(reading: &Reading, input: &[u8]) {
    let len = input.len() as u64;
    let frames = reading.frames.len() as u64;
    assert!(frames * 16 <= len, "{frames} frames in {len} bytes");
    assert!(reading.captured <= len, "{} captured bytes in {len}", reading.captured);
    assert!(reading.offset.unwrap_or(0) <= len, "broken at a byte past the end");
}

/// Hands out a few bytes at a time.
struct Pieces<'a> {
    bytes: &'a [u8],
    piece: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let len = into.len().min(self.piece);
        into.get_mut(..len).map_or(Ok(0), |into| self.bytes.read(into))
    }
}
