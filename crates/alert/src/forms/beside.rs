//! What others have no words for.

use serde::Serialize;

use crate::{Action, Alert, AlertId, Level, Term, time};

/// The object `netsift` beside the words of others.
#[derive(Serialize)]
pub(super) struct Beside<'a> {
    id: AlertId,
    first: String,
    count: u64,
    level: Level,
    score: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<f64>,
    action: Action,
    rule: &'a str,
    names: &'a [String],
    terms: &'a [Term],
    reasons: &'a [String],
    evidence: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    packets: Option<&'a str>,
}

impl<'a> Beside<'a> {
    pub(super) fn of(alert: &'a Alert) -> Self {
        Self {
            id: alert.id,
            first: time::rfc3339(alert.first),
            count: alert.count,
            level: alert.level,
            score: alert.score,
            host: alert.host,
            action: alert.action,
            rule: &alert.rule,
            names: &alert.names,
            terms: &alert.terms,
            reasons: &alert.reasons,
            evidence: &alert.evidence,
            packets: alert.packets.as_deref(),
        }
    }
}
