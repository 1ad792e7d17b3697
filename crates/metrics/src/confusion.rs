//! Truth against guess, counted.

use serde::{Deserialize, Serialize};

use crate::average::{mean, mean_by_support};
use crate::counts::ratio;
use crate::error::same_rows;
use crate::labels::{Classes, class_count, distinct, known};
use crate::sum::sum;
use crate::weights::Weights;
use crate::{Average, Beta, Counts, MetricError};

/// How often each class was told to be each class: a row for each truth, a column for each guess.
///
/// ```
/// use netsift_metrics::{Average, Confusion, Counts};
///
/// let truth = ["benign", "benign", "scan", "scan", "flood"];
/// let guess = ["benign", "scan", "scan", "scan", "benign"];
/// let confusion = Confusion::of(&truth, &guess)?;
/// assert_eq!(confusion.classes(), ["benign", "flood", "scan"]);
/// assert_eq!(confusion.row(0), [1.0, 0.0, 1.0]);
/// assert_eq!(confusion.accuracy(), 0.6);
/// assert_eq!(confusion.recall(Average::Macro), 0.5);
/// assert_eq!(confusion.average(Average::Micro, Counts::specificity), 0.8);
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved<L>", bound(deserialize = "L: Deserialize<'de> + Ord"))]
pub struct Confusion<L> {
    classes: Vec<L>,
    /// Row after row.
    cells: Vec<f64>,
    is_weighted: bool,
}

impl<L: Ord + Clone> Confusion<L> {
    /// Of the classes that appear on either side, in their order. Every row counts one.
    ///
    /// # Errors
    /// If there are no rows, not as many of both, or more than [`MAX_CLASSES`](crate::MAX_CLASSES) classes.
    pub fn of(truth: &[L], guess: &[L]) -> Result<Self, MetricError> {
        Self::weighted(truth, guess, None)
    }

    /// The same, where rows count by their weights.
    ///
    /// # Errors
    /// Those of [`of`](Self::of), and if a weight is negative or not finite, or none counts.
    pub fn weighted(
        truth: &[L],
        guess: &[L],
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        same_rows("guess", truth.len(), guess.len())?;
        Self::among(&distinct([truth, guess])?, truth, guess, weights)
    }

    /// Of given classes in the given order, so that classes nobody has seen count too.
    ///
    /// # Errors
    /// Those of [`weighted`](Self::weighted), and if a class is repeated or a label is none of them.
    pub fn among(
        classes: &[L],
        truth: &[L],
        guess: &[L],
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        same_rows("guess", truth.len(), guess.len())?;
        let places = Classes::of(classes)?;
        let (truth, guess) = (places.codes("truth", truth)?, places.codes("guess", guess)?);
        Self::counted(classes.to_vec(), &truth, &guess, weights)
    }
}

impl Confusion<u32> {
    /// Of codes from 0 up to the number of classes: nothing is looked up.
    ///
    /// # Errors
    /// Those of [`among`](Confusion::among).
    pub fn of_codes(
        classes: usize,
        truth: &[u32],
        guess: &[u32],
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        class_count(classes)?;
        Self::counted((0..).take(classes).collect(), truth, guess, weights)
    }
}

impl<L> Confusion<L> {
    /// The classes, in the order of rows and columns.
    #[must_use]
    pub fn classes(&self) -> &[L] {
        &self.classes
    }

    /// What was guessed for the rows of a class, by its place. Nothing if there is no such class.
    #[must_use]
    pub fn row(&self, class: usize) -> &[f64] {
        self.rows().nth(class).unwrap_or_default()
    }

