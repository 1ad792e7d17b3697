//! The linear support vector machine: a plane between each class and all others, with the widest margin.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use super::hinge::{Hinge, Sides, State, scaled};
use super::in_parts;
use super::lbfgs::End;
use super::planes::Planes;
use super::present::{Present, known_classes};
use super::shares::of_classes;
use crate::check::sound;
use crate::classifier::greatest;
use crate::settings::setting;
use crate::svm::{FOLDS, Sigmoid, dealt};
use crate::{Answer, Checked, Classifier, Learner, ModelError, Parameter, Settings, Training};

/// Parts each class from all others by a plane as far from both as can be, rows too near costing the square of how much.
///
/// Columns count as they are: scale them before, or large ones decide alone. A guess is the class with the highest score;
/// probabilities are made of scores and may, between close ones, prefer another.
///
/// Cells must be finite, in training and later, and those beyond 1e150 count as that. A row of weight 2 counts as two, one
/// of weight 0 not at all; equal rows are in one fold. A class without a row is never told; two have to have some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearSvm {
    c: f64,
    tolerance: f64,
    iterations: usize,
    probabilities: bool,
    seed: u64,
}

impl LinearSvm {
    /// How much rows too near count beside a wide margin. Default: 1, which suits scaled columns.
    #[must_use]
    pub fn c(self, c: f64) -> Self {
        Self { c, ..self }
    }

    /// How small the gradient must be at the end, beside what it was at the start and by the share of the class. Default:
    /// 0.0001: guesses do not change below.
    #[must_use]
    pub fn tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// After how many steps for each class to end anyhow. Default: 100; ten to twenty are usual.
    #[must_use]
    pub fn iterations(self, iterations: usize) -> Self {
        Self { iterations, ..self }
    }

    /// Whether to learn how probable a class is at which score, from parts of the rows that were put aside one after the
    /// other. If not, the class of the highest score is told to be certain. Default: yes.
    #[must_use]
    pub fn probabilities(self, probabilities: bool) -> Self {
        Self { probabilities, ..self }
    }

    /// What decides which rows are put aside together. Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}

impl Default for LinearSvm {
    fn default() -> Self {
        Self { c: 1.0, tolerance: 1e-4, iterations: 100, probabilities: true, seed: 0 }
    }
}

impl Settings for LinearSvm {
    const NAME: &'static str = "linear-svm";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("c", c, "How much rows too near count beside a wide margin."),
        setting!(
            "tolerance",
            tolerance,
            "How small the gradient must be at the end, beside what it was at the start."
        ),
        setting!("iterations", iterations, "After how many steps for each class to end anyhow."),
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
        let is_tolerance = self.tolerance.is_finite() && self.tolerance >= 0.0;
        ModelError::rule(is_tolerance, "tolerance", self.tolerance, "finite, and not below 0")?;
        ModelError::rule(self.iterations > 0, "iterations", self.iterations, "above 0")
    }
}

impl Learner for LinearSvm {
    type Model = LinearSvmModel;

    fn fit(&self, training: &Training<'_>) -> Result<LinearSvmModel, ModelError> {
        self.check()?;
        let mut present = Present::with_ones(training, Self::NAME)?;
        let folds = dealt(&present, self.seed);
        let scales = scaled(&mut present.rows);
        let costs = present.weights.iter().map(|weight| self.c * weight).collect();
        let squares = scales.iter().map(|scale| (scale * scale).recip());
        let ridge = squares.chain([1.0]).collect();
        let fit = Fit {
            settings: self,
            training,
            hinge: Hinge { rows: &present.rows, costs, ridge },
            present: &present,
        };
        let solved = fit.planes()?;
        let sigmoids = if self.probabilities { fit.sigmoids(&solved, &folds)? } else { Vec::new() };
        let parameters: Vec<f64> = (0..present.rows.ncols())
            .flat_map(|column| solved.iter().map(move |(state, _)| state.at[column]))
            .collect();
        Ok(LinearSvmModel {
            settings: self.clone(),
            classes: training.classes().clone(),
            planes: Planes::scaled(&parameters, solved.len(), &scales),
            sigmoids,
            iterations: solved.iter().map(|(_, end)| end.steps).max().unwrap_or_default(),
            is_converged: solved.iter().all(|(_, end)| end.is_least),
            known: present.known,
        })
    }
}

