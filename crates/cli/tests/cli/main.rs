//! The program as its users run it: on captures made here by hand or by the program itself.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

mod alerts;
mod asking;
mod book;
mod budgets;
mod captures;
mod detect;
mod ending;
mod explaining;
mod explore;
mod exploring_tables;
mod extract;
mod extract_failures;
mod extract_files;
mod failures;
mod figures;
mod first_steps;
mod history;
mod inspect;
#[cfg(unix)]
mod killed;
mod live;
#[cfg(unix)]
#[path = "../../../alert/tests/remote/mail_server.rs"]
mod mail_server;
mod models;
mod packets;
mod pages;
mod prepare;
mod prepare_files;
mod readme;
#[cfg(unix)]
mod replacing;
mod report;
mod rows;
mod service;
#[cfg(all(unix, feature = "dashboard"))]
mod serving;
mod silencing;
mod synth;
mod training;
mod tuning;
mod watching;

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

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

/// The program on a pipe that stays open, once it has been sent `bytes`.
fn on_a_pipe(arguments: &[&str], bytes: &[u8]) -> Child {
    let mut command = program();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(bytes).unwrap();
    child
}

fn pause(millis: u64) {
    std::thread::sleep(std::time::Duration::from_millis(millis));
}

#[cfg(unix)]
fn interrupt(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let killed = Command::new("kill").args([signal, &id]).status().unwrap();
    assert!(killed.success());
}

/// A scan among usual traffic.
const SCAN: &str = "web=6,syn-scan=1";

/// Makes a capture of a mix.
fn made(path: &Path, mix: &str, packets: &str) {
    let asked = ["synth", "--mix", mix, "--seed", "7", "--packets", packets, "-o", text(path)];
    assert_eq!(run(&asked).code, 0);
}

/// Where the records of a capture in little-endian pcap are.
fn records(capture: &[u8]) -> Vec<std::ops::Range<usize>> {
    let (mut at, mut records) = (24, Vec::new());
    while at < capture.len() {
        let len = u32::from_le_bytes(capture[at + 8..at + 12].try_into().unwrap());
        let end = at + 16 + len as usize;
        records.push(at..end);
        at = end;
    }
    records
}

/// What was packed, by the ending of its name; to the end, which has to be there.
fn unpacked(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    match path.to_str().unwrap().trim_end_matches(".partial").rsplit_once('.').unwrap().1 {
        "gz" => flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).map(drop),
        _ => zstd::decode_all(&bytes[..]).map(|bytes| text = String::from_utf8(bytes).unwrap()),
    }
    .unwrap();
    text
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
