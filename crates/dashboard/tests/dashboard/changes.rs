//! What people change is there for all, has a line that says who, and survives.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use netsift_alert::{Pattern, Silence};
use netsift_dashboard::{Dashboard, House};
use netsift_history::{Desk, History, HistorySettings};
use serde_json::{Value, json};

use crate::made::{Running, alert, awaits};
use crate::raw::{ask, get, post};

fn rows(running: &Running, path: &str) -> Value {
    get(path).send(running.address()).json()["rows"].clone()
}

fn sends(running: &Running, path: &str, body: &Value) -> (u16, Value) {
    let answer = running.as_page(post(path, body)).send(running.address());
    (answer.status, answer.json())
}

fn removes(running: &Running, path: &str) -> u16 {
    running.as_page(ask("DELETE", path)).send(running.address()).status
}

#[test]
fn alerts_are_acknowledged_and_commented() {
    let mut running = Running::start();
    let path = format!("/api/v1/alerts/{}", alert(5).id);
    let acknowledge = format!("{path}/acknowledge");
    assert_eq!(sends(&running, &acknowledge, &json!({})).0, 200);
    let hostile = "<script>alert(1)</script>\n\u{202e}";
    assert_eq!(sends(&running, &format!("{path}/comments"), &json!({ "text": hostile })).0, 200);
    running.restart();
    let one = get(&path).send(running.address()).json();
    assert_eq!(one["alert"]["acknowledged"]["who"], json!("local"));
    assert_eq!(one["comments"][0]["text"], json!(hostile.trim()));
    assert_eq!(
        (&one["alert"]["comments"], &one["flow"]["target"]["port"]),
        (&json!(1), &json!(22))
    );
    assert_eq!(removes(&running, &acknowledge), 200);
    assert_eq!(get(&path).send(running.address()).json()["alert"]["acknowledged"], Value::Null);
    let done: Vec<_> = rows(&running, "/api/v1/changes")
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["what"].clone())
        .collect();
    assert_eq!(done, ["took back", "commented", "acknowledged"]);
    for (body, status) in [
        (json!({ "text": "" }), 400),
        (json!({ "text": " \n" }), 400),
        (json!({}), 400),
        (json!({ "text": "a", "who": "somebody else" }), 400),
        (json!({ "text": 5 }), 400),
        (json!([]), 400),
    ] {
        assert_eq!(sends(&running, &format!("{path}/comments"), &body).0, status, "{body}");
    }
    assert_eq!(sends(&running, "/api/v1/alerts/0000000000000000/acknowledge", &json!({})).0, 404);
    assert_eq!(sends(&running, &acknowledge, &json!({ "who": "x" })).0, 400, "nothing is taken");
}

#[test]
fn silences_hold_and_are_lifted() {
    let mut running = Running::start();
    let silences = "/api/v1/silences";
    let which = json!({ "what": ["*scan*"], "source": ["192.0.2.0/24"], "at_most": "high" });
    let (status, made) =
        sends(&running, silences, &json!({ "which": which, "seconds": 3600, "comment": "why" }));
    assert_eq!(status, 201);
    running.restart();
    let row = rows(&running, silences)[0].clone();
    assert_eq!(
        (&row["id"], &row["which"]["what"], &row["who"]),
        (&made["id"], &json!(["*scan*"]), &json!("local"))
    );
    let length = row["until"].as_f64().unwrap() - row["since"].as_f64().unwrap();
    assert!((length - 3_600_000.0).abs() < 1.0);
    for body in [
        json!({ "which": {}, "seconds": 3600 }),
        json!({ "which": { "what": [] }, "seconds": 3600 }),
        json!({ "which": { "what": ["scan"], "source": [] }, "seconds": 3600 }),
        json!({ "which": { "what": ["scan"], "at_most": null }, "seconds": 3600 }),
        json!({ "which": which, "seconds": 59 }),
        json!({ "which": which, "seconds": 1e9 }),
        json!({ "which": which, "seconds": 60.5 }),
        json!({ "which": which, "seconds": -1 }),
        json!({ "which": which }),
        json!({ "which": { "source": ["192.0.2.1/24"] }, "seconds": 60 }),
        json!({ "which": { "nothing": ["a"] }, "seconds": 60 }),
        json!({ "which": which, "seconds": 60, "comment": "a".repeat(1_001) }),
        json!({ "which": which, "seconds": 60, "who": "somebody else" }),
    ] {
        assert_eq!(sends(&running, silences, &body).0, 400, "{body}");
    }
    let path = format!("{silences}/{}", made["id"]);
    assert_eq!((removes(&running, &path), removes(&running, &path)), (200, 404));
    assert_eq!(rows(&running, silences), json!([]));
    assert_eq!(removes(&running, "/api/v1/silences/0"), 400);
}

#[test]
fn allowances_hold_and_are_taken_back() {
    let mut running = Running::start();
    let allowances = "/api/v1/allowances";
    let entry =
        json!({ "network": "192.0.2.0/28", "class": "port-scan", "port": 22, "protocol": "tcp" });
    let (status, made) =
        sends(&running, allowances, &json!({ "entry": entry, "comment": "our scanner" }));
    assert_eq!(status, 201, "{made}");
    running.restart();
    let row = rows(&running, allowances)[0].clone();
    assert_eq!((&row["entry"], &row["comment"]), (&entry, &json!("our scanner")));
    for body in [
        json!({ "entry": {} }),
        json!({ "entry": { "note": "a" } }),
        json!({ "entry": { "network": "everywhere" } }),
        json!({ "entry": { "port": 70_000 } }),
        json!({ "entry": { "protocol": "carrier pigeon" } }),
        json!({ "entry": { "nothing": 1 } }),
        json!({ "entry": [] }),
        json!({}),
    ] {
        assert_eq!(sends(&running, allowances, &body).0, 400, "{body}");
    }
    let path = format!("{allowances}/{}", made["id"]);
    assert_eq!((removes(&running, &path), removes(&running, &path)), (200, 404));
    let last = rows(&running, "/api/v1/changes?limit=1")[0].clone();
    assert_eq!(last["what"], json!("disallowed"));
}

