//! Captures made by hand, byte by byte, as the formats' specifications say; and what must hold for any bytes.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used, clippy::panic)]

mod bytes;
mod compression;
mod cut;
mod pcap;
mod pcapng;
mod properties;
mod set;
mod writer;
