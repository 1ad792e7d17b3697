//! Values out.

use std::fmt;
use std::io::Read;

use bincode::config::Config;
use bincode::de::{Decode, Decoder, DecoderImpl};
use bincode::error::DecodeError;
use bincode::serde::Compat;
use crc32fast::Hasher;
use serde::de::DeserializeOwned;

use crate::format::{
    CHECKSUM_LEN, ENCODING, END, END_LEN, FRAME_LEN, HEADER_LEN, LENGTH_LEN, MAGIC,
};
use crate::{ContainerError, Kind, Part};

/// Reads a file, entry by entry.
///
/// After an error every further one is an error, too: what stands behind damage cannot be trusted.
pub struct Reader<R> {
    input: R,
    kind: Kind,
    /// What the file says it is.
    version: u16,
    checksum: Hasher,
    /// Where the part begun starts.
    offset: u64,
    entries: u64,
    state: State,
    /// The bytes of the part begun.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At an entry or the end mark.
    Between,
    /// Behind a sound end.
    Ended,
    Failed,
}

impl<R: Read> Reader<R> {
    /// Opens a file of this kind. It is read in small pieces: give a file a buffer.
    ///
    /// # Errors
    /// If it cannot be read, is damaged, holds something else or is of a newer version.
    pub fn new(input: R, kind: &Kind) -> Result<Self, ContainerError> {
        let mut reader = Self {
            input,
            kind: *kind,
            version: 0,
            checksum: Hasher::new(),
            offset: 0,
            entries: 0,
            state: State::Between,
            bytes: Vec::new(),
        };
        reader.header()?;
        Ok(reader)
    }

    /// The version of the file: that of the kind, or an older one.
    #[must_use]
    pub const fn version(&self) -> u16 {
        self.version
    }

    /// How many entries were read.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// The next entry; `None` at a sound end, and only there.
    ///
    /// # Errors
    /// If the file cannot be read or is damaged, if a limit of the kind is passed, or the entry is not a `T`;
    /// and after any of those.
    // An iterator's has one type of items and no error of its own.
    #[allow(clippy::should_implement_trait)]
    pub fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, ContainerError> {
        let (name, offset) = (self.kind.name, self.offset);
        match self.state {
            State::Ended => return Ok(None),
            State::Failed => return Err(ContainerError::FailedBefore { name, offset }),
            State::Between => {}
        }
        let next = self.part();
        if next.is_err() {
            self.state = State::Failed;
        }
        next
    }

    fn header(&mut self) -> Result<(), ContainerError> {
        let name = self.kind.name;
        let read = self.read(Part::Header, HEADER_LEN);
        let start = self.bytes.get(..MAGIC.len()).unwrap_or(&self.bytes);
        if !MAGIC.starts_with(start) {
            return Err(ContainerError::NotAContainer { name, start: start.to_vec() });
        }
        read?;
        self.check(Part::Header)?;
        let [.., t, a, g, s, low, high] = self.bytes[..] else { return Ok(()) };
        let (expected, found) = (self.kind.tag, [t, a, g, s]);
        if found != expected {
            return Err(ContainerError::OtherKind { name, expected, found });
        }
        self.version = u16::from_le_bytes([low, high]);
        let (found, newest) = (self.version, self.kind.version);
        if found > newest {
            return Err(ContainerError::NewerVersion { name, found, newest });
        }
        self.offset = HEADER_LEN as u64;
        Ok(())
    }

    fn part<T: DeserializeOwned>(&mut self) -> Result<Option<T>, ContainerError> {
        let part = Part::Entry(self.entries);
        self.bytes.clear();
        self.read(part, LENGTH_LEN)?;
        let len = u32::from_le_bytes(self.bytes[..].try_into().unwrap_or_default());
        if len == END {
            self.end()?;
            return Ok(None);
        }
        self.read_entry(part, len)?;
        let value = self.decode()?;
        self.offset += FRAME_LEN as u64 + u64::from(len);
        self.entries += 1;
        Ok(Some(value))
    }

    fn read_entry(&mut self, part: Part, len: u32) -> Result<(), ContainerError> {
        let (name, limit) = (self.kind.name, self.kind.longest_entry());
        if len > limit {
            let (len, limit) = (len.into(), limit.into());
            return Err(ContainerError::EntryTooLong { name, part, len, limit });
        }
        let frame = FRAME_LEN as u64 + u64::from(len);
        self.fits(part, self.offset + frame + END_LEN as u64)?;
        self.read(part, len as usize + FRAME_LEN)?;
        self.check(part)
    }

