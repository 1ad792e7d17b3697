//! Any row goes anywhere.

use super::allot::sizes;
use super::enough;
use crate::DataError;
use crate::chance::Chance;

pub(super) fn parts(rows: usize, shares: &[f64], seed: u64) -> Result<Vec<Vec<usize>>, DataError> {
    cut(rows, &sizes(rows, shares), seed)
}

/// The first folds get the rows that are left over when rows are dealt out evenly.
pub(super) fn folds(rows: usize, count: usize, seed: u64) -> Result<Vec<Vec<usize>>, DataError> {
    enough("rows", rows, count)?;
    let size = |fold| rows / count + usize::from(fold < rows % count);
    cut(rows, &(0..count).map(size).collect::<Vec<_>>(), seed)
}

fn cut(rows: usize, sizes: &[usize], seed: u64) -> Result<Vec<Vec<usize>>, DataError> {
    let mut order: Vec<usize> = (0..rows).collect();
    Chance::seeded(seed).shuffle(&mut order);
    let mut rest = order.into_iter();
    Ok(sizes.iter().map(|&size| rest.by_ref().take(size).collect()).collect())
}
