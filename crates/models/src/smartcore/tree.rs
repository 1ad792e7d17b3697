//! smartcore's decision tree.

use ::smartcore::tree::decision_tree_classifier::{
    DecisionTreeClassifier, DecisionTreeClassifierParameters, SplitCriterion,
};
use ndarray::{Array2, ArrayView2};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use super::given::{Given, asked, fitted};
use super::nodes::{Nodes, Told};
use crate::settings::{Said, name_of, named, setting};
use crate::{Checked, Classifier, Learner, ModelError, Parameter, Settings, Training};

/// Memory that nodes which wait to be split may take, in bytes: each holds a number for every row there is, and at worst all
/// wait at once that are large enough to be split. 32 GiB are 92,000 rows if two are enough. Tables come nowhere near that:
/// of 75,000 flows of 77 columns 20 MB waited, of 30,000 rows with cells and classes drawn by chance 90 MB.
const MAX_WAITING: usize = 1 << 35;
/// More rows are refused at any depth: nobody waits for that.
const MAX_ROWS: usize = 1 << 24;

/// Asks about one column after the other. Rows and weights are taken as [all classifiers here](crate::smartcore) do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DecisionTree {
    pub(super) growth: Growth,
}

/// How trees grow, alone or in a forest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Growth {
    pub(super) criterion: Criterion,
    pub(super) depth: Option<usize>,
    pub(super) min_leaf: usize,
    pub(super) min_split: usize,
}

/// What a split makes smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Criterion {
    /// How often two rows are of different classes.
    #[default]
    Gini,
    /// The bits that tell a row's class.
    Entropy,
    /// How often a row is not of the most frequent class.
    Error,
}

impl DecisionTree {
    /// With all settings as they are by default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What a split makes smaller. Default: Gini's impurity.
    #[must_use]
    pub fn criterion(self, criterion: Criterion) -> Self {
        Self { growth: Growth { criterion, ..self.growth } }
    }

    /// Levels of the tree, the first of which is the root's, as smartcore counts them. Default: as many as it takes.
    #[must_use]
    pub fn depth(self, depth: Option<usize>) -> Self {
        Self { growth: Growth { depth, ..self.growth } }
    }

    /// Rows that each side of a split has at least. Default: 1.
    #[must_use]
    pub fn min_leaf(self, min_leaf: usize) -> Self {
        Self { growth: Growth { min_leaf, ..self.growth } }
    }

    /// Rows that are split at least. Default: 2.
    #[must_use]
    pub fn min_split(self, min_split: usize) -> Self {
        Self { growth: Growth { min_split, ..self.growth } }
    }
}

impl Default for Growth {
    fn default() -> Self {
        Self { criterion: Criterion::Gini, depth: None, min_leaf: 1, min_split: 2 }
    }
}

impl Growth {
    pub(super) fn check(&self) -> Result<(), ModelError> {
        let is_depth = self.depth.is_none_or(|depth| (1..u16::MAX.into()).contains(&depth));
        ModelError::rule(is_depth, "depth", self.depth.text(), "from 1 to 65534, or none")?;
        ModelError::rule(self.min_leaf >= 1, "min-leaf", self.min_leaf, "1 at least")?;
        ModelError::rule(self.min_split >= 2, "min-split", self.min_split, "2 at least")
    }

    pub(super) fn most_depth(&self) -> Option<u16> {
        self.depth.and_then(|depth| u16::try_from(depth).ok())
    }

    /// So many that the nodes that wait fit into their memory: they are as many as the last level has at most, and have
    /// as many rows each as a split takes at least.
    pub(super) fn most_rows(&self) -> usize {
        let cells = MAX_WAITING / size_of::<usize>();
        let least = self.min_split.max(self.min_leaf.saturating_mul(2));
        let any_depth = cells.saturating_mul(least).isqrt();
        let of_level = |depth: usize| cells >> (depth - 1).min(63);
        self.depth.map_or(0, of_level).max(any_depth).min(MAX_ROWS)
    }
}

impl Criterion {
    pub(super) fn foreign(self) -> SplitCriterion {
        match self {
            Self::Gini => SplitCriterion::Gini,
            Self::Entropy => SplitCriterion::Entropy,
            Self::Error => SplitCriterion::ClassificationError,
        }
    }
}

impl Criterion {
    const NAMES: [(&'static str, Self); 3] =
        [("gini", Self::Gini), ("entropy", Self::Entropy), ("error", Self::Error)];
}

impl Said for Criterion {
    const RULE: &'static str = "gini, entropy or error";

    fn said(text: &str) -> Option<Self> {
        named(&Self::NAMES, text)
    }

    fn text(&self) -> String {
        name_of(&Self::NAMES, self)
    }
}

impl Settings for DecisionTree {
    const NAME: &'static str = "smartcore/decision-tree";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!(
            "criterion",
            growth.criterion,
            "What a split makes smaller: gini, entropy or error."
        ),
        setting!(
            "depth",
            growth.depth,
            "Levels at most, the root's included; none for as many as it takes."
        ),
        setting!("min-leaf", growth.min_leaf, "Rows that each side of a split has at least."),
        setting!("min-split", growth.min_split, "Rows that are split at least."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        self.growth.check()
    }
}

impl Learner for DecisionTree {
    type Model = DecisionTreeModel;