/// What a fit is made with.
struct Fit<'a, 't> {
    settings: &'a LinearSvm,
    training: &'a Training<'t>,
    present: &'a Present,
    hinge: Hinge<'a>,
}

impl Fit<'_, '_> {
    /// A plane for the later of two classes, or for each of more.
    fn planes(&self) -> Result<Vec<(State, End)>, ModelError> {
        let start = self.hinge.start();
        let nobody = vec![false; self.present.len()];
        in_parts(self.training.thread_count(), self.count(), |plane| {
            let mut state = start.clone();
            let end = self.solve(plane, &mut state, &nobody)?;
            self.progress(plane)?;
            Ok((state, end))
        })
    }

    fn count(&self) -> usize {
        planes_of(self.present.known.len())
    }

    fn solve(&self, plane: usize, state: &mut State, is_aside: &[bool]) -> Result<End, ModelError> {
        let sides = Sides { signs: &self.signs(plane), is_aside };
        self.hinge.solve(state, &sides, self.settings.tolerance, self.settings.iterations)
    }

    fn signs(&self, plane: usize) -> Vec<f64> {
        let own = if self.count() == 1 { 1 } else { plane };
        self.present.places.iter().map(|&place| if place == own { 1.0 } else { -1.0 }).collect()
    }

    /// How probable a class is at which score of its plane: learned from scores of rows that were put aside, each solved
    /// on from where all rows have led.
    fn sigmoids(
        &self,
        solved: &[(State, End)],
        folds: &[usize],
    ) -> Result<Vec<Sigmoid>, ModelError> {
        let scores = in_parts(self.training.thread_count(), solved.len() * FOLDS, |part| {
            let (plane, fold) = (part / FOLDS, part % FOLDS);
            let is_aside: Vec<bool> = folds.iter().map(|&of| of == fold).collect();
            let mut state = solved[plane].0.clone();
            self.solve(plane, &mut state, &is_aside)?;
            self.progress(self.count() + part)?;
            Ok(state.scores)
        })?;
        let sigmoids = scores.chunks_exact(FOLDS).enumerate().map(|(plane, scores)| {
            let aside: Vec<f64> =
                folds.iter().enumerate().map(|(row, &fold)| scores[fold][row]).collect();
            Sigmoid::of(&aside, &self.signs(plane), &self.present.weights)
        });
        Ok(sigmoids.collect())
    }

    fn progress(&self, done: usize) -> Result<(), ModelError> {
        let folds = if self.settings.probabilities { FOLDS } else { 0 };
        self.training.progress(done + 1, self.count() * (1 + folds))
    }
}

/// One plane parts two classes.
fn planes_of(classes: usize) -> usize {
    if classes == 2 { 1 } else { classes }
}

/// What the linear support vector machine has learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearSvmModel {
    settings: LinearSvm,
    classes: Classes,
    /// The classes that had rows, ascending.
    known: Vec<u32>,
    planes: Planes,
    /// One for each plane, or none at all.
    sigmoids: Vec<Sigmoid>,
    iterations: usize,
    is_converged: bool,
}

impl LinearSvmModel {
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

    /// The steps of the class that took most.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// The scores of rows: above 0 on the side of the class.
    ///
    /// # Errors
    /// As [`probabilities`](Classifier::probabilities).
    pub fn scores(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        self.planes.scores(rows, LinearSvm::NAME)
    }

    /// The place among the known classes with the highest score, of equals the first.
    fn place(scores: ArrayView1<'_, f64>) -> usize {
        if let (1, Some(&score)) = (scores.len(), scores.first()) {
            return usize::from(score > 0.0);
        }
        greatest(scores).0
    }

    fn likely(&self, scores: &Array2<f64>) -> Array2<f64> {
        of_classes(scores, &self.known, self.classes.len(), |scores| self.shares(scores))
    }

