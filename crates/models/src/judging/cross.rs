//! A learner judged by rows that it has not learned from, fold by fold.

use std::collections::HashMap;

use ndarray::{Array1, Array2};
use netsift_data::split::{Fold, Split};
use netsift_data::{Dataset, Plan};
use netsift_metrics::is_class;

use super::Score;
use crate::fitting::{Balancing, Fitting};
use crate::judged::Truth;
use crate::{Answer, ModelError, Predictor, Recipe, Watch};

/// Cross-validation over any split: in every fold all that is learned (means, texts, which columns matter, balanced
/// rows, the model) is learned from the rows to train with, and the others are told by it.
///
/// ```
/// use ndarray::Array2;
/// use netsift_data::split::Split;
/// use netsift_data::{Dataset, Labels, Schema};
/// use netsift_models::Recipe;
/// use netsift_models::judging::{CrossValidation, Score};
///
/// # fn main() -> Result<(), netsift_models::ModelError> {
/// let rows = Array2::from_shape_fn((40, 1), |(row, _)| row as f64);
/// let labels = Labels::of((0..40).map(|row| if row < 20 { "benign" } else { "scan" }));
/// let data = Dataset::new(Schema::numbers(["packets"])?, rows)?.with_labels(labels)?;
///
/// let cross = CrossValidation::new(Split::stratified(7), 4);
/// let crossed = cross.of(&Recipe::named("decision-tree")?, &data)?;
/// let scores = crossed.scores(Score::Accuracy)?;
/// assert!(scores.len() == 4 && scores.iter().all(|fold| fold.score >= 0.8));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct CrossValidation<'a> {
    split: Split,
    folds: usize,
    pub(super) fitting: Fitting<'a>,
}

/// What a learner says of rows in folds that have not learned from them.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossed {
    classes: Vec<String>,
    folds: Vec<CrossedFold>,
}

/// What one fold says.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CrossedFold {
    /// How many rows it learned from.
    pub train_rows: usize,
    /// The rows that it was asked about, by their numbers in the whole.
    pub rows: Vec<usize>,
    /// The class of each of them.
    pub truth: Vec<u32>,
    /// What was said of each of them.
    pub answer: Answer,
}

/// How a learner did in a fold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoldScore {
    /// The score of the rows that it was asked about.
    pub score: f64,
    /// How many rows it learned from.
    pub train_rows: usize,
    /// How many it was asked about.
    pub test_rows: usize,
}

impl<'a> CrossValidation<'a> {
    /// In so many folds of this split.
    pub fn new(split: Split, folds: usize) -> Self {
        Self::fitting(split, folds, Fitting::default())
    }

    pub(crate) fn fitting(split: Split, folds: usize, fitting: Fitting<'a>) -> Self {
        Self { split, folds, fitting }
    }

    /// What is done to rows first; behind it comes what each learner [usually](Recipe::plans) needs and these plans do
    /// not give. Default: nothing.
    pub fn plans(mut self, plans: impl IntoIterator<Item = Plan>) -> Self {
        self.fitting.plans = plans.into_iter().collect();
        self
    }

    /// Whether plans are completed by what a learner usually needs. Default: yes; else rows have to suit it as they are.
    pub fn complete_plans(mut self, is_completed: bool) -> Self {
        self.fitting.is_completed = is_completed;
        self
    }

    /// What is done about classes of very different sizes, in the rows to train with. Default: nothing.
    pub fn balance(mut self, balance: Balancing<'a>) -> Self {
        self.fitting.balance = balance;
        self
    }

    /// With how many threads to learn and to ask. Default: 1. Answers are the same with any number.
    pub fn threads(mut self, threads: usize) -> Self {
        self.fitting.threads = threads.max(1);
        self
    }

    /// Who is told of the progress and may end it. Default: nobody.
    pub fn watched(mut self, watch: &'a dyn Watch) -> Self {
        self.fitting.watch = watch;
        self
    }

    /// How rows are shared out.
    #[must_use]
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// How many folds there are.
    #[must_use]
    pub fn fold_count(&self) -> usize {
        self.folds
    }

    /// The folds of these rows.
    ///
    /// # Errors
    /// What [`Split::folds`] says.
    pub fn folds(&self, data: &Dataset) -> Result<Vec<Fold>, ModelError> {
        Ok(self.split.folds(data, self.folds)?)
    }

    /// This learner, judged by these rows.
    ///
    /// # Errors
    /// What is wrong with the split, a plan or the rows, why the learner cannot learn from a fold's, and
    /// [`ModelError::Cancelled`].
    pub fn of(&self, recipe: &Recipe, data: &Dataset) -> Result<Crossed, ModelError> {
        self.of_folds(recipe, data, &self.folds(data)?)
    }

