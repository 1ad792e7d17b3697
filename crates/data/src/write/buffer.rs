//! Rows that were encoded as bytes and not yet written.

use super::number::{ROOM, Room};

/// Beyond this, memory that one monstrous row took is given back.
const MAX_KEPT: usize = 16 * 1024 * 1024;
/// How many zeros are written at once.
const FOUR: usize = 4;

/// Like a vector of bytes, but with ready room behind its end, so that a number is written by copies of a
/// fixed size and without a call.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    /// What was written, and behind it bytes that mean nothing.
    bytes: Vec<u8>,
    len: usize,
    /// Where the row begun starts.
    row: usize,
}

impl Buffer {
    pub(crate) fn written(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        self.put(|room| {
            room[0] = byte;
            1
        });
    }

    #[inline]
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        if let Some(place) = self.bytes.get_mut(self.len..self.len + bytes.len()) {
            place.copy_from_slice(bytes);
            self.len += bytes.len();
        }
    }

    /// Bytes and one more behind them.
    #[inline]
    pub(crate) fn extend_ended(&mut self, bytes: &[u8], end: u8) {
        let len = bytes.len() + 1;
        self.reserve(len);
        let place = self.bytes.get_mut(self.len..self.len + len).and_then(<[u8]>::split_last_mut);
        if let Some((last, place)) = place {
            place.copy_from_slice(bytes);
            *last = end;
            self.len += len;
        }
    }

    /// Lets `write` fill the room at the end; it answers how much of it.
    #[inline]
    pub(crate) fn put(&mut self, write: impl FnOnce(&mut Room) -> usize) {
        self.reserve(ROOM);
        if let Some(room) = self.bytes.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut) {
            self.len += write(room);
        }
    }

    /// The same for each of `values`. Most cells of a table are zeros that stand together: four of them are written
    /// at once, as `zeros`.
    #[inline]
    pub(crate) fn put_each<const N: usize>(
        &mut self,
        values: &[f64],
        zeros: &[u8; N],
        write: impl Fn(f64, &mut Room) -> usize,
    ) {
        self.reserve(values.len() * ROOM);
        // In variables of their own, place and end stay in registers.
        let place = self.bytes.get_mut(self.len..).unwrap_or_default();
        let mut end = 0;
        for values in values.chunks(FOUR) {
            if are_four_zeros(values) {
                if let Some(room) = place.get_mut(end..).and_then(<[u8]>::first_chunk_mut) {
                    *room = *zeros;
                    end += N;
                }
                continue;
            }
            for value in values {
                if let Some(room) = place.get_mut(end..).and_then(<[u8]>::first_chunk_mut) {
                    end += write(*value, room);
                }
            }
        }
        self.len += end;
    }

    pub(crate) fn set_last(&mut self, byte: u8) {
        let last = self.len.checked_sub(1).and_then(|last| self.bytes.get_mut(last));
        last.into_iter().for_each(|last| *last = byte);
    }

    #[inline]
    pub(crate) fn end_row(&mut self) {
        self.row = self.len;
    }

    pub(crate) fn undo_row(&mut self) {
        self.len = self.row;
    }

    pub(crate) fn clear(&mut self) {
        (self.len, self.row) = (0, 0);
        if self.bytes.len() > MAX_KEPT {
            self.bytes = Vec::new();
        }
    }

    #[inline]
    fn reserve(&mut self, more: usize) {
        if self.bytes.len() - self.len < more {
            self.grow(more);
        }
    }

    /// By half as much again, so that growing costs little however long the buffer gets.
    #[cold]
    fn grow(&mut self, more: usize) {
        let len = self.len + more;
        self.bytes.resize(len + len / 2, 0);
    }
}

/// -0.0 is none: it has a text of its own.
#[inline]
fn are_four_zeros(values: &[f64]) -> bool {
    values.len() == FOUR && values.iter().fold(0, |bits, value| bits | value.to_bits()) == 0
}
