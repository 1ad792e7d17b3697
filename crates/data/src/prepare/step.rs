//! Everything that was learned, as one type.

use serde::{Deserialize, Serialize};

use super::{
    Clipped, Effect, EncodedLabels, Fitted, Imputed, Logged, MadeFinite, MappedLabels,
    OneHotEncoded, OrdinalEncoded, Removed, Scaled,
};
use crate::{DataError, Dataset, Schema};

/// What was learned from rows: one of the transforms, fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Step {
    /// Infinite cells become missing.
    Finite(MadeFinite),
    /// Missing cells become known.
    Impute(Imputed),
    /// Cells stay between bounds.
    Clip(Clipped),
    /// Cells become logarithms.
    Log(Logged),
    /// Columns get one size.
    Scale(Scaled),
    /// Texts become columns of zeros and ones.
    OneHot(OneHotEncoded),
    /// Texts become numbers.
    Ordinal(OrdinalEncoded),
    /// Columns are left out.
    Remove(Removed),
    /// Labels become other labels.
    LabelMap(MappedLabels),
    /// Labels get the numbers of the training.
    LabelEncode(EncodedLabels),
}

impl Step {
    fn fitted(&self) -> &dyn Fitted {
        match self {
            Self::Finite(fitted) => fitted,
            Self::Impute(fitted) => fitted,
            Self::Clip(fitted) => fitted,
            Self::Log(fitted) => fitted,
            Self::Scale(fitted) => fitted,
            Self::OneHot(fitted) => fitted,
            Self::Ordinal(fitted) => fitted,
            Self::Remove(fitted) => fitted,
            Self::LabelMap(fitted) => fitted,
            Self::LabelEncode(fitted) => fitted,
        }
    }
}

impl Fitted for Step {
    fn columns(&self, input: &Schema) -> Result<Schema, DataError> {
        self.fitted().columns(input)
    }

    fn sources(&self, input: &Schema) -> Result<Vec<usize>, DataError> {
        self.fitted().sources(input)
    }

    fn apply(&self, data: Dataset) -> Result<Dataset, DataError> {
        self.fitted().apply(data)
    }

    fn check(&self) -> Result<(), DataError> {
        self.fitted().check()
    }

    fn effects(&self) -> Vec<Effect> {
        self.fitted().effects()
    }
}
