//! What there was most of.

use axum::response::Response;
use netsift_history::{Ranked, Top};
use serde_json::{Value, json};

use crate::answer::{self, Problem};
use crate::ask::{Call, Kind, LIMIT, Parameter, SINCE, UNTIL};
use crate::route::Route;
use crate::shape::{list, millis as in_millis, named, object, or_null};
use crate::time::millis;

pub(crate) const ROUTES: [Route; 1] = [Route::get(
    "/api/v1/top",
    "What there was most of, by bytes, and which whole hours (of talkers) or minutes that covers",
    &ASKED,
    shape,
    top,
)];

const ASKED: [Parameter; 4] = [
    Parameter {
        name: "of",
        kind: Kind::Word(&["sources", "targets", "protocols", "classes"]),
        says: "Of what. Default: sources.",
    },
    SINCE,
    UNTIL,
    LIMIT,
];

fn top(call: &Call) -> Result<Response, Problem> {
    let of = match call.given.text("of") {
        Some("targets") => Top::Targets,
        Some("protocols") => Top::Protocols,
        Some("classes") => Top::Classes,
        _ => Top::Sources,
    };
    let (times, limit) = (call.given.times(), call.given.limit());
    let found = call.server.archive.ask(|reader| reader.top(of, times, limit))?;
    let covers = of.covers(times);
    Ok(answer::json(&json!({
        "rows": found.iter().map(ranked).collect::<Vec<_>>(),
        "covers": { "since": covers.since.map(millis), "until": covers.until.map(millis) },
    })))
}

/// Something, and how much there was of it.
pub(super) fn ranked(ranked: &Ranked) -> Value {
    json!({
        "name": ranked.name,
        "flows": ranked.flows,
        "packets": ranked.volume.packets,
        "bytes": ranked.volume.bytes,
    })
}

fn shape() -> Value {
    let time = or_null(&in_millis());
    let covers = object(json!({ "since": time, "until": time }));
    object(json!({ "rows": list(&named("Ranked")), "covers": covers }))
}
