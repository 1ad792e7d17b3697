//! Rows that stand in two datasets.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::measure::{keys, sums_of_rows};
use crate::{DataError, Dataset};

/// Repeated rows that are told one by one: enough to look at.
const SHOWN: usize = 20;

/// Rows to test with that stand among those to train with, cell by cell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RepeatedRows {
    /// How many rows to test with.
    pub count: usize,
    /// How many of them have another label than every such row to train with.
    pub contradicting: usize,
    /// The first of them.
    pub first: Vec<RepeatedRow>,
}

/// A row that stands in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RepeatedRow {
    /// The first one to train with.
    pub train: usize,
    /// The one to test with.
    pub test: usize,
}

/// Rows of both datasets, sorted by what is in them: sums of cells first, which rarely agree by chance, then cells.
/// However they were chosen, equal sums cost no more than sorting does.
pub(super) fn repeated(train: &Dataset, test: &Dataset) -> Result<RepeatedRows, DataError> {
    let names = || train.schema().names();
    let places = test.schema().places(names())?;
    let test_in_order =
        if places.iter().copied().eq(0..test.width()) { test.clone() } else { test.at(&places)? };
    let both =
        Both { train: keys(train, train), test: keys(&test_in_order, train), split: train.rows() };
    let mut order: Vec<(u64, usize)> = both.sums().into_iter().zip(0..).collect();
    order.sort_unstable_by(|one, other| {
        one.0.cmp(&other.0).then_with(|| both.compare(one.1, other.1)).then(one.1.cmp(&other.1))
    });
    let is_same = |one: &(u64, usize), other: &(u64, usize)| {
        one.0 == other.0 && both.compare(one.1, other.1).is_eq()
    };
    let mut pairs = Vec::new();
    let mut contradicting = 0;
    for same in order.chunk_by(is_same) {
        let of_train = same.partition_point(|&(_, row)| row < both.split);
        let (of_train, of_test) = same.split_at(of_train);
        let Some(&(_, first)) = of_train.first() else { continue };
        let labels: Vec<Option<&str>> =
            of_train.iter().map(|&(_, row)| label(train, row)).collect();
        for row in of_test.iter().map(|&(_, row)| row - both.split) {
            pairs.push(RepeatedRow { train: first, test: row });
            let own = label(test, row);
            contradicting += usize::from(own.is_some() && !labels.contains(&own));
        }
    }
    pairs.sort_unstable_by_key(|pair| pair.test);
    let count = pairs.len();
    pairs.truncate(SHOWN);
    Ok(RepeatedRows { count, contradicting, first: pairs })
}

fn label(data: &Dataset, row: usize) -> Option<&str> {
    let labels = data.labels()?;
    labels.classes().name(*labels.numbers().get(row)?)
}

/// Cells of both, as integers that are equal where cells are.
struct Both {
    train: Vec<Vec<u64>>,
    test: Vec<Vec<u64>>,
    split: usize,
}

impl Both {
    fn sums(&self) -> Vec<u64> {
        let mut sums = sums_of_rows(&self.train);
        sums.resize(self.split, 0);
        sums.extend(sums_of_rows(&self.test));
        sums
    }

    fn compare(&self, one: usize, other: usize) -> Ordering {
        let at = |row: usize, column: usize| match row.checked_sub(self.split) {
            Some(row) => self.test.get(column)?.get(row),
            None => self.train.get(column)?.get(row),
        };
        let columns = 0..self.train.len();
        columns
            .map(|column| at(one, column).cmp(&at(other, column)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}
