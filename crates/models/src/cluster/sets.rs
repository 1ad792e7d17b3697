//! Sets that are joined by many threads at once.

use std::sync::atomic::{AtomicU32, Ordering};

/// Which rows are in one set: each leads to a smaller one or is the smallest of its set. Joins by any thread in any order
/// give the same sets.
pub(super) struct Sets(Vec<AtomicU32>);

impl Sets {
    /// Of so many rows, each alone.
    pub(super) fn alone(rows: usize) -> Self {
        Self((0..rows as u32).map(AtomicU32::new).collect())
    }

    /// The smallest row of a row's set.
    pub(super) fn first(&self, mut row: u32) -> u32 {
        loop {
            let next = self.next(row);
            if next == row {
                return row;
            }
            // The way is halved for who comes next; if somebody else has changed it, it is as good.
            let after = self.next(next);
            if let Some(link) = self.0.get(row as usize).filter(|_| after != next) {
                let _ = link.compare_exchange(next, after, Ordering::Relaxed, Ordering::Relaxed);
            }
            row = next;
        }
    }

    /// Makes two rows' sets one.
    pub(super) fn join(&self, one: u32, other: u32) {
        loop {
            let (one, other) = (self.first(one), self.first(other));
            let (first, last) = (one.min(other), one.max(other));
            let Some(link) = self.0.get(last as usize).filter(|_| first != last) else { return };
            if link.compare_exchange(last, first, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return;
            }
        }
    }

    fn next(&self, row: u32) -> u32 {
        self.0.get(row as usize).map_or(row, |link| link.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_known_by_their_smallest_row() {
        let sets = Sets::alone(6);
        sets.join(5, 3);
        sets.join(4, 1);
        sets.join(3, 4);
        let firsts: Vec<u32> = (0..6).map(|row| sets.first(row)).collect();
        assert_eq!(firsts, [0, 1, 2, 1, 1, 1]);
    }

    #[test]
    fn threads_join_the_same() {
        let sets = Sets::alone(1000);
        std::thread::scope(|scope| {
            for start in 0..4 {
                let sets = &sets;
                scope
                    .spawn(move || (start..998).step_by(3).for_each(|row| sets.join(row, row + 2)));
            }
        });
        assert!((0..1000).all(|row| sets.first(row) == row % 2));
    }
}
