//! The kernel support vector machine: a border of any shape between each two classes, drawn by the rows nearest to it.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use super::kernel::Likeness;
use super::lines::Lines;
use super::pairwise::coupled;
use super::shared::{DEGREE, MEGABYTES, STEPS, Shared, TOLERANCE};
use super::solver::{Bounds, Solver};
use super::{FOLDS, Gamma, Kernel, Sigmoid, dealt};
use crate::check::sound;
use crate::linear::{Present, bounded, in_parts, known_classes};
use crate::settings::setting;
use crate::{Answer, Checked, Classifier, Learner, ModelError, Parameter, Settings, Training};

/// More rows are refused: time grows faster than their square, and one line of likenesses with all of them already takes
/// 200 KB. [`LinearSvm`](crate::LinearSvm) takes any number.
pub(crate) const MOST_ROWS: usize = 50_000;

/// Draws a border between each two classes as far from both as can be, by how alike rows are; the class that wins most
/// pairs is the guess, of equals the first.
///
/// Columns count as they are: scale them before, or large ones decide alone. It takes 50,000 rows with a weight at most.
/// Probabilities are made of the pairs' scores and may, between close classes, prefer another than the guess.
///
/// Cells must be finite, in training and later, and those beyond 1e150 count as that. A row of weight 2 counts as two, one
/// of weight 0 not at all; equal rows are in one fold. A class without a row is never told; two have to have some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KernelSvm {
    kernel: Kernel,
    c: f64,
    gamma: Gamma,
    degree: usize,
    offset: f64,
    tolerance: f64,
    iterations: usize,
    cache_megabytes: usize,
    probabilities: bool,
    seed: u64,
}

impl KernelSvm {
    /// How alike rows are. Default: by how near they are, which suits most tables.
    #[must_use]
    pub fn kernel(self, kernel: Kernel) -> Self {
        Self { kernel, ..self }
    }

    /// How much a row on the wrong side counts beside a wide margin: no row weighs more. Default: 1.
    #[must_use]
    pub fn c(self, c: f64) -> Self {
        Self { c, ..self }
    }

    /// By what distances or products are multiplied. Default: by the number of columns and the cells' variance.
    #[must_use]
    pub fn gamma(self, gamma: Gamma) -> Self {
        Self { gamma, ..self }
    }

    /// The power of a polynomial. Default: 3, the usual one.
    #[must_use]
    pub fn degree(self, degree: usize) -> Self {
        Self { degree, ..self }
    }

    /// What a polynomial and a sigmoid add to the product. Default: 0.
    #[must_use]
    pub fn offset(self, offset: f64) -> Self {
        Self { offset, ..self }
    }

    /// By how much rows at the border may miss the margin. Default: 0.001.
    #[must_use]
    pub fn tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// After how many steps for each two classes to end anyhow. Default: 1,000,000, far above what scaled columns need;
    /// others might go on for days.
    #[must_use]
    pub fn iterations(self, iterations: usize) -> Self {
        Self { iterations, ..self }
    }

    /// How many megabytes of likenesses are kept, all threads together; two lines a thread at least. Default: 200, all
    /// of 7,000 rows.
    #[must_use]
    pub fn cache_megabytes(self, cache_megabytes: usize) -> Self {
        Self { cache_megabytes, ..self }
    }

    /// Whether to learn how probable a class is at which score, from parts of the rows that were put aside one after the
    /// other. If not, the class guessed is told to be certain. Default: yes.
    #[must_use]
    pub fn probabilities(self, probabilities: bool) -> Self {
        Self { probabilities, ..self }
    }

    /// What decides which rows are put aside together. Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    fn likeness(&self, present: &Present) -> Likeness {
        Likeness {
            kernel: self.kernel,
            gamma: self.gamma.of(present.rows.view(), &present.weights),
            degree: self.degree as u32,
            offset: self.offset,
        }
    }
}

