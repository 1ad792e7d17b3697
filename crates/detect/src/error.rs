//! What this crate refuses.

use thiserror::Error;

/// What this crate refuses.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum DetectError {
    /// A setting that cannot be.
    #[error("{setting} is {value}, and must be {rule}")]
    Setting {
        /// The setting, with the rule it belongs to.
        setting: String,
        /// What it was to be.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
}
