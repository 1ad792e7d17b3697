//! One file of a queue.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::line::{Entry, Lines, MAX_LINE};
use crate::SinkError;
use crate::private_file;

const PREFIX: &str = "queue-";
const SUFFIX: &str = ".lines";
/// So many names are tried if others are taken: nobody else writes here.
const TRIES: u64 = 16;
/// Numbers from here on were not given here.
pub(super) const MAX_NUMBER: u64 = 1 << 60;
/// What is read at once: some lines, or else the longest.
const CHUNKS: [u64; 2] = [32 << 10, MAX_LINE as u64];

/// One file of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) number: u64,
    /// How much of it is written, in bytes.
    pub(super) len: u64,
}

/// A part of a segment.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) entries: Vec<Entry>,
    /// Where to go on; further than before, unless it is the end.
    pub(super) end: u64,
    pub(super) damaged: u64,
}

impl Segment {
    /// Those in a folder, the oldest first.
    pub(super) fn all(folder: &Path) -> Result<VecDeque<Self>, SinkError> {
        let entries = fs::read_dir(folder).map_err(SinkError::of_file(folder, "read"))?;
        let mut all: Vec<Self> = entries.flatten().filter_map(|entry| Self::of(&entry)).collect();
        all.sort_unstable_by_key(|segment| segment.number);
        Ok(all.into())
    }

    /// A new one of this number, or of one of the next.
    pub(super) fn create(folder: &Path, number: u64) -> Result<(Self, File), SinkError> {
        for number in number..number + TRIES {
            let segment = Self { number, len: 0 };
            let path = segment.path(folder);
            match private_file().append(true).create_new(true).open(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                opened => {
                    let file = opened.map_err(SinkError::of_file(&path, "made"))?;
                    return Ok((segment, file));
                }
            }
        }
        Err(SinkError::of_file(folder, "written")(ErrorKind::AlreadyExists.into()))
    }

    /// At most so many alerts from there on.
    pub(super) fn read(&self, folder: &Path, from: u64, most: usize) -> Result<Part, SinkError> {
        Part::read(&self.path(folder), self.len, from, most)
    }

    /// If it cannot be, it is skipped when the queue is opened again.
    pub(super) fn remove(self, folder: &Path) {
        let _ = fs::remove_file(self.path(folder));
    }

    pub(super) fn path(self, folder: &Path) -> PathBuf {
        folder.join(format!("{PREFIX}{:016x}{SUFFIX}", self.number))
    }

    fn of(entry: &fs::DirEntry) -> Option<Self> {
        let (name, facts) = (entry.file_name(), entry.metadata().ok()?);
        let digits = name.to_str()?.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
        let number = u64::from_str_radix(digits, 16).ok()?;
        let is_one = digits.len() == 16 && number < MAX_NUMBER && facts.is_file();
        is_one.then_some(Self { number, len: facts.len() })
    }
}

impl Part {
    /// At most so many alerts of the first bytes of a file, from there on.
    pub(super) fn read(path: &Path, len: u64, from: u64, most: usize) -> Result<Self, SinkError> {
        let mut file = match File::open(path) {
            // Somebody else took it away: what comes behind it is not to wait for ever.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::lost(len)),
            opened => opened.map_err(SinkError::of_file(path, "opened"))?,
        };
        let mut bytes = Vec::new();
        for chunk in CHUNKS {
            let wanted = chunk.min(len.saturating_sub(from));
            bytes.clear();
            let read = file
                .seek(SeekFrom::Start(from))
                .and_then(|_| (&mut file).take(wanted).read_to_end(&mut bytes));
            read.map_err(SinkError::of_file(path, "read"))?;
            if (bytes.len() as u64) < wanted {
                // Somebody else made it shorter.
                return Ok(Self::lost(len));
            }
            if bytes.contains(&b'\n') {
                break;
            }
        }
        Ok(Self::of(&bytes, from, len, most))
    }

    fn lost(len: u64) -> Self {
        Self { end: len, damaged: 1, ..Self::default() }
    }

    fn of(bytes: &[u8], from: u64, len: u64, most: usize) -> Self {
        let mut lines = Lines::of(bytes);
        let entries: Vec<Entry> = lines.by_ref().take(most).collect();
        let (read, is_last) = (from + bytes.len() as u64, from + bytes.len() as u64 >= len);
        let (mut end, mut damaged) = (from + lines.end() as u64, lines.damaged());
        // Nothing is added to what is torn, and no line is longer than what was looked at.
        if entries.len() < most && (is_last || end == from) && end < read {
            end = read;
            damaged += 1;
        }
        Self { entries, end, damaged }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn it_is_read_in_parts_whatever_lies_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let (mut segment, _) = Segment::create(folder.path(), 1).unwrap();
        let (mut bytes, mut one) = (Vec::new(), Vec::new());
        Entry::write(0, &example("a", 1), &mut one).unwrap();
        bytes.extend(&one);
        bytes.extend(vec![b'x'; 3 * MAX_LINE]);
        bytes.push(b'\n');
        bytes.extend(&one);
        bytes.extend(&one[..20]);
        fs::write(segment.path(folder.path()), &bytes).unwrap();
        segment.len = bytes.len() as u64;
        let (mut from, mut found) = (0, Vec::new());
        while from < segment.len {
            let part = segment.read(folder.path(), from, 1).unwrap();
            assert!(part.end > from && part.entries.len() <= 1);
            found.push((part.entries.len(), part.damaged > 0));
            from = part.end;
        }
        assert_eq!((found[0], found.iter().filter(|it| it.0 > 0).count()), ((1, false), 2));
        assert_eq!(found.last(), Some(&(0, true)), "the torn end");
        let short = Segment { len: segment.len + 1, ..segment };
        let part = short.read(folder.path(), segment.len - 1, 1).unwrap();
        assert_eq!((part.end, part.damaged), (short.len, 1));
    }

    #[test]
    fn a_number_that_is_taken_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let numbers = [5, 5].map(|it| Segment::create(folder.path(), it).unwrap().0.number);
        assert_eq!(numbers, [5, 6]);
    }
}
