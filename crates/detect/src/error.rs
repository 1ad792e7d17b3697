//! What this crate refuses.

use std::io;

use netsift_data::DataError;
use netsift_flow::FlowError;
use netsift_models::ModelError;
use thiserror::Error;

/// What this crate refuses.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DetectError {
    /// A setting that cannot be.
    #[error("{setting} is {value}, and must be {rule}")]
    Setting {
        /// The setting, with what it belongs to.
        setting: String,
        /// What it was to be.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// A file that is no policy.
    #[error("this is no policy: {}", source.to_string().trim_end())]
    Policy {
        /// Where, and what is wrong.
        source: Box<toml::de::Error>,
    },
    /// A policy that has no form as a file.
    #[error("the policy cannot be written: {source}")]
    Unwritten {
        /// What is in the way.
        source: Box<toml::ser::Error>,
    },
    /// A file that is too large for a policy.
    #[error("a policy has at most {most} bytes, and this has {size}")]
    PolicySize {
        /// How many bytes it has.
        size: usize,
        /// How many it may have.
        most: usize,
    },
    /// A detector in the place of a classifier.
    #[error("this model detects anomalies, and is asked for classes")]
    NoClassifier,
    /// A classifier in the place of a detector.
    #[error("this model tells classes, and is asked for anomalies")]
    NoDetector,
    /// Models that learned from flows which were cut differently.
    #[error("flows are read as {one}, and a model has learned from flows read as {other}")]
    OtherFlows {
        /// How flows are read.
        one: String,
        /// How the model wants them.
        other: String,
    },
    /// Models that learned from what is not kept of flows.
    #[error(
        "a model has learned from {missing} of flows, which this path does not keep: start it with a `reading` that does"
    )]
    NotKept {
        /// The groups of columns that are not kept.
        missing: String,
    },
    /// What a flow table refuses.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// What a model refuses.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// What a table of rows refuses.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Text that is no address, no network and no range of addresses.
    #[error("{value:?} is not an address, a network (a/n) or a range (a-b)")]
    NotAddresses {
        /// The text.
        value: Box<str>,
    },
    /// A list could not be read to its end.
    #[error("the list {list:?} cannot be read behind line {line}")]
    Read {
        /// The list's name.
        list: Box<str>,
        /// The last line that was read, from 1; 0 for none.
        line: u64,
        /// What the system said.
        source: io::Error,
    },
    /// A thread that flows are judged on could not be started.
    #[error("no thread can be started to judge in")]
    Thread {
        /// What the system said.
        source: io::Error,
    },
    /// A file that is something else.
    #[error("the list {list:?}: this is {found}, not a list")]
    NotAList {
        /// The list's name.
        list: Box<str>,
        /// What it is.
        found: &'static str,
    },
    /// A table without the column that holds its entries.
    #[error("the list {list:?} has no column {}; its columns are {}", .column.as_deref().unwrap_or("that is known"), columns.join(", "))]
    NoColumn {
        /// The list's name.
        list: Box<str>,
        /// The column that was asked for, if one was.
        column: Option<Box<str>>,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// A list beyond its limit.
    #[error("the list {list:?} has more than {limit} {what}: refused at line {line}")]
    TooLarge {
        /// The list's name.
        list: Box<str>,
        /// What there are too many of.
        what: &'static str,
        /// How many are allowed.
        limit: u64,
        /// The line that went beyond, from 1.
        line: u64,
    },
    /// A file most of which is no list.
    #[error(
        "the list {list:?} is damaged: {unreadable} of {entries} entries cannot be read, first that of line {line}"
    )]
    Damaged {
        /// The list's name.
        list: Box<str>,
        /// How many entries cannot be read.
        unreadable: u64,
        /// How many entries there are.
        entries: u64,
        /// The first line of those that cannot be read, from 1.
        line: u64,
    },
    /// A file that begins as a list and goes on as something else.
    #[error("the list {list:?} is damaged: line {line} is binary data")]
    Binary {
        /// The list's name.
        list: Box<str>,
        /// The line, from 1.
        line: u64,
    },
    /// An entry of an allow-list that says nothing, or what it cannot say.
    #[error("allow entry {}: {field} is {value:?}, but {rule}", .entry + 1)]
    Allow {
        /// The entry's place, from 0.
        entry: usize,
        /// Which part of it.
        field: &'static str,
        /// What stands there.
        value: Box<str>,
        /// What has to stand there.
        rule: &'static str,
    },
}
