//! Logistic regression: the logarithm of how probable a class is, up to what all classes share, is a weighted sum of cells.

use ndarray::{Array2, ArrayView2, Axis};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use super::lbfgs::{End, least};
use super::planes::Planes;
use super::present::{BLOCK_ROWS, Present, known_classes};
use super::proximal::least_sparse;
use super::shares;
use super::softmax::Softmax;
use crate::check::sound;
use crate::settings::setting;
use crate::{Checked, Classifier, Learner, ModelError, Parameter, Settings, Training};

/// Weighs cells so that the classes of rows become as probable as they can, large weights being costly.
///
/// Two classes have one sum, more have one each. Columns count as they are: scale them before, or coefficients of large
/// columns cost too little.
///
/// Cells must be finite, in training and later, and those beyond 1e150 count as that. A row of weight 2 counts as two, one
/// of weight 0 not at all. A class without a row is never told; two have to have some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogisticRegression {
    c: f64,
    l1_ratio: f64,
    tolerance: f64,
    iterations: usize,
}

impl LogisticRegression {
    /// How much the rows' losses count beside the cost of coefficients: less makes smaller ones. Default: 1, which suits
    /// scaled columns.
    #[must_use]
    pub fn c(self, c: f64) -> Self {
        Self { c, ..self }
    }

    /// Which share of the cost goes by coefficients' sizes, which makes many of them 0, instead of by their squares.
    /// Default: 0, since that is fastest and needs no choice of columns; 1 is the lasso, between lies the elastic net.
    #[must_use]
    pub fn l1_ratio(self, l1_ratio: f64) -> Self {
        Self { l1_ratio, ..self }
    }

    /// How small every part of the gradient of the mean cost by scaled columns must be at the end. Default: 0.0001:
    /// guesses do not change below.
    #[must_use]
    pub fn tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// After how many steps to end anyhow. Default: 1,000: most fits come to rest within some dozen, those of many columns
    /// that say nearly the same within some hundred; what is left has classes that can be told apart without error, where
    /// further steps make the model surer and no better.
    #[must_use]
    pub fn iterations(self, iterations: usize) -> Self {
        Self { iterations, ..self }
    }
}

impl Default for LogisticRegression {
    fn default() -> Self {
        Self { c: 1.0, l1_ratio: 0.0, tolerance: 1e-4, iterations: 1_000 }
    }
}

impl Settings for LogisticRegression {
    const NAME: &'static str = "logistic-regression";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("c", c, "How much the rows' losses count beside the cost of coefficients."),
        setting!(
            "l1-ratio",
            l1_ratio,
            "Which share of the cost goes by coefficients' sizes instead of their squares."
        ),
        setting!(
            "tolerance",
            tolerance,
            "How small every part of the gradient must be at the end."
        ),
        setting!("iterations", iterations, "After how many steps to end anyhow."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        let is_c = self.c.is_finite() && self.c > 0.0;
        ModelError::rule(is_c, "c", self.c, "finite, and above 0")?;
        let is_share = (0.0..=1.0).contains(&self.l1_ratio);
        ModelError::rule(is_share, "l1-ratio", self.l1_ratio, "from 0 to 1")?;
        let is_tolerance = self.tolerance.is_finite() && self.tolerance >= 0.0;
        ModelError::rule(is_tolerance, "tolerance", self.tolerance, "finite, and not below 0")?;
        ModelError::rule(self.iterations > 0, "iterations", self.iterations, "above 0")
    }
}

impl Learner for LogisticRegression {
    type Model = LogisticModel;

    fn fit(&self, training: &Training<'_>) -> Result<LogisticModel, ModelError> {
        self.check()?;
        let mut present = Present::with_ones(training, Self::NAME)?;
        let scale = Scale::of(&mut present);
        let cost = (self.c * present.weights.iter().sum::<f64>()).recip();
        let by_column = |share: f64, power: i32| -> Vec<f64> {
            let costs = scale.spreads.iter().map(|spread| cost * share / spread.powi(power));
            costs.chain([0.0]).collect()
        };
        let ridge = by_column(1.0 - self.l1_ratio, 2);
        let softmax = Softmax::new(training, &present, ridge, self.iterations);
        let mut at = vec![0.0; present.rows.ncols() * softmax.scores()];
        let end = if self.l1_ratio > 0.0 {
            let lasso = by_column(self.l1_ratio, 1);
            least_sparse(&softmax, &lasso, &mut at, self.tolerance, self.iterations)?
        } else {
            least(&softmax, &mut at, self.tolerance, self.iterations)?
        };
        let planes = Planes::scaled(&at, softmax.scores(), &scale.spreads).centred(&scale.centres);
        Ok(LogisticModel::new(self, training, &present, planes, end))
    }
}