    fn chosen(&self, scores: &Array2<f64>) -> Array1<u32> {
        scores.outer_iter().map(|scores| self.known[Self::place(scores)]).collect()
    }

    fn shares(&self, scores: ArrayView1<'_, f64>) -> Vec<f64> {
        if self.sigmoids.is_empty() {
            let sure = Self::place(scores);
            return (0..self.known.len()).map(|place| f64::from(u8::from(place == sure))).collect();
        }
        let likely: Vec<f64> =
            scores.iter().zip(&self.sigmoids).map(|(&score, by)| by.probability(score)).collect();
        if let [second] = likely[..] {
            return vec![1.0 - second, second];
        }
        let sum: f64 = likely.iter().sum();
        let count = likely.len() as f64;
        let share = |likely: f64| if sum > 0.0 { likely / sum } else { 1.0 / count };
        likely.into_iter().map(share).collect()
    }
}

impl Classifier for LinearSvmModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.planes.width()
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        Ok(self.likely(&self.scores(rows)?))
    }

    /// The class with the highest score, of equals the first.
    fn predict(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<u32>, ModelError> {
        Ok(self.chosen(&self.scores(rows)?))
    }

    fn answer(&self, rows: ArrayView2<'_, f64>) -> Result<Answer, ModelError> {
        let scores = self.scores(rows)?;
        Ok(Answer { classes: self.chosen(&scores), probabilities: self.likely(&scores) })
    }

    /// Whether all classes had come to rest.
    fn is_converged(&self) -> bool {
        self.is_converged
    }
}

impl Checked for LinearSvmModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        known_classes(&self.known, &self.classes, 2)?;
        let planes = planes_of(self.known.len());
        self.planes.check(planes)?;
        let expected = if self.settings.probabilities { planes } else { 0 };
        sound(self.sigmoids.len() == expected, "a sigmoid for each plane, or none")?;
        self.sigmoids.iter().try_for_each(Sigmoid::check)?;
        sound(self.iterations <= self.settings.iterations, "no more steps than were to be taken")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::Labels;

    use super::*;

    fn fitted(learner: &LinearSvm, names: [&str; 6]) -> LinearSvmModel {
        let rows = array![[0.0], [0.2], [4.0], [4.2], [9.0], [9.3]];
        let labels = Labels::of(names);
        let model = learner.fit(&Training::new(rows.view(), &labels).unwrap()).unwrap();
        model.check().unwrap();
        model
    }

    #[test]
    fn the_highest_score_is_the_guess() {
        let model = fitted(&LinearSvm::default().c(100.0), ["a", "a", "a", "a", "b", "b"]);
        assert_eq!(model.scores(array![[1.0]].view()).unwrap().dim(), (1, 1));
        assert_eq!(model.predict(array![[1.0], [9.0]].view()).unwrap(), array![0, 1]);
        let model = fitted(&LinearSvm::default(), ["a", "a", "b", "b", "c", "c"]);
        assert_eq!(model.scores(array![[1.0]].view()).unwrap().dim(), (1, 3));
        assert_eq!(model.predict(array![[0.0], [9.0]].view()).unwrap(), array![0, 2]);
    }

    #[test]
    fn without_probabilities_the_guess_is_certain() {
        let learner = LinearSvm::default().probabilities(false);
        let model = fitted(&learner, ["a", "a", "b", "b", "c", "c"]);
        let told = model.probabilities(array![[0.0], [9.0]].view()).unwrap();
        assert_eq!(told, array![[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    }

    #[test]
    fn forged_models_are_unsound() {
        let model = fitted(&LinearSvm::default(), ["a", "a", "b", "b", "c", "c"]);
        assert!(LinearSvmModel { sigmoids: Vec::new(), ..model.clone() }.check().is_err());
        assert!(LinearSvmModel { known: vec![0, 1], ..model.clone() }.check().is_err());
        assert!(LinearSvmModel { iterations: usize::MAX, ..model }.check().is_err());
    }
}
