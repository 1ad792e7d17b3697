//! Captures made by hand, byte by byte, as the formats' specifications say; what must hold for any bytes; and live
//! interfaces that the tests make themselves.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod bytes;
mod compression;
mod cut;
#[cfg(all(feature = "live", target_os = "linux"))]
mod live;
mod pcap;
mod pcapng;
mod properties;
mod set;
mod writer;
