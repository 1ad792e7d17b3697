//! Files that grow to a size or an age, and go then.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::SinkError;
use crate::private::private;

/// When a file is put aside, and what happens to it then.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Rotation {
    /// Once it has so many bytes; 0 for never. Default: 100 MiB.
    pub bytes: u64,
    /// Once it is so many seconds old; 0 for never. Default: 86,400, a day.
    pub seconds: u64,
    /// So many older files are kept, as `NAME.1` and so on, the highest the oldest. Default: 7.
    pub keep: usize,
    /// Whether older files are compressed: `NAME.1.gz`. Default: no.
    pub compress: bool,
}

/// A file that lines are added to, and that makes room when it is its time.
#[derive(Debug)]
pub(super) struct RotatedFile {
    path: PathBuf,
    rotation: Rotation,
    /// What every file begins with.
    head: &'static str,
    /// Open, and since when there is one.
    file: Option<(File, SystemTime)>,
}

/// More files than this in a folder nobody looks through.
const MAX_KEEP: usize = 1_000;

impl Default for Rotation {
    fn default() -> Self {
        Self { bytes: 100 << 20, seconds: 86_400, keep: 7, compress: false }
    }
}

impl Rotation {
    /// Refuses values outside their rules.
    ///
    /// # Errors
    /// [`SinkError::Setting`].
    pub fn check(&self) -> Result<(), SinkError> {
        let in_range = self.keep <= MAX_KEEP;
        SinkError::unless(in_range, "rotation.keep", self.keep, "at most 1000")
    }
}

impl RotatedFile {
    /// Opens the file, so that it is known at the start whether it can be written.
    pub(super) fn open(
        path: PathBuf,
        rotation: Rotation,
        head: &'static str,
    ) -> Result<Self, SinkError> {
        SinkError::unless(path.file_name().is_some(), "path", path.display(), "that of a file")?;
        rotation.check()?;
        let mut rotated = Self { path, rotation, head, file: None };
        rotated.reopen()?;
        Ok(rotated)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds whole lines, or none of them.
    pub(super) fn write(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        if self.is_due(lines.len() as u64)? {
            self.rotate()?;
        }
        let (file, _) = self.reopen()?;
        // Its length is asked for: others may have made it shorter.
        let written = file.metadata().and_then(|facts| {
            let len = facts.len();
            // Half a line is worse than none.
            file.write_all(lines).inspect_err(|_| drop(file.set_len(len)))
        });
        if written.is_err() {
            self.file = None;
        }
        written.map_err(SinkError::of_file(&self.path, "written"))
    }

    fn is_due(&mut self, more: u64) -> Result<bool, SinkError> {
        let Rotation { bytes, seconds, .. } = self.rotation;
        let head = self.head.len() as u64;
        let path = self.path.clone();
        let (file, since) = self.reopen()?;
        let len = file.metadata().map_err(SinkError::of_file(&path, "read"))?.len();
        let age = SystemTime::now().duration_since(*since).unwrap_or_default();
        let is_large = bytes > 0 && len + more > bytes;
        let is_old = seconds > 0 && age >= Duration::from_secs(seconds);
        Ok(len > head && (is_large || is_old))
    }

    /// The file, opened if it is not; one that ends in the midst of a line gets the end of that first.
    fn reopen(&mut self) -> Result<&mut (File, SystemTime), SinkError> {
        if self.file.is_none() {
            let opened = open(&self.path, self.head);
            self.file = Some(opened.map_err(SinkError::of_file(&self.path, "opened"))?);
        }
        let missing = || SinkError::of_file(&self.path, "opened")(io::ErrorKind::NotFound.into());
        self.file.as_mut().ok_or_else(missing)
    }

    /// Puts the file aside, and those before it one further.
    fn rotate(&mut self) -> Result<(), SinkError> {
        self.file = None;
        let keep = self.rotation.keep;
        for number in (1..=keep).rev() {
            for ending in ["", ".gz"] {
                let next = (number < keep).then(|| self.aside(number + 1, ending));
                move_on(&self.aside(number, ending), next.as_deref())?;
            }
        }
        let newest = (keep > 0).then(|| self.aside(1, ""));
        move_on(&self.path, newest.as_deref())?;
        match newest.filter(|_| self.rotation.compress) {
            Some(newest) => compress(&newest, &self.aside(1, ".gz"))
                .map_err(SinkError::of_file(&newest, "compressed")),
            None => Ok(()),
        }
    }

    fn aside(&self, number: usize, ending: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}{ending}"));
        name.into()
    }
}

