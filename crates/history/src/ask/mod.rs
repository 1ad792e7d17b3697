//! What can be asked of a history. Every answer has a bound, and nothing that is asked for becomes part of a statement.

mod alerts;
mod check;
mod counts;
mod flows;
mod hosts;
mod news;
mod notes;
mod reader;
mod select;
mod tops;

pub use alerts::{AlertList, AlertRow, AlertSort, AlertsAsked};
pub use counts::{Bin, CountBy, CountsAsked, MOST_BINS};
pub use flows::{FlowRow, FlowsAsked};
pub use hosts::{HostSeen, MOST_RANKED};
pub use news::{Mark, News};
pub use notes::Held;
pub use reader::Reader;
pub use select::{Key, MOST_COUNTED, MOST_ROWS, MOST_SEARCHED, NotAKey, Page, Times, Total};
pub use tops::{AlertGroup, Group, Ranked, Top};

/// What tests have in common.
#[cfg(test)]
mod staged {
    use std::path::PathBuf;

    use tempfile::TempDir;

    use crate::{History, HistorySettings};

    /// An empty history, where it is, and what that is in.
    pub(super) fn kept() -> (TempDir, PathBuf, History) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let history = History::open(HistorySettings::new(&path)).unwrap();
        (folder, path, history)
    }
}
