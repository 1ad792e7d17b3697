//! Alerts as events of Suricata's, against the schema that Suricata's own output is held to.

use std::io::Write;
use std::process::{Command, Stdio};

use netsift_alert::{Action, Alert, AlertId, Form, Level, Peer, Term};
use serde_json::Value;

use crate::{shared, skip_without};

/// Says of each line on standard input what is wrong with it.
const JUDGE: &str = "
import json, sys
from jsonschema import Draft202012Validator
judge = Draft202012Validator(json.load(open(sys.argv[1])))
for line in sys.stdin:
    errors = [error.message for error in judge.iter_errors(json.loads(line))]
    print('; '.join(errors) or 'valid')
";
/// What attackers would write.
const HOSTILE: &str = "a\r\n\"},{\"x\":1}\u{1b}[2J\u{9b}\0=cmd\u{202e}\u{2028}é\\";

#[test]
fn alerts_are_events_by_suricatas_schema() {
    let Some(schema) = shared("reference/eve/schema.json") else { return };
    let events: Vec<Value> = alerts().iter().map(event).collect();
    // Our own object aside, since the schema allows no other's. One event that is none shows that there is a judge.
    let bare = |event: &Value| {
        let mut event = event.clone();
        assert!(event.as_object_mut().unwrap().remove("netsift").is_some());
        event
    };
    let mut lines: Vec<Value> = events.iter().map(bare).collect();
    lines.push(events[0].clone());
    let mut command = Command::new("python3");
    command.args(["-c", JUDGE]).arg(schema).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut judge) = command.spawn() else { return skip_without(&"python3") };
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    // Without the module it is gone before it has read anything.
    let _ = judge.stdin.take().unwrap().write_all(text.as_bytes());
    let output = judge.wait_with_output().unwrap();
    if !output.status.success() {
        return skip_without(&"jsonschema for python3");
    }
    let said = String::from_utf8(output.stdout).unwrap();
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(said.len(), lines.len());
    for (said, line) in said.iter().zip(&lines[..events.len()]) {
        assert_eq!(*said, "valid", "{line}");
    }
    assert!(said[events.len()].contains("netsift"), "{said:?}");
}

fn event(alert: &Alert) -> Value {
    serde_json::from_str(&Form::Eve.line(alert)).unwrap()
}

/// All levels, with and without what may be missing, at the edges of time, and by an attacker.
fn alerts() -> Vec<Alert> {
    let peer = |port| Some(Peer { address: [192, 0, 2, 7].into(), port });
    let six = Some(Peer { address: "2001:db8::1".parse().unwrap(), port: Some(53) });
    let text = |text: &str| Some(text.to_owned());
    let mut alerts = Vec::new();
    for level in Level::ALL {
        for (what, nanos, source, target) in [
            ("scan", 1_790_000_000_123_456_789, peer(None), six),
            (HOSTILE, i64::MAX, None, peer(Some(22))),
            ("", i64::MIN, None, None),
        ] {
            let term = Term { of: what.into(), says: what.into(), risk: 0.5 };
            let is_bare = what.is_empty();
            alerts.push(Alert {
                id: AlertId::of(nanos, what, [source, target]),
                nanos,
                first: 0,
                count: u64::MAX,
                level,
                score: 71.5,
                what: what.into(),
                source,
                target,
                protocol: text(what).filter(|_| !is_bare),
                service: text("ssh").filter(|_| !is_bare),
                names: vec![what.into()],
                terms: if is_bare { Vec::new() } else { vec![term] },
                reasons: vec![what.into()],
                evidence: Vec::new(),
                host: None,
                packets: None,
                action: Action::Block,
                rule: what.into(),
            });
        }
    }
    alerts
}
