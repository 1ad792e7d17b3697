//! Files that tell who did what, made for their owner alone.

use std::fs::OpenOptions;

/// To open a file that nobody but its owner may read if it is made: what is there keeps its rights. Where the system knows no
/// rights of files it is as any other.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("alerts.jsonl");
/// let file = netsift_alert::private_file().append(true).create(true).open(path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_made_is_the_owners_and_what_is_there_keeps_its_rights() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.jsonl");
        let rights = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        private_file().append(true).create(true).open(&path).unwrap();
        assert_eq!(rights(), 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        private_file().append(true).create(true).open(&path).unwrap();
        assert_eq!(rights(), 0o644);
    }
}