impl Default for KernelSvm {
    fn default() -> Self {
        Self {
            kernel: Kernel::Rbf,
            c: 1.0,
            gamma: Gamma::Scale,
            degree: DEGREE,
            offset: 0.0,
            tolerance: TOLERANCE,
            iterations: STEPS,
            cache_megabytes: MEGABYTES,
            probabilities: true,
            seed: 0,
        }
    }
}

impl Settings for KernelSvm {
    const NAME: &'static str = "svm";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("kernel", kernel, "How alike rows are: rbf, poly, sigmoid or linear."),
        setting!("c", c, "How much a row on the wrong side counts beside a wide margin."),
        setting!(
            "gamma",
            gamma,
            "By what distances or products are multiplied: scale, auto or a number."
        ),
        setting!("degree", degree, "The power of a polynomial."),
        setting!("coef0", offset, "What a polynomial and a sigmoid add to the product."),
        setting!("tolerance", tolerance, "By how much rows at the border may miss the margin."),
        setting!(
            "iterations",
            iterations,
            "After how many steps for each two classes to end anyhow."
        ),
        setting!("cache-megabytes", cache_megabytes, "How many megabytes of likenesses are kept."),
        setting!(
            "probabilities",
            probabilities,
            "Whether to learn how probable a class is at which score."
        ),
        setting!("seed", seed, "What decides which rows are put aside together."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        let is_c = self.c.is_finite() && self.c > 0.0;
        ModelError::rule(is_c, "c", self.c, "finite, and above 0")?;
        let Self { gamma, degree, offset, tolerance, iterations, cache_megabytes, .. } = *self;
        Shared { gamma, degree, offset, tolerance, iterations, cache_megabytes }.check()
    }
}

impl Learner for KernelSvm {
    type Model = KernelSvmModel;

    fn fit(&self, training: &Training<'_>) -> Result<KernelSvmModel, ModelError> {
        self.check()?;
        let found = (0..training.len()).filter(|&row| training.weight(row) > 0.0).count();
        if found > MOST_ROWS {
            let (learner, what) = (Self::NAME, "rows");
            return Err(ModelError::TooMany { learner, what, most: MOST_ROWS, found });
        }
        let present = Present::of(training, Self::NAME)?.merged();
        let fit = Fit {
            settings: self,
            training,
            likeness: self.likeness(&present),
            folds: dealt(&present, self.seed),
            present: &present,
        };
        let pairs = pairs(present.known.len());
        let borders =
            in_parts(training.thread_count(), pairs.len(), |pair| fit.border(pair, pairs[pair]))?;
        Ok(KernelSvmModel::new(fit, borders))
    }
}

/// Each two of so many classes.
fn pairs(classes: usize) -> Vec<(usize, usize)> {
    (0..classes).flat_map(|one| (one + 1..classes).map(move |other| (one, other))).collect()
}

/// What a fit is made with.
struct Fit<'a, 't> {
    settings: &'a KernelSvm,
    training: &'a Training<'t>,
    present: &'a Present,
    likeness: Likeness,
    folds: Vec<usize>,
}

/// What was learned of two classes.
struct Border {
    /// The rows at the border, and what each weighs in the score.
    supports: Vec<(usize, f64)>,
    intercept: f64,
    sigmoid: Option<Sigmoid>,
    is_converged: bool,
}

