//! How bad hosts were, and what one had to do with.

use std::net::IpAddr;

use axum::response::Response;
use netsift_alert::Network;
use netsift_history::{AlertsAsked, FlowsAsked, Ranked};
use serde_json::{Value, json};

use super::alert::Saved;
use super::top::ranked;
use super::{alerts, flows};
use crate::answer::{self, Problem};
use crate::ask::{Call, Kind, LIMIT, Parameter, SINCE, UNTIL};
use crate::route::Route;
use crate::shape::{flag, list, millis, named, object, rows, score, text};
use crate::time::millis as in_millis;

pub(crate) const ROUTES: [Route; 2] = [
    Route::get("/api/v1/hosts", "Hosts by how bad they were", &[SINCE, UNTIL, LIMIT], shape, hosts),
    Route::get(
        "/api/v1/hosts/{address}",
        "A host: its scores over time, and what it had to do with",
        &[SINCE, UNTIL],
        host_shape,
        host,
    )
    .named(&ADDRESS),
];

const ADDRESS: [Parameter; 1] =
    [Parameter { name: "address", kind: Kind::Address, says: "Which one." }];
/// A week of minutes.
const MOST_SCORES: usize = 10_000;
/// What is shown of its alerts and flows.
const LAST: usize = 20;

fn hosts(call: &Call) -> Result<Response, Problem> {
    let (times, limit) = (call.given.times(), call.given.limit());
    let found = call.server.archive.ask(|reader| reader.worst_hosts(times, limit))?;
    let rows = found
        .iter()
        .map(|it| json!({ "address": it.address, "score": it.score, "at": in_millis(it.nanos) }));
    Ok(answer::json(&json!({ "rows": rows.collect::<Vec<_>>() })))
}

fn host(call: &Call) -> Result<Response, Problem> {
    let address: Option<IpAddr> = call.given.parsed("address");
    let address = address.ok_or_else(|| Problem::none("there is no such host"))?;
    let times = call.given.times();
    let mut alerts_asked = AlertsAsked::default();
    alerts_asked.times = times;
    alerts_asked.network = Some(Network::from(address));
    alerts_asked.limit = LAST;
    let mut flows_asked = FlowsAsked::default();
    flows_asked.times = times;
    flows_asked.address = Some(address);
    flows_asked.limit = LAST;
    let saved = Saved::by(&call.server);
    let told = call.server.archive.ask(|reader| {
        let scores = reader.host_scores(address, times, MOST_SCORES)?;
        let scores =
            scores.iter().map(|it| json!({ "at": in_millis(it.nanos), "score": it.score }));
        let seen = reader.host(address, times)?;
        let all = |of: &[Ranked]| of.iter().map(ranked).collect::<Vec<_>>();
        let alerts = reader.alerts(&alerts_asked)?.rows;
        let flows = reader.flows(&flows_asked)?.rows;
        Ok(json!({
            "address": address,
            "scores": scores.collect::<Vec<_>>(),
            "peers": all(&seen.peers),
            "ports": all(&seen.ports),
            "classes": all(&seen.classes),
            "is_more": seen.is_more,
            "alerts": alerts.iter().map(|it| alerts::row(it, &saved)).collect::<Vec<_>>(),
            "flows": flows.iter().map(flows::row).collect::<Vec<_>>(),
        }))
    })?;
    Ok(answer::json(&told))
}

fn shape() -> Value {
    rows(&object(json!({ "address": text(), "score": score(), "at": millis() })))
}

fn host_shape() -> Value {
    let ranked = list(&named("Ranked"));
    object(json!({
        "address": text(),
        "scores": list(&object(json!({ "at": millis(), "score": score() }))),
        "peers": ranked,
        "ports": ranked,
        "classes": ranked,
        "is_more": flag(),
        "alerts": list(&named("Alert")),
        "flows": list(&named("Flow")),
    }))
}
