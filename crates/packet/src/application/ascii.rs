//! ASCII made of numbers without the formatting machinery: kept in place, or on its way into a hash.

use std::fmt;

/// Both digits of every byte.
const HEX: [[u8; 2]; 256] = hex_digits();

/// ASCII of at most `N` bytes, kept in place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ascii<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Ascii<N> {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = self.bytes.get(..self.len).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// Whoever builds a text knows how long it gets: what is beyond `N` is left out.
    pub(crate) fn push(&mut self, text: &[u8]) {
        let end = self.len + text.len();
        if let Some(place) = self.bytes.get_mut(self.len..end) {
            place.copy_from_slice(text);
            self.len = end;
        }
    }

    /// Bytes as hexadecimal digits.
    pub(crate) fn push_hex(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.push(&HEX[usize::from(byte)]));
    }
}

impl<const N: usize> fmt::Display for Ascii<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Ascii<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// Lists of numbers on their way to `out`, which takes few long pieces more cheaply than many short ones.
pub(crate) struct Lists<W> {
    out: W,
    /// What became of the pieces before.
    sent: fmt::Result,
    piece: [u8; PIECE],
    len: usize,
}

/// What is gathered: enough for the lists of most hellos.
const PIECE: usize = 256;
/// Room for the longest number and what stands behind it.
const ROOM: usize = 8;

impl<W: fmt::Write> Lists<W> {
    pub(crate) const fn to(out: W) -> Self {
        Self { out, sent: Ok(()), piece: [0; PIECE], len: 0 }
    }

    /// Numbers, their digits [`decimal`] or [`hex`], with `between` between them and `behind` behind the last.
    #[inline]
    pub(crate) fn add(
        &mut self,
        digits: impl Fn(u16) -> (u64, usize),
        numbers: impl IntoIterator<Item = u16>,
        between: u8,
        behind: Option<u8>,
    ) {
        let mut is_empty = true;
        for number in numbers {
            let (digits, len) = digits(number);
            self.put(digits | u64::from(between) << (8 * len), len + 1);
            is_empty = false;
        }
        self.end(is_empty, behind);
    }

    /// Sends what is left.
    pub(crate) fn finish(mut self) -> Result<W, fmt::Error> {
        self.send();
        self.sent.map(|()| self.out)
    }

    /// The first `len` of these bytes, the lowest in front: a copy of a fixed size is the cheapest.
    #[inline]
    fn put(&mut self, bytes: u64, len: usize) {
        if self.len > PIECE - ROOM {
            self.send();
        }
        if let Some(place) = self.piece.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut) {
            *place = bytes.to_le_bytes();
            self.len += len;
        }
    }

    /// Takes back what stands behind the last number. That is still here: pieces are sent when there is more.
    fn end(&mut self, is_empty: bool, behind: Option<u8>) {
        if !is_empty {
            self.len -= 1;
        }
        if let Some(behind) = behind {
            self.put(behind.into(), 1);
        }
    }

    #[cold]
    fn send(&mut self) {
        let text = self.piece.get(..self.len).unwrap_or_default();
        let text = std::str::from_utf8(text).unwrap_or_default();
        self.sent = self.sent.and_then(|()| self.out.write_str(text));
        self.len = 0;
    }
}

/// The digits of a decimal number, the first in the lowest byte, and how many they are.
#[inline]
pub(crate) fn decimal(number: u16) -> (u64, usize) {
    const ZEROS: u64 = 0x30_3030_3030;
    /// The last digit is written even if it is a zero.
    const LAST: u64 = 1 << 32;
    let places = [number / 10_000, number / 1_000, number / 100, number / 10, number];
    let [a, b, c, d, e] = places.map(|place| (place % 10) as u8);
    let digits = u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]);
    let zeros = (digits | LAST).trailing_zeros() / 8;
    ((digits + ZEROS) >> (8 * zeros), 5 - zeros as usize)
}

/// The same of a hexadecimal number of four digits.
#[inline]
pub(crate) fn hex(number: u16) -> (u64, usize) {
    let [[a, b], [c, d]] = number.to_be_bytes().map(|byte| HEX[usize::from(byte)]);
    (u32::from_le_bytes([a, b, c, d]).into(), 4)
}

const fn hex_digits() -> [[u8; 2]; 256] {
    let digits = *b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < pairs.len() {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    #[test]
    fn every_number_is_written_as_by_the_standard_library() {
        let mut lists = Lists::to(String::new());
        let mut expected = String::new();
        for number in 0..=u16::MAX {
            lists.add(decimal, [number], b'-', None);
            lists.add(hex, [number, 7], b'-', Some(b','));
            write!(expected, "{number}{number:04x}-0007,").unwrap();
        }
        assert_eq!(lists.finish().unwrap(), expected);
    }

    #[test]
    fn lists_are_joined_whatever_their_lengths() {
        for len in 0..200 {
            let numbers: Vec<u16> = (0..len).map(|number| number * 321).collect();
            let mut lists = Lists::to(String::new());
            lists.add(decimal, numbers.iter().copied(), b'-', Some(b','));
            lists.add(hex, numbers.iter().copied(), b':', None);
            let decimals: Vec<_> = numbers.iter().map(u16::to_string).collect();
            let hexes: Vec<_> = numbers.iter().map(|number| format!("{number:04x}")).collect();
            let expected = decimals.join("-") + "," + &hexes.join(":");
            assert_eq!(lists.finish().unwrap(), expected);
        }
    }

    #[test]
    fn what_has_no_room_is_left_out() {
        let mut text = Ascii::<5>::new();
        text.push_hex(&[0x0f, 0xa0, 0xff]);
        text.push(b"-");
        assert_eq!((text.as_str(), format!("{text:>6}")), ("0fa0-", " 0fa0-".into()));
    }
}
