//! A folder of this run's own, which goes with it.

use std::fs::{self, DirBuilder, File};
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use netsift::models::Bundle;

use crate::failure::Failure;
use crate::output::Target;

/// Only this user sees into it.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// One that was not there before, under a name that nobody can foresee.
    pub(super) fn make() -> Result<Self, Failure> {
        let name = format!("netsift-{:016x}", RandomState::new().hash_one(()));
        let path = std::env::temp_dir().join(name);
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let made = builder.create(&path);
        made.map_err(|source| Failure::Unmade { path: path.clone(), source })?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A model, as a file in it.
    pub(super) fn saved(&self, name: &str, model: &Bundle) -> Result<PathBuf, Failure> {
        let path = self.file(name);
        let target = || Target::File(path.clone());
        let file =
            File::create(&path).map_err(|source| Failure::Write { target: target(), source })?;
        model.save(file)?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be taken away is in the folder of what may go.
        let _ = fs::remove_dir_all(&self.0);
    }
}
