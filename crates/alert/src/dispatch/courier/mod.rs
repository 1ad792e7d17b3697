//! From the queue of a sink into the sink.

mod doubt;
mod late;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backoff::{Backoff, Retry};
use super::post::{Inner, Post, Stage};
use super::state::Part;
use crate::digest::{Digest, Gathered};
use crate::spool::{Batch, Entry, MAX_ASIDE, Reach};
use crate::{Alert, Sink, SinkError, time};
use doubt::Doubt;
use late::Late;

/// Hands what waits to a sink, in a thread of its own, and tries again what it does not take.
pub(super) struct Courier {
    sink: Box<dyn Sink>,
    post: Arc<Post>,
    digest: Digest,
    /// So many alerts at once, without a digest.
    at_once: usize,
    retry: Retry,
    backoff: Backoff,
    /// Nothing in line is tried before this.
    until: Option<Instant>,
    /// So many were tried last, and are tried again: who of several has had them knows them as the same.
    again: Option<u64>,
    /// What the sink refused together.
    parts: Option<Parts>,
    doubt: Doubt,
    /// Those that were set aside.
    late: Late,
    /// What the sink has taken, and could not be kept as done: it is not told again.
    taken: Option<Load>,
    /// How many tries went well.
    arrivals: u64,
    /// What some of several have had: until the others have it, nothing else is tried.
    amid: Option<Amid>,
    /// Whether the sink may have put something off.
    is_unsettled: bool,
    /// Whether something failed since no more alerts come.
    is_stuck: bool,
}

/// What some of several have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Amid {
    /// What is first in line.
    Line,
    /// One that was set aside.
    Late(usize),
}

/// What is done next.
enum Turn {
    /// These are handed over, and those behind them, so many in all; those that are passed over failed before.
    Line { over: Batch, first: Batch, most: u64 },
    /// One that was set aside.
    Late(usize, Box<Entry>),
}

/// How it goes on.
enum Step {
    Do(Box<Turn>),
    /// Until something has changed, or that late.
    Wait(Option<Instant>),
    /// What the sink has put off is done.
    Settle,
    /// What was looked at is not what it was.
    Again,
    /// No more is done.
    End,
}

/// What is handed over together.
#[derive(Debug)]
struct Load {
    alerts: Vec<Alert>,
    /// Those before it, which failed.
    over: Vec<Entry>,
    /// All up to there is in it, or before it.
    reach: Reach,
}

/// What was refused together: it is tried in parts, since some of it may be taken.
#[derive(Debug)]
struct Parts {
    /// So many alerts are left of it.
    left: u64,
    /// So many are tried at once: half as many after each refusal, and twice as many after each that was taken.
    most: u64,
    /// So many were refused alone, one behind the other.
    refused: u32,
}

/// If so many in a row are refused alone, the rest of what was refused with them is not tried: it is not they that are
/// refused.
const HOPELESS: u32 = 3;
/// So many become dead letters at once.
const GIVEN_UP_AT_ONCE: usize = 256;

impl Courier {
    pub(super) fn new(
        sink: Box<dyn Sink>,
        post: Arc<Post>,
        digest: Duration,
        at_once: usize,
        retry: Retry,
    ) -> Self {
        let aside = post.lock().queue.aside().len();
        Self {
            sink,
            post,
            digest: Digest::new(digest),
            at_once,
            retry,
            backoff: Backoff::new(retry),
            until: None,
            again: None,
            parts: None,
            doubt: Doubt::default(),
            late: Late::new(retry, aside),
            taken: None,
            arrivals: 0,
            amid: None,
            is_unsettled: false,
            is_stuck: false,
        }
    }

    /// Until no more alerts come, and those that wait have arrived or failed once more.
    pub(super) fn run(mut self) {
        while let Some(turn) = self.next() {
            match turn {
                Turn::Late(place, entry) => self.deliver_late(place, &entry),
                Turn::Line { over, first, most } => self.deliver_line(over, first, most),
            }
        }
        self.settle();
        self.post.drop_unkept();
        self.post.reach(Stage::Over);
    }

