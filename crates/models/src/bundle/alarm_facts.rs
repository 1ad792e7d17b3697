//! What there is to know of a trained detector, beside what is told of every model.

use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::quantile::Quantile;
use crate::{Checked, DetectorRecipe, Limit, ModelError, Stability};

/// What there is to know of a detector and its threshold. In the other facts, a row without a label counts as usual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AlarmFacts {
    /// How its threshold was chosen.
    pub limit: Limit,
    /// How many rows came a day in training, if they had times.
    pub rows_a_day: Option<f64>,
    /// How many rows of the training were known to be anomalies; nothing if nothing was known of any.
    pub known_anomalies: Option<u64>,
    /// Whether it has learned from those, too.
    pub has_learned_anomalies: bool,
    /// How strange the rows of the training were: those learned among themselves.
    pub train_scores: Vec<Quantile>,
    /// How strange rows were that were held back; nothing without any.
    pub test_scores: Vec<Quantile>,
    /// The detectors that were tried, this one among them, and how much they depend on the rows learned.
    pub candidates: Vec<StabilityFacts>,
}

/// How much a detector depends on the rows it has learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StabilityFacts {
    /// The name of the detector.
    pub detector: String,
    /// How much resamples agree; nothing if that was not asked, or it could not learn from parts of the rows.
    pub stability: Option<Stability>,
}

impl Checked for AlarmFacts {
    fn check(&self) -> Result<(), ModelError> {
        let is_rate = self.rows_a_day.is_none_or(|rows| rows.is_finite() && rows > 0.0);
        sound(is_rate, "rows a day are finite, and above 0")?;
        self.limit.check().map_err(|_| UNSOUND_LIMIT)?;
        let is_known = self.known_anomalies.is_some();
        let needs_known = matches!(self.limit, Limit::Anomalies(_)) || self.has_learned_anomalies;
        sound(is_known || !needs_known, "anomalies that were learned from are known")?;
        Quantile::check_all(&self.train_scores)?;
        Quantile::check_all(&self.test_scores)?;
        let most = DetectorRecipe::names().len();
        sound(self.candidates.len() <= most, "a bounded number of detectors")?;
        let mut told = self.candidates.iter().filter_map(|facts| facts.stability.as_ref());
        told.try_for_each(Stability::check)
    }
}

const UNSOUND_LIMIT: ModelError =
    ModelError::Unsound { what: "a threshold was chosen by its rule" };
