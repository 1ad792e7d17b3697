//! What there is to know of a trained model.

use std::collections::BTreeMap;

use netsift_data::Dataset;
use netsift_data::explore::{ColumnSummary, Explore};
use serde::{Deserialize, Serialize};

use super::fingerprint::Seen;
use crate::check::sound;
use crate::quantile::{Quantile, USUAL};
use crate::{Checked, Judged, ModelError};

/// What there is to know of a trained model, beside what it needs for answers.
///
/// Of a detector, rows count as usual of which nothing is known: then it is never right about an anomaly, and what its
/// matrices tell is how many rows are told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Facts {
    /// The version of this crate that trained it.
    pub version: String,
    /// What was told of it.
    pub about: About,
    /// The name of its learner.
    pub learner: String,
    /// The learner's settings: names and values.
    pub settings: Vec<(String, String)>,
    /// The columns that go in, and what is usual in them.
    pub columns: Vec<ColumnFacts>,
    /// How rows were shared out.
    pub split: SplitFacts,
    /// How many rows the learner was given, after classes were balanced.
    pub rows_fitted: u64,
    /// How right it is about the rows it was trained on, and what its scores usually are.
    pub train: Judged,
    /// How right it is about rows that it was not trained on, if any were held back.
    pub test: Option<Judged>,
    /// How many of those stand among the rows to train with, too, cell by cell.
    pub repeated: Seen,
    /// How it was chosen, if several learners were compared or folds were asked for.
    pub cross_validation: Vec<CrossFacts>,
}

/// What whoever trains a model tells of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct About {
    /// When it was trained.
    pub date: Option<String>,
    /// How flows have to be read for it.
    pub flows: Option<FlowFacts>,
    /// What columns are counted in, by their names.
    pub units: BTreeMap<String, String>,
    /// Anything else: what is noted, and what of it.
    pub notes: Vec<(String, String)>,
}

/// How flows were read whose features a model was trained on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowFacts {
    /// The profile.
    pub profile: String,
    /// Timeouts by their names, in nanoseconds.
    pub timeouts: BTreeMap<String, i64>,
}

/// A column that goes in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnFacts {
    /// Its name.
    pub name: String,
    /// What it is counted in.
    pub unit: Option<String>,
    /// Whether it holds texts.
    pub is_text: bool,
    /// How many cells were missing in training.
    pub missing: u64,
    /// How many were infinite.
    pub infinite: u64,
    /// What shares of the cells of the training are below; of a column of texts, nothing.
    pub usual: Vec<Quantile>,
}

/// How rows were shared out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SplitFacts {
    /// How, in a word or two.
    pub how: String,
    /// What decided where chance did.
    pub seed: u64,
    /// The share of rows that was asked for to test with.
    pub test_share: f64,
    /// How many rows there were to train with.
    pub train_rows: u64,
    /// How many rows there were to test with.
    pub test_rows: u64,
}

/// How a learner did in cross-validation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CrossFacts {
    /// The name of the learner.
    pub learner: String,
    /// How it did in each fold; nothing, where it could not learn from the rows.
    pub folds: Vec<Fold>,
}

/// How a learner did in one fold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fold {
    /// How much was told right.
    pub accuracy: f64,
    /// The mean F1 of the classes.
    pub macro_f1: f64,
}

impl About {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// When it was trained. Default: nothing is told, since no crate asks the clock.
    #[must_use]
    pub fn date(self, date: impl Into<String>) -> Self {
        Self { date: Some(date.into()), ..self }
    }

    /// How flows have to be read for it. Default: its rows are no flows, and it takes no captures.
    #[must_use]
    pub fn flows(self, flows: FlowFacts) -> Self {
        Self { flows: Some(flows), ..self }
    }

    /// What a column is counted in. Default: nothing is told.
    #[must_use]
    pub fn unit(mut self, column: impl Into<String>, unit: impl Into<String>) -> Self {
        self.units.insert(column.into(), unit.into());
        self
    }

    /// Anything else that is to be remembered: which tables it came from, say.
    #[must_use]
    pub fn note(mut self, what: impl Into<String>, text: impl Into<String>) -> Self {
        self.notes.push((what.into(), text.into()));
        self
    }
}

impl ColumnFacts {
    /// What is usual in the columns of these rows.
    pub(crate) fn all(data: &Dataset, about: &About) -> Result<Vec<Self>, ModelError> {
        // Distinct cells are not asked for: one is enough to stop counting.
        let found = Explore::new().quantiles(USUAL).distinct(1).look(&data.bare())?;
        let facts = |column: ColumnSummary| Self {
            unit: about.units.get(&column.name).cloned(),
            is_text: column.is_text,
            missing: column.missing as u64,
            infinite: column.infinite as u64,
            usual: usual(&column),
            name: column.name,
        };
        Ok(found.columns.into_iter().map(facts).collect())
    }
}

/// Quantiles that are infinite say nothing that the number of infinite cells does not.
fn usual(column: &ColumnSummary) -> Vec<Quantile> {
    let known = column.quantiles.iter().filter(|_| !column.is_text);
    known.filter_map(|known| Some(Quantile { share: known.share, below: known.below? })).collect()
}

impl CrossFacts {
    /// The mean over folds; nothing without folds.
    #[must_use]
    pub fn mean(&self, score: impl Fn(&Fold) -> f64) -> Option<f64> {
        let sum: f64 = self.folds.iter().map(score).sum();
        (!self.folds.is_empty()).then(|| sum / self.folds.len() as f64)
    }
}

impl Checked for Facts {
    fn check(&self) -> Result<(), ModelError> {
        self.columns.iter().try_for_each(|column| Quantile::check_all(&column.usual))?;
        let SplitFacts { test_share, train_rows, test_rows, .. } = self.split;
        sound((0.0..=1.0).contains(&test_share), "the share to test with is from 0 to 1")?;
        sound(self.train.rows == train_rows, "the rows to train with were judged")?;
        let tested = self.test.as_ref().map_or(0, |test| test.rows);
        sound(tested == test_rows, "the rows to test with were judged")?;
        sound(self.rows_fitted > 0, "the learner was given rows")?;
        let are_cells = |column: &ColumnFacts| {
            column.missing.checked_add(column.infinite).is_some_and(|flaws| flaws <= train_rows)
        };
        sound(self.columns.iter().all(are_cells), "no more cells are flawed than there are")?;
        let mut folds = self.cross_validation.iter().flat_map(|learner| &learner.folds);
        let are_scores = folds.all(|fold| {
            [fold.accuracy, fold.macro_f1].iter().all(|score| (0.0..=1.0).contains(score))
        });
        sound(are_scores, "scores of folds are from 0 to 1")?;
        sound(
            self.repeated.found <= self.repeated.looked_at && self.repeated.looked_at <= test_rows,
            "no more rows are found than looked for, and no more looked for than there are",
        )
    }
}
