//! Silences and allowances that people ask for while a watch runs: they stand in its history, and are looked for there.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, Weak};
use std::thread::{self, Builder, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use netsift_history::{HistoryError, Reader};

use super::{Notice, Notices, Open, WatchError, Wishes, take_up};

/// Who asks for something sees it heard within seconds; a look takes less than a millisecond.
const LOOKS: Duration = Duration::from_secs(1);

/// Looks into a history until it is dropped.
pub(super) struct Lookout {
    /// Nothing is said: that it is gone says all.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Lookout {
    /// Has looked once when it returns: what is there holds from the first alert on.
    pub(super) fn start(
        path: &Path,
        watch: Weak<Mutex<Option<Open>>>,
        notices: Notices,
    ) -> Result<Self, WatchError> {
        let mut looker = Looker { path: path.to_owned(), watch, notices, is_failing: false };
        looker.look();
        let (end, ended) = channel();
        let thread = Builder::new().name("wishes".into()).spawn(move || looker.run(&ended));
        let thread = thread.map_err(|source| HistoryError::Thread { source })?;
        Ok(Self { end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Lookout {
    fn drop(&mut self) {
        self.end = None;
        // It drops its watch itself if it is the last that has it.
        let is_other = |thread: &JoinHandle<()>| thread.thread().id() != thread::current().id();
        if let Some(thread) = self.thread.take().filter(is_other) {
            // It has nothing to say that would change anything.
            let _ = thread.join();
        }
    }
}

struct Looker {
    path: PathBuf,
    watch: Weak<Mutex<Option<Open>>>,
    notices: Notices,
    is_failing: bool,
}

impl Looker {
    fn run(mut self, ended: &Receiver<()>) {
        while ended.recv_timeout(LOOKS) == Err(RecvTimeoutError::Timeout) {
            self.look();
        }
    }

    /// Takes over what is there. What cannot be read is told once, and leaves the old.
    fn look(&mut self) {
        let Some(watch) = self.watch.upgrade() else { return };
        match self.wishes().and_then(|wishes| take_up(&watch, wishes)) {
            Ok(news) => {
                news.silences.iter().for_each(|it| (self.notices)(&Notice::Silences(*it)));
                news.allowances.iter().for_each(|it| (self.notices)(&Notice::Allowances(*it)));
                self.is_failing = false;
            }
            Err(error) => {
                if !std::mem::replace(&mut self.is_failing, true) {
                    (self.notices)(&Notice::WishesFail(&error));
                }
            }
        }
    }

    fn wishes(&self) -> Result<Wishes, WatchError> {
        let reader = Reader::open(&self.path)?;
        Ok(Wishes { silences: reader.silences(now())?, allowances: reader.allowances()? })
    }
}

/// By the clock: those that have ended by it hold no longer, whatever captures say.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
