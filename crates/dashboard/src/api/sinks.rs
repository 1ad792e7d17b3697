//! Who is told.

use axum::response::Response;
use serde_json::{Value, json};

use crate::SinkState;
use crate::answer::{self, Problem};
use crate::ask::{Call, Kind, Parameter};
use crate::route::{Does, Route, Takes};
use crate::shape::{flag, list, millis, object, or_null, text, whole};
use crate::time::{millis as in_millis, now};

const NAME: [Parameter; 1] =
    [Parameter { name: "name", kind: Kind::Text(200), says: "Which one." }];

pub(crate) const ROUTES: [Route; 2] = [
    Route::get("/api/v1/sinks", "Who is told of alerts, and how that goes", &[], shape, sinks),
    Route {
        does: Does::Works(test),
        ..Route::post(
            "/api/v1/sinks/{name}/test",
            "Sends a test alert",
            Takes::Nothing,
            test_shape,
            test,
        )
    }
    .named(&NAME),
];

fn sinks(call: &Call) -> Result<Response, Problem> {
    let sinks = call.server.house.sinks();
    let rows: Vec<Value> = sinks.iter().flatten().map(row).collect();
    Ok(answer::json(&json!({ "runs_here": sinks.is_some(), "rows": rows })))
}

fn test(call: &Call) -> Result<Response, Problem> {
    let (server, name) = (&call.server, call.given.text("name").unwrap_or_default());
    if !server.house.sinks().iter().flatten().any(|sink| sink.name == name) {
        return Err(Problem::none("there is no such sink"));
    }
    let note = |what: &str, detail: &str| {
        let subject = format!("sink {name}");
        server.archive.change(|desk| desk.note_change(call.name(), what, &subject, detail, now()))
    };
    // What cannot be noted is not done; how it went is noted if it can be.
    note("tests", "")?;
    let error = server.house.test_sink(name).err();
    let _ = note("tested", error.as_deref().unwrap_or("arrived"));
    Ok(answer::json(&json!({ "ok": error.is_none(), "error": error })))
}

fn row(sink: &SinkState) -> Value {
    json!({
        "name": sink.name,
        "handed": sink.handed,
        "limited": sink.limited,
        "overflowed": sink.overflowed,
        "unwritten": sink.unwritten,
        "delivered": sink.delivered,
        "partly": sink.partly,
        "dead": sink.dead,
        "waiting": sink.waiting,
        "bytes": sink.bytes,
        "failures": sink.failures,
        "is_failing": sink.is_failing,
        "last_error": sink.last_error,
        "last_failure": sink.last_failure.map(in_millis),
        "last_success": sink.last_success.map(in_millis),
    })
}

fn shape() -> Value {
    let row = object(json!({
        "name": text(),
        "handed": whole(),
        "limited": whole(),
        "overflowed": whole(),
        "unwritten": whole(),
        "delivered": whole(),
        "partly": whole(),
        "dead": whole(),
        "waiting": whole(),
        "bytes": whole(),
        "failures": whole(),
        "is_failing": flag(),
        "last_error": or_null(&text()),
        "last_failure": or_null(&millis()),
        "last_success": or_null(&millis()),
    }));
    object(json!({ "runs_here": flag(), "rows": list(&row) }))
}

fn test_shape() -> Value {
    object(json!({ "ok": flag(), "error": or_null(&text()) }))
}
