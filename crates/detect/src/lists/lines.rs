//! A list line by line, in bounded memory.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read, Take};

use super::limits::MAX_LINE_BYTES;

/// The lines of a reader, each of bounded length.
pub(super) struct Lines<R> {
    source: BufReader<Take<R>>,
    bytes: Vec<u8>,
    number: u64,
}

/// A line without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Bytes(&'a [u8]),
    /// Longer than any that is read; the rest of it was passed over.
    TooLong,
}

/// What a reader ended with before it was at its end.
#[derive(Debug)]
pub(super) enum Stop {
    Failed(io::Error),
    /// There are more bytes than are read.
    TooLarge,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R, max_bytes: u64) -> Self {
        let source = BufReader::new(source.take(max_bytes.saturating_add(1)));
        Self { source, bytes: Vec::new(), number: 0 }
    }

    /// The number of the line that was read last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, Stop> {
        self.bytes.clear();
        let room = MAX_LINE_BYTES as u64 + 1;
        self.source.by_ref().take(room).read_until(b'\n', &mut self.bytes).map_err(Stop::Failed)?;
        if self.bytes.is_empty() {
            return self.end();
        }
        self.number += 1;
        if self.bytes.len() > MAX_LINE_BYTES && !self.bytes.ends_with(b"\n") {
            self.source.skip_until(b'\n').map_err(Stop::Failed)?;
            return Ok(Some(Line::TooLong));
        }
        let bytes = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let mark = if self.number == 1 { &b"\xef\xbb\xbf"[..] } else { b"" };
        Ok(Some(Line::Bytes(bytes.strip_prefix(mark).unwrap_or(bytes))))
    }

    /// Nothing is left, or nothing is left of what may be read.
    fn end(&self) -> Result<Option<Line<'_>>, Stop> {
        if self.source.get_ref().limit() == 0 { Err(Stop::TooLarge) } else { Ok(None) }
    }
}

/// Text of any bytes: what is no UTF-8 becomes a character that no entry has. Comments may hold it.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let mut lines = Lines::new(bytes, 1 << 20);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push(match line {
                Line::Bytes(bytes) => text(bytes).into_owned(),
                Line::TooLong => "(too long)".to_owned(),
            });
        }
        assert_eq!(lines.number(), found.len() as u64);
        found
    }

    #[test]
    fn lines_end_with_or_without_a_carriage_return() {
        assert_eq!(lines(b"\xef\xbb\xbfa\nb\r\n\r\n\nc"), ["a", "b", "", "", "c"]);
        assert_eq!(lines(b""), [""; 0]);
        assert_eq!(lines(b"\xff\n"), ["\u{fffd}"]);
    }

    #[test]
    fn a_line_of_any_length_takes_bounded_memory() {
        let longest = vec![b'x'; MAX_LINE_BYTES];
        let too_long = vec![b'x'; MAX_LINE_BYTES * 3];
        let all = [&longest[..], b"\n", &too_long, b"\nend"].concat();
        let found = lines(&all);
        assert_eq!(found[0].len(), MAX_LINE_BYTES);
        assert_eq!(found[1..], ["(too long)", "end"]);
        assert_eq!(lines(&too_long), ["(too long)"]);
        let mut endless = Lines::new(io::repeat(b'x'), 10 << 20);
        assert_eq!(endless.next().unwrap(), Some(Line::TooLong));
        assert!(matches!(endless.next(), Err(Stop::TooLarge)));
        assert!(endless.bytes.capacity() <= 2 * MAX_LINE_BYTES + 2);
    }

    #[test]
    fn more_bytes_than_are_read_are_told() {
        assert!(matches!(Lines::new(&b"ab\ncd\n"[..], 6).next(), Ok(Some(_))));
        let mut lines = Lines::new(&b"ab\ncd\ne"[..], 6);
        while lines.number() < 3 {
            lines.next().unwrap();
        }
        assert!(matches!(lines.next(), Err(Stop::TooLarge)));
        let mut whole = Lines::new(&b"ab\ncd\n"[..], 6);
        while let Some(Line::Bytes(line)) = whole.next().unwrap() {
            assert_eq!(line.len(), 2);
        }
    }
}
