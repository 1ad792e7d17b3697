//! From the queue of a sink into the sink.

use std::slice;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backoff::{Backoff, Retry};
use super::post::{Post, Stage};
use super::state::Part;
use crate::digest::{Digest, latest};
use crate::spool::Batch;
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
    /// So many alerts are handed over one by one, since the sink refused them together.
    singly: usize,
    /// Whether the sink may have put something off.
    is_unsettled: bool,
    /// Whether something failed since no more alerts come.
    is_stuck: bool,
}

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
            singly: 0,
            is_unsettled: false,
            is_stuck: false,
        }
    }

    /// Until no more alerts come, and those that wait have arrived or failed once more.
    pub(super) fn run(mut self) {
        while let Some(batch) = self.next() {
            self.deliver(&batch);
        }
        self.settle();
        let inner = self.post.lock();
        if !inner.queue.is_kept() {
            self.post.gauges.unwritten.add(inner.queue.counts().queued);
        }
        drop(inner);
        self.post.reach(Stage::Over);
    }

    /// What is to be handed over next, once it is.
    fn next(&mut self) -> Option<Batch> {
        let post = Arc::clone(&self.post);
        let mut inner = post.lock();
        loop {
            let (now, is_open) = (Instant::now(), inner.stage == Stage::Open);
            if inner.stage >= Stage::Stopped || self.is_stuck {
                return None;
            }
            if inner.queue.counts().queued == 0 {
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
            let due = self.until.into_iter().fold(self.digest.due(now), Instant::max);
            if is_open && now < due {
                inner = post.wait(inner, Some(due));
                continue;
            }
            let most = if self.singly > 0 { 1 } else { self.digest.most(self.at_once) };
            match inner.queue.peek(most) {
                Ok(batch) if batch.entries.is_empty() => post.notify(&inner),
                Ok(batch) => return Some(batch),
                Err(error) => self.wait_after(&error, Part::Queue, is_open),
            }
        }
    }

    fn deliver(&mut self, batch: &Batch) {
        match self.hand_over(batch) {
            Ok(()) => {
                self.post.gauges.delivered.add(batch.entries.len() as u64);
                self.is_unsettled = true;
                self.succeeded(batch);
            }
            Err(error) if error.may_pass() => self.failed(&error),
            // Some of them may be taken.
            Err(_) if batch.entries.len() > 1 => self.singly = batch.entries.len(),
            Err(error) => {
                self.post.failed(Part::Sink, &error);
                self.give_up(batch);
            }
        }
    }

    fn hand_over(&mut self, batch: &Batch) -> Result<(), SinkError> {
        if let [one] = &batch.entries[..] {
            return self.sink.accept(slice::from_ref(&one.alert));
        }
        let alerts: Vec<Alert> = batch.entries.iter().map(|entry| entry.alert.clone()).collect();
        self.sink.accept(&latest(alerts))
    }

    fn succeeded(&mut self, batch: &Batch) {
        self.backoff.succeeded();
        self.until = None;
        self.post.succeeded(Part::Sink);
        self.forget(batch);
    }

    fn failed(&mut self, error: &SinkError) {
        let is_open = self.post.lock().stage == Stage::Open;
        self.wait_after(error, Part::Sink, is_open);
        // While nobody answers, what is too old is not tried one by one.
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

    fn wait_after(&mut self, error: &SinkError, part: Part, is_open: bool) {
        let asked = match error {
            SinkError::Busy { wait, .. } => *wait,
            _ => None,
        };
        self.until = Instant::now().checked_add(self.backoff.failed(asked));
        self.is_stuck = !is_open;
        self.post.failed(part, error);
    }

    /// Makes dead letters of them; whether that is done.
    fn give_up(&mut self, batch: &Batch) -> bool {
        let buried = self.post.lock().queue.bury(&batch.entries);
        match buried {
            Ok(dead) => {
                self.post.gauges.dead.add(dead);
                self.post.gauges.unwritten.add(batch.entries.len() as u64 - dead);
                self.forget(batch);
                true
            }
            // They stay where they are: nothing is lost because the disk is full.
            Err(error) => {
                let is_open = self.post.lock().stage == Stage::Open;
                self.wait_after(&error, Part::Queue, is_open);
                false
            }
        }
    }

    /// Lets go of what was delivered or buried.
    fn forget(&mut self, batch: &Batch) {
        self.digest.sent();
        self.singly = self.singly.saturating_sub(batch.entries.len());
        let mut inner = self.post.lock();
        let done = inner.queue.done(batch);
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
