//! A pen over a buffer: what does not fit is left out, never written past the end.

/// Writes bytes one behind another.
pub(super) struct Ink<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl<'a> Ink<'a> {
    pub(super) fn new(out: &'a mut [u8]) -> Self {
        Self { out, len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many bytes still fit.
    pub(super) fn room(&self) -> usize {
        self.out.len() - self.len
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        let fits = bytes.len().min(self.room());
        self.out[self.len..self.len + fits].copy_from_slice(&bytes[..fits]);
        self.len += fits;
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.put(&[value]);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.put(&value.to_be_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.put(&value.to_be_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.put(&value.to_be_bytes());
    }

    /// Bytes that look random, made from `seed`.
    pub(super) fn noise(&mut self, seed: u64, len: usize) {
        for block in 0..len.div_ceil(8) {
            let bytes = crate::random::mix(&[seed, block as u64]).to_be_bytes();
            self.put(&bytes[..(len - block * 8).min(8)]);
        }
    }

    /// `pattern` over and over, `len` bytes of it.
    pub(super) fn repeat(&mut self, pattern: &[u8], len: usize) {
        for start in (0..len).step_by(pattern.len().max(1)) {
            self.put(&pattern[..pattern.len().min(len - start)]);
        }
    }

    /// A number in decimal digits.
    pub(super) fn decimal(&mut self, value: u64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut rest = value;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.put(&digits[at..]);
    }

    /// Leaves room for a two-byte length, runs `body`, and writes how long it was.
    pub(super) fn counted(&mut self, body: impl FnOnce(&mut Self)) {
        let at = self.len;
        self.u16(0);
        let start = self.len;
        body(self);
        let count = (self.len - start) as u16;
        if let Some(room) = self.out.get_mut(at..at + 2) {
            room.copy_from_slice(&count.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut room = [0; 5];
        let mut ink = Ink::new(&mut room);
        ink.counted(|ink| ink.put(b"abcdef"));
        ink.u32(7);
        assert_eq!((ink.len(), &room), (5, b"\x00\x03abc"));
    }

    #[test]
    fn numbers_and_patterns() {
        let mut room = [0; 32];
        let mut ink = Ink::new(&mut room);
        ink.decimal(0);
        ink.decimal(1_460);
        ink.repeat(b"xyz", 4);
        let len = ink.len();
        assert_eq!(&room[..len], b"01460xyzx");
    }
}
