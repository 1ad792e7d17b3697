//! Whose a folder is.

use std::fs;
use std::path::Path;

use crate::SinkError;

/// Refuses a folder of another user: what this one wrote there, that one could not go on with.
///
/// It is tried with a file, since a file system may give all that lies there to one user; with a new one, since whoever has
/// the folder may have put links there.
#[cfg(unix)]
pub(super) fn check(folder: &Path) -> Result<(), SinkError> {
    use std::os::unix::fs::MetadataExt;
    let (process, thread) = (std::process::id(), std::thread::current().id());
    let path = folder.join(format!("owner-{process}-{thread:?}"));
    // A program of the same number may have been killed here.
    let _ = fs::remove_file(&path);
    let made = fs::File::create_new(&path).map_err(SinkError::of_file(&path, "made"))?;
    let facts = made.metadata().and_then(|file| Ok((file.uid(), fs::metadata(folder)?.uid())));
    let removed = fs::remove_file(&path);
    let (own, owner) = facts.map_err(SinkError::of_file(&path, "read"))?;
    removed.map_err(SinkError::of_file(&path, "removed"))?;
    if own == owner {
        return Ok(());
    }
    Err(SinkError::Foreign { folder: folder.display().to_string(), owner, own })
}

#[cfg(not(unix))]
pub(super) fn check(_: &Path) -> Result<(), SinkError> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_another_user_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        check(folder.path()).unwrap();
        if std::os::unix::fs::chown(folder.path(), Some(65_534), Some(65_534)).is_err() {
            return println!("SKIPPED: only root can give a folder away");
        }
        let error = check(folder.path()).unwrap_err().to_string();
        assert!(error.contains("belongs to user 65534"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    }
}
