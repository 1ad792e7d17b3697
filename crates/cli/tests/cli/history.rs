//! `netsift history` on histories that are made here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use netsift::alert::{Action, Alert, AlertId, Level, Peer, Term};
use netsift::history::{Flow, History, HistorySettings, HostScore, Said, Volume};
use serde_json::Value;

use crate::{Run, run, text};

const SECOND: i64 = 1_000_000_000;
/// 2026-09-21 14:13:20 UTC.
const START: i64 = 1_790_000_000 * SECOND;
/// What an attacker writes into a name.
const HOSTILE: &str = "=cmd|'x'!A0\r\n\u{1b}[2J\u{202e}\"\0";

struct Made {
    folder: tempfile::TempDir,
    history: Option<History>,
}

impl Made {
    /// With 60 alerts, 120 verdicts and two hosts; it goes on being written.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = HistorySettings::new(folder.path().join("history.db"));
        settings.keep.flows = true;
        let history = History::open(settings).unwrap();
        let hand = history.hand();
        for number in 0..60 {
            hand.alert(alert(number));
            hand.flow(flow(number, "benign"));
            hand.flow(flow(number, HOSTILE));
        }
        hand.flow(Flow { said: None, ..flow(1, "") });
        for (address, score) in [([10, 0, 0, 1], 35.5), ([10, 0, 0, 2], 80.0)] {
            hand.host(HostScore { address: address.into(), nanos: START, score });
        }
        assert!(history.flush(Duration::from_secs(60)));
        Self { folder, history: Some(history) }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("history.db")
    }

    fn ask(&self, arguments: &[&str]) -> Run {
        run(&[&["history", text(&self.path())], arguments].concat())
    }

    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let told = self.ask(&[arguments, &["--json"]].concat()).fine();
        told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn alert(number: i64) -> Alert {
    let source = Some(Peer { address: [10, 0, 0, number as u8].into(), port: None });
    let what = if number == 7 { HOSTILE } else { "syn-scan" };
    Alert {
        id: AlertId::of(number, what, [source, None]),
        nanos: START + number * 60 * SECOND,
        first: START,
        count: 1_000 + number as u64,
        level: if number < 10 { Level::High } else { Level::Low },
        score: 20.5 + number as f64,
        what: what.into(),
        source,
        target: None,
        protocol: Some("TCP".into()),
        service: None,
        names: vec![HOSTILE.into()],
        terms: vec![Term { of: "behaviour".into(), says: "syn-scan".into(), risk: 0.5 }],
        reasons: Vec::new(),
        evidence: vec![format!("tried {number} ports")],
        host: None,
        packets: None,
        action: Action::Watch,
        rule: "what is medium".into(),
    }
}

fn flow(number: i64, class: &str) -> Flow {
    let last = START + number * 60 * SECOND;
    Flow {
        first: last - SECOND,
        last,
        source: Peer { address: [10, 0, 0, number as u8].into(), port: Some(40_000) },
        target: Peer { address: "2001:db8::1".parse().unwrap(), port: Some(443) },
        protocol: "TCP".into(),
        service: Some("tls".into()),
        names: vec!["example.org".into()],
        sent: Volume { packets: 3, bytes: 1_000 },
        received: Volume { packets: 4, bytes: 2_000 },
        said: Some(Said { class: Some(class.into()), score: number as f64, ..Said::default() }),
    }
}

#[test]
fn it_tells_in_short_what_it_holds() {
    let told = Made::new().ask(&[]).fine();
    for expected in [
        "  from              2026-09-21 14:13:00\n",
        "  to                2026-09-21 15:12:59\n",
        "  alerts            60\n",
        "  not acknowledged  60\n",
        "  verdicts          120\n",
        "  other flows       1\n",
        "Worst hosts",
        "  10.0.0.2        80  2026-09-21 14:13:00\n  10.0.0.1        36",
        "  benign",
        "####",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert!(told.contains("\n  syn-scan") && told.contains("  59  60,763  ####"), "{told}");
    disarmed(&told);
}

/// Nothing in it moves a terminal.
fn disarmed(told: &str) {
    let obeyed = |char: char| (char.is_control() && char != '\n') || char == '\u{202e}';
    assert!(!told.contains(obeyed), "{told:?}");
}

#[test]
fn alerts_are_filtered_sorted_and_bounded() {
    let made = Made::new();
    let told = made.ask(&["alerts"]).fine();
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].starts_with("Last seen"));
    assert!(lines[1].starts_with("  2026-09-21 15:12:20  ") && lines[1].contains("syn-scan"));
    assert_eq!(lines.len(), 52);
    assert_eq!(lines[51], "... of 60 in all; --limit shows more");
    let ids = |arguments: &[&str]| -> Vec<Value> {
        let all = made.json(&[&["alerts"], arguments].concat());
        all.into_iter().map(|alert| alert["id"].clone()).collect()
    };
    let id = |number| serde_json::to_value(alert(number).id).unwrap();
    assert_eq!(ids(&[]).len(), 60);
    assert_eq!(ids(&["--limit", "2"]), [id(59), id(58)]);
    assert_eq!(ids(&["--sort", "oldest", "--limit", "2"]), [id(0), id(1)]);
    assert_eq!(ids(&["--sort", "worst", "--limit", "1"]), [id(59)]);
    assert_eq!(ids(&["--level", "high"]).len(), 10);
    assert_eq!(ids(&["--host", "10.0.0.8/30", "--level", "high"]), [id(9), id(8)]);
    assert_eq!(ids(&["--what", "syn-scan"]).len(), 59);
    assert_eq!(ids(&["--search", "TRIED 41 ports"]), [id(41)]);
    let times = ["--since", "2026-09-21 14:15:20", "--until", "2026-09-21 14:17:20"];
    assert_eq!(ids(&times), [id(3), id(2)]);
    let hostile = made.ask(&["alerts", "--host", "10.0.0.7"]).fine();
    disarmed(&hostile);
}

