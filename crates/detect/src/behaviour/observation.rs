//! What the rules look at: the facts of one flow.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use netsift_flow::{Application, Dns, End, Flow, Http, Side};
use netsift_packet::{Protocol, TcpFlags, Timestamp};

/// The facts of one flow, however they were come by.
///
/// [`of`](Self::of) reads them from a [`Flow`], and [`new`](Self::new) takes them from elsewhere: every field is public.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Observation<'a> {
    /// Who opened the conversation.
    pub source: SocketAddr,
    /// Who was called; port 0 where the protocol has none.
    pub destination: SocketAddr,
    /// The protocol behind IP.
    pub protocol: Protocol,
    /// The time of the first packet.
    pub first: Timestamp,
    /// The time of the last packet.
    pub last: Timestamp,
    /// What the source sent.
    pub sent: Volume,
    /// What the destination sent.
    pub received: Volume,
    /// Packets of either end that came at most a fifth of a second after the one before.
    pub hasty: u64,
    /// What became of a TCP connection's opening; of other protocols nothing.
    pub opening: Opening,
    /// Type of the first ICMP message.
    pub icmp_type: Option<u8>,
    /// The application that its bytes show, by the names of the flow table.
    pub application: Option<&'a str>,
    /// The name that was asked for first.
    pub dns_name: Option<&'a str>,
    /// All names that were asked for, each once, the first one first; none where only that one is known.
    pub dns_names: &'a [Box<str>],
    /// The status of the first answer of HTTP.
    pub http_status: Option<u16>,
    /// Whether the flow is over: before that, an answer may still come.
    pub has_ended: bool,
}

/// How much one side sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Packets.
    pub packets: u64,
    /// Packets with payload.
    pub data_packets: u64,
    /// Payload, in bytes.
    pub bytes: u64,
}

/// What became of a TCP connection's opening.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Opening {
    /// It was not seen, or there is none.
    #[default]
    Missed,
    /// Nothing came back.
    Unanswered,
    /// The destination reset it at once.
    Refused,
    /// The destination answered, and the source said nothing more.
    HalfOpen,
    /// The destination answered, and the source reset it.
    Aborted,
    /// Both ends know of it.
    Established,
}

/// What a try to reach something came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// There was an answer that says something.
    Talked,
    /// A connection that said nothing, or that is asked for again and again.
    Empty,
    /// Nobody there, or nobody wanted.
    Failed,
}

/// Packets that a probe of a port takes: one, and repeats since packets get lost. Who goes on asking means to connect,
/// and who sends more datagrams does not ask.
const MOST_PROBES: u64 = 3;
/// From here on systems choose ports for what they send themselves: who sends datagrams there mostly answers.
const EPHEMERAL: u16 = 32_768;
/// Below it ports belong to services of the system: what comes from there is an answer.
const SYSTEM: u16 = 1_024;
/// Echo requests of ICMP (RFC 792) and of ICMPv6 (RFC 4443).
const ECHO: (u8, u8) = (8, 128);

impl<'a> Observation<'a> {
    /// A flow that is over and of which only this is known: one packet was sent.
    #[must_use]
    pub fn new(
        source: SocketAddr,
        destination: SocketAddr,
        protocol: Protocol,
        first: Timestamp,
    ) -> Self {
        Self {
            source,
            destination,
            protocol,
            first,
            last: first,
            sent: Volume { packets: 1, ..Volume::default() },
            received: Volume::default(),
            hasty: 0,
            opening: Opening::Missed,
            icmp_type: None,
            application: None,
            dns_name: None,
            dns_names: &[],
            http_status: None,
            has_ended: true,
        }
    }

    /// The facts of a flow as it is told. Application, names and status are known only where the flow table was asked
    /// for them; of names that were asked for the first, and all of them by
    /// [`Conversation::observation`](crate::Conversation::observation).
    #[must_use]
    pub fn of(flow: &'a Flow) -> Self {
        let application = flow.application();
        Self {
            last: flow.last(),
            sent: Volume::of(&flow.fwd),
            received: Volume::of(&flow.bwd),
            hasty: flow.hasty_packets(),
            opening: Opening::of(flow),
            icmp_type: flow.icmp().map(|(kind, _)| kind),
            application: application.and_then(Application::name),
            dns_name: application.and_then(Application::dns).and_then(Dns::name),
            http_status: application.and_then(Application::http).and_then(Http::status),
            has_ended: flow.end() != End::Early,
            ..Self::new(flow.source(), flow.destination(), flow.protocol(), flow.first())
        }
    }

