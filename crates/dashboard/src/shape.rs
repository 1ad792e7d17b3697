//! The shapes of what is told and taken, as JSON Schema: each stands beside what makes it, and tests hold one against the
//! other.

use serde_json::{Map, Value, json};

/// Makes the shape of something.
pub(crate) type Shape = fn() -> Value;

pub(crate) fn text() -> Value {
    json!({ "type": "string" })
}

/// A text of so many letters at most.
pub(crate) fn short(most: usize) -> Value {
    json!({ "type": "string", "maxLength": most })
}

pub(crate) fn flag() -> Value {
    json!({ "type": "boolean" })
}

pub(crate) fn number() -> Value {
    json!({ "type": "number" })
}

pub(crate) fn whole() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// A time: milliseconds since 1970.
pub(crate) fn millis() -> Value {
    json!({ "type": "number", "description": "milliseconds since 1970" })
}

pub(crate) fn word(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

pub(crate) fn level() -> Value {
    word(&LEVELS)
}

/// How bad something is, as files and people write it.
pub(crate) const LEVELS: [&str; 4] = ["low", "medium", "high", "critical"];

pub(crate) fn score() -> Value {
    json!({ "type": "number", "minimum": 0, "maximum": 100 })
}

pub(crate) fn or_null(shape: &Value) -> Value {
    json!({ "anyOf": [shape, { "type": "null" }] })
}

pub(crate) fn list(of: &Value) -> Value {
    json!({ "type": "array", "items": of })
}

/// One of the shapes that have a name.
pub(crate) fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An object that has all of these, and nothing else.
pub(crate) fn object(fields: Value) -> Value {
    let names: Vec<String> = fields.as_object().into_iter().flat_map(Map::keys).cloned().collect();
    json!({ "type": "object", "properties": fields, "required": names, "additionalProperties": false })
}

/// An object that may have some of these, and nothing else.
pub(crate) fn some(fields: &Value, least: usize) -> Value {
    let kind = "object";
    json!({ "type": kind, "properties": fields, "minProperties": least, "additionalProperties": false })
}

/// Rows.
pub(crate) fn rows(of: &Value) -> Value {
    object(json!({ "rows": list(of) }))
}

/// A page of rows.
pub(crate) fn page(of: &Value) -> Value {
    let total = object(json!({ "counted": whole(), "is_more": flag() }));
    let unreadable = whole();
    object(
        json!({ "rows": list(of), "unreadable": unreadable, "total": total, "next": or_null(&text()) }),
    )
}

/// That it was done.
pub(crate) fn done() -> Value {
    object(json!({ "ok": flag() }))
}

/// That it was made, under this number.
pub(crate) fn made() -> Value {
    object(json!({ "id": whole() }))
}

/// Shapes that have a name.
pub(crate) fn all_named() -> Value {
    json!({
        "Error": error(),
        "Peer": object(json!({ "address": text(), "port": or_null(&whole()) })),
        "Volume": object(json!({ "packets": whole(), "bytes": whole() })),
        "Ranked": ranked(),
        "Alert": crate::api::alerts::shape(),
        "Flow": crate::api::flows::shape(),
    })
}

fn error() -> Value {
    let said = object(json!({ "code": text(), "message": text() }));
    object(json!({ "error": said }))
}

fn ranked() -> Value {
    object(json!({ "name": text(), "flows": whole(), "packets": whole(), "bytes": whole() }))
}