/// Where columns lie and how far they spread. Fits go by columns of mean 0 and deviation 1, with costs of coefficients
/// that make up for it: the least is the same, and is found whatever the columns' sizes.
struct Scale {
    centres: Vec<f64>,
    spreads: Vec<f64>,
}

impl Scale {
    /// Scales all columns but the last, which is of ones.
    fn of(present: &mut Present) -> Self {
        let width = present.rows.ncols() - 1;
        // Less the first row, so that columns of one value have a deviation of exactly 0.
        let first: Vec<f64> = present.rows.row(0).iter().copied().take(width).collect();
        let mut all = Moments::new(width);
        // A block stays at hand while it is looked at twice.
        let blocks = present.rows.axis_chunks_iter(Axis(0), BLOCK_ROWS);
        for (rows, weights) in blocks.zip(present.weights.chunks(BLOCK_ROWS)) {
            all.add(&Moments::of(rows, weights, &first));
        }
        let spread = |square: &f64| if *square > 0.0 { (square / all.weight).sqrt() } else { 1.0 };
        let spreads: Vec<f64> = all.squares.iter().map(spread).collect();
        let centres: Vec<f64> =
            all.means.iter().zip(&first).map(|(mean, first)| mean + first).collect();
        let rates: Vec<f64> = spreads.iter().map(|spread| spread.recip()).collect();
        for mut row in present.rows.outer_iter_mut() {
            let cells = row.iter_mut().zip(centres.iter().zip(&rates));
            cells.for_each(|(cell, (centre, rate))| *cell = (*cell - centre) * rate);
        }
        Self { centres, spreads }
    }
}

/// Of rows, less some row: the means of their columns, and the sums of squares about them.
struct Moments {
    weight: f64,
    means: Vec<f64>,
    squares: Vec<f64>,
}

impl Moments {
    fn new(width: usize) -> Self {
        Self { weight: 0.0, means: vec![0.0; width], squares: vec![0.0; width] }
    }

    fn of(rows: ArrayView2<'_, f64>, weights: &[f64], first: &[f64]) -> Self {
        let weight = weights.iter().sum();
        let mut found = Self { weight, ..Self::new(first.len()) };
        for (row, row_weight) in rows.outer_iter().zip(weights) {
            let share = row_weight / weight;
            let cells = row.to_slice().unwrap_or_default().iter().zip(first);
            for (mean, (cell, first)) in found.means.iter_mut().zip(cells) {
                *mean += share * (cell - first);
            }
        }
        for (row, weight) in rows.outer_iter().zip(weights) {
            let cells = row.to_slice().unwrap_or_default().iter().zip(first);
            let squares = found.squares.iter_mut().zip(&found.means);
            for ((square, mean), (cell, first)) in squares.zip(cells) {
                let apart = cell - first - mean;
                *square += weight * apart * apart;
            }
        }
        found
    }

    /// Adds those of other rows (Chan, Golub and LeVeque 1983).
    fn add(&mut self, other: &Self) {
        let weight = self.weight + other.weight;
        let share = other.weight / weight;
        let means = self.means.iter_mut().zip(&other.means);
        for ((mean, other_mean), (square, other_square)) in
            means.zip(self.squares.iter_mut().zip(&other.squares))
        {
            let apart = other_mean - *mean;
            *mean += share * apart;
            *square += other_square + self.weight * share * apart * apart;
        }
        self.weight = weight;
    }
}

/// What logistic regression has learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogisticModel {
    settings: LogisticRegression,
    classes: Classes,
    /// The classes that had rows, ascending.
    known: Vec<u32>,
    planes: Planes,
    iterations: usize,
    is_converged: bool,
}

