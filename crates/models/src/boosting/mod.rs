//! Gradient boosting: trees that each correct what those before them got wrong.

mod fit;
mod grow;
mod histogram;
mod judge;
mod model;
mod objective;
mod sample;
mod search;
mod split;
mod sums;
mod table;

use netsift_data::Chance;
use serde::{Deserialize, Serialize};

use crate::settings::{Said, put};
use crate::tree::bins::MOST_BINS;
use crate::{Learner, ModelError, Parameter, Settings, Training};
pub use model::GradientBoostingModel;
use table::Table;

/// Boosts trees by the gradients and hessians of the log loss, as xgboost does: logistic for two classes, softmax for
/// more, a tree for each class and round.
///
/// Columns are binned, and rows without a value (NaN) go the way at each split that gained more in training, or the way
/// of the heavier child where none was missing; infinities are values at the ends of the order. Margins begin at the
/// classes' shares, as xgboost's do by default. Settings have xgboost's meanings, under these names:
///
/// | here | xgboost |
/// |---|---|
/// | `trees` | `n_estimators` (rounds) |
/// | `learning-rate` | `eta` |
/// | `depth`, `leaves` | `max_depth`, `max_leaves` |
/// | `growth` | `grow_policy`: `depthwise`, `lossguide` |
/// | `l1`, `l2` | `alpha`, `lambda` |
/// | `min-gain` | `gamma` |
/// | `min-child-weight` | `min_child_weight` |
/// | `rows`, `columns` | `subsample`, `colsample_bytree` |
/// | `bins` | `max_bin` |
/// | `early-stopping` | `early_stopping_rounds` |
/// | `seed` | `seed` |
///
/// Not as xgboost: gradients are added up as whole numbers (of some 31 bits), `rows` draws exactly that share of them,
/// and `columns` that share of those that are neither constant nor the twin of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GradientBoosting {
    trees: usize,
    learning_rate: f64,
    depth: Option<usize>,
    leaves: Option<usize>,
    growth: GrowthOrder,
    l1: f64,
    l2: f64,
    min_gain: f64,
    min_child_weight: f64,
    rows: f64,
    columns: f64,
    bins: usize,
    early_stopping: Option<usize>,
    validation_share: f64,
    seed: u64,
}

/// Which node of a tree is split next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum GrowthOrder {
    /// All of a level before those of the next; if leaves run out, those whose split gains most.
    #[default]
    DepthWise,
    /// The one whose split gains most, wherever it is.
    LeafWise,
}

/// More rounds than any fit needs; fewer than would number the nodes of trees beyond what a model can hold.
const MOST_TREES: usize = 100_000;

impl Default for GradientBoosting {
    fn default() -> Self {
        Self {
            trees: 100,
            learning_rate: 0.3,
            depth: Some(6),
            leaves: None,
            growth: GrowthOrder::DepthWise,
            l1: 0.0,
            l2: 1.0,
            min_gain: 0.0,
            min_child_weight: 1.0,
            rows: 1.0,
            columns: 1.0,
            bins: MOST_BINS,
            early_stopping: None,
            validation_share: 0.1,
            seed: 0,
        }
    }
}

impl GradientBoosting {
    /// How many rounds, each of a tree, or of a tree for each of more than two classes. Default: 100, as xgboost.
    #[must_use]
    pub fn trees(self, trees: usize) -> Self {
        Self { trees, ..self }
    }

    /// How much of its step each tree goes, above 0 and up to 1. Less needs more trees. Default: 0.3, as xgboost.
    #[must_use]
    pub fn learning_rate(self, learning_rate: f64) -> Self {
        Self { learning_rate, ..self }
    }

    /// How many questions lead to a leaf at most; nothing for no bound. Default: 6, as xgboost.
    #[must_use]
    pub fn depth(self, depth: Option<usize>) -> Self {
        Self { depth, ..self }
    }

    /// How many leaves a tree has at most, 2 at least; nothing for no bound. Default: none, since depth bounds them.
    #[must_use]
    pub fn leaves(self, leaves: Option<usize>) -> Self {
        Self { leaves, ..self }
    }

    /// Which node is split next. Default: depth-wise, as xgboost.
    #[must_use]
    pub fn growth(self, growth: GrowthOrder) -> Self {
        Self { growth, ..self }
    }

    /// What a leaf's gradient is shrunk by. Default: 0, as xgboost.
    #[must_use]
    pub fn l1(self, l1: f64) -> Self {
        Self { l1, ..self }
    }

    /// What a leaf's hessian is increased by. Default: 1, as xgboost.
    #[must_use]
    pub fn l2(self, l2: f64) -> Self {
        Self { l2, ..self }
    }

