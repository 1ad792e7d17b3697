//! Whether the class of a row is among those that score highest.

use ndarray::{ArrayView1, ArrayView2};

use crate::error::within;
use crate::score::checked_table;
use crate::{MetricError, Score};

/// How many rows have their class among the `k` that score highest.
///
/// Truth is in codes, which are the columns of the scores. Of classes that score the same the one with the larger
/// code goes first, as in scikit-learn. With `k` no less than the number of classes all rows have.
///
/// # Errors
/// If there are no rows or columns, not as many of each, a code has no column, a score or a weight is not one, or `k`
/// is 0.
///
/// ```
/// use ndarray::array;
///
/// let scores = array![[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]];
/// assert_eq!(netsift_metrics::top_k_accuracy(&[1, 1], scores.view(), 1, None)?, 0.5);
/// assert_eq!(netsift_metrics::top_k_accuracy(&[1, 1], scores.view(), 2, None)?, 1.0);
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
pub fn top_k_accuracy<S: Score>(
    truth: &[u32],
    scores: ArrayView2<'_, S>,
    k: usize,
    weights: Option<&[f64]>,
) -> Result<f64, MetricError> {
    within("k", k as f64, 1.0..=f64::INFINITY, "1 or more")?;
    let wrong = |row, column, value| MetricError::Score { row, column, value };
    let weights = checked_table(truth, scores, weights, f64::is_finite, wrong)?;
    let hits = truth.iter().zip(scores.rows());
    Ok(weights.mean(hits.map(|(class, row)| f64::from(place(row, *class as usize) < k))))
}

/// How many classes go before this one.
fn place<S: Score>(row: ArrayView1<'_, S>, class: usize) -> usize {
    let own: f64 = row[class].into();
    let is_before = |(other, score): &(usize, &S)| {
        let score: f64 = (**score).into();
        score > own || (score == own && *other > class)
    };
    row.iter().enumerate().filter(is_before).count()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn of_equal_scores_the_larger_code_goes_first() {
        let scores = array![[0.5_f32, 0.5, 0.5]];
        let hit = |class, k| top_k_accuracy(&[class], scores.view(), k, None).unwrap();
        assert_eq!([hit(2, 1), hit(1, 1), hit(1, 2), hit(0, 2), hit(0, 3)], [1., 0., 1., 0., 1.]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let scores = array![[0.5, f64::NAN]];
        let refused = top_k_accuracy(&[0], scores.view(), 1, None);
        assert!(matches!(refused, Err(MetricError::Score { row: 0, column: 1, .. })));
        let refused = top_k_accuracy(&[0], scores.view(), 0, None);
        assert!(matches!(refused, Err(MetricError::Setting { name: "k", .. })));
    }
}
