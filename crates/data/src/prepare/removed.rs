//! Columns that are left out, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::columns::{Named, check_columns};
use super::effect::Short;
use super::{Effect, Fitted, StepKind};
use crate::{DataError, Dataset, Schema};

/// The columns that are left out, each with the reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Removed {
    pub(super) columns: Vec<Removal>,
}

/// A column that is left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Removal {
    /// Its name.
    pub name: String,
    /// Why it is.
    pub reason: Reason,
}

/// Why a column is left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Reason {
    /// So large a share of its cells is the same, missing ones counted as one more thing to be.
    Constant {
        /// From 0 to 1.
        share: f64,
    },
    /// It goes with a column before it that stays.
    Correlated {
        /// The column that stays.
        with: String,
        /// Pearson's coefficient of both, from -1 to 1.
        coefficient: f64,
    },
    /// Other columns tell more about the label.
    Uninformative {
        /// What it tells, in nats.
        information: f64,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant { share: 1.0 } => f.write_str("left out: constant"),
            Self::Constant { share } => {
                write!(f, "left out: {:.1} % of it is the same", share * 100.0)
            }
            Self::Correlated { with, coefficient } => {
                write!(f, "left out: goes with {with} ({coefficient:.3})")
            }
            Self::Uninformative { information } => {
                write!(f, "left out: tells {} nats of the label", Short(*information))
            }
        }
    }
}

impl Removed {
    /// The columns that are left out, in the order of the training's columns.
    #[must_use]
    pub fn columns(&self) -> &[Removal] {
        &self.columns
    }

    pub(super) fn of(columns: impl IntoIterator<Item = (String, Reason)>) -> Self {
        Self {
            columns: columns.into_iter().map(|(name, reason)| Removal { name, reason }).collect(),
        }
    }

    /// The places of those that stay.
    fn kept(&self, input: &Schema) -> Result<Vec<usize>, DataError> {
        let mut stays = vec![true; input.len()];
        for place in input.places(self.columns.iter().map(Named::name))? {
            if let Some(stays) = stays.get_mut(place) {
                *stays = false;
            }
        }
        Ok(stays.iter().enumerate().filter(|&(_, &stays)| stays).map(|(place, _)| place).collect())
    }
}

impl Fitted for Removed {
    fn columns(&self, input: &Schema) -> Result<Schema, DataError> {
        Ok(input.at(&self.kept(input)?))
    }

    fn apply(&self, data: Dataset) -> Result<Dataset, DataError> {
        let kept = self.kept(data.schema())?;
        if kept.len() == data.width() { Ok(data) } else { data.at(&kept) }
    }

    fn check(&self) -> Result<(), DataError> {
        check_columns(&self.columns, |column| match column.reason {
            Reason::Constant { share: number }
            | Reason::Correlated { coefficient: number, .. }
            | Reason::Uninformative { information: number } => number.is_finite(),
        })
    }

    fn effects(&self) -> Vec<Effect> {
        self.columns
            .iter()
            .map(|Removal { name, reason }| Effect::on(name, StepKind::Remove, reason))
            .collect()
    }
}

impl Named for Removal {
    fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn what_is_left_out_has_to_be_there() {
        let removed = Removed::of([("b".to_owned(), Reason::Constant { share: 1.0 })]);
        let data = |names: [&str; 3]| {
            Dataset::new(Schema::numbers(names).unwrap(), array![[1.0, 2.0, 3.0]]).unwrap()
        };
        let made = removed.apply(data(["b", "c", "a"])).unwrap();
        assert_eq!(made.schema().names().collect::<Vec<_>>(), ["c", "a"]);
        assert_eq!(made.matrix(), array![[2.0, 3.0]]);
        assert!(matches!(
            removed.apply(data(["x", "y", "z"])),
            Err(DataError::MissingColumns { .. })
        ));
    }
}
