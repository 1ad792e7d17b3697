//! What this crate refuses.

use std::fmt::Display;

use netsift_data::DataError;
use netsift_detect::DetectError;
use netsift_flow::FlowError;
use netsift_models::ModelError;
use thiserror::Error;

/// What this crate refuses.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A setting that cannot be.
    #[error("{setting} is {value}, and must be {rule}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// What it was to be.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// What the flows say.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// What lists say.
    #[error(transparent)]
    Detect(#[from] DetectError),
    /// What rows say.
    #[error(transparent)]
    Data(#[from] DataError),
    /// What a model says.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl ReportError {
    /// Refuses a value outside its rule.
    pub(crate) fn rule(
        is_right: bool,
        setting: &'static str,
        value: impl Display,
        rule: &'static str,
    ) -> Result<(), Self> {
        if is_right {
            return Ok(());
        }
        Err(Self::Setting { setting, value: value.to_string(), rule })
    }
}
