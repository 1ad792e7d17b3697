//! What was found, and what it rests on.

use std::fmt;
use std::net::IpAddr;

use netsift_packet::{Protocol, Timestamp};
use serde::{Deserialize, Serialize};

use super::logins;
use super::observation::{Attempt, Observation, Opening};
use super::rules::domain;

/// The most examples that a finding holds.
pub const EXAMPLES: usize = 8;

/// Packets with payload that a scan sends to what it finds open: a greeting, or a question for one.
const GREETING: u64 = 2;

/// A flood of so many datagrams is as bad as it gets.
const WORST_FLOOD: f64 = 1e4;

/// The port of DNS (RFC 1035).
const DNS: u16 = 53;

/// So much later than others a flow is told that nobody answers: flow tables wait for as long by default. What is found
/// before that began earlier than it seems.
const LATENESS: i64 = 120_000_000_000;

/// A host that behaves like this, and what that rests on. It prints as a sentence.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// Who does it; nothing where many do, or where senders may be forged.
    pub offender: Option<IpAddr>,
    /// Whom it is done to; nothing where it is done to many.
    pub victim: Option<IpAddr>,
    /// The protocol.
    pub protocol: Protocol,
    /// The port that is called, where it is one.
    pub port: Option<u16>,
    /// The service that is logged in to.
    pub service: Option<&'static str>,
    /// The domain that names are asked for in, in small letters.
    pub domain: Option<Box<str>>,
    /// The time of the first flow that counts.
    pub first: Timestamp,
    /// The time of the last one so far.
    pub last: Timestamp,
    /// The window in which it was counted, in nanoseconds.
    pub window: i64,
    /// How much of it there is: ports, hosts, connections, datagrams, logins, calls, names or bytes, by its kind.
    pub count: u64,
    /// Whether the count is an estimate.
    pub is_estimate: bool,
    /// The share that speaks for it: of ports that are closed, of connections that are half-open, and so on.
    pub share: f64,
    /// The time between calls home, in nanoseconds.
    pub period: Option<i64>,
    /// At most [`EXAMPLES`] of what was counted.
    pub examples: Vec<Example>,
}

/// What a host may be up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// Many ports of one host are tried.
    VerticalScan,
    /// One port of many hosts is tried.
    HorizontalScan,
    /// Many hosts are pinged.
    IcmpSweep,
    /// Connections are opened and left alone.
    SynFlood,
    /// Datagrams are poured at a host.
    UdpFlood,
    /// Passwords of one host are guessed.
    BruteForce,
    /// Passwords of many hosts are guessed.
    PasswordSpray,
    /// A place is called at regular times.
    Beacon,
    /// Data goes out in names.
    DnsTunnel,
    /// Much is sent out.
    BulkUpload,
}

