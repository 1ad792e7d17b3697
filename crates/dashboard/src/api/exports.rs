//! Alerts as files for other programs.

use std::io;
use std::sync::Arc;

use axum::body::Body;
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
/// What a file holds at most.
const MOST_ROWS: usize = 100_000;
const AT_ONCE: usize = 1_000;

pub(crate) const ROUTES: [Route; 2] = [
    Route {
        tells: Tells::Text(CSV),
        ..Route::get("/api/v1/alerts.csv", "Up to 100,000 alerts as a table", &FILTERS, shape, csv)
    },
    Route::get("/api/v1/alerts.json", "Up to 100,000 alerts as a list", &FILTERS, shape, json),
];

/// How alerts become bytes.
struct Format {
    head: &'static str,
    rows: fn(&[AlertRow], bool) -> Vec<u8>,
    foot: &'static str,
}

const TABLE: Format = Format { head: CSV_HEAD, rows: lines, foot: "" };
const LIST: Format = Format { head: "[", rows: items, foot: "\n]\n" };

fn csv(call: &Call) -> Result<Response, Problem> {
    Ok(answer::file(CSV, "alerts.csv", exported(call, TABLE)?))
}

fn json(call: &Call) -> Result<Response, Problem> {
    Ok(answer::file("application/json", "alerts.json", exported(call, LIST)?))
}

fn exported(call: &Call, format: Format) -> Result<Body, Problem> {
    let (server, wanted) = (Arc::clone(&call.server), asked(&call.given));
    stream::made(&call.server, move |parts| {
        if let Err(error) = send(&server, wanted, &format, parts) {
            parts.fail(error);
        }
    })
}

/// Page after page: the history is never held for longer than one takes.
fn send(
    server: &Server,
    mut wanted: AlertsAsked,
    format: &Format,
    parts: &Parts,
) -> io::Result<()> {
    wanted.limit = AT_ONCE;
    parts.send(format.head);
    for turn in 0..MOST_ROWS / AT_ONCE {
        let page = server.archive.ask(|reader| reader.alerts(&wanted));
        let page = page.map_err(|_| io::Error::from(io::ErrorKind::Other))?;
        let is_read = page.rows.is_empty() || parts.send((format.rows)(&page.rows, turn == 0));
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
