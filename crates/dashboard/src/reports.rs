//! Reports of captures that were uploaded: made one after the other, kept in a folder, so many of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use netsift_alert::{Held, SinkError};
use serde::{Deserialize, Serialize};

use crate::answer::{Problem, Why};
use crate::settings::Limits;
use crate::time::now;
use crate::{DashboardError, House, random};

/// Reports that wait: each has its capture on the disk.
const MOST_WAITING: usize = 4;
/// The longest name that is shown.
const MOST_NAME: usize = 200;
/// A larger page is of no use to a browser.
const MOST_PAGE: usize = 64 << 20;
/// Servers of one history that keep reports at a time: each has a folder of its own.
const MOST_HOMES: usize = 8;
/// Whoever has this file of a folder has the folder.
const LOCK: &str = "lock";

/// The reports, and the thread that makes them.
pub(crate) struct Reports {
    shared: Arc<Shared>,
    /// One upload at a time.
    uploading: Arc<tokio::sync::Semaphore>,
}

struct Shared {
    folder: PathBuf,
    /// What of that folder is ours alone, once it is needed.
    home: OnceLock<PathBuf>,
    most: usize,
    seconds: u64,
    house: Arc<dyn House>,
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Default)]
struct State {
    /// The oldest first.
    reports: Vec<Report>,
    is_ended: bool,
    /// Given back at the end.
    lock: Option<Held>,
}

/// What there is to know of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) id: String,
    /// The name of the capture, as it was told.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) state: Stage,
    pub(crate) error: Option<String>,
    /// When it was asked for, in nanoseconds since 1970.
    pub(crate) nanos: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stage {
    Waiting,
    Running,
    Done,
    Failed,
}

impl Stage {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A capture that is being uploaded: its file goes, unless it is kept.
pub(crate) struct Upload {
    shared: Arc<Shared>,
    report: Report,
    path: PathBuf,
    is_kept: bool,
    _alone: tokio::sync::OwnedSemaphorePermit,
}

impl Reports {
    /// Those of a folder, if it is there. What was not finished when the last program ended never will be.
    pub(crate) fn open(
        folder: PathBuf,
        limits: &Limits,
        house: Arc<dyn House>,
    ) -> Result<Self, DashboardError> {
        let failed = |source| DashboardError::File { path: folder.clone(), what: "taken", source };
        let is_there = folder.try_exists().map_err(failed)?;
        let (state, home) = (Mutex::default(), OnceLock::new());
        let (most, seconds) = (limits.reports, limits.upload_seconds.into());
        let folder = folder.clone();
        let shared = Shared { folder, home, most, seconds, house, state, filled: Condvar::new() };
        if is_there {
            shared.settle().map_err(failed)?;
        }
        let (shared, uploading) = (Arc::new(shared), Arc::new(tokio::sync::Semaphore::new(1)));
        let works = Arc::clone(&shared);
        let thread = thread::Builder::new().name("dashboard reports".into());
        let started = thread.spawn(move || while works.work() {});
        started.map_err(|source| DashboardError::Threads { source })?;
        Ok(Self { shared, uploading })
    }

    /// All of them, the newest first.
    pub(crate) fn all(&self) -> Vec<Report> {
        self.shared.lock().reports.iter().rev().cloned().collect()
    }

    /// A place for a capture to be uploaded to.
    pub(crate) fn begin(&self, name: &str) -> Result<Upload, Problem> {
        let alone = Arc::clone(&self.uploading).try_acquire_owned();
        let alone = alone.map_err(|_| Problem::busy("another upload is on its way"))?;
        let full = |_| Problem::busy("there is no folder to keep captures in");
        self.shared.settle().map_err(full)?;
        let waits = |report: &&Report| matches!(report.state, Stage::Waiting | Stage::Running);
        if self.shared.lock().reports.iter().filter(waits).count() >= MOST_WAITING {
            return Err(Problem::busy("other reports are to be made first"));
        }
        let id = random::bytes::<8>().map_err(|_| Problem::fault())?;
        let id = format!("{:016x}", u64::from_le_bytes(id));
        let name = netsift_alert::printable(name);
        let name = netsift_alert::clipped(&name, MOST_NAME).into_owned();
        let report =
            Report { id, name, bytes: 0, state: Stage::Waiting, error: None, nanos: now() };
        let path = self.shared.path(&report.id, CAPTURE);
        Ok(Upload { shared: Arc::clone(&self.shared), report, path, is_kept: false, _alone: alone })
    }

    /// The file of a page that is done.
    pub(crate) fn page(&self, id: &str) -> Result<PathBuf, Problem> {
        let state = self.shared.lock();
        let report = state.reports.iter().find(|report| report.id == id);
        match report.map(|report| report.state) {
            Some(Stage::Done) => Ok(self.shared.path(id, PAGE)),
            Some(Stage::Failed) => Err(Problem::new(Why::Conflict, "nothing came of this report")),
            Some(_) => Err(Problem::new(Why::Conflict, "this report is not there yet")),
            None => Err(Problem::none("there is no such report")),
        }
    }

    /// Takes one away, once it is noted under its name. One that is being made cannot be.
    pub(crate) fn remove(
        &self,
        id: &str,
        note: impl FnOnce(&str) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let mut state = self.shared.lock();
        let place = state.reports.iter().position(|report| report.id == id);
        let place = place.ok_or_else(|| Problem::none("there is no such report"))?;
        let report = state.reports.remove(place);
        let is_running = report.state == Stage::Running;
        let running = || Problem::new(Why::Conflict, "it is being made at this moment");
        let may_go = if is_running { Err(running()) } else { note(&report.name) };
        match may_go {
            Ok(()) => self.shared.forget(&report.id),
            Err(_) => state.reports.insert(place, report),
        }
        may_go
    }

