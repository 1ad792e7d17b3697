//! When those are tried again that were set aside.

use std::slice;
use std::time::{Duration, Instant};

use super::super::backoff::{Backoff, Retry};
use super::super::post::Stage;
use super::super::state::Part;
use super::{Amid, Courier, asked};
use crate::spool::Entry;
use crate::{SinkError, time};

/// How it goes with those that were set aside, in the order in which they lie there.
#[derive(Debug)]
pub(super) struct Late {
    retry: Retry,
    all: Vec<One>,
    /// None is tried before this: who stalls at one of them has time for others meanwhile.
    rested: Option<Instant>,
}

#[derive(Debug)]
struct One {
    due: Instant,
    backoff: Backoff,
    /// How often it failed while others got through.
    tries: u32,
    /// How many had arrived when it failed last.
    arrivals: u64,
    /// Whether it was tried since no more alerts come.
    is_tried_at_end: bool,
}

/// A tenth of the time goes to them at the most.
const REST: u32 = 9;

impl Late {
    /// So many are there from an earlier program.
    pub(super) fn new(retry: Retry, count: usize) -> Self {
        let mut late = Self { retry, all: Vec::new(), rested: None };
        late.add(count, 0);
        late
    }

    /// So many more, which are tried at once: that others got through may be since somebody is back.
    pub(super) fn add(&mut self, count: usize, arrivals: u64) {
        let one = || One {
            due: Instant::now(),
            backoff: Backoff::new(self.retry),
            tries: 0,
            arrivals,
            is_tried_at_end: false,
        };
        self.all.extend((0..count).map(|_| one()));
    }

    pub(super) fn remove(&mut self, place: usize) {
        if place < self.all.len() {
            self.all.remove(place);
        }
    }

    /// The one that is tried next, and when.
    pub(super) fn next(&self) -> Option<(usize, Instant)> {
        let places = self.all.iter().enumerate();
        let (place, _) = places.min_by_key(|(_, one)| one.due)?;
        self.at(place)
    }

    /// This one, and when it is to be tried.
    pub(super) fn at(&self, place: usize) -> Option<(usize, Instant)> {
        let due = self.all.get(place)?.due;
        Some((place, self.rested.map_or(due, |rested| due.max(rested))))
    }

    /// One that was not tried since no more alerts come.
    pub(super) fn next_at_end(&self) -> Option<usize> {
        self.all.iter().position(|one| !one.is_tried_at_end)
    }

    /// A try is over that took so long.
    pub(super) fn tried(&mut self, place: usize, took: Duration, is_open: bool) {
        self.rested = Instant::now().checked_add(took * REST);
        if let Some(one) = self.all.get_mut(place) {
            one.is_tried_at_end |= !is_open;
        }
    }

    /// It failed again, and so many have arrived by now; whether it has failed often enough.
    pub(super) fn failed(&mut self, place: usize, asked: Option<Duration>, arrivals: u64) -> bool {
        let Some(one) = self.all.get_mut(place) else { return false };
        let now = Instant::now();
        one.due = now.checked_add(one.backoff.failed(asked)).unwrap_or(now);
        // Who asks for time has not failed at this one.
        one.tries += u32::from(asked.is_none() && one.arrivals != arrivals);
        one.arrivals = arrivals;
        one.tries >= self.retry.tries
    }
}

impl Courier {
    /// The next of those that were set aside, and when: not while it may be that nobody is there.
    pub(super) fn next_late(&self, waiting: u64, is_open: bool) -> Option<(usize, Instant)> {
        if !is_open {
            let place = self.late.next_at_end().filter(|_| waiting == 0)?;
            return Some((place, Instant::now()));
        }
        let is_doubted = waiting > 0 && self.doubt.is_failing();
        match self.amid {
            Some(Amid::Late(place)) => self.late.at(place),
            Some(Amid::Line) => None,
            None => self.late.next().filter(|_| !is_doubted),
        }
    }

