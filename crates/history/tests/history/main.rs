//! A history as those see it who hand over and ask: against naive answers, killed, without room, damaged, of old versions.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

mod answers;
mod damage;
mod desk;
mod disk;
mod hostile;
mod keeping;
mod kill;
mod made;
mod news;
mod speed;
mod versions;

use std::path::Path;
use std::time::Duration;

use netsift_history::{Hand, History, HistorySettings, HistoryState};

/// Long enough for a machine that has other things to do.
const LONG: Duration = Duration::from_secs(60);

/// Writes what is handed over, to the end.
fn written(path: &Path, hand_over: impl FnOnce(&Hand)) -> HistoryState {
    let mut settings = HistorySettings::new(path);
    settings.keep.flows = true;
    written_as(settings, hand_over)
}

fn written_as(settings: HistorySettings, hand_over: impl FnOnce(&Hand)) -> HistoryState {
    let history = History::open(settings).unwrap();
    hand_over(&history.hand());
    assert!(history.flush(LONG), "{:?}", history.state());
    history.finish()
}
