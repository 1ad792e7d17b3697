//! Trials one after the other, as long as there is time.

use netsift_data::Dataset;
use netsift_data::split::Fold;

use super::deadline::Deadline;
use super::{Contender, Ended, Found, LeftOut, Search, Trial, Why};
use crate::judging::altered::sampled;
use crate::judging::cross::Fits;
use crate::judging::space::set;
use crate::judging::{CrossValidation, FoldScore, Point};
use crate::{ModelError, Recipe};

/// A search on its way.
pub(super) struct Run<'r> {
    pub(super) seed: u64,
    cross: CrossValidation<'r>,
    deadline: &'r Deadline<'r>,
    data: &'r Dataset,
    folds: Vec<Fold>,
    fits: Fits,
    found: Found,
}

/// Settings to be tried.
#[derive(Clone)]
pub(super) struct Asked<'c> {
    pub(super) contender: &'c Contender,
    pub(super) settings: Point,
}

impl<'r> Run<'r> {
    pub(super) fn new(
        search: &Search<'r>,
        deadline: &'r Deadline<'r>,
        data: &'r Dataset,
    ) -> Result<Self, ModelError> {
        let cross = search.cross.clone().watched(deadline);
        let folds = cross.folds(data)?;
        let found = Found {
            score: search.score,
            trials: Vec::new(),
            left_out: Vec::new(),
            ended: Ended::Whole,
        };
        let fits = Fits { before: 0, of: 0 };
        Ok(Self { seed: search.seed, cross, deadline, data, folds, fits, found })
    }

    /// So many more trials are to come, as far as is known.
    pub(super) fn expects(&mut self, trials: usize) {
        self.fits.of = self.fits.before + trials.saturating_mul(self.folds.len());
    }

    /// The rows that the smallest fold learns from.
    pub(super) fn train_rows(&self) -> usize {
        self.folds.iter().map(|fold| fold.train.len()).min().unwrap_or(0)
    }

    /// Tries these settings with a share of the rows: how good they are (the greater, the better), if they could be tried.
    pub(super) fn tries(&mut self, asked: &Asked<'_>, share: f64) -> Option<f64> {
        let recipe = match set(&asked.contender.recipe, &asked.settings) {
            Ok(recipe) => recipe,
            Err(error) => return self.without(asked, Why::Failed(error)),
        };
        if let Some(ended) = self.deadline.over() {
            self.found.ended = ended;
            return self.without(asked, ended.why());
        }
        let started = (self.deadline.clock)();
        match self.scored(&recipe, share) {
            Ok(folds) => {
                let took = (self.deadline.clock)().saturating_sub(started);
                let settings = asked.settings.clone();
                let trial = Trial { recipe, settings, share, folds, took };
                let merit = self.found.score.merit(trial.mean());
                self.found.trials.push(trial);
                Some(merit)
            }
            Err(ModelError::Cancelled) => {
                // Asked again, a clock that stands still may say that there is time: the fit has heard otherwise.
                let ended = self.deadline.over().unwrap_or(Ended::OutOfTime);
                self.found.ended = ended;
                self.without(asked, ended.why())
            }
            Err(error) => self.without(asked, Why::Failed(error)),
        }
    }

    /// No more settings of this learner are tried.
    pub(super) fn stays_behind(&mut self, contender: &Contender) {
        let asked = Asked { contender, settings: Point::new() };
        self.without(&asked, Why::Behind);
    }

    /// Whether a trial of this learner at this share is there with these settings.
    pub(super) fn has(&self, asked: &Asked<'_>, share: f64) -> bool {
        let name = asked.contender.recipe.name();
        self.found.trials.iter().any(|trial| {
            trial.recipe.name() == name && trial.settings == asked.settings && trial.share == share
        })
    }

    pub(super) fn found(self) -> Found {
        let mut found = self.found;
        found.sort();
        found
    }

    fn scored(&mut self, recipe: &Recipe, share: f64) -> Result<Vec<FoldScore>, ModelError> {
        let fits = Fits { of: self.fits.of.max(self.fits.before + self.folds.len()), ..self.fits };
        self.fits.before += self.folds.len();
        let seed = self.seed;
        let alter = |train: Dataset| sampled(&train, share, seed);
        let crossed = self.cross.within(recipe, self.data, &self.folds, fits, alter)?;
        crossed.scores(self.found.score)
    }

    /// Nothing, and it is told why.
    fn without(&mut self, asked: &Asked<'_>, why: Why) -> Option<f64> {
        let (recipe, settings) = (asked.contender.recipe.clone(), asked.settings.clone());
        self.found.left_out.push(LeftOut { recipe, settings, why });
        None
    }
}
