//! What answers behind a preparation: a model, one whose probabilities are calibrated, or a detector's alarm.

use ndarray::{Array1, Array2, ArrayView2};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use crate::judging::Calibrated;
use crate::{Alarm, Answer, Checked, Classifier, Model, ModelError};

/// What answers about prepared rows, whatever it has learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Mind {
    /// A model of rows whose classes were known.
    Model(Model),
    /// One whose probabilities are read off curves.
    Calibrated(Calibrated),
    /// A detector that learned without labels, and from when on a row is told.
    Alarm(Box<Alarm>),
}

impl Mind {
    /// The name of what has learned.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Model(model) => model.name(),
            Self::Calibrated(calibrated) => calibrated.model().name(),
            Self::Alarm(alarm) => alarm.detector().name(),
        }
    }

    /// The model, calibrated or not; of an alarm, nothing.
    #[must_use]
    pub fn model(&self) -> Option<&Model> {
        match self {
            Self::Model(model) => Some(model),
            Self::Calibrated(calibrated) => Some(calibrated.model()),
            Self::Alarm(_) => None,
        }
    }

    /// The alarm, of a detector.
    #[must_use]
    pub fn alarm(&self) -> Option<&Alarm> {
        match self {
            Self::Alarm(alarm) => Some(alarm),
            _ => None,
        }
    }

    /// The model with its curves, if its probabilities are calibrated.
    #[must_use]
    pub fn calibrated(&self) -> Option<&Calibrated> {
        match self {
            Self::Calibrated(calibrated) => Some(calibrated),
            _ => None,
        }
    }

    fn classifier(&self) -> &dyn Classifier {
        match self {
            Self::Model(model) => model,
            Self::Calibrated(calibrated) => calibrated,
            Self::Alarm(alarm) => &**alarm,
        }
    }
}

impl From<Model> for Mind {
    fn from(model: Model) -> Self {
        Self::Model(model)
    }
}

impl From<Calibrated> for Mind {
    fn from(calibrated: Calibrated) -> Self {
        Self::Calibrated(calibrated)
    }
}

impl From<Alarm> for Mind {
    fn from(alarm: Alarm) -> Self {
        Self::Alarm(Box::new(alarm))
    }
}

impl Classifier for Mind {
    fn classes(&self) -> &Classes {
        self.classifier().classes()
    }

    fn width(&self) -> usize {
        self.classifier().width()
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        self.classifier().probabilities(rows)
    }

    fn predict(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<u32>, ModelError> {
        self.classifier().predict(rows)
    }

    fn answer(&self, rows: ArrayView2<'_, f64>) -> Result<Answer, ModelError> {
        self.classifier().answer(rows)
    }

    fn is_converged(&self) -> bool {
        self.classifier().is_converged()
    }
}

impl Checked for Mind {
    fn check(&self) -> Result<(), ModelError> {
        match self {
            Self::Model(model) => model.check(),
            Self::Calibrated(calibrated) => calibrated.check(),
            Self::Alarm(alarm) => alarm.check(),
        }
    }
}
