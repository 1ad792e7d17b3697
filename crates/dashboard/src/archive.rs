//! The history, asked by many: a few readers that are used again.

use std::path::PathBuf;
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
}

impl Archive {
    /// Over a history that is there.
    pub(crate) fn open(path: PathBuf) -> Result<Self, HistoryError> {
        let reader = Reader::open(&path)?.within(LIMIT);
        Ok(Self { path, idle: Mutex::new(vec![(Instant::now(), reader)]) })
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

    /// Changes something.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut Desk) -> Result<T, HistoryError>,
    ) -> Result<T, Problem> {
        Ok(change(&mut Desk::open(&self.path)?)?)
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
