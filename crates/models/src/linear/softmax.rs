//! How badly weighted sums of cells tell the classes: the loss of logistic regression, and its gradient.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, Slice};

use super::BLOCK_ROWS;
use super::curvature::{WIDEST, add_products, dot};
use super::lbfgs::Smooth;
use super::parts::in_parts;
use super::present::Present;
use crate::{ModelError, Training};

/// Parts of the rows whose sums are added in order: as many as threads can share, and no more, since each has a gradient.
const PARTS: usize = 16;

/// The mean loss of rows, and what large coefficients cost.
pub(super) struct Softmax<'a, 't> {
    training: &'a Training<'t>,
    present: &'a Present,
    /// One over the sum of weights.
    share: f64,
    /// Half the cost of the square of a coefficient of each column.
    ridge: Vec<f64>,
    most_steps: usize,
}

impl<'a, 't> Softmax<'a, 't> {
    /// The loss on rows with ones in their last column, where a square of a coefficient costs half the `ridge` of its
    /// column.
    pub(super) fn new(
        training: &'a Training<'t>,
        present: &'a Present,
        ridge: Vec<f64>,
        most_steps: usize,
    ) -> Self {
        let share = present.weights.iter().sum::<f64>().recip();
        Self { training, present, share, ridge, most_steps }
    }

    /// How many scores a row gets: one tells two classes.
    pub(super) fn scores(&self) -> usize {
        if self.present.known.len() == 2 { 1 } else { self.present.known.len() }
    }

    /// The largest curvature that the coefficients of one score can have (Böhning, 1992), unless there are too many
    /// columns.
    pub(super) fn bound(&self) -> Option<Array2<f64>> {
        let width = self.ridge.len();
        if width > WIDEST {
            return None;
        }
        let mut bound = Array2::zeros((width, width));
        let most = self.steepest() * self.share;
        let weights = self.present.weights.iter().map(|weight| weight * most);
        add_products(&mut bound, &self.present.rows, weights.enumerate());
        bound.diag_mut().iter_mut().zip(&self.ridge).for_each(|(cell, ridge)| *cell += ridge);
        Some(bound)
    }

    /// The largest curvature of the loss of a row by one of its scores.
    pub(super) fn steepest(&self) -> f64 {
        if self.scores() == 1 { 0.25 } else { 0.5 }
    }

    /// Half the cost of the square of a coefficient of each column.
    pub(super) fn ridge(&self) -> &[f64] {
        &self.ridge
    }

    pub(super) fn told(&self, steps: usize) -> Result<(), ModelError> {
        self.training.progress(steps, self.most_steps)
    }

    /// The loss of some rows, their gradient added to `gradient`.
    fn loss(&self, first: usize, end: usize, at: &[f64], gradient: &mut [f64]) -> f64 {
        if self.scores() == 1 {
            self.loss_of_two(first, end, at, gradient)
        } else {
            self.loss_of_many(first, end, at, gradient)
        }
    }

    fn loss_of_two(&self, first: usize, end: usize, at: &[f64], gradient: &mut [f64]) -> f64 {
        let mut loss = 0.0;
        let rows = self.present.rows.slice_axis(Axis(0), Slice::from(first..end));
        let facts = self.present.places[first..end].iter().zip(&self.present.weights[first..end]);
        for (row, (&place, weight)) in rows.outer_iter().zip(facts) {
            let row = row.to_slice().unwrap_or_default();
            let score = dot(row, at);
            let small = (-score.abs()).exp();
            let is_second = if place == 1 { 1.0 } else { 0.0 };
            let likely = if score >= 0.0 { 1.0 } else { small } / (1.0 + small);
            loss += weight * (score.max(0.0) - is_second * score + small.ln_1p());
            let residual = weight * self.share * (likely - is_second);
            gradient.iter_mut().zip(row).for_each(|(slope, cell)| *slope += residual * cell);
        }
        loss
    }

    fn loss_of_many(&self, first: usize, end: usize, at: &[f64], gradient: &mut [f64]) -> f64 {
        let (width, count) = (self.ridge.len(), self.scores());
        let (Ok(at), Ok(mut gradient)) = (
            ArrayView2::from_shape((width, count), at),
            ArrayViewMut2::from_shape((width, count), gradient),
        ) else {
            return f64::NAN;
        };
        let mut loss = 0.0;
        let mut scores = Array2::zeros((BLOCK_ROWS, count));
        for start in (first..end).step_by(BLOCK_ROWS) {
            let rows = start..end.min(start + BLOCK_ROWS);
            let block = self.present.rows.slice_axis(Axis(0), Slice::from(rows.clone()));
            let mut scores = scores.slice_axis_mut(Axis(0), Slice::from(..rows.len()));
            general_mat_mul(1.0, &block, &at, 0.0, &mut scores);
            let facts = self.present.places[rows.clone()].iter().zip(&self.present.weights[rows]);
            for (mut scores, (&place, weight)) in scores.outer_iter_mut().zip(facts) {
                let Some(scores) = scores.as_slice_mut() else { continue };
                loss += weight * residuals(scores, place, weight * self.share);
            }
            general_mat_mul(1.0, &block.t(), &scores, 1.0, &mut gradient);
        }
        loss
    }
}

/// Turns the scores of a row into what its probabilities are too much, times a weight, and tells its loss.
fn residuals(scores: &mut [f64], place: usize, weight: f64) -> f64 {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let own = scores[place] - top;
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - top).exp();
        sum += *score;
    }
    let factor = weight / sum;
    scores.iter_mut().for_each(|score| *score *= factor);
    scores[place] -= weight;
    sum.ln() - own
}

impl Smooth for Softmax<'_, '_> {
    fn value(&self, at: &[f64], gradient: &mut [f64]) -> f64 {
        let count = self.scores();
        let part = self.present.len().div_ceil(PARTS).max(1);
        let sums = in_parts(self.training.thread_count(), PARTS, |number| {
            let mut gradient = vec![0.0; at.len()];
            let place = |number: usize| (number * part).min(self.present.len());
            let loss = self.loss(place(number), place(number + 1), at, &mut gradient);
            Ok((loss, gradient))
        });
        let mut value = 0.0;
        gradient.fill(0.0);
        for (loss, part) in sums.unwrap_or_default() {
            value += loss * self.share;
            gradient.iter_mut().zip(&part).for_each(|(slope, part)| *slope += part);
        }
        let columns = gradient.chunks_exact_mut(count).zip(at.chunks_exact(count));
        for ((slopes, at), ridge) in columns.zip(&self.ridge) {
            for (slope, at) in slopes.iter_mut().zip(at) {
                *slope += ridge * at;
                value += 0.5 * ridge * at * at;
            }
        }
        value
    }

    fn size(&self, gradient: &[f64]) -> f64 {
        gradient.iter().fold(0.0, |size, slope| slope.abs().max(size))
    }

    fn conditioned(&self, gradient: &mut [f64]) {
        let count = self.scores();
        // Columns are scaled, so that all bend alike but for the ridge. Factors of the products of columns were tried: where
        // classes are nearly told apart they lead astray along what hardly varies, and cost steps.
        for (slopes, ridge) in gradient.chunks_exact_mut(count).zip(&self.ridge) {
            slopes.iter_mut().for_each(|slope| *slope /= self.steepest() + ridge);
        }
    }

    fn progress(&self, steps: usize) -> Result<(), ModelError> {
        self.told(steps)
    }
}
