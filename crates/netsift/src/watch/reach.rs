//! Whether what a configuration writes can be written here, by who asks. Nothing is made, and nothing is opened.

use std::io;
use std::path::{Path, PathBuf};

use super::{Config, Fault, Looked, WatchError};

impl Looked<'_> {
    /// Which files and folders could not be written by this user, as things are.
    #[must_use]
    pub fn obstacles(&self) -> Vec<Fault> {
        let fault =
            |(setting, error): (String, WatchError)| Fault { line: self.line(&setting), error };
        self.config.obstacles().into_iter().map(fault).collect()
    }
}

impl Config {
    /// Each with the setting that names it.
    fn obstacles(&self) -> Vec<(String, WatchError)> {
        let sinks = self.sinks.iter().filter_map(|(name, sink)| {
            let look = if sink.kind.is_replaced() { beside } else { file as Look };
            Some((format!("sinks.{name}.path"), sink.kind.file()?.to_owned(), look))
        });
        let history = self
            .history
            .iter()
            .map(|it| ("history.path".to_owned(), it.path.clone(), beside as Look));
        let has_queue = self.sinks.values().any(|sink| !sink.kind.is_local());
        let queues = has_queue.then(|| self.queues.folder.clone());
        let queues = queues.map(|path| ("queues.folder".to_owned(), path, folder as Look));
        let packets = self
            .packets
            .iter()
            .map(|it| ("packets.folder".to_owned(), it.folder.clone(), folder as Look));
        let all = sinks.chain(history).chain(queues).chain(packets);
        let obstacle = |(setting, path, look): (String, PathBuf, Look)| {
            let source = look(&path).err()?;
            Some((setting.clone(), WatchError::Obstacle { setting, path, source }))
        };
        all.filter_map(obstacle).collect()
    }
}

/// What there has to be of a file or a folder.
type Look = fn(&Path) -> io::Result<()>;

/// It can be written; if it is not there, it can be made.
fn file(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(facts) if facts.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => writable(path, false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => inside(beneath(path)),
        Err(error) => Err(error),
    }
}

/// It can be written, and others be made beside it: what it is replaced by, or what is written ahead of it.
fn beside(path: &Path) -> io::Result<()> {
    file(path)?;
    inside(beneath(path))
}

/// Files can be made in it; if it is not there, it can be made, with those it is in.
fn folder(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(_) => inside(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.parent().is_some() => {
            folder(beneath(path))
        }
        Err(error) => Err(error),
    }
}

/// Files can be made in this folder, which is there.
fn inside(path: &Path) -> io::Result<()> {
    if !path.metadata()?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    writable(path, true)
}

/// The folder that something is in.
fn beneath(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The system says so, which knows of rights and of file systems that are read alone.
#[cfg(unix)]
fn writable(path: &Path, is_folder: bool) -> io::Result<()> {
    use nix::unistd::{AccessFlags, access};
    let also = if is_folder { AccessFlags::X_OK } else { AccessFlags::empty() };
    access(path, AccessFlags::W_OK | also).map_err(io::Error::from)
}

#[cfg(not(unix))]
fn writable(path: &Path, _: bool) -> io::Result<()> {
    match path.metadata()?.permissions().readonly() {
        true => Err(io::ErrorKind::PermissionDenied.into()),
        false => Ok(()),
    }
}
