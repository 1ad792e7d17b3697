//! What templates may say of alerts.

use super::facts::list;
use super::{Batch, clean};
use crate::time::rfc3339_micros;
use crate::{Alert, Form, Peer};

/// The most bytes that a field says: messages are for people, and what is long is in the alert itself.
const MAX_FIELD: usize = 2_000;

/// A word of templates.
pub(super) struct Field {
    pub(super) name: &'static str,
    says: &'static str,
    /// Whether it is JSON already, and goes into a template of JSON as it is.
    pub(super) is_json: bool,
    pub(super) of: fn(&Batch<'_>) -> String,
}

const fn text(name: &'static str, says: &'static str, of: fn(&Batch<'_>) -> String) -> Field {
    Field { name, says, is_json: false, of }
}

const fn json(name: &'static str, says: &'static str, of: fn(&Batch<'_>) -> String) -> Field {
    Field { name, says, is_json: true, of }
}

/// The words that templates may use, each with what it says. Where several alerts are told together, they are about the worst.
pub fn template_fields() -> impl Iterator<Item = (&'static str, &'static str)> {
    FIELDS.iter().map(|field| (field.name, field.says))
}

/// All of them. What is not of all alerts is of the worst.
pub(super) const FIELDS: &[Field] = &[
    text("title", "the alert in a line, and how many there are beside it", title),
    text("id", "what it is called", |it| it.worst.id.to_string()),
    text("level", "low, medium, high or critical", |it| it.worst.level.to_string()),
    text("score", "how bad it is, from 0 to 100", score),
    text("what", "a class, a behaviour, a list, an anomaly", |it| own(Some(&it.worst.what))),
    text("source", "address and port of who did it", |it| peer(it.worst.source)),
    text("target", "address and port of to whom", |it| peer(it.worst.target)),
    text("source_address", "the address alone", |it| address(it.worst.source)),
    text("target_address", "the address alone", |it| address(it.worst.target)),
    text("protocol", "the protocol behind IP", |it| own(it.worst.protocol.as_deref())),
    text("service", "what was spoken", |it| own(it.worst.service.as_deref())),
    text("names", "names that were asked for or called", |it| all(&it.worst.names)),
    text("reasons", "why a model says so", |it| all(&it.worst.reasons)),
    text("evidence", "what was counted", |it| all(&it.worst.evidence)),
    text("packets", "the file of its packets", |it| own(it.worst.packets.as_deref())),
    text("action", "what to do", |it| it.worst.action.to_string()),
    text("rule", "the rule that says so", |it| own(Some(&it.worst.rule))),
    text("count", "how often it was seen", |it| it.worst.count.to_string()),
    text("first", "when it began", |it| rfc3339_micros(it.worst.first)),
    text("time", "when it was seen", |it| rfc3339_micros(it.worst.nanos)),
    text("others", "how many alerts there are beside it", |it| it.others().to_string()),
    json("alert", "the alert as JSON; only in JSON", |it| object(it.worst)),
    json("alerts", "all of them as JSON; only in JSON", |it| list_of_objects(it.all)),
];

/// The worst alert in a line, and how many there are beside it.
fn title(batch: &Batch<'_>) -> String {
    let title = clean(&batch.worst.to_string(), MAX_FIELD);
    match batch.others() {
        0 => title,
        others => format!("{title} (and {others} more)"),
    }
}

/// JSON has no other numbers.
fn score(batch: &Batch<'_>) -> String {
    let score = Some(batch.worst.score).filter(|score| score.is_finite());
    format!("{:.0}", score.unwrap_or(0.0))
}

fn peer(peer: Option<Peer>) -> String {
    peer.map_or_else(String::new, |peer| peer.to_string())
}

fn address(peer: Option<Peer>) -> String {
    peer.map_or_else(String::new, |peer| peer.address.to_string())
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

/// One that was seen three times, with this text wherever others may have written one.
#[cfg(test)]
pub(crate) fn sample(what: &str) -> Alert {
    Alert {
        first: 1_789_999_999_000_000_000,
        count: 3,
        packets: Some("a.pcap".into()),
        rule: "guessed passwords".into(),
        ..crate::example(what, 1_790_000_000_000_000_000).saying(what)
    }
}
