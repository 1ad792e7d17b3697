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
    /// With a byte that no text has, as files are full of that were not written to their ends; cut if it is too long.
    Binary(&'a [u8]),
    /// Longer than any that is read; the rest of it was passed over.
    TooLong,
}

/// What a reader ended with before it was at its end.
#[derive(Debug)]
pub(super) enum Stop {
    Failed {
        /// The last line that was read.
        line: u64,
        source: io::Error,
    },
    /// There are more bytes than are read.
    TooLarge {
        /// The last line that was read.
        line: u64,
    },
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R, max_bytes: u64) -> Self {
        let source = BufReader::new(source.take(max_bytes.saturating_add(1)));
        Self { source, bytes: Vec::new(), number: 0 }
    }

    /// The next line and its number, from 1.
    pub(super) fn next(&mut self) -> Result<Option<(Line<'_>, u64)>, Stop> {
        self.bytes.clear();
        let line = self.number;
        let failed = |source| Stop::Failed { line, source };
        let room = MAX_LINE_BYTES as u64 + 1;
        self.source.by_ref().take(room).read_until(b'\n', &mut self.bytes).map_err(failed)?;
        if self.bytes.is_empty() {
            let is_cut = self.source.get_ref().limit() == 0;
            return if is_cut { Err(Stop::TooLarge { line }) } else { Ok(None) };
        }
        self.number += 1;
        let is_too_long = self.bytes.len() > MAX_LINE_BYTES && !self.bytes.ends_with(b"\n");
        if is_too_long {
            self.source.skip_until(b'\n').map_err(failed)?;
        }
        if self.bytes.contains(&0) {
            return Ok(Some((Line::Binary(&self.bytes), self.number)));
        }
        if is_too_long {
            return Ok(Some((Line::TooLong, self.number)));
        }
        let bytes = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let mark = if line == 0 { &b"\xef\xbb\xbf"[..] } else { b"" };
        Ok(Some((Line::Bytes(bytes.strip_prefix(mark).unwrap_or(bytes)), self.number)))
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
        while let Some((line, number)) = lines.next().unwrap() {
            found.push(match line {
                Line::Bytes(bytes) => text(bytes).into_owned(),
                Line::Binary(bytes) => format!("({} bytes)", bytes.len()),
                Line::TooLong => "(too long)".to_owned(),
            });
            assert_eq!(number, found.len() as u64);
        }
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
        let cut = format!("({} bytes)", MAX_LINE_BYTES + 1);
        assert_eq!(
            lines(&[b"a\0\n", &vec![0; MAX_LINE_BYTES * 3][..]].concat()),
            ["(3 bytes)", &cut]
        );
        let mut endless = Lines::new(io::repeat(b'x'), 10 << 20);
        assert_eq!(endless.next().unwrap(), Some((Line::TooLong, 1)));
        assert!(matches!(endless.next(), Err(Stop::TooLarge { line: 1 })));
        assert!(endless.bytes.capacity() <= 2 * MAX_LINE_BYTES + 2);
    }

    #[test]
    fn more_bytes_than_are_read_are_told() {
        let mut lines = Lines::new(&b"ab\ncd\ne"[..], 6);
        for number in 1..=3 {
            assert!(matches!(lines.next(), Ok(Some((_, told))) if told == number));
        }
        assert!(matches!(lines.next(), Err(Stop::TooLarge { line: 3 })));
        let mut whole = Lines::new(&b"ab\ncd\n"[..], 6);
        while let Some((line, _)) = whole.next().unwrap() {
            assert!(matches!(line, Line::Bytes(bytes) if bytes.len() == 2));
        }
    }
}
