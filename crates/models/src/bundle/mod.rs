//! A trained model as one file: what it needs for answers, and what people and later stages want to know of it.

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
use crate::{Answer, Checked, Classifier, Judged, Model, ModelError, Predictor};

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
    predictor: Predictor,
}

impl Bundle {
    pub(crate) fn new(
        facts: Facts,
        fingerprint: Fingerprint,
        reference: Reference,
        predictor: Predictor,
    ) -> Result<Self, ModelError> {
        let bundle = Self { facts, fingerprint, reference: Some(reference), predictor };
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

    /// How right it is about rows whose classes are known.
    ///
    /// # Errors
    /// As [`Judged::of`].
    pub fn judge(&self, data: &Dataset, threads: usize) -> Result<Judged, ModelError> {
        Judged::of(&self.predictor, data, threads)
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
        self.model().classes()
    }

    /// What is asked about prepared rows.
    #[must_use]
    pub fn model(&self) -> &Model {
        self.predictor.model()
    }

    /// The prepared columns by how much they count, the most first; nothing of models that do not tell, and of columns that
    /// count nothing.
    #[must_use]
    pub fn importances(&self) -> Vec<(&str, f64)> {
        let importances = self.model().importances().unwrap_or_default();
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
        sound(learner == self.model().name(), "the facts are about the model's learner")?;
        let names = columns.iter().map(|column| column.name.as_str());
        sound(names.eq(self.input().names()), "the facts are about the columns that go in")?;
        let classes: Vec<&str> = self.classes().names().collect();
        self.facts.train.check_for(&classes)?;
        self.facts.test.iter().try_for_each(|test| test.check_for(&classes))?;
        self.facts.check()
    }
}
