//! Packets to flows to feature rows.

mod application;
mod record;

pub use application::{Application, Dns, Http, MAX_HEAP, Tls, Wanted, by_port};
pub use record::{Around, Record, Tcp};