    /// What was guessed, class by class.
    #[must_use]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.cells.chunks_exact(self.classes.len().max(1))
    }

    /// Whether rows were given weights.
    #[must_use]
    pub fn is_weighted(&self) -> bool {
        self.is_weighted
    }

    /// All rows, by weight.
    #[must_use]
    pub fn total(&self) -> f64 {
        sum(self.supports())
    }

    /// The rows of each class, by weight.
    #[must_use]
    pub fn supports(&self) -> Vec<f64> {
        self.rows().map(|row| sum(row.iter().copied())).collect()
    }

    /// The rows told to be of each class, by weight.
    #[must_use]
    pub fn predicted(&self) -> Vec<f64> {
        let mut columns = vec![crate::Sum::default(); self.classes.len()];
        for row in self.rows() {
            columns.iter_mut().zip(row).for_each(|(column, cell)| column.add(*cell));
        }
        columns.into_iter().map(crate::Sum::value).collect()
    }

    /// The rows that were told right, by weight, class by class.
    pub(crate) fn diagonal(&self) -> impl Iterator<Item = f64> {
        self.cells.iter().step_by(self.classes.len() + 1).copied()
    }

    /// What was told wrong: the class, what its rows were told to be, and how many they were, by weight. The most come
    /// first, of equally many in the order of classes.
    ///
    /// ```
    /// use netsift_metrics::Confusion;
    ///
    /// # fn main() -> Result<(), netsift_metrics::MetricError> {
    /// let confusion = Confusion::of(&["a", "a", "b", "b"], &["a", "b", "a", "a"])?;
    /// assert_eq!(confusion.mistakes(), [(&"b", &"a", 2.0), (&"a", &"b", 1.0)]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn mistakes(&self) -> Vec<(&L, &L, f64)> {
        let rows = self.classes.iter().zip(self.rows()).enumerate();
        let wrong = rows.flat_map(|(place, (is, row))| {
            let cells = self.classes.iter().zip(row).enumerate();
            cells
                .filter(move |(told, (_, weight))| *told != place && **weight > 0.0)
                .map(move |(_, (told, weight))| (is, told, *weight))
        });
        let mut wrong: Vec<(&L, &L, f64)> = wrong.collect();
        wrong.sort_by(|(.., one), (.., other)| other.total_cmp(one));
        wrong
    }

    /// Each class against the rest.
    #[must_use]
    pub fn counts(&self) -> Vec<Counts> {
        let (supports, predicted) = (self.supports(), self.predicted());
        let negatives = others(&supports);
        let mut counts = Vec::with_capacity(self.classes.len());
        for (class, right) in self.diagonal().enumerate() {
            // Nothing is taken from nothing: what is left is never below zero by rounding.
            let false_positives = (predicted[class] - right).max(0.0);
            counts.push(Counts {
                true_positives: right,
                false_positives,
                false_negatives: (supports[class] - right).max(0.0),
                true_negatives: (negatives[class] - false_positives).max(0.0),
            });
        }
        counts
    }

    /// How much was told right.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        ratio(sum(self.diagonal()), self.total())
    }

    /// The mean recall of the classes that have rows.
    #[must_use]
    pub fn balanced_accuracy(&self) -> f64 {
        let with_rows = self.counts().into_iter().filter(|counts| counts.support() > 0.0);
        mean(&with_rows.map(|counts| counts.recall()).collect::<Vec<_>>())
    }

    /// Any score of [`Counts`], averaged: `average(Average::Macro, Counts::specificity)`. Of each class it is
    /// `counts().iter().map(Counts::specificity)`.
    #[must_use]
    pub fn average(&self, average: Average, score: impl Fn(&Counts) -> f64) -> f64 {
        let counts = self.counts();
        let scores = || counts.iter().map(&score).collect::<Vec<_>>();
        match average {
            Average::Micro => score(&counts.iter().fold(Counts::default(), |sum, c| sum.plus(*c))),
            Average::Macro => mean(&scores()),
            Average::Weighted => mean_by_support(&scores(), &self.supports()),
        }
    }

    /// Averaged [`Counts::precision`].
    #[must_use]
    pub fn precision(&self, average: Average) -> f64 {
        self.average(average, Counts::precision)
    }

    /// Averaged [`Counts::recall`].
    #[must_use]
    pub fn recall(&self, average: Average) -> f64 {
        self.average(average, Counts::recall)
    }

    /// Averaged [`Counts::f_beta`].
    #[must_use]
    pub fn f_beta(&self, beta: Beta, average: Average) -> f64 {
        self.average(average, |counts| counts.f_beta(beta))
    }

    /// Averaged [`Counts::f1`].
    #[must_use]
    pub fn f1(&self, average: Average) -> f64 {
        self.average(average, Counts::f1)
    }

    /// The same without classes that no row is of and that none is told to be. A mean over classes is worse for each that is only
    /// known of: this is what scikit-learn averages over where nobody names classes.
    #[must_use]
    pub fn present(&self) -> Self
    where
        L: Clone,
    {
        let size = self.classes.len();
        let told = |class: usize| self.rows().any(|row| row.get(class).is_some_and(|it| *it > 0.0));
        let is_present = |&class: &usize| self.row(class).iter().any(|it| *it > 0.0) || told(class);
        let kept: Vec<usize> = (0..size).filter(is_present).collect();
        let cells = kept.iter().flat_map(|class| {
            let row = self.row(*class);
            kept.iter().filter_map(|other| row.get(*other).copied())
        });
        let classes = kept.iter().filter_map(|class| self.classes.get(*class).cloned());
        Self { classes: classes.collect(), cells: cells.collect(), is_weighted: self.is_weighted }
    }

    /// The same counts under other names, one for each class in their order.
    ///
    /// # Errors
    /// If there are not as many, or two are the same.
    pub fn named<M: Ord>(&self, names: Vec<M>) -> Result<Confusion<M>, MetricError> {
        Saved { classes: names, cells: self.cells.clone(), is_weighted: self.is_weighted }
            .try_into()
    }

    fn counted(
        classes: Vec<L>,
        truth: &[u32],
        guess: &[u32],
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        same_rows("guess", truth.len(), guess.len())?;
        let weights = Weights::checked(weights, truth.len())?;
        known("truth", truth, classes.len())?;
        known("guess", guess, classes.len())?;
        let mut cells = vec![0.0; classes.len() * classes.len()];
        let places = truth.iter().zip(guess);
        let places = places.map(|(t, g)| *t as usize * classes.len() + *g as usize);
        for (row, place) in places.enumerate() {
            cells[place] += weights.of(row);
        }
        Ok(Self { classes, cells, is_weighted: weights.given().is_some() })
    }
}