#[test]
fn tables_are_safe_in_spreadsheets() {
    let made = Made::new();
    for (asked, columns) in [("alerts", 19), ("verdicts", 18), ("counts", 6)] {
        let by: &[&str] = if asked == "counts" { &["--by", "class"] } else { &[] };
        let told = made.ask(&[&[asked, "--csv"], by].concat()).fine();
        let headings = told.lines().next().unwrap();
        assert_eq!(headings.split(',').count(), columns, "{headings}");
        assert!(told.contains("\"'=cmd|'x'!A0\r\n") && !told.contains(",=cmd"), "{asked}");
    }
}

#[test]
fn flows_hosts_and_counts_are_told() {
    let made = Made::new();
    assert_eq!(made.json(&["verdicts"]).len(), 120);
    let flows = made.json(&["flows"]);
    assert_eq!((flows.len(), &flows[0]["said"]), (1, &Value::Null));
    let of = |arguments: &[&str]| made.json(&[&["verdicts"], arguments].concat()).len();
    assert_eq!(of(&["--host", "10.0.0.3"]), 2);
    assert_eq!(of(&["--host", "2001:db8::1", "--class", "benign", "--score", "50"]), 10);
    assert_eq!((of(&["--port", "443"]), of(&["--port", "80"])), (120, 0));
    let told = made.ask(&["verdicts", "--limit", "3"]).fine();
    assert!(
        told.contains("2001:db8::1]:443")
            && told.ends_with("... of 120 in all; --limit shows more\n")
    );
    disarmed(&told);
    let hosts = made.json(&["hosts"]);
    assert_eq!((hosts.len(), &hosts[0]["address"]), (2, &Value::from("10.0.0.2")));
    assert_eq!(made.json(&["hosts", "--host", "10.0.0.1"])[0]["score"], 35.5);
    let counts = made.json(&["counts", "--bin", "1h"]);
    let flows: Vec<_> = counts.iter().map(|bin| bin["flows"].as_u64().unwrap()).collect();
    // The hour ends at minute 47; the flow without a verdict is of minute 1.
    assert_eq!(flows, [95, 26]);
    let top = made.json(&["top", "targets"]);
    assert_eq!(
        (&top[0]["name"], &top[0]["flows"]),
        (&Value::from("2001:db8::1"), &Value::from(121))
    );
    assert!(made.ask(&["counts"]).fine().lines().count() > 10);
}

#[test]
fn people_say_what_they_think_while_it_is_written() {
    let made = Made::new();
    let id = alert(7).id.to_string();
    let told = made.ask(&["ack", &id, "--comment", HOSTILE.trim_end_matches('\0'), "--by", "ann"]);
    assert_eq!(
        (told.code, told.errors.as_str()),
        (0, format!("netsift: ann has seen alert {id}\n").as_str())
    );
    made.ask(&["comment", &id, "again", "--by", "bob"]).fine();
    let shown = made.ask(&["show", &id]).fine();
    assert!(shown.contains(" ann has seen it\n") && shown.contains(" bob: again\n"), "{shown}");
    assert!(
        shown.contains("    tried 7 ports\n")
            && shown.contains("    1007 times from 2026-09-21 14:13:20 to")
    );
    disarmed(&shown);
    let open = |made: &Made| made.json(&["alerts", "--unacked"]).len();
    assert_eq!(open(&made), 59);
    // What is told of it again does not undo that.
    let history = made.history.as_ref().unwrap();
    history.hand().alert(alert(7));
    assert!(history.flush(Duration::from_secs(60)));
    assert_eq!(open(&made), 59);
    assert_eq!(made.ask(&["unack", &id]).code, 0);
    assert_eq!(open(&made), 60);
    assert_eq!(made.ask(&["check"]).fine(), "It is sound.\n");
}

