//! What can be wrong with a configuration, a saved state, a list of features or of labels.

use netsift_container::ContainerError;
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
    /// A name that no column and no group of a packet's row has.
    #[error("rows of packets have no column or group named {name:?}")]
    UnknownPacketColumn {
        /// The name.
        name: String,
    },
    /// Open flows could not be written.
    #[error("the open flows cannot be saved")]
    NotSaved {
        /// What was in the way.
        source: ContainerError,
    },
    /// A file of open flows could not be read.
    #[error("the open flows cannot be loaded")]
    NotLoaded {
        /// What is wrong with it.
        source: ContainerError,
    },
    /// What a flow is made of has changed since.
    #[error(
        "the saved flows are of version {saved}, and this program goes on with those of version {wanted}"
    )]
    OtherVersion {
        /// The version of the file.
        saved: u16,
        /// The one that is written now.
        wanted: u16,
    },
    /// Flows read one way do not go on in another.
    #[error("the saved flows are of profile {saved}, and {wanted} is asked for")]
    OtherProfile {
        /// The profile in the file.
        saved: Profile,
        /// The profile of the configuration.
        wanted: Profile,
    },
    /// What was not kept of flows cannot be told of them later.
    #[error("the saved flows keep what the groups ({saved}) need, and ({wanted}) are asked for")]
    OtherGroups {
        /// The groups in the file.
        saved: String,
        /// The groups that the columns of the configuration need.
        wanted: String,
    },
    /// A file that is whole and says what cannot be.
    #[error("entry {entry} of the saved flows has impossible {what}")]
    Unsound {
        /// Which entry, from 0.
        entry: u64,
        /// What about it.
        what: &'static str,
    },
    /// A table of labels that holds something else than rules.
    #[error("line {line} of the labels: {column} is {found:?}, and must be {rule}")]
    Label {
        /// The line, from 1.
        line: u64,
        /// The column's name, or what else of the line is wrong.
        column: &'static str,
        /// What stands there.
        found: String,
        /// What it must be.
        rule: &'static str,
    },
    /// A table of labels that cannot be read to its end.
    #[error("line {line} of the labels cannot be read")]
    LabelsUnreadable {
        /// The line, from 1.
        line: u64,
        /// What was in the way.
        source: std::io::Error,
    },
}