    /// What is to be done next, once it is.
    fn next(&mut self) -> Option<Turn> {
        let post = Arc::clone(&self.post);
        let mut inner = post.lock();
        loop {
            match self.step(&mut inner) {
                Step::Do(turn) => return Some(*turn),
                Step::End => return None,
                Step::Wait(until) => inner = post.wait(inner, until),
                Step::Again => post.notify(&inner),
                Step::Settle => {
                    drop(inner);
                    self.settle();
                    inner = post.lock();
                }
            }
        }
    }

    fn step(&mut self, inner: &mut Inner) -> Step {
        let (now, is_open) = (Instant::now(), inner.stage == Stage::Open);
        if inner.stage >= Stage::Stopped || self.is_stuck {
            return Step::End;
        }
        let waiting = inner.queue.in_line();
        let late = self.next_late(waiting, is_open);
        if let Some((place, due)) = late
            && (!is_open || due <= now)
            && let Some(entry) = inner.queue.aside().get(place)
        {
            return Step::Do(Box::new(Turn::Late(place, Box::new(entry.clone()))));
        }
        let late = late.map(|(_, due)| due);
        match self.amid {
            Some(Amid::Late(_)) if is_open => return Step::Wait(late),
            Some(Amid::Late(_)) => return Step::End,
            _ if waiting > 0 => {}
            _ if self.is_unsettled => return Step::Settle,
            _ if is_open => return Step::Wait(late),
            _ => return Step::End,
        }
        if self.doubt.joined(waiting) {
            self.until = None;
        }
        let due = self.until.into_iter().fold(self.due(now), Instant::max);
        if is_open && now < due {
            return Step::Wait(Some(late.map_or(due, |late| late.min(due))));
        }
        self.line(inner, waiting, is_open)
    }

    /// What is first in line, or behind those that are passed over.
    fn line(&mut self, inner: &mut Inner, waiting: u64, is_open: bool) -> Step {
        let most = self.most(waiting);
        match self.look(inner, most) {
            Ok((_, first)) if first.entries.is_empty() => {
                self.doubt.end_probe();
                Step::Again
            }
            Ok((over, first)) => Step::Do(Box::new(Turn::Line { over, first, most })),
            Err(error) => {
                self.wait_after(&error, Part::Queue, is_open);
                Step::Again
            }
        }
    }

    /// When what waits is due; the rest of what was is at once.
    fn due(&mut self, now: Instant) -> Instant {
        if self.parts.is_some() { now } else { self.digest.due(now) }
    }

    /// How many are handed over together, of so many that wait.
    fn most(&self, waiting: u64) -> u64 {
        match (self.again, &self.parts) {
            _ if self.doubt.probe().is_some() => 1,
            (Some(again), _) => again,
            (None, Some(parts)) => parts.most.min(parts.left).max(1),
            (None, None) if self.digest.is_wanted() => waiting,
            (None, None) => self.at_once as u64,
        }
    }

    /// Those that are passed over, and the first behind them.
    fn look(&self, inner: &mut Inner, most: u64) -> Result<(Batch, Batch), SinkError> {
        let room = usize::try_from(most).unwrap_or(usize::MAX);
        let over = self.doubt.probe().unwrap_or(0);
        if over == 0 {
            return Ok((Batch::default(), inner.queue.peek(room)?));
        }
        let mut passed = Batch::default();
        while passed.reach.count < over {
            let more = (over - passed.reach.count) as usize;
            let batch = inner.queue.behind(&passed.reach, more)?;
            if batch.entries.is_empty() {
                return Ok((passed, batch));
            }
            passed.reach = batch.reach;
            passed.entries.extend(batch.entries);
        }
        let first = inner.queue.behind(&passed.reach, room)?;
        Ok((passed, first))
    }