#[test]
fn what_cannot_be_is_told_in_a_line() {
    let mut made = Made::new();
    let failed = |made: &Made, arguments: &[&str], code, expected: &str| {
        let told = made.ask(arguments);
        assert_eq!(told.code, code, "{}", told.errors);
        assert!(
            told.errors.contains(expected) && told.errors.lines().count() == 1,
            "{}",
            told.errors
        );
    };
    failed(
        &made,
        &["ack", "00c0ffee00c0ffee"],
        1,
        "there is no alert 00c0ffee00c0ffee; see what alerts prints",
    );
    failed(&made, &["ack", "x"], 2, "an alert is named by 16 hexadecimal digits");
    failed(&made, &["alerts", "--host", "10.0.0.0/33"], 2, "is no network like");
    failed(&made, &["alerts", "--level", "bad"], 2, "low, medium, high or critical");
    failed(&made, &["alerts", "--since", "2", "--until", "1"], 2, "exchange them");
    failed(&made, &["alerts", "--search", &"x".repeat(300)], 2, "256 bytes long at most");
    failed(&made, &["counts", "--bin", "90s"], 2, "no whole number of minutes");
    let (folder, capture) = (made.folder.path().to_owned(), made.folder.path().join("a.pcap"));
    std::fs::write(&capture, [0xd4; 5_000]).unwrap();
    let of = |path: &Path| run(&["history", text(path)]);
    assert!(of(&capture).errors.contains("a.pcap: is no history of netsift; name a file"));
    assert!(of(&folder.join("none")).errors.contains("there is no such history; check its name"));
    made.history = None;
    let bytes = std::fs::read(made.path()).unwrap();
    std::fs::write(made.path(), &bytes[..bytes.len() / 2]).unwrap();
    failed(&made, &["check"], 1, "is damaged");
}

/// A disk that breaks a byte of it: that of a quotation mark.
fn broken(bytes: &mut [u8], text: &str) {
    let is_there = |at: &usize| bytes[*at..].starts_with(text.as_bytes());
    let places: Vec<usize> = (0..bytes.len()).filter(is_there).collect();
    assert!(!places.is_empty(), "{text}");
    places.into_iter().for_each(|at| bytes[at] = b'x');
}

#[test]
fn rows_that_cannot_be_read_are_told_beside_the_others_and_can_be_lifted() {
    let mut made = Made::new();
    let silence = |what| ["silence", "--what", what, "--for", "4h", "--by", "ann\u{1b}[2J"];
    assert_eq!(made.ask(&silence("breaks")).code, 0);
    assert_eq!(made.ask(&silence("stays")).code, 0);
    assert_eq!(made.ask(&["allow", "--class", "broken", "--by", "ann\u{1b}[2J"]).code, 0);
    assert_eq!(made.ask(&["allow", "--class", "sound", "--by", "ann\u{1b}[2J"]).code, 0);
    made.history = None;
    let mut bytes = std::fs::read(made.path()).unwrap();
    for text in ["\"tried 41 ports\"", "\"tried 7 ports\"", "\"breaks\"", "\"broken\""] {
        broken(&mut bytes, text);
    }
    std::fs::write(made.path(), bytes).unwrap();
    let told = made.ask(&["alerts", "--json"]);
    assert_eq!(told.out.lines().count(), 58);
    let said = "2 rows cannot be read; `netsift history FILE check` tells which";
    assert!(told.errors.contains(said), "{}", told.errors);
    let checked = made.ask(&["check"]);
    assert_eq!((checked.code, checked.errors.matches(" of alert cannot be read").count()), (1, 2));
    for (listed, name, lifts) in
        [("silences", "stays", "lift"), ("allowances", "sound", "disallow")]
    {
        let people = made.ask(&[listed]).fine();
        assert!(people.contains(name) && people.contains("  1        "), "{people}");
        assert!(people.contains("cannot be read") && people.contains("ann\\u{1b}[2J"), "{people}");
        disarmed(&people);
        let rows = made.json(&[listed]);
        assert_eq!(
            (rows.len(), &rows[1]["id"], &rows[1]["unreadable"]),
            (2, &1.into(), &true.into())
        );
        assert_eq!(made.ask(&[listed, "--csv"]).fine().lines().count(), 3);
        assert_eq!(made.ask(&[lifts, "1"]).code, 0, "{lifts}");
        assert_eq!(made.json(&[listed]).len(), 1);
    }
}

#[test]
fn flows_that_cannot_be_read_are_told_of() {
    let mut made = Made::new();
    made.history = None;
    let mut bytes = std::fs::read(made.path()).unwrap();
    broken(&mut bytes, "\"example.org\"");
    std::fs::write(made.path(), bytes).unwrap();
    for (asked, said) in [("verdicts", "120 rows cannot"), ("flows", "one row cannot")] {
        let told = made.ask(&[asked, "--csv"]);
        assert_eq!((told.code, told.out.lines().count()), (0, 1), "{}", told.out);
        assert!(told.errors.contains(said), "{}", told.errors);
    }
}