    /// A split that gains less is not made. Default: 0, as xgboost.
    #[must_use]
    pub fn min_gain(self, min_gain: f64) -> Self {
        Self { min_gain, ..self }
    }

    /// A split that leaves less hessian in a child is not made. Default: 1, as xgboost.
    #[must_use]
    pub fn min_child_weight(self, min_child_weight: f64) -> Self {
        Self { min_child_weight, ..self }
    }

    /// The share of rows that each tree is grown on, drawn without repetition. Default: 1, all.
    #[must_use]
    pub fn rows(self, rows: f64) -> Self {
        Self { rows, ..self }
    }

    /// The share of columns that each tree looks at. Default: 1, all.
    #[must_use]
    pub fn columns(self, columns: f64) -> Self {
        Self { columns, ..self }
    }

    /// How many bins a column's values fall into at most, from 2 to 255. Default: 255, which a byte tells apart.
    #[must_use]
    pub fn bins(self, bins: usize) -> Self {
        Self { bins, ..self }
    }

    /// After how many rounds that did not lessen the loss on held rows to stop, keeping the rounds up to the best;
    /// nothing to make all rounds, with all rows. Default: none.
    #[must_use]
    pub fn early_stopping(self, patience: Option<usize>) -> Self {
        Self { early_stopping: patience, ..self }
    }

    /// The share of each class's rows that is held for early stopping. Default: 0.1.
    #[must_use]
    pub fn validation_share(self, validation_share: f64) -> Self {
        Self { validation_share, ..self }
    }

    /// What decides where chance does. Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Learns from all these rows, and stops by the loss on others, of the same columns and classes. With no patience
    /// set, all rounds are made and the best kept.
    ///
    /// # Errors
    /// As [`fit`](Learner::fit), and [`ModelError::Shape`] for held rows of other columns or classes.
    pub fn fit_held(
        &self,
        training: &Training<'_>,
        held: &Training<'_>,
    ) -> Result<GradientBoostingModel, ModelError> {
        self.check()?;
        for (what, expected, found) in [
            ("columns", training.width(), held.width()),
            ("classes", training.classes().len(), held.classes().len()),
        ] {
            if expected != found {
                return Err(ModelError::Shape { what, expected, found });
            }
        }
        let known = table::known(training);
        let (table, held) = (Table::of(training, &known)?, Table::of(held, &known)?);
        self.boosted(training, known, &table, Some(&held))
    }

    fn boosted(
        &self,
        training: &Training<'_>,
        known: Vec<u32>,
        table: &Table<'_>,
        held: Option<&Table<'_>>,
    ) -> Result<GradientBoostingModel, ModelError> {
        let boosted = fit::boost(self, training, table, held, known.len())?;
        Ok(GradientBoostingModel::new(self.clone(), training, known, boosted))
    }
}

impl Learner for GradientBoosting {
    type Model = GradientBoostingModel;

    fn fit(&self, training: &Training<'_>) -> Result<GradientBoostingModel, ModelError> {
        self.check()?;
        let known = table::known(training);
        let table = Table::of(training, &known)?;
        if self.early_stopping.is_none() {
            return self.boosted(training, known, &table, None);
        }
        let mut chance: Chance = sample::stream(self.seed, sample::Drawn::Held, 0);
        let is_held = sample::held(&table.classes, self.validation_share, &mut chance);
        let [table, held] = table.part(&is_held);
        // Too few rows to hold any of: then all rounds are made.
        let held = (held.len() > 0).then_some(held);
        self.boosted(training, known, &table, held.as_ref())
    }
}

