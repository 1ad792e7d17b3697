//! Learners compared by rows that each fold of them has not learned from.

use netsift_data::Dataset;
use netsift_data::split::Fold as Rows;
use netsift_metrics::{Average, Confusion};

use super::{Trainer, USUAL_FOLDS};
use crate::bundle::{CrossFacts, Fold};
use crate::judged::Truth;
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

    /// Each learner in the same folds.
    pub(super) fn cross_validated(&self, train: &Dataset) -> Result<Vec<Crossed>, ModelError> {
        let Some(count) = self.fold_count() else {
            return Ok(self.recipes.iter().map(|_| Crossed::default()).collect());
        };
        let folds = self.split.folds(train, count)?;
        let crossed = |(number, recipe): (usize, &Recipe)| {
            let mut told = CrossFacts { learner: recipe.name().to_owned(), folds: Vec::new() };
            match self.in_folds(recipe, number * count, &folds, train) {
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

    fn in_folds(
        &self,
        recipe: &Recipe,
        before: usize,
        folds: &[Rows],
        train: &Dataset,
    ) -> Result<Vec<Fold>, ModelError> {
        let fits = self.recipes.len() * (folds.len() + 1);
        let plans = self.plans_for(recipe);
        let in_fold = |(number, rows): (usize, &Rows)| {
            self.stage.watch.begins(recipe.name(), before + number, fits);
            let [train, test] = rows.datasets(train)?;
            let fitted = self.stage.fit(recipe, &plans, self.balance, &train)?;
            let truth = Truth::of(&fitted.predictor, &test)?;
            let answer = fitted.predictor.answer(&test, self.stage.threads)?;
            let told = answer.classes.to_vec();
            let confusion = Confusion::of_codes(truth.names.len(), &truth.codes, &told, None)?;
            Ok(Fold { accuracy: confusion.accuracy(), macro_f1: confusion.f1(Average::Macro) })
        };
        folds.iter().enumerate().map(in_fold).collect()
    }
}
