//! How alerts lie in a file: a line each, with its length and a checksum.
//!
//! `CCCCCCCC LLLLLLLL TTTTTTTTTTTTTTTT {…}` and a line end: the CRC-32 of all behind it, the length of the JSON in bytes, when it
//! was queued in nanoseconds since 1970, all as hexadecimal digits, and the alert as JSON.

use std::io::Write;

use crate::Alert;

/// The longest line that is read: several times as long as that of any [bounded](Alert::bounded) alert.
pub const MAX_LINE: usize = 256 * 1024;

/// What stands before the JSON.
const HEAD: usize = 35;
/// The checksum and its blank, which it does not cover.
const SUM: usize = 9;

/// An alert that lies in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When it was queued, in nanoseconds since 1970, by the clock of the machine.
    pub at: i64,
    /// The alert.
    pub alert: Alert,
}

impl Entry {
    /// Adds its line to `lines`.
    ///
    /// # Errors
    /// If it is longer than [`MAX_LINE`], which no bounded alert is.
    pub fn write(at: i64, alert: &Alert, lines: &mut Vec<u8>) -> Result<(), TooLong> {
        // Every field of an alert has a form in JSON.
        let json = serde_json::to_vec(alert).unwrap_or_default();
        if HEAD + json.len() >= MAX_LINE {
            return Err(TooLong);
        }
        let start = lines.len();
        // Writing to memory does not fail.
        let _ = write!(lines, "{:08x} {:08x} {at:016x} ", 0, json.len());
        lines.extend(json);
        let sum = crc32fast::hash(lines.get(start + SUM..).unwrap_or_default());
        if let Some(place) = lines.get_mut(start..start + SUM) {
            place.copy_from_slice(format!("{sum:08x} ").as_bytes());
        }
        lines.push(b'\n');
        Ok(())
    }

    /// What a line without its end says; nothing if it is torn, or of another version.
    fn parse(line: &[u8]) -> Option<Self> {
        let (head, json) = line.split_at_checked(HEAD)?;
        let mut words = str::from_utf8(head).ok()?.split_terminator(' ');
        let mut number = |digits| {
            let word = words.next().filter(|word| word.len() == digits)?;
            let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
            u64::from_str_radix(word, 16).ok().filter(|_| is_hex)
        };
        let (sum, len, at) = (number(8)?, number(8)?, number(16)?);
        let is_whole =
            len == json.len() as u64 && sum == u64::from(crc32fast::hash(line.get(SUM..)?));
        let alert = is_whole.then(|| serde_json::from_slice(json).ok()).flatten()?;
        Some(Self { at: at.cast_signed(), alert })
    }
}

/// An alert whose line would be longer than is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Reads lines, and goes on behind those that are torn.
///
/// ```
/// use netsift_alert::spool::Lines;
///
/// let mut lines = Lines::of(b"torn\nand without an end");
/// assert_eq!((lines.next(), lines.damaged(), lines.end()), (None, 1, 5));
/// ```
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    bytes: &'a [u8],
    end: usize,
    damaged: u64,
}

impl<'a> Lines<'a> {
    /// Those that end within `bytes`.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, end: 0, damaged: 0 }
    }

    /// How many lines were nothing that was written here.
    #[must_use]
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Behind the last line that was read.
    #[must_use]
    pub fn end(&self) -> usize {
        self.end
    }
}

impl Iterator for Lines<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            let rest = self.bytes.get(self.end..)?;
            let len = rest.iter().position(|byte| *byte == b'\n')?;
            self.end += len + 1;
            match rest.get(..len).and_then(Entry::parse) {
                Some(entry) => return Some(entry),
                None => self.damaged += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::example;

    fn lines(alerts: &[Alert]) -> Vec<u8> {
        let mut lines = Vec::new();
        for (at, alert) in alerts.iter().enumerate() {
            Entry::write(at as i64, alert, &mut lines).unwrap();
        }
        lines
    }

    fn three() -> Vec<Alert> {
        ["a", "b\n\0\u{1b}[2J\"", "c"].map(|what| example(what, 5)).into()
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = lines(&three());
        assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 3);
        let mut read = Lines::of(&bytes);
        let entries: Vec<_> = read.by_ref().collect();
        assert_eq!(entries.iter().map(|it| it.alert.clone()).collect::<Vec<_>>(), three());
        assert_eq!(entries[2].at, 2);
        assert_eq!((read.damaged(), read.end()), (0, bytes.len()));
    }

    #[test]
    fn the_sum_covers_all_behind_it() {
        let bytes = lines(&three()[..1]);
        let text = str::from_utf8(&bytes).unwrap();
        let (sum, rest) = text.trim_end().split_once(' ').unwrap();
        assert_eq!(u32::from_str_radix(sum, 16).unwrap(), crc32fast::hash(rest.as_bytes()));
    }

    #[test]
    fn an_alert_that_is_too_long_is_refused() {
        let mut alert = example("a", 1);
        alert.names = vec!["x".repeat(MAX_LINE)];
        let mut bytes = vec![1];
        assert_eq!(Entry::write(1, &alert, &mut bytes), Err(TooLong));
        assert_eq!(bytes, [1]);
        // The longest there is: every byte of every text takes six.
        let text = || "\0".repeat(300);
        let mut alert = example(&text(), 1);
        alert.names = vec![text(); 9];
        (alert.reasons, alert.evidence) = (alert.names.clone(), alert.names.clone());
        alert.terms = vec![crate::Term { of: text(), says: text(), risk: f64::NAN }; 9];
        assert_eq!(Entry::write(1, &alert.bounded(), &mut bytes), Ok(()));
        assert!(bytes.len() < MAX_LINE / 2, "{}", bytes.len());
    }

    proptest! {
        #[test]
        fn a_change_of_any_byte_loses_one_line_or_two(place in 0_usize..1_500, bits in 1_u8..) {
            let mut bytes = lines(&three());
            let place = place % bytes.len();
            bytes[place] ^= bits;
            let left: Vec<_> = Lines::of(&bytes).map(|it| it.alert).collect();
            prop_assert!((1..3).contains(&left.len()), "{}", left.len());
            prop_assert!(left.iter().all(|alert| three().contains(alert)));
        }

        #[test]
        fn a_cut_loses_what_is_behind_it(len in 0_usize..1_500) {
            let bytes = lines(&three());
            let len = len % (bytes.len() + 1);
            let mut read = Lines::of(&bytes[..len]);
            let left: Vec<_> = read.by_ref().map(|it| it.alert).collect();
            let whole = bytes[..len].iter().filter(|byte| **byte == b'\n').count();
            prop_assert_eq!(&left[..], &three()[..whole]);
            prop_assert!(read.damaged() == 0 && read.end() <= len);
        }
    }
}
