//! What is counted of each flow at its end: who took part is looked up once for all of its packets.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use netsift_detect::lists::Lists;
use netsift_flow::{
    Application, Columns, End, FEATURES, Flow, FlowConfig, FlowError, Profile, by_port,
};
use netsift_packet::{Protocol, TcpFlags, Timestamp};

use super::counts::{Ends, Exchange, Flown, Span};
use super::matches::MatchTally;
use super::names::NameTally;
use super::numbers::{
    ApplicationNumbers, Conversation, Ended, FlowNumbers, Host, Matches, Matrix, NameNumbers,
    Names, Pair, Port, Ranked, ScopeNumbers, Seen, TcpNumbers, TlsNumbers, ToldBy, Volume,
};
use super::spread::Sizes;
use super::tally::{Counted, Tally};
use super::{Explorer, Scope};

/// Numbers of a flow that its features tell: bytes there and back, what TCP had to send again and why, and the handshake.
const READ: [&str; 13] = [
    "Fwd Wire Bytes",
    "Bwd Wire Bytes",
    "Handshake RTT",
    "Fwd Retransmissions",
    "Bwd Retransmissions",
    "Fwd Out Of Order",
    "Bwd Out Of Order",
    "Fwd Missing Segments",
    "Bwd Missing Segments",
    "Fwd Duplicate ACKs",
    "Bwd Duplicate ACKs",
    "Fwd Zero Windows",
    "Bwd Zero Windows",
];
/// The features that have to be kept of flows for these numbers, for what payloads say, and for what is strange.
const KEPT: [&str; 7] = ["wire", "tcp", "application", "tls", "dns", "http", "reference"];

/// How a number is read of a flow.
pub(super) type Read = fn(&Flow) -> f64;

/// Counts flows.
pub(super) struct Flows {
    reads: [Read; READ.len()],
    hosts: Tally<IpAddr, Ends>,
    pairs: Tally<(IpAddr, IpAddr), Exchange>,
    conversations: Tally<(SocketAddr, SocketAddr, Protocol), Exchange>,
    ports: Tally<(Protocol, u16), Flown>,
    applications: BTreeMap<(Protocol, &'static str, ToldBy), Flown>,
    scopes: BTreeMap<Scope, Ends>,
    ends: BTreeMap<End, u64>,
    durations: Sizes,
    packets: Sizes,
    bytes: Sizes,
    tcp: Tcp,
    tls_flows: u64,
    tls_versions: BTreeMap<&'static str, u64>,
    tls_names: NameTally,
    http_hosts: NameTally,
    matches: MatchTally,
}

/// What flows tell.
pub(super) struct FlowFacts {
    pub(super) applications: Vec<ApplicationNumbers>,
    pub(super) sources: Ranked<Host>,
    pub(super) destinations: Ranked<Host>,
    pub(super) pairs: Ranked<Pair>,
    pub(super) conversations: Ranked<Conversation>,
    pub(super) ports: Ranked<Port>,
    pub(super) matrix: Matrix,
    pub(super) seen: Seen,
    pub(super) scopes: Vec<ScopeNumbers>,
    pub(super) flows: FlowNumbers,
    pub(super) tcp: TcpNumbers,
    pub(super) tls: TlsNumbers,
    pub(super) http_hosts: Names,
    pub(super) matches: Matches,
}

/// What is counted of TCP.
struct Tcp {
    ends: BTreeMap<End, u64>,
    numbers: TcpNumbers,
    handshakes: Sizes,
}

/// A configuration that keeps of flows what is counted here.
pub(super) fn config() -> Result<FlowConfig, FlowError> {
    Ok(Columns::pick(Profile::Native, KEPT)?.config())
}

/// How the bytes of a flow on the wire are read, there and back.
pub(super) fn wire_bytes() -> [Read; 2] {
    let [there, back, ..] = reads();
    [there, back]
}

impl Flows {
    pub(super) fn new(explorer: &Explorer, lists: Lists) -> Self {
        Self {
            reads: reads(),
            hosts: Tally::new(explorer.exact),
            pairs: Tally::new(explorer.exact),
            conversations: Tally::new(explorer.exact),
            // There are no more than these of TCP, UDP and SCTP.
            ports: Tally::new(3 << 16),
            applications: BTreeMap::new(),
            scopes: BTreeMap::new(),
            ends: BTreeMap::new(),
            durations: Sizes::new(),
            packets: Sizes::new(),
            bytes: Sizes::new(),
            tcp: Tcp {
                ends: BTreeMap::new(),
                numbers: TcpNumbers::default(),
                handshakes: Sizes::new(),
            },
            tls_flows: 0,
            tls_versions: BTreeMap::new(),
            tls_names: NameTally::new(),
            http_hosts: NameTally::new(),
            matches: MatchTally::new(lists),
        }
    }

