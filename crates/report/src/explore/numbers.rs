//! What is told of captures: plain numbers, for pages, terminals and JSON alike.

use std::net::{IpAddr, SocketAddr};

use netsift_packet::{MacAddr, Protocol, Timestamp};
use serde::{Serialize, Serializer};

use super::{Scope, Spread, Timeline};

/// Captures in numbers.
///
/// Bytes are those of frames on the wire. Texts of strangers are told as they print (visible ASCII as it is, everything else
/// escaped) and are no longer than 1,020 characters; whoever puts them on a page escapes them once more for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CaptureNumbers {
    /// Frames, and what became of them.
    pub frames: FrameNumbers,
    /// Packets and bytes over time.
    pub timeline: Timeline,
    /// Lengths of frames on the wire, in bytes.
    pub lengths: Spread,
    /// Which protocol carries which, from the link to the transport: what stands at the top is of the link.
    pub protocols: Vec<ProtocolNumbers>,
    /// What was carried, by what the first bytes of flows show, else by what their ports are known for.
    pub applications: Vec<ApplicationNumbers>,
    /// Who sent and received frames on Ethernet.
    pub link_hosts: Ranked<LinkHost>,
    /// Hosts by what they sent.
    pub sources: Ranked<Host>,
    /// Hosts by what they received.
    pub destinations: Ranked<Host>,
    /// Pairs of hosts by what they sent each other.
    pub pairs: Ranked<Pair>,
    /// Pairs of addresses with ports by what they sent each other.
    pub conversations: Ranked<Conversation>,
    /// Ports that conversations were opened to.
    pub ports: Ranked<Port>,
    /// What the busiest hosts sent each other.
    pub matrix: Matrix,
    /// The hosts that came first, and those that were there last.
    pub seen: Seen,
    /// What addresses are for.
    pub scopes: Vec<ScopeNumbers>,
    /// Flows, and how they ended.
    pub flows: FlowNumbers,
    /// TCP connections.
    pub tcp: TcpNumbers,
    /// DNS, mDNS and LLMNR.
    pub dns: DnsNumbers,
    /// TLS, DTLS and QUIC.
    pub tls: TlsNumbers,
    /// Hosts that HTTP requests named.
    pub http_hosts: Names,
    /// What of it is on lists.
    pub matches: Matches,
}

/// Packets, and their bytes on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Volume {
    /// Packets.
    pub packets: u64,
    /// Their bytes on the wire.
    pub bytes: u64,
}

impl Volume {
    #[inline]
    pub(super) fn count(&mut self, bytes: u64) {
        self.packets += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    #[inline]
    pub(super) fn add(&mut self, other: &Self) {
        self.packets = self.packets.saturating_add(other.packets);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// Frames, and what became of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FrameNumbers {
    /// All of them.
    pub all: Volume,
    /// How many of their bytes were captured.
    pub captured_bytes: u64,
    /// Frames that were not captured whole.
    pub cut: u64,
    /// The earliest time, times far from all others left out.
    #[serde(serialize_with = "text_if_any")]
    pub first: Option<Timestamp>,
    /// The latest time.
    #[serde(serialize_with = "text_if_any")]
    pub last: Option<Timestamp>,
    /// Seconds between them.
    pub seconds: f64,
    /// Packets in each of these seconds on average; 0 where no time passed.
    pub packets_per_second: f64,
    /// Bytes in each of these seconds on average; 0 where no time passed.
    pub bytes_per_second: f64,
    /// Frames whose time is before that of the one before them.
    pub back: u64,
    /// Frames to one host, on Ethernet.
    pub unicast: u64,
    /// Frames to groups of hosts.
    pub multicast: u64,
    /// Frames to all hosts.
    pub broadcast: u64,
    /// IP packets that are parts of larger ones.
    pub fragments: u64,
    /// Frames that could not be read, by reason: the commonest first.
    pub unreadable: Vec<Reasoned>,
    /// Packets that could be read in part, by what is wrong.
    pub damaged: Vec<Reasoned>,
}

/// How many frames there are for a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reasoned {
    /// The reason.
    pub reason: String,
    /// How many frames.
    pub frames: u64,
}

/// A protocol, and what it carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProtocolNumbers {
    /// Its name.
    pub name: String,
    /// Frames with it, those of what it carries included.
    #[serde(flatten)]
    pub volume: Volume,
    /// What it carries, the commonest first.
    pub carries: Vec<ProtocolNumbers>,
}

