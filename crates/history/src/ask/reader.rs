//! A history that is asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, Row, params_from_iter};

use super::select::Times;
use crate::{HistoryError, file};

/// Between two looks at the clock: some tenths of a millisecond.
const STEPS: i32 = 10_000;

/// A history that is asked, while another part of the program, or another program, writes it. Each has its own view: what
/// a question sees was all there when it was asked.
///
/// What takes longer than the limit is given up; a page and its total are counted apart. Who keeps a reader for long opens
/// it anew now and then: of a file that was moved aside since, it would see the old one.
pub struct Reader {
    path: PathBuf,
    connection: Connection,
    limit: Duration,
    /// When the present question has to end, in milliseconds since `began`.
    deadline: Arc<AtomicU64>,
    began: Instant,
}

impl Reader {
    /// How long a question may take where nothing else is said.
    pub const LIMIT: Duration = Duration::from_secs(5);

    /// Opens a history that is there. One of an older version is brought to the newest first, if it can be written.
    ///
    /// # Errors
    /// [`HistoryError`] for a file that is not there, is something else, of a newer version, or cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, HistoryError> {
        let path = path.as_ref().to_owned();
        let connection = file::open_to_read(&path)?;
        let (deadline, began) = (Arc::new(AtomicU64::new(u64::MAX)), Instant::now());
        let watched = Arc::clone(&deadline);
        let is_late = move || millis(began) > watched.load(Ordering::Relaxed);
        let failed = |source| HistoryError::of(&path, "read", source);
        connection.progress_handler(STEPS, Some(is_late)).map_err(failed)?;
        Ok(Self { path, connection, limit: Self::LIMIT, deadline, began })
    }

    /// The same, with another limit for each question. Default: [`Self::LIMIT`].
    #[must_use]
    pub const fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// How large it is, in bytes, with what is still in the log.
    ///
    /// # Errors
    /// [`HistoryError`] if it cannot be read.
    pub fn bytes(&self) -> Result<u64, HistoryError> {
        let sql = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
        let bytes = self.rows(sql, [], |row| row.get::<_, i64>(0))?;
        Ok(bytes.first().map_or(0, |bytes| bytes.cast_unsigned()))
    }

    /// From when to when there is something: of alerts, verdicts, flows and counts, the first and the last time.
    ///
    /// # Errors
    /// [`HistoryError`] if it cannot be read.
    pub fn span(&self) -> Result<Option<Times>, HistoryError> {
        const SPAN: &str = "SELECT min(least), max(most) FROM (
            SELECT (SELECT min(last) FROM alert) AS least, (SELECT max(last) FROM alert) AS most
            UNION ALL SELECT (SELECT min(last) FROM verdict), (SELECT max(last) FROM verdict)
            UNION ALL SELECT (SELECT min(last) FROM flow), (SELECT max(last) FROM flow)
            UNION ALL SELECT (SELECT min(minute) FROM minute) * 60000000000,
                (SELECT max(minute) FROM minute) * 60000000000 + 59999999999)";
        let both = self.rows(SPAN, [], |row| {
            Ok(row.get::<_, Option<i64>>(0)?.zip(row.get::<_, Option<i64>>(1)?))
        })?;
        let both = both.into_iter().flatten().next();
        Ok(both
            .map(|(least, most)| Times { since: Some(least), until: Some(most.saturating_add(1)) }))
    }

    /// The rows of an answer, within the limit.
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, HistoryError> {
        let limit = u64::try_from(self.limit.as_millis()).unwrap_or(u64::MAX);
        self.rows_until(millis(self.began).saturating_add(limit), sql, values, read)
    }

    /// The same, however long it takes.
    pub(super) fn all_rows<T>(
        &self,
        sql: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, HistoryError> {
        self.rows_until(u64::MAX, sql, [], read)
    }

    fn rows_until<T>(
        &self,
        deadline: u64,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, HistoryError> {
        self.deadline.store(deadline, Ordering::Relaxed);
        let rows = || -> rusqlite::Result<Vec<T>> {
            let mut asked = self.connection.prepare(sql)?;
            asked.query_map(params_from_iter(values), read)?.collect()
        };
        rows().map_err(|source| self.failed(source))
    }

    /// The same, without those that cannot be understood, and how many those are.
    pub(super) fn sound_rows<T>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<(Vec<T>, u64), HistoryError> {
        let found = self.rows(sql, values, |row| Ok(read(row).ok()))?;
        let all = found.len();
        let sound: Vec<T> = found.into_iter().flatten().collect();
        let unreadable = (all - sound.len()) as u64;
        Ok((sound, unreadable))
    }

    /// What SQLite would do to answer.
    #[cfg(test)]
    pub(super) fn plan(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Vec<String> {
        self.rows(&format!("EXPLAIN QUERY PLAN {sql}"), values, |row| row.get(3)).unwrap()
    }

    fn failed(&self, source: rusqlite::Error) -> HistoryError {
        match source.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => HistoryError::TooSlow { limit: self.limit },
            _ => HistoryError::of(&self.path, "read", source),
        }
    }
}

fn millis(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