    /// Takes a flow that has ended.
    pub(super) fn take(&mut self, flow: &Flow) {
        let told = self.reads.map(|read| read(flow));
        let [there, back, ..] = told;
        let there = Volume { packets: flow.fwd.packets(), bytes: there as u64 };
        let back = Volume { packets: flow.bwd.packets(), bytes: back as u64 };
        let exchange = Exchange { there, back, span: Span::of(flow.first(), flow.last()) };
        let flown = Flown { flows: 1, volume: exchange.both(), span: exchange.span };
        self.count_ends(flow, exchange);
        self.count_application(flow, &flown);
        *self.ends.entry(flow.end()).or_default() += 1;
        self.durations.add(flow.duration_nanos().max(0).unsigned_abs());
        self.packets.add(flown.volume.packets);
        self.bytes.add(flown.volume.bytes);
        if flow.protocol() == Protocol::TCP {
            self.tcp.take(flow, told);
        }
        self.matches.take(flow, &flown);
    }

    /// What was counted, each list with so many lines at most.
    pub(super) fn facts(&self, explorer: &Explorer) -> FlowFacts {
        let most = explorer.top;
        FlowFacts {
            applications: self.applications(),
            sources: Ranked::of(&self.hosts, most, 0..2, host),
            destinations: Ranked::of(&self.hosts, most, 2..4, host),
            pairs: Ranked::of(&self.pairs, most, 0..2, pair),
            conversations: Ranked::of(&self.conversations, most, 0..2, conversation),
            ports: Ranked::of(&self.ports, most, 0..2, port),
            matrix: self.matrix(explorer.matrix),
            seen: Seen {
                first: self.seen(most, |span| !in_order(span.first())),
                last: self.seen(most, |span| in_order(span.last())),
            },
            scopes: self.scopes(),
            flows: FlowNumbers {
                flows: self.ends.values().sum(),
                ends: ended(&self.ends),
                durations: self.durations.spread(),
                packets: self.packets.spread(),
                bytes: self.bytes.spread(),
            },
            tcp: self.tcp.numbers(),
            tls: self.tls(most),
            http_hosts: self.http_hosts.names(most),
            matches: self.matches.numbers(most),
        }
    }

    fn count_ends(&mut self, flow: &Flow, exchange: Exchange) {
        let (from, to) = (flow.source(), flow.destination());
        let Exchange { there, back, span } = exchange;
        let source = Ends { sent: there, received: back, span };
        let destination = Ends { sent: back, received: there, span };
        for (end, ends) in [(from, source), (to, destination)] {
            self.hosts.add(end.ip(), &ends);
            self.scopes.entry(Scope::of(end.ip())).or_default().add(&ends);
        }
        let turned = exchange.turned();
        let (pair, own) = match from.ip() <= to.ip() {
            true => ((from.ip(), to.ip()), &exchange),
            false => ((to.ip(), from.ip()), &turned),
        };
        self.pairs.add(pair, own);
        let (ends, own) = match from <= to {
            true => ((from, to, flow.protocol()), &exchange),
            false => ((to, from, flow.protocol()), &turned),
        };
        self.conversations.add(ends, own);
    }

