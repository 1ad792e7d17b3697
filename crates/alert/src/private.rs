//! Files that tell who did what, made for their owner alone.

use std::fs::OpenOptions;

/// To open a file that nobody else may read if it is made: what is there keeps its rights.
pub(crate) fn private() -> OpenOptions {
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
        private().append(true).create(true).open(&path).unwrap();
        assert_eq!(rights(), 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        private().append(true).create(true).open(&path).unwrap();
        assert_eq!(rights(), 0o644);
    }
}
