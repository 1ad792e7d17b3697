//! Which alerts there are.

use axum::response::Response;
use netsift_alert::Peer;
use netsift_history::{
    Acknowledgement, AlertGroup, AlertRow, AlertSort, AlertsAsked, Group, Page, Total,
};
use serde_json::{Value, json};

use super::alert::Saved;
use crate::answer::{self, Problem};
use crate::ask::{AFTER, Call, Given, Kind, LIMIT, Parameter, SINCE, UNTIL};
use crate::route::Route;
use crate::shape::{
    LEVELS, flag, level, list, millis, named, number, object, or_null, page, rows, score, text,
    whole,
};
use crate::time::millis as in_millis;

pub(crate) const ROUTES: [Route; 2] = [
    Route::get("/api/v1/alerts", "A page of alerts", &ASKED, pages, alerts),
    Route::get(
        "/api/v1/alerts/groups",
        "Alerts by what they have in common, the largest groups first",
        &GROUPS,
        groups_shape,
        groups,
    ),
];

const ASKED: [Parameter; 10] =
    [SINCE, UNTIL, LEVEL, WHAT, NETWORK, TEXT, ACKNOWLEDGED, SORT, LIMIT, AFTER];
/// What exports take: all but pages.
pub(super) const FILTERS: [Parameter; 8] =
    [SINCE, UNTIL, LEVEL, WHAT, NETWORK, TEXT, ACKNOWLEDGED, SORT];

const LEVEL: Parameter =
    Parameter { name: "level", kind: Kind::Word(&LEVELS), says: "How bad they are at least." };
const WHAT: Parameter =
    Parameter { name: "what", kind: Kind::Text(200), says: "What they are, exactly." };
const NETWORK: Parameter = Parameter {
    name: "network",
    kind: Kind::Network,
    says: "Where one of their ends is: an address, or a network like 192.0.2.0/24.",
};
const TEXT: Parameter =
    Parameter { name: "text", kind: Kind::Text(64), says: "A text that is somewhere in them." };
const ACKNOWLEDGED: Parameter = Parameter {
    name: "acknowledged",
    kind: Kind::Flag,
    says: "Whether somebody has acknowledged them. Default: either.",
};
const SORT: Parameter = Parameter {
    name: "sort",
    kind: Kind::Word(&["newest", "oldest", "worst", "most"]),
    says: "Which come first. Default: the newest.",
};
const GROUPS: [Parameter; 4] = [
    Parameter {
        name: "by",
        kind: Kind::Word(&["what", "source", "target"]),
        says: "What they have in common. Default: what they are.",
    },
    SINCE,
    UNTIL,
    LIMIT,
];

fn alerts(call: &Call) -> Result<Response, Problem> {
    let found = call.server.archive.ask(|reader| reader.alerts(&asked(&call.given)))?;
    let saved = Saved::by(&call.server);
    Ok(answer::json(&paged(&found, |found| row(found, &saved))))
}

/// What a query asks for.
pub(super) fn asked(given: &Given) -> AlertsAsked {
    let mut asked = AlertsAsked::default();
    asked.times = given.times();
    asked.level = given.level("level");
    asked.what = given.text("what").map(str::to_owned);
    asked.network = given.parsed("network");
    asked.text = given.text("text").map(str::to_owned);
    asked.acknowledged = given.parsed("acknowledged");
    asked.sort = match given.text("sort") {
        Some("oldest") => AlertSort::Oldest,
        Some("worst") => AlertSort::Worst,
        Some("most") => AlertSort::Most,
        _ => AlertSort::Newest,
    };
    asked.limit = given.limit();
    asked.after = given.parsed("after");
    asked
}

/// A page of rows.
pub(super) fn paged<T>(page: &Page<T>, row: impl Fn(&T) -> Value) -> Value {
    let Total { counted, is_more } = page.total;
    json!({
        "rows": page.rows.iter().map(row).collect::<Vec<_>>(),
        "unreadable": page.unreadable,
        "total": { "counted": counted, "is_more": is_more },
        "next": page.next.map(|key| key.to_string()),
    })
}

fn groups(call: &Call) -> Result<Response, Problem> {
    let by = match call.given.text("by") {
        Some("source") => Group::Source,
        Some("target") => Group::Target,
        _ => Group::What,
    };
    let (times, limit) = (call.given.times(), call.given.limit());
    let found = call.server.archive.ask(|reader| reader.alert_groups(by, times, limit))?;
    let group =
        |it: &AlertGroup| json!({ "name": it.name, "alerts": it.alerts, "count": it.count });
    Ok(answer::json(&json!({ "rows": found.iter().map(group).collect::<Vec<_>>() })))
}

/// An alert as it is told: with packets if they are found here, whatever the history says.
pub(crate) fn row(row: &AlertRow, saved: &Saved) -> Value {
    let alert = &row.alert;
    let acknowledged = |it: &Acknowledgement| json!({ "at": in_millis(it.nanos), "who": it.who });
    json!({
        "id": alert.id,
        "at": in_millis(alert.nanos),
        "first": in_millis(alert.first),
        "count": alert.count,
        "level": alert.level,
        "score": alert.score,
        "host": alert.host,
        "what": alert.what,
        "source": alert.source.as_ref().map(peer),
        "target": alert.target.as_ref().map(peer),
        "protocol": alert.protocol,
        "service": alert.service,
        "names": alert.names,
        "terms": alert.terms,
        "reasons": alert.reasons,
        "evidence": alert.evidence,
        "packets": saved.found(alert).is_some(),
        "action": alert.action,
        "rule": alert.rule,
        "acknowledged": row.acknowledged.as_ref().map(acknowledged),
        "comments": row.comments,
    })
}

pub(super) fn peer(peer: &Peer) -> Value {
    json!({ "address": peer.address, "port": peer.port })
}

pub(crate) fn shape() -> Value {
    let term = object(json!({ "of": text(), "says": text(), "risk": number() }));
    let acknowledged = object(json!({ "at": millis(), "who": text() }));
    object(json!({
        "id": { "type": "string", "pattern": "^[0-9a-f]{16}$" },
        "at": millis(),
        "first": millis(),
        "count": whole(),
        "level": level(),
        "score": score(),
        "host": or_null(&score()),
        "what": text(),
        "source": or_null(&named("Peer")),
        "target": or_null(&named("Peer")),
        "protocol": or_null(&text()),
        "service": or_null(&text()),
        "names": list(&text()),
        "terms": list(&term),
        "reasons": list(&text()),
        "evidence": list(&text()),
        "packets": flag(),
        "action": text(),
        "rule": text(),
        "acknowledged": or_null(&acknowledged),
        "comments": whole(),
    }))
}

fn pages() -> Value {
    page(&named("Alert"))
}

fn groups_shape() -> Value {
    rows(&object(json!({ "name": text(), "alerts": whole(), "count": whole() })))
}