    fn count_application(&mut self, flow: &Flow, flown: &Flown) {
        let protocol = flow.protocol();
        let (source, destination) = (flow.source(), flow.destination());
        if has_ports(protocol) && (source.port(), destination.port()) != (0, 0) {
            self.ports.add((protocol, destination.port()), flown);
        }
        let application = flow.application();
        let shown = application.and_then(Application::name);
        let known = || by_port(protocol, source.port(), destination.port());
        let (name, told_by) = match shown.map(|name| (name, ToldBy::FirstBytes)) {
            Some(shown) => shown,
            None => known().map_or(("", ToldBy::Nothing), |name| (name, ToldBy::Ports)),
        };
        self.applications.entry((protocol, name, told_by)).or_default().add(flown);
        if let Some(tls) = application.and_then(Application::tls) {
            self.tls_flows += 1;
            tls.server_name().into_iter().for_each(|name| self.tls_names.add(name));
            let version = tls.version().into_iter();
            version.for_each(|version| *self.tls_versions.entry(version).or_default() += 1);
        }
        let http = application.and_then(Application::http);
        http.and_then(|http| http.host()).into_iter().for_each(|host| self.http_hosts.add(host));
    }

    fn applications(&self) -> Vec<ApplicationNumbers> {
        let numbers = |(&(protocol, name, told_by), flown): (&(Protocol, _, _), &Flown)| {
            let transport = protocol.to_string();
            ApplicationNumbers {
                transport,
                name,
                told_by,
                flows: flown.flows,
                volume: flown.volume,
            }
        };
        let mut all: Vec<_> = self.applications.iter().map(numbers).collect();
        all.sort_by_key(|numbers| std::cmp::Reverse(numbers.volume.packets));
        all
    }

    /// What the hosts that sent and received most bytes sent each other.
    fn matrix(&self, most: usize) -> Matrix {
        let busiest =
            self.hosts.top(most, |ends| ends.sent.bytes.saturating_add(ends.received.bytes));
        let hosts: Vec<IpAddr> = busiest.into_iter().map(|(address, _)| *address).collect();
        let sent = |from: &IpAddr, to: &IpAddr| {
            let pair = (*from.min(to), *from.max(to));
            // Of a pair that is not counted nothing is known, where some are forgotten.
            let nothing = || self.pairs.is_exact().then(Exchange::default);
            let exchange = self.pairs.get(&pair).copied().or_else(nothing)?;
            Some(match from.cmp(to) {
                Ordering::Less => exchange.there,
                Ordering::Greater => exchange.back,
                Ordering::Equal => exchange.both(),
            })
        };
        let row = |from: &IpAddr| hosts.iter().map(|to| sent(from, to)).collect();
        Matrix { sent: hosts.iter().map(row).collect(), hosts }
    }

    /// The hosts of which a time is the greatest.
    fn seen(&self, most: usize, time: impl Fn(&Span) -> u64) -> Vec<Host> {
        let hosts = self.hosts.top(most, |ends| time(&ends.span)).into_iter();
        hosts.map(|(address, ends)| host(address, ends)).collect()
    }

    fn scopes(&self) -> Vec<ScopeNumbers> {
        let mut hosts: BTreeMap<Scope, u64> = BTreeMap::new();
        for (address, _) in self.hosts.iter() {
            *hosts.entry(Scope::of(*address)).or_default() += 1;
        }
        let numbers = |(&scope, ends): (&Scope, &Ends)| ScopeNumbers {
            scope,
            hosts: hosts.get(&scope).copied().unwrap_or(0),
            sent: ends.sent,
            received: ends.received,
        };
        self.scopes.iter().map(numbers).collect()
    }