    /// The first of them with those behind. The queue is free between looks: it may take long to read all that waits.
    fn load(&self, over: Batch, first: Batch, most: u64) -> Result<Load, SinkError> {
        let (mut reach, over) = (first.reach, over.entries);
        let is_digest = self.digest.is_wanted() && self.doubt.probe().is_none();
        let (mut gathered, mut alerts) = (Gathered::default(), Vec::new());
        let mut take = |entries: Vec<Entry>| {
            let all = entries.into_iter().map(|entry| entry.alert);
            if is_digest {
                all.for_each(|alert| gathered.add(alert));
            } else {
                alerts.extend(all);
            }
        };
        take(first.entries);
        while reach.count < most {
            let room = usize::try_from(most - reach.count).unwrap_or(usize::MAX);
            let batch = self.post.lock().queue.behind(&reach, room)?;
            if batch.entries.is_empty() {
                break;
            }
            reach = batch.reach;
            take(batch.entries);
        }
        let alerts = if is_digest { gathered.message() } else { alerts };
        Ok(Load { alerts, over, reach })
    }

    fn deliver_line(&mut self, over: Batch, first: Batch, most: u64) {
        if let Some(load) = self.taken.take() {
            return self.arrived(load);
        }
        match self.load(over, first, most) {
            Ok(load) => self.deliver(load),
            Err(error) => self.put_off(&error, Part::Queue),
        }
    }

    fn deliver(&mut self, load: Load) {
        let count = load.count();
        match self.sink.accept(&load.alerts) {
            Ok(()) => {
                self.post.succeeded(Part::Sink);
                self.arrived(load);
            }
            // Another try would tell those again who have it.
            Err(error @ SinkError::Partly { .. }) => {
                self.post.failed(Part::Sink, &error);
                self.post.gauges.partly.add(count);
                self.arrived(load);
            }
            Err(error) if error.may_pass() => self.failed(&error, count),
            // What is refused while others are passed over is refused in its turn, too.
            Err(error) if self.doubt.probe().is_some() => self.failed(&error, count),
            Err(_) if count > 1 => self.part(count),
            Err(error) => {
                self.post.failed(Part::Sink, &error);
                self.refused_alone();
            }
        }
    }

    fn arrived(&mut self, load: Load) {
        if !self.pass(&load) {
            self.taken = Some(load);
            return;
        }
        self.post.gauges.delivered.add(load.count());
        self.is_unsettled = true;
        self.arrivals += 1;
        self.backoff.succeeded();
        self.until = None;
        if let (Some(left), Some(_)) = (self.again, self.doubt.probe()) {
            // Somebody is there, and takes one of them: the rest is tried together, and in parts if that fails.
            self.parts.get_or_insert(Parts { left, most: left, refused: 0 });
        } else if let Some(parts) = &mut self.parts {
            (parts.most, parts.refused) = (parts.most.saturating_mul(2), 0);
        }
        self.is_gone(&load.reach);
    }

    /// All of it is done, and what it has passed over goes aside; whether that could be kept.
    fn pass(&mut self, load: &Load) -> bool {
        let room = MAX_ASIDE.saturating_sub(load.over.len());
        while self.post.lock().queue.aside().len() > room {
            if !self.give_up_late(0) {
                return false;
            }
        }
        let mut inner = self.post.lock();
        let before = inner.queue.aside().len();
        let done = inner.queue.set_aside(&load.over, &load.reach);
        let is_kept = inner.queue.aside().len() == before + load.over.len();
        self.post.notify(&inner);
        drop(inner);
        if is_kept {
            self.late.add(load.over.len(), self.arrivals);
        }
        match done {
            // Those that failed are still before it.
            Err(error) if !is_kept => self.put_off(&error, Part::Queue),
            Err(error) => self.post.failed(Part::Queue, &error),
            Ok(()) => {}
        }
        is_kept
    }

