//! Alerts as files for other programs.

use std::io;
use std::sync::Arc;

use axum::response::Response;
use hyper::header::{HeaderName, HeaderValue};
use netsift_alert::sinks::{CSV_HEAD, csv_rows};
use netsift_alert::{Alert, AlertId};
use netsift_history::AlertRow;
use serde_json::Value;

use super::alert::Saved;
use super::alerts::{FILTERS, asked, row};
use crate::answer::{self, Problem};
use crate::archive::Archive;
use crate::ask::Call;
use crate::route::{Route, Tells};
use crate::shape::{list, named};
use crate::stream;

const CSV: &str = "text/csv; charset=utf-8";
const JSON: &str = "application/json";
/// What a file holds at most.
const MOST_ROWS: usize = 100_000;
const AT_ONCE: usize = 1_000;
/// How many alerts are missing, since they cannot be read.
const UNREADABLE: HeaderName = HeaderName::from_static("x-netsift-unreadable");
const AS_TABLE: &str = "Up to 100,000 alerts as a table; the header `X-Netsift-Cut: true` says that there are more, \
    and `X-Netsift-Unreadable` how many are left out";
const AS_LIST: &str = "Up to 100,000 alerts as a list; the header `X-Netsift-Cut: true` says that there are more, \
    and `X-Netsift-Unreadable` how many are left out";

pub(crate) const ROUTES: [Route; 2] = [
    Route {
        tells: Tells::Text(CSV),
        ..Route::get("/api/v1/alerts.csv", AS_TABLE, &FILTERS, shape, csv)
    },
    Route::get("/api/v1/alerts.json", AS_LIST, &FILTERS, shape, json),
];

/// How alerts become bytes.
struct Format {
    kind: &'static str,
    name: &'static str,
    head: &'static str,
    /// Of alerts; whether they are the first; and where packets are.
    rows: fn(&[AlertRow], bool, &Saved) -> Vec<u8>,
    foot: &'static str,
}

const TABLE: Format =
    Format { kind: CSV, name: "alerts.csv", head: CSV_HEAD, rows: lines, foot: "" };
const LIST: Format =
    Format { kind: JSON, name: "alerts.json", head: "[", rows: items, foot: "\n]\n" };

fn csv(call: &Call) -> Result<Response, Problem> {
    exported(call, TABLE, MOST_ROWS)
}

fn json(call: &Call) -> Result<Response, Problem> {
    exported(call, LIST, MOST_ROWS)
}

/// So many rows at most. Formats have no place for a hint that there are more, or some that cannot be read: the head of the
/// answer has.
fn exported(call: &Call, format: Format, most: usize) -> Result<Response, Problem> {
    let (server, wanted) = (Arc::clone(&call.server), asked(&call.given));
    let list = server.archive.ask(|reader| reader.alert_list(&wanted, most))?;
    let (kind, name, is_cut, unreadable) =
        (format.kind, format.name, list.is_more, list.unreadable);
    let body = stream::made(call, move |parts| {
        let saved = Saved::by(&server);
        let sent = send(&server.archive, &list.ids, &format, &saved, |part| parts.send(part));
        if let Err(error) = sent {
            parts.fail(error);
        }
    })?;
    let mut answer = answer::file(kind, name, body);
    if unreadable > 0 {
        answer.headers_mut().insert(UNREADABLE, HeaderValue::from(unreadable));
    }
    Ok(if is_cut { answer::cut(answer) } else { answer })
}

/// Part by part: the history is never held for longer than one takes.
fn send(
    archive: &Archive,
    ids: &[AlertId],
    format: &Format,
    saved: &Saved,
    mut part: impl FnMut(Vec<u8>) -> bool,
) -> io::Result<()> {
    part(format.head.into());
    let mut is_first = true;
    for ids in ids.chunks(AT_ONCE) {
        let rows = archive.ask(|reader| reader.alerts_named(ids));
        let rows = rows.map_err(|_| io::Error::from(io::ErrorKind::Other))?;
        if !rows.is_empty() && !part((format.rows)(&rows, is_first, saved)) {
            break;
        }
        is_first &= rows.is_empty();
    }
    part(format.foot.into());
    Ok(())
}

/// Safe in spreadsheets, as the file of alerts is.
fn lines(rows: &[AlertRow], _: bool, _: &Saved) -> Vec<u8> {
    let alerts: Vec<Alert> = rows.iter().map(|row| row.alert.clone()).collect();
    csv_rows(&alerts)
}

fn items(rows: &[AlertRow], is_first: bool, saved: &Saved) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (place, one) in rows.iter().enumerate() {
        bytes.extend_from_slice(if is_first && place == 0 { b"\n" } else { b",\n" });
        // What is told has names for keys: there is nothing to fail.
        let _ = serde_json::to_writer(&mut bytes, &row(one, saved));
    }
    bytes
}

fn shape() -> Value {
    list(&named("Alert"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use netsift_history::{AlertsAsked, History, HistorySettings};

    use super::*;

    /// Alerts of a network that is attacked are told again all the time.
    #[test]
    fn what_is_told_again_between_two_parts_is_exported_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("h.db");
        let history = History::open(HistorySettings::new(&path)).unwrap();
        let many = AT_ONCE as i64 + 500;
        (0..many).for_each(|nanos| history.hand().alert(Alert::test(nanos)));
        assert!(history.flush(Duration::from_secs(60)));
        let archive = Archive::open(path).unwrap();
        let list = archive.ask(|reader| reader.alert_list(&AlertsAsked::default(), MOST_ROWS));
        let list = list.unwrap();
        let mut bytes = Vec::new();
        let written = send(&archive, &list.ids, &LIST, &Saved::in_folder(None), |part| {
            bytes.extend(part);
            // Both are the newest from now on: the last of the first part, and the last of all.
            for nanos in [500, 0] {
                let again = Alert { nanos: many + nanos, ..Alert::test(nanos) };
                history.hand().alert(again);
            }
            history.flush(Duration::from_secs(60))
        });
        written.unwrap();
        let told: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
        let ids: Vec<Value> = told.iter().map(|alert| alert["id"].clone()).collect();
        let expected = (0..many).rev().map(|nanos| Alert::test(nanos).id.to_string());
        assert_eq!(ids, expected.collect::<Vec<_>>());
    }
}
