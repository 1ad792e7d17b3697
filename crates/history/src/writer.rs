//! The one who writes: a thread that takes batches and has time for the rest in between.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::Connection;

use crate::queue::{Batch, Numbers, Queue};
use crate::tally::{HOUR, SECOND, Words};
use crate::trouble::Trouble;
use crate::{HistoryError, HistorySettings, file, retain, write};

/// How long after a failure is tried again at first; twice as long after each further one.
const FIRST_REST: Duration = Duration::from_millis(500);
/// How long at most.
const LONGEST_REST: Duration = Duration::from_secs(30);
/// So often a batch is tried that fails for a reason that does not pass. Then it is given up: one of its records may be
/// the reason.
const MOST_TRIES: u32 = 3;
/// How often is looked for what is old or too much.
const TEND_EVERY: Duration = Duration::from_secs(10);
/// How long at a time.
const TEND_FOR: Duration = Duration::from_millis(100);
/// How long at the end, where nothing waits any more.
const TEND_LAST: Duration = Duration::from_secs(2);

/// Takes what is in the log over into the file.
const EMPTY_LOG: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// What is told of the writing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) written: Numbers,
    pub(crate) given_up: Numbers,
    pub(crate) trouble: Option<String>,
    pub(crate) aside: Vec<PathBuf>,
    pub(crate) bytes: u64,
}

/// Shared with who asks how it goes.
#[derive(Default)]
pub(crate) struct Report(Mutex<Told>);

impl Report {
    pub(crate) fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct Writer {
    settings: HistorySettings,
    queue: Arc<Queue>,
    report: Arc<Report>,
    trouble: Trouble,
    /// Nothing after a failure: then it is opened again.
    connection: Option<Connection>,
    words: Words,
    /// The newest time that was handed over.
    newest: i64,
    /// Hours before this one have no more talkers than stay.
    thinned: i64,
    tended: Instant,
}

impl Writer {
    pub(crate) fn new(
        settings: HistorySettings,
        queue: Arc<Queue>,
        report: Arc<Report>,
        trouble: Trouble,
        connection: Connection,
    ) -> Self {
        let newest = newest(&connection).unwrap_or(i64::MIN);
        report.told().bytes = retain::bytes(&connection).unwrap_or(0);
        let (words, tended) = (Words::default(), Instant::now());
        let connection = Some(connection);
        let thinned = i64::MIN;
        Self { settings, queue, report, trouble, connection, words, newest, thinned, tended }
    }

    /// Writes until the queue is closed and empty.
    pub(crate) fn run(mut self) {
        while let Some(batch) = self.queue.take(self.settings.commit_every()) {
            if !batch.is_empty() {
                self.settle(&batch);
            }
            if self.tended.elapsed() >= TEND_EVERY {
                self.tend(TEND_FOR);
            }
        }
        self.tend(TEND_LAST);
        // What is in the log goes into the file, so that it stands alone.
        if let Some(connection) = &self.connection {
            let _ = connection.execute_batch(EMPTY_LOG);
        }
    }

    /// Writes a batch, as often as it takes; meanwhile the queue fills. At the end there is one last try.
    fn settle(&mut self, batch: &Batch) {
        let (mut rest, mut tries) = (FIRST_REST, 0);
        let is_written = loop {
            tries += 1;
            let Err(error) = self.write(batch) else { break true };
            let may_pass = error.may_pass() || self.connection.is_none();
            self.queue.stick();
            self.trouble(&error);
            if (!may_pass && tries >= MOST_TRIES) || self.queue.rest(rest) {
                break self.write(batch).is_ok();
            }
            rest = (rest * 2).min(LONGEST_REST);
        };
        let numbers = batch.numbers();
        let mut told = self.report.told();
        match is_written {
            true => {
                told.written.add(numbers);
                told.trouble = None;
            }
            false => told.given_up.add(numbers),
        }
        drop(told);
        if is_written {
            self.trouble.worked();
        }
        self.queue.settle(numbers);
    }

    fn write(&mut self, batch: &Batch) -> Result<(), HistoryError> {
        let newest = newest_of(batch).unwrap_or(i64::MIN);
        let (keep, talkers) = (self.settings.keep, self.settings.retention.talkers);
        let mut connection = self.opened()?;
        let now = clock().div_euclid(SECOND);
        match write::batch(&mut connection, batch, now, keep, talkers, &mut self.words) {
            Ok(()) => {
                self.newest = self.newest.max(newest);
                self.connection = Some(connection);
                Ok(())
            }
            Err(source) => {
                let error = HistoryError::of(&self.settings.path, "written", source);
                if matches!(error, HistoryError::Full { .. }) {
                    // What the log holds twice is given back.
                    let _ = connection.execute_batch(EMPTY_LOG);
                }
                // What may be wrong with the file is seen when it is opened.
                if !matches!(error, HistoryError::Damaged { .. } | HistoryError::NotAHistory { .. })
                {
                    self.connection = Some(connection);
                    return Err(error);
                }
                self.replace(connection)?;
                Err(error)
            }
        }
    }

    fn opened(&mut self) -> Result<Connection, HistoryError> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        let opened = file::open_or_begin(&self.settings.path)?;
        self.report.told().aside.extend(opened.aside);
        Ok(opened.connection)
    }

    /// The file broke while it was open. A large one is not looked through when it is opened: here it has to go.
    fn replace(&mut self, broken: Connection) -> Result<(), HistoryError> {
        drop(broken);
        let opened = file::begin_anew(&self.settings.path)?;
        self.report.told().aside.extend(opened.aside);
        self.connection = Some(opened.connection);
        Ok(())
    }

    fn trouble(&mut self, error: &HistoryError) {
        self.report.told().trouble = Some(error.to_string());
        self.trouble.failed(error);
    }

    /// Takes what is old or too much away, for a moment.
    fn tend(&mut self, longest: Duration) {
        let Some(mut connection) = self.connection.take() else { return };
        let until = Instant::now() + longest;
        let more = loop {
            match self.step(&mut connection) {
                Ok(true) if Instant::now() < until => {}
                Ok(more) => break more,
                Err(source) => {
                    self.trouble(&HistoryError::of(&self.settings.path, "tidied", source));
                    break false;
                }
            }
        };
        self.report.told().bytes = retain::bytes(&connection).unwrap_or(0);
        self.connection = Some(connection);
        if !more {
            self.tended = Instant::now();
        }
    }

    fn step(&mut self, connection: &mut Connection) -> rusqlite::Result<bool> {
        let now = clock();
        let most = self.settings.retention.talkers;
        let hour = self.newest.min(now).div_euclid(HOUR);
        for over in retain::hours(connection, self.thinned, hour)? {
            retain::crowd(connection, most, over, true)?;
        }
        self.thinned = self.thinned.max(hour);
        retain::crowd(connection, most, hour, false)?;
        retain::step(connection, &self.settings.retention, now)
    }
}

/// The newest time in a batch.
fn newest_of(batch: &Batch) -> Option<i64> {
    let flows = batch.verdicts.iter().chain(&batch.flows).map(|flow| flow.last);
    let hosts = batch.hosts.iter().map(|host| host.nanos);
    batch.alerts.iter().map(|alert| alert.nanos).chain(flows).chain(hosts).max()
}

/// The newest time in a file.
fn newest(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT max(ifnull((SELECT max(last) FROM alert), 0), ifnull((SELECT max(last) FROM verdict), 0),
        ifnull((SELECT max(last) FROM flow), 0))";
    connection.query_row(sql, [], |row| row.get(0))
}

fn clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
