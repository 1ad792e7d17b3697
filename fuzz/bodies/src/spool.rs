//! The laws of queues on disk.

use netsift_alert::spool::{Entry, Lines, MAX_LINE};
use netsift_alert::{Action, Alert, AlertId, Level};

/// A file of a queue, as it is and with its checksums put right.
pub(crate) fn body(input: &[u8]) {
    for file in [input, &with_sums(input)] {
        let found = read(file);
        what_is_read_is_written_and_read_again(&found.entries);
        cuts_lose_what_is_behind_them(file, &found);
        what_was_written_whole_is_read(file, &found);
    }
}

/// What stands before the JSON of a line.
const HEAD: usize = 35;

/// The same lines with lengths and sums that hold: what is behind them is looked at, too.
fn with_sums(file: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    for line in file.split(|byte| *byte == b'\n') {
        let json = line.get(HEAD..).unwrap_or_default();
        let rest = [format!("{:08x} {:016x} ", json.len(), 5).as_bytes(), json].concat();
        whole.extend(format!("{:08x} ", crc32fast::hash(&rest)).as_bytes());
        whole.extend(rest);
        whole.push(b'\n');
    }
    whole
}

/// All that a file tells.
struct Found {
    entries: Vec<Entry>,
    damaged: u64,
    end: usize,
}

fn read(file: &[u8]) -> Found {
    let mut lines = Lines::of(file);
    let (mut entries, mut before) = (Vec::new(), 0);
    while let Some(entry) = lines.next() {
        assert!(lines.end() > before && lines.end() <= file.len(), "an end out of order");
        before = lines.end();
        entries.push(entry);
    }
    let found = Found { entries, damaged: lines.damaged(), end: lines.end() };
    let ends = file.iter().filter(|byte| **byte == b'\n').count() as u64;
    assert_eq!(found.entries.len() as u64 + found.damaged, ends, "every line is read or counted");
    let last = file.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
    assert_eq!(found.end, last, "only a line without an end is left");
    found
}

fn what_is_read_is_written_and_read_again(entries: &[Entry]) {
    for entry in entries {
        let mut line = Vec::new();
        if Entry::write(entry.at, &entry.alert, &mut line).is_err() {
            continue;
        }
        assert!(line.len() <= MAX_LINE, "a line of {} bytes", line.len());
        let again = read(&line);
        assert!(again.damaged == 0 && again.entries.len() == 1, "written, and not read");
        // A number that has more digits than are read may come back as its neighbour, once.
        let mut twice = Vec::new();
        let written = again.entries.first().map(|it| Entry::write(it.at, &it.alert, &mut twice));
        assert!(written == Some(Ok(())) && read(&twice).entries.len() == 1, "written twice");
        let bounded = entry.alert.clone().bounded();
        assert!(bounded.is_bounded(), "what is bounded is bounded");
        assert_eq!(
            Entry::write(entry.at, &bounded, &mut twice),
            Ok(()),
            "what is bounded has room"
        );
    }
}

fn cuts_lose_what_is_behind_them(file: &[u8], whole: &Found) {
    for cut in [file.len() / 2, file.len().saturating_sub(1), whole.end] {
        let found = read(file.get(..cut).unwrap_or_default());
        let first = whole.entries.get(..found.entries.len());
        assert_eq!(first, Some(&found.entries[..]), "a cut at {cut}");
    }
}

/// Behind whatever lies there, once that line has ended.
fn what_was_written_whole_is_read(file: &[u8], before: &Found) {
    let mut file = [file, b"\n"].concat();
    let entry = Entry { at: -1, alert: alert() };
    assert_eq!(Entry::write(entry.at, &entry.alert, &mut file), Ok(()));
    let found = read(&file);
    assert_eq!(found.entries.last(), Some(&entry), "written whole, and not read");
    assert!(found.entries.len() > before.entries.len(), "it took the place of another");
}

fn alert() -> Alert {
    Alert {
        id: AlertId::of(7, "scan", [None, None]),
        nanos: i64::MIN,
        first: i64::MAX,
        count: u64::MAX,
        level: Level::Critical,
        score: 0.5,
        what: "scan\n\0\u{1b}\"".into(),
        source: None,
        target: None,
        protocol: None,
        service: None,
        names: vec!["é".into()],
        terms: Vec::new(),
        reasons: Vec::new(),
        evidence: Vec::new(),
        host: None,
        packets: None,
        action: Action::Watch,
        rule: String::new(),
    }
}
