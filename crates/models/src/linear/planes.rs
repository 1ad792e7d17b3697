//! Scores that are sums of weighted cells: what linear models have learned.

use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::bounded;
use crate::ModelError;
use crate::check::sound;

/// Coefficients and an intercept for each score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Planes {
    width: usize,
    /// Column after column, a coefficient for each score.
    coefficients: Vec<f64>,
    /// One for each score.
    intercepts: Vec<f64>,
}

impl Planes {
    /// Of parameters as fits have them: a row for each column, the intercepts last, each of a number for each score, and
    /// by columns that were divided by `scales`.
    pub(super) fn scaled(parameters: &[f64], scores: usize, scales: &[f64]) -> Self {
        let width = scales.len();
        let (coefficients, intercepts) = parameters.split_at(width * scores);
        let of_column = |(weights, scale): (&[f64], &f64)| {
            let weights: Vec<f64> = weights.iter().map(|weight| bound(weight / scale)).collect();
            weights
        };
        let coefficients = coefficients.chunks_exact(scores).zip(scales).flat_map(of_column);
        let intercepts = intercepts.iter().copied().map(bound).collect();
        Self { width, coefficients: coefficients.collect(), intercepts }
    }

    /// Moves every intercept so that scores are those of rows less their `centres`.
    pub(super) fn centred(mut self, centres: &[f64]) -> Self {
        let columns = self.coefficients.chunks_exact(self.intercepts.len().max(1));
        for (weights, centre) in columns.zip(centres) {
            for (intercept, weight) in self.intercepts.iter_mut().zip(weights) {
                *intercept = bound(*intercept - weight * centre);
            }
        }
        self
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn intercepts(&self) -> &[f64] {
        &self.intercepts
    }

    /// The coefficient of each column, a row each, in each score.
    pub(super) fn coefficients(&self) -> ArrayView2<'_, f64> {
        let shape = (self.width, self.intercepts.len());
        // A shape that does not fit is refused by `check`.
        ArrayView2::from_shape(shape, &self.coefficients)
            .unwrap_or_else(|_| ArrayView2::from(&[[]; 0]))
    }

    /// The scores of rows: a row each.
    pub(super) fn scores(
        &self,
        rows: ArrayView2<'_, f64>,
        learner: &'static str,
    ) -> Result<Array2<f64>, ModelError> {
        let rows = bounded(rows, self.width, learner)?;
        let mut scores = rows.dot(&self.coefficients());
        for mut scores in scores.axis_iter_mut(Axis(0)) {
            scores.iter_mut().zip(&self.intercepts).for_each(|(score, add)| *score += add);
        }
        Ok(scores)
    }

    /// Whether it can have come of a fit, with so many scores.
    pub(super) fn check(&self, scores: usize) -> Result<(), ModelError> {
        sound(self.intercepts.len() == scores, "an intercept for each score")?;
        let expected = self.width.checked_mul(scores);
        sound(expected == Some(self.coefficients.len()), "a coefficient for each column")?;
        let is_bound = |value: &f64| value.abs() <= LARGEST;
        let mut values = self.coefficients.iter().chain(&self.intercepts);
        sound(values.all(is_bound), "coefficients are finite")
    }
}

/// No coefficient is larger: times the farthest cell it is finite.
const LARGEST: f64 = 1e150;

fn bound(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(-LARGEST, LARGEST) }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn scores_are_sums_of_weighted_cells() {
        let planes = Planes::scaled(&[2.0, 4.0, 3.0, 0.0, 10.0, 20.0], 2, &[2.0, 1.0]);
        assert_eq!(planes.coefficients(), array![[1.0, 2.0], [3.0, 0.0]]);
        let rows = array![[1.0, 1.0], [0.0, 2.0]];
        assert_eq!(planes.scores(rows.view(), "x").unwrap(), array![[14.0, 22.0], [16.0, 20.0]]);
        let centred = planes.centred(&[1.0, 1.0]);
        assert_eq!(centred.scores(rows.view(), "x").unwrap(), array![[10.0, 20.0], [12.0, 18.0]]);
    }

    #[test]
    fn forged_planes_are_unsound() {
        let planes = Planes::scaled(&[1.0, 2.0], 1, &[1.0]);
        planes.check(1).unwrap();
        assert!(planes.check(2).is_err());
        assert!(Planes { width: usize::MAX, ..planes.clone() }.check(1).is_err());
        assert!(Planes { coefficients: vec![f64::NAN], ..planes.clone() }.check(1).is_err());
        assert!(Planes { coefficients: vec![1e200], ..planes }.check(1).is_err());
    }
}
