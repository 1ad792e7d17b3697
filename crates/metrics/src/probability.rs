//! How good probabilities are: log loss and Brier score.

use ndarray::ArrayView2;

use crate::score::{checked_probabilities, checked_table, is_probability};
use crate::weights::Weights;
use crate::{MetricError, Score};

/// The mean of minus the logarithm of the probability that the class of each row was given.
///
/// Truth is in codes, which are the columns of the probabilities. These are taken as they are, also where a row does
/// not sum to 1; those nearer to 0 or 1 than the precision of their type are moved that far away, so that one wrong
/// certainty costs much but not everything. Logarithms are taken in `f64` for either type.
///
/// # Errors
/// If there are no rows or columns, not as many of each, a code has no column, or a probability or a weight is not one.
///
/// ```
/// use ndarray::array;
///
/// let probabilities = array![[0.9, 0.1], [0.5, 0.5]];
/// let loss = netsift_metrics::log_loss(&[0, 1], probabilities.view(), None)?;
/// assert!((loss + (0.9_f64.ln() + 0.5_f64.ln()) / 2.0).abs() < 1e-15);
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
pub fn log_loss<S: Score>(
    truth: &[u32],
    probabilities: ArrayView2<'_, S>,
    weights: Option<&[f64]>,
) -> Result<f64, MetricError> {
    let weights = checked(truth, probabilities, weights)?;
    let losses = truth.iter().zip(probabilities.rows());
    Ok(weights.mean(losses.map(|(class, row)| loss::<S>(row[*class as usize].into()))))
}

/// [`log_loss`] of rows that are positive or not, with the probability of being positive.
///
/// # Errors
/// Those of [`log_loss`].
pub fn log_loss_binary<S: Score>(
    truth: &[bool],
    probabilities: &[S],
    weights: Option<&[f64]>,
) -> Result<f64, MetricError> {
    let weights = checked_binary(truth, probabilities, weights)?;
    let losses = truth.iter().zip(probabilities).map(|(is_positive, probability)| {
        let positive: f64 = (*probability).into();
        loss::<S>(if *is_positive { positive } else { 1.0 - positive })
    });
    Ok(weights.mean(losses))
}

/// The mean squared distance between probabilities and what was: summed over classes, 0 to 2; with two classes half of
/// that, which is the squared distance of either.
///
/// # Errors
/// Those of [`log_loss`].
pub fn brier<S: Score>(
    truth: &[u32],
    probabilities: ArrayView2<'_, S>,
    weights: Option<&[f64]>,
) -> Result<f64, MetricError> {
    let weights = checked(truth, probabilities, weights)?;
    let losses = truth.iter().zip(probabilities.rows()).map(|(class, row)| {
        let distances = row.iter().enumerate().map(|(column, probability)| {
            let was = f64::from(column == *class as usize);
            (was - (*probability).into()).powi(2)
        });
        distances.sum::<f64>()
    });
    let score = weights.mean(losses);
    Ok(if probabilities.ncols() == 2 { score / 2.0 } else { score })
}

/// [`brier`] of rows that are positive or not, with the probability of being positive: 0 to 1.
///
/// # Errors
/// Those of [`log_loss`].
pub fn brier_binary<S: Score>(
    truth: &[bool],
    probabilities: &[S],
    weights: Option<&[f64]>,
) -> Result<f64, MetricError> {
    let weights = checked_binary(truth, probabilities, weights)?;
    let losses = truth.iter().zip(probabilities);
    Ok(weights.mean(losses.map(|(is, of)| (f64::from(*is) - (*of).into()).powi(2))))
}

fn checked<'a, S: Score>(
    truth: &[u32],
    probabilities: ArrayView2<'_, S>,
    weights: Option<&'a [f64]>,
) -> Result<Weights<'a>, MetricError> {
    let wrong = |row, column, value| MetricError::Probability { row, column, value };
    checked_table(truth, probabilities, weights, is_probability, wrong)
}

fn checked_binary<'a, S: Score>(
    truth: &[bool],
    probabilities: &[S],
    weights: Option<&'a [f64]>,
) -> Result<Weights<'a>, MetricError> {
    checked_probabilities(truth.len(), probabilities)?;
    Weights::checked(weights, truth.len())
}

fn loss<S: Score>(probability: f64) -> f64 {
    -probability.clamp(S::EPSILON, 1.0 - S::EPSILON).ln()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn wrong_certainty_costs_what_the_type_can_tell() {
        let wide = log_loss_binary(&[true, false], &[0.0, 1.0], None).unwrap();
        assert_eq!(wide, -f64::EPSILON.ln());
        let narrow = log_loss_binary(&[true, false], &[0.0_f32, 1.0], None).unwrap();
        assert_eq!(narrow, -f64::from(f32::EPSILON).ln());
        let sure = log_loss(&[0], array![[1.0_f32, 0.0]].view(), None).unwrap();
        assert_eq!(sure, -(1.0 - f64::from(f32::EPSILON)).ln());
    }

    #[test]
    fn a_column_and_a_table_of_two_say_the_same() {
        let (truth, codes) = ([true, false, true], [1, 0, 1]);
        let table = array![[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]];
        let column = table.column(1).to_vec();
        let binary = brier_binary(&truth, &column, None);
        assert_eq!(binary, brier(&codes, table.view(), None));
        assert_eq!(log_loss_binary(&truth, &column, None), log_loss(&codes, table.view(), None));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let table = array![[0.5, 0.5], [0.5, 1.5]];
        let wrong = MetricError::Probability { row: 1, column: 1, value: 1.5 };
        assert_eq!(brier(&[0, 0], table.view(), None), Err(wrong));
        let unknown = MetricError::UnknownLabel { what: "truth", row: 0, classes: 2 };
        assert_eq!(log_loss(&[2, 0], table.view(), None), Err(unknown));
        let length = MetricError::Length { what: "table", expected: 1, found: 2 };
        assert_eq!(log_loss(&[0], table.view(), None), Err(length));
        let columns = ndarray::Array2::<f64>::zeros((1, 0));
        assert_eq!(log_loss(&[0], columns.view(), None), Err(MetricError::NoClasses));
        assert_eq!(brier_binary::<f64>(&[], &[], None), Err(MetricError::Empty));
    }
}
