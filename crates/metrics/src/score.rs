//! What models give: scores and probabilities, of either width.

use ndarray::ArrayView2;

use crate::error::same_rows;
use crate::labels::{class_count, known};
use crate::{MetricError, weights::Weights};

/// A number that a model gives: `f32` or `f64`.
pub trait Score: sealed::Number {}

impl Score for f32 {}
impl Score for f64 {}

pub(crate) mod sealed {
    /// What is asked of both widths.
    pub trait Number: Copy + Into<f64> {
        /// Bits that are ordered as the numbers are. Sorting them needs no comparison of floats.
        type Bits: Copy + Ord + Send;
        /// The distance from 1 to the next number.
        const EPSILON: f64;

        /// Of a number that is not NaN; both zeros are the same.
        fn to_bits(self) -> Self::Bits;
        /// The number back.
        fn of_bits(bits: Self::Bits) -> f64;
    }

    macro_rules! number {
        ($float:ty, $bits:ty) => {
            impl Number for $float {
                type Bits = $bits;
                const EPSILON: f64 = <$float>::EPSILON as f64;

                #[inline]
                fn to_bits(self) -> $bits {
                    const SIGN: $bits = 1 << (<$bits>::BITS - 1);
                    let bits = <$float>::to_bits(self + 0.0);
                    if bits & SIGN == 0 { bits | SIGN } else { !bits }
                }

                #[inline]
                fn of_bits(bits: $bits) -> f64 {
                    const SIGN: $bits = 1 << (<$bits>::BITS - 1);
                    let bits = if bits & SIGN == 0 { !bits } else { bits & !SIGN };
                    <$float>::from_bits(bits).into()
                }
            }
        };
    }

    number!(f32, u32);
    number!(f64, u64);
}

/// Refuses scores that are infinite or not a number, and other than one a row.
pub(crate) fn checked_scores<S: Score>(rows: usize, scores: &[S]) -> Result<(), MetricError> {
    same_rows("scores", rows, scores.len())?;
    match scores.iter().position(|score| !(*score).into().is_finite()) {
        Some(row) => Err(MetricError::Score { row, column: 0, value: scores[row].into() }),
        None => Ok(()),
    }
}

/// Refuses what is no probability, and other than one a row.
pub(crate) fn checked_probabilities<S: Score>(rows: usize, given: &[S]) -> Result<(), MetricError> {
    same_rows("probabilities", rows, given.len())?;
    match given.iter().position(|value| !is_probability((*value).into())) {
        Some(row) => Err(MetricError::Probability { row, column: 0, value: given[row].into() }),
        None => Ok(()),
    }
}

pub(crate) fn is_probability(value: f64) -> bool {
    (0.0..=1.0).contains(&value)
}

/// A table of a row for each code and a column for each class, its cells as `is_right` wants them, and weights.
pub(crate) fn checked_table<'a, S: Score>(
    truth: &[u32],
    table: ArrayView2<'_, S>,
    weights: Option<&'a [f64]>,
    is_right: fn(f64) -> bool,
    wrong: fn(usize, usize, f64) -> MetricError,
) -> Result<Weights<'a>, MetricError> {
    same_rows("table", truth.len(), table.nrows())?;
    class_count(table.ncols())?;
    known("truth", truth, table.ncols())?;
    for ((row, column), value) in table.indexed_iter() {
        if !is_right((*value).into()) {
            return Err(wrong(row, column, (*value).into()));
        }
    }
    Weights::checked(weights, truth.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::sealed::Number;
    use super::*;

    #[test]
    fn zeros_are_the_same() {
        assert_eq!(Number::to_bits(-0.0_f64), Number::to_bits(0.0_f64));
        assert_eq!(Number::to_bits(-0.0_f32), Number::to_bits(0.0_f32));
    }

    #[test]
    fn what_is_no_score_is_refused() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let refused = checked_scores(2, &[0.0, value]);
            assert!(matches!(refused, Err(MetricError::Score { row: 1, column: 0, .. })));
            let refused = checked_probabilities(2, &[0.0, value]);
            assert!(matches!(refused, Err(MetricError::Probability { row: 1, column: 0, .. })));
        }
        for value in [-1e-9_f32, 1.000_001] {
            assert!(checked_probabilities(1, &[value]).is_err());
        }
    }

    proptest! {
        #[test]
        fn bits_are_ordered_as_numbers_are(a: f64, b: f64) {
            prop_assert_eq!(Number::to_bits(a).cmp(&Number::to_bits(b)), a.partial_cmp(&b).unwrap());
            prop_assert_eq!(f64::of_bits(Number::to_bits(a)), a);
            let (a, b) = (a as f32, b as f32);
            prop_assert_eq!(Number::to_bits(a).cmp(&Number::to_bits(b)), a.partial_cmp(&b).unwrap());
            prop_assert_eq!(f32::of_bits(Number::to_bits(a)), f64::from(a));
        }
    }
}
