//! How far a queue was delivered, in a file that one program has at a time.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::segment::MAX_NUMBER;
use crate::SinkError;
use crate::lock::Held;

/// A file that says how far was delivered: a file by its number, and a place in it.
#[derive(Debug)]
pub(super) struct Marker {
    path: PathBuf,
    held: Held,
}

impl Marker {
    /// Opens it, and tells what it says. If it is damaged that is the start: all that is there is handed out again.
    ///
    /// # Errors
    /// [`SinkError::Taken`], which names the folder, if somebody has it.
    pub(super) fn open(folder: &Path, name: &str) -> Result<(Self, (u64, u64)), SinkError> {
        let path = folder.join(name);
        let mut held = Held::open(&path, folder)?;
        let found = read(held.file());
        if found.is_none() {
            // What is longer than what is written over it would stay behind it.
            held.file().set_len(0).map_err(SinkError::of_file(&path, "written"))?;
        }
        Ok((Self { path, held }, found.unwrap_or_default()))
    }

    /// What it says, whoever has it; the start, if it is not there.
    pub(super) fn look(folder: &Path, name: &str) -> (u64, u64) {
        let file = File::open(folder.join(name)).ok();
        file.and_then(|mut file| read(&mut file)).unwrap_or_default()
    }

    /// Over what was there, and as long: it needs no room on the disk, so that a full one does not send everything twice.
    pub(super) fn set(&mut self, (number, end): (u64, u64)) -> Result<(), SinkError> {
        let place = format!("{number:016x} {end:016x}");
        let line = format!("{:08x} {place}\n", crc32fast::hash(place.as_bytes()));
        let file = self.held.file();
        let written = file.rewind().and_then(|()| file.write_all(line.as_bytes()));
        written.map_err(SinkError::of_file(&self.path, "written"))
    }
}

fn read(file: &mut File) -> Option<(u64, u64)> {
    let mut text = String::new();
    // What is no text says nothing.
    let _ = file.take(64).read_to_string(&mut text);
    parse(&text)
}

fn parse(text: &str) -> Option<(u64, u64)> {
    let (sum, rest) = text.trim_end().split_once(' ')?;
    let (number, end) = rest.split_once(' ')?;
    let is_whole = u32::from_str_radix(sum, 16).ok()? == crc32fast::hash(rest.as_bytes());
    let parse = |digits| u64::from_str_radix(digits, 16).ok();
    is_whole.then(|| Some((parse(number)?, parse(end)?))).flatten().filter(|it| it.0 < MAX_NUMBER)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_was_set_is_there_and_what_is_damaged_is_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let (mut marker, found) = Marker::open(folder.path(), "place").unwrap();
        assert_eq!(found, (0, 0));
        marker.set((3, 500)).unwrap();
        marker.set((4, 7)).unwrap();
        assert_eq!(Marker::look(folder.path(), "place"), (4, 7));
        assert!(matches!(Marker::open(folder.path(), "place"), Err(SinkError::Taken { .. })));
        drop(marker);
        assert_eq!(Marker::open(folder.path(), "place").unwrap().1, (4, 7));
        assert_eq!(Marker::look(folder.path(), "none"), (0, 0));
        let long = "x".repeat(99);
        for damaged in ["", "\0\0", "00000000 0000000000000001 0000000000000009\n", "é", &long] {
            fs::write(folder.path().join("place"), damaged).unwrap();
            let (mut marker, found) = Marker::open(folder.path(), "place").unwrap();
            assert_eq!(found, (0, 0), "{damaged:?}");
            marker.set((1, 2)).unwrap();
            drop(marker);
            assert_eq!(Marker::open(folder.path(), "place").unwrap().1, (1, 2), "{damaged:?}");
        }
    }
}
