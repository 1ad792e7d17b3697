//! Rows to train with, to validate by, and to test with.

use std::fmt;

use serde::Serialize;

use super::{Shares, enough};
use crate::{DataError, Dataset};

/// How far a part may be off its share, as a part of it, before it is told. A row is never too much.
const TOLERANCE: f64 = 0.1;

/// Numbers of rows, in rising order: each row is in one part, unless it was left out between two times.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Parts {
    /// To train with.
    pub train: Vec<usize>,
    /// To choose by, among what was trained.
    pub validate: Vec<usize>,
    /// To judge by in the end.
    pub test: Vec<usize>,
    missed: Vec<ShareMissed>,
}

/// One of the parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// To train with.
    Train,
    /// To choose by.
    Validate,
    /// To judge by.
    Test,
}

/// A part that has other rows than its share: groups are kept whole, rows of one time stay together, and a gap leaves rows
/// out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ShareMissed {
    /// Which part.
    pub part: Part,
    /// The share of all rows that was asked for.
    pub asked: f64,
    /// The share of all rows that it has.
    pub got: f64,
}

impl Parts {
    /// Of so many rows.
    pub(super) fn new(
        of_part: Vec<Vec<usize>>,
        shares: Shares,
        rows: usize,
    ) -> Result<Self, DataError> {
        let needed = shares.each().iter().filter(|&&share| share > 0.0).count();
        enough("parts with rows", of_part.iter().filter(|rows| !rows.is_empty()).count(), needed)?;
        let sizes = of_part.iter().map(Vec::len);
        let parts = [Part::Train, Part::Validate, Part::Test].into_iter().zip(shares.each());
        let missed = parts.zip(sizes).filter_map(|((part, asked), size)| {
            let off = (size as f64 - asked * rows as f64).abs();
            let is_missed = off > 1.0 && off > TOLERANCE * asked * rows as f64;
            is_missed.then(|| ShareMissed { part, asked, got: size as f64 / rows as f64 })
        });
        let missed = missed.collect();
        let mut of_part = of_part.into_iter().map(|mut rows| {
            rows.sort_unstable();
            rows
        });
        let mut next = || of_part.next().unwrap_or_default();
        Ok(Self { train: next(), validate: next(), test: next(), missed })
    }

    /// The parts that are off their shares by more than a tenth of them and a row: worth a warning, since what was learned
    /// and judged rests on other numbers of rows than was asked for.
    #[must_use]
    pub fn missed(&self) -> &[ShareMissed] {
        &self.missed
    }

    /// The rows themselves: to train with, to validate by, to test with.
    ///
    /// # Errors
    /// [`DataError::RowOutside`] if these are the parts of a larger dataset.
    pub fn datasets(&self, data: &Dataset) -> Result<[Dataset; 3], DataError> {
        Ok([data.select(&self.train)?, data.select(&self.validate)?, data.select(&self.test)?])
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Train => "train",
            Self::Validate => "validate",
            Self::Test => "test",
        })
    }
}

impl fmt::Display for ShareMissed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, asked, got } = self;
        let (asked, got) = (asked * 100.0, got * 100.0);
        write!(f, "the part \"{part}\" has {got:.1} % of the rows instead of {asked:.1} %")
    }
}
