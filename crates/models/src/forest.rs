//! Many trees that answer together: random forests, and extremely randomized trees.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::settings::setting;
use crate::tree::forest::{ForestModel, ForestPlan, check_trees, fit};
use crate::tree::growth::{self, Columns, Grows, Growth};
use crate::{Learner, ModelError, Parameter, Settings, Training};

/// Many decision trees that answer together: each is grown from rows drawn by chance, and looks for the best cut of few
/// columns in each node, so that they err in different ways.
///
/// Missing and infinite cells are taken as [`DecisionTree`](crate::DecisionTree) takes them.
pub type RandomForest = Forest<BestCuts>;

/// Many decision trees that answer together: each looks at few columns in each node and at one cut of each, drawn between
/// the least and the greatest value there, so that they err in different ways. (Extremely randomized trees, Geurts et al.
/// 2006.)
///
/// Missing cells are taken as [`DecisionTree`](crate::DecisionTree) takes them. An infinity is as far away as the largest
/// number: a cut by chance sets it apart from all others.
pub type ExtraTrees = Forest<DrawnCuts>;

/// Where the trees of a forest cut columns, and what else follows from it.
pub trait Cuts: Clone + std::fmt::Debug + PartialEq + 'static {
    /// The learner's name.
    const NAME: &'static str;
    /// Whether each tree has rows drawn for it, if nothing is said.
    const BOOTSTRAP: bool;
    /// Whether cuts are drawn by chance.
    const ARE_DRAWN: bool;
}

/// The best cut of each column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BestCuts;

impl Cuts for BestCuts {
    const NAME: &'static str = "random-forest";
    const BOOTSTRAP: bool = true;
    const ARE_DRAWN: bool = false;
}

/// A cut of each column, drawn by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawnCuts;

impl Cuts for DrawnCuts {
    const NAME: &'static str = "extra-trees";
    // Columns and cuts make the trees different enough.
    const BOOTSTRAP: bool = false;
    const ARE_DRAWN: bool = true;
}

/// A forest before it has grown: a [`RandomForest`] or [`ExtraTrees`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Forest<C> {
    trees: usize,
    growth: Growth,
    columns: Columns,
    bootstrap: bool,
    out_of_bag: bool,
    seed: u64,
    cuts: PhantomData<C>,
}

impl<C: Cuts> Default for Forest<C> {
    fn default() -> Self {
        Self {
            trees: 100,
            growth: Growth::default(),
            columns: Columns::Sqrt,
            bootstrap: C::BOOTSTRAP,
            out_of_bag: false,
            seed: 0,
            cuts: PhantomData,
        }
    }
}

impl<C: Cuts> Forest<C> {
    /// How many trees. Default: 100; more are never worse, but slower.
    #[must_use]
    pub fn trees(self, trees: usize) -> Self {
        Self { trees, ..self }
    }

    /// How each tree grows. Default: until all leaves are pure.
    #[must_use]
    pub fn growth(self, growth: Growth) -> Self {
        Self { growth, ..self }
    }

    /// How many columns are looked at for each split. Default: the square root of their number.
    #[must_use]
    pub fn columns(self, columns: Columns) -> Self {
        Self { columns, ..self }
    }

    /// Whether each tree has rows drawn for it, as many as there are, any of them several times. They are drawn without
    /// regard to their weights, which count then. Default: true for a random forest, in which only the columns make the
    /// trees different else; false for extra trees.
    #[must_use]
    pub fn bootstrap(self, bootstrap: bool) -> Self {
        Self { bootstrap, ..self }
    }

    /// Whether to judge the forest by the rows that trees were grown without. Default: false, since it takes about as
    /// long as answering all rows.
    #[must_use]
    pub fn out_of_bag(self, out_of_bag: bool) -> Self {
        Self { out_of_bag, ..self }
    }

    /// What decides where chance does. Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}

impl<C: Cuts> Grows for Forest<C> {
    fn growing(&self) -> &Growth {
        &self.growth
    }

    fn growing_mut(&mut self) -> &mut Growth {
        &mut self.growth
    }
}

impl<C: Cuts> Settings for Forest<C> {
    const NAME: &'static str = C::NAME;
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("trees", trees, "How many trees."),
        growth::criterion(),
        growth::depth(),
        growth::min_split(),
        growth::min_leaf(),
        growth::min_gain(),
        growth::leaves(),
        growth::pruning(),
        setting!(
            "columns",
            columns,
            "How many columns are looked at for each split: all, sqrt, log2, a number or a share."
        ),
        setting!("bootstrap", bootstrap, "Whether each tree has rows drawn for it."),
        setting!(
            "out-of-bag",
            out_of_bag,
            "Whether to judge the forest by the rows that trees were grown without."
        ),
        setting!("seed", seed, "What decides where chance does."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        check_trees(self.trees)?;
        self.growth.check()?;
        self.columns.check()?;
        let is_possible = self.bootstrap || !self.out_of_bag;
        ModelError::rule(is_possible, "out-of-bag", true, "false without bootstrap")
    }
}

impl<C: Cuts> Learner for Forest<C> {
    type Model = ForestModel;

    fn fit(&self, training: &Training<'_>) -> Result<ForestModel, ModelError> {
        self.check()?;
        let plan = ForestPlan {
            growth: &self.growth,
            columns: self.columns,
            trees: self.trees,
            bootstrap: self.bootstrap,
            out_of_bag: self.out_of_bag,
            is_random: C::ARE_DRAWN,
            seed: self.seed,
        };
        fit(training, &plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_said_by_name() {
        let mut forest = RandomForest::default();
        assert!(forest.told().contains(&("bootstrap", "true".to_owned())));
        assert!(ExtraTrees::default().told().contains(&("bootstrap", "false".to_owned())));
        forest.set("trees", "12").unwrap();
        forest.set("min-leaf", "3").unwrap();
        forest.set("columns", "0.5").unwrap();
        let expected = RandomForest::default()
            .trees(12)
            .growth(Growth::default().min_leaf(3.0))
            .columns(Columns::Share(0.5));
        assert_eq!(forest, expected);
        for (name, text) in forest.told() {
            forest.set(name, &text).unwrap();
        }
        assert_eq!(forest, expected);
    }

    #[test]
    fn who_draws_no_rows_leaves_none_out() {
        let forest = RandomForest::default().bootstrap(false);
        assert!(forest.clone().out_of_bag(true).check().is_err());
        forest.check().unwrap();
        assert!(RandomForest::default().trees(0).check().is_err());
    }
}