    /// The names that were asked for, as far as they are known.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let first = self.dns_name.filter(|_| self.dns_names.is_empty());
        first.into_iter().chain(self.dns_names.iter().map(AsRef::as_ref))
    }

    /// What a try to reach a port came to; nothing if this is no such try, or it is not decided yet.
    pub(super) fn attempt(&self) -> Option<Attempt> {
        match self.protocol {
            // Nobody connects to a network: the last address of a small one is a host of a large one.
            Protocol::TCP if !self.destination.ip().is_multicast() => self.connection(),
            _ if is_group(self.destination.ip()) => None,
            Protocol::UDP => self.exchange(),
            _ => None,
        }
    }

    /// Whether it may be part of a scan of ports that was found: any port counts then.
    pub(super) fn is_probe(&self) -> bool {
        match self.protocol {
            Protocol::UDP => self.sent.packets <= MOST_PROBES,
            _ => self.attempt().is_some(),
        }
    }

    /// Whether less than half of what was sent got an answer.
    pub(crate) fn is_hardly_answered(&self) -> bool {
        self.received.packets.saturating_mul(2) < self.sent.packets
    }

    /// The same read the other way: who opened a conversation is not known where its opening was missed.
    pub(super) fn turned(&self) -> Self {
        Self {
            source: self.destination,
            destination: self.source,
            sent: self.received,
            received: self.sent,
            ..*self
        }
    }

    /// Whether it is a ping; pings to groups are those of a sweep.
    pub(super) fn is_ping(&self) -> bool {
        match self.protocol {
            Protocol::ICMP => self.icmp_type == Some(ECHO.0),
            Protocol::ICMPV6 => self.icmp_type == Some(ECHO.1),
            _ => false,
        }
    }

    fn connection(&self) -> Option<Attempt> {
        let is_over = || self.has_ended.then_some(());
        match self.opening {
            Opening::Missed => None,
            Opening::Unanswered if self.sent.packets > MOST_PROBES => Some(Attempt::Empty),
            Opening::Unanswered | Opening::HalfOpen => is_over().map(|()| Attempt::Failed),
            Opening::Refused | Opening::Aborted => Some(Attempt::Failed),
            Opening::Established if self.sent.bytes.max(self.received.bytes) > 0 => {
                Some(Attempt::Talked)
            }
            Opening::Established => is_over().map(|()| Attempt::Empty),
        }
    }

    fn exchange(&self) -> Option<Attempt> {
        let (from, to) = (self.source.port(), self.destination.port());
        match self.received.packets {
            _ if to >= EPHEMERAL || from < SYSTEM && to >= SYSTEM => None,
            0 if self.sent.packets > MOST_PROBES => Some(Attempt::Empty),
            0 => self.has_ended.then_some(Attempt::Failed),
            _ => Some(Attempt::Talked),
        }
    }
}

impl Volume {
    fn of(side: &Side) -> Self {
        Self {
            packets: side.packets(),
            data_packets: side.data_packets.into(),
            bytes: side.length.sum() as u64,
        }
    }
}

impl Opening {
    fn of(flow: &Flow) -> Self {
        let Flow { fwd, bwd, .. } = flow;
        if flow.protocol() != Protocol::TCP {
            return Self::Missed;
        }
        let has = |side: &Side, flag| side.with(flag) > 0;
        let only = |side: &Side, flag| u64::from(side.with(flag)) == side.packets();
        // The last word of a connection that is given up may be RST with ACK.
        let confirmed = fwd.with(TcpFlags::ACK) > fwd.with(TcpFlags::RST) || fwd.data_packets > 0;
        let answered = has(bwd, TcpFlags::SYN);
        match has(fwd, TcpFlags::SYN) {
            true if confirmed => Self::Established,
            true if answered && has(fwd, TcpFlags::RST) => Self::Aborted,
            true if answered => Self::HalfOpen,
            // The source may be forged, and its question lie before the first packet.
            false if answered && fwd.packets() == 0 && only(bwd, TcpFlags::SYN) => Self::HalfOpen,
            // Probes without SYN have no ACK either: FIN, NULL and Xmas scans. What lies within a connection has.
            false
                if confirmed || answered || has(fwd, TcpFlags::RST) || has(fwd, TcpFlags::ACK) =>
            {
                Self::Missed
            }
            _ if has(bwd, TcpFlags::RST) => Self::Refused,
            _ if bwd.packets() == 0 => Self::Unanswered,
            _ => Self::Missed,
        }
    }
}