    /// A try failed that may go well at another time.
    fn failed(&mut self, error: &SinkError, count: u64) {
        let is_kept = self.post.lock().queue.is_kept();
        // What else they were told who have it, they would be told twice: the same is tried again.
        let (is_amid, is_probe) = (self.sink.is_amid(), self.doubt.probe().is_some());
        self.amid = is_amid.then_some(Amid::Line);
        if is_amid && !is_probe {
            self.doubt.clear();
        }
        if is_kept && !is_amid {
            self.doubt_after(error, count);
        } else {
            if !is_probe {
                self.again = Some(count);
            }
            self.put_off(error, Part::Sink);
        }
        self.give_up_the_old();
    }

    /// It may be this alert that fails, or nobody is there: what is tried next shows which.
    fn doubt_after(&mut self, error: &SinkError, count: u64) {
        let inner = self.post.lock();
        let (waiting, is_open) = (inner.queue.in_line(), inner.stage == Stage::Open);
        // Somebody was there just now, or time is short.
        let is_picky = self.parts.is_some() || !inner.queue.aside().is_empty() || !is_open;
        drop(inner);
        let (is_probe, is_first) = (self.doubt.probe().is_some(), !self.doubt.is_failing());
        self.doubt.failed(count, waiting, is_picky);
        let is_parted = !is_probe && self.parts.is_some() && count > 1;
        if is_parted {
            self.backoff.succeeded();
            self.part(count);
        } else if !is_probe {
            self.again = Some(count);
        }
        self.put_off(error, Part::Sink);
        let is_doubted = self.doubt.probe().is_some();
        if asked(error).is_some() {
            self.doubt.respite();
        } else if is_doubted && is_picky && is_first {
            self.until = None;
        }
        self.is_stuck &= !is_doubted && !is_parted;
    }

    /// So many were refused together: fewer are tried.
    fn part(&mut self, count: u64) {
        self.again = None;
        self.doubt.end_probe();
        let parts = self.parts.get_or_insert(Parts { left: count, most: count, refused: 0 });
        parts.most = count / 2;
    }

    /// The first was refused alone.
    fn refused_alone(&mut self) {
        let refused = self.parts.as_mut().map_or(0, |parts| {
            parts.refused += 1;
            parts.refused
        });
        self.give_up_first(1);
        while refused >= HOPELESS
            && let Some(parts) = &self.parts
        {
            let most = usize::try_from(parts.left).unwrap_or(usize::MAX).min(GIVEN_UP_AT_ONCE);
            if !self.give_up_first(most) {
                return;
            }
        }
    }

    /// While nobody answers, what is too old is not tried one by one.
    fn give_up_the_old(&mut self) {
        loop {
            let oldest = self.post.lock().queue.peek(1);
            let is_over = |batch: &Batch| {
                let at = batch.entries.first().map(|entry| entry.at);
                at.is_some_and(|at| self.retry.is_over(at, time::now()))
            };
            match oldest {
                Ok(oldest) if is_over(&oldest) && self.give_up(&oldest) => {}
                _ => return,
            }
        }
    }

    /// Something failed, and is tried later.
    fn put_off(&mut self, error: &SinkError, part: Part) {
        let is_open = self.post.lock().stage == Stage::Open;
        self.wait_after(error, part, is_open);
    }

    fn wait_after(&mut self, error: &SinkError, part: Part, is_open: bool) {
        self.until = Instant::now().checked_add(self.backoff.failed(asked(error)));
        self.is_stuck = !is_open;
        self.post.failed(part, error);
    }

    /// Makes dead letters of the oldest; whether that is done.
    fn give_up_first(&mut self, most: usize) -> bool {
        let oldest = self.post.lock().queue.peek(most);
        match oldest {
            Ok(oldest) => !oldest.entries.is_empty() && self.give_up(&oldest),
            Err(error) => {
                self.put_off(&error, Part::Queue);
                false
            }
        }
    }

