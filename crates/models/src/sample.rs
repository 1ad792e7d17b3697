//! What a detector learns from: rows that nobody has labelled.

use ndarray::{Array2, ArrayView2};
use netsift_data::Dataset;

use crate::linear::bounded;
use crate::{ModelError, Watch};

/// Rows without labels; with how many threads to learn, and who watches.
#[derive(Clone)]
pub struct Sample<'a> {
    rows: ArrayView2<'a, f64>,
    threads: usize,
    watch: &'a dyn Watch,
}

impl<'a> Sample<'a> {
    /// These rows.
    ///
    /// # Errors
    /// [`ModelError::TooFewRows`] if there are none.
    pub fn new(rows: ArrayView2<'a, f64>) -> Result<Self, ModelError> {
        if rows.nrows() == 0 {
            return Err(ModelError::TooFewRows { needed: 1, found: 0 });
        }
        Ok(Self { rows, threads: 1, watch: &() })
    }

    /// All rows of a dataset, whether they have labels or not.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of(data: &'a Dataset) -> Result<Self, ModelError> {
        Self::new(data.matrix())
    }

    /// With how many threads to learn, 1 at least; the detector is the same with any number. Default: 1, since who
    /// embeds a detector knows best what else is running.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// Who is told of the progress and may end the fit. Default: nobody.
    #[must_use]
    pub fn watched(self, watch: &'a dyn Watch) -> Self {
        Self { watch, ..self }
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> ArrayView2<'a, f64> {
        self.rows
    }

    /// How many columns they have.
    #[must_use]
    pub fn width(&self) -> usize {
        self.rows.ncols()
    }

    /// How many rows there are: one at least.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.nrows()
    }

    /// Whether there are none, which never is so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.nrows() == 0
    }

    /// With how many threads to learn.
    #[must_use]
    pub fn thread_count(&self) -> usize {
        self.threads
    }

    /// Tells the watcher how far the fit is.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`] if the watcher wants no more.
    pub fn progress(&self, done: usize, of: usize) -> Result<(), ModelError> {
        self.watch.progress(done, of);
        if self.watch.is_cancelled() { Err(ModelError::Cancelled) } else { Ok(()) }
    }

    /// The rows, cells side by side, which must be finite; those too large for sums of squares count as the largest.
    pub(crate) fn bounded(&self, detector: &'static str) -> Result<Array2<f64>, ModelError> {
        let rows = bounded(self.rows, self.width(), detector)?;
        Ok(rows.as_standard_layout().into_owned())
    }

    /// The same, columns one after the other.
    pub(crate) fn columns(&self, detector: &'static str) -> Result<Array2<f64>, ModelError> {
        let rows = bounded(self.rows, self.width(), detector)?;
        Ok(rows.t().as_standard_layout().into_owned())
    }

    /// Refuses fewer rows than a detector can learn from.
    pub(crate) fn at_least(&self, needed: usize) -> Result<(), ModelError> {
        let found = self.len();
        if found < needed { Err(ModelError::TooFewRows { needed, found }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn rows_come_in_both_layouts() {
        let rows = array![[1.0, 2.0, -1e300], [3.0, 4.0, 5.0]];
        let turned = rows.t().as_standard_layout().into_owned();
        let expected = array![[1.0, 2.0, -1e150], [3.0, 4.0, 5.0]];
        for rows in [rows.view(), turned.t()] {
            let sample = Sample::new(rows).unwrap();
            assert_eq!((sample.len(), sample.width()), (2, 3));
            let (rows, columns) = (sample.bounded("x").unwrap(), sample.columns("x").unwrap());
            assert!(rows.is_standard_layout() && columns.is_standard_layout());
            assert_eq!((rows, columns), (expected.clone(), expected.t().to_owned()));
        }
    }

    #[test]
    fn what_cannot_be_learned_from_is_refused() {
        let none = Array2::zeros((0, 2));
        assert!(matches!(Sample::new(none.view()), Err(ModelError::TooFewRows { .. })));
        let flawed = array![[1.0], [f64::NAN]];
        let sample = Sample::new(flawed.view()).unwrap();
        let refused = sample.bounded("x");
        assert!(matches!(refused, Err(ModelError::NotFinite { row: 1, column: 0, .. })));
        let few = sample.at_least(3);
        assert!(matches!(few, Err(ModelError::TooFewRows { needed: 3, found: 2 })));
    }
}
