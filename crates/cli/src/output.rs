//! Where output goes: a file, or standard output.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::path::{self, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use netsift::data::{DataError, Packed, Packing};
use same_file::Handle;

use crate::failure::{Failure, tell};

/// The name of standard input or output.
pub(crate) const STREAM: &str = "-";

/// What `-o` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Stdout,
    File(PathBuf),
}

impl Target {
    pub(crate) fn of(path: &Path) -> Self {
        if path.as_os_str() == STREAM { Self::Stdout } else { Self::File(path.to_owned()) }
    }

    pub(crate) fn is_terminal(&self) -> bool {
        *self == Self::Stdout && io::stdout().is_terminal()
    }

    /// Refuses a file that is one of `inputs`, is in a folder of them, or is what standard input reads.
    pub(crate) fn refuse_inputs(&self, inputs: &[PathBuf]) -> Result<(), Failure> {
        let Self::File(path) = self else { return Ok(()) };
        // What cannot be opened does not exist yet, or will be told when it is written.
        let Ok(own) = Handle::from_path(path) else { return Ok(()) };
        match inputs.iter().any(|input| reads(input, &own)) {
            true => Err(Failure::OutputIsInput { path: path.clone() }),
            false => Ok(()),
        }
    }

    /// Whether both would write to one place.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => {
                let same_name = path::absolute(one).ok() == path::absolute(other).ok();
                same_name || same_file::is_same_file(one, other).unwrap_or(false)
            }
            _ => self == other,
        }
    }

    /// Opens it: a file is emptied.
    pub(crate) fn open(&self) -> Result<Box<dyn Write>, Failure> {
        match self {
            Self::Stdout => Ok(Box::new(io::stdout().lock())),
            Self::File(path) => match File::create(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(source) => Err(Failure::Write { target: self.clone(), source }),
            },
        }
    }
}

/// An output that gets its name when it is whole. Until then it stands beside it, with [`PARTIAL`] behind its
/// name: what was there before is there until then, and nobody takes a part for the whole.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    target: Target,
    /// What is written to, and what it is called in the end; nothing of what has no other name.
    names: Option<(PathBuf, PathBuf)>,
    packing: Packing,
}

/// What a file is called that is not whole yet.
const PARTIAL: &str = ".partial";

impl Draft {
    pub(crate) fn of(target: Target) -> Self {
        let names = match &target {
            Target::Stdout => None,
            Target::File(path) => match fs::metadata(path) {
                // Pipes and devices cannot be replaced.
                Ok(metadata) if !metadata.is_file() => None,
                // Through links to the file itself, so that the link stays one.
                _ => Some(fs::canonicalize(path).unwrap_or_else(|_| path.clone())),
            },
        };
        let partial = |path: PathBuf| (with_ending(&path, PARTIAL), path);
        Self { target, names: names.map(partial), packing: Packing::Plain }
    }

    /// The same, inside of something.
    pub(crate) fn packed(self, packing: Packing) -> Self {
        Self { packing, ..self }
    }

