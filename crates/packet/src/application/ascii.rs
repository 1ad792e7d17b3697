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

/// Text on its way to `out`, which takes few long pieces more cheaply than many short ones.
pub(crate) struct Pieces<W> {
    out: W,
    piece: [u8; PIECE],
    len: usize,
}

/// What is gathered: enough for the lists of most hellos.
const PIECE: usize = 256;
/// Room for the longest number.
const ROOM: usize = 8;

impl<W: fmt::Write> Pieces<W> {
    pub(crate) const fn to(out: W) -> Self {
        Self { out, piece: [0; PIECE], len: 0 }
    }

    pub(crate) fn push(&mut self, byte: u8) -> fmt::Result {
        self.put([byte, 0, 0, 0, 0, 0, 0, 0], 1)
    }

    /// A decimal number.
    pub(crate) fn decimal(&mut self, number: u16) -> fmt::Result {
        let digits = [number / 10_000, number / 1_000 % 10, number / 100 % 10, number / 10 % 10];
        let zeros = 4 - [10, 100, 1_000, 10_000].iter().filter(|&&least| number >= least).count();
        let [a, b, c, d] = digits.map(|digit| b'0' + digit as u8);
        let digits = u64::from_le_bytes([a, b, c, d, b'0' + (number % 10) as u8, 0, 0, 0]);
        self.put((digits >> (8 * zeros)).to_le_bytes(), 5 - zeros)
    }

    /// A number of four hexadecimal digits.
    pub(crate) fn hex(&mut self, number: u16) -> fmt::Result {
        let [[a, b], [c, d]] = number.to_be_bytes().map(|byte| HEX[usize::from(byte)]);
        self.put([a, b, c, d, 0, 0, 0, 0], 4)
    }

    /// Sends what is left.
    pub(crate) fn finish(mut self) -> Result<W, fmt::Error> {
        self.send()?;
        Ok(self.out)
    }

    /// The first `len` of these bytes; a copy of a fixed size is the cheapest.
    #[inline]
    fn put(&mut self, bytes: [u8; ROOM], len: usize) -> fmt::Result {
        if self.len > PIECE - ROOM {
            self.send()?;
        }
        if let Some(place) = self.piece.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut) {
            *place = bytes;
            self.len += len;
        }
        Ok(())
    }

    fn send(&mut self) -> fmt::Result {
        let text = self.piece.get(..self.len).unwrap_or_default();
        self.len = 0;
        self.out.write_str(std::str::from_utf8(text).unwrap_or_default())
    }
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
        let mut text = Pieces::to(String::new());
        let mut expected = String::new();
        for number in 0..=u16::MAX {
            text.decimal(number).unwrap();
            text.push(b'-').unwrap();
            text.hex(number).unwrap();
            write!(expected, "{number}-{number:04x}").unwrap();
        }
        assert_eq!(text.finish().unwrap(), expected);
    }

    #[test]
    fn what_has_no_room_is_left_out() {
        let mut text = Ascii::<5>::new();
        text.push_hex(&[0x0f, 0xa0, 0xff]);
        text.push(b"-");
        assert_eq!((text.as_str(), format!("{text:>6}")), ("0fa0-", " 0fa0-".into()));
    }
}
