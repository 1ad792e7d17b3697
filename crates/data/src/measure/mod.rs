//! What the numbers of columns are like: moments, order, correlation; and which rows are equal.

mod bins;
mod correlation;
mod moments;
mod order;
mod parallel;
mod same;

use std::borrow::Cow;

use ndarray::ArrayView1;

pub(crate) use bins::Bins;
pub(crate) use correlation::{Correlations, MAX_CORRELATED, ranks};
pub(crate) use moments::Moments;
pub(crate) use order::Sorted;
pub(crate) use parallel::{all_cores, each, each_column, each_on};
pub(crate) use same::{first_equals, keys, sums_of_rows};

/// The cells of a column one behind the other: borrowed, unless they lie apart.
pub(crate) fn cells(column: ArrayView1<'_, f64>) -> Cow<'_, [f64]> {
    match column.to_slice() {
        Some(cells) => Cow::Borrowed(cells),
        None => Cow::Owned(column.to_vec()),
    }
}
