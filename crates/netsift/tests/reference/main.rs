//! Against what stands outside the code: the output of other tools, kept beside the repository, and the
//! rules of the house.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output};

mod application;
mod behaviour;
mod capture_oracles;
mod captures;
mod cic_records;
mod cic_rows;
mod cic_tables;
mod drift;
mod eve;
mod explored;
mod features;
mod filters;
mod house;
mod packet_rows;
mod planted;
mod shapes;
mod synth;
mod tables;
mod tshark;

/// The path `below` the shared folder (beside the repository, or where NETSIFT_SHARED says), or nothing
/// after saying aloud that the test skips.
fn shared(below: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let path = std::env::var_os("NETSIFT_SHARED").map_or_else(beside, PathBuf::from).join(below);
    if path.exists() {
        return Some(path);
    }
    skip_without(&path.display());
    None
}

/// Says aloud, past the harness that swallows what tests print, that a test skips; fails in CI.
fn skip_without(what: &dyn Display) {
    assert!(std::env::var_os("NETSIFT_CI").is_none(), "{what} is missing");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let mut aloud = std::io::stderr();
    writeln!(aloud, "SKIPPED: {test}: {what} is missing").unwrap();
}

/// What a command of another tool printed, if the tool is there.
fn output_of(command: &mut Command) -> Option<Output> {
    let output = command.output();
    if output.is_err() {
        skip_without(&command.get_program().display());
    }
    let output = output.ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output)
}
