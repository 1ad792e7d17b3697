//! One flow, as verdicts speak of it.

use std::hash::BuildHasher;
use std::net::SocketAddr;

use foldhash::quality::FixedState;
use netsift_alert::Peer;
use netsift_flow::{Application, Dns, End, Flow, Http, Tls};
use netsift_packet::{Protocol, Timestamp};

use crate::behaviour::{Observation, Opening, Volume};

/// What is known of a flow when it is gone: who, when, how much, and what was named in it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Conversation {
    /// Who opened it.
    pub source: SocketAddr,
    /// Who was called; port 0 where the protocol has none.
    pub destination: SocketAddr,
    /// The protocol behind IP.
    pub protocol: Protocol,
    /// The time of the first packet.
    pub first: Timestamp,
    /// The time of the last packet so far.
    pub last: Timestamp,
    /// What the source sent.
    pub sent: Volume,
    /// What the destination sent.
    pub received: Volume,
    /// Packets of either end that came at most a fifth of a second after the one before.
    pub hasty: u64,
    /// What became of the opening of a TCP connection.
    pub opening: Opening,
    /// Type of the first ICMP message.
    pub icmp_type: Option<u8>,
    /// Why it is told; [`End::Early`] if it goes on.
    pub end: End,
    /// What was spoken, as far as the bytes show it.
    pub application: Option<&'static str>,
    /// The server's name in a TLS hello.
    pub server_name: Option<Box<str>>,
    /// The names that were asked for, each once, as far as the flow table keeps them.
    pub dns_names: Vec<Box<str>>,
    /// The host that HTTP was to go to.
    pub http_host: Option<Box<str>>,
    /// The status of the first answer of HTTP.
    pub http_status: Option<u16>,
    /// Fingerprints of the TLS client: JA3, JA4.
    pub fingerprints: [Option<Box<str>>; 2],
}

impl Conversation {
    /// What is known of a flow. Applications, names and fingerprints are known only where the flow table was asked for
    /// them.
    #[must_use]
    pub fn of(flow: &Flow) -> Self {
        let seen = Observation::of(flow);
        let application = flow.application();
        let tls = application.and_then(Application::tls);
        let dns = application.and_then(Application::dns);
        let own = |text: Option<&str>| text.map(Box::from);
        Self {
            source: seen.source,
            destination: seen.destination,
            protocol: seen.protocol,
            first: seen.first,
            last: seen.last,
            sent: seen.sent,
            received: seen.received,
            hasty: seen.hasty,
            opening: seen.opening,
            icmp_type: seen.icmp_type,
            end: flow.end(),
            application: application.and_then(Application::name),
            server_name: own(tls.and_then(Tls::server_name)),
            dns_names: dns.into_iter().flat_map(Dns::names).map(Box::from).collect(),
            http_host: own(application.and_then(Application::http).and_then(Http::host)),
            http_status: seen.http_status,
            fingerprints: [own(tls.and_then(Tls::ja3)), own(tls.and_then(Tls::ja4))],
        }
    }

    /// The same, as rules of behaviour look at it.
    #[must_use]
    pub fn observation(&self) -> Observation<'_> {
        Observation {
            last: self.last,
            sent: self.sent,
            received: self.received,
            hasty: self.hasty,
            opening: self.opening,
            icmp_type: self.icmp_type,
            application: self.application,
            dns_name: self.dns_names.first().map(AsRef::as_ref),
            dns_names: &self.dns_names,
            http_status: self.http_status,
            has_ended: !self.goes_on(),
            ..Observation::new(self.source, self.destination, self.protocol, self.first)
        }
    }

    /// Whether more of it is to come.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.end == End::Early
    }

    /// Names that were asked for or called in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.server_name.iter().chain(&self.dns_names).chain(&self.http_host).map(AsRef::as_ref)
    }

    /// The same number for what is told of a flow while it goes on, and at its end.
    #[must_use]
    pub fn id(&self) -> u64 {
        // The source may be told otherwise once more is known: ends go in by their order.
        let (low, high) = if self.source <= self.destination {
            (self.source, self.destination)
        } else {
            (self.destination, self.source)
        };
        FixedState::default().hash_one((low, high, self.protocol, self.first))
    }

    /// Its ends as alerts have them: ports only where there are some.
    #[must_use]
    pub fn peers(&self) -> [Peer; 2] {
        let port = |end: SocketAddr| Some(end.port()).filter(|&port| port > 0);
        // A source's port is drawn by its system, and says nothing.
        let source = Peer { address: self.source.ip(), port: port(self.source) };
        [source, Peer { address: self.destination.ip(), port: port(self.destination) }]
    }
}
