//! A trained model as one file: what it needs for answers, and what people and later stages want to know of it.

mod alarm_facts;
mod card;
mod export;
mod facts;
mod file;
mod fingerprint;

use std::io::Write;

use netsift_data::{Classes, Dataset, Preparation, Schema};
use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::drift::Reference;
use crate::unlabelled::Rate;
use crate::{
    Alarm, Answer, Checked, Classifier, Finding, Judged, Limit, Mind, Model, ModelError, Predictor,
    Recipe, Truth,
};

pub use alarm_facts::{AlarmFacts, StabilityFacts};
use export::Told;
pub use facts::{About, ColumnFacts, CrossFacts, Facts, FlowFacts, Fold, SplitFacts};
pub use file::{MAX_BUNDLE, MAX_GROWTH};
pub use fingerprint::{Fingerprint, Seen};

/// A trained model with all that belongs to it: the preparation of rows, classes, and facts about its training.
///
/// It is [saved](Self::save) as one file. A file can come from anybody: [loading](Self::load) checks every index, length
/// and number in it, and what passes answers or says what is wrong, and neither panics nor loops.
///
/// ```
/// use ndarray::array;
/// use netsift_data::{Dataset, Labels, Schema};
/// use netsift_models::{About, Bundle, Recipe, Trainer};
///
/// # fn main() -> Result<(), netsift_models::ModelError> {
/// let schema = Schema::numbers(["packets", "mean length"])?;
/// let rows = array![[12.0, 350.0], [1.0, 60.0], [8.0, 400.0], [2.0, 60.0]];
/// let data = Dataset::new(schema, rows)?.with_labels(Labels::of(["benign", "scan", "benign", "scan"]))?;
///
/// let trainer = Trainer::new([Recipe::named("dummy")?]).test_share(0.5);
/// let trained = trainer.about(About::new().date("2026-05-04")).train(&data)?;
/// let file = trained.bundle.save(Vec::new())?;
///
/// let bundle = Bundle::load(&file[..])?;
/// let turned = data.pick(["mean length", "packets"])?;
/// assert_eq!(bundle.score(&turned)?, bundle.score(&data)?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    facts: Facts,
    fingerprint: Fingerprint,
    /// Nothing in a file of version 1.
    reference: Option<Reference>,
    /// Of a detector; nothing of a model of classes.
    alarm: Option<AlarmFacts>,
    predictor: Predictor,
}

impl Bundle {
    pub(crate) fn new(
        facts: Facts,
        fingerprint: Fingerprint,
        reference: Reference,
        predictor: Predictor,
    ) -> Result<Self, ModelError> {
        let reference = Some(reference);
        let bundle = Self { facts, fingerprint, reference, alarm: None, predictor };
        bundle.check()?;
        Ok(bundle)
    }

    /// The same of a detector.
    pub(crate) fn of_detector(
        facts: Facts,
        fingerprint: Fingerprint,
        reference: Reference,
        alarm: AlarmFacts,
        predictor: Predictor,
    ) -> Result<Self, ModelError> {
        let (reference, alarm) = (Some(reference), Some(alarm));
        let bundle = Self { facts, fingerprint, reference, alarm, predictor };
        bundle.check()?;
        Ok(bundle)
    }

    /// The class of each row and how probable each class is. Columns are found by their names, in any order; others are
    /// left out.
    ///
    /// # Errors
    /// [`DataError::MissingColumns`](netsift_data::DataError::MissingColumns) or
    /// [`DataError::WrongKind`](netsift_data::DataError::WrongKind), naming the columns, and what the model says.
    pub fn score(&self, data: &Dataset) -> Result<Answer, ModelError> {
        self.predictor.answer(data, 1)
    }

