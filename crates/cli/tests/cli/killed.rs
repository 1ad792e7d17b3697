//! `netsift detect --config` when the worst comes: kill -9 at random moments, and a disk that fills up.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use netsift::alert::Alert;
use netsift::alert::spool::{Spool, SpoolSettings};

use crate::{Run, program, run};

/// How often it is killed: a hundred times and more, if this says so.
const KILLS: &str = "NETSIFT_KILLS";
const FEW: u64 = 12;

/// Nobody is at port 9 of this machine: what is to be told there waits in its queue.
const CONFIG: &str = "
[knowledge]
lists = [{ path = 'list.txt', level = 'high' }]
anomaly = 'usual.nsm'
policy = 'policy.toml'
[grouping]
window = 1.0
quiet = 1.0
few = 64
[sinks.file.json_lines]
path = 'alerts.jsonl'
[sinks.table.csv]
path = 'alerts.csv'
[sinks.hook.webhook]
url = 'http://127.0.0.1:9/'
http = { allow_plain = true, allow_private = true }
[queues]
patience = 0.1
[history]
path = 'h.db'
commit_seconds = 0.02
";
/// Of so many days are the alerts that fill a disk.
const DAYS: u64 = 8;
/// What is read and never written.
const READ: [&str; 4] = ["list.txt", "usual.nsm", "policy.toml", "n.toml"];

/// A folder with a configuration, what it names, and a capture with many alerts.
fn made() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let path = |name: &str| file(name).to_str().unwrap().to_owned();
    let mix = ["--mix", "web=6,syn-scan=1", "--packets", "20000"];
    assert_eq!(run(&[&["synth", "-o", &path("c.pcap")], &mix[..]].concat()).code, 0);
    let trained = run(&["train", &path("c.pcap"), "-o", &path("usual.nsm"), "--model", "hbos"]);
    assert_eq!(trained.code, 0, "{}", trained.errors);
    fs::write(file("list.txt"), "198.18.0.0/15\n2001:db8::/32\n").unwrap();
    fs::write(file("policy.toml"), run(&["detect", "--print-policy"]).fine()).unwrap();
    fs::write(file("n.toml"), CONFIG).unwrap();
    folder
}

/// The capture, so many days later: its alerts are others.
fn later(capture: &[u8], days: u64) -> Vec<u8> {
    let mut bytes = capture.to_vec();
    let mut at = 24;
    while at < bytes.len() {
        let field = |from: usize| u32::from_le_bytes(bytes[from..from + 4].try_into().unwrap());
        let (seconds, len) = (field(at) + days as u32 * 86_400, field(at + 8) as usize);
        bytes[at..at + 4].copy_from_slice(&seconds.to_le_bytes());
        at += 16 + len;
    }
    bytes
}

fn detect(folder: &Path) -> Command {
    let mut command = program();
    command.args(["detect", "-q", "--config", "n.toml", "now.pcap"]).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn what_was_written_outlives_any_end_and_no_line_is_torn() {
    let folder = made();
    let at = folder.path();
    let capture = fs::read(at.join("c.pcap")).unwrap();
    let read = || READ.map(|name| fs::read(at.join(name)).unwrap());
    let before = read();
    fs::write(at.join("now.pcap"), &capture).unwrap();
    let began = Instant::now();
    assert!(detect(at).status().unwrap().success());
    let whole = began.elapsed();
    let (mut kept, mut queued) = (kept(at), queued(at));
    assert!(kept.len() > 100 && queued.len() > 100, "{} {}", kept.len(), queued.len());
    let kills = std::env::var(KILLS).map_or(FEW, |kills| kills.parse().unwrap());
    for round in 1..=kills {
        fs::write(at.join("now.pcap"), later(&capture, round)).unwrap();
        let mut child = detect(at).spawn().unwrap();
        std::thread::sleep(moment(round, whole));
        child.kill().unwrap();
        child.wait().unwrap();
        let checked = run(&["history", at.join("h.db").to_str().unwrap(), "check"]);
        assert_eq!(checked.fine(), "It is sound.\n", "after {round} times");
        let (now_kept, now_queued) = (self::kept(at), self::queued(at));
        assert!(kept.is_subset(&now_kept), "the history lost alerts after {round} times");
        assert!(queued.is_subset(&now_queued), "the queue lost alerts after {round} times");
        (kept, queued) = (now_kept, now_queued);
    }
    // The next program finds all of it, and goes on.
    fs::write(at.join("now.pcap"), &capture[..24]).unwrap();
    assert!(detect(at).status().unwrap().success());
    assert!(kept.is_subset(&self::kept(at)) && queued.is_subset(&self::queued(at)));
    assert!(before == read(), "a file that is only read has changed");
    let (lines, rows) = (lines(at), rows(at));
    assert!(lines.len() > 100 && rows > 100);
    let names = fs::read_dir(at).unwrap().map(|entry| entry.unwrap().file_name());
    let aside: Vec<_> = names.filter(|name| name.to_string_lossy().contains("damaged")).collect();
    assert!(aside.is_empty(), "{aside:?}");
    println!("{kills} kills: {} kept, {} queued, {} lines", kept.len(), queued.len(), lines.len());
}

/// From the start of the program to its end.
fn moment(round: u64, whole: Duration) -> Duration {
    let draw = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    whole.mul_f64(draw as f64 / (1_u64 << 24) as f64)
}

/// The names of all alerts in the history.
fn kept(folder: &Path) -> BTreeSet<String> {
    let told = run(&["history", folder.join("h.db").to_str().unwrap(), "alerts", "--json"]);
    let alerts = told.fine();
    let ids = alerts.lines().map(|line| {
        let alert: serde_json::Value = serde_json::from_str(line).unwrap();
        alert["id"].as_str().unwrap().to_owned()
    });
    ids.collect()
}

/// The names of all alerts in the queue, in a copy of it: opening one may tidy up.
fn queued(folder: &Path) -> BTreeSet<String> {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder.join("netsift-queues/hook")).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    let mut spool = Spool::open(copy.path(), SpoolSettings::default()).unwrap();
    let mut ids = BTreeSet::new();
    loop {
        let batch = spool.peek(10_000).unwrap();
        if batch.entries.is_empty() {
            return ids;
        }
        ids.extend(batch.entries.iter().map(|entry| entry.alert.id.to_string()));
        spool.done(&batch).unwrap();
    }
}

