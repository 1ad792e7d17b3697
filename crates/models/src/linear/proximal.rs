//! The least of a loss and the sizes of coefficients, where many coefficients are 0: proximal steps in the metric of a bound
//! of the curvature, each solved column by column, with Nesterov's momentum, which starts anew where it leads uphill.

use ndarray::Array2;

use super::curvature::dot;
use super::lbfgs::{End, Smooth};
use super::softmax::Softmax;
use crate::ModelError;

/// Passes over the columns that solve a step: what is left is solved by the next one.
const MOST_PASSES: usize = 100;
/// A pass that moves nothing by more than this, of what the first one moved, is the last.
const STILL: f64 = 1e-3;
/// How much less than the bound the curvature is hoped to be at each next step; twice as much where it was hoped wrong.
const HOPE: f64 = 0.8;
/// So much of the bound is always left.
const LEAST_SHARE: f64 = 1e-4;

/// Goes from `at` to the least of the loss and of `lasso` times the sizes of each column's coefficients.
pub(super) fn least_sparse(
    loss: &Softmax<'_, '_>,
    lasso: &[f64],
    at: &mut Vec<f64>,
    tolerance: f64,
    most_steps: usize,
) -> Result<End, ModelError> {
    let metric = Metric::new(loss, lasso);
    let mut gradient = vec![0.0; at.len()];
    let mut value = loss.value(at, &mut gradient) + metric.cost(at);
    let (mut ahead, mut pace, mut share) = (at.clone(), 1.0_f64, 1.0_f64);
    for steps in 0..most_steps {
        if value.is_finite() && metric.size(at, &gradient) <= tolerance {
            return Ok(End { steps, is_least: true });
        }
        let ahead_value = loss.value(&ahead, &mut gradient);
        share = (share * HOPE).max(LEAST_SHARE);
        let mut next_gradient = vec![0.0; at.len()];
        let (next, next_value) = loop {
            let next = metric.step(&ahead, &gradient, at, share);
            let next_value = loss.value(&next, &mut next_gradient);
            let promised = ahead_value + metric.model(&ahead, &next, &gradient, share);
            if next_value <= promised + ROUNDING * promised.abs() || share >= 1.0 {
                break (next, next_value);
            }
            share = (share * 2.0).min(1.0);
        };
        let next_value = next_value + metric.cost(&next);
        loss.told(steps + 1)?;
        if next_value > value && pace > 1.0 {
            // Uphill: without momentum the next step leads down.
            (ahead, pace) = (at.clone(), 1.0);
            loss.value(at, &mut gradient);
            continue;
        }
        let next_pace = f64::midpoint(1.0, (1.0 + 4.0 * pace * pace).sqrt());
        let momentum = (pace - 1.0) / next_pace;
        ahead = next.iter().zip(&*at).map(|(next, at)| next + momentum * (next - at)).collect();
        (*at, gradient, value, pace) = (next, next_gradient, next_value, next_pace);
    }
    let is_least = value.is_finite() && metric.size(at, &gradient) <= tolerance;
    Ok(End { steps: most_steps, is_least })
}

/// Values nearer than this share of them differ by rounding.
const ROUNDING: f64 = 1e-15;

/// What bends the loss at most, and what sizes cost.
struct Metric<'a> {
    /// The bound's diagonal.
    diagonal: Vec<f64>,
    /// All of it, unless there are too many columns: then the diagonal alone is a bound.
    bound: Option<Array2<f64>>,
    lasso: &'a [f64],
    scores: usize,
}

impl<'a> Metric<'a> {
    fn new(loss: &Softmax<'_, '_>, lasso: &'a [f64]) -> Self {
        let bound = loss.bound();
        // No sum of scaled columns varies by more than all of them together.
        let all = lasso.len() as f64 * loss.steepest();
        let apart = || loss.ridge().iter().map(|ridge| all + ridge).collect();
        let diagonal = bound.as_ref().map_or_else(apart, |bound| bound.diag().to_vec());
        Self { diagonal, bound, lasso, scores: loss.scores() }
    }

