//! What templates may say of alerts.

use super::facts::list;
use super::time::rfc3339;
use super::{Batch, clean};
use crate::{Alert, Form};

/// The most bytes that a field says: messages are for people, and what is long is in the alert itself.
const MAX_FIELD: usize = 2_000;

/// A word of templates.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// Whether it is JSON already, and goes into a template of JSON as it is.
    pub(super) is_json: bool,
    pub(super) of: fn(&Batch<'_>) -> String,
}

const fn text(name: &'static str, of: fn(&Batch<'_>) -> String) -> Field {
    Field { name, is_json: false, of }
}

const fn json(name: &'static str, of: fn(&Batch<'_>) -> String) -> Field {
    Field { name, is_json: true, of }
}

/// All of them. What is not of all alerts is of the worst.
pub(super) const FIELDS: &[Field] = &[
    text("title", title),
    text("id", |it| it.worst.id.to_string()),
    text("level", |it| it.worst.level.to_string()),
    text("score", |it| {
        format!("{:.0}", Some(it.worst.score).filter(|it| it.is_finite()).unwrap_or(0.0))
    }),
    text("what", |it| clean(&it.worst.what, MAX_FIELD)),
    text("source", |it| it.worst.source.map_or_else(String::new, |peer| peer.to_string())),
    text("target", |it| it.worst.target.map_or_else(String::new, |peer| peer.to_string())),
    text("source_address", |it| {
        it.worst.source.map_or_else(String::new, |peer| peer.address.to_string())
    }),
    text("target_address", |it| {
        it.worst.target.map_or_else(String::new, |peer| peer.address.to_string())
    }),
    text("protocol", |it| own(it.worst.protocol.as_deref())),
    text("service", |it| own(it.worst.service.as_deref())),
    text("names", |it| all(&it.worst.names)),
    text("reasons", |it| all(&it.worst.reasons)),
    text("evidence", |it| all(&it.worst.evidence)),
    text("packets", |it| own(it.worst.packets.as_deref())),
    text("action", |it| it.worst.action.to_string()),
    text("rule", |it| clean(&it.worst.rule, MAX_FIELD)),
    text("count", |it| it.worst.count.to_string()),
    text("first", |it| rfc3339(it.worst.first)),
    text("time", |it| rfc3339(it.worst.nanos)),
    text("others", |it| it.others().to_string()),
    json("alert", |it| object(it.worst)),
    json("alerts", |it| list_of_objects(it.all)),
];

/// The worst alert in a line, and how many there are beside it.
fn title(batch: &Batch<'_>) -> String {
    let title = clean(&batch.worst.to_string(), MAX_FIELD);
    match batch.others() {
        0 => title,
        others => format!("{title} (and {others} more)"),
    }
}

fn own(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| clean(text, MAX_FIELD))
}

fn all(texts: &[String]) -> String {
    clean(&list(texts.iter(), MAX_FIELD).unwrap_or_default(), MAX_FIELD)
}

fn object(alert: &Alert) -> String {
    Form::Own.line(alert).trim_end().to_owned()
}

fn list_of_objects(alerts: &[Alert]) -> String {
    let objects: Vec<_> = alerts.iter().map(object).collect();
    format!("[{}]", objects.join(","))
}

/// An alert for checks of templates and for tests.
pub(crate) fn sample(what: &str) -> Alert {
    use crate::{Action, AlertId, Level, Peer, Term};
    let source = Peer { address: [192, 0, 2, 7].into(), port: None };
    let target = Peer { address: [198, 51, 100, 9].into(), port: Some(22) };
    let (first, nanos) = (1_789_999_999_000_000_000, 1_790_000_000_000_000_000);
    Alert {
        id: AlertId::of(first, what, [Some(source), Some(target)]),
        nanos,
        first,
        count: 3,
        level: Level::High,
        score: 71.5,
        what: what.into(),
        source: Some(source),
        target: Some(target),
        protocol: Some("TCP".into()),
        service: Some("ssh".into()),
        names: vec![what.into()],
        terms: vec![Term { of: "behaviour".into(), says: what.into(), risk: 0.7 }],
        reasons: vec![what.into()],
        evidence: vec![what.into()],
        packets: Some("a.pcap".into()),
        action: Action::Block,
        rule: "guessed passwords".into(),
    }
}
