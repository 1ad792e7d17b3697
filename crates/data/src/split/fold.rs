//! Rows to train with and rows to test with, several times over.

use crate::{DataError, Dataset};

/// Numbers of rows, in rising order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fold {
    /// To train with.
    pub train: Vec<usize>,
    /// To judge by.
    pub test: Vec<usize>,
}

impl Fold {
    /// The rows themselves: to train with, and to test with.
    ///
    /// # Errors
    /// [`DataError::RowOutside`] if this is the fold of a larger dataset.
    pub fn datasets(&self, data: &Dataset) -> Result<[Dataset; 2], DataError> {
        Ok([data.select(&self.train)?, data.select(&self.test)?])
    }
}

/// A fold for each bin, which trains with all others.
pub(super) fn of_bins(bins: Vec<Vec<usize>>) -> Vec<Fold> {
    let rows = bins.iter().map(Vec::len).sum();
    let mut of_row = vec![0; rows];
    for (bin, rows) in bins.iter().enumerate() {
        for &row in rows {
            if let Some(entry) = of_row.get_mut(row) {
                *entry = bin;
            }
        }
    }
    let rows_where = |is: &dyn Fn(usize) -> bool| {
        of_row.iter().enumerate().filter(|&(_, &bin)| is(bin)).map(|(row, _)| row).collect()
    };
    (0..bins.len())
        .map(|bin| Fold {
            train: rows_where(&|other| other != bin),
            test: rows_where(&|other| other == bin),
        })
        .collect()
}
