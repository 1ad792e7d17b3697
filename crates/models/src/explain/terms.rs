//! Contributions to scores that have a term for each column.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use super::{Contributions, Measure, Method};
use crate::{Alarm, DetectorModel, ModelError};

/// A detector whose scores are sums of a term for each column. What a column contributes is what its term has more than on
/// average over the rows learned: nothing has to be asked about rows in between.
pub(crate) trait Terms: Sync {
    /// The term of each column for each row; those of a row add up to its score.
    fn terms(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError>;

    /// What each column's term is on average over the rows learned; 0 where that is not known.
    fn means(&self) -> Vec<f64>;
}

/// A detector's terms, held against what they are on average.
pub(super) struct Additive<'m> {
    detector: &'m dyn Terms,
    means: Array1<f64>,
}

impl<'m> Additive<'m> {
    /// Nothing, of a detector whose columns do not add up.
    pub(super) fn of(detector: &'m DetectorModel) -> Option<Self> {
        let detector: &dyn Terms = match detector {
            DetectorModel::Hbos(detector) => detector,
            DetectorModel::Ecod(detector) => detector,
            DetectorModel::Pca(detector) => detector,
            DetectorModel::KnnDistance(detector) => detector,
            _ => return None,
        };
        Some(Self { detector, means: detector.means().into() })
    }

    /// To how strange rows are where they are asked about as anomalies, and else to how little.
    pub(super) fn contributions(
        &self,
        rows: ArrayView2<'_, f64>,
        classes: &[u32],
    ) -> Result<Contributions, ModelError> {
        let mut values = self.detector.terms(rows)? - &self.means;
        let signs: Array1<f64> = classes.iter().map(|&class| sign(class)).collect();
        values *= &signs.view().insert_axis(Axis(1));
        let base = signs * ArrayView1::from(&self.means).sum();
        Ok(Contributions { measure: Measure::Score, method: Method::Exact, base, values })
    }
}

fn sign(class: u32) -> f64 {
    if class == Alarm::ANOMALY { 1.0 } else { -1.0 }
}
