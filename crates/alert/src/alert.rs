//! The alert.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{Action, AlertId, Level};

/// Something that somebody should know.
///
/// Texts may hold what attackers wrote (names, heads of requests): who writes them somewhere makes them safe for there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// What it is called. What is told of the same thing again has the same name.
    pub id: AlertId,
    /// When it was seen, in nanoseconds since 1970, by the clock of the packets.
    pub nanos: i64,
    /// When what it is about began.
    pub first: i64,
    /// How often it was seen.
    pub count: u64,
    /// How bad it is, in a word.
    pub level: Level,
    /// How bad it is, from 0 to 100.
    pub score: f64,
    /// How bad what its source did lately is, this included, from 0 to 100; nothing where nobody is known who did it.
    pub host: Option<f64>,
    /// What it is: a class, a behaviour, a list, an anomaly.
    pub what: String,
    /// Who did it.
    pub source: Option<Peer>,
    /// To whom.
    pub target: Option<Peer>,
    /// The protocol behind IP.
    pub protocol: Option<String>,
    /// What was spoken, as far as it was told.
    pub service: Option<String>,
    /// Names that were asked for or called.
    pub names: Vec<String>,
    /// What the score is made of, the greatest first.
    pub terms: Vec<Term>,
    /// Why a model says so: columns with their values and what is usual, the greatest first.
    pub reasons: Vec<String>,
    /// What was counted.
    pub evidence: Vec<String>,
    /// The file of the packets behind it, where they were saved.
    pub packets: Option<String>,
    /// What to do.
    pub action: Action,
    /// The rule that says so.
    pub rule: String,
}

/// One end of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// Its port, where there is one that matters.
    pub port: Option<u16>,
}

/// A part of a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// What speaks: a model, a list, a behaviour.
    pub of: String,
    /// What it says.
    pub says: String,
    /// How probable it makes it that something is wrong, from 0 to 1.
    pub risk: f64,
}

impl Alert {
    /// One that says it is none, to see whether it arrives: between addresses that nobody has (RFC 5737).
    #[must_use]
    pub fn test(nanos: i64) -> Self {
        let what = "test";
        let source = Peer { address: [192, 0, 2, 1].into(), port: None };
        let target = Peer { address: [198, 51, 100, 1].into(), port: Some(443) };
        let ends = [Some(source), Some(target)];
        Self {
            id: AlertId::of(nanos, what, ends),
            nanos,
            first: nanos,
            count: 1,
            level: Level::Critical,
            score: 100.0,
            host: None,
            what: what.into(),
            source: ends[0],
            target: ends[1],
            protocol: Some("TCP".into()),
            service: None,
            names: vec!["test.example".into()],
            terms: vec![Term { of: "netsift".into(), says: "only a test".into(), risk: 1.0 }],
            reasons: Vec::new(),
            evidence: vec!["nothing was seen: this shows that alerts arrive here".into()],
            packets: None,
            action: Action::Allow,
            rule: "asked for".into(),
        }
    }
}

#[cfg(feature = "remote")]
impl Alert {
    /// The same with this text wherever others may have written one: to try what tells of it.
    pub(crate) fn saying(self, text: &str) -> Self {
        let texts = || vec![text.to_owned()];
        let terms = vec![Term { of: "behaviour".into(), says: text.into(), risk: 0.7 }];
        let (what, names) = (text.to_owned(), texts());
        Self { what, names, terms, reasons: texts(), evidence: texts(), ..self }
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:.0} {}", self.level, self.score, self.what)?;
        match (self.source, self.target) {
            (Some(source), Some(target)) => write!(f, ": {source} -> {target}")?,
            (Some(one), None) | (None, Some(one)) => write!(f, ": {one}")?,
            (None, None) => {}
        }
        self.protocol.as_ref().map_or(Ok(()), |protocol| write!(f, " {protocol}"))
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.port, self.address) {
            (None, address) => address.fmt(f),
            (Some(port), IpAddr::V4(address)) => write!(f, "{address}:{port}"),
            (Some(port), IpAddr::V6(address)) => write!(f, "[{address}]:{port}"),
        }
    }
}

/// A high one, from 192.0.2.7 to port 22 of 198.51.100.9.
#[cfg(test)]
pub(crate) fn example(what: &str, nanos: i64) -> Alert {
    let source = Some(Peer { address: [192, 0, 2, 7].into(), port: None });
    let target = Some(Peer { address: [198, 51, 100, 9].into(), port: Some(22) });
    Alert {
        id: AlertId::of(nanos, what, [source, target]),
        level: Level::High,
        score: 71.5,
        host: Some(40.25),
        what: what.into(),
        source,
        target,
        service: Some("ssh".into()),
        names: vec!["mail.example".into()],
        terms: vec![Term { of: "model".into(), says: what.into(), risk: 0.7 }],
        reasons: vec!["Flow Duration is 3, usually 900".into()],
        evidence: vec!["180 short connections".into()],
        action: Action::Block,
        rule: "what is high".into(),
        ..Alert::test(nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_written_as_addresses_are() {
        let peer = |address: &str, port| Peer { address: address.parse().unwrap(), port };
        assert_eq!(peer("2001:db8::1", Some(53)).to_string(), "[2001:db8::1]:53");
        assert_eq!(peer("2001:db8::1", None).to_string(), "2001:db8::1");
        assert_eq!(peer("192.0.2.1", Some(53)).to_string(), "192.0.2.1:53");
    }
}
