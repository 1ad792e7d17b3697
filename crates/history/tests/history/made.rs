//! Alerts and flows to try with.

use std::net::IpAddr;

use netsift_alert::{Action, Alert, AlertId, Level, Peer, Term};
use netsift_history::{Flow, Said, Volume};
use proptest::prelude::*;

pub(crate) const SECOND: i64 = 1_000_000_000;
/// Some time of which all days are kept by default.
pub(crate) const START: i64 = 1_790_000_000 * SECOND;

pub(crate) fn alert(number: u64) -> Alert {
    let nanos = START + number as i64 * SECOND;
    let source = Some(Peer { address: [10, 0, 0, number as u8].into(), port: None });
    Alert {
        id: AlertId::of(nanos, "scan", [source, None]),
        nanos,
        first: nanos,
        count: 1,
        level: Level::Medium,
        score: 40.5,
        what: "scan".into(),
        source,
        target: None,
        protocol: Some("TCP".into()),
        service: None,
        names: Vec::new(),
        terms: vec![Term { of: "behaviour".into(), says: "scan".into(), risk: 0.1 + 0.2 }],
        reasons: Vec::new(),
        evidence: vec![format!("{number} ports of one host")],
        host: None,
        packets: None,
        action: Action::Watch,
        rule: "what is medium".into(),
    }
}

pub(crate) fn flow(number: u64) -> Flow {
    let last = START + number as i64 * SECOND / 100;
    Flow {
        first: last - SECOND,
        last,
        source: Peer {
            address: [10, 0, (number / 250) as u8, number as u8].into(),
            port: Some(40_000),
        },
        target: Peer { address: [198, 51, 100, 9].into(), port: Some(443) },
        protocol: "TCP".into(),
        service: Some("tls".into()),
        names: vec!["example.org".into()],
        sent: Volume { packets: 3, bytes: 300 },
        received: Volume { packets: 4, bytes: 4_000 },
        said: Some(Said { class: Some("benign".into()), score: 0.0, ..Said::default() }),
    }
}

/// A few addresses, so that questions find something.
pub(crate) fn address() -> impl Strategy<Value = IpAddr> + Clone {
    prop::sample::select(
        ["10.0.0.1", "10.0.0.2", "10.0.1.1", "192.0.2.1", "::1", "a00::1", "2001:db8::1"]
            .map(|text| text.parse().unwrap())
            .to_vec(),
    )
}

fn peer() -> impl Strategy<Value = Peer> {
    let ports = prop::option::of(prop::sample::select(vec![22_u16, 53, 443]));
    (address(), ports).prop_map(|(address, port)| Peer { address, port })
}

/// Texts as attackers write them, and some that are alike.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(
            [
                "scan",
                "Scan",
                "50%",
                "a_b",
                "x\\y",
                "a\0b",
                "'; DROP TABLE alert; --",
                "\"=cmd\r\n",
                "\u{202e}é\u{1b}[2J",
                ""
            ]
            .map(str::to_owned)
            .to_vec()
        ),
        "[a-c%_]{0,6}",
    ]
}

pub(crate) fn time() -> impl Strategy<Value = i64> + Clone {
    // A few hours, few enough seconds that some are equal.
    (0..9_000_i64).prop_map(|second| START + second * SECOND * 2)
}

pub(crate) fn any_alert() -> impl Strategy<Value = Alert> {
    let ends = (prop::option::of(peer()), prop::option::of(peer()));
    let texts = (text(), prop::collection::vec(text(), 0..3), prop::option::of(text()));
    let numbers = (time(), 1..5_u64, 0..4_usize, 0..10_u8, any::<u64>());
    (ends, texts, numbers).prop_map(|((source, target), (what, names, protocol), numbers)| {
        let (nanos, count, level, score, salt) = numbers;
        Alert {
            id: AlertId::of(salt as i64, &what, [source, target]),
            nanos,
            count,
            level: Level::ALL[level],
            score: f64::from(score) * 10.1,
            what,
            source,
            target,
            names,
            protocol,
            ..alert(0)
        }
    })
}

pub(crate) fn any_flow() -> impl Strategy<Value = Flow> {
    let said = (prop::option::of(text()), prop::option::of(0.0..1.0), 0..10_u8, 0..5_usize);
    let said = said.prop_map(|(class, probability, score, level)| Said {
        class,
        probability,
        quantile: probability.map(|it| it / 3.0),
        score: f64::from(score) * 10.1,
        level: Level::ALL.get(level).copied(),
    });
    let volume =
        || (0..1_000_u64, 0..100_000_u64).prop_map(|(packets, bytes)| Volume { packets, bytes });
    let texts = (text(), prop::option::of(text()), prop::collection::vec(text(), 0..3));
    (peer(), peer(), texts, time(), volume(), volume(), prop::option::of(said)).prop_map(
        |(source, target, (protocol, service, names), last, sent, received, said)| Flow {
            first: last - SECOND,
            last,
            source,
            target,
            protocol,
            service,
            names,
            sent,
            received,
            said,
        },
    )
}
