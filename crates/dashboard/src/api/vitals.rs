//! How detection goes.

use axum::response::Response;
use serde_json::{Value, json};

use crate::answer::{self, Problem};
use crate::ask::{Call, Kind, Parameter};
use crate::route::Route;
use crate::shape::{list, millis, number, object, or_null, text, whole};

pub(crate) const ROUTES: [Route; 1] =
    [Route::get("/api/v1/vitals", "How detection goes, second by second", &ASKED, shape, vitals)];

const ASKED: [Parameter; 1] = [Parameter {
    name: "seconds",
    kind: Kind::Whole(1, 3_600),
    says: "How many of the last seconds. Default: 900.",
}];

fn vitals(call: &Call) -> Result<Response, Problem> {
    Ok(answer::json(&call.server.board.told(call.given.parsed("seconds").unwrap_or(900))))
}

fn shape() -> Value {
    object(json!({
        "now": millis(),
        "began": or_null(&millis()),
        "rows": list(&second()),
        "totals": totals(),
        "strangeness": object(json!({ "bins": list(&whole()), "threshold": or_null(&number()) })),
    }))
}

fn second() -> Value {
    object(json!({
        "at": millis(),
        "packets": number(),
        "bytes": number(),
        "flows": number(),
        "alerts": number(),
        "dropped": number(),
        "batches_waiting": whole(),
        "batches_room": whole(),
        "flows_waiting": whole(),
        "resident": or_null(&whole()),
    }))
}

fn totals() -> Value {
    object(json!({
        "packets": whole(),
        "bytes": whole(),
        "flows": whole(),
        "alerts": whole(),
        "kernel_drops": or_null(&whole()),
        "interface_drops": or_null(&whole()),
        "queue_drops": whole(),
        "history": or_null(&history()),
    }))
}

fn history() -> Value {
    object(json!({ "lost": whole(), "waiting": whole(), "trouble": or_null(&text()) }))
}
