//! Alerts that fail where others get through: beside their queue, in a small file that is replaced as a whole.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::line::Entry;
use super::segment::Part;
use crate::SinkError;
use crate::private_file;

/// The file, in the folder of a queue. There is none while nothing is aside.
const ASIDE: &str = "aside.lines";
/// What it is called until it is whole.
const DRAFT: &str = "aside.partial";
/// So many are set aside at the most: of who has trouble with more the oldest become dead letters.
pub(crate) const MAX_ASIDE: usize = 64;

/// Alerts that were taken out of their queue, so that others pass, and are not delivered yet.
#[derive(Debug)]
pub(crate) struct Aside {
    folder: PathBuf,
    entries: Vec<Entry>,
}

impl Aside {
    /// Those that lie in the folder of a queue. Who has the queue has them.
    pub(crate) fn open(folder: &Path) -> Result<Self, SinkError> {
        let path = folder.join(ASIDE);
        let len = match fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            facts => facts.map_err(SinkError::of_file(&path, "read"))?.len(),
        };
        let (mut from, mut entries) = (0, Vec::new());
        while from < len {
            let part = Part::read(&path, len, from, MAX_ASIDE)?;
            entries.extend(part.entries);
            from = part.end;
        }
        Ok(Self { folder: folder.to_owned(), entries })
    }

    /// The oldest first.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Some more, or none of them if they cannot be written.
    pub(crate) fn add(&mut self, more: &[Entry]) -> Result<(), SinkError> {
        let before = self.entries.len();
        self.entries.extend_from_slice(more);
        self.write().inspect_err(|_| self.entries.truncate(before))
    }

    /// One less. If that cannot be written, the next program has it again.
    pub(crate) fn remove(&mut self, place: usize) -> Result<(), SinkError> {
        if place < self.entries.len() {
            self.entries.remove(place);
        }
        self.write()
    }

    /// Whoever is killed leaves the old file or the new one.
    fn write(&self) -> Result<(), SinkError> {
        let (path, draft) = (self.folder.join(ASIDE), self.folder.join(DRAFT));
        if self.entries.is_empty() {
            return fs::remove_file(&path).map_err(SinkError::of_file(&path, "removed"));
        }
        let mut lines = Vec::new();
        for entry in &self.entries {
            // It was read from such a line.
            let _ = Entry::write(entry.at, &entry.alert, &mut lines);
        }
        let opened = private_file().write(true).create(true).truncate(true).open(&draft);
        let written = opened.and_then(|mut file| file.write_all(&lines));
        let written = written.and_then(|()| fs::rename(&draft, &path));
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        written.map_err(SinkError::of_file(&path, "written"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    fn entries(numbers: std::ops::Range<i64>) -> Vec<Entry> {
        numbers.map(|at| Entry { at, alert: example("scan", at) }).collect()
    }

    #[test]
    fn they_are_there_for_the_next_program_until_they_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let mut aside = Aside::open(folder.path()).unwrap();
        aside.add(&entries(0..2)).unwrap();
        aside.add(&entries(2..40)).unwrap();
        aside.remove(1).unwrap();
        // A draft of who was killed.
        fs::write(folder.path().join(DRAFT), "torn").unwrap();
        let mut aside = Aside::open(folder.path()).unwrap();
        let numbers: Vec<i64> = aside.entries().iter().map(|entry| entry.at).collect();
        assert_eq!(numbers, [0].into_iter().chain(2..40).collect::<Vec<_>>());
        (0..39).for_each(|_| aside.remove(0).unwrap());
        assert!(!folder.path().join(ASIDE).exists());
        assert!(Aside::open(folder.path()).unwrap().entries().is_empty());
    }

    #[test]
    fn what_is_torn_costs_no_other_and_what_cannot_be_written_is_not_added() {
        let folder = tempfile::tempdir().unwrap();
        let mut aside = Aside::open(folder.path()).unwrap();
        aside.add(&entries(0..2)).unwrap();
        let bytes = fs::read(folder.path().join(ASIDE)).unwrap();
        fs::write(folder.path().join(ASIDE), &bytes[..bytes.len() - 1]).unwrap();
        let mut aside = Aside::open(folder.path()).unwrap();
        assert_eq!(aside.entries(), entries(0..1));
        fs::create_dir(folder.path().join(DRAFT)).unwrap();
        assert!(aside.add(&entries(5..6)).is_err());
        assert_eq!(aside.entries(), entries(0..1));
        assert_eq!(Aside::open(folder.path()).unwrap().entries(), entries(0..1));
    }
}
