//! Large classes lose rows.

use serde::{Deserialize, Serialize};

use super::{Balance, Balanced, Target, rows_of_classes};
use crate::chance::Chance;
use crate::{DataError, Dataset};

/// Leaves out rows of large classes, each with equal chance. Those that stay keep their order, groups and times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnderSample {
    seed: u64,
    target: Target,
}

impl UnderSample {
    /// Down to the smallest class.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, target: Target::Equal }
    }

    /// Down to what. Default: the smallest class.
    #[must_use]
    pub fn to(self, target: Target) -> Self {
        Self { target, ..self }
    }

    /// The rows that [`balance`](Balance::balance) keeps, by their numbers.
    ///
    /// # Errors
    /// As [`balance`](Balance::balance).
    pub fn rows(&self, data: &Dataset) -> Result<Vec<usize>, DataError> {
        let classes = rows_of_classes(data)?;
        let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
        let target = self.target.left(labels)?;
        let mut chance = Chance::seeded(self.seed);
        let mut kept = Vec::with_capacity(target.iter().sum());
        for (mut rows, target) in classes.into_iter().zip(target) {
            chance.shuffle(&mut rows);
            kept.extend(rows.into_iter().take(target));
        }
        kept.sort_unstable();
        Ok(kept)
    }
}

impl Balance for UnderSample {
    fn balanced(&self, data: &Dataset) -> Result<Balanced, DataError> {
        Ok(Balanced { data: data.select(&self.rows(data)?)?, findings: Vec::new() })
    }
}
