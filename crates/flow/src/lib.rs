//! Packets to flows to feature rows.

mod record;

pub use record::{Around, Record, Tcp};
