//! kill -9 at any moment.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use netsift_alert::sinks::{JsonLines, JsonLinesSettings};
use netsift_alert::spool::{Spool, SpoolSettings};
use netsift_alert::{Alert, Sink};

use crate::{alert, myself};

const ROUNDS: i64 = 100;
/// Alerts of one round have these numbers.
const PER_ROUND: i64 = 1_000_000;
/// Who is killed looks here for where to work, and which numbers to use.
const FOLDER: &str = "NETSIFT_KILLED_FOLDER";
const START: &str = "NETSIFT_KILLED_START";

#[test]
fn nothing_that_was_written_is_lost_and_no_line_is_torn() {
    let folder = tempfile::tempdir().unwrap();
    let mut reported = BTreeSet::new();
    for round in 0..ROUNDS {
        reported.extend(killed(folder.path(), round));
    }
    let mut arrived: BTreeSet<i64> =
        fs::read_to_string(delivered(folder.path())).unwrap().lines().map(number).collect();
    let mut spool = open(folder.path());
    let waiting = spool.counts().queued;
    loop {
        let batch = spool.peek(1_000).unwrap();
        if batch.entries.is_empty() {
            break;
        }
        arrived.extend(batch.entries.iter().map(|entry| entry.alert.nanos));
        spool.done(&batch).unwrap();
    }
    // How many depends on how busy the machine is.
    assert!(reported.len() > 100, "only {} were reported", reported.len());
    let lost: Vec<_> = reported.difference(&arrived).collect();
    assert!(lost.is_empty(), "{lost:?} of {} were lost", reported.len());
    let lines = whole_lines(folder.path());
    assert!(reported.is_subset(&lines), "lines of the file");
    println!("{} reported, {} arrived, {waiting} waited", reported.len(), arrived.len());
}

/// A program that is killed after a while; which alerts it has reported as written.
fn killed(folder: &Path, round: i64) -> Vec<i64> {
    let mut command = myself("killed::writes_until_it_is_killed");
    command.env(FOLDER, folder).env(START, (round * PER_ROUND).to_string());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("begin") {
        assert!(output.read_line(&mut said).unwrap() > 0, "it ended by itself");
    }
    // Spread over what a round of its work takes many times over.
    thread::sleep(Duration::from_micros(round as u64 * 7_919 % 15_000));
    child.kill().unwrap();
    let mut rest = Vec::new();
    output.read_to_end(&mut rest).unwrap();
    child.wait().unwrap();
    let rest = String::from_utf8_lossy(&rest).into_owned();
    // The last line may be torn: it is a pipe that is cut.
    let whole = rest.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(number).collect()
}

#[test]
#[ignore = "run by its neighbour, which kills it"]
fn writes_until_it_is_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let start: i64 = std::env::var(START).unwrap().parse().unwrap();
    let mut spool = open(&folder);
    let mut file = json_lines(&folder);
    let mut told = OpenOptions::new().append(true).create(true).open(delivered(&folder)).unwrap();
    let mut out = std::io::stdout();
    out.write_all(b"begin\n").unwrap();
    for number in (start..start + PER_ROUND - 3).step_by(3) {
        let alerts: [Alert; 3] = [0, 1, 2].map(|more| alert(number + more));
        file.accept(&alerts).unwrap();
        if spool.append(0, &alerts).unwrap() == 3 {
            let report: String = alerts.iter().map(|it| format!("{}\n", it.nanos)).collect();
            out.write_all(report.as_bytes()).unwrap();
        }
        // Delivers a little slower than it is told, so that there are always some of both.
        let batch = spool.peek(2).unwrap();
        let lines: String =
            batch.entries.iter().map(|entry| format!("{}\n", entry.alert.nanos)).collect();
        told.write_all(lines.as_bytes()).unwrap();
        spool.done(&batch).unwrap();
    }
}

fn open(folder: &Path) -> Spool {
    let mut settings = SpoolSettings::default();
    settings.bytes = 1 << 30;
    Spool::open(&folder.join("queue"), settings).unwrap()
}

fn json_lines(folder: &Path) -> JsonLines {
    let path = folder.join("alerts.jsonl");
    let text = format!("path = {:?}\nrotation = {{ bytes = 200000, keep = 1000 }}", path.display());
    let settings: JsonLinesSettings = toml::from_str(&text).unwrap();
    JsonLines::new(settings).unwrap()
}

fn delivered(folder: &Path) -> PathBuf {
    folder.join("delivered")
}

/// The numbers of all lines in all files, each of which has to be whole.
fn whole_lines(folder: &Path) -> BTreeSet<i64> {
    let mut numbers = BTreeSet::new();
    for entry in folder.read_dir().unwrap().map(|entry| entry.unwrap()) {
        if !entry.file_name().to_string_lossy().starts_with("alerts.jsonl") {
            continue;
        }
        for line in fs::read_to_string(entry.path()).unwrap().lines() {
            let alert: Alert = serde_json::from_str(line).unwrap();
            numbers.insert(alert.nanos);
        }
    }
    numbers
}

fn number(line: &str) -> i64 {
    line.parse().unwrap()
}
