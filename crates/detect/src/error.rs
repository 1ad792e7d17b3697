//! What can be wrong with what verdicts are made of: which file, which line, which rule.

use std::io;

use thiserror::Error;

/// Why knowledge beside the model is refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DetectError {
    /// A setting holds a value outside its rule.
    #[error("{parameter} is {value:?}, but {rule}")]
    Setting {
        /// The setting.
        parameter: &'static str,
        /// What it was set to.
        value: Box<str>,
        /// What it has to be.
        rule: &'static str,
    },
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