    fn fit(&self, training: &Training<'_>) -> Result<DecisionTreeModel, ModelError> {
        self.check()?;
        let given = Given::of(training, Self::NAME, self.growth.most_rows())?;
        let parameters = DecisionTreeClassifierParameters {
            criterion: self.growth.criterion.foreign(),
            max_depth: self.growth.most_depth(),
            min_samples_leaf: self.growth.min_leaf,
            min_samples_split: self.growth.min_split,
            seed: None,
        };
        let fit = || DecisionTreeClassifier::fit(&given.rows, &given.classes, parameters);
        let told: Told = told(Self::NAME, &fitted(Self::NAME, fit)?)?;
        let model = DecisionTreeModel {
            settings: self.clone(),
            classes: training.classes().clone(),
            width: training.width(),
            nodes: Nodes::of(&[told], &given.present)?,
        };
        training.progress(1, 1)?;
        Ok(model)
    }
}

/// What smartcore says of an estimator's parts.
pub(super) fn told<T: for<'a> Deserialize<'a>>(
    learner: &'static str,
    estimator: &impl Serialize,
) -> Result<T, ModelError> {
    let parts = serde_json::to_vec(estimator).and_then(|text| serde_json::from_slice(&text));
    parts.map_err(|error| ModelError::Foreign { learner, cause: error.into() })
}

/// A tree that smartcore has grown. It is sure of every answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionTreeModel {
    settings: DecisionTree,
    classes: Classes,
    width: usize,
    nodes: Nodes,
}

impl Classifier for DecisionTreeModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.width
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let rows = asked(rows, self.width, DecisionTree::NAME)?;
        Ok(self.nodes.votes(rows.view(), self.classes.len()))
    }
}

impl Checked for DecisionTreeModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        self.nodes.check(self.width, self.classes.len())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::Labels;

    use super::*;
    use crate::smartcore::given::tests::{clouds, is_as};

    #[test]
    fn answers_are_smartcores() {
        let (rows, labels) = clouds(300, 4, 3);
        let (asked, _) = clouds(500, 4, 3);
        for criterion in [Criterion::Gini, Criterion::Entropy, Criterion::Error] {
            let learner = DecisionTree::new().criterion(criterion).min_leaf(2);
            let model = learner.fit(&Training::new(rows.view(), &labels).unwrap()).unwrap();
            let parameters = DecisionTreeClassifierParameters::default()
                .with_criterion(criterion.foreign())
                .with_min_samples_leaf(2);
            let classes = labels.numbers().to_vec();
            let tree = DecisionTreeClassifier::fit(&rows, &classes, parameters).unwrap();
            is_as(&model, &asked, &tree.predict(&asked).unwrap());
            model.check().unwrap();
        }
    }

    #[test]
    fn depth_is_counted_as_smartcore_does() {
        let rows = array![[0.0], [1.0], [2.0], [3.0]];
        let labels = Labels::of(["a", "a", "b", "b"]);
        let training = Training::new(rows.view(), &labels).unwrap();
        let guess = |depth| {
            let model = DecisionTree::new().depth(Some(depth)).fit(&training).unwrap();
            model.predict(rows.view()).unwrap()
        };
        assert_eq!((guess(1), guess(2)), (array![0, 0, 0, 0], array![0, 0, 1, 1]));
    }

    #[test]
    fn deep_trees_take_fewer_rows() {
        let most = |depth| Growth { depth, ..Growth::default() }.most_rows();
        assert_eq!(most(None), 92_681);
        assert_eq!(most(Some(60_000)), 92_681);
        assert_eq!(most(Some(11)), 1 << 22);
        assert_eq!(most(Some(1)), MAX_ROWS);
    }

    #[test]
    fn larger_nodes_leave_room_for_more_rows() {
        let most =
            |min_leaf, min_split| Growth { min_leaf, min_split, ..Growth::default() }.most_rows();
        assert_eq!((most(1, 8), most(4, 2)), (185_363, 185_363));
        assert_eq!(most(usize::MAX, 2), MAX_ROWS);
    }

    #[test]
    fn settings_have_rules() {
        let mut tree = DecisionTree::new();
        for (name, value) in
            [("depth", "0"), ("depth", "65535"), ("min-leaf", "0"), ("min-split", "1")]
        {
            assert!(tree.set(name, value).is_err(), "{name} {value}");
        }
        tree.set("depth", "none").unwrap();
        tree.set("criterion", "entropy").unwrap();
        assert_eq!(tree, DecisionTree::new().criterion(Criterion::Entropy));
    }
}