/// An observation that outlives what it was made of.
pub(super) struct Kept {
    /// All but the texts.
    seen: Observation<'static>,
    application: Option<Box<str>>,
    dns_name: Option<Box<str>>,
    dns_names: Box<[Box<str>]>,
}

impl Kept {
    pub(super) fn of(seen: &Observation<'_>) -> Self {
        let Observation { source, destination, protocol, first, .. } = *seen;
        Self {
            seen: Observation {
                last: seen.last,
                sent: seen.sent,
                received: seen.received,
                hasty: seen.hasty,
                opening: seen.opening,
                icmp_type: seen.icmp_type,
                http_status: seen.http_status,
                has_ended: seen.has_ended,
                ..Observation::new(source, destination, protocol, first)
            },
            application: seen.application.map(Box::from),
            dns_name: seen.dns_name.map(Box::from),
            dns_names: seen.dns_names.into(),
        }
    }

    pub(super) fn seen(&self) -> Observation<'_> {
        Observation {
            application: self.application.as_deref(),
            dns_name: self.dns_name.as_deref(),
            dns_names: &self.dns_names,
            ..self.seen
        }
    }
}

/// Whether an address stands for many hosts. The last address of a private /24 does, mostly.
pub(super) fn is_group(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let is_last = address.is_private() && address.octets()[3] == 255;
            address.is_multicast() || address == Ipv4Addr::BROADCAST || is_last
        }
        IpAddr::V6(address) => address.is_multicast(),
    }
}

#[cfg(test)]
mod tests {
    use netsift_flow::{Columns, FlowTable, Profile, Record};

    use super::*;

    const CLIENT: ([u8; 4], u16) = ([10, 0, 0, 1], 50_000);
    const SERVER: ([u8; 4], u16) = ([10, 0, 0, 2], 22);

