//! What people can read in a model, beside its answers.

use super::Model;

impl Model {
    /// How much each prepared column counts, all together 1; nothing of models that do not tell.
    #[must_use]
    pub fn importances(&self) -> Option<Vec<f64>> {
        match self {
            Self::DecisionTree(tree) => Some(tree.importances().to_vec()),
            Self::RandomForest(forest) | Self::ExtraTrees(forest) => {
                Some(forest.importances().to_vec())
            }
            Self::GradientBoosting(trees) => Some(trees.importances()),
            _ => None,
        }
    }

    /// The accuracy on rows of the training, each told by the trees of a forest that were grown without it, if that was
    /// asked for.
    #[must_use]
    pub fn out_of_bag(&self) -> Option<f64> {
        match self {
            Self::RandomForest(forest) | Self::ExtraTrees(forest) => forest.out_of_bag(),
            _ => None,
        }
    }

    /// A decision tree as text, as [`DecisionTreeModel::rules`](crate::DecisionTreeModel::rules) tells it; nothing of other
    /// models.
    #[must_use]
    pub fn rules(&self, names: &[&str], depth: Option<usize>) -> Option<String> {
        match self {
            Self::DecisionTree(tree) => Some(tree.rules(names, depth)),
            _ => None,
        }
    }

    /// A decision tree as a graph, as [`DecisionTreeModel::graphviz`](crate::DecisionTreeModel::graphviz) draws it; nothing
    /// of other models.
    #[must_use]
    pub fn graphviz(&self, names: &[&str], depth: Option<usize>) -> Option<String> {
        match self {
            Self::DecisionTree(tree) => Some(tree.graphviz(names, depth)),
            _ => None,
        }
    }
}
