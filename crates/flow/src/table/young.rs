//! Flows that were not told early, in the order in which they began: who has lasted long enough is found without a look at
//! any other.

use super::queues::Queues;

/// The only list.
const LIST: usize = 0;

/// Flows by when they began.
pub(super) struct Young {
    queue: Queues,
    /// The table's clock when flows began, by their numbers: packets' own times may be wild.
    since: Vec<i64>,
}

impl Young {
    pub(super) fn new() -> Self {
        Self { queue: Queues::new(1), since: Vec::new() }
    }

    /// Enters a flow, behind all others; one that is there already begins anew.
    pub(super) fn enter(&mut self, number: u32, since: i64) {
        self.leave(number);
        let at = number as usize;
        if at >= self.since.len() {
            self.since.resize(at + 1, i64::MIN);
        }
        self.since[at] = since;
        self.queue.push(LIST, number);
    }

    /// Takes a flow out, if it is there.
    pub(super) fn leave(&mut self, number: u32) {
        self.queue.remove(number);
    }

    /// Takes out the first flow, if it began at that time or before.
    pub(super) fn next(&mut self, until: i64) -> Option<u32> {
        let number = self.queue.first(LIST)?;
        let is_due = self.since.get(number as usize).is_some_and(|since| *since <= until);
        is_due.then(|| {
            self.leave(number);
            number
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_come_out_as_they_came_in_and_no_earlier() {
        let mut young = Young::new();
        for (number, since) in [(7, 10), (2, 20), (5, 30), (9, 40)] {
            young.enter(number, since);
        }
        young.leave(2);
        young.leave(3);
        young.enter(7, 50);
        assert_eq!((young.next(29), young.next(40), young.next(40)), (None, Some(5), Some(9)));
        assert_eq!((young.next(49), young.next(50), young.next(99)), (None, Some(7), None));
    }
}