    /// The thread ends once what it makes is done.
    pub(crate) fn end(&self) {
        let mut state = self.shared.lock();
        state.is_ended = true;
        state.lock = None;
        drop(state);
        self.shared.filled.notify_all();
    }
}

const CAPTURE: &str = "capture";
const PAGE: &str = "html";
const FACTS: &str = "json";

impl Upload {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// All of it is there: it waits for its report now, once it is noted under its name. Answers the report's.
    pub(crate) fn keep(
        mut self,
        bytes: u64,
        note: impl FnOnce(&str) -> Result<(), Problem>,
    ) -> Result<String, Problem> {
        self.report.bytes = bytes;
        self.shared.write(&self.report).map_err(|_| Problem::fault())?;
        if let Err(problem) = note(&self.report.name) {
            self.shared.forget(&self.report.id);
            return Err(problem);
        }
        let mut state = self.shared.lock();
        state.reports.push(self.report.clone());
        let done = |report: &Report| matches!(report.state, Stage::Done | Stage::Failed);
        while state.reports.len() > self.shared.most {
            let Some(oldest) = state.reports.iter().position(done) else { break };
            let oldest = state.reports.remove(oldest);
            self.shared.forget(&oldest.id);
        }
        drop(state);
        self.is_kept = true;
        self.shared.filled.notify_all();
        Ok(self.report.id.clone())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Shared {
    /// Takes a folder that no other server has, with the reports in it: the first one, or one below it.
    fn settle(&self) -> io::Result<()> {
        let mut state = self.lock();
        if self.home.get().is_some() {
            return Ok(());
        }
        for number in 1..=MOST_HOMES {
            let below = (number > 1).then(|| self.folder.join(number.to_string()));
            let home = below.unwrap_or_else(|| self.folder.clone());
            private_folder(&home)?;
            state.lock = match Held::open(&home.join(LOCK), &home) {
                Ok(lock) => Some(lock),
                Err(SinkError::Taken { .. }) => continue,
                Err(error) => return Err(io::Error::other(error)),
            };
            state.reports = found(&home, fs::read_dir(&home)?);
            self.home.get_or_init(|| home);
            return Ok(());
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }

    /// Makes the next report; answers whether there may be more.
    fn work(&self) -> bool {
        let Some(mut report) = self.next() else { return false };
        let capture = self.path(&report.id, CAPTURE);
        let by = Instant::now() + Duration::from_secs(self.seconds);
        let explored = || self.house.explore(&capture, &report.name, by);
        // It reads what strangers made: should it fall over, the others are still made.
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(explored));
        let made = made.unwrap_or_else(|_| Err("it could not be made".into()));
        let kept = made.and_then(|page| self.keep(&report.id, &page));
        let _ = fs::remove_file(&capture);
        (report.state, report.error) = match kept {
            Ok(()) => (Stage::Done, None),
            Err(error) => (Stage::Failed, Some(netsift_alert::clipped(&error, 500).into_owned())),
        };
        let _ = self.write(&report);
        let mut state = self.lock();
        if let Some(known) = state.reports.iter_mut().find(|known| known.id == report.id) {
            *known = report;
        }
        !state.is_ended
    }

    /// Waits for one to make.
    fn next(&self) -> Option<Report> {
        let mut state = self.lock();
        loop {
            if state.is_ended {
                return None;
            }
            if let Some(report) = state.reports.iter_mut().find(|it| it.state == Stage::Waiting) {
                report.state = Stage::Running;
                return Some(report.clone());
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn keep(&self, id: &str, page: &str) -> Result<(), String> {
        if page.len() > MOST_PAGE {
            return Err("the report is too large".into());
        }
        written(&self.path(id, PAGE), page.as_bytes()).map_err(|error| error.to_string())
    }

    fn write(&self, report: &Report) -> io::Result<()> {
        let facts = serde_json::to_vec(report)?;
        written(&self.path(&report.id, FACTS), &facts)
    }

    fn forget(&self, id: &str) {
        for end in [FACTS, PAGE, CAPTURE] {
            let _ = fs::remove_file(self.path(id, end));
        }
    }

    /// Names are made here: nothing that somebody sent is part of a path.
    fn path(&self, id: &str, end: &str) -> PathBuf {
        self.home.get().unwrap_or(&self.folder).join(format!("{id}.{end}"))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reports that a folder holds, the oldest first.
fn found(folder: &Path, files: fs::ReadDir) -> Vec<Report> {
    let mut reports: Vec<Report> = Vec::new();
    for file in files.flatten() {
        let path = file.path();
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        if end == CAPTURE {
            let _ = fs::remove_file(&path);
        }
        let facts = (end == FACTS).then(|| fs::read(&path).ok()).flatten();
        let report = facts.and_then(|facts| serde_json::from_slice::<Report>(&facts).ok());
        let is_its = |report: &Report| path.file_stem().is_some_and(|stem| stem == &*report.id);
        reports.extend(report.filter(is_its));
    }
    reports.sort_by_key(|report| report.nanos);
    for report in &mut reports {
        let is_there = folder.join(format!("{}.{PAGE}", report.id)).is_file();
        if report.state != Stage::Failed && !is_there {
            (report.state, report.error) = (Stage::Failed, Some("the program ended".into()));
        }
    }
    reports
}

fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

fn written(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = netsift_alert::private_file().write(true).create(true).truncate(true).open(path);
    io::Write::write_all(&mut file?, bytes)
}
