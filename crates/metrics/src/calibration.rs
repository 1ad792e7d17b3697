//! Whether rows that were given a probability come true as often.

use serde::{Deserialize, Serialize};

use crate::error::within;
use crate::score::checked_probabilities;
use crate::weights::Weights;
use crate::{MetricError, Score, Sum};

/// More bins than this show nothing that rows would not.
const MAX_BINS: usize = 10_000;

/// How 0 to 1 is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Bins {
    /// Into so many of the same width.
    Uniform(usize),
    /// Into so many of the same number of rows, as far as rows of the same probability allow.
    Quantile(usize),
}

/// The rows whose probabilities lie in one bin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Their mean probability of being positive.
    pub predicted: f64,
    /// How many of them are.
    pub observed: f64,
    /// How many rows, by weight.
    pub rows: f64,
}

/// The bins that have rows, from low to high probabilities. A bin takes its upper end and leaves its lower end to
/// the one below.
///
/// Edges of quantile bins lie between rows as if a row of weight 3 stood there three times: weights are read as numbers
/// of rows, and edges are poor if they add up to a few.
///
/// # Errors
/// If there are no rows, not as many of each, a probability or a weight is not one, or there are no bins or more than
/// 10,000.
///
/// ```
/// use netsift_metrics::{Bins, calibration};
///
/// let bins = calibration(&[false, true, true], &[0.25, 0.75, 1.0], Bins::Uniform(2), None)?;
/// assert_eq!((bins[0].predicted, bins[0].observed), (0.25, 0.0));
/// assert_eq!((bins[1].predicted, bins[1].observed), (0.875, 1.0));
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
pub fn calibration<S: Score>(
    truth: &[bool],
    probabilities: &[S],
    bins: Bins,
    weights: Option<&[f64]>,
) -> Result<Vec<CalibrationBin>, MetricError> {
    checked_probabilities(truth.len(), probabilities)?;
    let weights = Weights::checked(weights, truth.len())?;
    let edges = match bins {
        Bins::Uniform(count) => inner_edges(count)?,
        Bins::Quantile(count) => quantiles(probabilities, &weights, &inner_edges(count)?),
    };
    let mut sums = vec![Bin::default(); edges.len() + 1];
    for (row, (is_positive, probability)) in truth.iter().zip(probabilities).enumerate() {
        let probability: f64 = (*probability).into();
        let bin = edges.partition_point(|edge| *edge < probability);
        sums[bin].add(*is_positive, probability, weights.of(row));
    }
    Ok(sums.into_iter().filter_map(Bin::mean).collect())
}

#[derive(Clone, Copy, Default)]
struct Bin {
    rows: Sum,
    positives: Sum,
    probabilities: Sum,
}

impl Bin {
    fn add(&mut self, is_positive: bool, probability: f64, weight: f64) {
        self.rows.add(weight);
        self.positives.add(f64::from(is_positive) * weight);
        self.probabilities.add(probability * weight);
    }

    fn mean(self) -> Option<CalibrationBin> {
        let rows = self.rows.value();
        (rows > 0.0).then(|| CalibrationBin {
            predicted: self.probabilities.value() / rows,
            observed: self.positives.value() / rows,
            rows,
        })
    }
}

/// The ends of bins of the same width, without 0 and 1: multiples of one width, as NumPy spaces them.
fn inner_edges(bins: usize) -> Result<Vec<f64>, MetricError> {
    let rule = "1 to 10000";
    let count = within("number of bins", bins as f64, 1.0..=MAX_BINS as f64, rule)?;
    let width = 1.0 / count;
    Ok((1..bins).map(|edge| edge as f64 * width).collect())
}

/// The probabilities below which such shares of the rows lie, straight between rows.
fn quantiles<S: Score>(probabilities: &[S], weights: &Weights<'_>, shares: &[f64]) -> Vec<f64> {
    let rows = probabilities.iter().enumerate();
    let mut sorted: Vec<(f64, f64)> =
        rows.map(|(row, probability)| ((*probability).into(), weights.of(row))).collect();
    sorted.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    // Where each row ends, if rows are laid out one behind the other.
    let mut end = Sum::default();
    for (_, weight) in &mut sorted {
        end.add(*weight);
        *weight = end.value();
    }
    let at = |place: f64| {
        let row = sorted.partition_point(|(_, end)| *end <= place);
        sorted[row.min(sorted.len() - 1)].0
    };
    let last = (weights.total() - 1.0).max(0.0);
    // Shares go through percents and back, as they do where these edges come from: rounding decides ties.
    let places = shares.iter().map(|share| share * 100.0 / 100.0 * last);
    places.map(|place| between(at(place.floor()), at(place.floor() + 1.0), place.fract())).collect()
}

/// The number that lies a part of the way from one to the other.
fn between(low: f64, high: f64, part: f64) -> f64 {
    if part < 0.5 { low + (high - low) * part } else { high - (high - low) * (1.0 - part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_take_their_upper_end() {
        let bins = calibration(&[true; 3], &[0.5, 0.5, 0.75], Bins::Uniform(2), None).unwrap();
        assert_eq!(bins.iter().map(|bin| bin.rows).collect::<Vec<_>>(), [2.0, 1.0]);
        let zero = calibration(&[true], &[0.0], Bins::Uniform(3), None).unwrap();
        assert_eq!(zero.len(), 1);
    }

    #[test]
    fn quantile_bins_have_as_many_rows() {
        let probabilities: Vec<f32> = (0..100).map(|row| (row as f32 / 100.0).powi(3)).collect();
        let bins = calibration(&[false; 100], &probabilities, Bins::Quantile(4), None).unwrap();
        assert_eq!(bins.iter().map(|bin| bin.rows).collect::<Vec<_>>(), [25.0; 4]);
    }

    #[test]
    fn numbers_of_bins_have_limits() {
        for bins in [0, MAX_BINS + 1, usize::MAX] {
            for bins in [Bins::Uniform(bins), Bins::Quantile(bins)] {
                let refused = calibration(&[true], &[0.5], bins, None);
                assert!(matches!(refused, Err(MetricError::Setting { .. })));
            }
        }
    }

    #[test]
    fn weights_that_add_up_to_less_than_a_row_do_no_harm() {
        let bins = calibration(&[true, false], &[0.2, 0.4], Bins::Quantile(3), Some(&[0.1, 0.2]));
        assert_eq!(bins.unwrap().iter().map(|bin| bin.rows).sum::<f64>(), 0.1 + 0.2);
    }
}
