//! What a history refuses, and what goes wrong with its file.

use std::error::Error as Cause;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use netsift_alert::AlertId;
use rusqlite::ErrorCode;
use thiserror::Error;

/// Why a history cannot be opened, asked or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// A setting or a part of a question that cannot be.
    #[error("{setting} is {value}, and must be {rule}")]
    Setting {
        /// The setting, with what it belongs to.
        setting: &'static str,
        /// What it was to be.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// There is something else in the file. It is left as it is.
    #[error("{}: is no history of netsift", path.display())]
    NotAHistory {
        /// Which file.
        path: PathBuf,
    },
    /// There is no such file, and it is not to be made.
    #[error("{}: there is no such history", path.display())]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// A newer program has written it. It is left as it is.
    #[error(
        "{}: the history is of version {found}, and this program knows versions up to {newest}",
        path.display()
    )]
    NewerVersion {
        /// Which file.
        path: PathBuf,
        /// The version in the file.
        found: i64,
        /// The newest that is known.
        newest: i64,
    },
    /// Bytes of it are not what was written.
    #[error("{}: the history is damaged: {said}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        said: String,
    },
    /// It is damaged, and cannot be moved out of the way either.
    #[error("{}: the history is damaged and cannot be moved aside: {source}", path.display())]
    Stuck {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no room on the disk.
    #[error("{}: the disk is full", path.display())]
    Full {
        /// Which file.
        path: PathBuf,
    },
    /// Another program writes to it for too long.
    #[error("{}: another program keeps it locked", path.display())]
    Busy {
        /// Which file.
        path: PathBuf,
    },
    /// The file cannot be opened, read or written for another reason.
    #[error("{}: cannot be {what}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What was to be done with it: `opened`, `read`, `written`.
        what: &'static str,
        /// What SQLite said.
        source: Box<dyn Cause + Send + Sync>,
    },
    /// The answer would take too long.
    #[error("no answer within {} s: ask for a shorter time or for less", limit.as_secs_f64())]
    TooSlow {
        /// How long it may take.
        limit: Duration,
    },
    /// A row holds what nobody writes there.
    #[error("row {id} of {table} cannot be read: {source}")]
    Row {
        /// Of which table.
        table: &'static str,
        /// Which row.
        id: i64,
        /// What is wrong with it.
        source: Box<dyn Cause + Send + Sync>,
    },
    /// There is no such alert.
    #[error("there is no alert {id}")]
    NoSuchAlert {
        /// Its name.
        id: AlertId,
    },
    /// The thread that writes cannot be started.
    #[error("no thread can be started: {source}")]
    Thread {
        /// What the system said.
        source: io::Error,
    },
}

impl HistoryError {
    /// What SQLite says of this file when this was tried, in our words.
    pub(crate) fn of(path: &Path, what: &'static str, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotAHistory { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, said: source.to_string() },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            _ => Self::File { path, what, source: Box::new(source) },
        }
    }

    /// Whether the same may succeed later, with nothing changed in the file.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(self, Self::Full { .. } | Self::Busy { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqlite_says_is_told_in_our_words() {
        let said = |code: i32| {
            let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
            HistoryError::of(Path::new("a.db"), "read", error)
        };
        assert!(matches!(said(13), HistoryError::Full { .. }) && said(13).may_pass());
        assert!(matches!(said(5), HistoryError::Busy { .. }) && said(5).may_pass());
        assert!(matches!(said(11), HistoryError::Damaged { .. }) && !said(11).may_pass());
        assert!(matches!(said(26), HistoryError::NotAHistory { .. }));
        assert!(said(10).to_string().starts_with("a.db: cannot be read: "));
    }
}
