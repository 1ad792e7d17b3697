//! The program as its users run it: on captures made here by hand or by the program itself.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used)]

mod captures;
mod extract;
mod extract_failures;
mod extract_files;
mod failures;
mod inspect;
mod prepare;
mod readme;
mod rows;
mod synth;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What the program left behind.
struct Run {
    code: i32,
    out: String,
    errors: String,
}

impl Run {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            errors: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Its output, after work without a fault.
    fn fine(self) -> String {
        assert_eq!((self.code, self.errors.as_str()), (0, ""), "{}", self.out);
        self.out
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_netsift"))
}

fn run(arguments: &[&str]) -> Run {
    Run::of(&program().args(arguments).stdin(Stdio::null()).output().unwrap())
}

fn run_with_input(arguments: &[&str], input: &[u8]) -> Run {
    let mut command = program();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // From a thread of its own: neither side waits for the other's full pipe.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    // A program that refuses its input need not read it.
    let _ = writer.join().unwrap();
    Run::of(&output)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
