//! One class against the rest: four counts, and every score that is a ratio of them.

use serde::{Deserialize, Serialize};

use crate::MetricError;
use crate::error::within;

/// How rows fell, for one class against the rest, each by its weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows of the class that were told to be.
    pub true_positives: f64,
    /// Rows of the rest that were told to be of the class.
    pub false_positives: f64,
    /// Rows of the class that were told to be of the rest.
    pub false_negatives: f64,
    /// Rows of the rest that were told to be.
    pub true_negatives: f64,
}

impl Counts {
    /// Rows of the class.
    #[must_use]
    pub fn support(&self) -> f64 {
        self.true_positives + self.false_negatives
    }

    /// Rows told to be of the class.
    #[must_use]
    pub fn predicted(&self) -> f64 {
        self.true_positives + self.false_positives
    }

    /// Rows of the rest.
    #[must_use]
    pub fn negatives(&self) -> f64 {
        self.true_negatives + self.false_positives
    }

    /// How many of the rows told to be of the class are.
    #[must_use]
    pub fn precision(&self) -> f64 {
        ratio(self.true_positives, self.predicted())
    }

    /// How many rows of the class were found (sensitivity, true-positive rate).
    #[must_use]
    pub fn recall(&self) -> f64 {
        ratio(self.true_positives, self.support())
    }

    /// The harmonic mean of precision and recall, in which recall counts as `beta` says.
    #[must_use]
    pub fn f_beta(&self, beta: Beta) -> f64 {
        let recall = beta.share_of_recall();
        ratio(self.true_positives, recall * self.support() + (1.0 - recall) * self.predicted())
    }

    /// The harmonic mean of precision and recall.
    #[must_use]
    pub fn f1(&self) -> f64 {
        self.f_beta(Beta::ONE)
    }

    /// How many rows of the rest were told to be (true-negative rate).
    #[must_use]
    pub fn specificity(&self) -> f64 {
        ratio(self.true_negatives, self.negatives())
    }

    /// How many rows of the rest were told to be of the class.
    #[must_use]
    pub fn false_positive_rate(&self) -> f64 {
        ratio(self.false_positives, self.negatives())
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            true_positives: self.true_positives + other.true_positives,
            false_positives: self.false_positives + other.false_positives,
            false_negatives: self.false_negatives + other.false_negatives,
            true_negatives: self.true_negatives + other.true_negatives,
        }
    }
}

/// How many times as much recall counts as precision, in an F-score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Beta(f64);

impl Beta {
    /// Precision counts twice as much as recall.
    pub const HALF: Self = Self(0.5);
    /// Both count the same.
    pub const ONE: Self = Self(1.0);
    /// Recall counts twice as much as precision.
    pub const TWO: Self = Self(2.0);

    /// Any from 0 (precision alone) to infinity (recall alone).
    ///
    /// # Errors
    /// [`MetricError::Setting`] if it is negative or not a number.
    pub fn new(beta: f64) -> Result<Self, MetricError> {
        within("beta", beta, 0.0..=f64::INFINITY, "0 or more").map(Self)
    }

    fn share_of_recall(self) -> f64 {
        let square = self.0 * self.0;
        if square.is_finite() { square / (1.0 + square) } else { 1.0 }
    }
}

/// A ratio whose answer to a division by zero is that of the whole crate (see its documentation).
#[inline]
pub(crate) fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: Counts = Counts {
        true_positives: 6.0,
        false_positives: 2.0,
        false_negatives: 3.0,
        true_negatives: 14.0,
    };

    #[test]
    fn scores_are_ratios_of_counts() {
        assert_eq!(SOME.precision(), 0.75);
        assert_eq!(SOME.recall(), 6.0 / 9.0);
        assert!((SOME.f1() - 12.0 / 17.0).abs() < 1e-15);
        assert_eq!(SOME.specificity(), 0.875);
        assert_eq!(SOME.false_positive_rate(), 0.125);
    }

    #[test]
    fn divisions_by_zero_have_one_answer() {
        let nothing = Counts::default();
        let scores = [Counts::precision, Counts::recall, Counts::f1, Counts::specificity];
        assert_eq!(scores.map(|score| score(&nothing)), [0.0; 4]);
        assert_eq!(nothing.false_positive_rate(), 0.0);
    }

    #[test]
    fn beta_goes_from_precision_to_recall() {
        let f = |beta: f64| SOME.f_beta(Beta::new(beta).unwrap());
        assert_eq!(f(0.0), SOME.precision());
        assert_eq!(f(f64::INFINITY), SOME.recall());
        assert_eq!(f(1e200), SOME.recall());
        assert!((f(2.0) - 5.0 * 6.0 / (4.0 * 9.0 + 8.0)).abs() < 1e-15);
        for beta in [-1.0, f64::NAN] {
            assert!(matches!(Beta::new(beta), Err(MetricError::Setting { name: "beta", .. })));
        }
    }
}
