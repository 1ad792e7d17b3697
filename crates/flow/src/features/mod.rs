//! The one table of features, and what is made of it: names, spellings, order, extraction, documentation.

mod column;
mod facts;
mod identity;
mod measures;
mod table;
mod text;

pub use column::{Fact, Feature, Group, Identity, Name, Spelling, Told, Unit};
pub use facts::FACTS;
pub use identity::IDENTITY;
pub use table::FEATURES;
pub(crate) use table::FWD_HEADER_LENGTH_AGAIN;
#[cfg(test)]
pub(crate) use text::push_timestamp;
