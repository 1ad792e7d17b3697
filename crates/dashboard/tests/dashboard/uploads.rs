//! Captures that are uploaded, and their reports.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::made::{HOSTILE, Running, awaits};
use crate::raw::{Answer, ask, get};

const REPORTS: &str = "/api/v1/reports";

fn upload(running: &Running, name: &str, bytes: &[u8]) -> Answer {
    let path = format!("{REPORTS}?name={name}");
    let capture = ask("POST", &path).header("Content-Type", "application/octet-stream");
    running.as_page(capture.body(bytes.to_vec())).send(running.address())
}

fn rows(running: &Running) -> Vec<Value> {
    get(REPORTS).send(running.address()).json()["rows"].as_array().unwrap().clone()
}

fn awaits_report(running: &Running, id: &Value, state: &str) -> Value {
    let found = || rows(running).into_iter().find(|it| it["id"] == *id && it["state"] == state);
    awaits(|| found().is_some(), state);
    found().unwrap()
}

fn files(running: &Running, end: &str) -> usize {
    let folder = std::fs::read_dir(running.folder().join("h.db-reports")).unwrap();
    folder.filter(|it| it.as_ref().unwrap().path().extension().is_some_and(|it| it == end)).count()
}

#[test]
fn a_capture_becomes_a_page_that_may_do_nothing_here() {
    let mut running = Running::start();
    let made = upload(&running, "a%3Cb%3E%E2%80%AE.pcap", b"capture");
    assert_eq!(made.status, 202);
    let id = made.json()["id"].clone();
    let row = awaits_report(&running, &id, "done");
    assert_eq!(
        (&row["name"], &row["bytes"], &row["error"]),
        (&json!("a<b>\\u{202e}.pcap"), &json!(7), &Value::Null)
    );
    running.restart();
    let path = format!("{REPORTS}/{}", id.as_str().unwrap());
    let page = get(&path).send(running.address());
    assert_eq!(
        (page.status, page.text()),
        (200, "<!doctype html><p>a<b>\\u{202e}.pcap: 7 bytes".to_owned())
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("sandbox; default-src 'none';"), "{policy}");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(files(&running, "capture"), 0);
    assert_eq!(running.as_page(ask("DELETE", &path)).send(running.address()).status, 200);
    assert_eq!(get(&path).send(running.address()).status, 404);
    assert_eq!((rows(&running).len(), files(&running, "html"), files(&running, "json")), (0, 0, 0));
}

#[test]
fn what_goes_wrong_is_told_and_the_next_one_is_made() {
    let running = Running::start();
    for (bytes, error) in [(&b"broken"[..], HOSTILE[0]), (b"panic", "it could not be made")] {
        let id = upload(&running, "a", bytes).json()["id"].clone();
        let row = awaits_report(&running, &id, "failed");
        assert_eq!(row["error"], json!(error));
        let path = format!("{REPORTS}/{}", id.as_str().unwrap());
        assert_eq!(get(&path).send(running.address()).status, 409);
    }
    let id = upload(&running, "a", b"good").json()["id"].clone();
    awaits_report(&running, &id, "done");
    assert_eq!(upload(&running, "a", b"").status, 400, "nothing");
    assert_eq!(files(&running, "capture"), 0);
}

#[test]
fn another_server_of_the_history_leaves_what_is_not_its_own() {
    let mut running = Running::start();
    running.house.explores.store(false, Ordering::Relaxed);
    let id = upload(&running, "first", b"x").json()["id"].clone();
    awaits_report(&running, &id, "running");
    let waits = upload(&running, "waits", b"y").json()["id"].clone();
    let second = running.beside();
    assert_eq!(get(REPORTS).send(second.address()).json()["rows"], json!([]), "none of its own");
    assert_eq!(files(&running, "capture"), 2);
    running.house.explores.store(true, Ordering::Relaxed);
    awaits_report(&running, &waits, "done");
    let own = std::mem::replace(running.dashboard.as_mut().unwrap(), second);
    let id = upload(&running, "second", b"z").json()["id"].clone();
    awaits_report(&running, &id, "done");
    assert_eq!((rows(&running).len(), files(&running, "html")), (1, 2));
    own.stop();
    running.restart();
    assert_eq!(rows(&running).len(), 2, "whoever comes next has the first folder");
}

#[test]
fn few_wait_and_the_oldest_go() {
    let running = Running::with(|mut settings| {
        settings.limits.reports = 3;
        settings
    });
    running.house.explores.store(false, Ordering::Relaxed);
    let statuses: Vec<_> = (0..6).map(|_| upload(&running, "a", b"x").status).collect();
    assert_eq!(statuses, [202, 202, 202, 202, 503, 503]);
    let running_one = || rows(&running).into_iter().find(|it| it["state"] == "running");
    awaits(|| running_one().is_some(), "running");
    let path = format!("{REPORTS}/{}", running_one().unwrap()["id"].as_str().unwrap());
    assert_eq!(running.as_page(ask("DELETE", &path)).send(running.address()).status, 409);
    running.house.explores.store(true, Ordering::Relaxed);
    awaits(|| rows(&running).iter().all(|it| it["state"] == "done"), "all");
    for _ in 0..3 {
        let id = upload(&running, "new", b"x").json()["id"].clone();
        awaits_report(&running, &id, "done");
    }
    let names: Vec<_> = rows(&running).iter().map(|it| it["name"].clone()).collect();
    assert_eq!(names, ["new", "new", "new"]);
    assert_eq!(files(&running, "html"), 3);
}

#[test]
fn what_was_not_finished_is_told_after_a_restart() {
    let mut running = Running::start();
    running.house.explores.store(false, Ordering::Relaxed);
    let id = upload(&running, "a", b"x").json()["id"].clone();
    awaits_report(&running, &id, "running");
    running.restart();
    let row = awaits_report(&running, &id, "failed");
    assert_eq!(row["error"], json!("the program ended"));
    running.house.explores.store(true, Ordering::Relaxed);
}
