//! How probable a class is at a score (Platt, 1999), fitted by Newton's method as Lin, Lin and Weng (2007) advise.

use serde::{Deserialize, Serialize};

use crate::ModelError;
use crate::check::sound;

/// A curve from scores to probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sigmoid {
    /// How fast the logarithm of the odds falls with the score; mostly below 0.
    slope: f64,
    /// The logarithm of the odds against the class at score 0.
    shift: f64,
}

const MOST_STEPS: usize = 100;
const MOST_HALVINGS: usize = 50;
/// Added to the curvature, which scores that are all the same leave without an inverse.
const RIDGE: f64 = 1e-12;
/// A gradient below this, of weights that sum up to 1, is none.
const TOLERANCE: f64 = 1e-9;
/// No number of a curve is larger: times any score it is no number only where the score is none.
const LARGEST: f64 = 1e100;

impl Sigmoid {
    /// The curve that makes the signs (1 for the class, else -1) of rows most probable. Each side is taken to have one
    /// row more on the other: scores that part the rows without error leave no curve too steep.
    pub(crate) fn of(scores: &[f64], signs: &[f64], weights: &[f64]) -> Self {
        let sum = |sign: f64| -> f64 {
            let own = signs.iter().zip(weights).filter(|(of, _)| **of == sign);
            own.map(|(_, weight)| weight).sum()
        };
        let (ours, theirs) = (sum(1.0), sum(-1.0));
        let targets = [(ours + 1.0) / (ours + 2.0), 1.0 / (theirs + 2.0)];
        let share = (ours + theirs).recip();
        let of_row = |((&score, &sign), &weight): ((&f64, &f64), &f64)| Row {
            score,
            target: if sign > 0.0 { targets[0] } else { targets[1] },
            weight: weight * share,
        };
        let rows: Vec<Row> = scores.iter().zip(signs).zip(weights).map(of_row).collect();
        let mut curve = Self { slope: 0.0, shift: ((theirs + 1.0) / (ours + 1.0)).ln() };
        let mut loss = curve.loss(&rows);
        for _ in 0..MOST_STEPS {
            let Some(step) = curve.step(&rows) else { break };
            let Some(next) = curve.lower(&rows, step, loss) else { break };
            (curve, loss) = next;
        }
        curve
    }

    /// How probable the class is at this score.
    pub(crate) fn probability(&self, score: f64) -> f64 {
        let against = self.slope * score + self.shift;
        if against.is_nan() { 0.5 } else { 1.0 / (1.0 + against.exp()) }
    }

    /// The logarithm of the odds of the class: so much for each of the score, and so much more.
    pub(crate) fn line(&self) -> (f64, f64) {
        (-self.slope, -self.shift)
    }

    /// Whether it can have come of a fit.
    pub(crate) fn check(&self) -> Result<(), ModelError> {
        let is_bound = self.slope.abs() <= LARGEST && self.shift.abs() <= LARGEST;
        sound(is_bound, "a sigmoid is of finite numbers")
    }

    fn loss(&self, rows: &[Row]) -> f64 {
        let loss = |row: &Row| {
            let against = self.slope * row.score + self.shift;
            row.weight
                * (against.max(0.0) - (1.0 - row.target) * against + (-against.abs()).exp().ln_1p())
        };
        rows.iter().map(loss).sum()
    }

    /// Newton's step, or nothing at the least.
    fn step(&self, rows: &[Row]) -> Option<Step> {
        let mut gradient = [0.0; 2];
        let mut bends = [RIDGE, 0.0, RIDGE];
        for row in rows {
            let likely = self.probability(row.score);
            let slope = row.weight * (row.target - likely);
            let bend = row.weight * likely * (1.0 - likely);
            gradient[0] += slope * row.score;
            gradient[1] += slope;
            bends[0] += bend * row.score * row.score;
            bends[1] += bend * row.score;
            bends[2] += bend;
        }
        if gradient.iter().all(|slope| slope.abs() <= TOLERANCE) {
            return None;
        }
        let determinant = bends[0] * bends[2] - bends[1] * bends[1];
        let slope = (bends[1] * gradient[1] - bends[2] * gradient[0]) / determinant;
        let shift = (bends[1] * gradient[0] - bends[0] * gradient[1]) / determinant;
        Some(Step { slope, shift, falls: slope * gradient[0] + shift * gradient[1] })
    }