/// One of those that were counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Example {
    /// A port.
    Port(u16),
    /// A host.
    Host(IpAddr),
    /// A name.
    Name(Box<str>),
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::VerticalScan,
        Self::HorizontalScan,
        Self::IcmpSweep,
        Self::SynFlood,
        Self::UdpFlood,
        Self::BruteForce,
        Self::PasswordSpray,
        Self::Beacon,
        Self::DnsTunnel,
        Self::BulkUpload,
    ];

    /// Its name, as verdicts and policies write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VerticalScan => "vertical-scan",
            Self::HorizontalScan => "horizontal-scan",
            Self::IcmpSweep => "icmp-sweep",
            Self::SynFlood => "syn-flood",
            Self::UdpFlood => "udp-flood",
            Self::BruteForce => "brute-force",
            Self::PasswordSpray => "password-spray",
            Self::Beacon => "beacon",
            Self::DnsTunnel => "dns-tunnel",
            Self::BulkUpload => "bulk-upload",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Finding {
    /// A finding of which the rest is told by its rule.
    pub(crate) fn new(kind: Kind, protocol: Protocol, (first, last): (i64, i64)) -> Self {
        Self {
            kind,
            protocol,
            offender: None,
            victim: None,
            port: None,
            service: None,
            domain: None,
            first: Timestamp::from_nanos(first),
            last: Timestamp::from_nanos(last),
            window: 0,
            count: 0,
            is_estimate: false,
            share: 1.0,
            period: None,
            examples: Vec::new(),
        }
    }

    /// How bad it is beside the worst of its kind, from 0 to 1. Of datagrams the more, the worse: it rises with their
    /// logarithm up to ten thousand. Of everything else there is enough once a rule holds.
    #[must_use]
    pub fn weight(&self) -> f64 {
        match self.kind {
            Kind::UdpFlood => (self.count.max(1) as f64).log10() / WORST_FLOOD.log10(),
            _ => 1.0,
        }
        .min(1.0)
    }

    /// Whether a flow is one of those that the finding is about: between the same hosts, of the same kind, and in its
    /// time. That ends a window after the last flow that was counted: if it goes on, it is told again by then.
    #[must_use]
    pub fn concerns(&self, seen: &Observation<'_>) -> bool {
        let may_be_turned = seen.protocol == Protocol::TCP && seen.opening == Opening::Missed;
        self.concerns_as_it_is(seen) || may_be_turned && self.concerns_as_it_is(&seen.turned())
    }

    fn concerns_as_it_is(&self, seen: &Observation<'_>) -> bool {
        let is = |wanted: Option<IpAddr>, found| wanted.is_none_or(|wanted| wanted == found);
        let (from, until) = self.time();
        self.protocol == seen.protocol
            && is(self.offender, seen.source.ip())
            && is(self.victim, seen.destination.ip())
            && self.port.is_none_or(|port| port == seen.destination.port())
            && (from..=until).contains(&seen.first)
            && self.is_of_kind(seen)
    }

    /// From when until when flows begin that it is about.
    pub(crate) fn time(&self) -> (Timestamp, Timestamp) {
        let from = self.first.plus_nanos(-self.window.min(LATENESS));
        (from, self.last.plus_nanos(self.window))
    }

    /// The ports that are called, as far as they are known without a look into packets; none for any.
    pub(crate) fn ports(&self) -> Vec<u16> {
        match (self.port, self.kind, self.service) {
            (Some(port), _, _) => vec![port],
            (None, Kind::DnsTunnel, _) => vec![DNS],
            // Who knows both ends wants all that they say, wherever the service listens.
            (None, Kind::PasswordSpray, Some(service)) => logins::ports(service).to_vec(),
            _ => Vec::new(),
        }
    }

    fn is_of_kind(&self, seen: &Observation<'_>) -> bool {
        match self.kind {
            // What a scan finds open is part of it, whatever is said there.
            Kind::VerticalScan => seen.is_probe(),
            Kind::HorizontalScan => match seen.attempt() {
                Some(Attempt::Talked) => seen.sent.data_packets <= GREETING,
                attempt => attempt.is_some(),
            },
            Kind::IcmpSweep => seen.is_ping(),
            Kind::SynFlood => !matches!(seen.opening, Opening::Established | Opening::Missed),
            // What is answered of it is known by its sender or port alone.
            Kind::UdpFlood => {
                let is_known = self.offender.is_some() || self.port.is_some();
                is_known || seen.is_hardly_answered()
            }
            Kind::Beacon | Kind::BulkUpload => true,
            Kind::BruteForce | Kind::PasswordSpray => {
                let is_it = || logins::service(seen) == self.service;
                is_it() && logins::got_nowhere(seen) != Some(false)
            }
            Kind::DnsTunnel => {
                seen.names().any(|name| domain(name).eq_ignore_ascii_case(self.domain()))
            }
        }
    }

    fn domain(&self) -> &str {
        self.domain.as_deref().unwrap_or_default()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = if self.is_estimate { "about " } else { "" };
        let (verb, what) = self.deed();
        write!(f, "{}: ", self.kind)?;
        match self.offender {
            Some(offender) => offender.fmt(f)?,
            None => f.write_str("many")?,
        }
        write!(f, " {verb} {about}{} {what}", self.count)?;
        self.fmt_target(f)?;
        let seconds = self.last.nanos_since(self.first) as f64 / 1e9;
        write!(f, " within {seconds:.1} s, {:.0} % {}", self.share * 100.0, self.share_of())?;
        if let Some(period) = self.period {
            write!(f, ", every {:.1} s", period as f64 / 1e9)?;
        }
        for (place, example) in self.examples.iter().enumerate() {
            write!(f, "{}{example}", if place == 0 { ": " } else { ", " })?;
        }
        Ok(())
    }
}

impl Finding {
    fn fmt_target(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(victim) = self.victim {
            write!(f, " {} {victim}", if self.kind == Kind::VerticalScan { "of" } else { "to" })?;
        }
        if let Some(domain) = &self.domain {
            write!(f, " below {domain}")?;
        }
        match (self.service, self.port) {
            (Some(service), _) => write!(f, " ({service})"),
            (None, Some(port)) => write!(f, " ({} {port})", self.protocol),
            (None, None) => write!(f, " ({})", self.protocol),
        }
    }

