//! How trees of classes grow: the settings that all of them have.

use serde::{Deserialize, Serialize};

use crate::settings::{Said, name_of, named, put};
use crate::{ModelError, Parameter, Settings};

/// When nodes are split, by what, and what is cut off again. By default trees grow until their leaves are pure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    pub(crate) criterion: Criterion,
    pub(crate) depth: Option<usize>,
    pub(crate) min_split: f64,
    pub(crate) min_leaf: f64,
    pub(crate) min_gain: f64,
    pub(crate) leaves: Option<usize>,
    pub(crate) pruning: f64,
}

/// How the mixture of classes in a node is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Criterion {
    /// How often two rows drawn from the node are of different classes.
    #[default]
    Gini,
    /// How many bits tell the class of a row.
    Entropy,
}

/// How many columns are looked at for each split, drawn anew for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Columns {
    /// Every one.
    #[default]
    All,
    /// The square root of their number.
    Sqrt,
    /// The binary logarithm of their number.
    Log2,
    /// So many.
    Count(usize),
    /// Such a share of them.
    Share(f64),
}

impl Growth {
    /// How mixture is measured. Default: Gini, which is as good and faster.
    #[must_use]
    pub fn criterion(self, criterion: Criterion) -> Self {
        Self { criterion, ..self }
    }

    /// How many questions are asked of a row at most. Default: any number, since pure leaves end growth too.
    #[must_use]
    pub fn depth(self, depth: impl Into<Option<usize>>) -> Self {
        Self { depth: depth.into(), ..self }
    }

    /// Nodes that weigh less are not split; rows without weights weigh 1. Default: 0, as pure nodes end it.
    #[must_use]
    pub fn min_split(self, min_split: f64) -> Self {
        Self { min_split, ..self }
    }

    /// Leaves weigh no less; rows without weights weigh 1. Default: 0, any leaf will do.
    #[must_use]
    pub fn min_leaf(self, min_leaf: f64) -> Self {
        Self { min_leaf, ..self }
    }

    /// A split makes the rows of a tree purer by no less than this, on average over all of them. Default: 0, since a
    /// split that gains nothing may be needed for the next one that does.
    #[must_use]
    pub fn min_gain(self, min_gain: f64) -> Self {
        Self { min_gain, ..self }
    }

    /// How many leaves a tree has at most; the nodes that gain most are split first. Default: any number.
    #[must_use]
    pub fn leaves(self, leaves: impl Into<Option<usize>>) -> Self {
        Self { leaves: leaves.into(), ..self }
    }

    /// What a leaf costs in impurity: a grown tree is cut back to the smallest one of least impurity and cost (minimal
    /// cost-complexity pruning). Default: 0, nothing is cut.
    #[must_use]
    pub fn pruning(self, pruning: f64) -> Self {
        Self { pruning, ..self }
    }

    pub(crate) fn check(&self) -> Result<(), ModelError> {
        let depth = self.depth.unwrap_or(1);
        ModelError::rule(depth >= 1, "depth", depth, "1 at least")?;
        let leaves = self.leaves.unwrap_or(2);
        ModelError::rule(leaves >= 2, "leaves", leaves, "2 at least")?;
        let amounts = [
            ("min-split", self.min_split),
            ("min-leaf", self.min_leaf),
            ("min-gain", self.min_gain),
            ("pruning", self.pruning),
        ];
        for (name, value) in amounts {
            let is_amount = value.is_finite() && value >= 0.0;
            ModelError::rule(is_amount, name, value, "finite, and not below 0")?;
        }
        Ok(())
    }
}

impl Columns {
    /// How many of so many, 1 at least.
    pub(crate) fn of(self, width: usize) -> usize {
        let count = match self {
            Self::All => width,
            Self::Sqrt => width.isqrt(),
            Self::Log2 => width.checked_ilog2().unwrap_or(0) as usize,
            Self::Count(count) => count,
            Self::Share(share) => (width as f64 * share) as usize,
        };
        count.clamp(1, width.max(1))
    }

    pub(crate) fn check(self) -> Result<(), ModelError> {
        match self {
            Self::Count(count) => ModelError::rule(count >= 1, "columns", count, "1 at least"),
            Self::Share(share) => {
                let is_share = share > 0.0 && share <= 1.0;
                ModelError::rule(is_share, "columns", share, "above 0 and at most 1, as a share")
            }
            Self::All | Self::Sqrt | Self::Log2 => Ok(()),
        }
    }
}