/// For each value the sum of all others, which is exactly zero if they are.
pub(crate) fn others(values: &[f64]) -> Vec<f64> {
    let mut others = Vec::with_capacity(values.len());
    let mut before = 0.0;
    for value in values {
        others.push(before);
        before += value;
    }
    let mut behind = 0.0;
    for (other, value) in others.iter_mut().zip(values).rev() {
        *other += behind;
        behind += value;
    }
    others
}

/// What was read from somewhere, before it is trusted.
#[derive(Deserialize)]
struct Saved<L> {
    classes: Vec<L>,
    cells: Vec<f64>,
    is_weighted: bool,
}

impl<L: Ord> TryFrom<Saved<L>> for Confusion<L> {
    type Error = MetricError;

    fn try_from(saved: Saved<L>) -> Result<Self, MetricError> {
        let Saved { classes, cells, is_weighted } = saved;
        Classes::of(&classes)?;
        let (expected, found) = (classes.len() * classes.len(), cells.len());
        if found != expected {
            return Err(MetricError::Shape { what: "cells", expected, found });
        }
        Weights::checked(Some(&cells), cells.len())?;
        Ok(Self { classes, cells, is_weighted })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn classes_are_those_seen_or_those_given() {
        let (truth, guess) = (["b", "a", "b"], ["b", "b", "b"]);
        let seen = Confusion::of(&truth, &guess).unwrap();
        assert_eq!(
            (seen.classes(), seen.cells.as_slice()),
            (&["a", "b"][..], &[0., 1., 0., 2.][..])
        );
        let given = Confusion::among(&["c", "b", "a"], &truth, &guess, None).unwrap();
        assert_eq!(given.row(1), [0.0, 2.0, 0.0]);
        assert_eq!(given.row(2), [0.0, 1.0, 0.0]);
        assert_eq!(given.row(3), [0.0; 0]);
        assert_eq!(given.accuracy(), seen.accuracy());
    }

    #[test]
    fn inputs_that_do_not_fit_are_refused() {
        let length = MetricError::Length { what: "guess", expected: 2, found: 1 };
        assert_eq!(Confusion::of(&[1, 2], &[1]), Err(length.clone()));
        assert_eq!(Confusion::of_codes(3, &[1, 2], &[1], None), Err(length));
        assert_eq!(Confusion::<u8>::of(&[], &[]), Err(MetricError::Empty));
        assert_eq!(Confusion::of_codes(2, &[], &[], None), Err(MetricError::Empty));
        let unknown = |what| Err(MetricError::UnknownLabel { what, row: 1, classes: 2 });
        assert_eq!(Confusion::of_codes(2, &[0, u32::MAX], &[0, 0], None), unknown("truth"));
        assert_eq!(Confusion::among(&[0, 1], &[0, 0], &[0, 2], None), unknown("guess"));
        let many = Confusion::of_codes(usize::MAX, &[0], &[0], None);
        assert!(matches!(many, Err(MetricError::TooManyClasses { .. })));
    }

    #[test]
    fn what_is_read_back_is_checked() {
        let confusion = Confusion::of(&["a", "b"], &["b", "b"])
            .unwrap()
            .named(vec!["x".to_owned(), "y".to_owned()]);
        let confusion = confusion.unwrap();
        let text = serde_json::to_string(&confusion).unwrap();
        assert_eq!(serde_json::from_str::<Confusion<String>>(&text).unwrap(), confusion);
        for (good, bad) in [("0.0,1.0", "1.0"), ("0.0,1.0", "-1.0,1.0"), ("\"x\"", "\"y\"")] {
            assert!(text.contains(good), "{text}");
            let forged = text.replacen(good, bad, 1);
            assert!(serde_json::from_str::<Confusion<String>>(&forged).is_err(), "{forged}");
        }
    }

    #[test]
    fn one_class_by_any_weights_leaves_exactly_nothing_to_the_rest() {
        let weights = [0.1, 0.7, 0.3];
        let confusion = Confusion::among(&[0, 1], &[0; 3], &[0; 3], Some(&weights)).unwrap();
        assert_eq!(confusion.counts()[0].true_negatives, 0.0);
        assert_eq!(confusion.counts()[1].true_positives, 0.0);
        assert_eq!(others(&[0.1, 0.0, 0.0]), [0.0, 0.1, 0.1]);
    }

    proptest! {
        #[test]
        fn rows_sum_to_support_and_columns_to_what_was_guessed(
            rows in prop::collection::vec((0_u32..5, 0_u32..5, 0_u8..4), 1..60),
        ) {
            let truth: Vec<_> = rows.iter().map(|row| row.0).collect();
            let guess: Vec<_> = rows.iter().map(|row| row.1).collect();
            let confusion = Confusion::of_codes(5, &truth, &guess, None).unwrap();
            for class in 0..5 {
                let times = |labels: &[u32]| labels.iter().filter(|l| **l == class).count() as f64;
                let counts = confusion.counts()[class as usize];
                prop_assert_eq!(counts.support(), times(&truth));
                prop_assert_eq!(counts.predicted(), times(&guess));
                prop_assert_eq!(counts.support() + counts.negatives(), rows.len() as f64);
            }
            prop_assert_eq!(confusion.cells, Confusion::among(&[0, 1, 2, 3, 4], &truth, &guess, None).unwrap().cells);
        }
    }

    #[test]
    fn classes_that_nobody_has_and_nobody_tells_may_be_left_out() {
        let (truth, guess) = (["a", "a", "b", "b"], ["a", "b", "b", "b"]);
        let few = Confusion::of(&truth, &guess).unwrap();
        let more = Confusion::among(&["a", "c", "b"], &truth, &guess, None).unwrap();
        assert!(more.f1(Average::Macro) < few.f1(Average::Macro));
        assert_eq!(more.present(), few);
        // One that is told, though no row is of it, stays.
        let told = Confusion::of(&truth, &["a", "c", "b", "b"]).unwrap();
        assert_eq!(told.present(), told);
    }
}