    /// Makes dead letters of them; whether that is done.
    fn give_up(&mut self, batch: &Batch) -> bool {
        let buried = self.post.lock().queue.bury(&batch.entries);
        match buried {
            Ok(dead) => {
                self.post.gauges.dead.add(dead);
                self.post.gauges.unwritten.add(batch.entries.len() as u64 - dead);
                self.forget(&batch.reach);
                true
            }
            // They stay where they are: nothing is lost because the disk is full.
            Err(error) => {
                self.put_off(&error, Part::Queue);
                false
            }
        }
    }

    /// Lets go of what was buried.
    fn forget(&mut self, reach: &Reach) {
        let mut inner = self.post.lock();
        let done = inner.queue.forget(reach);
        self.post.notify(&inner);
        drop(inner);
        if let Err(error) = done {
            self.post.failed(Part::Queue, &error);
        }
        self.is_gone(reach);
    }

    /// All up to there is not in line any more.
    fn is_gone(&mut self, reach: &Reach) {
        (self.again, self.amid) = (None, None);
        self.doubt.clear();
        if let Some(parts) = &mut self.parts {
            parts.left = parts.left.saturating_sub(reach.count);
        }
        self.parts = self.parts.take().filter(|parts| parts.left > 0);
        if self.parts.is_none() {
            self.digest.sent();
        }
    }

    fn settle(&mut self) {
        self.is_unsettled = false;
        if let Err(error) = self.sink.settle() {
            self.post.failed(Part::Sink, &error);
        }
    }
}

impl Load {
    /// So many of the queue are in it.
    fn count(&self) -> u64 {
        self.reach.count - self.over.len() as u64
    }
}

