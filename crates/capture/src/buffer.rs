//! The window that slides over a capture: large reads in, borrowed frames out.

use std::io::Read;

use crate::source::{Source, SourceError};

/// The bytes read and not yet used. Frames borrow them; only a refill moves them.
pub(crate) struct Window<R> {
    source: Source<R>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Where `bytes[0]` stands in the (decompressed) capture.
    base: u64,
    ended: bool,
}

impl<R: Read> Window<R> {
    pub(crate) fn new(source: Source<R>, len: usize) -> Self {
        Self { source, bytes: vec![0; len], start: 0, end: 0, base: 0, ended: false }
    }

    pub(crate) fn source(&self) -> &Source<R> {
        &self.source
    }

    /// Where the unused bytes start in the capture.
    pub(crate) fn position(&self) -> u64 {
        self.base + self.start as u64
    }

    /// Where the bytes that were read end in the capture.
    pub(crate) fn read_position(&self) -> u64 {
        self.base + self.end as u64
    }

    /// The unused bytes.
    #[inline]
    pub(crate) fn unused(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Whether `needed` unused bytes are there, reading more if need be: `false` if the capture ends before.
    #[inline]
    pub(crate) fn has(&mut self, needed: usize) -> Result<bool, SourceError> {
        if self.end - self.start >= needed { Ok(true) } else { self.fill(needed) }
    }

    /// Marks the first `len` unused bytes as used and says where they stand for [`Window::at`].
    #[inline]
    pub(crate) fn consume(&mut self, len: usize) -> usize {
        let start = self.start;
        self.start = (start + len).min(self.end);
        start
    }

    /// Bytes that were consumed since the last refill.
    #[inline]
    pub(crate) fn at(&self, start: usize, len: usize) -> &[u8] {
        &self.bytes[start..start + len]
    }

    /// Moves the unused tail to the front and reads behind it. Reads no more than it must wait for, so
    /// that a live pipe hands over its packets at once.
    #[cold]
    #[inline(never)]
    fn fill(&mut self, needed: usize) -> Result<bool, SourceError> {
        self.move_tail_to_front();
        while self.end < needed {
            if self.ended {
                return Ok(false);
            }
            if self.end == self.bytes.len() {
                // Grows with the bytes that came, never with the length that was claimed.
                self.bytes.resize(self.bytes.len() * 2, 0);
            }
            let read = self.source.read(&mut self.bytes[self.end..])?;
            self.ended = read == 0;
            self.end += read;
        }
        Ok(true)
    }

    fn move_tail_to_front(&mut self) {
        self.bytes.copy_within(self.start..self.end, 0);
        self.base += self.start as u64;
        self.end -= self.start;
        self.start = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReaderOptions;

    fn window(bytes: &[u8], len: usize) -> Window<&[u8]> {
        Window::new(Source::open(bytes, &ReaderOptions::new()).unwrap(), len)
    }

    #[test]
    fn the_tail_survives_a_refill_and_positions_go_on() {
        let mut window = window(b"abcdefghij", 4);
        assert!(window.has(4).unwrap());
        window.consume(3);
        assert!(window.has(4).unwrap());
        assert_eq!((window.unused(), window.position()), (b"defg".as_slice(), 3));
    }

    #[test]
    fn a_claimed_length_takes_no_memory_that_the_bytes_do_not_fill() {
        let mut window = window(&[7; 100], 64);
        assert!(!window.has(1 << 30).unwrap());
        assert_eq!((window.unused().len(), window.bytes.len()), (100, 128));
    }

    #[test]
    fn an_end_is_not_asked_for_twice() {
        struct EndsOnce(bool);
        impl Read for EndsOnce {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                assert!(!std::mem::replace(&mut self.0, true), "read after the end");
                Ok(0)
            }
        }
        let start = [7; 8];
        let source = Source::open(start.chain(EndsOnce(false)), &ReaderOptions::new()).unwrap();
        let mut window = Window::new(source, 64);
        assert!(!window.has(9).unwrap());
        assert!(!window.has(10).unwrap() && window.has(8).unwrap());
    }
}
