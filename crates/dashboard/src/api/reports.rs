//! Captures that are uploaded, and what is found in them.

use std::fs::File;
use std::io;

use axum::body::Body;
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::StatusCode;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::answer::{self, Problem, Why};
use crate::ask::{Call, Kind, Parameter};
use crate::reports::{Report, Stage, Upload};
use crate::route::{Answering, Does, Route, Takes, Tells};
use crate::shape::{done, millis, object, or_null, rows, text, whole, word};
use crate::stream;
use crate::time::{millis as in_millis, now};

const PATH: &str = "/api/v1/reports";
const ONE: &str = "/api/v1/reports/{id}";
const ID: [Parameter; 1] = [Parameter { name: "id", kind: Kind::Alert, says: "Its name." }];
const NAME: [Parameter; 1] =
    [Parameter { name: "name", kind: Kind::Text(200), says: "The name of the capture." }];
/// Where none is told.
const NO_NAME: &str = "capture";

pub(crate) const ROUTES: [Route; 4] = [
    Route::get(PATH, "Reports of captures, the newest first", &[], shape, reports),
    Route {
        asked: &NAME,
        status: 202,
        does: Does::Receives(upload),
        ..Route::post(PATH, "Uploads a capture, to be reported of", Takes::File, made, reports)
    },
    Route {
        tells: Tells::Text("text/html; charset=utf-8"),
        ..Route::get(ONE, "A report that is done", &[], done, report)
    }
    .named(&ID),
    Route::delete(ONE, "Takes a report away", done, remove).named(&ID),
];

fn reports(call: &Call) -> Result<Response, Problem> {
    let rows: Vec<Value> = call.server.reports.all().iter().map(row).collect();
    Ok(answer::json(&json!({ "rows": rows })))
}

fn report(call: &Call) -> Result<Response, Problem> {
    let path = call.server.reports.page(call.given.text("id").unwrap_or_default())?;
    let page = File::open(path).map_err(|_| Problem::none("this report is no longer there"))?;
    answer::report(stream::file(call, page)?, &call.server.house.report_scripts())
}

fn remove(call: &Call) -> Result<Response, Problem> {
    let id = call.given.text("id").unwrap_or_default();
    call.server.reports.remove(id, |name| note(call, "removed", name))?;
    Ok(answer::json(&json!({ "ok": true })))
}

fn upload(call: Call, body: Body) -> Answering {
    Box::pin(async move {
        let upload = call.server.reports.begin(call.given.text("name").unwrap_or(NO_NAME))?;
        let seconds = u64::from(call.server.settings.limits.upload_seconds);
        let received = received(&upload, body);
        let bytes = timeout(std::time::Duration::from_secs(seconds), received).await;
        let late = |_| Problem::new(Why::TooLate, "the capture did not come in time");
        let bytes = bytes.map_err(late)??;
        tokio::task::spawn_blocking(move || kept(&call, upload, bytes))
            .await
            .map_err(|_| Problem::fault())?
    })
}

/// Writes what comes. Its length was said before, and nothing longer comes.
async fn received(upload: &Upload, mut body: Body) -> Result<u64, Problem> {
    let full = |_: io::Error| Problem::busy("the capture cannot be kept: the disk may be full");
    let file = netsift_alert::private_file().write(true).create_new(true).open(upload.path());
    let mut file = tokio::fs::File::from_std(file.map_err(full)?);
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::bad("the capture did not come whole"))?;
        let Ok(part) = frame.into_data() else { continue };
        bytes += part.len() as u64;
        file.write_all(&part).await.map_err(full)?;
    }
    file.flush().await.map_err(full)?;
    Ok(bytes)
}

fn kept(call: &Call, upload: Upload, bytes: u64) -> Result<Response, Problem> {
    let id = upload.keep(bytes, |name| note(call, "uploaded", name))?;
    let mut answer = answer::json(&json!({ "id": id }));
    *answer.status_mut() = StatusCode::ACCEPTED;
    Ok(answer)
}

/// Before it is done: what cannot be noted is not done.
fn note(call: &Call, what: &str, name: &str) -> Result<(), Problem> {
    call.server.archive.change(|desk| desk.note_change(call.name(), what, name, "", now()))
}

fn row(report: &Report) -> Value {
    json!({
        "id": report.id,
        "name": report.name,
        "bytes": report.bytes,
        "state": report.state,
        "error": report.error,
        "at": in_millis(report.nanos),
    })
}

fn shape() -> Value {
    let stages = [Stage::Waiting, Stage::Running, Stage::Done, Stage::Failed].map(Stage::name);
    rows(&object(json!({
        "id": text(),
        "name": text(),
        "bytes": whole(),
        "state": word(&stages),
        "error": or_null(&text()),
        "at": millis(),
    })))
}

fn made() -> Value {
    object(json!({ "id": text() }))
}
