//! The Elastic Common Schema: <https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html>.

use std::net::IpAddr;

use serde::Serialize;

use super::beside::Beside;
use crate::{Alert, AlertId, Level, Peer, time};

/// An event of the kind `alert`. An end that is many or none has no field.
#[derive(Serialize)]
pub(super) struct Ecs<'a> {
    #[serde(rename = "@timestamp")]
    timestamp: String,
    ecs: Version,
    event: Event<'a>,
    message: String,
    rule: Rule<'a>,
    observer: Observer,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<End>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<End>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<Host>,
    network: Network,
    related: Related<'a>,
    netsift: Beside<'a>,
}

#[derive(Serialize)]
struct Version {
    version: &'static str,
}

#[derive(Serialize)]
struct Event<'a> {
    kind: &'static str,
    category: [&'static str; 2],
    #[serde(rename = "type")]
    kinds: [&'static str; 1],
    id: AlertId,
    action: &'a str,
    module: &'static str,
    dataset: &'static str,
    start: String,
    end: String,
    /// The greater, the worse.
    severity: u8,
    risk_score: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Rule<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Observer {
    vendor: &'static str,
    product: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct End {
    ip: IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
}

/// Who did it, and how bad all that is which it did lately.
#[derive(Serialize)]
struct Host {
    ip: [IpAddr; 1],
    risk: Risk,
}

#[derive(Serialize)]
struct Risk {
    /// From 0 to 100.
    calculated_score_norm: f64,
}

/// Names are in small letters there.
#[derive(Serialize)]
struct Network {
    #[serde(skip_serializing_if = "Option::is_none")]
    transport: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<String>,
}

#[derive(Serialize)]
struct Related<'a> {
    ip: Vec<IpAddr>,
    hosts: &'a [String],
}

const VERSION: &str = "8.17.0";

impl<'a> Ecs<'a> {
    pub(super) fn of(alert: &'a Alert) -> Self {
        let end = |peer: Option<Peer>| peer.map(|peer| End { ip: peer.address, port: peer.port });
        let small = |text: &Option<String>| text.as_ref().map(|text| text.to_lowercase());
        let ends = [alert.source, alert.target].into_iter().flatten();
        Self {
            timestamp: time::rfc3339(alert.nanos),
            ecs: Version { version: VERSION },
            event: Event::of(alert),
            message: alert.to_string(),
            rule: Rule { name: &alert.rule },
            observer: Observer { vendor: "netsift", product: "netsift", kind: "ids" },
            source: end(alert.source),
            destination: end(alert.target),
            host: Host::of(alert),
            network: Network { transport: small(&alert.protocol), protocol: small(&alert.service) },
            related: Related { ip: ends.map(|peer| peer.address).collect(), hosts: &alert.names },
            netsift: Beside::of(alert),
        }
    }
}

impl<'a> Event<'a> {
    fn of(alert: &'a Alert) -> Self {
        Self {
            kind: "alert",
            category: ["intrusion_detection", "network"],
            kinds: ["info"],
            id: alert.id,
            action: &alert.what,
            module: "netsift",
            dataset: "netsift.alert",
            start: time::rfc3339(alert.first),
            end: time::rfc3339(alert.nanos),
            severity: severity(alert.level),
            risk_score: alert.score,
            reason: alert.evidence.first().or(alert.reasons.first()).map(String::as_str),
        }
    }
}

impl Host {
    fn of(alert: &Alert) -> Option<Self> {
        let (source, calculated_score_norm) = alert.source.zip(alert.host)?;
        Some(Self { ip: [source.address], risk: Risk { calculated_score_norm } })
    }
}

fn severity(level: Level) -> u8 {
    match level {
        Level::Low => 1,
        Level::Medium => 2,
        Level::High => 3,
        Level::Critical => 4,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{Form, example};

    #[test]
    fn it_is_an_event_in_elastics_words() {
        let alert = example("brute force", 1_790_000_000_000_000_000);
        let mut event: Value = serde_json::from_str(&Form::Ecs.line(&alert)).unwrap();
        event["netsift"].take();
        let time = "2026-09-21T14:13:20Z";
        let expected = json!({
            "@timestamp": time, "ecs": { "version": "8.17.0" },
            "event": { "kind": "alert", "category": ["intrusion_detection", "network"], "type": ["info"],
                "id": alert.id.to_string(), "action": "brute force", "module": "netsift", "dataset": "netsift.alert",
                "start": time, "end": time, "severity": 3, "risk_score": 71.5, "reason": "180 short connections" },
            "message": "high 72 brute force: 192.0.2.7 -> 198.51.100.9:22 TCP", "rule": { "name": "what is high" },
            "observer": { "vendor": "netsift", "product": "netsift", "type": "ids" },
            "source": { "ip": "192.0.2.7" }, "destination": { "ip": "198.51.100.9", "port": 22 },
            "host": { "ip": ["192.0.2.7"], "risk": { "calculated_score_norm": 40.25 } },
            "network": { "transport": "tcp", "protocol": "ssh" },
            "related": { "ip": ["192.0.2.7", "198.51.100.9"], "hosts": ["mail.example"] }, "netsift": null,
        });
        assert_eq!(event, expected);
    }
}
