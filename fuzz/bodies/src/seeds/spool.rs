//! Files of queues: whole ones, torn ones, and lines that nobody wrote.

use std::net::{IpAddr, Ipv6Addr};

use netsift_alert::spool::Entry;
use netsift_alert::{Action, Alert, AlertId, Level, Peer, Term};

use super::Seed;

pub(super) fn all() -> Vec<Seed> {
    let whole: Vec<u8> = (0..4).flat_map(line).collect();
    let half = whole.get(..whole.len() / 2).unwrap_or_default();
    let one = line(3);
    let head = one.get(..35).unwrap_or_default();
    let changed: Vec<u8> = one.to_ascii_uppercase();
    let pieces = [
        ("empty", Vec::new()),
        ("whole", whole.clone()),
        ("torn", half.to_vec()),
        ("torn-inside", [half, b"\n", &one].concat()),
        ("joined", [half, &one].concat()),
        ("head-alone", [head, b"\n"].concat()),
        ("changed", changed),
        ("no-lines", b"00000000 00000002 0000000000000000 {}\n\n\r\n \n".to_vec()),
        ("other-json", with_sum(b"{\"id\":1}")),
        ("deep-json", with_sum(&[b'['; 500])),
        ("numbers", with_sum(b"{\"id\":\"00c0ffee00c0ffee\",\"nanos\":1e99,\"score\":1e999}")),
    ];
    pieces.into_iter().map(|(name, bytes)| (format!("queue-{name}"), bytes)).collect()
}

/// A line of an alert that has more and more.
fn line(kind: i64) -> Vec<u8> {
    let peer = |address: IpAddr, port| Some(Peer { address, port });
    let is_full = kind > 1;
    let text = |text: &str| is_full.then(|| text.to_owned());
    let alert = Alert {
        id: AlertId::of(kind, "scan", [None, None]),
        nanos: 1_790_000_000_000_000_000 + kind,
        first: kind,
        count: 1 << kind,
        level: Level::ALL.into_iter().cycle().nth(kind as usize).unwrap_or(Level::Low),
        score: 12.5 * kind as f64,
        what: "scan".into(),
        source: peer([192, 0, 2, 7].into(), None).filter(|_| kind > 0),
        target: peer(Ipv6Addr::LOCALHOST.into(), Some(53)).filter(|_| is_full),
        protocol: text("TCP"),
        service: text("ssh"),
        names: text("a\n\u{1b}[2J\u{0}\"é").into_iter().collect(),
        terms: is_full
            .then(|| Term { of: "model".into(), says: "scan".into(), risk: 0.25 })
            .into_iter()
            .collect(),
        reasons: text("Flow Duration is 3").into_iter().collect(),
        evidence: text("180 short connections").into_iter().collect(),
        host: is_full.then_some(6.25),
        packets: text("a.pcap"),
        action: Action::Block,
        rule: "rule".into(),
    };
    let mut line = Vec::new();
    // It is far shorter than any limit.
    let _ = Entry::write(1_795_000_000_000_000_000 + kind, &alert, &mut line);
    line
}

/// A line whose sum holds, whatever it says.
fn with_sum(json: &[u8]) -> Vec<u8> {
    let rest = [format!("{:08x} {:016x} ", json.len(), 5).as_bytes(), json].concat();
    [format!("{:08x} ", crc32fast::hash(&rest)).as_bytes(), &rest, b"\n"].concat()
}
