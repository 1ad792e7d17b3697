//! What a search has found, and what it has not looked at.

use std::time::Duration;

use crate::judging::{FoldScore, Point, Score};
use crate::{ModelError, Recipe};

/// What a search has found.
#[derive(Debug)]
#[non_exhaustive]
pub struct Found {
    /// What settings were compared by.
    pub score: Score,
    /// What was tried: those that were given all rows first, and of them the best.
    pub trials: Vec<Trial>,
    /// What was not, and why, in the order in which it came up.
    pub left_out: Vec<LeftOut>,
    /// How it ended.
    pub ended: Ended,
}

/// Settings that were tried.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Trial {
    /// The learner with them.
    pub recipe: Recipe,
    /// Those that were chosen; none, of a learner as it was given.
    pub settings: Point,
    /// Which share of the rows to train with it was given in each fold.
    pub share: f64,
    /// The score of each fold.
    pub folds: Vec<FoldScore>,
    /// What all folds together took, by the clock of the search.
    pub took: Duration,
}

/// Settings that were not tried, or not to the end.
#[derive(Debug)]
#[non_exhaustive]
pub struct LeftOut {
    /// The learner with them.
    pub recipe: Recipe,
    /// Those that were chosen; none, of a learner as it was given.
    pub settings: Point,
    /// Why.
    pub why: Why,
}

/// Why settings were left out.
#[derive(Debug)]
#[non_exhaustive]
pub enum Why {
    /// The learner cannot learn from these rows.
    Failed(ModelError),
    /// The time was up.
    OutOfTime,
    /// The search was cancelled.
    Cancelled,
    /// Other learners were better, and no more settings of this one were drawn.
    Behind,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// All was tried that was to be.
    Whole,
    /// The time was up.
    OutOfTime,
    /// It was cancelled.
    Cancelled,
}

impl Found {
    /// The best of those that were given all rows.
    ///
    /// # Errors
    /// If nothing was tried to the end: [`ModelError::NoTrial`] with what the first learner said that could not learn,
    /// [`ModelError::OutOfTime`] or [`ModelError::Cancelled`].
    pub fn best(&self) -> Result<&Trial, ModelError> {
        let best = self.trials.first().filter(|trial| trial.share >= 1.0);
        best.ok_or_else(|| self.none())
    }

    /// The best of those that were given most rows: all of them, unless a search by halving was ended early.
    ///
    /// # Errors
    /// As [`best`](Self::best), if nothing was tried at all.
    pub fn leading(&self) -> Result<&Trial, ModelError> {
        self.trials.first().ok_or_else(|| self.none())
    }

    /// Why there is no best.
    fn none(&self) -> ModelError {
        let failed = self.left_out.iter().find_map(|left| match &left.why {
            Why::Failed(error) => Some((left.recipe.name(), error)),
            _ => None,
        });
        match (self.ended, failed) {
            (Ended::Cancelled, _) => ModelError::Cancelled,
            (Ended::OutOfTime, _) | (_, None) => ModelError::OutOfTime,
            (_, Some((learner, error))) => {
                ModelError::NoTrial { first: learner, says: error.to_string().into() }
            }
        }
    }

    /// The learner of the best, as it was given: what the choice of settings is to be held against.
    #[must_use]
    pub fn usual(&self) -> Option<&Trial> {
        let name = self.trials.first()?.recipe.name();
        let is_usual = |trial: &&Trial| trial.settings.is_empty() && trial.share >= 1.0;
        self.trials.iter().filter(is_usual).find(|trial| trial.recipe.name() == name)
    }

    /// The best first: of equals, what came first.
    pub(super) fn sort(&mut self) {
        let merit = |trial: &Trial| self.score.merit(trial.mean());
        self.trials.sort_by(|one, other| {
            let by_share = other.share.total_cmp(&one.share);
            by_share.then_with(|| merit(other).total_cmp(&merit(one)))
        });
    }
}

impl Trial {
    /// The mean score over folds.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.folds.iter().map(|fold| fold.score).sum::<f64>() / self.folds.len().max(1) as f64
    }

    /// By how much folds differ: the standard deviation of their scores.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        let mean = self.mean();
        let squares: f64 = self.folds.iter().map(|fold| (fold.score - mean).powi(2)).sum();
        (squares / self.folds.len().saturating_sub(1).max(1) as f64).sqrt()
    }
}

impl Ended {
    /// Why what comes after was left out.
    pub(super) fn why(self) -> Why {
        if self == Self::Cancelled { Why::Cancelled } else { Why::OutOfTime }
    }
}