impl Fit<'_, '_> {
    /// The border between two classes, the first of which has scores above 0.
    fn border(&self, pair: usize, (one, other): (usize, usize)) -> Result<Border, ModelError> {
        let is_of_pair = |&row: &usize| [one, other].contains(&self.present.places[row]);
        let rows: Vec<usize> = (0..self.present.len()).filter(is_of_pair).collect();
        let sign = |&row: &usize| if self.present.places[row] == one { 1.0 } else { -1.0 };
        let signs: Vec<f64> = rows.iter().map(sign).collect();
        let weights: Vec<f64> = rows.iter().map(|&row| self.present.weights[row]).collect();
        let bytes = (self.settings.cache_megabytes << 20) / self.training.thread_count();
        let cells = self.present.rows.select(Axis(0), &rows);
        let lines = Lines::new(cells, self.likeness, bytes);
        let mut solver = Solver::new(lines, signs.clone());
        let bounds = Bounds { tolerance: self.settings.tolerance, steps: self.settings.iterations };
        let of = pairs(self.present.known.len()).len();
        let alive = || self.training.progress(pair, of);
        let found = solver.solve(|row| self.settings.c * weights[row], bounds, alive)?;
        let mut border = Border {
            supports: rows
                .iter()
                .copied()
                .zip(found.parts)
                .filter(|(_, part)| *part != 0.0)
                .collect(),
            intercept: found.intercept,
            sigmoid: None,
            is_converged: found.is_least,
        };
        if self.settings.probabilities {
            let mut scores = found.scores;
            for fold in 0..FOLDS {
                let is_aside = |row: usize| self.folds[rows[row]] == fold;
                let bound = |row| if is_aside(row) { 0.0 } else { self.settings.c * weights[row] };
                let found = solver.solve(bound, bounds, alive)?;
                let aside = (0..rows.len()).filter(|&row| is_aside(row));
                aside.for_each(|row| scores[row] = found.scores[row]);
            }
            border.sigmoid = Some(Sigmoid::of(&scores, &signs, &weights));
        }
        self.training.progress(pair + 1, of)?;
        Ok(border)
    }
}

/// What the kernel support vector machine has learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KernelSvmModel {
    settings: KernelSvm,
    classes: Classes,
    width: usize,
    /// The classes that had rows, ascending.
    known: Vec<u32>,
    likeness: Likeness,
    /// The cells of the rows at borders, row after row.
    supports: Vec<f64>,
    machines: Vec<Machine>,
}

/// The border of two classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Machine {
    /// Rows at the border, ascending.
    rows: Vec<u32>,
    /// What each weighs in the score.
    parts: Vec<f64>,
    intercept: f64,
    sigmoid: Option<Sigmoid>,
    is_converged: bool,
}

impl KernelSvmModel {
    fn new(fit: Fit<'_, '_>, borders: Vec<Border>) -> Self {
        let mut rows: Vec<usize> =
            borders.iter().flat_map(|border| border.supports.iter().map(|at| at.0)).collect();
        rows.sort_unstable();
        rows.dedup();
        let machine = |border: Border| Machine {
            rows: border
                .supports
                .iter()
                .map(|(row, _)| rows.binary_search(row).unwrap_or_default() as u32)
                .collect(),
            parts: border.supports.iter().map(|at| at.1).collect(),
            intercept: border.intercept,
            sigmoid: border.sigmoid,
            is_converged: border.is_converged,
        };
        Self {
            settings: fit.settings.clone(),
            classes: fit.training.classes().clone(),
            width: fit.present.rows.ncols(),
            known: fit.present.known.clone(),
            likeness: fit.likeness,
            machines: borders.into_iter().map(machine).collect(),
            supports: fit.present.rows.select(Axis(0), &rows).into_iter().collect(),
        }
    }

    /// How many rows of training stand at a border.
    #[must_use]
    pub fn support_count(&self) -> usize {
        self.machines
            .iter()
            .flat_map(|machine| &machine.rows)
            .max()
            .map_or(0, |&row| row as usize + 1)
    }

    /// The classes that had rows. The others are never probable.
    #[must_use]
    pub fn known(&self) -> &[u32] {
        &self.known
    }

    /// The scores of rows for each two known classes, in the order 0 and 1, 0 and 2, and so on: above 0 on the side of the
    /// first.
    ///
    /// # Errors
    /// As [`probabilities`](Classifier::probabilities).
    pub fn scores(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let mut all = Array2::zeros((rows.nrows(), self.machines.len()));
        let mut told = all.outer_iter_mut();
        self.each_scored(rows, |scores| {
            told.next().into_iter().for_each(|mut told| told.assign(&scores));
        })?;
        Ok(all)
    }

