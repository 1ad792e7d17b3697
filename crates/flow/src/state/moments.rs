//! Count, sum, mean, variance and extremes of a stream of numbers.

use serde::{Deserialize, Serialize};

/// No number that is entered is larger: the longest time in microseconds, or a length of 32 bits.
const LARGEST: f64 = i64::MAX as f64 / 1e3;
/// What rounding adds to a sum of as many numbers as there can be.
const SLACK: f64 = 1e-6;

/// Moments of the numbers entered so far, in constant memory.
///
/// The recurrence (Welford's) is stable, and its order of operations is the one of the tables that models
/// were trained on: entering the same numbers gives the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    count: u64,
    mean: f64,
    /// Sum of squared distances from the mean.
    squares: f64,
    sum: f64,
    min: f64,
    max: f64,
}

impl Default for Moments {
    fn default() -> Self {
        let (min, max) = (f64::INFINITY, f64::NEG_INFINITY);
        Self { count: 0, mean: 0.0, squares: 0.0, sum: 0.0, min, max }
    }
}

impl Moments {
    /// Enters a number.
    #[inline(always)]
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        // A signed number is converted by one instruction, and none counts to 2^63.
        let count = self.count as i64 as f64;
        let distance = value - self.mean;
        let step = distance / count;
        self.mean += step;
        self.squares += (count - 1.0) * distance * step;
        self.sum += value;
        self.min = if value < self.min { value } else { self.min };
        self.max = if value > self.max { value } else { self.max };
    }

    /// As if the numbers of both had been entered into one.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let (mine, theirs) = (self.count as f64, other.count as f64);
        let count = self.count + other.count;
        if count == 0 {
            return *self;
        }
        let (apart, both) = (self.mean - other.mean, mine + theirs);
        Self {
            count,
            mean: (self.mean * mine + other.mean * theirs) / both,
            squares: self.squares + other.squares + apart * apart * (mine * theirs / both),
            sum: self.sum + other.sum,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }

    /// How many numbers were entered.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum; 0 of none.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Their mean; 0 of none.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Their variance, as that of a sample; 0 of fewer than two.
    #[must_use]
    pub fn variance(&self) -> f64 {
        if self.count < 2 { 0.0 } else { self.squares / (self.count - 1) as f64 }
    }

    /// The root of the variance.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        self.variance().sqrt()
    }

    /// The smallest; 0 of none.
    #[must_use]
    pub fn min(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.min }
    }

    /// The largest; 0 of none.
    #[must_use]
    pub fn max(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.max }
    }

    /// Whether one of the numbers was below 0.
    pub(crate) fn is_negative(&self) -> bool {
        self.count > 0 && (self.min < 0.0 || self.mean < 0.0 || self.sum < 0.0)
    }

    /// Whether so many numbers or fewer could have given them, whatever they were: checked on what is read from
    /// a file, so that nothing becomes infinite later.
    pub(crate) fn is_sound(&self, most: u64) -> bool {
        let is_within = |value: f64, most: f64| (-most..=most).contains(&value);
        let (count, reach) = (self.count as f64, LARGEST * (1.0 + SLACK));
        if self.count == 0 {
            return *self == Self::default();
        }
        self.count <= most
            && [self.mean, self.min, self.max].iter().all(|&value| is_within(value, reach))
            && self.min <= self.max
            && is_within(self.sum, reach * count)
            && (0.0..=4.0 * reach * reach * count).contains(&self.squares)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[f64]) -> Moments {
        let mut moments = Moments::default();
        values.iter().for_each(|&value| moments.add(value));
        moments
    }

    #[test]
    fn of_nothing_all_is_zero() {
        let none = Moments::default();
        let told =
            [none.sum(), none.mean(), none.variance(), none.deviation(), none.min(), none.max()];
        assert_eq!((none.count(), told), (0, [0.0; 6]));
    }

    #[test]
    fn the_variance_is_that_of_a_sample() {
        let told = of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert_eq!((told.mean(), told.sum(), told.min(), told.max()), (5.0, 40.0, 2.0, 9.0));
        assert!((told.variance() - 32.0 / 7.0).abs() < 1e-12);
        assert_eq!(of(&[3.0]).variance(), 0.0);
    }

    proptest! {
        #[test]
        fn streaming_equals_two_passes(values in prop::collection::vec(-1e9..1e9, 2..200)) {
            let told = of(&values);
            let count = values.len() as f64;
            let mean = values.iter().sum::<f64>() / count;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
            prop_assert!((told.mean() - mean).abs() <= 1e-9 * 1e9);
            prop_assert!((told.variance() - variance).abs() <= 1e-9 * variance);
            prop_assert_eq!(told.min(), values.iter().copied().fold(f64::INFINITY, f64::min));
            prop_assert_eq!(told.max(), values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            prop_assert_eq!(told.sum(), values.iter().sum::<f64>());
            let (one, other) = values.split_at(values.len() / 3);
            let joined = of(one).with(&of(other));
            prop_assert!((joined.mean() - mean).abs() <= 1e-9 * 1e9);
            prop_assert!((joined.variance() - variance).abs() <= 1e-9 * variance);
            prop_assert_eq!((joined.min(), joined.max()), (told.min(), told.max()));
        }
    }
}
