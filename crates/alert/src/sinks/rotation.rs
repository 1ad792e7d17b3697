//! Files that grow to a size or an age, and go then.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::SinkError;
use crate::private_file;

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
    lines: Lines,
    /// Open, and since when there is one.
    file: Option<(File, SystemTime)>,
}

/// What the lines of a file are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines {
    /// What every file begins with.
    pub(super) head: &'static str,
    /// Whether a line without its end is the beginning of one of ours, and no more: what a program wrote that was killed.
    pub(super) is_torn: fn(&[u8]) -> bool,
}

/// No line of ours is longer.
const MAX_LINE: u64 = 256 << 10;
/// Who writes a line at this moment has written all of it after so long.
const MOMENT: Duration = Duration::from_millis(50);
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
    pub(super) fn open(path: PathBuf, rotation: Rotation, lines: Lines) -> Result<Self, SinkError> {
        SinkError::unless(path.file_name().is_some(), "path", path.display(), "that of a file")?;
        rotation.check()?;
        let mut rotated = Self { path, rotation, lines, file: None };
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
        let head = self.lines.head.len() as u64;
        let path = self.path.clone();
        let (file, since) = self.reopen()?;
        let len = file.metadata().map_err(SinkError::of_file(&path, "read"))?.len();
        let age = SystemTime::now().duration_since(*since).unwrap_or_default();
        let is_large = bytes > 0 && len + more > bytes;
        let is_old = seconds > 0 && age >= Duration::from_secs(seconds);
        Ok(len > head && (is_large || is_old))
    }

    /// The file, opened if it is not; one that ends in the midst of a line is mended first.
    fn reopen(&mut self) -> Result<&mut (File, SystemTime), SinkError> {
        if self.file.is_none() {
            let opened = open(&self.path, self.lines);
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

fn open(path: &Path, lines: Lines) -> io::Result<(File, SystemTime)> {
    let mut file = private_file().read(true).append(true).create(true).open(path)?;
    // A pipe or a device has no end that could be looked at.
    if file.metadata()?.is_file() {
        mend(&mut file, lines.is_torn)?;
    }
    let facts = file.metadata()?;
    if facts.len() == 0 {
        file.write_all(lines.head.as_bytes())?;
        return Ok((file, SystemTime::now()));
    }
    let since = facts.created().or_else(|_| facts.modified())?;
    Ok((file, since))
}

/// Takes away a last line that is torn, so that no reader meets half a line; another one without its end gets it.
fn mend(file: &mut File, is_torn: fn(&[u8]) -> bool) -> io::Result<()> {
    let (len, last) = last_line(file)?;
    if last.is_empty() {
        return Ok(());
    }
    std::thread::sleep(MOMENT);
    let is_written_to = file.metadata()?.len() != len;
    match is_torn(&last) {
        _ if is_written_to => Ok(()),
        true => file.set_len(len - last.len() as u64),
        false => file.write_all(b"\n"),
    }
}

/// How long a file is, and what stands behind its last line end; of more than a line some.
fn last_line(file: &mut File) -> io::Result<(u64, Vec<u8>)> {
    let len = file.metadata()?.len();
    let start = len.saturating_sub(MAX_LINE);
    let mut end = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(len - start).read_to_end(&mut end)?;
    match end.iter().rposition(|byte| *byte == b'\n') {
        Some(place) => Ok((len, end.split_off(place + 1))),
        None => Ok((len, end)),
    }
}

/// Under another name until it is whole.
fn compress(from: &Path, to: &Path) -> io::Result<()> {
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let opened = private_file().write(true).create(true).truncate(true).open(&partial);
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
        RotatedFile::open(folder.join("a.log"), rotation, LINES).unwrap()
    }

    const LINES: Lines = Lines { head: "head\n", is_torn: |line| line.starts_with(b"t") };

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
    fn a_file_goes_on_and_a_torn_line_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        for (before, after) in [
            ("head\nto", "head\none\ntwo\n"),
            ("head\nwhole", "head\nwhole\none\ntwo\n"),
            ("to", "head\none\ntwo\n"),
            ("of others", "of others\none\ntwo\n"),
            ("head\n", "head\none\ntwo\n"),
        ] {
            fs::write(&path, before).unwrap();
            file(folder.path(), Rotation::default()).write(b"one\n").unwrap();
            file(folder.path(), Rotation::default()).write(b"two\n").unwrap();
            assert_eq!(text(folder.path(), "a.log"), after, "{before:?}");
        }
        let long = "x".repeat(MAX_LINE as usize);
        fs::write(&path, format!("t{long}")).unwrap();
        file(folder.path(), Rotation::default()).write(b"one\n").unwrap();
        assert!(text(folder.path(), "a.log").ends_with("x\none\n"), "no line of ours");
    }

    #[test]
    fn a_line_that_somebody_writes_at_this_moment_is_left_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        fs::write(&path, "head\nto").unwrap();
        let writer = std::thread::spawn(move || {
            std::thread::sleep(MOMENT / 5);
            private_file().append(true).open(path).unwrap().write_all(b"gether\n").unwrap();
        });
        file(folder.path(), Rotation::default()).write(b"one\n").unwrap();
        writer.join().unwrap();
        assert_eq!(text(folder.path(), "a.log"), "head\ntogether\none\n");
    }

    #[test]
    fn a_file_that_cannot_be_is_told_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none/a.log");
        let error = RotatedFile::open(path, Rotation::default(), LINES).unwrap_err();
        assert!(error.to_string().contains("cannot be opened"), "{error}");
        assert!(RotatedFile::open("..".into(), Rotation::default(), LINES).is_err());
        let rotation = Rotation { keep: 5_000, ..Rotation::default() };
        assert!(RotatedFile::open("a".into(), rotation, LINES).is_err());
    }
}
