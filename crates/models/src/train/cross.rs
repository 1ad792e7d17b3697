//! Learners compared by rows that each fold of them has not learned from.

use netsift_data::Dataset;
use netsift_data::split::Fold as Rows;

use super::{Trainer, USUAL_FOLDS};
use crate::bundle::{CrossFacts, Fold};
use crate::judging::{CrossValidation, Fits, Score};
use crate::{ModelError, Recipe};

/// How a learner did, or why it could not learn.
#[derive(Default)]
pub(super) struct Crossed {
    pub(super) facts: Option<CrossFacts>,
    pub(super) failed: Option<ModelError>,
}

impl Crossed {
    /// The mean macro F1 over folds; 0 without folds.
    pub(super) fn score(&self) -> f64 {
        self.facts.as_ref().and_then(|facts| facts.mean(|fold| fold.macro_f1)).unwrap_or(0.0)
    }
}

impl Trainer<'_> {
    /// In how many folds learners are compared, if they are.
    pub(super) fn fold_count(&self) -> Option<usize> {
        self.folds.or((self.recipes.len() > 1).then_some(USUAL_FOLDS))
    }

    /// The folds of these rows in which learners are compared, or curves are learned; none, if neither is done.
    ///
    /// # Errors
    /// What [`Split::folds`](netsift_data::split::Split::folds) says.
    pub fn folds_of(&self, train: &Dataset) -> Result<Vec<Rows>, ModelError> {
        match self.fold_count().or(self.calibration.map(|_| USUAL_FOLDS)) {
            Some(count) => Ok(self.split.folds(train, count)?),
            None => Ok(Vec::new()),
        }
    }

    /// Each learner in the same folds.
    pub(super) fn cross_validated(&self, train: &Dataset) -> Result<Vec<Crossed>, ModelError> {
        let Some(count) = self.fold_count() else {
            return Ok(self.recipes.iter().map(|_| Crossed::default()).collect());
        };
        let cross = CrossValidation::fitting(self.split.clone(), count, self.fitting.clone());
        let folds = cross.folds(train)?;
        let crossed = |(number, recipe): (usize, &Recipe)| {
            let fits = Fits { before: number * count, of: self.recipes.len() * (count + 1) };
            let mut told = CrossFacts { learner: recipe.name().to_owned(), folds: Vec::new() };
            match in_folds(&cross, recipe, fits, &folds, train) {
                Err(ModelError::Cancelled) => Err(ModelError::Cancelled),
                Err(error) => Ok(Crossed { facts: Some(told), failed: Some(error) }),
                Ok(scores) => {
                    told.folds = scores;
                    Ok(Crossed { facts: Some(told), failed: None })
                }
            }
        };
        self.recipes.iter().enumerate().map(crossed).collect()
    }
}

fn in_folds(
    cross: &CrossValidation<'_>,
    recipe: &Recipe,
    fits: Fits,
    folds: &[Rows],
    train: &Dataset,
) -> Result<Vec<Fold>, ModelError> {
    let crossed = cross.within(recipe, train, folds, fits, Ok)?;
    let accuracy = crossed.scores(Score::Accuracy)?;
    let macro_f1 = crossed.scores(Score::MacroF1)?;
    let both = accuracy.iter().zip(&macro_f1);
    let both = both.map(|(one, other)| Fold { accuracy: one.score, macro_f1: other.score });
    Ok(both.collect())
}
