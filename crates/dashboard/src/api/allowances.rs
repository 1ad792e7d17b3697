//! What is allowed, whatever models and lists say of it.

use axum::response::Response;
use netsift_detect::lists::{AllowEntry, AllowList};
use netsift_history::{Allowance, Held, Reader};
use serde::Deserialize;
use serde_json::{Value, json};

use super::silences::{MOST_REASON, NUMBER, held, network, parts, reason};
use crate::answer::{self, Problem};
use crate::ask::Call;
use crate::route::{Route, Takes};
use crate::shape::{done, made, millis, object, short, some, text, whole};
use crate::time::{millis as in_millis, now};

const PATH: &str = "/api/v1/allowances";

pub(crate) const ROUTES: [Route; 3] = [
    Route::get(PATH, "What somebody has allowed", &[], shape, allowances),
    Route { status: 201, ..Route::post(PATH, "Allows something", Takes::Json(taken), made, allow) },
    Route::delete("/api/v1/allowances/{id}", "Takes back what was allowed", done, disallow)
        .named(&NUMBER),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    entry: Value,
    #[serde(default)]
    comment: String,
}

fn allowances(call: &Call) -> Result<Response, Problem> {
    let Held { rows, mut unreadable, .. } = call.server.archive.ask(Reader::allowances)?;
    let mut told = Vec::new();
    for allowance in &rows {
        match sound(&allowance.entry) {
            Some(entry) => told.push(row(allowance, &entry)),
            None => unreadable.push(allowance.id),
        }
    }
    Ok(answer::json(&json!({ "rows": told, "unreadable": unreadable })))
}

fn allow(call: &Call) -> Result<Response, Problem> {
    let asked: Asked = call.body()?;
    let comment = reason(asked.comment)?;
    // Whoever judges would refuse it later, and nobody would hear of it.
    let entry: AllowEntry = parts(asked.entry)?;
    let checked = AllowList::new([entry.clone()]);
    checked
        .map_err(|error| Problem::bad(netsift_alert::printable(&error.to_string()).into_owned()))?;
    let entry = serde_json::to_string(&entry).map_err(|_| Problem::fault())?;
    let id = call.server.archive.change(|desk| desk.allow(&entry, call.name(), &comment, now()))?;
    Ok(answer::json(&json!({ "id": id })))
}

fn disallow(call: &Call) -> Result<Response, Problem> {
    let id: i64 = call.given.parsed("id").unwrap_or_default();
    match call.server.archive.change(|desk| desk.disallow(id, call.name(), now()))? {
        true => Ok(answer::json(&json!({ "ok": true }))),
        false => Err(Problem::none("there is no such allowance")),
    }
}

/// Another program may have written what is none, or what nobody takes up.
fn sound(entry: &str) -> Option<AllowEntry> {
    let entry: AllowEntry = serde_json::from_str(entry).ok()?;
    AllowList::new([entry.clone()]).is_ok().then_some(entry)
}

fn row(allowance: &Allowance, entry: &AllowEntry) -> Value {
    json!({
        "id": allowance.id,
        "since": in_millis(allowance.since),
        "who": allowance.who,
        "comment": allowance.comment,
        "entry": entry,
    })
}

fn shape() -> Value {
    let mut fields = ENTRY.iter().map(|name| ((*name).to_owned(), text())).collect::<Value>();
    fields["port"] = whole();
    held(&object(json!({
        "id": whole(),
        "since": millis(),
        "who": text(),
        "comment": text(),
        "entry": some(&fields, 0),
    })))
}

const ENTRY: [&str; 7] =
    ["network", "source", "destination", "protocol", "domain", "class", "note"];
const PROTOCOLS: [&str; 8] = ["tcp", "udp", "icmp", "icmpv6", "sctp", "gre", "esp", "ah"];

fn taken() -> Value {
    let entry = json!({
        "network": network(),
        "source": network(),
        "destination": network(),
        "port": { "type": "integer", "minimum": 0, "maximum": 65_535 },
        "protocol": crate::shape::word(&PROTOCOLS),
        "domain": { "type": "string", "pattern": "^(\\*\\.)?[a-z]{1,20}\\.[a-z]{2,10}$" },
        "class": { "type": "string", "minLength": 1 },
    });
    let fields = json!({ "entry": some(&entry, 1), "comment": short(MOST_REASON) });
    let mut shape = object(fields);
    shape["required"] = json!(["entry"]);
    shape
}
