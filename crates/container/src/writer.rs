//! Values in.

use std::fmt;
use std::io::{self, Write};

use crc32fast::Hasher;
use serde::Serialize;

use crate::format::{CHECKSUM_LEN, ENCODING, END, END_LEN, FRAME_LEN};
use crate::{ContainerError, Kind, Part};

/// Writes a file, entry by entry.
///
/// [`finish`](Self::finish) is how it ends: a file without its end mark is a cut one. An entry that does not
/// fit is refused and leaves no trace; after a failure of the output nothing more is written.
pub struct Writer<W: Write> {
    out: W,
    kind: Kind,
    checksum: Hasher,
    /// How many bytes were written.
    offset: u64,
    entries: u64,
    failed: bool,
    /// The value of one entry.
    value: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins a file of this kind. Everything is written in large pieces, or entry by entry: give it a buffer
    /// if those are small.
    ///
    /// # Errors
    /// If writing fails.
    pub fn new(out: W, kind: &Kind) -> Result<Self, ContainerError> {
        let mut writer = Self {
            out,
            kind: *kind,
            checksum: Hasher::new(),
            offset: 0,
            entries: 0,
            failed: false,
            value: Vec::new(),
        };
        writer.fits(Part::Header, kind.header().len() + CHECKSUM_LEN)?;
        writer.write_checked(&[&kind.header()])?;
        Ok(writer)
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// If writing fails or has failed before; and, with nothing written, if the value cannot be encoded or the
    /// kind's limits do not allow it.
    pub fn put<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ContainerError> {
        self.go_on()?;
        let mut encoded = std::mem::take(&mut self.value);
        encoded.clear();
        let put = self.encode(value, &mut encoded).and_then(|()| self.put_encoded(&encoded));
        self.value = encoded;
        put
    }

    /// How many entries were written.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// Writes the end mark, flushes the output and gives it back.
    ///
    /// # Errors
    /// If writing fails or has failed before.
    pub fn finish(mut self) -> Result<W, ContainerError> {
        self.go_on()?;
        self.write_checked(&[&END.to_le_bytes(), &self.entries.to_le_bytes()])?;
        let (name, offset) = (self.kind.name, self.offset);
        self.out.flush().map_err(|source| ContainerError::Write { name, offset, source })?;
        Ok(self.out)
    }

    fn go_on(&self) -> Result<(), ContainerError> {
        let (name, offset) = (self.kind.name, self.offset);
        if self.failed { Err(ContainerError::FailedBefore { name, offset }) } else { Ok(()) }
    }

    fn encode<T: Serialize + ?Sized>(
        &self,
        value: &T,
        into: &mut Vec<u8>,
    ) -> Result<(), ContainerError> {
        let (name, entry, limit) = (self.kind.name, self.entries, self.kind.longest_entry());
        let mut room = Room { bytes: into, limit: limit as usize, exceeded: None };
        let encoded = bincode::serde::encode_into_std_write(value, &mut room, ENCODING);
        match (room.exceeded, encoded) {
            (Some(len), _) => Err(ContainerError::EntryTooLong {
                name,
                part: Part::Entry(entry),
                len: len as u64,
                limit: limit.into(),
            }),
            (None, Err(source)) => {
                Err(ContainerError::Encode { name, entry, source: Box::new(source) })
            }
            (None, Ok(_)) => Ok(()),
        }
    }

    fn put_encoded(&mut self, value: &[u8]) -> Result<(), ContainerError> {
        self.fits(Part::Entry(self.entries), value.len() + FRAME_LEN)?;
        // A value is no longer than its limit, which has 32 bits.
        let len = value.len() as u32;
        self.write_checked(&[&len.to_le_bytes(), value])?;
        self.entries += 1;
        Ok(())
    }

    /// Whether the file stays short enough with a part of this length, and the end mark.
    fn fits(&self, part: Part, len: usize) -> Result<(), ContainerError> {
        let (name, limit) = (self.kind.name, self.kind.max_total);
        let len = self.offset + (len + END_LEN) as u64;
        if len > limit {
            return Err(ContainerError::FileTooLong { name, part, len, limit });
        }
        Ok(())
    }

    /// Writes a part and the checksum of all up to its end.
    fn write_checked(&mut self, part: &[&[u8]]) -> Result<(), ContainerError> {
        part.iter().for_each(|bytes| self.checksum.update(bytes));
        let checksum = self.checksum.clone().finalize().to_le_bytes();
        for bytes in part.iter().copied().chain([&checksum[..]]) {
            let written = self.out.write_all(bytes);
            self.failed = written.is_err();
            let (name, offset) = (self.kind.name, self.offset);
            written.map_err(|source| ContainerError::Write { name, offset, source })?;
            self.offset += bytes.len() as u64;
        }
        Ok(())
    }
}

/// Takes so many bytes and no more, so that a value too large is not encoded to its end.
struct Room<'a> {
    bytes: &'a mut Vec<u8>,
    limit: usize,
    /// How long the value had become when it was stopped.
    exceeded: Option<usize>,
}

