//! Suricata's EVE: <https://docs.suricata.io/en/latest/output/eve/eve-json-format.html>.

use std::net::IpAddr;

use serde::Serialize;

use super::beside::Beside;
use crate::{Alert, AlertId, Level, time};

/// An event of the type `alert`. An end that is many or none has no field.
#[derive(Serialize)]
pub(super) struct Eve<'a> {
    /// When it was seen last.
    timestamp: String,
    /// Made of the alert's name: what is told again has the same.
    flow_id: u64,
    event_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proto: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// In small letters, as Suricata has them.
    app_proto: Option<String>,
    alert: Signature<'a>,
    netsift: Beside<'a>,
}

#[derive(Serialize)]
struct Signature<'a> {
    /// Nothing is blocked here, whatever is recommended.
    action: &'static str,
    gid: u32,
    /// Made of the class, so that readers that count signatures count classes.
    signature_id: u64,
    rev: u32,
    signature: &'a str,
    /// What speaks: a model, a list, a behaviour.
    category: &'a str,
    severity: u8,
}

/// Readers in JavaScript and Lua hold no greater whole numbers.
const FLOW_ID_BITS: u32 = 53;
/// Signatures of one's own begin here and are so many, by the custom of rule sets.
const OWN_SIGNATURES: (u64, u64) = (1_000_000, 1_000_000);

impl<'a> Eve<'a> {
    pub(super) fn of(alert: &'a Alert) -> Self {
        let (source, target) = (alert.source, alert.target);
        Self {
            timestamp: time::eve(alert.nanos),
            flow_id: alert.id.number() >> (u64::BITS - FLOW_ID_BITS),
            event_type: "alert",
            src_ip: source.map(|peer| peer.address),
            src_port: source.and_then(|peer| peer.port),
            dest_ip: target.map(|peer| peer.address),
            dest_port: target.and_then(|peer| peer.port),
            proto: alert.protocol.as_deref(),
            app_proto: alert.service.as_ref().map(|service| service.to_lowercase()),
            alert: Signature::of(alert),
            netsift: Beside::of(alert),
        }
    }
}

impl<'a> Signature<'a> {
    fn of(alert: &'a Alert) -> Self {
        let (first, count) = OWN_SIGNATURES;
        let number = AlertId::of(0, &alert.what, [None, None]).number();
        Self {
            action: "allowed",
            gid: 1,
            signature_id: first + number % count,
            rev: 1,
            signature: &alert.what,
            category: alert.terms.first().map_or("netsift", |term| &term.of),
            severity: severity(alert.level),
        }
    }
}

/// The worst is 1.
fn severity(level: Level) -> u8 {
    match level {
        Level::Critical => 1,
        Level::High => 2,
        Level::Medium => 3,
        Level::Low => 4,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{Form, Level, example};

    #[test]
    fn it_is_an_event_as_suricata_writes_them() {
        let alert = example("brute force", 1_790_000_000_123_456_789);
        let mut event: Value = serde_json::from_str(&Form::Eve.line(&alert)).unwrap();
        let netsift = event["netsift"].take();
        assert_eq!(netsift["first"], "2026-09-21T14:13:20.123456789Z");
        assert_eq!(netsift["id"], alert.id.to_string());
        assert_eq!(netsift["host"], 40.25);
        let flow_id = alert.id.number() >> 11;
        assert!(flow_id < 1 << 53);
        // The rest of FNV-1a of the class by hand.
        let expected = json!({
            "timestamp": "2026-09-21T14:13:20.123456+0000", "flow_id": flow_id, "event_type": "alert",
            "src_ip": "192.0.2.7", "dest_ip": "198.51.100.9", "dest_port": 22, "proto": "TCP", "app_proto": "ssh",
            "alert": { "action": "allowed", "gid": 1, "signature_id": event["alert"]["signature_id"], "rev": 1,
                "signature": "brute force", "category": "model", "severity": 2 },
            "netsift": null,
        });
        assert_eq!(event, expected);
    }

    #[test]
    fn many_are_no_address_and_the_worst_is_1() {
        let mut alert = example("scan", 1);
        (alert.target, alert.level) = (None, Level::Critical);
        let event: Value = serde_json::from_str(&Form::Eve.line(&alert)).unwrap();
        assert!(event.get("dest_ip").is_none() && event["alert"]["severity"] == 1);
        let signature = |what| Form::Eve.line(&example(what, 1))[..].to_owned();
        assert_ne!(signature("scan"), signature("flood"));
    }
}