/// Every line is an alert.
fn lines(folder: &Path) -> Vec<Alert> {
    let text = fs::read_to_string(folder.join("alerts.jsonl")).unwrap();
    assert!(text.ends_with('\n'));
    let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(read).collect()
}

/// Every row has as many cells as the first.
fn rows(folder: &Path) -> usize {
    let text = fs::read_to_string(folder.join("alerts.csv")).unwrap();
    assert!(text.ends_with('\n'));
    let cells = |line: &str| {
        let mut is_quoted = false;
        let ends = line.chars().filter(|char| {
            is_quoted ^= *char == '"';
            *char == ',' && !is_quoted
        });
        (ends.count(), is_quoted)
    };
    let of_head = cells(text.lines().next().unwrap());
    text.lines().for_each(|line| assert_eq!(cells(line), of_head, "{line}"));
    text.lines().count()
}

/// One error for each that cannot write, all packets judged, and what is lost counted.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_once_and_detection_goes_on() {
    let folder = made();
    let at = folder.path();
    let disk = at.join("disk");
    fs::create_dir(&disk).unwrap();
    let config = CONFIG.replace("'alerts.", "'disk/alerts.").replace("'h.db'", "'disk/h.db'");
    let config = config.replace("[queues]", "[queues]\nfolder = 'disk/queues'");
    fs::write(at.join("n.toml"), config).unwrap();
    // Enough that no file has room for all of it, whoever of them is the first.
    let day = fs::read(at.join("c.pcap")).unwrap();
    let days = (1..DAYS).flat_map(|number| later(&day, number)[24..].to_vec());
    fs::write(at.join("c.pcap"), day.iter().copied().chain(days).collect::<Vec<_>>()).unwrap();
    let script =
        "mount -t tmpfs -o size=2m none disk && head -c 1500k /dev/zero > disk/filler && \"$@\"
        code=$?; cp disk/alerts.* .; exit $code";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_netsift")]);
    command.args(["detect", "--config", "n.toml", "c.pcap"]).current_dir(at).stdin(Stdio::null());
    let Ok(output) = command.output() else { return skipped("no unshare") };
    let told = Run { code: output.status.code().unwrap_or(-1), ..Run::of(&output) };
    if told.errors.contains("unshare failed") || told.errors.contains("mount:") {
        return skipped(&told.errors);
    }
    assert_eq!(told.code, 0, "{}", told.errors);
    let number = |line: &str, column: usize| -> u64 {
        line.split_whitespace().nth(column).unwrap().replace(',', "").parse().unwrap()
    };
    let row = |name: &str| {
        let mut rows = told.errors.lines().filter(|line| line.starts_with("  "));
        let found = rows.find(|line| line.split_whitespace().next() == Some(name));
        found.unwrap_or_else(|| panic!("no {name}: {}", told.errors)).to_owned()
    };
    assert_eq!(number(&row("packets"), 1), 20_000 * DAYS);
    let alerts = number(&row("alerts"), 1);
    for sink in ["file", "table", "hook"] {
        let row = row(sink);
        // Files have delivered what they could, and the queue keeps it.
        let (written, lost) = (number(&row, 1 + usize::from(sink == "hook")), number(&row, 4));
        assert!(written + lost <= alerts && lost > 0, "{alerts}: {row}");
        let is_of = |line: &&str| line.contains(&format!("sink {sink}: ")) && is_full(line);
        assert_eq!(told.errors.lines().filter(is_of).count(), 1, "{sink}: {}", told.errors);
    }
    let of_history = |line: &&str| line.starts_with("netsift: history: ");
    let said: Vec<&str> = told.errors.lines().filter(of_history).collect();
    assert_eq!(said.iter().filter(|it| it.contains("goes on")).count(), 1, "{}", told.errors);
    assert!(said.iter().any(|line| line.contains("lost")), "{}", told.errors);
    lines(at);
    rows(at);
}

fn is_full(line: &str) -> bool {
    line.contains("No space left") || line.contains("full")
}

#[cfg(target_os = "linux")]
fn skipped(why: &str) {
    assert!(std::env::var_os("NETSIFT_CI").is_none(), "{why}");
    eprintln!("SKIPPED: a small disk needs root: {why}");
}
