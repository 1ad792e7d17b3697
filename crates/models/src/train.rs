//! From rows with labels to a bundle: shared out, prepared, balanced, fitted, compared, judged.

mod calibrate;
mod cross;

use std::time::Duration;

use netsift_data::balance::Finding;
use netsift_data::split::{Shares, Split};
use netsift_data::{DataError, Dataset, Labels, Plan};
use netsift_metrics::MAX_CLASSES;

use crate::bundle::{About, Bundle, ColumnFacts, CrossFacts, Facts, Fingerprint, Seen, SplitFacts};
use crate::drift::Reference;
use crate::fitting::{Asked, Balancing, Fitted, Fitting, expect_differences, timed};
use crate::judging::CalibrationKind;
use crate::{Classifier, Judged, Model, ModelError, Recipe, Watch};

/// Folds when several learners are compared and no number is asked for: what most people use.
const USUAL_FOLDS: usize = 5;
/// The share to test with, and the seed, unless others are asked for.
pub(crate) const USUAL_TEST: f64 = 0.25;
pub(crate) const USUAL_SEED: u64 = 42;

/// Trains one learner, or compares several and keeps the best.
///
/// Everything that is learned (means, texts, which columns matter, balanced rows, the model) is learned from the rows
/// to train with alone; in cross-validation from those of each fold. Of several learners the one with the best mean
/// macro F1 in cross-validation is kept; the rows to test with are looked at when all is decided.
#[derive(Clone)]
#[must_use]
pub struct Trainer<'a> {
    recipes: Vec<Recipe>,
    fitting: Fitting<'a>,
    split: Split,
    test_share: f64,
    folds: Option<usize>,
    calibration: Option<CalibrationKind>,
    about: About,
}

/// What came of a training.
#[derive(Debug)]
#[non_exhaustive]
pub struct Trained {
    /// The model, with all that belongs to it.
    pub bundle: Bundle,
    /// Every learner that was tried, in their order.
    pub candidates: Vec<Candidate>,
    /// Which of them the bundle holds.
    pub chosen: usize,
}

/// A learner that was tried.
#[derive(Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// The learner with its settings.
    pub recipe: Recipe,
    /// How it did in cross-validation, if there was one.
    pub cross_validation: Option<CrossFacts>,
    /// How right it is, or why it could not learn from the rows.
    pub outcome: Result<Outcome, ModelError>,
}

/// How right a fitted model is, and what it cost.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// About the rows it was trained on.
    pub train: Judged,
    /// About those it was not trained on, if any were held back.
    pub test: Option<Judged>,
    /// What preparing and fitting took, by the trainer's clock.
    pub fit_time: Duration,
    /// What telling the classes of the rows to test with took (or else of those to train with), preparing included.
    pub predict_time: Duration,
    /// Classes that could not be balanced as was asked for.
    pub unbalanced: Vec<Finding>,
    /// Whether learning came to rest: [`Classifier::is_converged`].
    pub is_converged: bool,
    /// The accuracy of a forest on rows that its trees were grown without, if that was asked for.
    pub out_of_bag: Option<f64>,
}

/// A learner that could learn.
struct Tried {
    outcome: Outcome,
    fitted: Fitted,
    /// What the model says of rows that it was not trained on, if any were held back.
    scores: Option<Vec<f64>>,
}