    /// The same in folds that are known: those of
    /// [`leave_one_group_out`](netsift_data::split::leave_one_group_out), say.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn of_folds(
        &self,
        recipe: &Recipe,
        data: &Dataset,
        folds: &[Fold],
    ) -> Result<Crossed, ModelError> {
        self.within(recipe, data, folds, Fits { before: 0, of: folds.len() }, Ok)
    }

    /// The same as some of many fits, with rows to train with that `alter` has changed.
    pub(crate) fn within(
        &self,
        recipe: &Recipe,
        data: &Dataset,
        folds: &[Fold],
        fits: Fits,
        mut alter: impl FnMut(Dataset) -> Result<Dataset, ModelError>,
    ) -> Result<Crossed, ModelError> {
        let said = self.each(recipe, data, folds, fits, |train, test, rows| {
            let train = alter(train)?;
            let predictor = self.fitting.fit(recipe, &train)?.predictor;
            self.said(&predictor, &test, (train.rows(), &rows.test))
        })?;
        Ok(Crossed::of(said))
    }

    /// Does something with the two sides of each fold.
    pub(super) fn each<T>(
        &self,
        recipe: &Recipe,
        data: &Dataset,
        folds: &[Fold],
        fits: Fits,
        mut work: impl FnMut(Dataset, Dataset, &Fold) -> Result<T, ModelError>,
    ) -> Result<Vec<T>, ModelError> {
        let in_fold = |(number, rows): (usize, &Fold)| {
            if self.fitting.watch.is_cancelled() {
                return Err(ModelError::Cancelled);
            }
            self.fitting.watch.begins(recipe.name(), fits.before + number, fits.of);
            let [train, test] = rows.datasets(data)?;
            work(train, test, rows)
        };
        folds.iter().enumerate().map(in_fold).collect()
    }

    /// What a predictor says of rows whose classes are known.
    pub(super) fn said(
        &self,
        predictor: &Predictor,
        data: &Dataset,
        (train_rows, rows): (usize, &[usize]),
    ) -> Result<Said, ModelError> {
        let truth = Truth::of(predictor, data)?;
        let answer = predictor.answer(data, self.fitting.threads)?;
        let fold = CrossedFold { train_rows, rows: rows.to_vec(), truth: truth.codes, answer };
        Ok(Said { names: truth.names, fold })
    }
}

/// Which of many fits come next: so many are done before, and so many are to be.
#[derive(Clone, Copy)]
pub(crate) struct Fits {
    pub(crate) before: usize,
    pub(crate) of: usize,
}

/// What a fold says, by the names that it has for classes.
pub(super) struct Said {
    names: Vec<String>,
    fold: CrossedFold,
}

impl Said {
    pub(super) fn score(&self, score: Score) -> Result<f64, ModelError> {
        self.fold.score(score, self.names.len())
    }
}

impl CrossedFold {
    fn score(&self, score: Score, classes: usize) -> Result<f64, ModelError> {
        score.of(classes, &self.truth, &self.answer)
    }
}

impl Crossed {
    /// Classes that labels are renamed to stand in another order where a fold lacks one of them: here all folds number
    /// them alike.
    fn of(said: Vec<Said>) -> Self {
        let mut classes: Vec<String> = Vec::new();
        let mut numbers: HashMap<String, usize> = HashMap::new();
        for name in said.iter().flat_map(|said| &said.names) {
            numbers.entry(name.clone()).or_insert_with(|| {
                classes.push(name.clone());
                classes.len() - 1
            });
        }
        let place = |name: &String| numbers.get(name).copied().unwrap_or(0);
        let folds = said.into_iter().map(|Said { names, fold }| {
            let places: Vec<usize> = names.iter().map(place).collect();
            fold.numbered(&places, classes.len())
        });
        let folds = folds.collect();
        Self { classes, folds }
    }

    /// The classes, by their numbers.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Fold by fold.
    #[must_use]
    pub fn folds(&self) -> &[CrossedFold] {
        &self.folds
    }

    /// The score of each fold.
    ///
    /// # Errors
    /// As [`Score::of`].
    pub fn scores(&self, score: Score) -> Result<Vec<FoldScore>, ModelError> {
        let of = |fold: &CrossedFold| {
            let (train_rows, test_rows) = (fold.train_rows, fold.rows.len());
            Ok(FoldScore { score: fold.score(score, self.classes.len())?, train_rows, test_rows })
        };
        self.folds.iter().map(of).collect()
    }

    /// All folds as one, in the order of the rows: what is said of each row by a model that has not learned from it.
    #[must_use]
    pub fn out_of_fold(&self) -> CrossedFold {
        let mut places: Vec<(usize, usize, usize)> = Vec::new();
        for (number, fold) in self.folds.iter().enumerate() {
            places.extend(fold.rows.iter().enumerate().map(|(place, &row)| (row, number, place)));
        }
        places.sort_unstable();
        let of =
            |&(_, number, place): &(usize, usize, usize)| Some((self.folds.get(number)?, place));
        let found = || places.iter().filter_map(of);
        let mut probabilities = Array2::zeros((places.len(), self.classes.len()));
        for (mut row, (fold, place)) in probabilities.rows_mut().into_iter().zip(found()) {
            row.assign(&fold.answer.probabilities.row(place));
        }
        let truth = found().filter_map(|(fold, place)| fold.truth.get(place).copied());
        let classes = found().filter_map(|(fold, place)| fold.answer.classes.get(place).copied());
        CrossedFold {
            train_rows: self.folds.iter().map(|fold| fold.train_rows).min().unwrap_or(0),
            rows: places.iter().map(|&(row, ..)| row).collect(),
            truth: truth.collect(),
            answer: Answer { classes: classes.collect::<Array1<u32>>(), probabilities },
        }
    }

