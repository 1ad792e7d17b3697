//! What can be wrong with a configuration, a saved state, a list of features or of labels.

use thiserror::Error;

use crate::Profile;

/// What this crate refuses.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FlowError {
    /// A setting that cannot be.
    #[error("{setting} is {value}, and must be {rule}")]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// What it was to be.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// A name that no column, no group and no set of columns has.
    #[error("{profile} has no column, group or set of columns named {name:?}")]
    UnknownColumn {
        /// The name.
        name: String,
        /// The profile that was asked for it.
        profile: Profile,
    },
}