/// How an application was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToldBy {
    /// By the first bytes of its flows.
    FirstBytes,
    /// By what its ports are known for.
    Ports,
    /// By nothing: nobody knows what it was.
    Nothing,
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApplicationNumbers {
    /// What carried it.
    pub transport: String,
    /// Its name; empty where it is not known.
    pub name: &'static str,
    /// How it was told.
    pub told_by: ToldBy,
    /// How many flows.
    pub flows: u64,
    /// What was in them.
    #[serde(flatten)]
    pub volume: Volume,
}

/// The first of many, by packets and by bytes.
///
/// While there are few enough of them ([`is_exact`](Self::is_exact)) all are counted, and exactly. Beyond, the rarest are
/// forgotten now and then: counts are then too low by [`missed`](Self::missed) at most, and never too high.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ranked<T> {
    /// How many are counted.
    pub counted: u64,
    /// How many there are: exactly while [`is_exact`](Self::is_exact), else about, as two digits and zeros.
    pub distinct: u64,
    /// Whether they are all there are.
    pub is_exact: bool,
    /// By how much any count may be too low.
    pub missed: Volume,
    /// The first by packets.
    pub by_packets: Vec<T>,
    /// The first by bytes.
    pub by_bytes: Vec<T>,
}

/// A host of a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkHost {
    /// Its address.
    #[serde(serialize_with = "text")]
    pub address: MacAddr,
    /// What it sent.
    pub sent: Volume,
    /// What was sent to it.
    pub received: Volume,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Host {
    /// Its address.
    pub address: IpAddr,
    /// What the address is for.
    pub scope: Scope,
    /// What it sent.
    pub sent: Volume,
    /// What was sent to it.
    pub received: Volume,
    /// When it first took part.
    #[serde(serialize_with = "seconds")]
    pub first: Timestamp,
    /// When it last took part.
    #[serde(serialize_with = "seconds")]
    pub last: Timestamp,
}

/// Hosts by when they took part; where hosts are not [counted exactly](Ranked::is_exact), of those that are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Those that took part first, the earliest first.
    pub first: Vec<Host>,
    /// Those that took part last, the latest first.
    pub last: Vec<Host>,
}

/// Two hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// The one with the smaller address.
    pub one: IpAddr,
    /// The other one.
    pub other: IpAddr,
    /// What the first sent the other.
    pub there: Volume,
    /// What came back.
    pub back: Volume,
    /// When they first met.
    #[serde(serialize_with = "seconds")]
    pub first: Timestamp,
    /// When they last met.
    #[serde(serialize_with = "seconds")]
    pub last: Timestamp,
}

/// What went between two ports; what has none has port 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conversation {
    /// The protocol.
    #[serde(serialize_with = "text")]
    pub protocol: Protocol,
    /// The end with the smaller address and port.
    pub one: SocketAddr,
    /// The other one.
    pub other: SocketAddr,
    /// What the first sent the other.
    pub there: Volume,
    /// What came back.
    pub back: Volume,
    /// When the first packet came.
    #[serde(serialize_with = "seconds")]
    pub first: Timestamp,
    /// When the last packet came.
    #[serde(serialize_with = "seconds")]
    pub last: Timestamp,
}

/// A port that conversations were opened to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Port {
    /// The protocol.
    #[serde(serialize_with = "text")]
    pub protocol: Protocol,
    /// The number.
    pub port: u16,
    /// What it is known for; empty if that is not known.
    pub known_for: &'static str,
    /// Flows.
    pub flows: u64,
    /// What was in them, both ways.
    #[serde(flatten)]
    pub volume: Volume,
}

/// What hosts sent each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// The hosts.
    pub hosts: Vec<IpAddr>,
    /// For each of them, what it sent to each of them; nothing where the pair was forgotten, or never was.
    pub sent: Vec<Vec<Option<Volume>>>,
}

/// What went to and from addresses of a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScopeNumbers {
    /// What the addresses are for.
    pub scope: Scope,
    /// How many there were; where hosts are not [counted exactly](Ranked::is_exact), at least so many.
    pub hosts: u64,
    /// What was sent from them.
    pub sent: Volume,
    /// What was sent to them.
    pub received: Volume,
}

