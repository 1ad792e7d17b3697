//! From rows without labels to a bundle: shared out, prepared, learned from, compared, and from when on they are told.

mod bundling;
mod fit;
mod judged;
mod limit;
mod live;
mod stability;
mod usual;

use std::time::Duration;

use netsift_data::split::Split;
use netsift_data::{Dataset, Plan};

use crate::bundle::{About, Bundle};
use crate::fitting::no_clock;
use crate::train::{USUAL_SEED, USUAL_TEST, held_back};
use crate::{DetectorRecipe, ModelError, Watch};
use fit::{Held, Tried, known_anomalies};
pub use judged::AnomaliesJudged;
pub(crate) use limit::Rate;
pub use limit::{Limit, USUAL_CONTAMINATION};
pub use live::{LiveBaseline, LiveState, MOST_LIVE_ROWS};
use stability::MOST_RESAMPLES;
pub use stability::Stability;
pub use usual::UsualLabels;

/// Halves of the rows that detectors are compared on: six pairs of them, for the time of about two fits.
pub const USUAL_RESAMPLES: usize = 4;

/// Trains one detector, or compares several and keeps the best.
///
/// Rows need no labels. Where they have some, these say `usual` or `anomaly` ([`UsualLabels`] makes them of any): anomalies
/// are not learned from unless that is [asked for](Self::learn_anomalies), and detectors are compared by how well they find
/// them. Everything is learned from the rows to train with alone, and all choices are made by them; rows that are held back
/// are looked at when all is decided.
///
/// Of several detectors the one is kept that tells anomalies best from usual rows, by the ROC area in resamples of the rows
/// to train with; where none are known, the one whose answers depend least on which rows it learned
/// ([`Stability::number`]). Of equals it is the first.
///
/// ```
/// use netsift_models::data::{Dataset, Schema};
/// use netsift_models::ndarray::Array2;
/// use netsift_models::{Bundle, DetectorRecipe, DetectorTrainer, Limit, ModelError};
///
/// # fn main() -> Result<(), ModelError> {
/// let schema = Schema::numbers(["packets", "mean length"])?;
/// let rows = Array2::from_shape_fn((400, 2), |(row, column)| ((row * [7, 13][column]) % 31) as f64);
/// let data = Dataset::new(schema.clone(), rows)?;
///
/// let trainer = DetectorTrainer::new([DetectorRecipe::named("hbos")?]);
/// let trained = trainer.limit(Limit::Contamination(0.05)).train(&data)?;
/// let file = trained.bundle.save(Vec::new())?;
///
/// let bundle = Bundle::load(&file[..])?;
/// let far = Dataset::new(schema, Array2::from_elem((1, 2), 900.0))?;
/// let found = bundle.findings(&far, 1)?;
/// assert!(found[0].is_anomaly && found[0].quantile > 0.99);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct DetectorTrainer<'a> {
    recipes: Vec<DetectorRecipe>,
    plans: Vec<Plan>,
    is_completed: bool,
    limit: Limit,
    learns_anomalies: bool,
    split: Split,
    test_share: f64,
    resamples: usize,
    seed: u64,
    about: About,
    threads: usize,
    watch: &'a dyn Watch,
    clock: &'a dyn Fn() -> Duration,
}

/// What came of a training without labels.
#[derive(Debug)]
#[non_exhaustive]
pub struct TrainedDetector {
    /// The detector, with all that belongs to it.
    pub bundle: Bundle,
    /// Every detector that was tried, in their order.
    pub candidates: Vec<DetectorCandidate>,
    /// Which of them the bundle holds.
    pub chosen: usize,
}

/// A detector that was tried.
#[derive(Debug)]
#[non_exhaustive]
pub struct DetectorCandidate {
    /// The detector with its settings.
    pub recipe: DetectorRecipe,
    /// How much resamples agree; nothing if that was not asked, or it could not learn from parts of the rows.
    pub stability: Option<Stability>,
    /// What it tells, or why it could not learn from the rows.
    pub outcome: Result<DetectorOutcome, ModelError>,
}