    /// What is called so when it is whole, and what is written until then.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target> {
        let partial = self.partial().map(|path| Target::File(path.to_owned()));
        [self.target.clone()].into_iter().chain(partial)
    }

    pub(crate) const fn target(&self) -> &Target {
        &self.target
    }

    /// Where a part of it can be found.
    pub(crate) fn partial(&self) -> Option<&Path> {
        self.names.as_ref().map(|(partial, _)| partial.as_path())
    }

    /// Gives what an earlier run has left in its place a name of its own: that was killed, and there may be no other way to
    /// what it had written.
    pub(crate) fn keep_part(&self) -> Result<(), Failure> {
        let Some(partial) = self.partial() else { return Ok(()) };
        if !fs::metadata(partial).is_ok_and(|facts| facts.is_file() && facts.len() > 0) {
            return Ok(());
        }
        let named = |number: u32| with_ending(partial, &format!(".{number}"));
        let is_free = |path: &PathBuf| fs::symlink_metadata(path).is_err();
        let Some(kept) = (1..u32::MAX).map(named).find(is_free) else { return Ok(()) };
        fs::rename(partial, &kept).map_err(|source| self.failure(source))?;
        let (partial, kept) = (partial.display(), kept.display());
        tell(&format!("{partial} was left by an earlier run, and is called {kept} now"));
        Ok(())
    }

    /// Where what was read of broken inputs is, for people.
    pub(crate) fn part(&self) -> String {
        match self.partial() {
            Some(path) => format!("what was read until then is in {}", path.display()),
            None => format!("what was read until then went to {}", self.target),
        }
    }

    pub(crate) fn open(&self) -> Result<Whole, Failure> {
        let packed = self.bare().and_then(|out| Packed::new(out, self.packing));
        let packed = packed.map_err(|source| self.failure(source))?;
        Ok(Whole(Arc::new(Mutex::new(Some(packed)))))
    }

    fn bare(&self) -> io::Result<Box<dyn Write + Send>> {
        Ok(match (&self.names, &self.target) {
            (Some((partial, _)), _) => Box::new(File::create(partial)?),
            (None, Target::File(path)) => Box::new(File::create(path)?),
            (None, Target::Stdout) => Box::new(io::stdout()),
        })
    }

    /// It is whole: gives it its name.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        match &self.names {
            Some((partial, path)) => {
                fs::rename(partial, path).map_err(|source| self.failure(source))
            }
            None => Ok(()),
        }
    }

    /// Nothing was done: leaves nothing behind.
    pub(crate) fn discard(&self) {
        if let Some(partial) = self.partial() {
            // It holds nothing that anybody could miss.
            let _ = fs::remove_file(partial);
        }
    }

    pub(crate) fn failure(&self, source: io::Error) -> Failure {
        Failure::Write { target: self.target.clone(), source }
    }

    /// What writing rows says, with the name of the output.
    pub(crate) fn table_failure(&self, error: DataError) -> Failure {
        match error {
            DataError::Write { source, .. } => self.failure(source),
            error => Failure::Table(error),
        }
    }
}

/// The same name with something behind it.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(ending);
    name.into()
}

/// What a draft is written to. Whoever has a clone can end it, so that what is there by then can be read.
#[derive(Clone)]
pub(crate) struct Whole(Arc<Mutex<Option<Bytes>>>);

type Bytes = Packed<Box<dyn Write + Send>>;

impl Whole {
    /// Writes what is left. Once it has ended, nothing more can be written, and there is nothing to end.
    pub(crate) fn end(&self) -> io::Result<()> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(packed) => packed.finish().map(drop),
            None => Ok(()),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Bytes) -> io::Result<T>) -> io::Result<T> {
        let mut packed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        packed.as_mut().map_or_else(|| Err(io::ErrorKind::WriteZero.into()), act)
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.with(|packed| packed.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.with(Write::flush)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("standard output"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// An open output, whose errors name it.
pub(crate) struct Output {
    target: Target,
    out: Box<dyn Write>,
}

impl Output {
    pub(crate) fn open(target: Target) -> Result<Self, Failure> {
        Ok(Self { out: target.open()?, target })
    }

    /// Writes, and sends it on its way.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.out.write_all(bytes).and_then(|()| self.out.flush());
        written.map_err(|source| Failure::Write { target: self.target.clone(), source })
    }
}

/// The first of `inputs` that is the same file, by whatever name, as one in front of it.
pub(crate) fn named_twice(inputs: &[PathBuf]) -> Option<&Path> {
    let mut seen = HashSet::new();
    let place = |input: &PathBuf| fs::canonicalize(input).unwrap_or_else(|_| input.clone());
    inputs.iter().find(|input| !seen.insert(place(input))).map(PathBuf::as_path)
}

/// Whether `input` is, or is a folder with, the file behind the handle. What cannot be opened is not
/// read either, and is told by who reads.
fn reads(input: &Path, own: &Handle) -> bool {
    if input.as_os_str() == STREAM {
        return Handle::stdin().is_ok_and(|stdin| stdin == *own);
    }
    let is_own = |path: &Path| Handle::from_path(path).is_ok_and(|handle| handle == *own);
    match fs::read_dir(input) {
        Ok(entries) => entries.flatten().any(|entry| is_own(&entry.path())),
        Err(_) => is_own(input),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_earlier_runs_have_left_is_kept_under_the_first_free_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let draft = Draft::of(Target::of(&path("told.csv")));
        draft.keep_part().unwrap();
        for text in ["", "the first", "the second"] {
            fs::write(path("told.csv.partial"), text).unwrap();
            draft.keep_part().unwrap();
        }
        let read = |name: &str| fs::read_to_string(path(name)).unwrap();
        assert_eq!(
            ["told.csv.partial.1", "told.csv.partial.2"].map(read),
            ["the first", "the second"]
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "what is empty is not kept");
    }
}
