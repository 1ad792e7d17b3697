//! What all detectors of anomalies have in common.

use ndarray::{Array1, ArrayView2};

use crate::{ModelError, Sample, in_parallel};

/// Tells how strange rows are.
pub trait Detector {
    /// How many columns rows must have.
    fn width(&self) -> usize;

    /// How strange each row is: the larger, the stranger. Scores of different detectors have different meanings and
    /// sizes; all are finite. No row's score depends on the rows beside it.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for rows of another width, and what the detector says of cells.
    fn scores(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<f64>, ModelError>;
}

/// Settings that learn what is usual.
pub trait Observer {
    /// What was learned.
    type Detector: Detector + Sync;

    /// Learns from these rows, and from no others. The same settings (seed included) and rows give the same detector
    /// with any number of threads.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for a setting outside its rule, and what is wrong with the rows.
    fn fit(&self, sample: &Sample<'_>) -> Result<Self::Detector, ModelError>;

    /// The same, and how strange the rows are among themselves: what scores of others are to be held against. A detector
    /// that compares rows with those it has learned does not compare these with themselves.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    fn fit_scored(&self, sample: &Sample<'_>) -> Result<(Self::Detector, Array1<f64>), ModelError> {
        let detector = self.fit(sample)?;
        let threads = sample.thread_count();
        let scores = in_parallel(sample.rows(), threads, |rows| detector.scores(rows))?;
        Ok((detector, scores))
    }
}