/// What a detector tells, and what it cost.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DetectorOutcome {
    /// What preparing and fitting took, by the trainer's clock: with the scores of the rows learned.
    pub fit_time: Duration,
    /// What the scores of the rows held back took, preparing included; nothing if none were.
    pub score_time: Option<Duration>,
    /// The score above which rows are told.
    pub threshold: f64,
    /// The share of the rows to train with that is told.
    pub train_share: f64,
    /// The share of the rows held back that is told, if any were.
    pub test_share: Option<f64>,
    /// How well it finds the anomalies among the rows to train with, where both kinds are known there: a threshold that
    /// these have chosen does a little worse with others.
    pub train_judged: Option<AnomaliesJudged>,
    /// How well it finds the anomalies among the rows held back, where both kinds are known there.
    pub judged: Option<AnomaliesJudged>,
}

impl<'a> DetectorTrainer<'a> {
    /// Of these detectors: one, or several of which the best is kept.
    pub fn new(recipes: impl IntoIterator<Item = DetectorRecipe>) -> Self {
        Self {
            recipes: recipes.into_iter().collect(),
            plans: Vec::new(),
            is_completed: true,
            limit: Limit::default(),
            learns_anomalies: false,
            split: Split::plain(USUAL_SEED),
            test_share: USUAL_TEST,
            resamples: USUAL_RESAMPLES,
            seed: USUAL_SEED,
            about: About::default(),
            threads: 1,
            watch: &(),
            clock: &no_clock,
        }
    }

    /// What is done to rows first; behind it comes what each detector [usually](DetectorRecipe::plans) needs and these
    /// plans do not give. Default: nothing.
    pub fn plans(self, plans: impl IntoIterator<Item = Plan>) -> Self {
        Self { plans: plans.into_iter().collect(), ..self }
    }

    /// Whether plans are completed by what a detector usually needs. Default: yes; else rows have to suit it as they are.
    pub fn complete_plans(self, is_completed: bool) -> Self {
        Self { is_completed, ..self }
    }

    /// From when on rows are told. Default: a hundredth of those learned.
    pub fn limit(self, limit: Limit) -> Self {
        Self { limit, ..self }
    }

    /// Whether rows are learned from that are known to be anomalies. Default: no, what is learned is what is usual.
    pub fn learn_anomalies(self, learns_anomalies: bool) -> Self {
        Self { learns_anomalies, ..self }
    }

    /// How rows are shared out to be held back. Default: by chance, by the seed 42.
    pub fn split(self, split: Split) -> Self {
        Self { split, ..self }
    }

    /// The share of rows that is held back to test with. Default: 0.25; with 0 it learns from all rows.
    pub fn test_share(self, share: f64) -> Self {
        Self { test_share: share, ..self }
    }

    /// On how many halves of the rows detectors are compared: 2 to 100, or none with 0. Default: 4. Without any, the first
    /// of several is kept that can learn.
    pub fn resamples(self, resamples: usize) -> Self {
        Self { resamples, ..self }
    }

    /// What decides which rows resamples have. Default: 42.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// What is told of the detector. Default: nothing.
    pub fn about(self, about: About) -> Self {
        Self { about, ..self }
    }

    /// With how many threads to learn and to ask. Default: 1. The bundle is the same with any number.
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// Who is told of the progress and may end it. Default: nobody.
    pub fn watched(self, watch: &'a dyn Watch) -> Self {
        Self { watch, ..self }
    }

    /// A clock, to tell what fitting and asking took: the time since any moment. Default: none, and times are zero.
    pub fn clock(self, clock: &'a dyn Fn() -> Duration) -> Self {
        Self { clock, ..self }
    }

    /// The rows to train with, and those to test with if a share is held back.
    ///
    /// # Errors
    /// What is wrong with the share or with the rows.
    pub fn parts(&self, data: &Dataset) -> Result<(Dataset, Option<Dataset>), ModelError> {
        held_back(data, &self.split, self.test_share)
    }