    /// The value of the entry whose bytes were read and checked.
    fn decode<T: DeserializeOwned>(&self) -> Result<T, ContainerError> {
        let (name, entry, offset) = (self.kind.name, self.entries, self.offset + LENGTH_LEN as u64);
        let bytes = self.bytes.get(LENGTH_LEN..).unwrap_or_default();
        let (value, left) = decode(bytes).map_err(|source| ContainerError::Decode {
            name,
            entry,
            offset,
            source: Box::new(source),
        })?;
        if left > 0 {
            let (len, used) = (bytes.len() as u64, (bytes.len() - left) as u64);
            return Err(ContainerError::LeftOver { name, entry, offset, len, used });
        }
        Ok(value)
    }

    fn end(&mut self) -> Result<(), ContainerError> {
        let name = self.kind.name;
        self.fits(Part::End, self.offset + END_LEN as u64)?;
        self.read(Part::End, END_LEN)?;
        self.check(Part::End)?;
        let count = self.bytes.get(LENGTH_LEN..).unwrap_or_default();
        let expected = u64::from_le_bytes(count.try_into().unwrap_or_default());
        let found = self.entries;
        if expected != found {
            return Err(ContainerError::EntryCount { name, expected, found });
        }
        self.offset += END_LEN as u64;
        let offset = self.offset;
        let len = self.bytes.len();
        if self.read_up_to(len + 1)? > len {
            return Err(ContainerError::BehindTheEnd { name, offset });
        }
        self.state = State::Ended;
        Ok(())
    }

    fn fits(&self, part: Part, len: u64) -> Result<(), ContainerError> {
        let (name, limit) = (self.kind.name, self.kind.max_total);
        if len > limit {
            return Err(ContainerError::FileTooLong { name, part, len, limit });
        }
        Ok(())
    }

    /// Reads until the part begun has `needed` bytes.
    fn read(&mut self, part: Part, needed: usize) -> Result<(), ContainerError> {
        let had = self.read_up_to(needed)?;
        if had < needed {
            let (name, offset) = (self.kind.name, self.offset);
            let (needed, had) = (needed as u64, had as u64);
            return Err(ContainerError::Cut { name, part, offset, needed, had });
        }
        Ok(())
    }

    /// Reads until the part begun has `len` bytes or the file ends. Memory grows with what is read, whatever
    /// `len` says.
    fn read_up_to(&mut self, len: usize) -> Result<usize, ContainerError> {
        let missing = len.saturating_sub(self.bytes.len()) as u64;
        let read = self.input.by_ref().take(missing).read_to_end(&mut self.bytes);
        let (name, offset) = (self.kind.name, self.offset + self.bytes.len() as u64);
        read.map_err(|source| ContainerError::Read { name, offset, source })?;
        Ok(self.bytes.len())
    }

    /// Takes the checksum off the part that was read, and compares.
    fn check(&mut self, part: Part) -> Result<(), ContainerError> {
        let content = self.bytes.len().saturating_sub(CHECKSUM_LEN);
        let stored = self.bytes.get(content..).unwrap_or_default();
        let found = u32::from_le_bytes(stored.try_into().unwrap_or_default());
        self.bytes.truncate(content);
        self.checksum.update(&self.bytes);
        let expected = self.checksum.clone().finalize();
        if found != expected {
            let (name, offset) = (self.kind.name, self.offset);
            return Err(ContainerError::Checksum { name, part, offset, expected, found });
        }
        Ok(())
    }
}

/// A value, and how many bytes are left behind it.
fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, usize), DecodeError> {
    let mut decoder = DecoderImpl::new(Rest(bytes), ENCODING, ());
    // The limit is a constant, and a text's length is believed up to it before its bytes are looked for. With
    // the difference claimed beforehand, the limit is what there is.
    let limit = ENCODING.limit().unwrap_or(bytes.len());
    decoder.claim_bytes_read(limit.saturating_sub(bytes.len()))?;
    let Compat(value) = Compat::decode(&mut decoder)?;
    Ok((value, decoder.reader().0.len()))
}

