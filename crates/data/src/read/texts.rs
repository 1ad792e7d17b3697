//! Distinct texts, numbered in the order in which they come.

use std::borrow::Cow;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// Texts as bytes behind each other, and a table of their numbers.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    hasher: RandomState,
    /// The one looked up last: rows of one label stand together.
    last: u32,
}

impl Texts {
    /// The number of a text, and whether it is new.
    #[inline]
    pub(crate) fn number(&mut self, text: &[u8]) -> (u32, bool) {
        if self.get(self.last) == Some(text) {
            return (self.last, false);
        }
        let (number, new) = self.look_up(text);
        self.last = number;
        (number, new)
    }

    fn look_up(&mut self, text: &[u8]) -> (u32, bool) {
        let hash = self.hasher.hash_one(text);
        let (bytes, ends) = (&self.bytes, &self.ends);
        let found = self.numbers.find(hash, |&number| piece(bytes, ends, number) == Some(text));
        if let Some(&number) = found {
            return (number, false);
        }
        let number = self.ends.len() as u32;
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        let hash_of = |&number: &u32| hasher.hash_one(piece(bytes, ends, number).unwrap_or(b""));
        self.numbers.insert_unique(hash, number, hash_of);
        (number, true)
    }

    /// Whether a text has a number.
    pub(crate) fn has(&self, text: &[u8]) -> bool {
        let hash = self.hasher.hash_one(text);
        self.numbers.find(hash, |&number| self.get(number) == Some(text)).is_some()
    }

    /// The text of that number.
    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&[u8]> {
        piece(&self.bytes, &self.ends, number)
    }

    /// All of them, in the order of their numbers, as they are read.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Cow<'_, str>> {
        (0..self.len() as u32).map(|number| readable(self.get(number).unwrap_or_default()))
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn len_bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// The bytes as text. Where they are no UTF-8, those that are none become `\xFF`, and backslashes two, so that what
/// differs stays different.
pub(crate) fn readable(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(escaped(bytes)),
    }
}

#[cold]
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(4 * bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02X}")));
    }
    text
}

#[inline]
fn piece<'a>(bytes: &'a [u8], ends: &[usize], number: u32) -> Option<&'a [u8]> {
    let end = *ends.get(number as usize)?;
    let start = match number.checked_sub(1) {
        Some(before) => *ends.get(before as usize)?,
        None => 0,
    };
    bytes.get(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_the_number_they_got_first() {
        let mut texts = Texts::default();
        let numbered = ["tcp", "", "udp", "tcp", "tcp", "", "icmp"];
        let numbers: Vec<_> = numbered.map(|text| texts.number(text.as_bytes())).into();
        let expected =
            [(0, true), (1, true), (2, true), (0, false), (0, false), (1, false), (3, true)];
        assert_eq!(numbers, expected);
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["tcp", "", "udp", "icmp"]);
        assert_eq!((texts.len(), texts.len_bytes(), texts.get(4)), (4, 10, None));
    }

    #[test]
    fn bytes_that_are_no_utf8_stay_apart() {
        for (bytes, expected) in [
            (&b"a\\b"[..], r"a\b"),
            (b"\xff", r"\xFF"),
            (b"\xfe", r"\xFE"),
            (b"\\xFF\xff", r"\\xFF\xFF"),
            (b"\xed\xa0\x80\xc3\xa9", "\\xED\\xA0\\x80\u{e9}"),
        ] {
            assert_eq!(readable(bytes), expected);
        }
    }

    #[test]
    fn many_texts_are_found_again() {
        let mut texts = Texts::default();
        for round in 0..2 {
            for number in 0..10_000u32 {
                let found = texts.number(number.to_string().as_bytes());
                assert_eq!(found, (number, round == 0));
            }
        }
    }
}
