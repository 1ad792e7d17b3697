//! Small classes get copies of their rows.

use serde::{Deserialize, Serialize};

use super::{Balance, Balanced, Target, rows_of_classes};
use crate::chance::Chance;
use crate::{DataError, Dataset};

/// Adds copies of rows, drawn from each class with equal chance, behind the rows that are there. Copies keep the group
/// and the time of the row they are of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OverSample {
    seed: u64,
    target: Target,
}

impl OverSample {
    /// Up to the largest class.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, target: Target::Equal }
    }

    /// Up to what. Default: the largest class.
    #[must_use]
    pub fn to(self, target: Target) -> Self {
        Self { target, ..self }
    }

    /// The rows that [`balance`](Balance::balance) takes, by their numbers: all of them, and then those copied.
    ///
    /// # Errors
    /// As [`balance`](Balance::balance).
    pub fn rows(&self, data: &Dataset) -> Result<Vec<usize>, DataError> {
        let classes = rows_of_classes(data)?;
        let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
        let target = self.target.added(labels)?;
        let mut chance = Chance::seeded(self.seed);
        let mut taken: Vec<usize> = (0..data.rows()).collect();
        for (rows, target) in classes.iter().zip(target) {
            taken.extend((rows.len()..target).filter_map(|_| chance.pick(rows)));
        }
        Ok(taken)
    }
}

impl Balance for OverSample {
    fn balanced(&self, data: &Dataset) -> Result<Balanced, DataError> {
        Ok(Balanced { data: data.select(&self.rows(data)?)?, findings: Vec::new() })
    }
}
