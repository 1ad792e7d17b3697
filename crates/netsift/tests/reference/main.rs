//! Against what stands outside the code: the output of other tools, kept beside the repository, and the
//! rules of the house.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::path::PathBuf;

mod application;
mod capture_oracles;
mod captures;
mod cic_records;
mod filters;
mod house;
mod shapes;
mod synth;
mod tshark;

/// The path `below` the shared folder (beside the repository, or where NETSIFT_SHARED says), or nothing
/// after saying aloud that the test skips.
fn shared(below: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let path = std::env::var_os("NETSIFT_SHARED").map_or_else(beside, PathBuf::from).join(below);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("NETSIFT_CI").is_none(), "{} is missing", path.display());
    println!("SKIPPED: {} is missing", path.display());
    None
}
