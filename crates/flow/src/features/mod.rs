//! The one table of features, and what is made of it: names, spellings, order, extraction, documentation.

mod column;
mod facts;
mod identity;
mod measures;
mod table;
mod text;

pub(crate) use column::{Catalogue, Tell, fact};
pub use column::{Fact, Feature, Group, Identity, Name, Spelling, Told, Unit};
pub use facts::FACTS;
pub use identity::IDENTITY;
pub use table::FEATURES;
pub(crate) use table::FWD_HEADER_LENGTH_AGAIN;
pub(crate) use text::{push_address, push_timestamp};

/// Every column of a flow's row, the label apart.
const FLOW: Catalogue<crate::Flow> =
    Catalogue { identity: IDENTITY, features: FEATURES, facts: FACTS };

#[allow(long_running_const_eval, reason = "every pair of columns is compared, and no more")]
const _: () = assert!(FLOW.names_differ(), "two columns of a flow have one name");