    /// Of one class against the rest: which rows are of it, and how probable it was said to be of each.
    ///
    /// # Errors
    /// [`ModelError::OtherClasses`] for a class that there is not.
    pub fn against_rest(&self, class: &str) -> Result<(Vec<bool>, Vec<f64>), ModelError> {
        let number = self.classes.iter().position(|name| name == class);
        let number =
            number.ok_or_else(|| ModelError::OtherClasses { known: self.classes.clone() })?;
        let all = self.out_of_fold();
        let scores = all.answer.probabilities.column(number).to_vec();
        Ok((is_class(&all.truth, &(number as u32)), scores))
    }
}

impl CrossedFold {
    /// With classes at these places.
    fn numbered(self, places: &[usize], classes: usize) -> Self {
        let is_same = places.iter().copied().eq(0..classes);
        if is_same && self.answer.probabilities.ncols() == classes {
            return self;
        }
        let place = |number: &u32| places.get(*number as usize).copied().unwrap_or(0) as u32;
        let mut probabilities = Array2::zeros((self.rows.len(), classes));
        for (column, &place) in self.answer.probabilities.columns().into_iter().zip(places) {
            probabilities.column_mut(place).assign(&column);
        }
        let told = self.answer.classes.iter().map(place).collect();
        Self {
            truth: self.truth.iter().map(place).collect(),
            answer: Answer { classes: told, probabilities },
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use netsift_data::prepare::{LabelMap, Otherwise, Scale};
    use netsift_data::{Labels, Schema};

    use super::*;

    /// Three classes in stretches of a column; the third has rows in one fold of two alone.
    fn rows() -> Dataset {
        let cells = Array2::from_shape_fn((41, 1), |(row, _)| row as f64);
        let class = |row: usize| if row == 40 { "a rare one" } else { ["b", "c"][row / 20] };
        let data = Dataset::new(Schema::numbers(["x"]).unwrap(), cells).unwrap();
        data.with_labels(Labels::of((0..41).map(class).collect::<Vec<_>>())).unwrap()
    }

    fn cross(folds: usize) -> CrossValidation<'static> {
        CrossValidation::new(Split::stratified(3).allow_rare(true), folds)
    }

    #[test]
    fn every_row_is_told_once_by_those_that_have_not_seen_it() {
        let data = rows();
        let crossed = cross(2).of(&Recipe::named("knn").unwrap(), &data).unwrap();
        let all = crossed.out_of_fold();
        assert_eq!(all.rows, (0..41).collect::<Vec<_>>());
        let labels = data.labels().unwrap();
        assert_eq!(all.truth, labels.numbers().to_vec());
        // Nobody else is of the rare class, so that the fold that tells of its row has not learned it.
        assert_ne!(all.answer.classes[40], all.truth[40]);
        let scores = crossed.scores(Score::Accuracy).unwrap();
        assert_eq!(scores.iter().map(|fold| fold.test_rows).sum::<usize>(), 41);
        assert!(scores.iter().all(|fold| fold.score > 0.85 && fold.train_rows >= 20));
        let (is_c, probable) = crossed.against_rest("c").unwrap();
        assert!(is_c[30] && probable[30] == 1.0 && probable[2] == 0.0);
        assert!(crossed.against_rest("d").is_err());
    }

    #[test]
    fn renamed_classes_have_one_number_in_all_folds() {
        let map = LabelMap::new(Otherwise::Keep).rule("c", "z");
        let cross = cross(2).plans([map.into(), Scale::standard().into()]);
        let crossed = cross.of(&Recipe::named("decision-tree").unwrap(), &rows()).unwrap();
        let all = crossed.out_of_fold();
        let told = |row: usize| crossed.classes()[all.truth[row] as usize].as_str();
        assert_eq!((told(3), told(30), told(40)), ("b", "z", "a rare one"));
        let right = all.truth.iter().zip(&all.answer.classes).filter(|(one, other)| one == other);
        assert!(right.count() >= 38);
        assert!(
            all.answer.probabilities.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-9)
        );
    }

    #[test]
    fn what_cannot_be_judged_is_refused() {
        let recipe = Recipe::named("logistic-regression").unwrap();
        assert!(matches!(cross(1).of(&recipe, &rows()), Err(ModelError::Data(_))));
        let one = rows().with_labels(Labels::of(vec!["b"; 41])).unwrap();
        assert!(matches!(cross(2).of(&recipe, &one), Err(ModelError::OneClass { .. })));
        let none = cross(2).of_folds(&recipe, &rows(), &[]).unwrap();
        assert!(none.scores(Score::MacroF1).unwrap().is_empty());
        assert_eq!(none.out_of_fold().answer.probabilities.dim(), (0, 0));
    }
}
