//! Laws of the flow table, held to with generated packets and synthetic traffic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod conservation;
mod early;
mod eviction;
mod fragments;
mod hostile;
mod labels;
mod memory;
mod mirror;
mod oracle;
mod packets;
mod resume;
mod rows;
mod teardown;
mod timeouts;
mod workers;
