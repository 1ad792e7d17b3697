//! What can be wrong with the text of a filter, and where.

use thiserror::Error;

/// Why a filter was refused. Positions are byte offsets into its text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FilterError {
    /// More text than any filter needs.
    #[error("a filter of {len} bytes is longer than the {limit} that are read")]
    TooLong {
        /// How long it is.
        len: usize,
        /// The cap it broke.
        limit: usize,
    },
    /// More parentheses inside each other than any filter needs.
    #[error("the parenthesis at byte {at} is nested deeper than {limit}")]
    TooDeep {
        /// Where the one too many stands.
        at: usize,
        /// The cap it broke.
        limit: usize,
    },
    /// Something that cannot stand where it stands.
    #[error("at byte {at}: {found:?}, where {expected} is expected")]
    Unexpected {
        /// Where it stands.
        at: usize,
        /// What it is.
        found: String,
        /// What could stand there.
        expected: &'static str,
    },
    /// The text ends too early.
    #[error("the filter ends where {expected} is expected")]
    Ended {
        /// What should have followed.
        expected: &'static str,
    },
}
