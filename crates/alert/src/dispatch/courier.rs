//! From the queue of a sink into the sink.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backoff::{Backoff, Retry};
use super::post::{Post, Stage};
use super::state::Part;
use crate::digest::{Digest, Gathered};
use crate::spool::{Batch, Reach};
use crate::{Alert, Sink, SinkError, time};

/// Hands what waits to a sink, in a thread of its own, and tries again what it does not take.
pub(super) struct Courier {
    sink: Box<dyn Sink>,
    post: Arc<Post>,
    digest: Digest,
    /// So many alerts at once, without a digest.
    at_once: usize,
    retry: Retry,
    backoff: Backoff,
    /// Nothing is tried before this.
    until: Option<Instant>,
    /// So many were tried last, and are tried again: who of several has had them knows them as the same.
    again: Option<u64>,
    /// What the sink refused together.
    parts: Option<Parts>,
    /// Whether the sink may have put something off.
    is_unsettled: bool,
    /// Whether something failed since no more alerts come.
    is_stuck: bool,
}

/// What is handed over together.
#[derive(Debug)]
struct Load {
    alerts: Vec<Alert>,
    /// All up to there is in it.
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
            is_unsettled: false,
            is_stuck: false,
        }
    }

    /// Until no more alerts come, and those that wait have arrived or failed once more.
    pub(super) fn run(mut self) {
        while let Some((first, most)) = self.next() {
            match self.load(first, most) {
                Ok(load) => self.deliver(&load),
                Err(error) => self.put_off(&error, Part::Queue),
            }
        }
        self.settle();
        let inner = self.post.lock();
        if !inner.queue.is_kept() {
            self.post.gauges.unwritten.add(inner.queue.counts().queued);
        }
        drop(inner);
        self.post.reach(Stage::Over);
    }

    /// What is to be handed over next, once it is: the first of them, and how many there may be.
    fn next(&mut self) -> Option<(Batch, u64)> {
        let post = Arc::clone(&self.post);
        let mut inner = post.lock();
        loop {
            let (now, is_open) = (Instant::now(), inner.stage == Stage::Open);
            let waiting = inner.queue.counts().queued;
            if inner.stage >= Stage::Stopped || self.is_stuck {
                return None;
            }
            if waiting == 0 {
                if self.is_unsettled {
                    drop(inner);
                    self.settle();
                    inner = post.lock();
                } else if is_open {
                    inner = post.wait(inner, None);
                } else {
                    return None;
                }
                continue;
            }
            let due = self.until.into_iter().fold(self.due(now), Instant::max);
            if is_open && now < due {
                inner = post.wait(inner, Some(due));
                continue;
            }
            let most = self.most(waiting);
            match inner.queue.peek(usize::try_from(most).unwrap_or(usize::MAX)) {
                Ok(batch) if batch.entries.is_empty() => post.notify(&inner),
                Ok(batch) => return Some((batch, most)),
                Err(error) => self.wait_after(&error, Part::Queue, is_open),
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
            (Some(again), _) => again,
            (None, Some(parts)) => parts.most.min(parts.left).max(1),
            (None, None) if self.digest.is_wanted() => waiting,
            (None, None) => self.at_once as u64,
        }
    }

    /// The first of them with those behind. The queue is free between looks: it may take long to read all that waits.
    fn load(&self, first: Batch, most: u64) -> Result<Load, SinkError> {
        let mut reach = first.reach;
        let alerts = first.entries.into_iter().map(|entry| entry.alert);
        if !self.digest.is_wanted() {
            return Ok(Load { alerts: alerts.collect(), reach });
        }
        let mut gathered = Gathered::default();
        alerts.for_each(|alert| gathered.add(alert));
        while reach.count < most {
            let room = usize::try_from(most - reach.count).unwrap_or(usize::MAX);
            let batch = self.post.lock().queue.behind(&reach, room)?;
            if batch.entries.is_empty() {
                break;
            }
            reach = batch.reach;
            batch.entries.into_iter().for_each(|entry| gathered.add(entry.alert));
        }
        Ok(Load { alerts: gathered.message(), reach })
    }

    fn deliver(&mut self, load: &Load) {
        let count = load.reach.count;
        match self.sink.accept(&load.alerts) {
            Ok(()) => {
                self.post.succeeded(Part::Sink);
                self.arrived(&load.reach);
            }
            // Another try would tell those again who have it.
            Err(error @ SinkError::Partly { .. }) => {
                self.post.failed(Part::Sink, &error);
                self.post.gauges.partly.add(count);
                self.arrived(&load.reach);
            }
            Err(error) if error.may_pass() => {
                self.again = Some(count);
                self.put_off(&error, Part::Sink);
                self.give_up_the_old();
            }
            Err(_) if count > 1 => self.part(count),
            Err(error) => {
                self.post.failed(Part::Sink, &error);
                self.refused_alone();
            }
        }
    }

    fn arrived(&mut self, reach: &Reach) {
        self.post.gauges.delivered.add(reach.count);
        self.is_unsettled = true;
        self.backoff.succeeded();
        self.until = None;
        if let Some(parts) = &mut self.parts {
            (parts.most, parts.refused) = (parts.most.saturating_mul(2), 0);
        }
        self.forget(reach);
    }

    /// So many were refused together: fewer are tried.
    fn part(&mut self, count: u64) {
        self.again = None;
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
        let asked = match error {
            SinkError::Busy { wait, .. } => *wait,
            _ => None,
        };
        self.until = Instant::now().checked_add(self.backoff.failed(asked));
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

    /// Lets go of what was delivered or buried.
    fn forget(&mut self, reach: &Reach) {
        self.again = None;
        if let Some(parts) = &mut self.parts {
            parts.left = parts.left.saturating_sub(reach.count);
        }
        self.parts = self.parts.take().filter(|parts| parts.left > 0);
        if self.parts.is_none() {
            self.digest.sent();
        }
        let mut inner = self.post.lock();
        let done = inner.queue.forget(reach);
        self.post.notify(&inner);
        drop(inner);
        if let Err(error) = done {
            self.post.failed(Part::Queue, &error);
        }
    }

    fn settle(&mut self) {
        self.is_unsettled = false;
        if let Err(error) = self.sink.settle() {
            self.post.failed(Part::Sink, &error);
        }
    }
}
