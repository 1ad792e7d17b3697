//! One tree of questions, which people can read.

use ndarray::{Array2, ArrayView2};
use netsift_data::{Chance, Classes};
use serde::{Deserialize, Deserializer, Serialize};

use crate::check::sound;
use crate::classifier::wide;
use crate::explain::{Part, TreeSum};
use crate::settings::setting;
use crate::tree::flat::{Flat, coverless};
use crate::tree::forest::{check, check_importances, samples};
use crate::tree::grow::{Plan, grow};
use crate::tree::growth::{self, Columns, Grows, Growth};
use crate::tree::print::Printed;
use crate::tree::table::Table;
use crate::zoo::Earlier;
use crate::{Checked, Classifier, Learner, ModelError, Parameter, Settings, Training};

/// Asks one question after the other, each whether a column is at most some number, until the class is clear.
///
/// Cells may be any numbers. Where a column has missing ones (NaN) in a node, they go to the side that gains more, or
/// stand apart from all values if that gains most; where it had none in training, they go to the heavier side. Infinities
/// are the least and the greatest number. Nothing needs to be scaled.
///
/// A row of weight 2 counts as two, one of weight 0 not at all. A class without a row is never told; one with rows is
/// enough. Of cuts that part the rows of a node equally well, the one through the widest gap between values is taken, as a
/// share of the column's range in the node; of those the one that chance looks at first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DecisionTree {
    growth: Growth,
    columns: Columns,
    seed: u64,
}

impl DecisionTree {
    /// How it grows. Default: until all leaves are pure.
    #[must_use]
    pub fn growth(self, growth: Growth) -> Self {
        Self { growth, ..self }
    }

    /// How many columns are looked at for each split. Default: all.
    #[must_use]
    pub fn columns(self, columns: Columns) -> Self {
        Self { columns, ..self }
    }

    /// What decides where chance does: which columns are looked at, and which of splits that gain as much is taken.
    /// Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}

impl Grows for DecisionTree {
    fn growing(&self) -> &Growth {
        &self.growth
    }

    fn growing_mut(&mut self) -> &mut Growth {
        &mut self.growth
    }
}

impl Settings for DecisionTree {
    const NAME: &'static str = "decision-tree";
    const PARAMETERS: &'static [Parameter<Self>] = &[
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
        setting!("seed", seed, "What decides where chance does."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        self.growth.check()?;
        self.columns.check()
    }
}

impl Learner for DecisionTree {
    type Model = DecisionTreeModel;

    fn fit(&self, training: &Training<'_>) -> Result<DecisionTreeModel, ModelError> {
        self.check()?;
        let (picked, samples) = samples(training)?;
        training.progress(0, samples.len())?;
        let of = samples.len();
        let plan = Plan {
            growth: &self.growth,
            columns: self.columns.of(training.width()),
            is_random: false,
            classes: training.classes().len(),
            settled: &|done| training.progress(done, of),
        };
        let table = Table::counted(training.rows(), &picked, &samples, training.thread_count());
        let grown = grow(&table, samples, plan, &mut Chance::seeded(self.seed))?;
        Ok(DecisionTreeModel {
            classes: training.classes().clone(),
            width: training.width(),
            importances: grown.importances(training.width()),
            tree: grown.flat,
        })
    }
}

/// A tree of questions. A row's classes are as probable as they were frequent in the leaf it comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionTreeModel {
    classes: Classes,
    width: usize,
    tree: Flat,
    importances: Vec<f64>,
}

impl DecisionTreeModel {
    /// How much each column's splits have made the rows purer: of all columns together 1, or all 0 without a split.
    #[must_use]
    pub fn importances(&self) -> &[f64] {
        &self.importances
    }

    /// How many leaves it has.
    #[must_use]
    pub fn leaves(&self) -> usize {
        self.tree.nodes().div_ceil(2)
    }

    /// The tree as text, a line for each question and each answer; at most so many questions deep, and 10,000 nodes. The
    /// columns' names are given in their order, and control characters in them are not printed.
    #[must_use]
    pub fn rules(&self, names: &[&str], depth: Option<usize>) -> String {
        self.printed(names, depth).rules()
    }

    /// The tree as a graph in the language of Graphviz; bounds and names are as those of [`rules`](Self::rules).
    #[must_use]
    pub fn graphviz(&self, names: &[&str], depth: Option<usize>) -> String {
        self.printed(names, depth).graphviz()
    }

