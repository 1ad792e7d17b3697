//! Files that one has at a time: in this program, or in another.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::SinkError;

/// A file that nobody else has, until this goes, or the program ends, however that happens.
#[derive(Debug)]
pub struct Held(system::Locked);

/// Who has a file for a moment has it no longer than this.
const MOMENT: Duration = Duration::from_secs(10);
/// How often is looked.
const PAUSE: Duration = Duration::from_millis(2);

impl Held {
    /// Opens the file, which is made if it is not there.
    ///
    /// # Errors
    /// [`SinkError::Taken`], which names what the file stands for, if somebody has it.
    pub fn open(path: &Path, stands_for: &Path) -> Result<Self, SinkError> {
        let held = held(path).map_err(SinkError::of_file(path, "opened"))?;
        held.ok_or_else(|| SinkError::Taken { path: stands_for.display().to_string() })
    }

    /// The same, once whoever has it for a moment has it no more.
    ///
    /// # Errors
    /// [`SinkError::Taken`] if that takes too long.
    pub(crate) fn wait(path: &Path, stands_for: &Path) -> Result<Self, SinkError> {
        let start = Instant::now();
        loop {
            match Self::open(path, stands_for) {
                Err(SinkError::Taken { .. }) if start.elapsed() < MOMENT => {
                    std::thread::sleep(PAUSE);
                }
                opened => return opened,
            }
        }
    }

    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.0
    }
}

/// Nothing if somebody has it.
fn held(path: &Path) -> io::Result<Option<Held>> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    match system::lock(&mut options, path) {
        Ok(locked) => Ok(Some(Held(locked))),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
mod system {
    use super::{File, OpenOptions, Path, io};

    pub(super) type Locked = nix::fcntl::Flock<File>;

    pub(super) fn lock(options: &mut OpenOptions, path: &Path) -> io::Result<Locked> {
        let at_once = nix::fcntl::FlockArg::LockExclusiveNonblock;
        Locked::lock(options.open(path)?, at_once).map_err(|(_, error)| error.into())
    }
}

#[cfg(windows)]
mod system {
    use std::os::windows::fs::OpenOptionsExt;

    use super::{ErrorKind, File, OpenOptions, Path, io};

    pub(super) type Locked = Box<File>;

    /// What the system says of a file that somebody shares with nobody.
    const SHARING_VIOLATION: i32 = 32;

    pub(super) fn lock(options: &mut OpenOptions, path: &Path) -> io::Result<Locked> {
        options.share_mode(0).open(path).map(Box::new).map_err(|error| {
            let is_taken = error.raw_os_error() == Some(SHARING_VIOLATION);
            if is_taken { ErrorKind::WouldBlock.into() } else { error }
        })
    }
}

#[cfg(not(any(unix, windows)))]
mod system {
    use super::{File, OpenOptions, Path, io};

    pub(super) type Locked = Box<File>;

    /// Such systems know no locks: whoever runs two programs there knows what he does.
    pub(super) fn lock(options: &mut OpenOptions, path: &Path) -> io::Result<Locked> {
        options.open(path).map(Box::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let (path, folder) = (folder.path().join("a"), folder.path());
        let first = Held::open(&path, folder).unwrap();
        let error = Held::open(&path, folder).unwrap_err().to_string();
        let named = folder.display().to_string();
        assert!(error.starts_with(&named) && error.contains("another program"), "{error}");
        drop(first);
        drop(Held::open(&path, folder).unwrap());
    }

    #[test]
    fn who_has_it_for_a_moment_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let first = Held::open(&path, &path).unwrap();
        let freed = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            drop(first);
        });
        drop(Held::wait(&path, &path).unwrap());
        freed.join().unwrap();
    }
}