    /// One that was set aside, by itself.
    pub(super) fn deliver_late(&mut self, place: usize, entry: &Entry) {
        let began = Instant::now();
        let said = self.sink.accept(slice::from_ref(&entry.alert));
        let is_open = self.post.lock().stage == Stage::Open;
        self.late.tried(place, began.elapsed(), is_open);
        self.amid = None;
        match said {
            Ok(()) => {
                self.post.succeeded(Part::Sink);
                self.late_arrived(place);
            }
            Err(error @ SinkError::Partly { .. }) => {
                self.post.failed(Part::Sink, &error);
                self.post.gauges.partly.add(1);
                self.late_arrived(place);
            }
            Err(error) => {
                self.post.failed(Part::Sink, &error);
                self.heed(asked(&error));
                let is_enough = self.late.failed(place, asked(&error), self.arrivals);
                let is_over = is_enough || self.retry.is_over(entry.at, time::now());
                self.amid = self.sink.is_amid().then_some(Amid::Late(place));
                if !error.may_pass() || (is_over && self.amid.is_none()) {
                    self.give_up_late(place);
                }
            }
        }
    }

    /// Who asks for time is given it, whatever is next.
    fn heed(&mut self, asked: Option<Duration>) {
        let until = asked.and_then(|wait| Instant::now().checked_add(wait));
        self.until = self.until.max(until);
        self.late.rested = self.late.rested.max(until);
    }

    fn late_arrived(&mut self, place: usize) {
        self.post.gauges.delivered.add(1);
        self.is_unsettled = true;
        self.arrivals += 1;
        self.late_is_gone(place);
    }

    /// Makes a dead letter of one that was set aside; whether that is done.
    pub(super) fn give_up_late(&mut self, place: usize) -> bool {
        let inner = self.post.lock();
        let Some(entry) = inner.queue.aside().get(place) else { return false };
        let buried = inner.queue.bury(slice::from_ref(entry));
        drop(inner);
        match buried {
            Ok(dead) => {
                self.post.gauges.dead.add(dead);
                self.post.gauges.unwritten.add(1 - dead);
                self.late_is_gone(place);
                true
            }
            Err(error) => {
                self.put_off(&error, Part::Queue);
                false
            }
        }
    }

    fn late_is_gone(&mut self, place: usize) {
        self.amid = None;
        self.late.remove(place);
        let mut inner = self.post.lock();
        let done = inner.queue.forget_aside(place);
        self.post.notify(&inner);
        drop(inner);
        if let Err(error) = done {
            self.post.failed(Part::Queue, &error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_while_others_get_through_count() {
        let mut late = Late::new(Retry { tries: 3, ..Retry::default() }, 1);
        let failed = [0, 0, 1, 1, 1, 2, 3].map(|arrivals| late.failed(0, None, arrivals));
        assert_eq!(failed, [false, false, false, false, false, false, true]);
    }

    #[test]
    fn who_asks_for_time_has_not_failed() {
        let mut late = Late::new(Retry { tries: 1, ..Retry::default() }, 1);
        let wait = Some(Duration::from_secs(1));
        assert!(!late.failed(0, wait, 1) && !late.failed(0, wait, 2) && late.failed(0, None, 3));
    }

    #[test]
    fn each_has_its_own_time_and_who_stalls_leaves_time_for_others() {
        let mut late = Late::new(Retry::default(), 2);
        late.failed(0, None, 1);
        assert_eq!(late.next().unwrap().0, 1);
        late.failed(1, None, 1);
        late.failed(1, None, 1);
        assert_eq!(late.next().unwrap().0, 0, "after a second, and not after two");
        late.tried(0, Duration::from_secs(30), false);
        assert!(late.next().unwrap().1 > Instant::now() + Duration::from_secs(250));
        assert_eq!(late.next_at_end(), Some(1));
        late.remove(1);
        assert_eq!((late.next_at_end(), late.next().unwrap().0), (None, 0));
    }
}