/// Text of a history that a disk has broken.
fn broken(path: &Path, text: &str) {
    let mut bytes = std::fs::read(path).unwrap();
    let is_there = |at: &usize| bytes[*at..].starts_with(text.as_bytes());
    let places: Vec<usize> = (0..bytes.len()).filter(is_there).collect();
    assert!(!places.is_empty(), "{text}");
    places.into_iter().for_each(|at| bytes[at] = b'x');
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn what_cannot_be_read_is_named_beside_the_others_and_can_be_lifted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h.db");
    let history = History::open(HistorySettings::new(&path)).unwrap();
    (0..3).for_each(|number| history.hand().alert(alert(number)));
    drop(history);
    let mut desk = Desk::open(&path).unwrap();
    for what in ["breaks", "stays"] {
        let mut silence = Silence::acknowledging(&alert(0), "ann", i64::MAX);
        silence.which.what = vec![Pattern::new(what).unwrap()];
        desk.silence(&silence, 1).unwrap();
        desk.allow(&format!("{{\"class\":\"{what}\"}}"), "ann", "", 1).unwrap();
    }
    desk.allow(r#"{"network":"0.0.0.0/0"}"#, "mallory", "", 1).unwrap();
    drop(desk);
    broken(&path, "\"breaks\"");
    broken(&path, &format!("\"{}\"", alert(1).id));
    let mut running = Running::start();
    running.dashboard = Some(Dashboard::start(&running.settings, path, Arc::new(Nobody)).unwrap());
    let told = |path: &str| get(path).send(running.address());
    for (path, unreadable) in
        [("/api/v1/silences", json!([1])), ("/api/v1/allowances", json!([1, 3]))]
    {
        let answer = told(path);
        assert_eq!(answer.status, 200);
        let rows = answer.json();
        assert_eq!((&rows["rows"][0]["id"], &rows["unreadable"]), (&json!(2), &unreadable));
        assert_eq!(removes(&running, &format!("{path}/1")), 200);
        assert_eq!(rows["rows"].as_array().unwrap().len(), 1);
        assert_ne!(told(path).json()["unreadable"], unreadable);
    }
    let list = told("/api/v1/alerts.json");
    assert_eq!(list.header("x-netsift-unreadable"), Some("1"));
    assert_eq!(list.json().as_array().unwrap().len(), 2);
    assert_eq!(list.json()[0]["packets"], json!(false), "this house has no folder");
    assert_eq!(told("/api/v1/alerts.csv").header("x-netsift-unreadable"), Some("1"));
}

struct Nobody;
impl House for Nobody {}

#[test]
fn no_sinks_are_told_from_sinks_that_another_program_runs() {
    let mut running = Running::start();
    let runs_here = |running: &Running| {
        get("/api/v1/sinks").send(running.address()).json()["runs_here"].clone()
    };
    assert_eq!(runs_here(&running), json!(true));
    let path = running.folder().join("h.db");
    let other = Dashboard::start(&running.settings, path, Arc::new(Nobody)).unwrap();
    running.dashboard = Some(other);
    assert_eq!(runs_here(&running), json!(false));
}

#[test]
fn what_cannot_be_noted_is_not_done() {
    let running = Running::start();
    let upload = || {
        let capture = ask("POST", "/api/v1/reports?name=a").body(b"capture".to_vec());
        running.as_page(capture).send(running.address())
    };
    let id = upload().json()["id"].as_str().unwrap().to_owned();
    let reports = || rows(&running, "/api/v1/reports").as_array().unwrap().clone();
    awaits(|| reports()[0]["state"] == "done", "the report");
    let [path, aside] = ["h.db", "aside.db"].map(|name| running.folder().join(name));
    std::fs::rename(&path, &aside).unwrap();
    let report = format!("/api/v1/reports/{id}");
    assert_eq!((upload().status, removes(&running, &report)), (503, 503));
    assert_eq!(sends(&running, "/api/v1/sinks/mail/test", &json!({})).0, 503);
    assert_eq!(running.house.tested.load(Ordering::Relaxed), 0);
    assert_eq!(get(&report).send(running.address()).status, 200, "it is still there");
    let files = std::fs::read_dir(running.folder().join("h.db-reports")).unwrap();
    assert_eq!((files.count(), reports().len()), (3, 1), "the lock, and the first report's");
    std::fs::rename(&aside, &path).unwrap();
    assert_eq!(removes(&running, &report), 200);
    let noted = rows(&running, "/api/v1/changes");
    let noted: Vec<_> = noted.as_array().unwrap().iter().map(|it| it["what"].clone()).collect();
    assert_eq!(noted, ["removed", "uploaded"]);
}

#[test]
fn sinks_are_tried_and_it_is_noted() {
    let running = Running::start();
    let (status, told) = sends(&running, "/api/v1/sinks/mail/test", &json!({}));
    assert_eq!((status, &told["ok"]), (200, &json!(false)));
    assert!(told["error"].as_str().unwrap().contains("onerror"));
    assert_eq!(sends(&running, "/api/v1/sinks/nobody/test", &json!({})).0, 404);
    let last = rows(&running, "/api/v1/changes?limit=1")[0].clone();
    assert_eq!((&last["what"], &last["subject"]), (&json!("tested"), &json!("sink mail")));
}