impl LogisticModel {
    fn new(
        settings: &LogisticRegression,
        training: &Training<'_>,
        present: &Present,
        planes: Planes,
        end: End,
    ) -> Self {
        Self {
            settings: settings.clone(),
            classes: training.classes().clone(),
            known: present.known.clone(),
            planes,
            iterations: end.steps,
            is_converged: end.is_least,
        }
    }

    /// The coefficient of each column, a row each, in each score: one score of the later class if two had rows, else one
    /// for each of [`known`](Self::known).
    #[must_use]
    pub fn coefficients(&self) -> ArrayView2<'_, f64> {
        self.planes.coefficients()
    }

    /// What is added to each score.
    #[must_use]
    pub fn intercepts(&self) -> &[f64] {
        self.planes.intercepts()
    }

    /// The classes that had rows. The others are never probable.
    #[must_use]
    pub fn known(&self) -> &[u32] {
        &self.known
    }

    /// How many steps the fit took.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.iterations
    }
}

impl Classifier for LogisticModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.planes.width()
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let scores = self.planes.scores(rows, LogisticRegression::NAME)?;
        let mut probabilities = Array2::zeros((rows.nrows(), self.classes.len()));
        let mut logs = Vec::with_capacity(self.known.len());
        for (scores, mut told) in scores.outer_iter().zip(probabilities.axis_iter_mut(Axis(0))) {
            logs.clear();
            // One score is what the second class has more than the first.
            logs.extend((scores.len() == 1).then_some(0.0));
            logs.extend(scores);
            shares(&mut logs);
            for (&class, share) in self.known.iter().zip(&logs) {
                told[class as usize] = *share;
            }
        }
        Ok(probabilities)
    }

    /// Whether the fit had come to rest.
    fn is_converged(&self) -> bool {
        self.is_converged
    }
}

impl Checked for LogisticModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        known_classes(&self.known, &self.classes, 2)?;
        let scores = if self.known.len() == 2 { 1 } else { self.known.len() };
        self.planes.check(scores)?;
        sound(self.iterations <= self.settings.iterations, "no more steps than were to be taken")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::Labels;

    use super::*;

    fn fitted(learner: &LogisticRegression) -> LogisticModel {
        let rows = array![[0.0, 5.0], [1.0, 5.0], [2.0, 5.0], [3.0, 5.0]];
        let labels = Labels::of(["a", "b", "a", "b"]);
        learner.fit(&Training::new(rows.view(), &labels).unwrap()).unwrap()
    }

    #[test]
    fn probable_classes_follow_the_cells() {
        let model = fitted(&LogisticRegression::default().tolerance(1e-9));
        assert!(model.is_converged());
        assert!(model.coefficients()[(0, 0)] > 0.1);
        assert_eq!(model.coefficients()[(1, 0)], 0.0, "a constant column tells nothing");
        let probabilities = model.probabilities(array![[1.5, 5.0], [1.5, -70.0]].view()).unwrap();
        assert!(probabilities.iter().all(|share| (share - 0.5).abs() < 1e-8), "{probabilities}");
    }

    #[test]
    fn the_lasso_drops_what_costs_more_than_it_tells() {
        let model = fitted(&LogisticRegression::default().l1_ratio(1.0).c(0.1));
        assert!(model.coefficients().iter().all(|weight| *weight == 0.0));
    }

    #[test]
    fn what_has_not_come_to_rest_says_so() {
        let model = fitted(&LogisticRegression::default().tolerance(0.0).iterations(3));
        assert!(!model.is_converged() && model.iterations() <= 3);
    }

    #[test]
    fn forged_models_are_unsound() {
        let model = fitted(&LogisticRegression::default());
        model.check().unwrap();
        assert!(LogisticModel { known: vec![1, 0], ..model.clone() }.check().is_err());
        assert!(LogisticModel { known: vec![0, 2], ..model.clone() }.check().is_err());
        assert!(LogisticModel { known: vec![0], ..model.clone() }.check().is_err());
        assert!(LogisticModel { iterations: 1_001, ..model }.check().is_err());
    }
}