    /// The same on several threads.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn score_on(&self, data: &Dataset, threads: usize) -> Result<Answer, ModelError> {
        self.predictor.answer(data, threads)
    }

    /// How strange each row is, what that is among the rows of the training, and whether it is told, of a detector.
    ///
    /// # Errors
    /// [`ModelError::NoDetector`] if it is a model of classes, and as [`score`](Self::score).
    pub fn findings(&self, data: &Dataset, threads: usize) -> Result<Vec<Finding>, ModelError> {
        self.predictor.findings(data, threads)
    }

    /// The same detector with another threshold. What is told of its training is of the threshold that it had then.
    ///
    /// # Errors
    /// [`ModelError::NoDetector`] if it is a model of classes; [`ModelError::NoRate`] for alerts a day if the rows of the
    /// training had no times, and [`ModelError::TooFewAlerts`] for fewer than they can tell; [`ModelError::Setting`] for a limit outside its rule, or one for which anomalies have to be
    /// known.
    pub fn limited(mut self, limit: Limit) -> Result<Self, ModelError> {
        limit.check()?;
        let alarm = self.predictor.alarm()?.clone();
        let facts = self.alarm.as_mut().ok_or(ModelError::NoDetector { model: "a bundle" })?;
        let threshold = limit.threshold(Rate::remembered(facts.rows_a_day))?;
        let threshold = threshold.ok_or_else(|| ModelError::Setting {
            parameter: "a limit",
            value: "by anomalies".into(),
            rule: "one that needs no rows",
        })?;
        facts.limit = limit;
        self.predictor = self.predictor.with_mind(alarm.at(threshold)?.into())?;
        Ok(self)
    }

    /// Lets a detector that learns row by row (half-space trees) learn from more rows, in their order: what is usual may
    /// change. Preparation, threshold, quantiles and facts stay those of the training.
    ///
    /// # Errors
    /// [`ModelError::NoDetector`] if it is a model of classes, [`ModelError::NotOnline`] of a detector that learns from all
    /// rows at once, and what is wrong with the rows: then none is learned.
    pub fn observe(&mut self, data: &Dataset) -> Result<(), ModelError> {
        self.predictor.observe(data)
    }

    /// How right it is about rows whose classes are known.
    ///
    /// # Errors
    /// As [`Judged::of`].
    pub fn judge(&self, data: &Dataset, threads: usize) -> Result<Judged, ModelError> {
        Judged::of(&self.predictor, data, threads)
    }

    /// The classes that rows are of, as it numbers them.
    ///
    /// # Errors
    /// [`DataError::Unlabelled`](netsift_data::DataError::Unlabelled) without labels, and [`ModelError::OtherClasses`] if no
    /// label is a class of it.
    pub fn truth(&self, data: &Dataset) -> Result<Truth, ModelError> {
        Truth::of(&self.predictor, data)
    }

    /// Its learner with the settings that it was trained with: what fits another one of the kind. How rows were prepared
    /// stands in its [`preparation`](Self::preparation), and how classes were balanced is not kept.
    ///
    /// # Errors
    /// [`ModelError::UnknownLearner`] of a detector, which learns in another way.
    pub fn recipe(&self) -> Result<Recipe, ModelError> {
        let mut recipe = Recipe::named(&self.facts.learner)?;
        self.facts.settings.iter().try_for_each(|(name, value)| recipe.set(name, value))?;
        Ok(recipe)
    }

    /// How many of these rows it was trained on.
    ///
    /// # Errors
    /// [`DataError::MissingColumns`](netsift_data::DataError::MissingColumns).
    pub fn seen(&self, data: &Dataset) -> Result<Seen, ModelError> {
        self.fingerprint.look(data, self.input())
    }

    /// How the rows of its training were spread, unless it was saved before that was kept.
    pub(crate) fn reference(&self) -> Option<&Reference> {
        self.reference.as_ref()
    }

    /// What it was told of flows: how they have to be read for it.
    ///
    /// # Errors
    /// [`ModelError::NoFlows`] if it was told nothing: its rows may be anything.
    pub fn flows(&self) -> Result<&FlowFacts, ModelError> {
        self.facts.about.flows.as_ref().ok_or(ModelError::NoFlows)
    }

    /// Refuses flows of another profile than it was trained on.
    ///
    /// # Errors
    /// [`ModelError::NoFlows`] or [`ModelError::OtherProfile`].
    pub fn expect_profile(&self, found: &str) -> Result<(), ModelError> {
        let expected = self.flows()?.profile.as_str();
        if expected == found {
            return Ok(());
        }
        Err(ModelError::OtherProfile { expected: expected.into(), found: found.into() })
    }

    /// The columns that rows must have, in any order and among others.
    #[must_use]
    pub fn input(&self) -> &Schema {
        self.preparation().input()
    }

    /// What is done to rows.
    #[must_use]
    pub fn preparation(&self) -> &Preparation {
        self.predictor.preparation()
    }

    /// The classes, in the order of probabilities.
    #[must_use]
    pub fn classes(&self) -> &Classes {
        self.mind().classes()
    }

    /// What is asked about prepared rows.
    #[must_use]
    pub fn mind(&self) -> &Mind {
        self.predictor.mind()
    }

    /// The model that is asked about prepared rows; of a detector, nothing.
    #[must_use]
    pub fn model(&self) -> Option<&Model> {
        self.mind().model()
    }

    /// The alarm that is asked about prepared rows; of a model of classes, nothing.
    #[must_use]
    pub fn alarm(&self) -> Option<&Alarm> {
        self.mind().alarm()
    }

    /// The prepared columns by how much they count, the most first; nothing of models that do not tell, and of columns that
    /// count nothing.
    #[must_use]
    pub fn importances(&self) -> Vec<(&str, f64)> {
        let importances = self.model().and_then(Model::importances).unwrap_or_default();
        let mut columns: Vec<(&str, f64)> =
            self.preparation().output().names().zip(importances).collect();
        columns.retain(|(_, importance)| *importance > 0.0);
        columns.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        columns
    }

    pub(crate) fn predictor(&self) -> &Predictor {
        &self.predictor
    }

    /// What there is to know about it.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What there is to know of a detector beside that; of a model of classes, nothing.
    #[must_use]
    pub fn alarm_facts(&self) -> Option<&AlarmFacts> {
        self.alarm.as_ref()
    }

    /// Writes everything that it holds as JSON, for people and for other programs. It is not read again: numbers are
    /// whole, but what is not finite is a text, "inf", "-inf" or "NaN", since JSON has no such numbers.
    ///
    /// # Errors
    /// [`ModelError::Export`].
    pub fn to_json(&self, out: impl Write) -> Result<(), ModelError> {
        let export = Export { bundle: self, effects: self.preparation().effects() };
        serde_json::to_writer_pretty(out, &Told(&export))
            .map_err(|error| ModelError::Export(error.into()))
    }

    /// A model card in Markdown: what it is, what it learned from, how right it is.
    #[must_use]
    pub fn card(&self) -> String {
        card::of(self)
    }
}