    /// As far along a step as the loss gets lower.
    fn lower(&self, rows: &[Row], step: Step, loss: f64) -> Option<(Self, f64)> {
        let mut length = 1.0;
        for _ in 0..MOST_HALVINGS {
            let next = Self {
                slope: self.slope + length * step.slope,
                shift: self.shift + length * step.shift,
            };
            let next_loss = next.loss(rows);
            if next_loss < loss + 1e-4 * length * step.falls && next.check().is_ok() {
                return Some((next, next_loss));
            }
            length /= 2.0;
        }
        None
    }
}

struct Row {
    score: f64,
    target: f64,
    weight: f64,
}

struct Step {
    slope: f64,
    shift: f64,
    falls: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_rise_with_scores_of_the_class() {
        let scores: Vec<f64> = (-50..50).map(|score| f64::from(score) / 10.0).collect();
        let signs: Vec<f64> = scores.iter().map(|&score| (score - 1.0).signum()).collect();
        let curve = Sigmoid::of(&scores, &signs, &[1.0; 100]);
        assert!(curve.probability(0.0) < 0.2 && curve.probability(2.0) > 0.8, "{curve:?}");
        assert!((curve.probability(0.95) - 0.5).abs() < 0.1, "{curve:?}");
    }

    /// As scikit-learn 1.9.1 answers (`_sigmoid_calibration`).
    #[test]
    fn curves_are_those_of_others() {
        let scores = [1.5, 0.3, -0.2, 2.0, -1.0, 0.1, -2.0, 0.7];
        let signs = [1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0];
        let plain = Sigmoid::of(&scores, &signs, &[1.0; 8]);
        let weighted = Sigmoid::of(&scores, &signs, &[1.0, 2.0, 1.0, 1.0, 3.0, 1.0, 1.0, 2.0]);
        for (found, expected) in [
            (plain.slope, -0.766_373_8),
            (plain.shift, 0.146_814_77),
            (weighted.slope, -0.939_512_54),
            (weighted.shift, 0.420_858_9),
        ] {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
    }

    #[test]
    fn weights_count_as_rows() {
        let (scores, signs) = ([0.3, -0.2, 1.0, -1.0], [1.0, 1.0, 1.0, -1.0]);
        let weighted = Sigmoid::of(&scores, &signs, &[1.0, 2.0, 1.0, 3.0]);
        let scores = [0.3, -0.2, -0.2, 1.0, -1.0, -1.0, -1.0];
        let signs = [1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0];
        let repeated = Sigmoid::of(&scores, &signs, &[1.0; 7]);
        assert!((weighted.slope - repeated.slope).abs() < 1e-6, "{weighted:?} {repeated:?}");
        assert!((weighted.shift - repeated.shift).abs() < 1e-6, "{weighted:?} {repeated:?}");
    }

    #[test]
    fn scores_that_tell_nothing_give_shares() {
        let curve = Sigmoid::of(&[2.0; 4], &[1.0, 1.0, 1.0, -1.0], &[1.0; 4]);
        // One row more on each side.
        let expected = (3.0 * 0.8 + 1.0 / 3.0) / 4.0;
        assert!((curve.probability(2.0) - expected).abs() < 1e-6, "{curve:?}");
        for scores in [[1e300, -1e300], [f64::NAN, 1.0]] {
            let curve = Sigmoid::of(&scores, &[1.0, -1.0], &[1.0; 2]);
            curve.check().unwrap();
            assert!((0.0..=1.0).contains(&curve.probability(0.0)));
        }
    }
}
