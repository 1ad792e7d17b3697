//! One number of many classes.

use serde::{Deserialize, Serialize};

use crate::counts::ratio;
use crate::sum::sum;

/// How the scores of classes become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Average {
    /// All classes are counted together first.
    Micro,
    /// Every class counts the same.
    Macro,
    /// Every class counts by the rows it has.
    Weighted,
}

/// The mean of scores; nothing of nothing.
pub(crate) fn mean(scores: &[f64]) -> f64 {
    ratio(sum(scores.iter().copied()), scores.len() as f64)
}

/// The mean of scores in which each counts by its support.
pub(crate) fn mean_by_support(scores: &[f64], supports: &[f64]) -> f64 {
    let products = scores.iter().zip(supports).map(|(score, support)| score * support);
    ratio(sum(products), sum(supports.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_of_nothing_are_nothing() {
        assert_eq!(mean(&[]), 0.0);
        assert_eq!(mean(&[0.5, 1.0]), 0.75);
        assert_eq!(mean_by_support(&[0.5, 1.0], &[0.0, 0.0]), 0.0);
        assert_eq!(mean_by_support(&[0.5, 1.0], &[3.0, 1.0]), 0.625);
    }
}