/// Bytes that were not decoded yet.
struct Rest<'a>(&'a [u8]);

impl bincode::de::read::Reader for Rest<'_> {
    fn read(&mut self, into: &mut [u8]) -> Result<(), DecodeError> {
        let (taken, rest) = self.0.split_at_checked(into.len()).ok_or_else(|| {
            DecodeError::UnexpectedEnd { additional: into.len().saturating_sub(self.0.len()) }
        })?;
        into.copy_from_slice(taken);
        self.0 = rest;
        Ok(())
    }

    fn peek_read(&mut self, len: usize) -> Option<&[u8]> {
        self.0.get(..len)
    }

    fn consume(&mut self, len: usize) {
        self.0 = self.0.get(len..).unwrap_or_default();
    }
}

impl<R> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("kind", &self.kind)
            .field("version", &self.version)
            .field("entries", &self.entries)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::Writer;

    const KIND: Kind =
        Kind { tag: *b"TEST", version: 3, name: "test", max_entry: 1_000, max_total: 10_000 };

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Entry {
        name: String,
        numbers: Vec<f64>,
        pairs: Vec<(u8, i64)>,
        choice: Option<Choice>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Choice {
        One,
        Two(bool, char),
        Three { bytes: Vec<u8> },
    }

    fn entries() -> Vec<Entry> {
        let choices = [
            None,
            Some(Choice::One),
            Some(Choice::Two(true, 'é')),
            Some(Choice::Three { bytes: vec![1, 2, 3] }),
        ];
        let entry = |(number, choice): (usize, Option<Choice>)| Entry {
            name: format!("entry {number}"),
            numbers: vec![number as f64 / 3.0, -0.0],
            pairs: vec![(number as u8, -1)],
            choice,
        };
        choices.into_iter().enumerate().map(entry).collect()
    }

    fn file(kind: &Kind, entries: &[Entry]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), kind).unwrap();
        entries.iter().for_each(|entry| writer.put(entry).unwrap());
        writer.finish().unwrap()
    }

    fn read(file: &[u8]) -> Result<Vec<Entry>, ContainerError> {
        let mut reader = Reader::new(file, &KIND)?;
        let mut entries = Vec::new();
        while let Some(entry) = reader.next()? {
            entries.push(entry);
        }
        assert!(matches!(reader.next::<Entry>(), Ok(None)), "something comes behind the end");
        Ok(entries)
    }

    /// A file of one entry with these bytes, every checksum right.
    fn crafted(bytes: &[u8]) -> Vec<u8> {
        struct Raw<'a>(&'a [u8]);
        impl Serialize for Raw<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeTuple;
                let mut tuple = serializer.serialize_tuple(self.0.len())?;
                self.0.iter().try_for_each(|byte| tuple.serialize_element(byte))?;
                tuple.end()
            }
        }
        let mut writer = Writer::new(Vec::new(), &KIND).unwrap();
        writer.put(&Raw(bytes)).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn what_was_put_in_comes_out() {
        assert_eq!(read(&file(&KIND, &entries())).unwrap(), entries());
        assert_eq!(read(&file(&KIND, &[])).unwrap(), []);
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let sound = file(&KIND, &entries());
        for place in 0..sound.len() {
            for change in 1..=255 {
                let mut changed = sound.clone();
                changed[place] ^= change;
                assert!(read(&changed).is_err(), "byte {place} changed by {change:#x}");
            }
        }
    }

    #[test]
    fn every_cut_and_every_missing_or_added_byte_is_noticed() {
        let sound = file(&KIND, &entries());
        for place in 0..sound.len() {
            assert!(read(&sound[..place]).is_err(), "cut at {place}");
            let missing = [&sound[..place], &sound[place + 1..]].concat();
            assert!(read(&missing).is_err(), "without byte {place}");
            let added = [&sound[..place], &[0], &sound[place..]].concat();
            assert!(read(&added).is_err(), "a byte more at {place}");
        }
        let behind = [&sound[..], &[0]].concat();
        let expected = sound.len() as u64;
        match read(&behind).unwrap_err() {
            ContainerError::BehindTheEnd { offset, .. } => assert_eq!(offset, expected),
            other => panic!("{other}"),
        }
        assert!(matches!(read(&sound.repeat(2)).unwrap_err(), ContainerError::BehindTheEnd { .. }));
    }

    #[test]
    fn entries_keep_their_order_and_their_file() {
        // Of one length and alike, so that only their content tells them apart.
        let entry = |number| Entry { pairs: vec![(number, 0)], ..entries()[1].clone() };
        let numbers = |numbers: &[u8]| {
            file(&KIND, &numbers.iter().map(|number| entry(*number)).collect::<Vec<_>>())
        };
        let one = numbers(&[1]);
        let len = one.len() - HEADER_LEN - END_LEN;
        let sound = numbers(&[1, 2, 3]);
        let part = |file: &[u8], place: usize| {
            file[HEADER_LEN + place * len..HEADER_LEN + (place + 1) * len].to_vec()
        };
        let (head, end) = (&sound[..HEADER_LEN], &sound[sound.len() - END_LEN..]);
        let [a, b, c] = [0, 1, 2].map(|place| part(&sound, place));
        let build = |parts: &[&[u8]]| [head, &parts.concat(), end].concat();
        assert!(read(&build(&[&a, &b, &c])).is_ok());
        let other = part(&numbers(&[1, 2, 4]), 2);
        let wrong: [&[&[u8]]; 7] = [
            &[&b, &a, &c],
            &[&a, &c, &b],
            &[&a, &b],
            &[&b, &c],
            &[&a, &b, &b],
            &[&a, &b, &c, &c],
            // Its own checksum is right at this place: only the end tells.
            &[&a, &b, &other],
        ];
        for (number, parts) in wrong.into_iter().enumerate() {
            let refused = read(&build(parts)).unwrap_err();
            assert!(matches!(refused, ContainerError::Checksum { .. }), "{number}: {refused}");
        }
    }

    #[test]
    fn other_files_are_told_apart() {
        let other = Kind { tag: *b"ELSE", ..KIND };
        match read(&file(&other, &[])).unwrap_err() {
            ContainerError::OtherKind { expected, found, .. } => {
                assert_eq!((&expected, &found), (b"TEST", b"ELSE"));
            }
            other => panic!("{other}"),
        }
        for start in
            [&b"PK\x03\x04 a zip archive of some length"[..], b"\x1f\x8b\x08", b"\x80\x04\x95"]
        {
            assert!(matches!(
                read(start).unwrap_err(),
                ContainerError::NotAContainer { name: "test", .. }
            ));
        }
        assert!(matches!(
            read(b"").unwrap_err(),
            ContainerError::Cut { part: Part::Header, offset: 0, needed: 18, had: 0, .. }
        ));
    }

    #[test]
    fn versions_are_told_and_newer_ones_refused() {
        let of = |version| file(&Kind { version, ..KIND }, &entries());
        for version in [0, 2, 3] {
            let file = of(version);
            assert_eq!(Reader::new(&file[..], &KIND).unwrap().version(), version);
            assert!(read(&file).is_ok());
        }
        let refused = read(&of(4)).unwrap_err();
        assert!(matches!(refused, ContainerError::NewerVersion { found: 4, newest: 3, .. }));
        let told = refused.to_string();
        assert!(told.contains('4') && told.contains('3'), "{told}");
    }

    /// Says how many bytes were taken of it.
    struct Endless(u64);

    impl Read for Endless {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            into.fill(b'x');
            self.0 += into.len() as u64;
            Ok(into.len())
        }
    }

    #[test]
    fn lying_lengths_take_no_memory_and_no_more_than_the_limits() {
        let generous = Kind { max_entry: u32::MAX, max_total: u64::MAX, ..KIND };
        let header = &file(&generous, &[])[..HEADER_LEN];
        let lying = [header, &(END - 1).to_le_bytes(), b"short"].concat();
        let mut reader = Reader::new(&lying[..], &generous).unwrap();
        match reader.next::<Entry>().unwrap_err() {
            ContainerError::Cut { part: Part::Entry(0), offset: 18, needed, had: 9, .. } => {
                assert_eq!(needed, u64::from(END) - 1 + FRAME_LEN as u64);
            }
            other => panic!("{other}"),
        }
        assert!(reader.bytes.capacity() < 1_000, "{} bytes", reader.bytes.capacity());
        assert!(matches!(reader.next::<Entry>(), Err(ContainerError::FailedBefore { .. })));

        let mut endless = Endless(0);
        let long = [header, &1_001u32.to_le_bytes()].concat();
        let mut reader = Reader::new(long.chain(&mut endless), &KIND).unwrap();
        assert!(matches!(
            reader.next::<Entry>().unwrap_err(),
            ContainerError::EntryTooLong { len: 1_001, limit: 1_000, .. }
        ));
        let short = Kind { max_total: 200, ..KIND };
        let long = [header, &180u32.to_le_bytes()].concat();
        let mut reader = Reader::new(long.chain(&mut endless), &short).unwrap();
        assert!(matches!(
            reader.next::<Entry>().unwrap_err(),
            ContainerError::FileTooLong { len: 222, limit: 200, .. }
        ));
        assert_eq!(endless.0, 0, "bytes were read past a length that is refused");
    }

    #[test]
    fn huge_counts_are_refused() {
        for count in [1 << 60, u64::MAX, 1 << 32, u64::from(END) - 100, 3] {
            let refused = crafted(&u64::to_le_bytes(count));
            let mut reader = Reader::new(&refused[..], &KIND).unwrap();
            let read = reader.next::<Vec<f64>>();
            assert!(matches!(read, Err(ContainerError::Decode { entry: 0, .. })), "{count}");
            let mut reader = Reader::new(&refused[..], &KIND).unwrap();
            let read = reader.next::<Vec<String>>();
            assert!(matches!(read, Err(ContainerError::Decode { .. })), "{count}");
            let mut reader = Reader::new(&refused[..], &KIND).unwrap();
            let Err(ContainerError::Decode { source, .. }) = reader.next::<String>() else {
                panic!("{count}");
            };
            // Refused for its length: not after memory for it was taken and its bytes were missed.
            let source = source.downcast::<DecodeError>().unwrap();
            assert!(matches!(*source, DecodeError::LimitExceeded), "{count}: {source}");
        }
    }

    #[test]
    fn entries_are_what_was_asked_for_and_nothing_more() {
        let long = crafted(&[1, 0, 0, 0, 0]);
        let mut reader = Reader::new(&long[..], &KIND).unwrap();
        match reader.next::<u32>().unwrap_err() {
            ContainerError::LeftOver { entry: 0, offset: 22, len: 5, used: 4, .. } => {}
            other => panic!("{other}"),
        }
        assert!(matches!(reader.next::<u32>(), Err(ContainerError::FailedBefore { .. })));
        let no_bool = crafted(&[2]);
        let mut reader = Reader::new(&no_bool[..], &KIND).unwrap();
        assert!(matches!(reader.next::<bool>(), Err(ContainerError::Decode { .. })));
    }

    /// The one law that checksums cannot help with: the mark's count is checked, too.
    #[test]
    fn the_end_mark_counts() {
        let sound = file(&KIND, &[]);
        let mut content = sound[..HEADER_LEN].to_vec();
        content.extend([0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0, 0]);
        let checked = [&content[..14], &content[18..]].concat();
        content.extend(crc32fast::hash(&checked).to_le_bytes());
        assert!(matches!(
            read(&content).unwrap_err(),
            ContainerError::EntryCount { expected: 1, found: 0, .. }
        ));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            prop_assert!(read(&bytes).is_err());
            prop_assert!(read(&[&file(&KIND, &[])[..HEADER_LEN], &bytes].concat()).is_err());
        }

        /// With every checksum right, as who wrote the file can have it.
        #[test]
        fn what_loads_saves_back_to_the_same_bytes(bytes: Vec<u8>) {
            let crafted = crafted(&bytes);
            if let Ok(entries) = read(&crafted) {
                prop_assert_eq!(file(&KIND, &entries), crafted);
            }
        }

        #[test]
        fn any_entries_come_back(numbers: Vec<u64>, name: String, pairs: Vec<(u8, i64)>) {
            let numbers = numbers.into_iter().map(f64::from_bits).collect();
            let entry = Entry { name, numbers, pairs, choice: None };
            let mut writer = Writer::new(Vec::new(), &KIND).unwrap();
            if writer.put(&entry).is_ok() {
                let file = writer.finish().unwrap();
                let read = read(&file).unwrap();
                // Bits rather than values: not a number equals nothing.
                prop_assert_eq!(super::tests::file(&KIND, &read), file);
            }
        }
    }
}