impl Write for Room<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.bytes.len().saturating_add(bytes.len());
        if len > self.limit {
            self.exceeded = Some(len);
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("kind", &self.kind)
            .field("entries", &self.entries)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reader;

    const KIND: Kind =
        Kind { tag: *b"TEST", version: 3, name: "test", max_entry: 16, max_total: 100 };

    /// The bytes as the documentation of the format has them, put together by hand; the checksums are those
    /// that Python's zlib has for the bytes before them.
    #[test]
    fn the_format_is_as_documented() {
        let mut writer = Writer::new(Vec::new(), &KIND).unwrap();
        writer.put(&(7u16, "ab")).unwrap();
        let file = writer.finish().unwrap();
        let header = b"\x8eNSIFT\r\nTEST\x03\x00";
        let entry = b"\x0c\0\0\0\x07\x00\x02\0\0\0\0\0\0\0ab";
        let end = b"\xff\xff\xff\xff\x01\0\0\0\0\0\0\0";
        let [first, second, third] = [0x259b_3411, 0xee92_8085, 0x8b7a_d0a3].map(u32::to_le_bytes);
        let expected = [&header[..], &first, entry, &second, end, &third].concat();
        assert_eq!(file, expected);
    }

    #[test]
    fn what_does_not_fit_leaves_no_trace() {
        let mut writer = Writer::new(Vec::new(), &KIND).unwrap();
        writer.put(&1u64).unwrap();
        match writer.put(&[7u8; 17]).unwrap_err() {
            ContainerError::EntryTooLong { part: Part::Entry(1), len: 17, limit: 16, .. } => {}
            other => panic!("{other}"),
        }
        writer.put(&2u64).unwrap();
        writer.put(&3u64).unwrap();
        // 18 of header, three times 16, 16 of end mark: 82. One more would be 98, and 8 longer too much.
        match writer.put(&[9u8; 11]).unwrap_err() {
            ContainerError::FileTooLong { part: Part::Entry(3), len: 101, limit: 100, .. } => {}
            other => panic!("{other}"),
        }
        writer.put(&[9u8; 10]).unwrap();
        assert_eq!(writer.entries(), 4);
        let file = writer.finish().unwrap();
        assert_eq!(file.len(), 100);
        let mut reader = Reader::new(&file[..], &KIND).unwrap();
        for number in 1..=3u64 {
            assert_eq!(reader.next::<u64>().unwrap(), Some(number));
        }
        assert_eq!(reader.next::<[u8; 10]>().unwrap(), Some([9; 10]));
        assert_eq!(reader.next::<u64>().unwrap(), None);
    }

    /// Takes so many bytes, then has no room.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nothing_is_written_behind_a_failure() {
        assert!(matches!(Writer::new(Full(3), &KIND), Err(ContainerError::Write { .. })));
        let mut writer = Writer::new(Full(20), &KIND).unwrap();
        assert!(matches!(writer.put(&1u8), Err(ContainerError::Write { offset: 18, .. })));
        assert!(matches!(writer.put(&1u8), Err(ContainerError::FailedBefore { .. })));
        assert!(matches!(writer.finish(), Err(ContainerError::FailedBefore { .. })));
    }
}
