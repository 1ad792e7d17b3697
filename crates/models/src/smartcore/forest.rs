//! smartcore's random forest.

use ::smartcore::ensemble::random_forest_classifier::{
    RandomForestClassifier, RandomForestClassifierParameters,
};
use ndarray::{Array2, ArrayView2};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use super::given::{Given, asked, fitted};
use super::nodes::{Nodes, Told};
use super::tree::{Criterion, Growth, told};
use crate::check::sound;
use crate::settings::{Said as _, setting};
use crate::{Checked, Classifier, Learner, ModelError, Parameter, Settings, Training};

/// Trees of rows drawn again and again, class by class, which vote. Rows and weights are taken as
/// [all classifiers here](crate::smartcore) do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RandomForest {
    growth: Growth,
    trees: usize,
    columns: Option<usize>,
    seed: u64,
}

impl RandomForest {
    /// With all settings as they are by default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many trees. Default: 100, as elsewhere.
    #[must_use]
    pub fn trees(self, trees: usize) -> Self {
        Self { trees, ..self }
    }

    /// Columns that a split is looked for in. Default: the root of how many there are.
    #[must_use]
    pub fn columns(self, columns: Option<usize>) -> Self {
        Self { columns, ..self }
    }

    /// What decides where chance does. Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// What a split makes smaller. Default: Gini's impurity.
    #[must_use]
    pub fn criterion(self, criterion: Criterion) -> Self {
        Self { growth: Growth { criterion, ..self.growth }, ..self }
    }

    /// Levels of a tree, the first of which is the root's, as smartcore counts them. Default: as many as it takes.
    #[must_use]
    pub fn depth(self, depth: Option<usize>) -> Self {
        Self { growth: Growth { depth, ..self.growth }, ..self }
    }

    /// Rows that each side of a split has at least. Default: 1.
    #[must_use]
    pub fn min_leaf(self, min_leaf: usize) -> Self {
        Self { growth: Growth { min_leaf, ..self.growth }, ..self }
    }

    /// Rows that are split at least. Default: 2.
    #[must_use]
    pub fn min_split(self, min_split: usize) -> Self {
        Self { growth: Growth { min_split, ..self.growth }, ..self }
    }
}

impl Default for RandomForest {
    fn default() -> Self {
        Self { growth: Growth::default(), trees: 100, columns: None, seed: 0 }
    }
}

impl Settings for RandomForest {
    const NAME: &'static str = "smartcore/random-forest";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("trees", trees, "How many trees."),
        setting!(
            "columns",
            columns,
            "Columns that a split is looked for in; none for the root of how many there are."
        ),
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
        setting!("seed", seed, "What decides where chance does."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        let is_count = (1..=u16::MAX.into()).contains(&self.trees);
        ModelError::rule(is_count, "trees", self.trees, "from 1 to 65535")?;
        let is_some = self.columns != Some(0);
        ModelError::rule(is_some, "columns", self.columns.text(), "1 at least, or none")?;
        self.growth.check()
    }
}

impl Learner for RandomForest {
    type Model = RandomForestModel;

    fn fit(&self, training: &Training<'_>) -> Result<RandomForestModel, ModelError> {
        #[derive(Deserialize)]
        struct Parts {
            trees: Vec<Told>,
        }

        self.check()?;
        let given = Given::of(training, Self::NAME, self.growth.most_rows())?;
        let parameters = RandomForestClassifierParameters {
            criterion: self.growth.criterion.foreign(),
            max_depth: self.growth.most_depth(),
            min_samples_leaf: self.growth.min_leaf,
            min_samples_split: self.growth.min_split,
            n_trees: u16::try_from(self.trees).unwrap_or(u16::MAX),
            m: self.columns,
            keep_samples: false,
            seed: self.seed,
        };
        let fit = || RandomForestClassifier::fit(&given.rows, &given.classes, parameters);
        let parts: Parts = told(Self::NAME, &fitted(Self::NAME, fit)?)?;
        let model = RandomForestModel {
            settings: self.clone(),
            classes: training.classes().clone(),
            width: training.width(),
            nodes: Nodes::of(&parts.trees, &given.present)?,
        };
        training.progress(1, 1)?;
        Ok(model)
    }
}

/// Trees that smartcore has grown. A class is as probable as trees vote for it, each for one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RandomForestModel {
    settings: RandomForest,
    classes: Classes,
    width: usize,
    nodes: Nodes,
}

impl Classifier for RandomForestModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.width
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let rows = asked(rows, self.width, RandomForest::NAME)?;
        Ok(self.nodes.votes(rows.view(), self.classes.len()))
    }
}

impl Checked for RandomForestModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        sound(self.nodes.trees() == self.settings.trees, "as many trees as were wished")?;
        self.nodes.check(self.width, self.classes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smartcore::given::tests::{clouds, is_as};

    #[test]
    fn answers_are_smartcores() {
        let (rows, labels) = clouds(200, 5, 3);
        let (asked, _) = clouds(400, 5, 3);
        let learner = RandomForest::new().trees(15).columns(Some(2)).seed(4);
        let model = learner.fit(&Training::new(rows.view(), &labels).unwrap()).unwrap();
        let parameters =
            RandomForestClassifierParameters::default().with_n_trees(15).with_m(2).with_seed(4);
        let classes = labels.numbers().to_vec();
        let forest = RandomForestClassifier::fit(&rows, &classes, parameters).unwrap();
        is_as(&model, &asked, &forest.predict(&asked).unwrap());
        model.check().unwrap();
        let fewer = RandomForestModel { settings: learner.trees(14), ..model };
        assert!(fewer.check().is_err());
    }

    #[test]
    fn settings_have_rules() {
        let mut forest = RandomForest::new();
        for (name, value) in [("trees", "0"), ("trees", "65536"), ("columns", "0"), ("depth", "0")]
        {
            assert!(forest.set(name, value).is_err(), "{name} {value}");
        }
        forest.set("seed", "7").unwrap();
        assert_eq!(forest, RandomForest::new().seed(7));
    }
}
