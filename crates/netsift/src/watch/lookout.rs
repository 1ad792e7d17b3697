//! Silences and allowances that people ask for while a watch runs: they stand in its history, and are looked for there.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, Weak};
use std::thread::{self, Builder, JoinHandle};
use std::time::Duration;

use netsift_history::{HistoryError, Reader};

use super::{LeftOut, Notice, Notices, Open, TakenUp, WatchError, take_up, told_before};
use crate::clock::now;

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
        let (path, left_out) = (path.to_owned(), Vec::new());
        let mut looker = Looker { path, watch, notices, left_out, is_failing: false };
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
    /// What was told already that does not hold.
    left_out: Vec<LeftOut>,
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
        match self.taken_up(&watch, now()) {
            Ok(news) => {
                news.silences.iter().for_each(|it| (self.notices)(&Notice::Silences(*it)));
                news.allowances.iter().for_each(|it| (self.notices)(&Notice::Allowances(*it)));
                self.tell_left_out(news.left_out);
                self.is_failing = false;
            }
            Err(error) => {
                if !std::mem::replace(&mut self.is_failing, true) {
                    (self.notices)(&Notice::WishesFail(&error));
                }
            }
        }
    }

    /// Silences that ended before what is told now was seen hold no longer, whatever captures say.
    fn taken_up(&self, watch: &Mutex<Option<Open>>, now: i64) -> Result<TakenUp, WatchError> {
        let reader = Reader::open(&self.path)?;
        let silences = reader.silences(told_before(watch, now))?;
        take_up(watch, silences, reader.allowances()?, now)
    }

    fn tell_left_out(&mut self, left_out: Vec<LeftOut>) {
        let is_new = |it: &&LeftOut| !self.left_out.contains(it);
        let new: Vec<LeftOut> = left_out.iter().filter(is_new).cloned().collect();
        if !new.is_empty() {
            (self.notices)(&Notice::LeftOut(&new));
        }
        self.left_out = left_out;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    use netsift_alert::{Alert, MAX_SILENCES, Silence};
    use netsift_detect::{Control, PathBuilder};
    use netsift_history::{Desk, HistorySettings};

    use super::*;
    use crate::watch::{Config, Watch};

    /// On a busy machine, too.
    const LONG: Duration = Duration::from_secs(30);

    struct Run {
        watch: Watch,
        path: Control,
        failures: Arc<AtomicUsize>,
    }

    fn run(history: &Path) -> Run {
        run_with(history, Vec::new())
    }

    fn run_with(history: &Path, silences: Vec<Silence>) -> Run {
        let history = Some(HistorySettings::new(history));
        let config = Config { history, silences, ..Config::default() };
        let failures = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&failures);
        let watch = Watch::start(&config.check().unwrap(), move |notice| {
            counted.fetch_add(usize::from(!notice.is_good()), Ordering::Relaxed);
        });
        let watch = watch.unwrap();
        let path = PathBuilder::new().start(|_, _| {}).unwrap().control();
        watch.guide(path.clone());
        Run { watch, path, failures }
    }

    impl Run {
        fn allowed(&self) -> Vec<String> {
            let setup = self.path.setup();
            setup.beside.entries().iter().filter_map(|entry| entry.note.clone()).collect()
        }

        fn becomes(&self, is_so: impl Fn(&Self) -> bool) {
            let began = Instant::now();
            while !is_so(self) {
                assert!(began.elapsed() < LONG, "{:?}", self.allowed());
                thread::sleep(Duration::from_millis(20));
            }
        }
    }

    #[test]
    fn what_somebody_allows_holds_within_seconds_and_after_a_restart_until_it_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let first = run(&path);
        assert_eq!(first.allowed(), [""; 0]);
        let mut desk = Desk::open(&path).unwrap();
        let id =
            desk.allow(r#"{"network":"10.0.0.0/8","class":"scan"}"#, "ann", "ours", 1).unwrap();
        first.becomes(|run| run.allowed() == ["allowance 1"]);
        // Another policy leaves it as it is.
        first.path.policy(netsift_detect::Policy::default()).unwrap();
        assert_eq!(first.allowed(), ["allowance 1"]);
        drop(first.watch.finish());
        let second = run(&path);
        assert_eq!(second.allowed(), ["allowance 1"], "at once");
        assert!(desk.disallow(id, "ann", 2).unwrap());
        second.becomes(|run| run.allowed().is_empty());
        assert_eq!(second.failures.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_was_seen_before_a_silence_ended_stays_untold_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let first = run(&path);
        let until = now() + 2_500_000_000;
        let alert = Alert { nanos: until - 1, ..Alert::test(until) };
        let silence = Silence::acknowledging(&alert, "ann", until);
        Desk::open(&path).unwrap().silence(&silence, now()).unwrap();
        let holding =
            |run: &Run| run.watch.lock().as_ref().map_or(0, |open| open.kept.holding.len());
        first.becomes(|run| holding(run) == 1);
        first.becomes(|run| holding(run) == 0);
        let take = |alert| first.watch.lock().as_mut().unwrap().take(alert);
        take(alert.clone());
        take(Alert { nanos: until, ..alert });
        assert_eq!(first.watch.finish().silenced, 1, "the first, and not what came at its end");
    }

    #[test]
    fn what_cannot_be_allowed_is_told_once_and_all_others_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let run = run(&path);
        let mut desk = Desk::open(&path).unwrap();
        desk.allow(r#"{"port":53}"#, "ann", "", 1).unwrap();
        run.becomes(|run| run.allowed().len() == 1);
        desk.allow(r#"{"network":"0.0.0.0/0"}"#, "mallory", "", 2).unwrap();
        run.becomes(|run| run.failures.load(Ordering::Relaxed) == 1);
        desk.allow(r#"{"port":54}"#, "ann", "", 4).unwrap();
        run.becomes(|run| run.allowed() == ["allowance 1", "allowance 3"]);
        assert_eq!(run.failures.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_silence_that_cannot_be_read_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        drop(netsift_history::History::open(HistorySettings::new(&path)).unwrap());
        let mut desk = Desk::open(&path).unwrap();
        let alert = Alert::test(now());
        for what in ["one-that-breaks", &alert.what] {
            let mut silence = Silence::acknowledging(&alert, "ann", i64::MAX);
            silence.which.what = vec![netsift_alert::Pattern::new(what).unwrap()];
            desk.silence(&silence, 1).unwrap();
        }
        desk.allow(r#"{"port":53}"#, "ann", "", 1).unwrap();
        // All is in the file then.
        drop(desk);
        let mut bytes = std::fs::read(&path).unwrap();
        let is_there = |at: &usize| bytes[*at..].starts_with(b"one-that-breaks");
        let places: Vec<usize> = (0..bytes.len()).filter(is_there).collect();
        assert!(!places.is_empty());
        places.into_iter().for_each(|at| bytes[at] = b'"');
        std::fs::write(&path, bytes).unwrap();
        let run = run(&path);
        assert_eq!(run.allowed(), ["allowance 1"], "at once");
        assert_eq!(run.failures.load(Ordering::Relaxed), 1, "told once");
        run.watch.lock().as_mut().unwrap().take(alert);
        assert_eq!(run.watch.finish().silenced, 1);
    }

    #[test]
    fn silences_that_find_no_room_leave_the_others_and_what_is_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let history = netsift_history::History::open(HistorySettings::new(&path)).unwrap();
        let mut desk = Desk::open(&path).unwrap();
        let silence = Silence::acknowledging(&Alert::test(1), "ann", i64::MAX);
        for _ in 0..MAX_SILENCES {
            desk.silence(&silence, 1).unwrap();
        }
        desk.allow(r#"{"port":53}"#, "ann", "", 1).unwrap();
        drop((desk, history));
        let run = run_with(&path, vec![silence]);
        let held = run.watch.lock().as_ref().map(|open| open.kept.holding.len());
        assert_eq!((held, run.failures.load(Ordering::Relaxed)), (Some(MAX_SILENCES - 1), 1));
        assert_eq!(run.allowed(), ["allowance 1"]);
    }
}