    /// Tells the scores of each row, one after the other: of many classes there are far too many pairs to hold those of
    /// all rows.
    fn each_scored(
        &self,
        rows: ArrayView2<'_, f64>,
        mut tell: impl FnMut(ArrayView1<'_, f64>),
    ) -> Result<(), ModelError> {
        let rows = bounded(rows, self.width, KernelSvm::NAME)?;
        let shape = (self.support_count(), self.width);
        let (expected, found) = (shape.0.saturating_mul(shape.1), self.supports.len());
        let supports = ArrayView2::from_shape(shape, &self.supports)
            .map_err(|_| ModelError::Shape { what: "cells at borders", expected, found })?;
        let mut scores = Array1::zeros(self.machines.len());
        self.likeness.each(rows.view(), supports, |alike| {
            let machines = scores.iter_mut().zip(&self.machines);
            machines.for_each(|(score, machine)| *score = machine.score(alike));
            tell(scores.view());
        });
        Ok(())
    }

    /// The place among the known classes that wins most pairs, of equals the first.
    fn place(&self, scores: ArrayView1<'_, f64>) -> usize {
        let mut votes = vec![0_u32; self.known.len()];
        for ((one, other), &score) in pairs(self.known.len()).into_iter().zip(scores) {
            votes[if score > 0.0 { one } else { other }] += 1;
        }
        let best = votes.iter().enumerate().fold((0, 0), |best, (place, &votes)| {
            if votes > best.1 { (place, votes) } else { best }
        });
        best.0
    }

    fn shares(&self, scores: ArrayView1<'_, f64>) -> Vec<f64> {
        let count = self.known.len();
        let sigmoids = self.machines.iter().filter_map(|machine| machine.sigmoid);
        let likely: Vec<f64> =
            scores.iter().zip(sigmoids).map(|(&score, by)| by.probability(score)).collect();
        match likely[..] {
            [] => {
                let sure = self.place(scores);
                (0..count).map(|place| f64::from(u8::from(place == sure))).collect()
            }
            [first] => vec![first, 1.0 - first],
            // Before the pairs of `one` stand those of all classes before it.
            _ => coupled(count, |one, other| {
                likely[one * (2 * count - one - 1) / 2 + other - one - 1]
            }),
        }
    }
}

impl Machine {
    fn score(&self, alike: &[f64]) -> f64 {
        let rows = self.rows.iter().zip(&self.parts);
        rows.map(|(&row, part)| part * alike[row as usize]).sum::<f64>() + self.intercept
    }
}

impl Classifier for KernelSvmModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.width
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        Ok(self.answer(rows)?.probabilities)
    }

    /// The class that wins most pairs, of equals the first.
    fn predict(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<u32>, ModelError> {
        let mut classes = Vec::with_capacity(rows.nrows());
        self.each_scored(rows, |scores| classes.push(self.known[self.place(scores)]))?;
        Ok(classes.into())
    }

    fn answer(&self, rows: ArrayView2<'_, f64>) -> Result<Answer, ModelError> {
        let mut classes = Vec::with_capacity(rows.nrows());
        let mut probabilities = Array2::zeros((rows.nrows(), self.classes.len()));
        let mut told = probabilities.outer_iter_mut();
        self.each_scored(rows, |scores| {
            classes.push(self.known[self.place(scores)]);
            let Some(mut told) = told.next() else { return };
            for (&class, share) in self.known.iter().zip(self.shares(scores)) {
                told[class as usize] = share;
            }
        })?;
        Ok(Answer { classes: classes.into(), probabilities })
    }

    /// Whether all borders were found within the steps that were allowed.
    fn is_converged(&self) -> bool {
        self.machines.iter().all(|machine| machine.is_converged)
    }
}

/// No number of a machine is larger: sums of likenesses times parts stay finite.
const LARGEST: f64 = 1e200;

