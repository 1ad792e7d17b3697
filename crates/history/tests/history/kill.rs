//! kill -9 at random moments: the file opens, is sound, and holds every alert that was told as written.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use netsift_history::{AlertsAsked, History, HistorySettings, MOST_ROWS, Reader};

use crate::LONG;
use crate::made::{START, alert, flow};

/// Names the file to the program that is killed.
const FILE: &str = "NETSIFT_HISTORY_TO_WRITE";
/// Names the first alert that it hands over.
const FROM: &str = "NETSIFT_HISTORY_FROM";
const TIMES: u64 = 100;

/// Writes until it is killed, and says which alerts are written.
#[test]
#[ignore = "is started by the test below, and killed"]
fn child() {
    let path = std::env::var(FILE).unwrap();
    let first: u64 = std::env::var(FROM).unwrap().parse().unwrap();
    let mut settings = HistorySettings::new(path);
    (settings.commit_seconds, settings.keep.flows) = (0.01, true);
    // So small that old flows go all the time.
    settings.retention.most_megabytes = 2;
    let history = History::open(settings).unwrap();
    let hand = history.hand();
    for number in first.. {
        hand.alert(alert(number));
        (0..50).for_each(|more| hand.flow(flow(number * 50 + more)));
        if number % 7 == 0 {
            assert!(history.flush(LONG));
            println!("\nwritten {number}");
            std::io::stdout().flush().unwrap();
        }
    }
}

#[test]
fn what_is_told_as_written_outlives_any_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let (mut next, mut told) = (0, BTreeSet::new());
    for round in 0..TIMES {
        let mut child = Running::start(&path, next);
        let written = child.until_killed(moment(round));
        if let Some(last) = written {
            told.extend(next..=last);
            next = last + 1;
        }
        // Alerts beyond were handed over, too, and may be there or not.
        next += 1_000;
        let reader = Reader::open(&path);
        if told.is_empty() && reader.is_err() {
            continue; // Killed before there was a file.
        }
        let reader = reader.unwrap();
        assert_eq!(reader.check().unwrap(), [""; 0], "after {round} times");
    }
    let found = numbers(&Reader::open(&path).unwrap());
    let lost: Vec<_> = told.difference(&found).collect();
    assert!(lost.is_empty(), "{} of {} are lost: {lost:?}", lost.len(), told.len());
    assert!(told.len() > 100, "only {} alerts were told as written", told.len());
    assert!(std::fs::read_dir(folder.path()).unwrap().count() <= 3, "a file was moved aside");
}

/// From a few milliseconds, when the file is being made, to some tenths of a second.
fn moment(round: u64) -> Duration {
    let draw = (round + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    Duration::from_micros(2_000 + draw % 150_000)
}

fn numbers(reader: &Reader) -> BTreeSet<u64> {
    let mut asked = AlertsAsked::default();
    asked.limit = MOST_ROWS;
    let mut numbers = BTreeSet::new();
    loop {
        let page = reader.alerts(&asked).unwrap();
        numbers
            .extend(page.rows.iter().map(|row| ((row.alert.nanos - START) / 1_000_000_000) as u64));
        asked.after = page.next;
        if page.next.is_none() {
            return numbers;
        }
    }
}

/// The program that is killed; killed in any case when it goes.
struct Running(Child);

impl Running {
    fn start(path: &Path, from: u64) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "kill::child", "--ignored", "--nocapture"]);
        command.env(FILE, path).env(FROM, from.to_string());
        Self(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// The last alert that it told as written.
    fn until_killed(&mut self, after: Duration) -> Option<u64> {
        let began = Instant::now();
        let out = self.0.stdout.take().unwrap();
        let reading = std::thread::spawn(move || {
            let lines = BufReader::new(out).lines().map_while(Result::ok);
            lines.filter_map(|line| line.strip_prefix("written ")?.parse().ok()).last()
        });
        std::thread::sleep(after.saturating_sub(began.elapsed()));
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        reading.join().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