impl Criterion {
    const NAMES: [(&'static str, Self); 2] = [("gini", Self::Gini), ("entropy", Self::Entropy)];
}

impl Said for Criterion {
    const RULE: &'static str = "gini or entropy";

    fn said(text: &str) -> Option<Self> {
        named(&Self::NAMES, text)
    }

    fn text(&self) -> String {
        name_of(&Self::NAMES, self)
    }
}

impl Said for Columns {
    const RULE: &'static str =
        "all, sqrt, log2, a number of columns, or a share of them such as 0.5";

    fn said(text: &str) -> Option<Self> {
        match text {
            "all" => Some(Self::All),
            "sqrt" => Some(Self::Sqrt),
            "log2" => Some(Self::Log2),
            _ => {
                let count = text.parse().ok().map(Self::Count);
                count.or_else(|| text.parse().ok().map(Self::Share))
            }
        }
    }

    fn text(&self) -> String {
        match self {
            Self::All => "all".into(),
            Self::Sqrt => "sqrt".into(),
            Self::Log2 => "log2".into(),
            Self::Count(count) => count.to_string(),
            // With a point, so that 1.0 is all of them and not one.
            Self::Share(share) => format!("{share:?}"),
        }
    }
}

/// A learner of trees: its settings of growth are told by name in one place.
pub(crate) trait Grows: Settings {
    fn growing(&self) -> &Growth;
    fn growing_mut(&mut self) -> &mut Growth;
}

pub(crate) const fn criterion<S: Grows>() -> Parameter<S> {
    Parameter {
        name: "criterion",
        about: "How the mixture of classes in a node is measured: gini or entropy.",
        get: |learner| learner.growing().criterion.text(),
        set: |learner, text| put(&mut learner.growing_mut().criterion, text),
    }
}

pub(crate) const fn depth<S: Grows>() -> Parameter<S> {
    Parameter {
        name: "depth",
        about: "How many questions are asked of a row at most, or none for no limit.",
        get: |learner| learner.growing().depth.text(),
        set: |learner, text| put(&mut learner.growing_mut().depth, text),
    }
}

pub(crate) const fn min_split<S: Grows>() -> Parameter<S> {
    Parameter {
        name: "min-split",
        about: "Nodes that weigh less (in rows, if these have no weights) are not split.",
        get: |learner| learner.growing().min_split.text(),
        set: |learner, text| put(&mut learner.growing_mut().min_split, text),
    }
}

pub(crate) const fn min_leaf<S: Grows>() -> Parameter<S> {
    Parameter {
        name: "min-leaf",
        about: "Leaves weigh no less (in rows, if these have no weights).",
        get: |learner| learner.growing().min_leaf.text(),
        set: |learner, text| put(&mut learner.growing_mut().min_leaf, text),
    }
}

pub(crate) const fn min_gain<S: Grows>() -> Parameter<S> {
    Parameter {
        name: "min-gain",
        about: "A split lowers the impurity of all rows by no less.",
        get: |learner| learner.growing().min_gain.text(),
        set: |learner, text| put(&mut learner.growing_mut().min_gain, text),
    }
}

pub(crate) const fn leaves<S: Grows>() -> Parameter<S> {
    Parameter {
        name: "leaves",
        about: "How many leaves a tree has at most, or none for no limit.",
        get: |learner| learner.growing().leaves.text(),
        set: |learner, text| put(&mut learner.growing_mut().leaves, text),
    }
}

pub(crate) const fn pruning<S: Grows>() -> Parameter<S> {
    Parameter {
        name: "pruning",
        about: "What a leaf costs in impurity: branches that are not worth it are cut off.",
        get: |learner| learner.growing().pruning.text(),
        set: |learner, text| put(&mut learner.growing_mut().pruning, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_as_others_count_them() {
        let of = |columns: Columns| [0, 1, 11, 77, 81].map(|width| columns.of(width));
        assert_eq!(of(Columns::All), [1, 1, 11, 77, 81]);
        assert_eq!(of(Columns::Sqrt), [1, 1, 3, 8, 9]);
        assert_eq!(of(Columns::Log2), [1, 1, 3, 6, 6]);
        assert_eq!(of(Columns::Share(0.5)), [1, 1, 5, 38, 40]);
        assert_eq!(of(Columns::Count(20)), [1, 1, 11, 20, 20]);
    }

    #[test]
    fn columns_are_said_and_written_alike() {
        for text in ["all", "sqrt", "log2", "7", "0.25", "1.0"] {
            assert_eq!(Columns::said(text).unwrap().text(), text);
        }
        assert_eq!(Columns::said("1"), Some(Columns::Count(1)));
        assert_eq!(Columns::said("many"), None);
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        let growth = Growth::default;
        growth().check().unwrap();
        let wrong = [
            growth().depth(0),
            growth().leaves(1),
            growth().min_split(f64::NAN),
            growth().min_leaf(-1.0),
            growth().min_gain(f64::INFINITY),
            growth().pruning(-0.1),
        ];
        assert!(wrong.iter().all(|growth| growth.check().is_err()));
        for columns in [Columns::Count(0), Columns::Share(0.0), Columns::Share(1.1)] {
            assert!(columns.check().is_err());
        }
        assert!(Columns::Share(f64::NAN).check().is_err());
    }
}