/// Gives a file that name, or none any more; there may be no such file.
fn move_on(path: &Path, next: Option<&Path>) -> Result<(), SinkError> {
    let moved = next.map_or_else(|| fs::remove_file(path), |next| fs::rename(path, next));
    match moved {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        moved => moved.map_err(SinkError::of_file(path, "put aside")),
    }
}

fn open(path: &Path, head: &str) -> io::Result<(File, SystemTime)> {
    let mut file = private().read(true).append(true).create(true).open(path)?;
    let facts = file.metadata()?;
    if facts.len() == 0 {
        file.write_all(head.as_bytes())?;
        return Ok((file, SystemTime::now()));
    }
    // A pipe or a device has no end that could be looked at.
    if facts.is_file() {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    let since = facts.created().or_else(|_| facts.modified())?;
    Ok((file, since))
}

/// Under another name until it is whole.
fn compress(from: &Path, to: &Path) -> io::Result<()> {
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let opened = private().write(true).create(true).truncate(true).open(&partial);
    let written = opened.and_then(|file| {
        let mut packed = GzEncoder::new(file, Compression::default());
        io::copy(&mut File::open(from)?, &mut packed)?;
        packed.finish().map(drop)
    });
    if let Err(error) = written {
        let _ = fs::remove_file(&partial);
        return Err(error);
    }
    fs::rename(&partial, to)?;
    fs::remove_file(from)
}

#[cfg(test)]
mod tests {
    use flate2::read::GzDecoder;

    use super::*;

    fn file(folder: &Path, rotation: Rotation) -> RotatedFile {
        RotatedFile::open(folder.join("a.log"), rotation, "head\n").unwrap()
    }

    fn text(folder: &Path, name: &str) -> String {
        fs::read_to_string(folder.join(name)).unwrap_or_default()
    }

    #[test]
    fn by_size_it_moves_on_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let rotation = Rotation { bytes: 12, keep: 2, ..Rotation::default() };
        let mut file = file(folder.path(), rotation);
        for line in ["one\n", "two\n", "three\n", "four\n", "a line longer than that\n", "six\n"] {
            file.write(line.as_bytes()).unwrap();
        }
        let texts = ["a.log", "a.log.1", "a.log.2", "a.log.3"].map(|it| text(folder.path(), it));
        assert_eq!(texts, ["head\nsix\n", "head\na line longer than that\n", "head\nfour\n", ""]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn by_age_it_moves_on_and_is_compressed() {
        let folder = tempfile::tempdir().unwrap();
        let rotation = Rotation { seconds: 60, compress: true, keep: 2, ..Rotation::default() };
        let mut file = file(folder.path(), rotation);
        for line in ["one\n", "two\n", "three\n"] {
            file.write(line.as_bytes()).unwrap();
            let since = SystemTime::now() - Duration::from_secs(61);
            file.file.as_mut().unwrap().1 = since;
        }
        assert_eq!(text(folder.path(), "a.log"), "head\nthree\n");
        for (name, expected) in [("a.log.1.gz", "head\ntwo\n"), ("a.log.2.gz", "head\none\n")] {
            let mut text = String::new();
            let packed = File::open(folder.path().join(name)).unwrap();
            GzDecoder::new(packed).read_to_string(&mut text).unwrap();
            assert_eq!(text, expected);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn nothing_is_kept_if_nothing_is_to_be_kept() {
        let folder = tempfile::tempdir().unwrap();
        let rotation = Rotation { bytes: 9, keep: 0, ..Rotation::default() };
        let mut file = file(folder.path(), rotation);
        file.write(b"one\n").unwrap();
        file.write(b"two\n").unwrap();
        assert_eq!(text(folder.path(), "a.log"), "head\ntwo\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_goes_on_and_a_torn_line_stands_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.log"), "head\nto").unwrap();
        file(folder.path(), Rotation::default()).write(b"one\n").unwrap();
        file(folder.path(), Rotation::default()).write(b"two\n").unwrap();
        assert_eq!(text(folder.path(), "a.log"), "head\nto\none\ntwo\n");
    }

    #[test]
    fn a_file_that_cannot_be_is_told_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none/a.log");
        let error = RotatedFile::open(path, Rotation::default(), "").unwrap_err();
        assert!(error.to_string().contains("cannot be opened"), "{error}");
        assert!(RotatedFile::open("..".into(), Rotation::default(), "").is_err());
        let rotation = Rotation { keep: 5_000, ..Rotation::default() };
        assert!(RotatedFile::open("a".into(), rotation, "").is_err());
    }
}
