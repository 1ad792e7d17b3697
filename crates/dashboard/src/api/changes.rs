//! Who changed what.

use axum::response::Response;
use netsift_history::Change;
use serde_json::{Value, json};

use crate::answer::{self, Problem};
use crate::ask::{Call, LIMIT};
use crate::route::Route;
use crate::shape::{millis, object, rows, text};
use crate::time::millis as in_millis;

pub(crate) const ROUTES: [Route; 1] =
    [Route::get("/api/v1/changes", "Who changed what, the last first", &[LIMIT], shape, changes)];

fn changes(call: &Call) -> Result<Response, Problem> {
    let limit = call.given.limit();
    let found = call.server.archive.ask(|reader| reader.changes(limit))?;
    Ok(answer::json(&json!({ "rows": found.iter().map(row).collect::<Vec<_>>() })))
}

fn row(change: &Change) -> Value {
    json!({
        "at": in_millis(change.nanos),
        "who": change.who,
        "what": change.what,
        "subject": change.subject,
        "detail": change.detail,
    })
}

fn shape() -> Value {
    let change = json!({
        "at": millis(),
        "who": text(),
        "what": text(),
        "subject": text(),
        "detail": text(),
    });
    rows(&object(change))
}
