//! Every kind of transform, as one type.

use serde::{Deserialize, Serialize};

use super::{
    Clip, ConstantColumns, CorrelatedColumns, Finite, Impute, LabelEncode, LabelMap, Log,
    MostInformative, OneHot, Ordinal, Scale, Step, Transform,
};
use crate::{DataError, Dataset};

/// What is wished, before any row was seen: one of the transforms. A list of them makes a
/// [`Preparation`](super::Preparation).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Plan {
    /// Infinite cells become missing.
    Finite(Finite),
    /// Missing cells become known.
    Impute(Impute),
    /// Cells stay between bounds.
    Clip(Clip),
    /// Cells become logarithms.
    Log(Log),
    /// Columns get one size.
    Scale(Scale),
    /// Texts become columns of zeros and ones.
    OneHot(OneHot),
    /// Texts become numbers.
    Ordinal(Ordinal),
    /// Columns of one thing are left out.
    ConstantColumns(ConstantColumns),
    /// Columns that go with another are left out.
    CorrelatedColumns(CorrelatedColumns),
    /// The columns that tell most about the label stay.
    MostInformative(MostInformative),
    /// Labels become other labels.
    LabelMap(LabelMap),
    /// Labels get the numbers of the training.
    LabelEncode(LabelEncode),
}

impl Transform for Plan {
    type Fitted = Step;

    fn fit(&self, data: &Dataset) -> Result<Step, DataError> {
        Ok(match self {
            Self::Finite(plan) => Step::Finite(plan.fit(data)?),
            Self::Impute(plan) => Step::Impute(plan.fit(data)?),
            Self::Clip(plan) => Step::Clip(plan.fit(data)?),
            Self::Log(plan) => Step::Log(plan.fit(data)?),
            Self::Scale(plan) => Step::Scale(plan.fit(data)?),
            Self::OneHot(plan) => Step::OneHot(plan.fit(data)?),
            Self::Ordinal(plan) => Step::Ordinal(plan.fit(data)?),
            Self::ConstantColumns(plan) => Step::Remove(plan.fit(data)?),
            Self::CorrelatedColumns(plan) => Step::Remove(plan.fit(data)?),
            Self::MostInformative(plan) => Step::Remove(plan.fit(data)?),
            Self::LabelMap(plan) => Step::LabelMap(plan.fit(data)?),
            Self::LabelEncode(plan) => Step::LabelEncode(plan.fit(data)?),
        })
    }
}

/// Each transform is a plan.
macro_rules! plans {
    ($($kind:ident),*) => {$(
        impl From<$kind> for Plan {
            fn from(plan: $kind) -> Self {
                Self::$kind(plan)
            }
        }
    )*};
}

plans!(
    Finite,
    Impute,
    Clip,
    Log,
    Scale,
    OneHot,
    Ordinal,
    ConstantColumns,
    CorrelatedColumns,
    MostInformative,
    LabelMap,
    LabelEncode
);
