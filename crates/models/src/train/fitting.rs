//! One fit: rows prepared, balanced, learned from, and judged.

use std::time::Duration;

use netsift_data::balance::{ClassWeights, Finding};
use netsift_data::{DataError, Dataset, Plan, Preparation};

use super::Balancing;
use crate::{Judged, Learner, ModelError, Predictor, Recipe, Training, Watch};

/// With what a trainer works.
#[derive(Clone, Copy)]
pub(super) struct Stage<'a> {
    pub(super) threads: usize,
    pub(super) watch: &'a dyn Watch,
    pub(super) clock: &'a dyn Fn() -> Duration,
}

/// What came of a fit.
pub(super) struct Fitted {
    pub(super) predictor: Predictor,
    /// How many rows the learner was given.
    pub(super) rows: u64,
    /// Classes that could not be balanced as was asked for.
    pub(super) unbalanced: Vec<Finding>,
}

/// What came of asking about rows.
pub(super) struct Asked {
    pub(super) judged: Judged,
    /// How probable the class is that is told of each row.
    pub(super) scores: Vec<f64>,
    pub(super) took: Duration,
}

impl Stage<'_> {
    /// Everything is learned from these rows, and from no others.
    pub(super) fn fit(
        &self,
        recipe: &Recipe,
        plans: &[Plan],
        balance: Balancing<'_>,
        train: &Dataset,
    ) -> Result<Fitted, ModelError> {
        let (preparation, prepared) = Preparation::fit(plans, train)?;
        let (rows, unbalanced) = match balance {
            Balancing::Rows(balance) => {
                let balanced = balance.balanced(&prepared)?;
                (balanced.data, balanced.findings)
            }
            _ => (prepared, Vec::new()),
        };
        let labels = rows.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
        let training = Training::of(&rows)?.threads(self.threads).watched(self.watch);
        let training = match balance {
            Balancing::Weights => training.class_weights(&ClassWeights::balanced(labels))?,
            _ => training,
        };
        let model = recipe.fit(&training)?;
        let predictor = Predictor::new(preparation, model)?;
        Ok(Fitted { predictor, rows: rows.rows() as u64, unbalanced })
    }

    /// Asks about these rows, whose classes are known.
    pub(super) fn judge(&self, predictor: &Predictor, data: &Dataset) -> Result<Asked, ModelError> {
        let truth = crate::judged::Truth::of(predictor, data)?;
        let (answer, took) = self.timed(|| predictor.answer(data, self.threads))?;
        Ok(Asked { judged: Judged::compare(&truth, &answer)?, scores: answer.scores(), took })
    }

    pub(super) fn timed<T>(
        &self,
        work: impl FnOnce() -> Result<T, ModelError>,
    ) -> Result<(T, Duration), ModelError> {
        let started = (self.clock)();
        let done = work()?;
        Ok((done, (self.clock)().saturating_sub(started)))
    }
}
