//! Detectors that go on learning.

use ndarray::ArrayView2;

use super::DetectorModel;
use crate::ModelError;

impl DetectorModel {
    /// Learns from more rows, in their order, and forgets old ones for them.
    ///
    /// # Errors
    /// [`ModelError::NotOnline`] of a detector that learns from all rows at once, and what the detector says of the rows:
    /// then none is learned.
    pub fn observe(&mut self, rows: ArrayView2<'_, f64>) -> Result<(), ModelError> {
        match self {
            Self::HalfSpaceTrees(trees) => trees.observe(rows),
            other => Err(ModelError::NotOnline { detector: other.name() }),
        }
    }
}
