//! When those are tried again that were set aside.

use std::time::{Duration, Instant};

use super::backoff::{Backoff, Retry};

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
        let (place, due) = places.map(|(place, one)| (place, one.due)).min_by_key(|it| it.1)?;
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
        one.tries += u32::from(one.arrivals != arrivals);
        one.arrivals = arrivals;
        one.tries >= self.retry.tries
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