    /// What is done, and what it is that is counted.
    fn deed(&self) -> (&'static str, &'static str) {
        match self.kind {
            Kind::VerticalScan => ("tried", "ports"),
            Kind::HorizontalScan => ("tried", "hosts"),
            Kind::IcmpSweep => ("pinged", "hosts"),
            Kind::SynFlood => ("left open", "connections"),
            Kind::UdpFlood => ("poured", "datagrams"),
            Kind::BruteForce | Kind::PasswordSpray => ("failed at", "logins"),
            Kind::Beacon => ("made", "calls"),
            Kind::DnsTunnel => ("asked for", "names"),
            Kind::BulkUpload => ("sent", "bytes"),
        }
    }

    /// What the share is of.
    fn share_of(&self) -> &'static str {
        match self.kind {
            Kind::VerticalScan => "of the ports tried",
            Kind::HorizontalScan => "of the hosts tried",
            Kind::IcmpSweep => "of them silent",
            Kind::SynFlood => "of all connections there",
            Kind::UdpFlood => "of all datagrams there",
            Kind::BruteForce => "of all sessions there",
            Kind::PasswordSpray => "of the hosts it logged in to",
            Kind::Beacon => "regular",
            Kind::DnsTunnel => "of all names there",
            Kind::BulkUpload => "of all bytes both ways",
        }
    }
}

impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(port) => port.fmt(f),
            Self::Host(host) => host.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_prints_as_a_sentence() {
        let mut finding = Finding::new(Kind::VerticalScan, Protocol::TCP, (0, 1_500_000_000));
        (finding.offender, finding.victim) =
            (Some([10, 0, 0, 9].into()), Some([10, 0, 0, 1].into()));
        (finding.count, finding.share) = (6, 0.75);
        finding.examples = vec![Example::Port(22), Example::Port(80)];
        assert_eq!(
            finding.to_string(),
            "vertical-scan: 10.0.0.9 tried 6 ports of 10.0.0.1 (TCP) within 1.5 s, 75 % of the ports tried: 22, 80"
        );
        finding = Finding::new(Kind::SynFlood, Protocol::TCP, (0, 2_000_000_000));
        (finding.victim, finding.port) = (Some([10, 0, 0, 1].into()), Some(443));
        (finding.count, finding.is_estimate) = (70_000, true);
        assert_eq!(
            finding.to_string(),
            "syn-flood: many left open about 70000 connections to 10.0.0.1 (TCP 443) within 2.0 s, 100 % of all connections there"
        );
    }

    #[test]
    fn more_datagrams_are_worse_and_more_of_anything_else_is_the_same() {
        let weight =
            |kind, count| Finding { count, ..Finding::new(kind, Protocol::UDP, (0, 1)) }.weight();
        let floods = [0, 1, 10, 100, 1_000, 10_000, u64::MAX].map(|it| weight(Kind::UdpFlood, it));
        assert_eq!(floods, [0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0]);
        assert_eq!([6, 9_000].map(|ports| weight(Kind::VerticalScan, ports)), [1.0, 1.0]);
    }

    #[test]
    fn a_tunnel_concerns_flows_with_any_name_below_its_domain() {
        let ends = (([10, 0, 0, 1], 5_353).into(), ([10, 0, 0, 53], 53).into());
        let mut tunnel = Finding::new(Kind::DnsTunnel, Protocol::UDP, (0, 1));
        tunnel.domain = Some("example.com".into());
        let concerns = |names: &[&str]| {
            let names: Vec<Box<str>> = names.iter().map(|name| Box::from(*name)).collect();
            let seen = Observation::new(ends.0, ends.1, Protocol::UDP, Timestamp::EPOCH);
            let first: Option<&str> = names.first().map(AsRef::as_ref);
            let known = Observation { dns_name: first, dns_names: &names, ..seen };
            (tunnel.concerns(&Observation { dns_name: first, ..seen }), tunnel.concerns(&known))
        };
        assert_eq!(concerns(&["x.example.com"]), (true, true));
        assert_eq!(concerns(&["x.EXAMPLE.com"]), (true, true));
        assert_eq!(concerns(&["x.example.net", "y.Example.com"]), (false, true));
        assert_eq!(concerns(&["x.example.net", "example.com.net"]), (false, false));
        assert_eq!(concerns(&[]), (false, false));
    }

    #[test]
    fn names_of_kinds_are_unique_and_those_of_policies() {
        let names: std::collections::BTreeSet<_> =
            Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
        }
    }
}
