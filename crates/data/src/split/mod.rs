//! Rows shared out: to train with, to choose by, to judge by.
//!
//! A [`Split`] says how, and answers [`Parts`] of given [`Shares`], or [`Fold`]s: numbers of rows, which
//! [`datasets`](Parts::datasets) makes datasets of. The same seed gives the same rows.

mod allot;
mod fold;
mod grouped;
mod parts;
mod plain;
mod shares;
mod stratified;
mod timed;

use crate::{DataError, Dataset};

pub use fold::Fold;
pub use parts::Parts;
pub use shares::Shares;

/// How rows are shared out.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    how: How,
    seed: u64,
    rare: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    Plain,
    Stratified,
    ByGroup,
    StratifiedByGroup,
    ByTime { gap: u64 },
}

impl Split {
    /// Any row may go anywhere.
    #[must_use]
    pub fn plain(seed: u64) -> Self {
        Self::new(How::Plain, seed)
    }

    /// Each part gets its share of every class, to within one row.
    #[must_use]
    pub fn stratified(seed: u64) -> Self {
        Self::new(How::Stratified, seed)
    }

    /// Rows of one group stay together; sizes come as near to the shares as groups allow.
    #[must_use]
    pub fn by_group(seed: u64) -> Self {
        Self::new(How::ByGroup, seed)
    }

    /// Rows of one group stay together; of every class, each part's rows come as near to its share as groups allow
    /// that are dealt out one after the other, the largest first.
    #[must_use]
    pub fn stratified_by_group(seed: u64) -> Self {
        Self::new(How::StratifiedByGroup, seed)
    }

    /// The first to train with, the last to judge by, cut between two times: rows of one time stay together. Folds judge
    /// by a stretch of time and train with all before it.
    #[must_use]
    pub fn by_time() -> Self {
        Self::new(How::ByTime { gap: 0 }, 0)
    }

    /// Leaves out rows that are this long or less before the first of the next part, in the unit of the rows' times:
    /// long enough that no flow reaches over. Default: 0, none. Other splits than by time have none.
    #[must_use]
    pub fn gap(self, gap: u64) -> Self {
        let how =
            if matches!(self.how, How::ByTime { .. }) { How::ByTime { gap } } else { self.how };
        Self { how, ..self }
    }

    /// Whether a stratified split takes classes with fewer rows than parts or folds, some of which then have none of
    /// them. Default: no, they are an error.
    #[must_use]
    pub fn allow_rare(self, rare: bool) -> Self {
        Self { rare, ..self }
    }

    /// Parts of these shares. Every part with a share gets a row at least.
    ///
    /// # Errors
    /// [`DataError::Unlabelled`] without the labels, groups or times that it goes by; [`DataError::TooFew`] or
    /// [`DataError::TooFewRows`] for fewer rows, groups, times or rows of a class than parts.
    pub fn parts(&self, data: &Dataset, shares: Shares) -> Result<Parts, DataError> {
        let of_part = match self.how {
            How::ByTime { gap } => timed::parts(data, shares, gap)?,
            _ => self.dealt(data, &shares.each())?,
        };
        Parts::new(of_part, shares)
    }

    /// So many folds, each of which judges by other rows.
    ///
    /// # Errors
    /// As [`parts`](Self::parts); [`DataError::Setting`] for fewer than two folds.
    pub fn folds(&self, data: &Dataset, count: usize) -> Result<Vec<Fold>, DataError> {
        if !(2..=MAX_FOLDS).contains(&count) {
            return Err(DataError::setting("the number of folds", count, "from 2 to 10000"));
        }
        match self.how {
            How::ByTime { gap } => timed::folds(data, count, gap),
            How::Stratified => {
                Ok(fold::of_bins(stratified::folds(data, count, self.seed, self.rare)?))
            }
            How::Plain => Ok(fold::of_bins(plain::folds(data.rows(), count, self.seed)?)),
            _ => Ok(fold::of_bins(self.dealt(data, &vec![1.0 / count as f64; count])?)),
        }
    }

    /// Bins of these shares, for every way but by time.
    fn dealt(&self, data: &Dataset, shares: &[f64]) -> Result<Vec<Vec<usize>>, DataError> {
        match self.how {
            How::Stratified => stratified::parts(data, shares, self.seed, self.rare),
            How::ByGroup => grouped::deal(data, shares, self.seed, false),
            How::StratifiedByGroup => grouped::deal(data, shares, self.seed, true),
            How::Plain | How::ByTime { .. } => plain::parts(data.rows(), shares, self.seed),
        }
    }

    fn new(how: How, seed: u64) -> Self {
        Self { how, seed, rare: false }
    }
}

/// A fold for each group, which judges by its rows and trains with all others.
///
/// # Errors
/// [`DataError::Unlabelled`] without groups, [`DataError::TooFew`] with one only, [`DataError::TooMany`] with more than
/// ten thousand: each fold tells all rows.
pub fn leave_one_group_out(data: &Dataset) -> Result<Vec<Fold>, DataError> {
    let bins = grouped::rows_of_groups(data)?;
    enough("groups", bins.len(), 2)?;
    if bins.len() > MAX_FOLDS {
        return Err(DataError::TooMany { what: "groups", found: bins.len(), most: MAX_FOLDS });
    }
    Ok(fold::of_bins(bins))
}

/// More folds are not trained by anybody, and each tells all rows.
const MAX_FOLDS: usize = 10_000;

fn enough(what: &'static str, found: usize, needed: usize) -> Result<(), DataError> {
    if found >= needed { Ok(()) } else { Err(DataError::TooFew { what, found, needed }) }
}