/// A bundle with what its preparation does in words.
#[derive(Serialize)]
struct Export<'a> {
    #[serde(flatten)]
    bundle: &'a Bundle,
    effects: Vec<netsift_data::prepare::Effect>,
}

impl Checked for Bundle {
    fn check(&self) -> Result<(), ModelError> {
        self.predictor.check()?;
        self.fingerprint.check()?;
        self.reference.iter().try_for_each(|reference| reference.check_for(self.input()))?;
        let Facts { learner, columns, .. } = &self.facts;
        let known = 1..=self.facts.split.train_rows;
        let is_known = known.contains(&(self.fingerprint.len() as u64));
        sound(is_known, "a fingerprint knows rows of the training")?;
        sound(learner == self.mind().name(), "the facts are about the model's learner")?;
        let is_detector = self.mind().alarm().is_some();
        sound(self.alarm.is_some() == is_detector, "a detector has facts about its alarm")?;
        self.alarm.iter().try_for_each(AlarmFacts::check)?;
        let names = columns.iter().map(|column| column.name.as_str());
        sound(names.eq(self.input().names()), "the facts are about the columns that go in")?;
        let classes: Vec<&str> = self.classes().names().collect();
        self.facts.train.check_for(&classes)?;
        self.facts.test.iter().try_for_each(|test| test.check_for(&classes))?;
        self.facts.check()
    }
}