impl<'a> Trainer<'a> {
    /// Of these learners: one, or several of which the best is kept.
    pub fn new(recipes: impl IntoIterator<Item = Recipe>) -> Self {
        Self {
            recipes: recipes.into_iter().collect(),
            fitting: Fitting::default(),
            split: Split::stratified(USUAL_SEED).allow_rare(true),
            test_share: USUAL_TEST,
            folds: None,
            calibration: None,
            about: About::default(),
        }
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

    /// What is done about classes of very different sizes. Default: nothing.
    pub fn balance(mut self, balance: Balancing<'a>) -> Self {
        self.fitting.balance = balance;
        self
    }

    /// How rows are shared out, to be held back and in cross-validation. Default: each part gets its share of every
    /// class, as far as classes have enough rows, by the seed 42.
    pub fn split(self, split: Split) -> Self {
        Self { split, ..self }
    }

    /// The share of rows that is held back to test with. Default: 0.25; with 0 it learns from all rows.
    pub fn test_share(self, share: f64) -> Self {
        Self { test_share: share, ..self }
    }

    /// In how many folds learners are cross-validated. Default: 5 if there are several, else they are not.
    pub fn folds(self, folds: usize) -> Self {
        Self { folds: Some(folds), ..self }
    }

    /// Whether probabilities are read off curves, which are learned of what is said of the rows to train with in as many
    /// folds as there are: 5 if they are not asked for. The model itself learns from all of these rows. Default: no,
    /// probabilities are as the learner has them.
    pub fn calibrated(self, kind: CalibrationKind) -> Self {
        Self { calibration: Some(kind), ..self }
    }

    /// What is told of the model. Default: nothing.
    pub fn about(self, about: About) -> Self {
        Self { about, ..self }
    }

    /// With how many threads to learn and to ask. Default: 1. The bundle is the same with any number.
    pub fn threads(mut self, threads: usize) -> Self {
        self.fitting.threads = threads.max(1);
        self
    }

    /// Who is told of the progress and may end it. Default: nobody.
    pub fn watched(mut self, watch: &'a dyn Watch) -> Self {
        self.fitting.watch = watch;
        self
    }

    /// A clock, to tell what fitting and asking took: the time since any moment. Default: none, and times are zero.
    pub fn clock(mut self, clock: &'a dyn Fn() -> Duration) -> Self {
        self.fitting.clock = clock;
        self
    }

    /// The rows to train with, and those to test with if a share is held back.
    ///
    /// # Errors
    /// What is wrong with the share or with the rows.
    pub fn parts(&self, data: &Dataset) -> Result<(Dataset, Option<Dataset>), ModelError> {
        held_back(data, &self.split, self.test_share)
    }

    /// Holds rows back, trains with the others, and judges by both.
    ///
    /// # Errors
    /// [`DataError::Unlabelled`] without labels; what is wrong with a plan, the split or the rows; of one learner, why
    /// it cannot learn from them; of several, [`ModelError::NoneFitted`] if none can; [`ModelError::Cancelled`].
    pub fn train(&self, data: &Dataset) -> Result<Trained, ModelError> {
        let (train, test) = self.parts(data)?;
        self.train_on(&train, test.as_ref())
    }

    /// Trains with these rows, and judges by them and by the others: [parts](Self::parts) of a whole, or, where no share
    /// is held back, rows that come from elsewhere.
    ///
    /// # Errors
    /// As [`train`](Self::train).
    pub fn train_on(&self, train: &Dataset, test: Option<&Dataset>) -> Result<Trained, ModelError> {
        self.check(train)?;
        let crosses = self.cross_validated(train)?;
        let mut candidates = Vec::with_capacity(self.recipes.len());
        let mut best: Option<(f64, usize, Fitted, Option<Vec<f64>>)> = None;
        for (number, (recipe, cross)) in self.recipes.iter().zip(crosses).enumerate() {
            let score = cross.score();
            let tried = match cross.failed {
                Some(error) => Err(error),
                None => self.fitted(recipe, number, train, test),
            };
            let outcome = match tried {
                Ok(Tried { outcome, fitted, scores }) => {
                    // Of equals the first. Who is best in folds may fail here, of more rows: then it is the next best.
                    if best.as_ref().is_none_or(|(greatest, ..)| score > *greatest) {
                        best = Some((score, number, fitted, scores));
                    }
                    Ok(outcome)
                }
                Err(error) if self.is_alone() || matches!(error, ModelError::Cancelled) => {
                    return Err(error);
                }
                Err(error) => Err(error),
            };
            let (recipe, cross_validation) = (recipe.clone(), cross.facts);
            candidates.push(Candidate { recipe, cross_validation, outcome });
        }
        let Some((_, chosen, fitted, scores)) = best else { return Err(none_fitted(candidates)) };
        let (facts, fingerprint) = self.facts(&candidates, chosen, &fitted, (train, test))?;
        let input = fitted.predictor.preparation().input();
        let reference = Reference::of(train, input, scores.as_deref(), self.fitting.threads)?;
        let bundle = Bundle::new(facts, fingerprint, reference, fitted.predictor)?;
        Ok(Trained { bundle, candidates, chosen })
    }

    /// Refuses rows of which nothing is learned that tells rows apart: those of one class alone, and those that do not differ.
    /// [`train`](Self::train) takes them, and what it learns says the same of every row.
    ///
    /// # Errors
    /// [`DataError::Unlabelled`] without labels, [`ModelError::SoleClass`] or [`ModelError::AllAlike`].
    pub fn expect_differences(data: &Dataset) -> Result<(), ModelError> {
        expect_classes(data.labels().ok_or(DataError::Unlabelled { what: "labels" })?)?;
        expect_differences(data)
    }

    fn split_name(&self, is_judged: bool) -> &'static str {
        match (is_judged, self.test_share > 0.0) {
            (false, _) => "not at all",
            (true, false) => "given apart",
            (true, true) => self.split.name(),
        }
    }

    fn is_alone(&self) -> bool {
        self.recipes.len() == 1
    }

