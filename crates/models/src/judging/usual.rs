//! What is usually worth trying: of each learner, which settings may be what, and in which order learners come.

use super::Space;
use crate::{ModelError, Recipe};

/// Learners, the cheapest and most promising on tables of flows first, each with what its settings may be.
///
/// Ranges hold the usual value, or begin or end there where only one side promises more. What costs time without end
/// (trees of boosting at small steps, kernels with a large C) has ends that tables of ten thousands of rows allow.
const USUAL: &[(&str, &[&str])] = &[
    ("dummy", &["strategy=most-frequent|prior"]),
    (
        "decision-tree",
        &[
            "criterion=gini|entropy",
            "depth=none|8|12|16|24",
            "min-leaf=1..20 log",
            "columns=all|sqrt|0.5",
        ],
    ),
    (
        "random-forest",
        &[
            "trees=100..400 log",
            "criterion=gini|entropy",
            "depth=none|12|16|24",
            "min-leaf=1..4",
            "columns=sqrt|log2|0.25|0.5",
        ],
    ),
    (
        "extra-trees",
        &[
            "trees=100..400 log",
            "criterion=gini|entropy",
            "depth=none|16|24",
            "min-leaf=1..4",
            "columns=sqrt|0.25|0.5|all",
        ],
    ),
    (
        "gradient-boosting",
        &[
            "trees=50..400 log",
            "learning-rate=0.03..0.5 log",
            "depth=3..10",
            "l2=0.1..10.0 log",
            "min-child-weight=0.5..8.0 log",
            "rows=0.6..1.0",
            "columns=0.4..1.0",
        ],
    ),
    ("naive-bayes", &["var-smoothing=1e-12..1e-3 log"]),
    (
        "knn",
        &["neighbours=1..31 log", "distance=euclidean|manhattan|cosine", "votes=uniform|distance"],
    ),
    ("bernoulli-naive-bayes", &["alpha=0.01..10.0 log", "binarize=-0.5..0.5"]),
    ("logistic-regression", &["c=0.01..100.0 log", "l1-ratio=0|0.5|1"]),
    ("linear-svm", &["c=0.01..100.0 log"]),
    (
        "voting",
        &[
            "members=decision-tree,random-forest,knn|random-forest,extra-trees,gradient-boosting|random-forest,gradient-boosting,knn",
            "ballot=soft|hard",
        ],
    ),
    ("svm", &["kernel=rbf|poly", "c=0.1..100.0 log", "gamma=scale|0.01|0.03|0.1"]),
    (
        "stacking",
        &["members=decision-tree,random-forest,knn|random-forest,extra-trees,gradient-boosting"],
    ),
    ("smartcore/decision-tree", &["depth=none|8|12|16"]),
    ("smartcore/knn", &["neighbours=1..31 log"]),
    ("smartcore/logistic-regression", &["alpha=0.0001..1.0 log"]),
    ("smartcore/pca", &["components=1..20 log", "learner=logistic-regression|knn|random-forest"]),
    ("smartcore/random-forest", &["trees=50..200", "depth=none|12|16"]),
];

impl Space {
    /// What is usually worth trying with this learner; nothing, of one that is not known.
    ///
    /// # Errors
    /// None of a learner of the zoo.
    pub fn usual(recipe: &Recipe) -> Result<Self, ModelError> {
        let ranges = USUAL.iter().find(|(name, _)| *name == recipe.name());
        let ranges = ranges.map_or(&[][..], |(_, ranges)| ranges);
        ranges.iter().try_fold(Self::new(), |space, range| space.said(range))
    }
}

/// The place of a learner among those that are tried: the lower, the sooner.
pub(super) fn turn(recipe: &Recipe) -> usize {
    USUAL.iter().position(|(name, _)| *name == recipe.name()).unwrap_or(USUAL.len())
}

#[cfg(test)]
mod tests {
    use netsift_data::Chance;

    use super::*;
    use crate::judging::space::set;

    #[test]
    fn every_learner_takes_what_is_usual_and_whatever_is_drawn_of_it() {
        for recipe in Recipe::all() {
            let space = Space::usual(&recipe).unwrap();
            assert!(!space.is_empty(), "{}", recipe.name());
            space.check(&recipe).unwrap_or_else(|error| panic!("{}: {error}", recipe.name()));
            let mut chance = Chance::seeded(1);
            for _ in 0..50 {
                let point = space.draw(&mut chance);
                set(&recipe, &point).unwrap_or_else(|error| panic!("{point:?}: {error}"));
            }
        }
    }

    #[test]
    fn learners_that_are_named_are_of_the_zoo() {
        let names = Recipe::names();
        let is_known = |name: &str| names.contains(&name) || name.starts_with("smartcore/");
        assert!(USUAL.iter().all(|(name, _)| is_known(name)));
        assert!(turn(&Recipe::default()) < turn(&Recipe::named("svm").unwrap()));
    }
}
