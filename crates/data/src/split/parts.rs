//! Rows to train with, to validate by, and to test with.

use super::{Shares, enough};
use crate::{DataError, Dataset};

/// Numbers of rows, in rising order: each row is in one part, unless it was left out between two times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parts {
    /// To train with.
    pub train: Vec<usize>,
    /// To choose by, among what was trained.
    pub validate: Vec<usize>,
    /// To judge by in the end.
    pub test: Vec<usize>,
}

impl Parts {
    pub(super) fn new(of_part: Vec<Vec<usize>>, shares: Shares) -> Result<Self, DataError> {
        let needed = shares.each().iter().filter(|&&share| share > 0.0).count();
        enough("parts with rows", of_part.iter().filter(|rows| !rows.is_empty()).count(), needed)?;
        let mut of_part = of_part.into_iter().map(|mut rows| {
            rows.sort_unstable();
            rows
        });
        let mut next = || of_part.next().unwrap_or_default();
        Ok(Self { train: next(), validate: next(), test: next() })
    }

    /// The rows themselves: to train with, to validate by, to test with.
    ///
    /// # Errors
    /// [`DataError::RowOutside`] if these are the parts of a larger dataset.
    pub fn datasets(&self, data: &Dataset) -> Result<[Dataset; 3], DataError> {
        Ok([data.select(&self.train)?, data.select(&self.validate)?, data.select(&self.test)?])
    }
}
