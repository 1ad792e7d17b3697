//! What can be wrong with a wish for traffic.

use thiserror::Error;

use crate::Class;

/// Why a scenario or an encapsulation is refused.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum SynthError {
    /// A setting holds a value outside its rule.
    #[error("{parameter} is {value}, but {rule}")]
    Setting {
        /// The setting.
        parameter: &'static str,
        /// What it was set to.
        value: f64,
        /// What it has to be.
        rule: &'static str,
    },
    /// A mix in which no class has a share.
    #[error("the mix is empty: no class has a share above 0")]
    EmptyMix,
    /// A class whose share is not a number of flows.
    #[error("the share of {class} is {share}, but shares are finite and not negative")]
    Share {
        /// The class.
        class: Class,
        /// Its share.
        share: f64,
    },
    /// A name that no class has.
    #[error("there is no class named {name:?}")]
    UnknownClass {
        /// The name.
        name: Box<str>,
    },
    /// Bytes that are no IP packet where one is needed.
    #[error(
        "the packet to enclose starts with version {version}, but only IPv4 and IPv6 are enclosed"
    )]
    NotIp {
        /// The upper four bits of its first byte; 0 if it is empty.
        version: u8,
    },
    /// An enclosure that grew past what its length field can say.
    #[error("{layer} would speak of {length} bytes, but it can speak of {limit} at most")]
    TooLong {
        /// The header whose field is too small.
        layer: &'static str,
        /// The length it would have to hold.
        length: usize,
        /// The largest length it can hold.
        limit: usize,
    },
    /// A header put around something it cannot carry.
    #[error("{layer} cannot carry {payload}")]
    Mismatch {
        /// The header.
        layer: &'static str,
        /// What was to go inside.
        payload: &'static str,
    },
}