    /// What adds up to the probability of a class, if it can be explained.
    pub(crate) fn sum_for(&self, class: u32) -> Option<TreeSum> {
        TreeSum::of(&self.tree, Part { output: class as usize, ..Part::ALL }, 0.0)
    }

    fn printed<'p>(&'p self, names: &'p [&'p str], depth: Option<usize>) -> Printed<'p> {
        Printed {
            tree: &self.tree,
            names,
            classes: &self.classes,
            depth: depth.unwrap_or(usize::MAX),
        }
    }
}

impl Classifier for DecisionTreeModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.width
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        wide(rows, self.width)?;
        let mut shares = Array2::zeros((rows.nrows(), self.classes.len()));
        if let Some(sums) = shares.as_slice_mut() {
            self.tree.add(rows, self.classes.len(), sums);
        }
        Ok(shares)
    }
}

impl Checked for DecisionTreeModel {
    fn check(&self) -> Result<(), ModelError> {
        sound(self.tree.trees() == 1, "one tree")?;
        check(&self.tree, &self.classes, self.width)?;
        check_importances(&self.importances, self.width)?;
        sound(self.tree.covers().is_some(), "a cover for each node")
    }
}

impl Earlier for DecisionTreeModel {
    /// Files of version 1 hold what rows weighed beside the tree.
    fn earlier<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct First {
            classes: Classes,
            width: usize,
            #[serde(deserialize_with = "coverless")]
            tree: Flat,
            shares: Vec<f64>,
            importances: Vec<f64>,
        }
        let First { classes, width, mut tree, shares, importances } =
            First::deserialize(deserializer)?;
        tree.weigh(&shares);
        Ok(Self { classes, width, tree, importances })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::Labels;

    use super::*;

    fn fitted() -> DecisionTreeModel {
        let rows = array![[1.0, f64::NAN], [2.0, 5.0], [9.0, 5.0], [8.0, 6.0]];
        let labels = Labels::of(["benign", "benign", "attack", "attack"]);
        DecisionTree::default()
            .columns(Columns::All)
            .fit(&Training::new(rows.view(), &labels).unwrap())
            .unwrap()
    }

    #[test]
    fn a_tree_can_be_read() {
        let model = fitted();
        let rules = "\
duration <= 5: benign 100.0 % (50.0 % of the rows)
duration > 5 or missing: attack 100.0 % (50.0 % of the rows)
";
        assert_eq!(model.rules(&["duration", "ttl"], None), rules);
        assert!(model.graphviz(&[], Some(0)).contains("0 [label=\"...\""));
        assert_eq!((model.leaves(), model.importances()), (2, &[1.0, 0.0][..]));
        assert_eq!(model.tree.covers(), Some(&[4.0, 2.0, 2.0][..]));
        let missing = model.predict(array![[f64::NAN, 0.0]].view()).unwrap();
        assert_eq!(model.classes().name(missing[0]), Some("attack"));
    }

    #[test]
    fn settings_are_said_by_name() {
        let mut tree = DecisionTree::default();
        tree.set("depth", "7").unwrap();
        tree.set("criterion", "entropy").unwrap();
        tree.set("columns", "sqrt").unwrap();
        let growth = Growth::default().depth(7).criterion(crate::Criterion::Entropy);
        assert_eq!(tree, DecisionTree::default().growth(growth).columns(Columns::Sqrt));
        assert!(tree.set("leaves", "1").is_err());
        for (name, text) in tree.told() {
            tree.set(name, &text).unwrap();
        }
    }

    #[test]
    fn forged_models_are_unsound() {
        let mut unweighed = Flat::new(2);
        let root = unweighed.plant().unwrap();
        unweighed.leaf(root, &[0.5, 0.5]).unwrap();
        let forged = [
            DecisionTreeModel { importances: vec![1.0], ..fitted() },
            DecisionTreeModel { importances: vec![f64::NAN, 0.0], ..fitted() },
            DecisionTreeModel { tree: unweighed, ..fitted() },
            DecisionTreeModel { width: 0, importances: Vec::new(), ..fitted() },
            DecisionTreeModel { tree: Flat::new(2), ..fitted() },
            DecisionTreeModel { classes: Classes::new(["a"]).unwrap(), ..fitted() },
        ];
        fitted().check().unwrap();
        assert!(forged.iter().all(|model| model.check().is_err()));
    }
}
