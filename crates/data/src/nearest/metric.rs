//! How far two points are from each other.

use serde::{Deserialize, Serialize};

/// How far two points are from each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Metric {
    /// The root of the sum of squared differences. Points are compared by the sums, before roots make some of them equal.
    #[default]
    Euclidean,
    /// The sum of differences.
    Manhattan,
}

impl Metric {
    /// The distance that a sum of terms stands for.
    pub(super) fn distance(self, sum: f64) -> f64 {
        match self {
            Self::Euclidean => sum.sqrt(),
            Self::Manhattan => sum,
        }
    }

    /// The largest sum whose distance is no more than the radius. A radius times itself is rounded, and so is the root:
    /// they may miss each other by a few last digits.
    pub(super) fn largest_sum(self, radius: f64) -> f64 {
        let is_inside = |sum: f64| self.distance(sum) <= radius;
        let mut sum = match self {
            Self::Euclidean => radius * radius,
            Self::Manhattan => radius,
        };
        while !is_inside(sum) {
            sum = sum.next_down();
        }
        while sum < f64::INFINITY && is_inside(sum.next_up()) {
            sum = sum.next_up();
        }
        sum
    }
}

/// What a difference adds to a sum. Terms of larger differences are no smaller, however they are rounded.
pub(super) trait Term {
    fn of(difference: f64) -> f64;
}

/// Of [`Metric::Euclidean`].
pub(super) struct Square;

/// Of [`Metric::Manhattan`].
pub(super) struct Absolute;

impl Term for Square {
    #[inline]
    fn of(difference: f64) -> f64 {
        difference * difference
    }
}

impl Term for Absolute {
    #[inline]
    fn of(difference: f64) -> f64 {
        difference.abs()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sums_at_the_ends_of_numbers_have_a_place() {
        for radius in [0.0, 5e-324, 1e-170, 1e-161, 1.5, 1e154, 1e300, f64::MAX] {
            let largest = Metric::Euclidean.largest_sum(radius);
            assert!(
                largest.sqrt() <= radius && largest.next_up().sqrt() > radius || radius > 1e154
            );
        }
        assert_eq!(Metric::Euclidean.largest_sum(1e300), f64::MAX);
        assert_eq!(Metric::Euclidean.largest_sum(f64::INFINITY), f64::INFINITY);
        assert_eq!(Metric::Manhattan.largest_sum(0.3), 0.3);
    }

    proptest! {
        #[test]
        fn the_largest_sum_is_inside_and_the_next_is_not(radius in 1e-150_f64..1e150) {
            let largest = Metric::Euclidean.largest_sum(radius);
            prop_assert!(largest.sqrt() <= radius && largest.next_up().sqrt() > radius);
        }
    }
}
