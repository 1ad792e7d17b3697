//! Against the output of other tools, kept outside the repository.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::path::PathBuf;

mod application;
mod capture_oracles;
mod captures;
mod cic_records;
mod filters;
mod shapes;
mod synth;
mod tshark;

/// The path `below` the shared folder, or nothing after saying aloud that the test skips.
fn shared(below: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")).join(below);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("NETSIFT_CI").is_none(), "{} is missing", path.display());
    println!("SKIPPED: {} is missing", path.display());
    None
}
