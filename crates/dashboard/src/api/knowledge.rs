//! What decides, and the settings that are in use.

use axum::response::Response;
use serde_json::{Value, json};

use crate::InUse;
use crate::answer::{self, Problem};
use crate::ask::Call;
use crate::route::Route;
use crate::shape::{list, millis, number, object, or_null, text, whole};
use crate::time::millis as in_millis;

pub(crate) const ROUTES: [Route; 2] = [
    Route::get("/api/v1/knowledge", "Models, lists and rules that decide", &[], shape, knowledge),
    Route::get(
        "/api/v1/settings",
        "The settings that are in use, secrets hidden",
        &[],
        settings_shape,
        settings,
    ),
];

fn knowledge(call: &Call) -> Result<Response, Problem> {
    Ok(answer::json(&call.server.house.knowledge()))
}

fn settings(call: &Call) -> Result<Response, Problem> {
    let server = &call.server;
    let limits = serde_json::to_value(server.settings.limits).map_err(|_| Problem::fault())?;
    let InUse { settings, since } = server.house.settings();
    Ok(answer::json(
        &json!({ "settings": settings, "as_of": since.map(in_millis), "limits": limits }),
    ))
}

fn shape() -> Value {
    let metric = object(json!({ "name": text(), "value": or_null(&number()) }));
    let points = list(&list(&or_null(&number())));
    let curve = object(json!({ "name": text(), "x": text(), "y": text(), "points": points }));
    let drift = object(json!({ "rows": whole(), "level": text(), "columns": list(&metric) }));
    let model = object(json!({
        "name": text(),
        "what": text(),
        "classes": list(&text()),
        "columns": list(&text()),
        "card": text(),
        "metrics": list(&metric),
        "curves": list(&curve),
        "threshold": or_null(&number()),
        "drift": or_null(&drift),
    }));
    let of_list = object(json!({
        "name": text(),
        "level": text(),
        "loaded": whole(),
        "skipped": whole(),
        "reasons": list(&text()),
    }));
    object(json!({
        "models": list(&model),
        "lists": list(&of_list),
        "policy": or_null(&text()),
    }))
}

fn settings_shape() -> Value {
    object(json!({
        "settings": {},
        "as_of": or_null(&millis()),
        "limits": { "type": "object", "additionalProperties": whole() },
    }))
}