    /// The opening of a connection with these segments: who sends, flags, payload.
    fn opening(segments: &[(bool, TcpFlags, u32)]) -> Opening {
        let mut table = FlowTable::new(Columns::all(Profile::Native).config());
        for (step, &(forward, flags, payload_len)) in segments.iter().enumerate() {
            let (from, to) = if forward { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
            let time = Timestamp::from_micros(step as i64);
            let mut record = Record::new(time, from.0.into(), to.0.into(), Protocol::TCP);
            (record.src_port, record.dst_port) = (from.1, to.1);
            (record.header_len, record.payload_len, record.tcp.flags) = (20, payload_len, flags);
            table.push(&record, |_| ());
        }
        let mut openings = Vec::new();
        table.finish(|flow| openings.push(Observation::of(flow).opening));
        openings[0]
    }

    #[test]
    fn openings_are_read_from_flags() {
        const SYN: TcpFlags = TcpFlags::SYN;
        const ACK: TcpFlags = TcpFlags::ACK;
        const RST: TcpFlags = TcpFlags::RST;
        const FIN: TcpFlags = TcpFlags::FIN;
        let answer = TcpFlags(SYN.0 | ACK.0);
        let (refusal, goodbye) = (TcpFlags(RST.0 | ACK.0), TcpFlags(FIN.0 | ACK.0));
        for (segments, expected) in [
            (&[(true, SYN, 0)][..], Opening::Unanswered),
            (&[(true, SYN, 0), (true, SYN, 0)], Opening::Unanswered),
            (&[(true, SYN, 0), (false, refusal, 0)], Opening::Refused),
            (&[(true, SYN, 0), (false, answer, 0)], Opening::HalfOpen),
            (&[(true, SYN, 0), (false, answer, 0), (false, answer, 0)], Opening::HalfOpen),
            (&[(true, SYN, 0), (false, answer, 0), (true, RST, 0)], Opening::Aborted),
            (&[(true, SYN, 0), (false, answer, 0), (true, refusal, 0)], Opening::Aborted),
            (&[(true, SYN, 0), (false, answer, 0), (true, ACK, 0)], Opening::Established),
            // One direction was captured.
            (&[(true, SYN, 0), (true, ACK, 0), (true, ACK, 9)], Opening::Established),
            (&[(false, answer, 0), (false, ACK, 9)], Opening::Missed),
            (&[(false, answer, 0), (false, answer, 0)], Opening::HalfOpen),
            // In the middle.
            (&[(true, ACK, 9), (false, ACK, 0)], Opening::Missed),
            (&[(true, goodbye, 0), (false, refusal, 0)], Opening::Missed),
            (&[(true, RST, 0)], Opening::Missed),
            // Probes without SYN.
            (&[(true, FIN, 0), (false, refusal, 0)], Opening::Refused),
            (&[(true, TcpFlags(0), 0)], Opening::Unanswered),
        ] {
            assert_eq!(opening(segments), expected, "{segments:?}");
        }
    }

    #[test]
    fn packets_that_come_soon_behind_another_are_counted() {
        for profile in Profile::ALL {
            let mut table = FlowTable::new(Columns::all(profile).config());
            let mut hasty = Vec::new();
            for millis in [0, 100, 300, 501, 3_000, 3_000] {
                let time = Timestamp::from_micros(millis * 1_000);
                let mut record = Record::new(time, CLIENT.0.into(), SERVER.0.into(), Protocol::UDP);
                (record.src_port, record.dst_port, record.header_len) = (5, 6, 8);
                table.push(&record, |_| ());
            }
            table.finish(|flow| hasty.push(Observation::of(flow).hasty));
            assert_eq!(hasty, [3], "{profile}");
        }
    }

    #[test]
    fn silence_is_a_failure_once_the_flow_is_over() {
        let seen = Observation::new(CLIENT.into(), SERVER.into(), Protocol::TCP, Timestamp::EPOCH);
        let silent = Observation { opening: Opening::Unanswered, ..seen };
        assert_eq!(silent.attempt(), Some(Attempt::Failed));
        assert_eq!(Observation { has_ended: false, ..silent }.attempt(), None);
        let refused = Observation { opening: Opening::Refused, has_ended: false, ..seen };
        assert_eq!(refused.attempt(), Some(Attempt::Failed));
    }

    #[test]
    fn datagrams_that_answer_are_no_attempts() {
        let to = |from: u16, to: u16| {
            let ends = ((CLIENT.0, from).into(), (SERVER.0, to).into());
            Observation::new(ends.0, ends.1, Protocol::UDP, Timestamp::EPOCH).attempt()
        };
        assert_eq!(to(50_000, 161), Some(Attempt::Failed));
        assert_eq!(to(50_000, 50_001), None);
        assert_eq!(to(443, 5_000), None);
        assert_eq!(to(123, 123), Some(Attempt::Failed));
    }

    #[test]
    fn groups_are_told_from_hosts() {
        assert!(is_group("ff02::1".parse().unwrap()) && is_group("224.0.0.251".parse().unwrap()));
        assert!(is_group("10.0.0.255".parse().unwrap()) && !is_group("8.8.8.255".parse().unwrap()));
    }

    #[test]
    fn what_is_kept_is_what_was_seen() {
        let names: [Box<str>; 2] = ["a.example".into(), "b.example".into()];
        let ends = (CLIENT.into(), SERVER.into());
        let seen = Observation {
            last: Timestamp::from_micros(5),
            sent: Volume { packets: 7, data_packets: 6, bytes: 5 },
            received: Volume { packets: 4, data_packets: 3, bytes: 2 },
            hasty: 6,
            opening: Opening::Aborted,
            icmp_type: Some(8),
            application: Some("DNS"),
            dns_name: Some(&names[0]),
            dns_names: &names,
            http_status: Some(401),
            has_ended: false,
            ..Observation::new(ends.0, ends.1, Protocol::TCP, Timestamp::EPOCH)
        };
        assert_eq!(format!("{:?}", Kept::of(&seen).seen()), format!("{seen:?}"));
    }
}