/// How long to wait, if that was said.
fn asked(error: &SinkError) -> Option<Duration> {
    match error {
        SinkError::Busy { wait, .. } => *wait,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Mutex;
    use std::thread;

    use super::*;
    use crate::spool::dead_letters;
    use crate::{Delivery, Dispatcher, SinkState, example};

    /// Has no time for some alerts, nor for messages with them, and remembers all that it took.
    #[derive(Clone, Default)]
    struct Picky {
        fails: Arc<Mutex<Vec<i64>>>,
        taken: Arc<Mutex<Vec<Vec<i64>>>>,
        tried: Arc<Mutex<Vec<Vec<i64>>>>,
        is_amid: bool,
    }

    impl Picky {
        fn failing(fails: &[i64]) -> Self {
            Self { fails: Arc::new(Mutex::new(fails.into())), ..Self::default() }
        }

        fn taken(&self) -> Vec<i64> {
            self.taken.lock().unwrap().concat()
        }

        fn start(&self, folder: &Path, delivery: &str) -> Dispatcher {
            let delivery: Delivery = toml::from_str(delivery).unwrap();
            Dispatcher::builder().remote("web", self.clone(), delivery, folder).start().unwrap()
        }
    }

    impl Sink for Picky {
        fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
            let numbers: Vec<i64> = alerts.iter().map(|alert| alert.nanos).collect();
            self.tried.lock().unwrap().push(numbers.clone());
            if numbers.iter().any(|number| self.fails.lock().unwrap().contains(number)) {
                let (target, answer) = ("web".into(), "500 broken".into());
                return Err(SinkError::Busy { target, answer, wait: None });
            }
            self.taken.lock().unwrap().push(numbers);
            Ok(())
        }

        fn is_amid(&self) -> bool {
            self.is_amid
        }
    }

    const PATIENCE: Duration = Duration::from_secs(20);
    const QUICK: &str = "retry.first = 0.02\nretry.longest = 0.1\n";

    fn tell(dispatcher: &Dispatcher, numbers: impl IntoIterator<Item = i64>) {
        numbers.into_iter().for_each(|nanos| dispatcher.tell(example("scan", nanos)));
    }

    fn until(dispatcher: &Dispatcher, holds: impl Fn(&SinkState) -> bool) {
        let start = Instant::now();
        while !holds(&dispatcher.states().all()[0]) {
            assert!(start.elapsed() < PATIENCE, "{:?}", dispatcher.states().all()[0]);
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn all_but(numbers: std::ops::Range<i64>, some: &[i64]) -> Vec<i64> {
        numbers.filter(|number| !some.contains(number)).collect()
    }

    #[test]
    fn one_that_always_fails_holds_up_no_other_and_ends_as_a_dead_letter() {
        let folder = tempfile::tempdir().unwrap();
        let sink = Picky::failing(&[7]);
        let dispatcher = sink.start(folder.path(), &format!("{QUICK}retry.tries = 3"));
        let start = Instant::now();
        tell(&dispatcher, 0..50);
        until(&dispatcher, |state| state.delivered == 49);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        // Others get through now and then, and it fails all the while.
        let mut more = 50..;
        until(&dispatcher, |state| {
            tell(&dispatcher, more.clone().take(1));
            state.dead == 1
        });
        tell(&dispatcher, more.by_ref().take(1));
        let state = &dispatcher.finish(PATIENCE)[0];
        assert_eq!((state.handed, state.waiting), (state.delivered + 1, 0), "{state:?}");
        assert_eq!(sink.taken()[..49], all_but(0..50, &[7]), "in their order, each once");
        assert_eq!(dead_letters(folder.path()).unwrap(), 1);
        let tried = sink.tried.lock().unwrap().iter().filter(|it| **it == [7]).count();
        assert!((4..20).contains(&tried), "tried {tried} times");
    }

    #[test]
    fn many_that_fail_cost_the_others_little_and_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let fails: Vec<i64> = (0..500).filter(|number| number % 5 == 0).collect();
        let sink = Picky::failing(&fails);
        let dispatcher = sink.start(folder.path(), QUICK);
        tell(&dispatcher, 0..500);
        until(&dispatcher, |state| state.delivered == 400);
        let state = &dispatcher.finish(PATIENCE)[0];
        assert_eq!(sink.taken(), all_but(0..500, &fails));
        assert_eq!((state.delivered, state.dead + state.waiting), (400, 100), "{state:?}");
        assert_eq!(dead_letters(folder.path()).unwrap(), state.dead);
        assert!(state.waiting <= MAX_ASIDE as u64 + 2, "{state:?}");
    }

    #[test]
    fn what_was_set_aside_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let sink = Picky::failing(&[0, 3]);
        let slow = "retry.first = 0.05\nretry.tries = 1000";
        let dispatcher = sink.start(folder.path(), slow);
        tell(&dispatcher, 0..10);
        until(&dispatcher, |state| state.delivered == 8);
        let state = &dispatcher.finish(PATIENCE)[0];
        assert_eq!((state.waiting, state.dead), (2, 0), "{state:?}");
        let dispatcher = sink.start(folder.path(), slow);
        assert_eq!(dispatcher.states().all()[0].waiting, 2);
        tell(&dispatcher, 10..20);
        until(&dispatcher, |state| state.delivered == 10 && state.failures > 2);
        sink.fails.lock().unwrap().clear();
        until(&dispatcher, |state| state.waiting == 0);
        let state = &dispatcher.finish(PATIENCE)[0];
        assert_eq!((state.handed, state.delivered, state.dead), (12, 12, 0), "{state:?}");
        let mut taken = sink.taken();
        assert_eq!(taken[..8], all_but(0..10, &[0, 3]));
        taken.sort_unstable();
        assert_eq!(taken, (0..20).collect::<Vec<_>>(), "each once");
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "nothing but the marker");
    }

    #[test]
    fn while_nobody_is_there_everything_stays_however_often_it_fails() {
        let folder = tempfile::tempdir().unwrap();
        let sink = Picky::failing(&(0..30).collect::<Vec<_>>());
        let often = "retry.first = 0.001\nretry.longest = 0.002\nretry.tries = 1";
        let dispatcher = sink.start(folder.path(), often);
        tell(&dispatcher, 0..30);
        until(&dispatcher, |state| state.failures > 100);
        let state = dispatcher.states().all().remove(0);
        assert_eq!((state.waiting, state.dead, state.delivered), (30, 0, 0), "{state:?}");
        drop(dispatcher.finish(PATIENCE));
        sink.fails.lock().unwrap().clear();
        let state = &sink.start(folder.path(), often).finish(PATIENCE)[0];
        assert_eq!((state.delivered, state.waiting), (30, 0), "{state:?}");
        assert_eq!(sink.taken(), (0..30).collect::<Vec<_>>());
    }

    #[test]
    fn who_comes_behind_one_that_fails_alone_does_not_wait_for_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let sink = Picky::failing(&[0]);
        let dispatcher = sink.start(folder.path(), "retry.first = 0.1\nretry.longest = 3600.0");
        tell(&dispatcher, [0]);
        until(&dispatcher, |state| state.failures == 5);
        let start = Instant::now();
        tell(&dispatcher, [1]);
        until(&dispatcher, |state| state.delivered == 1);
        assert!(start.elapsed() < Duration::from_millis(600), "{:?}", start.elapsed());
        assert_eq!(dispatcher.finish(PATIENCE)[0].waiting, 1);
    }

    #[test]
    fn what_was_taken_is_not_told_again_while_the_one_before_it_finds_no_place_aside() {
        let folder = tempfile::tempdir().unwrap();
        let in_the_way = folder.path().join("aside.partial");
        let sink = Picky::failing(&[0]);
        let dispatcher = sink.start(folder.path(), QUICK);
        std::fs::create_dir(&in_the_way).unwrap();
        tell(&dispatcher, 0..5);
        until(&dispatcher, |state| !sink.taken().is_empty() && state.failures > 10);
        assert_eq!(sink.taken(), [1], "once, however often it cannot be noted");
        std::fs::remove_dir(&in_the_way).unwrap();
        until(&dispatcher, |state| state.delivered == 4);
        assert_eq!(sink.taken(), [1, 2, 3, 4]);
        assert_eq!(dispatcher.finish(PATIENCE)[0].waiting, 1);
    }

    #[test]
    fn one_of_a_digest_that_fails_costs_the_others_a_few_messages() {
        let folder = tempfile::tempdir().unwrap();
        let sink = Picky::failing(&[300]);
        let dispatcher =
            sink.start(folder.path(), "digest = 0.3\nretry.first = 0.02\nretry.tries = 1000");
        tell(&dispatcher, 0..500);
        until(&dispatcher, |state| state.delivered == 499);
        let tried = sink.tried.lock().unwrap().len();
        assert!(tried < 60, "{tried} messages");
        assert_eq!(sink.taken(), all_but(0..500, &[300]));
        assert_eq!(dispatcher.finish(PATIENCE)[0].waiting, 1);
    }

    #[test]
    fn what_some_of_several_have_had_is_tried_alone_until_the_others_have_it() {
        let folder = tempfile::tempdir().unwrap();
        let sink = Picky { is_amid: true, ..Picky::failing(&[0]) };
        let dispatcher = sink.start(folder.path(), QUICK);
        tell(&dispatcher, 0..5);
        until(&dispatcher, |state| state.failures > 10);
        assert!(sink.tried.lock().unwrap().iter().all(|it| *it == [0]));
        sink.fails.lock().unwrap().clear();
        until(&dispatcher, |state| state.delivered == 5);
        assert_eq!(sink.taken(), [0, 1, 2, 3, 4]);
        drop(dispatcher.finish(PATIENCE));
    }

    #[test]
    fn what_a_local_sink_never_took_is_lost_once() {
        let sink = Picky::failing(&[0]);
        let delivery: Delivery = toml::from_str(QUICK).unwrap();
        let builder = Dispatcher::builder().local("file", sink.clone(), delivery);
        let dispatcher = builder.start().unwrap();
        tell(&dispatcher, 0..10);
        until(&dispatcher, |state| state.waiting == 10 && state.failures > 0);
        let state = &dispatcher.finish(PATIENCE)[0];
        assert_eq!((state.handed, state.unwritten, state.waiting), (10, 10, 0), "{state:?}");
    }
}