    fn tls(&self, most: usize) -> TlsNumbers {
        let version =
            |(name, &times): (&&str, &u64)| NameNumbers { name: (*name).to_owned(), times };
        let mut versions: Vec<_> = self.tls_versions.iter().map(version).collect();
        versions.sort_by_key(|version| std::cmp::Reverse(version.times));
        TlsNumbers { flows: self.tls_flows, versions, names: self.tls_names.names(most) }
    }
}

impl Tcp {
    fn take(&mut self, flow: &Flow, told: [f64; READ.len()]) {
        let [_, _, handshake, pairs @ ..] = told;
        let numbers = &mut self.numbers;
        numbers.flows += 1;
        numbers.segments += flow.packets();
        let sums = [
            &mut numbers.retransmissions,
            &mut numbers.out_of_order,
            &mut numbers.missing,
            &mut numbers.duplicate_acks,
            &mut numbers.zero_windows,
        ];
        // There and back of each.
        for (sum, pair) in sums.into_iter().zip(pairs.chunks(2)) {
            *sum += pair.iter().sum::<f64>() as u64;
        }
        if handshake > 0.0 {
            // Features count microseconds.
            self.handshakes.add((handshake * 1e3) as u64);
        }
        if flow.fwd.with(TcpFlags::SYN) > 0 {
            let is_refused = flow.bwd.with(TcpFlags::RST) > 0 && flow.bwd.with(TcpFlags::SYN) == 0;
            numbers.unanswered += u64::from(flow.bwd.packets() == 0);
            numbers.refused += u64::from(is_refused);
        }
        *self.ends.entry(flow.end()).or_default() += 1;
    }

    fn numbers(&self) -> TcpNumbers {
        let (ends, handshakes) = (ended(&self.ends), self.handshakes.spread());
        TcpNumbers { ends, handshakes, ..self.numbers.clone() }
    }
}

fn reads() -> [Read; READ.len()] {
    let nothing: Read = |_| 0.0;
    READ.map(|name| read(name).unwrap_or(nothing))
}

/// How a feature is read of flows, by its name.
fn read(name: &str) -> Option<Read> {
    let feature = FEATURES.iter().find(|feature| feature.name.current == name)?;
    feature.read_as(Profile::Native)
}

fn has_ports(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::TCP | Protocol::UDP | Protocol::SCTP)
}

fn ended(ends: &BTreeMap<End, u64>) -> Vec<Ended> {
    ends.iter().map(|(end, &flows)| Ended { end: end.name(), flows }).collect()
}

fn host(address: &IpAddr, ends: &Ends) -> Host {
    Host {
        address: *address,
        scope: Scope::of(*address),
        sent: ends.sent,
        received: ends.received,
        first: ends.span.first(),
        last: ends.span.last(),
    }
}

/// A time as a number that is greater the later it is, before 1970 too.
const fn in_order(time: Timestamp) -> u64 {
    time.as_nanos() as u64 ^ (1 << 63)
}

fn pair((one, other): &(IpAddr, IpAddr), exchange: &Exchange) -> Pair {
    let Exchange { there, back, span } = *exchange;
    Pair { one: *one, other: *other, there, back, first: span.first(), last: span.last() }
}

fn conversation(
    &(one, other, protocol): &(SocketAddr, SocketAddr, Protocol),
    exchange: &Exchange,
) -> Conversation {
    let Exchange { there, back, span } = *exchange;
    Conversation { protocol, one, other, there, back, first: span.first(), last: span.last() }
}

fn port(&(protocol, port): &(Protocol, u16), flown: &Flown) -> Port {
    let known_for = by_port(protocol, port, port).unwrap_or("");
    Port { protocol, port, known_for, flows: flown.flows, volume: flown.volume }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_read_of_flows_is_a_feature() {
        assert!(READ.into_iter().all(|name| read(name).is_some()));
        config().unwrap();
    }
}