    /// What the sizes of coefficients cost.
    fn cost(&self, at: &[f64]) -> f64 {
        let columns = at.chunks_exact(self.scores).zip(self.lasso);
        columns.map(|(at, lasso)| lasso * at.iter().map(|at| at.abs()).sum::<f64>()).sum()
    }

    /// The steepest slope that leads down, sizes included.
    fn size(&self, at: &[f64], gradient: &[f64]) -> f64 {
        let columns = at.chunks_exact(self.scores).zip(gradient.chunks_exact(self.scores));
        let slope = |at: f64, slope: f64, lasso: f64| {
            if at == 0.0 { slope.abs() - lasso } else { (slope + lasso * at.signum()).abs() }
        };
        columns.zip(self.lasso).fold(0.0, |size, ((at, slopes), lasso)| {
            at.iter().zip(slopes).fold(size, |size, (at, by)| slope(*at, *by, *lasso).max(size))
        })
    }

    /// By how much the metric says that the loss is higher at the one than at the other.
    fn model(&self, from: &[f64], to: &[f64], gradient: &[f64], share: f64) -> f64 {
        let way: Vec<f64> = to.iter().zip(from).map(|(to, from)| to - from).collect();
        let bends: f64 = (0..self.scores)
            .map(|score| {
                let way: Vec<f64> = way.iter().skip(score).step_by(self.scores).copied().collect();
                dot(&self.bent(&way), &way)
            })
            .sum();
        dot(gradient, &way) + 0.5 * share * bends
    }

    /// The least of the metric around `from` with sizes, looked for from `start` on.
    fn step(&self, from: &[f64], gradient: &[f64], start: &[f64], share: f64) -> Vec<f64> {
        let mut least = start.to_vec();
        for score in 0..self.scores {
            let of_score = |values: &[f64]| -> Vec<f64> {
                values.iter().skip(score).step_by(self.scores).copied().collect()
            };
            let mut at = of_score(start);
            let way: Vec<f64> = at.iter().zip(of_score(from)).map(|(at, from)| at - from).collect();
            let bends = self.bent(&way);
            let mut slopes = of_score(gradient);
            slopes.iter_mut().zip(bends).for_each(|(slope, bend)| *slope += share * bend);
            self.descend(&mut at, &mut slopes, share);
            let places = least.iter_mut().skip(score).step_by(self.scores);
            places.zip(at).for_each(|(least, at)| *least = at);
        }
        least
    }

    /// Column after column, until nothing moves.
    fn descend(&self, at: &mut [f64], slopes: &mut [f64], share: f64) {
        let mut first = 0.0;
        for pass in 0..MOST_PASSES {
            let moved = (0..at.len()).fold(0.0, |moved: f64, column| {
                let bend = share * self.diagonal[column];
                if bend <= 0.0 {
                    return moved;
                }
                let goal = at[column] - slopes[column] / bend;
                let next = goal.signum() * (goal.abs() - self.lasso[column] / bend).max(0.0);
                let way = next - at[column];
                if way != 0.0 {
                    at[column] = next;
                    self.follow(slopes, column, share * way);
                }
                moved.max(way.abs() * bend.sqrt())
            });
            if pass == 0 {
                first = moved;
            }
            if moved <= STILL * first {
                return;
            }
        }
    }

    fn follow(&self, slopes: &mut [f64], column: usize, way: f64) {
        match &self.bound {
            Some(bound) => {
                let bends = bound.row(column);
                slopes.iter_mut().zip(bends).for_each(|(slope, bend)| *slope += way * bend);
            }
            None => slopes[column] += way * self.diagonal[column],
        }
    }

    /// How the gradient changes along a way.
    fn bent(&self, way: &[f64]) -> Vec<f64> {
        match &self.bound {
            Some(bound) => bound
                .outer_iter()
                .map(|bends| dot(bends.to_slice().unwrap_or_default(), way))
                .collect(),
            None => way.iter().zip(&self.diagonal).map(|(way, bend)| way * bend).collect(),
        }
    }
}
