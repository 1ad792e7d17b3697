//! The history, asked by many: a few readers that are used again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use netsift_history::{Desk, HistoryError, Reader};

use crate::answer::Problem;

/// A reader is opened anew so often: of a file that was moved aside it would see the old one.
const FRESH: Duration = Duration::from_secs(30);
/// How long a question may take: somebody waits for it.
const LIMIT: Duration = Duration::from_secs(5);

/// A history, asked by many.
pub(crate) struct Archive {
    path: PathBuf,
    idle: Mutex<Vec<(Instant, Reader)>>,
    /// Whether the file was looked through for a change: that takes tenths of a second.
    is_known: AtomicBool,
    /// Whether it was there when it was looked at last.
    is_there: AtomicBool,
}

impl Archive {
    /// Over a history that is there.
    pub(crate) fn open(path: PathBuf) -> Result<Self, HistoryError> {
        let reader = Reader::open(&path)?.within(LIMIT);
        let idle = Mutex::new(vec![(Instant::now(), reader)]);
        Ok(Self { path, idle, is_known: false.into(), is_there: true.into() })
    }

    /// Asks something. How many do so at a time is for the caller to say.
    pub(crate) fn ask<T>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, HistoryError>,
    ) -> Result<T, Problem> {
        let (opened, reader) = self.reader()?;
        let answer = question(&reader)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((opened, reader));
        Ok(answer)
    }

    /// The same, asked all the time by whoever looks for news: whether it is answered, others need not find out.
    pub(crate) fn look<T>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, HistoryError>,
    ) -> Option<T> {
        let answer = self.ask(question).ok();
        self.is_there.store(answer.is_some(), Ordering::Relaxed);
        answer
    }

    /// Whether there is anything to ask; nobody is asked for it.
    pub(crate) fn is_there(&self) -> bool {
        self.is_there.load(Ordering::Relaxed)
    }

    /// Changes something.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut Desk) -> Result<T, HistoryError>,
    ) -> Result<T, Problem> {
        let is_known = self.is_known.load(Ordering::Relaxed);
        let open = if is_known { Desk::open_again } else { Desk::open };
        let mut desk = open(&self.path)?;
        self.is_known.store(true, Ordering::Relaxed);
        Ok(change(&mut desk)?)
    }

    /// One that nobody uses, or a new one.
    fn reader(&self) -> Result<(Instant, Reader), HistoryError> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(opened, _)| opened.elapsed() < FRESH);
        let found = idle.pop();
        drop(idle);
        match found {
            Some(found) => Ok(found),
            None => Ok((Instant::now(), Reader::open(&self.path)?.within(LIMIT))),
        }
    }
}

#[cfg(test)]
mod tests {
    use netsift_history::{History, HistorySettings};

    use super::*;

    #[test]
    fn whether_it_is_there_is_known_from_the_last_look() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("h.db");
        let _history = History::open(HistorySettings::new(&path)).unwrap();
        let archive = Archive::open(path.clone()).unwrap();
        assert!(archive.is_there());
        let gone = |_: &Reader| Err::<(), _>(HistoryError::Missing { path: path.clone() });
        assert!(archive.ask(gone).is_err() && archive.is_there(), "that is nobody's look");
        assert!(archive.look(gone).is_none() && !archive.is_there());
        assert!(archive.look(Reader::mark).is_some() && archive.is_there());
    }
}
