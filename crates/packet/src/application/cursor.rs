//! Big-endian fields read front to back, every one of them bounded.

use crate::{Field, Layer, ParseError};

/// A place in a slice, and the layer that errors are told about.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    layer: Layer,
    bytes: &'a [u8],
    at: usize,
    /// Where `bytes` starts in the slice that the caller gave.
    base: usize,
    /// What running out of bytes means: the capture ended, or an inner length lied.
    whole: bool,
}

impl<'a> Cursor<'a> {
    /// Reads `bytes`; running out of them is `Truncated`.
    pub(crate) const fn new(layer: Layer, bytes: &'a [u8]) -> Self {
        Self::cut(layer, bytes, 0)
    }

    /// The same for bytes that start at `base` of what the caller gave.
    pub(crate) const fn cut(layer: Layer, bytes: &'a [u8], base: usize) -> Self {
        Self { layer, bytes, at: 0, base, whole: false }
    }

    /// Reads `bytes`, of which none is missing: running out of them is `Invalid`.
    pub(crate) const fn whole(layer: Layer, bytes: &'a [u8], base: usize) -> Self {
        Self { layer, bytes, at: 0, base, whole: true }
    }

    /// The same cursor at `at`.
    pub(crate) const fn at(self, at: usize) -> Self {
        Self { at, ..self }
    }

    /// Where it stands, counted from the start of its bytes.
    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    /// The bytes that are left.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    /// The next `len` bytes.
    #[inline]
    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], ParseError> {
        let Some(taken) = self.rest().get(..len) else { return Err(self.short_by(len)) };
        self.at += len;
        Ok(taken)
    }

    /// The next `N` bytes.
    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], ParseError> {
        let Some(taken) = self.rest().first_chunk() else { return Err(self.short_by(N)) };
        self.at += N;
        Ok(taken)
    }

    #[inline]
    pub(crate) fn u8(&mut self) -> Result<u8, ParseError> {
        self.array().map(|&[byte]| byte)
    }

    #[inline]
    pub(crate) fn u16(&mut self) -> Result<u16, ParseError> {
        self.array().copied().map(u16::from_be_bytes)
    }

    pub(crate) fn u24(&mut self) -> Result<u32, ParseError> {
        self.array().map(|&[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, ParseError> {
        self.array().copied().map(u32::from_be_bytes)
    }

    /// Bytes behind a one-byte length.
    #[inline]
    pub(crate) fn vector8(&mut self) -> Result<&'a [u8], ParseError> {
        let len = self.u8()?;
        self.take(usize::from(len))
    }

    /// Bytes behind a two-byte length.
    #[inline]
    pub(crate) fn vector16(&mut self) -> Result<&'a [u8], ParseError> {
        let len = self.u16()?;
        self.take(usize::from(len))
    }

    /// The error that `field` holds `value` here.
    pub(crate) fn invalid(&self, field: Field, value: u32) -> ParseError {
        ParseError::Invalid { layer: self.layer, offset: self.offset(), field, value }
    }

    #[cold]
    fn short_by(&self, needed: usize) -> ParseError {
        let (needed, had) = (clamp(needed), clamp(self.rest().len()));
        if self.whole {
            return self.invalid(Field::Length, needed);
        }
        ParseError::Truncated { layer: self.layer, offset: self.offset(), needed, had }
    }

    fn offset(&self) -> u32 {
        clamp(self.base.saturating_add(self.at))
    }
}

/// Errors carry 32-bit figures; no captured slice is longer.
pub(crate) fn clamp(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_slice_and_a_lying_length_are_told_apart() {
        let mut cut = Cursor::new(Layer::Tls, &[0, 9, 1]);
        let truncated = ParseError::Truncated { layer: Layer::Tls, offset: 2, needed: 9, had: 1 };
        assert_eq!(cut.vector16(), Err(truncated));
        let mut lying = Cursor::whole(Layer::Tls, &[9, 1], 40);
        let invalid =
            ParseError::Invalid { layer: Layer::Tls, offset: 41, field: Field::Length, value: 9 };
        assert_eq!(lying.vector8(), Err(invalid));
    }
}