/// Flows: what went between two ports without a long silence.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FlowNumbers {
    /// How many.
    pub flows: u64,
    /// Why they ended.
    pub ends: Vec<Ended>,
    /// From the first packet to the last, in nanoseconds.
    pub durations: Spread,
    /// Packets, both ways.
    pub packets: Spread,
    /// Bytes on the wire, both ways.
    pub bytes: Spread,
}

/// How many flows ended in a way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// Why they ended, as [`End`](netsift_flow::End) names it: `input` are those that were open when the packets ended.
    pub end: &'static str,
    /// How many.
    pub flows: u64,
}

/// TCP connections.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TcpNumbers {
    /// Flows of TCP.
    pub flows: u64,
    /// Why they ended.
    pub ends: Vec<Ended>,
    /// Flows that began with SYN, and to which nothing came back.
    pub unanswered: u64,
    /// Flows that began with SYN, and to which RST without SYN came back.
    pub refused: u64,
    /// Packets.
    pub segments: u64,
    /// Segments whose bytes had been sent before.
    pub retransmissions: u64,
    /// Segments that others had overtaken.
    pub out_of_order: u64,
    /// Segments before which bytes were missing.
    pub missing: u64,
    /// Segments that only acknowledge the same once more.
    pub duplicate_acks: u64,
    /// Segments that allow no more bytes.
    pub zero_windows: u64,
    /// From SYN to the end of the handshake, where it was seen, in nanoseconds.
    pub handshakes: Spread,
}

/// Names, the commonest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    /// How many are counted.
    pub counted: u64,
    /// How many there are: exactly while [`is_exact`](Self::is_exact), else about, as two digits and zeros.
    pub distinct: u64,
    /// Whether they are all there are, and counted exactly.
    pub is_exact: bool,
    /// By how much any count may be too low.
    pub missed: u64,
    /// The commonest.
    pub top: Vec<NameNumbers>,
}

/// A name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NameNumbers {
    /// The name, in small letters.
    pub name: String,
    /// How often.
    pub times: u64,
}

/// DNS, mDNS and LLMNR.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DnsNumbers {
    /// Messages that ask.
    pub queries: u64,
    /// Messages that answer.
    pub responses: u64,
    /// Response codes, by number.
    pub response_codes: Vec<Numbered>,
    /// Types of records that were asked for, by number.
    pub record_types: Vec<Numbered>,
    /// Names that were asked for.
    pub names: Names,
}

/// How often a number was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Numbered {
    /// The number.
    pub number: u16,
    /// What it is called; empty if it has no name.
    pub name: &'static str,
    /// How often.
    pub times: u64,
}

/// TLS, DTLS and QUIC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TlsNumbers {
    /// Flows with a hello.
    pub flows: u64,
    /// Versions chosen, else the highest offered.
    pub versions: Vec<NameNumbers>,
    /// Servers that were asked for.
    pub names: Names,
}

/// What is on lists.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Matches {
    /// The lists that were asked, each with what was loaded of it.
    pub lists: Vec<String>,
    /// Flows with something that is on a list.
    pub flows: u64,
    /// How many matches are counted.
    pub counted: u64,
    /// How many there are: exactly while [`is_exact`](Self::is_exact), else about, as two digits and zeros.
    pub distinct: u64,
    /// Whether they are all there are.
    pub is_exact: bool,
    /// By how many flows any count may be too low.
    pub missed: u64,
    /// The first by flows.
    pub top: Vec<Match>,
}

/// Something that is on a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Match {
    /// The list.
    pub list: String,
    /// What was found: an address, a name or a fingerprint.
    pub subject: String,
    /// The entry that says so, and where it stands.
    pub entry: String,
    /// Flows.
    pub flows: u64,
    /// What was in them.
    #[serde(flatten)]
    pub volume: Volume,
    /// When the first of them began.
    #[serde(serialize_with = "seconds")]
    pub first: Timestamp,
    /// When the last of them ended.
    #[serde(serialize_with = "seconds")]
    pub last: Timestamp,
}

/// Seconds since the epoch with nine decimals, as text: a number would lose some of them.
pub(super) fn seconds<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(time)
}

/// As it prints, or nothing.
pub(super) fn text_if_any<S: Serializer>(
    value: &Option<impl std::fmt::Display>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => to.collect_str(value),
        None => to.serialize_none(),
    }
}

fn text<S: Serializer>(value: &impl std::fmt::Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}
