//! What a search keeps of the points it comes by.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Keeps points by their sums and, among equal sums, by their numbers.
pub(super) trait Keep {
    /// Whether a point of this sum or a larger one and, if it is this one, of this number or a larger one may be kept.
    fn wants(&self, sum: f64, row: u32) -> bool;

    /// The largest sum that may be kept.
    fn limit(&self) -> f64;

    /// Keeps a point, or does not.
    fn see(&mut self, sum: f64, row: u32);

    /// What was kept, the nearest first.
    fn kept(self) -> Vec<Point>;
}

/// A point that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) sum: f64,
    pub(super) row: u32,
}

/// The nearest so many.
#[derive(Clone)]
pub(super) struct Closest {
    most: usize,
    except: Option<u32>,
    found: BinaryHeap<Point>,
    /// The last of those found; what any point comes before, until there are enough of them.
    worst: Point,
}

/// All of a sum no larger than the limit.
#[derive(Clone)]
pub(super) struct Inside {
    limit: f64,
    except: Option<u32>,
    found: Vec<Point>,
}

impl Closest {
    /// At most so many, and not the one excepted.
    pub(super) fn new(most: usize, except: Option<u32>) -> Self {
        let sum = if most == 0 { f64::NEG_INFINITY } else { f64::INFINITY };
        Self { most, except, found: BinaryHeap::new(), worst: Point { sum, row: u32::MAX } }
    }
}

impl Keep for Closest {
    #[inline]
    fn wants(&self, sum: f64, row: u32) -> bool {
        sum < self.worst.sum || (sum == self.worst.sum && row < self.worst.row)
    }

    #[inline]
    fn limit(&self) -> f64 {
        self.worst.sum
    }

    #[inline]
    fn see(&mut self, sum: f64, row: u32) {
        if !self.wants(sum, row) || self.except == Some(row) {
            return;
        }
        if self.found.len() < self.most {
            self.found.push(Point { sum, row });
        } else if let Some(mut last) = self.found.peek_mut() {
            *last = Point { sum, row };
        }
        if let Some(&worst) = self.found.peek().filter(|_| self.found.len() == self.most) {
            self.worst = worst;
        }
    }

    fn kept(self) -> Vec<Point> {
        self.found.into_sorted_vec()
    }
}

impl Inside {
    /// All up to this sum, and not the one excepted.
    pub(super) fn new(limit: f64, except: Option<u32>) -> Self {
        Self { limit, except, found: Vec::new() }
    }
}

impl Keep for Inside {
    #[inline]
    fn wants(&self, sum: f64, _: u32) -> bool {
        sum <= self.limit
    }

    #[inline]
    fn limit(&self) -> f64 {
        self.limit
    }

    #[inline]
    fn see(&mut self, sum: f64, row: u32) {
        if sum <= self.limit && self.except != Some(row) {
            self.found.push(Point { sum, row });
        }
    }

    fn kept(mut self) -> Vec<Point> {
        self.found.sort_unstable();
        self.found
    }
}

impl Eq for Point {}

impl Ord for Point {
    fn cmp(&self, other: &Self) -> Ordering {
        self.sum.total_cmp(&other.sum).then(self.row.cmp(&other.row))
    }
}

impl PartialOrd for Point {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(keep: impl Keep) -> Vec<u32> {
        keep.kept().into_iter().map(|point| point.row).collect()
    }

    #[test]
    fn of_equal_sums_the_smaller_numbers_are_closest() {
        let mut closest = Closest::new(3, Some(4));
        for (sum, row) in [(2.0, 9), (1.0, 7), (2.0, 3), (2.0, 5), (0.0, 4), (1.0, 8)] {
            closest.see(sum, row);
        }
        assert!(closest.wants(2.0, 2) && !closest.wants(2.0, 3));
        assert_eq!(rows(closest), [7, 8, 3]);
        let mut none = Closest::new(0, None);
        none.see(0.0, 0);
        assert!(rows(none).is_empty());
    }

    #[test]
    fn infinite_sums_are_kept_where_there_is_room() {
        let mut closest = Closest::new(2, None);
        [1, 0, 2].into_iter().for_each(|row| closest.see(f64::INFINITY, row));
        assert_eq!(rows(closest), [0, 1]);
    }

    #[test]
    fn the_limit_is_inside() {
        let mut inside = Inside::new(1.0, Some(2));
        for (sum, row) in [(1.0, 1), (1.5, 3), (0.0, 2), (1.0, 0)] {
            inside.see(sum, row);
        }
        assert_eq!(rows(inside), [0, 1]);
    }
}
