//! What only shows from outside: programs that are killed, disks that are full, storms.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::io::Write;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use netsift_alert::Alert;

mod full;
mod killed;
mod shared;
mod storm;

/// Nothing here takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

fn alert(number: i64) -> Alert {
    Alert { names: vec!["a\nb\u{1b}[2J".into()], ..Alert::test(number) }
}

/// This program again, with one of its ignored tests.
fn myself(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    command
}

/// Waits until something holds.
fn until(holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "it never came");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Says aloud, past the harness that swallows what tests print, that a test skips; fails in CI.
fn skip_without(what: &str) {
    assert!(std::env::var_os("NETSIFT_CI").is_none(), "{what} is missing");
    let test = thread::current().name().unwrap_or("a test").to_owned();
    let mut aloud = std::io::stderr();
    writeln!(aloud, "SKIPPED: {test}: {what} is missing").unwrap();
}