impl Checked for KernelSvmModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        known_classes(&self.known, &self.classes, 2)?;
        let count = self.known.len();
        let pairs = count.checked_mul(count - 1).map(|twice| twice / 2);
        sound(pairs == Some(self.machines.len()), "a border for each two classes")?;
        self.likeness.check()?;
        // Cells cannot tell how many rows there are: of a table without columns, none has any.
        let mut rows: Vec<u32> =
            self.machines.iter().flat_map(|machine| &machine.rows).copied().collect();
        rows.sort_unstable();
        rows.dedup();
        let are_counted = rows.iter().enumerate().all(|(place, &row)| row as usize == place);
        sound(are_counted, "every row up to the last is at a border")?;
        let cells = rows.len().checked_mul(self.width);
        sound(cells == Some(self.supports.len()), "cells for each row at a border")?;
        let is_finite = self.supports.iter().all(|cell| cell.abs() <= 1e150);
        sound(is_finite, "cells of rows at borders are finite")?;
        self.machines.iter().try_for_each(|machine| {
            sound(machine.rows.len() == machine.parts.len(), "a weight for each row at a border")?;
            let is_ascending = machine.rows.is_sorted_by(|one, other| one < other);
            sound(is_ascending, "rows at a border ascend")?;
            let is_bound = |value: &f64| value.abs() <= LARGEST;
            let are_bound = machine.parts.iter().all(is_bound) && is_bound(&machine.intercept);
            sound(are_bound, "weights are finite")?;
            let is_asked = self.settings.probabilities;
            sound(machine.sigmoid.is_some() == is_asked, "a sigmoid for each border, or none")?;
            machine.sigmoid.iter().try_for_each(Sigmoid::check)
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::Labels;

    use super::*;

    fn fitted(learner: &KernelSvm) -> KernelSvmModel {
        let rows = array![[0.0], [0.2], [4.0], [4.2], [9.0], [9.3]];
        let labels = Labels::of(["a", "a", "b", "b", "c", "c"]);
        let model = learner.fit(&Training::new(rows.view(), &labels).unwrap()).unwrap();
        model.check().unwrap();
        model
    }

    #[test]
    fn most_pairs_won_is_the_guess() {
        let model = fitted(&KernelSvm::default().c(100.0));
        let rows = array![[0.1], [4.1], [9.1]];
        assert_eq!(model.predict(rows.view()).unwrap(), array![0, 1, 2]);
        assert_eq!(model.scores(rows.view()).unwrap().dim(), (3, 3));
        // The first over the second, the second over the third, and the third over the first: the first is told.
        assert_eq!(model.place(array![1.0, -1.0, 1.0].view()), 0);
        assert_eq!(model.place(array![-1.0, 1.0, 1.0].view()), 1);
    }

    #[test]
    fn without_probabilities_the_guess_is_certain() {
        let model = fitted(&KernelSvm::default().c(100.0).probabilities(false));
        let told = model.probabilities(array![[0.1], [9.1]].view()).unwrap();
        assert_eq!(told, array![[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    }

    #[test]
    fn forged_models_are_unsound() {
        let model = fitted(&KernelSvm::default());
        let forged = |forge: fn(&mut KernelSvmModel)| {
            let mut model = model.clone();
            forge(&mut model);
            model.check().is_err()
        };
        assert!(forged(|model| model.width = usize::MAX));
        assert!(forged(|model| model.known = vec![0, 1]));
        assert!(forged(|model| model.supports[0] = f64::NAN));
        assert!(forged(|model| model.machines[0].rows[0] = u32::MAX));
        assert!(forged(|model| model.machines[0].rows.swap(0, 1)));
        assert!(forged(|model| model.machines[1].parts[0] = f64::INFINITY));
        assert!(forged(|model| model.machines[1].parts.clear()));
        assert!(forged(|model| model.machines[2].sigmoid = None));
        assert!(forged(|model| model.likeness.degree = u32::MAX));
        assert!(forged(|model| model.likeness.gamma = f64::NAN));
    }

    #[test]
    fn rows_without_cells_are_counted() {
        let labels = Labels::of(["a", "b", "a"]);
        let rows = Array2::zeros((3, 0));
        let training = Training::new(rows.view(), &labels).unwrap();
        let mut model = KernelSvm::default().fit(&training).unwrap();
        model.check().unwrap();
        assert!(model.support_count() > 0);
        // As many would be made room for as there are up to the last.
        let last = model.machines[0].rows.len() - 1;
        model.machines[0].rows[last] = u32::MAX - 1;
        assert!(model.check().is_err());
    }
}