    /// Holds rows back, trains with the others, and tells what it makes of both.
    ///
    /// # Errors
    /// [`ModelError::OtherClasses`] for labels that are neither `usual` nor `anomaly`, [`DataError::Unlabelled`](netsift_data::DataError::Unlabelled)
    /// without labels where anomalies have to be known, [`ModelError::NoRate`] without times where it matters how many rows come
    /// a day, and [`ModelError::TooFewAlerts`] for fewer alerts than the rows can tell; [`ModelError::AllAlike`] for rows that do
    /// not differ, and [`ModelError::NotToldApart`] where no threshold is of use for known anomalies; what is wrong with a plan, the split or the rows; of one detector, why it cannot learn from them; of
    /// several, [`ModelError::NoneFitted`] if none can; [`ModelError::Cancelled`].
    pub fn train(&self, data: &Dataset) -> Result<TrainedDetector, ModelError> {
        let (train, test) = self.parts(data)?;
        self.train_on(&train, test.as_ref())
    }

    /// Trains with these rows, and tells what it makes of them and of the others: [parts](Self::parts) of a whole, or rows
    /// that come from elsewhere.
    ///
    /// # Errors
    /// As [`train`](Self::train).
    pub fn train_on(
        &self,
        train: &Dataset,
        test: Option<&Dataset>,
    ) -> Result<TrainedDetector, ModelError> {
        self.check()?;
        let rows = self.rows(train)?;
        let known = test.map(known_anomalies).transpose()?.flatten();
        let test = test.map(|data| Held { data, is_anomaly: known.as_deref() });
        let mut candidates = Vec::with_capacity(self.recipes.len());
        let mut best: Option<(f64, usize, Tried)> = None;
        for (number, recipe) in self.recipes.iter().enumerate() {
            let (stability, tried) = match self.tried(number, recipe, &rows, test) {
                Err(error) if self.is_alone() || matches!(error, ModelError::Cancelled) => {
                    return Err(error);
                }
                Err(error) => (None, Err(error)),
                Ok((stability, tried)) => (stability, Ok(tried)),
            };
            let outcome = tried.map(|tried| {
                let outcome = tried.outcome.clone();
                let merit = merit(stability.as_ref());
                if best.as_ref().is_none_or(|(greatest, ..)| merit > *greatest) {
                    best = Some((merit, number, tried));
                }
                outcome
            });
            candidates.push(DetectorCandidate { recipe: recipe.clone(), stability, outcome });
        }
        let Some((_, chosen, tried)) = best else { return Err(none_fitted(candidates)) };
        let bundle = self.bundle(&candidates, chosen, tried, (&rows, test))?;
        Ok(TrainedDetector { bundle, candidates, chosen })
    }

    fn is_alone(&self) -> bool {
        self.recipes.len() == 1
    }

    /// Holds everything that was asked for against its rule, before there are rows.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for the first that breaks it.
    pub fn check(&self) -> Result<(), ModelError> {
        let is_some = !self.recipes.is_empty();
        ModelError::rule(is_some, "the number of detectors", 0, "1 at least")?;
        self.recipes.iter().try_for_each(DetectorRecipe::check)?;
        self.limit.check()?;
        let is_count = self.resamples == 0 || (2..=MOST_RESAMPLES).contains(&self.resamples);
        ModelError::rule(is_count, "resamples", self.resamples, "0, or from 2 to 100")
    }
}

/// What detectors are compared by.
fn merit(stability: Option<&Stability>) -> f64 {
    stability.map_or(-1.0, |found| found.roc_area.unwrap_or(found.number()))
}

fn none_fitted(candidates: Vec<DetectorCandidate>) -> ModelError {
    let failed = candidates
        .into_iter()
        .find_map(|candidate| Some((candidate.recipe.name(), Box::new(candidate.outcome.err()?))));
    match failed {
        Some((first, source)) => ModelError::NoneFitted { first, source },
        None => ModelError::Unsound { what: "what was chosen was fitted" },
    }
}
