//! Alerts as files for other programs.

use std::io;
use std::sync::Arc;

use axum::response::Response;
use netsift_alert::Alert;
use netsift_alert::sinks::{CSV_HEAD, csv_rows};
use netsift_history::{AlertRow, AlertsAsked};
use serde_json::Value;

use super::alerts::{FILTERS, asked, row};
use crate::answer::{self, Problem};
use crate::ask::Call;
use crate::route::{Route, Tells};
use crate::server::Server;
use crate::shape::{list, named};
use crate::stream::{self, Parts};

const CSV: &str = "text/csv; charset=utf-8";
const JSON: &str = "application/json";
/// What a file holds at most.
const MOST_ROWS: usize = 100_000;
const AT_ONCE: usize = 1_000;
const AS_TABLE: &str =
    "Up to 100,000 alerts as a table; the header `X-Netsift-Cut: true` says that there are more";
const AS_LIST: &str =
    "Up to 100,000 alerts as a list; the header `X-Netsift-Cut: true` says that there are more";

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
    rows: fn(&[AlertRow], bool) -> Vec<u8>,
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

/// So many rows at most. Formats have no place for a hint that there are more: the head of the answer has.
fn exported(call: &Call, format: Format, most: usize) -> Result<Response, Problem> {
    let (server, wanted) = (Arc::clone(&call.server), asked(&call.given));
    let is_cut = server.archive.ask(|reader| reader.are_more_alerts(&wanted, most as u64))?;
    let (kind, name) = (format.kind, format.name);
    let body = stream::made(&call.server, move |parts| {
        if let Err(error) = send(&server, wanted, &format, most, parts) {
            parts.fail(error);
        }
    })?;
    let answer = answer::file(kind, name, body);
    Ok(if is_cut { answer::cut(answer) } else { answer })
}

/// Page after page: the history is never held for longer than one takes.
fn send(
    server: &Server,
    mut wanted: AlertsAsked,
    format: &Format,
    most: usize,
    parts: &Parts,
) -> io::Result<()> {
    wanted.limit = AT_ONCE;
    parts.send(format.head);
    let mut is_first = true;
    for _ in 0..most / AT_ONCE {
        let page = server.archive.ask(|reader| reader.alerts(&wanted));
        let page = page.map_err(|_| io::Error::from(io::ErrorKind::Other))?;
        let is_read = page.rows.is_empty() || parts.send((format.rows)(&page.rows, is_first));
        is_first &= page.rows.is_empty();
        wanted.after = page.next;
        if page.next.is_none() || !is_read {
            break;
        }
    }
    parts.send(format.foot);
    Ok(())
}

/// Safe in spreadsheets, as the file of alerts is.
fn lines(rows: &[AlertRow], _: bool) -> Vec<u8> {
    let alerts: Vec<Alert> = rows.iter().map(|row| row.alert.clone()).collect();
    csv_rows(&alerts)
}

fn items(rows: &[AlertRow], is_first: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (place, one) in rows.iter().enumerate() {
        bytes.extend_from_slice(if is_first && place == 0 { b"\n" } else { b",\n" });
        // What is told has names for keys: there is nothing to fail.
        let _ = serde_json::to_writer(&mut bytes, &row(one));
    }
    bytes
}

fn shape() -> Value {
    list(&named("Alert"))
}