    fn check(&self, train: &Dataset) -> Result<(), ModelError> {
        let is_some = !self.recipes.is_empty();
        ModelError::rule(is_some, "the number of learners", 0, "1 at least")?;
        self.recipes.iter().try_for_each(Recipe::check)?;
        let labels = train.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
        if labels.is_empty() {
            return Err(ModelError::TooFewRows { needed: 1, found: 0 });
        }
        let found = labels.classes().len();
        if found > MAX_CLASSES {
            return Err(DataError::TooMany { what: "classes", found, most: MAX_CLASSES }.into());
        }
        Ok(())
    }

    fn fitted(
        &self,
        recipe: &Recipe,
        number: usize,
        train: &Dataset,
        test: Option<&Dataset>,
    ) -> Result<Tried, ModelError> {
        let fits = self.recipes.len();
        let before = fits * self.fold_count().unwrap_or(0);
        self.fitting.watch.begins(recipe.name(), before + number, before + fits);
        let (fitted, fit_time) = timed(self.fitting.clock, || {
            let fitted = self.fitting.fit(recipe, train)?;
            self.with_curves(fitted, recipe, train)
        })?;
        let judge = |data: &Dataset| self.fitting.judge(&fitted.predictor, data);
        let Asked { judged: train, took, .. } = judge(train)?;
        let (mut predict_time, mut scores, unbalanced) = (took, None, fitted.unbalanced.clone());
        let test = test.map(judge).transpose()?.map(|asked| {
            predict_time = asked.took;
            scores = Some(asked.scores);
            asked.judged
        });
        let mind = fitted.predictor.mind();
        let out_of_bag = mind.model().and_then(Model::out_of_bag);
        let is_converged = mind.is_converged();
        let outcome =
            Outcome { train, test, fit_time, predict_time, unbalanced, is_converged, out_of_bag };
        Ok(Tried { outcome, fitted, scores })
    }

    fn facts(
        &self,
        candidates: &[Candidate],
        chosen: usize,
        fitted: &Fitted,
        (train, test): (&Dataset, Option<&Dataset>),
    ) -> Result<(Facts, Fingerprint), ModelError> {
        let input = fitted.predictor.preparation().input();
        let fingerprint = Fingerprint::of(train, input)?;
        let repeated = test.map(|test| fingerprint.look(test, input)).transpose()?;
        let candidate = candidates.get(chosen);
        let Some(Candidate { recipe, outcome: Ok(outcome), .. }) = candidate else {
            return Err(ModelError::Unsound { what: "what was chosen was fitted" });
        };
        let told = recipe.told().into_iter();
        let crosses = candidates.iter().filter_map(|candidate| candidate.cross_validation.clone());
        let rows = |data: Option<&Dataset>| data.map_or(0, |data| data.rows() as u64);
        let facts = Facts {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            about: self.about.clone(),
            learner: recipe.name().to_owned(),
            settings: told.map(|(name, value)| (name.to_owned(), value)).collect(),
            columns: ColumnFacts::all(train, &self.about)?,
            split: SplitFacts {
                how: self.split_name(test.is_some()).to_owned(),
                seed: self.split.seed(),
                test_share: if test.is_some() { self.test_share } else { 0.0 },
                train_rows: rows(Some(train)),
                test_rows: rows(test),
            },
            rows_fitted: fitted.rows,
            train: outcome.train.clone(),
            test: outcome.test.clone(),
            repeated: repeated.unwrap_or(Seen::default()),
            cross_validation: crosses.collect(),
        };
        Ok((facts, fingerprint))
    }
}

/// Refuses rows that all have one label: what is learned of them says so of every row.
fn expect_classes(labels: &Labels) -> Result<(), ModelError> {
    let numbers = labels.numbers();
    let Some(&first) = numbers.first() else { return Ok(()) };
    if numbers.iter().any(|&number| number != first) {
        return Ok(());
    }
    let class = labels.classes().name(first).unwrap_or_default();
    Err(ModelError::SoleClass { class: class.into() })
}

fn none_fitted(candidates: Vec<Candidate>) -> ModelError {
    let failed = candidates
        .into_iter()
        .find_map(|candidate| Some((candidate.recipe.name(), Box::new(candidate.outcome.err()?))));
    match failed {
        Some((first, source)) => ModelError::NoneFitted { first, source },
        None => ModelError::Unsound { what: "what was chosen was fitted" },
    }
}

/// The rows to train with, and those to test with if a share is held back.
pub(crate) fn held_back(
    data: &Dataset,
    split: &Split,
    share: f64,
) -> Result<(Dataset, Option<Dataset>), ModelError> {
    if share == 0.0 {
        return Ok((data.clone(), None));
    }
    let [train, _, test] = split.parts(data, Shares::test(share)?)?.datasets(data)?;
    Ok((train, Some(test)))
}
