//! What is not told for a while.

use axum::response::Response;
use netsift_alert::{Level, Silence};
use netsift_history::SilenceRecord;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::answer::{self, Problem};
use crate::ask::{Call, Kind, Parameter, unread};
use crate::route::{Route, Takes};
use crate::shape::{done, level, list, made, millis, object, short, text, whole};
use crate::time::{millis as in_millis, now};

const PATH: &str = "/api/v1/silences";
/// The number of a row.
pub(super) const NUMBER: [Parameter; 1] =
    [Parameter { name: "id", kind: Kind::Whole(1, i64::MAX as u64), says: "Its number." }];
/// The longest reason, in letters.
pub(super) const MOST_REASON: usize = 1_000;
const LEAST_SECONDS: u32 = 60;
/// A year: what is silent for longer is forgotten.
const MOST_SECONDS: u32 = 366 * 24 * 3_600;

pub(crate) const ROUTES: [Route; 3] = [
    Route::get(PATH, "What is not told for a while", &[], shape, silences),
    Route {
        status: 201,
        ..Route::post(PATH, "Silences something", Takes::Json(taken), made, silence)
    },
    Route::delete("/api/v1/silences/{id}", "Ends a silence", done, lift).named(&NUMBER),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    which: Value,
    /// JSON knows no whole numbers: some write `60.0`.
    seconds: f64,
    #[serde(default)]
    comment: String,
}

fn silences(call: &Call) -> Result<Response, Problem> {
    let found = call.server.archive.ask(|reader| reader.silences(now()))?;
    let rows: Vec<Value> = found.rows.iter().map(row).collect();
    Ok(answer::json(&json!({ "rows": rows, "unreadable": found.unreadable })))
}

fn silence(call: &Call) -> Result<Response, Problem> {
    let asked: Asked = call.body()?;
    let is_length = (f64::from(LEAST_SECONDS)..=f64::from(MOST_SECONDS)).contains(&asked.seconds);
    if !is_length || asked.seconds.fract() != 0.0 {
        return Err(Problem::bad("`seconds` must be from 60 to 31622400"));
    }
    let comment = reason(asked.comment)?;
    let now = now();
    let until = now.saturating_add(asked.seconds as i64 * 1_000_000_000);
    let silence =
        Silence { which: parts(asked.which)?, until, who: call.name().to_owned(), comment };
    let id = call.server.archive.change(|desk| desk.silence(&silence, now))?;
    Ok(answer::json(&json!({ "id": id })))
}

fn lift(call: &Call) -> Result<Response, Problem> {
    let id: i64 = call.given.parsed("id").unwrap_or_default();
    match call.server.archive.change(|desk| desk.lift(id, call.name(), now()))? {
        true => Ok(answer::json(&json!({ "ok": true }))),
        false => Err(Problem::none("there is no such silence")),
    }
}

/// What is meant, by its parts: those that do not matter are left out, so that none is left empty by mistake.
pub(super) fn parts<T: DeserializeOwned>(mut said: Value) -> Result<T, Problem> {
    let is_blank = |part: &Value| part.is_null() || part.as_array().is_some_and(Vec::is_empty);
    if said.as_object().is_none_or(|parts| parts.is_empty() || parts.values().any(is_blank)) {
        return Err(Problem::bad("say what is meant, and leave out what does not matter"));
    }
    said.as_object_mut().into_iter().flat_map(Map::values_mut).for_each(make_whole);
    serde_json::from_value(said).map_err(|error| unread(&error))
}

/// A number without a part behind its point is a whole one, however it is written.
fn make_whole(part: &mut Value) {
    let number = part.as_f64().filter(|it| part.is_f64() && it.fract() == 0.0);
    if let Some(number) = number.filter(|it| (0.0..1e15).contains(it)) {
        *part = json!(number as u64);
    }
}

/// Why somebody wants something, if he says so.
pub(super) fn reason(text: String) -> Result<String, Problem> {
    match text.chars().count() <= MOST_REASON {
        true => Ok(text),
        false => Err(Problem::bad("a reason has at most 1000 letters")),
    }
}

fn row(record: &SilenceRecord) -> Value {
    let silence = &record.silence;
    json!({
        "id": record.id,
        "since": in_millis(record.since),
        "until": in_millis(silence.until),
        "who": silence.who,
        "comment": silence.comment,
        "which": silence.which,
    })
}

fn shape() -> Value {
    let words = json!({ "type": "array", "items": text() });
    let which = json!({
        "at_least": level(),
        "at_most": level(),
        "what": words,
        "source": words,
        "target": words,
        "network": words,
        "rule": words,
        "id": words,
    });
    held(&object(json!({
        "id": whole(),
        "since": millis(),
        "until": millis(),
        "who": text(),
        "comment": text(),
        "which": crate::shape::some(&which, 0),
    })))
}

/// Rows that can be read, and the numbers of those that cannot, which can be lifted all the same.
pub(super) fn held(of: &Value) -> Value {
    object(json!({ "rows": list(of), "unreadable": list(&whole()) }))
}

fn taken() -> Value {
    let many = |of: Value| json!({ "type": "array", "items": of, "minItems": 1 });
    // Stars alone are everything.
    let pattern = json!({ "type": "string", "pattern": "[^*]", "minLength": 1, "maxLength": 128 });
    let network = many(network());
    let which = json!({
        "at_least": level(),
        "at_most": level(),
        "what": many(pattern.clone()),
        "source": network,
        "target": network,
        "network": network,
        "rule": many(pattern),
        "id": many(json!({ "type": "string", "pattern": "^[0-9a-f]{16}$" })),
    });
    // That an alert is of the lowest level at least, or of the highest at most, says nothing about it.
    let says_something = |(name, field): (&String, &Value)| {
        let levels = match name.as_str() {
            "at_least" => &Level::ALL[1..],
            "at_most" => &Level::ALL[..Level::ALL.len() - 1],
            _ => return json!({ "required": [name], "properties": { name: field } }),
        };
        let levels: Vec<_> = levels.iter().map(|level| level.name()).collect();
        json!({ "required": [name], "properties": { name: { "enum": levels } } })
    };
    let any: Vec<Value> = which.as_object().into_iter().flatten().map(says_something).collect();
    let mut which = crate::shape::some(&which, 1);
    which["anyOf"] = any.into();
    let seconds = json!({ "type": "integer", "minimum": LEAST_SECONDS, "maximum": MOST_SECONDS });
    let fields = json!({
        "which": which,
        "seconds": seconds,
        "comment": short(MOST_REASON),
    });
    let mut shape = object(fields);
    shape["required"] = json!(["which", "seconds"]);
    shape
}

/// An address, or a network by its first one.
pub(crate) fn network() -> Value {
    json!({ "anyOf": [
        { "type": "string", "format": "ipv4" },
        { "type": "string", "format": "ipv6" },
        { "type": "string", "pattern": "^(10|172)\\.0\\.0\\.0/(8|9|10|11|12|16|24|32)$",
            "description": "or any other network by its first address: 192.0.2.0/24" },
    ] })
}
