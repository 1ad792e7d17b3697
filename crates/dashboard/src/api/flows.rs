//! Which flows there are.

use axum::response::Response;
use netsift_history::{FlowRow, FlowsAsked, Said, Volume};
use serde_json::{Value, json};

use super::alerts::{paged, peer};
use crate::answer::{self, Problem};
use crate::ask::{AFTER, Call, Kind, LIMIT, Parameter, SINCE, UNTIL};
use crate::route::Route;
use crate::shape::{level, list, millis, named, number, object, or_null, page, score, text, whole};
use crate::time::millis as in_millis;

pub(crate) const ROUTES: [Route; 1] =
    [Route::get("/api/v1/flows", "A page of flows, the newest first", &ASKED, pages, flows)];

const ASKED: [Parameter; 9] = [
    Parameter {
        name: "kept",
        kind: Kind::Word(&["verdicts", "flows"]),
        says: "Those of which something is said, or the others. Default: verdicts.",
    },
    SINCE,
    UNTIL,
    Parameter { name: "address", kind: Kind::Address, says: "The address of one of their ends." },
    Parameter { name: "port", kind: Kind::Whole(0, 65_535), says: "The port that was called." },
    Parameter { name: "class", kind: Kind::Text(200), says: "What they are said to be." },
    Parameter { name: "score", kind: Kind::Number(0.0, 100.0), says: "How bad they are at least." },
    LIMIT,
    AFTER,
];

fn flows(call: &Call) -> Result<Response, Problem> {
    let given = &call.given;
    let mut asked = FlowsAsked::default();
    asked.verdicts = given.text("kept") != Some("flows");
    asked.times = given.times();
    asked.address = given.parsed("address");
    asked.port = given.parsed("port");
    asked.class = given.text("class").map(str::to_owned);
    asked.score = given.parsed("score");
    asked.limit = given.limit();
    asked.after = given.parsed("after");
    let found = call.server.archive.ask(|reader| reader.flows(&asked))?;
    Ok(answer::json(&paged(&found, row)))
}

/// A flow as it is told.
pub(crate) fn row(row: &FlowRow) -> Value {
    let (flow, none) = (&row.flow, Said::default());
    let is_judged = flow.said.is_some();
    let said = flow.said.as_ref().unwrap_or(&none);
    json!({
        "id": row.id,
        "first": in_millis(flow.first),
        "last": in_millis(flow.last),
        "source": peer(&flow.source),
        "target": peer(&flow.target),
        "protocol": flow.protocol,
        "service": flow.service,
        "names": flow.names,
        "sent": volume(flow.sent),
        "received": volume(flow.received),
        "class": said.class,
        "probability": said.probability,
        "quantile": said.quantile,
        "score": is_judged.then_some(said.score),
        "level": said.level,
    })
}

fn volume(volume: Volume) -> Value {
    json!({ "packets": volume.packets, "bytes": volume.bytes })
}

pub(crate) fn shape() -> Value {
    object(json!({
        "id": whole(),
        "first": millis(),
        "last": millis(),
        "source": named("Peer"),
        "target": named("Peer"),
        "protocol": text(),
        "service": or_null(&text()),
        "names": list(&text()),
        "sent": named("Volume"),
        "received": named("Volume"),
        "class": or_null(&text()),
        "probability": or_null(&number()),
        "quantile": or_null(&number()),
        "score": or_null(&score()),
        "level": or_null(&level()),
    }))
}

fn pages() -> Value {
    page(&named("Flow"))
}