impl Settings for GradientBoosting {
    const NAME: &'static str = "gradient-boosting";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        Parameter {
            name: "trees",
            about: "Rounds: a tree each, or a tree for each of more than two classes.",
            get: |boosting| boosting.trees.text(),
            set: |boosting, text| put(&mut boosting.trees, text),
        },
        Parameter {
            name: "learning-rate",
            about: "How much of its step each tree goes, above 0 and up to 1.",
            get: |boosting| boosting.learning_rate.text(),
            set: |boosting, text| put(&mut boosting.learning_rate, text),
        },
        Parameter {
            name: "depth",
            about: "How many questions lead to a leaf at most, or none for no bound.",
            get: |boosting| boosting.depth.text(),
            set: |boosting, text| put(&mut boosting.depth, text),
        },
        Parameter {
            name: "leaves",
            about: "How many leaves a tree has at most, or none for no bound.",
            get: |boosting| boosting.leaves.text(),
            set: |boosting, text| put(&mut boosting.leaves, text),
        },
        Parameter {
            name: "growth",
            about: "Which node is split next: depth-wise or leaf-wise.",
            get: |boosting| boosting.growth.text(),
            set: |boosting, text| put(&mut boosting.growth, text),
        },
        Parameter {
            name: "l1",
            about: "What a leaf's gradient is shrunk by.",
            get: |boosting| boosting.l1.text(),
            set: |boosting, text| put(&mut boosting.l1, text),
        },
        Parameter {
            name: "l2",
            about: "What a leaf's hessian is increased by.",
            get: |boosting| boosting.l2.text(),
            set: |boosting, text| put(&mut boosting.l2, text),
        },
        Parameter {
            name: "min-gain",
            about: "A split that gains less is not made.",
            get: |boosting| boosting.min_gain.text(),
            set: |boosting, text| put(&mut boosting.min_gain, text),
        },
        Parameter {
            name: "min-child-weight",
            about: "A split that leaves less hessian in a child is not made.",
            get: |boosting| boosting.min_child_weight.text(),
            set: |boosting, text| put(&mut boosting.min_child_weight, text),
        },
        Parameter {
            name: "rows",
            about: "The share of rows that each tree is grown on.",
            get: |boosting| boosting.rows.text(),
            set: |boosting, text| put(&mut boosting.rows, text),
        },
        Parameter {
            name: "columns",
            about: "The share of columns that each tree looks at.",
            get: |boosting| boosting.columns.text(),
            set: |boosting, text| put(&mut boosting.columns, text),
        },
        Parameter {
            name: "bins",
            about: "How many bins a column's values fall into at most, from 2 to 255.",
            get: |boosting| boosting.bins.text(),
            set: |boosting, text| put(&mut boosting.bins, text),
        },
        Parameter {
            name: "early-stopping",
            about: "After how many rounds without a smaller loss on held rows to stop, or none.",
            get: |boosting| boosting.early_stopping.text(),
            set: |boosting, text| put(&mut boosting.early_stopping, text),
        },
        Parameter {
            name: "validation-share",
            about: "The share of each class's rows that is held for early stopping.",
            get: |boosting| boosting.validation_share.text(),
            set: |boosting, text| put(&mut boosting.validation_share, text),
        },
        Parameter {
            name: "seed",
            about: "What decides where chance does.",
            get: |boosting| boosting.seed.text(),
            set: |boosting, text| put(&mut boosting.seed, text),
        },
    ];

    fn check(&self) -> Result<(), ModelError> {
        let trees = (1..=MOST_TREES).contains(&self.trees);
        ModelError::rule(trees, "trees", self.trees, "from 1 to 100000")?;
        is_share("learning-rate", self.learning_rate)?;
        let depth = self.depth.is_none_or(|depth| depth >= 1);
        ModelError::rule(depth, "depth", self.depth.text(), "1 at least, or none")?;
        let leaves = self.leaves.is_none_or(|leaves| leaves >= 2);
        ModelError::rule(leaves, "leaves", self.leaves.text(), "2 at least, or none")?;
        is_weight("l1", self.l1)?;
        is_weight("l2", self.l2)?;
        is_weight("min-gain", self.min_gain)?;
        is_weight("min-child-weight", self.min_child_weight)?;
        is_share("rows", self.rows)?;
        is_share("columns", self.columns)?;
        let bins = (2..=MOST_BINS).contains(&self.bins);
        ModelError::rule(bins, "bins", self.bins, "from 2 to 255")?;
        let patience = self.early_stopping.is_none_or(|patience| patience >= 1);
        let rule = "1 at least, or none";
        ModelError::rule(patience, "early-stopping", self.early_stopping.text(), rule)?;
        let held = 0.0 < self.validation_share && self.validation_share < 1.0;
        ModelError::rule(held, "validation-share", self.validation_share, "above 0 and below 1")
    }
}

fn is_share(name: &'static str, value: f64) -> Result<(), ModelError> {
    ModelError::rule(0.0 < value && value <= 1.0, name, value, "above 0 and up to 1")
}

fn is_weight(name: &'static str, value: f64) -> Result<(), ModelError> {
    ModelError::rule(value.is_finite() && value >= 0.0, name, value, "finite, and not below 0")
}

impl Said for GrowthOrder {
    const RULE: &'static str = "depth-wise or leaf-wise";

    fn said(text: &str) -> Option<Self> {
        match text {
            "depth-wise" => Some(Self::DepthWise),
            "leaf-wise" => Some(Self::LeafWise),
            _ => None,
        }
    }

    fn text(&self) -> String {
        let text = match self {
            Self::DepthWise => "depth-wise",
            Self::LeafWise => "leaf-wise",
        };
        text.into()
    }
}
