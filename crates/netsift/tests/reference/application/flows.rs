//! What the readers find in a capture, flow by flow.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use netsift_capture::{CaptureReader, FrameSource};
use netsift_packet::dns::{Message, Name, Question};
use netsift_packet::http::{Request, Response};
use netsift_packet::quic::InitialAssembler;
use netsift_packet::tls::{ClientHello, Ja3, Ja3s, Ja4, MAX_HELLO, ServerHello};
use netsift_packet::{Depth, Packet, ParseError, ParseOptions, Protocol, TcpFlags};

/// Bytes kept of a stream's direction: hellos, heads and the first DNS messages lie there.
const MAX_STREAM: usize = 256 * 1024;

/// Both ends, the lower one first, and the protocol.
pub(super) type Key = (u8, SocketAddr, SocketAddr);

pub(super) fn key(protocol: u8, a: SocketAddr, b: SocketAddr) -> Key {
    (protocol, a.min(b), a.max(b))
}

/// What a ClientHello says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hello {
    pub(super) ja3: String,
    pub(super) ja4: String,
    pub(super) name: Option<String>,
    pub(super) alpn: Vec<String>,
}

/// What was found in a flow, each kind in the order of its packets.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) hellos: Vec<Hello>,
    pub(super) ja3s: Vec<String>,
    pub(super) hosts: Vec<String>,
    pub(super) agents: Vec<String>,
    /// Names in DNS messages, as they were sent: those asked for, or the first one told of.
    pub(super) names: Vec<Vec<u8>>,
    /// DNS messages and HTTP heads as lines.
    pub(super) dns: Vec<String>,
    pub(super) http: Vec<String>,
}

/// The facts of every flow of a capture.
pub(super) fn facts(capture: &[u8], depth: Depth) -> BTreeMap<Key, Facts> {
    let mut directions: BTreeMap<(Key, bool), Direction> = BTreeMap::new();
    let mut reader = CaptureReader::new(capture).unwrap();
    let options = ParseOptions::default().depth(depth);
    // A capture that breaks off is read up to there.
    while let Ok(Some(frame)) = reader.next_frame() {
        let Ok(packet) = Packet::parse_with(frame, &options) else { continue };
        let ports = packet.src_port().zip(packet.dst_port());
        let ends = packet.src().zip(packet.dst()).zip(ports);
        let (Some(((src, dst), (from, to))), Some(protocol)) = (ends, packet.protocol()) else {
            continue;
        };
        let (src, dst) = (SocketAddr::new(src, from), SocketAddr::new(dst, to));
        let place = (key(protocol.0, src, dst), src < dst);
        directions.entry(place).or_default().take(&packet);
    }
    let mut flows: BTreeMap<Key, Facts> = BTreeMap::new();
    for ((key, _), direction) in directions {
        direction.read(flows.entry(key).or_default());
    }
    flows
}

/// One direction of a flow: a stream for each connection, or datagrams.
#[derive(Default)]
struct Direction {
    streams: Vec<Stream>,
    datagrams: Vec<Vec<u8>>,
    ports: (u16, u16),
}

#[derive(Default)]
struct Stream {
    start: u32,
    segments: BTreeMap<usize, Vec<u8>>,
}

impl Direction {
    fn take(&mut self, packet: &Packet<'_>) {
        self.ports = packet.src_port().zip(packet.dst_port()).unwrap_or_default();
        let payload = packet.payload();
        if packet.protocol() == Some(Protocol::UDP) {
            if !payload.is_empty() {
                self.datagrams.push(payload.to_vec());
            }
            return;
        }
        let (Some(sequence), Some(flags)) = (packet.seq(), packet.flags()) else { return };
        let is_syn = flags.contains(TcpFlags::SYN);
        let at = if is_syn { sequence.wrapping_add(1) } else { sequence };
        let holds = |stream: &&mut Stream| (at.wrapping_sub(stream.start) as usize) < MAX_STREAM;
        let is_known = self.streams.iter().any(|stream| stream.start == at);
        if self.streams.is_empty() || is_syn && !is_known {
            self.streams.push(Stream { start: at, ..Stream::default() });
        }
        let Some(stream) = self.streams.iter_mut().rev().find(holds) else { return };
        let offset = at.wrapping_sub(stream.start) as usize;
        let segment = stream.segments.entry(offset).or_default();
        if segment.len() < payload.len() {
            *segment = payload.to_vec();
        }
    }

    fn read(&self, facts: &mut Facts) {
        for stream in &self.streams {
            stream.read(self.ports, facts);
        }
        let mut assembler = Box::new(InitialAssembler::new());
        let mut is_done = false;
        for datagram in &self.datagrams {
            self.read_datagram(datagram, facts);
            if !is_done && assembler.push(datagram).is_ok_and(|whole| whole) {
                is_done = true;
                facts
                    .hellos
                    .extend(assembler.client_hello().ok().and_then(|hello| Hello::of(&hello)));
            }
        }
    }

    fn read_datagram(&self, datagram: &[u8], facts: &mut Facts) {
        if let Ok(message) = Message::parse(datagram)
            && (is_dns(self.ports) || !is_netbios(self.ports) && is_dns_all_over(&message))
        {
            facts.take_dns(&message);
        }
        if let Ok(hello) = ClientHello::parse_datagram(datagram) {
            facts.hellos.extend(Hello::of(&hello));
        }
        if let Ok(hello) = ServerHello::parse_datagram(datagram) {
            facts.ja3s.push(Ja3s::of(&hello).to_string());
        }
        facts.take_http(datagram);
    }
}

impl Stream {
    /// Reads what starts where a segment starts.
    fn read(&self, ports: (u16, u16), facts: &mut Facts) {
        let mut scratch = [0; MAX_HELLO + 4];
        let mut dns_at = 0;
        for (bytes, at) in self.runs() {
            if let Ok(hello) = ClientHello::parse_joining(&bytes, &mut scratch) {
                facts.hellos.extend(Hello::of(&hello));
            }
            if let Ok(hello) = ServerHello::parse_joining(&bytes, &mut scratch) {
                facts.ja3s.push(Ja3s::of(&hello).to_string());
            }
            facts.take_http(&bytes);
            let mut rest = &bytes[..];
            while is_dns(ports)
                && at >= dns_at
                && let Ok((message, len)) = Message::parse_tcp(rest)
            {
                facts.take_dns(&message);
                rest = &rest[len..];
                dns_at = at + bytes.len() - rest.len();
            }
        }
    }

    /// From the start of each segment: the bytes that follow without a gap.
    fn runs(&self) -> impl Iterator<Item = (Vec<u8>, usize)> {
        let mut read_to = 0;
        self.segments.iter().filter_map(move |(&at, segment)| {
            // Bytes sent again are not read again.
            if at < read_to || segment.is_empty() {
                return None;
            }
            read_to = at + segment.len();
            let mut bytes = segment.clone();
            for (&next, segment) in self.segments.range(at + 1..) {
                let end = at + bytes.len();
                if next > end || bytes.len() > MAX_HELLO {
                    break;
                }
                bytes.extend(segment.get(end - next..).unwrap_or_default());
            }
            Some((bytes, at))
        })
    }
}

impl Hello {
    fn of(hello: &ClientHello<'_>) -> Option<Self> {
        Some(Self {
            ja3: Ja3::of(hello).to_string(),
            ja4: Ja4::of(hello)?.to_string(),
            name: hello.server_name().map(|name| name.to_string()),
            alpn: hello.alpn().map(|name| name.to_string()).collect(),
        })
    }
}

impl Facts {
    fn take_dns(&mut self, message: &Message<'_>) {
        let asked = message.questions().map_while(Result::ok).map(|question| question.name);
        let told = message.records().map_while(Result::ok).map(|record| record.name);
        let questions = usize::from(message.header.questions).max(1);
        self.names.extend(asked.chain(told).take(questions).map(|name| dotted(&name)));
        self.dns.push(super::tshark::dns_line(message));
    }

    fn take_http(&mut self, bytes: &[u8]) {
        if let Ok(request) = Request::parse(bytes) {
            self.hosts.extend(request.host().map(|host| host.to_string()));
            self.agents.extend(request.user_agent().map(|agent| agent.to_string()));
            self.http.push(super::tshark::request_line(&request));
        }
        if let Ok(response) = Response::parse(bytes) {
            self.http.push(super::tshark::response_line(&response));
        }
    }
}

/// A name's bytes as they were sent, with dots between its labels.
pub(super) fn dotted(name: &Name<'_>) -> Vec<u8> {
    name.labels().collect::<Vec<_>>().join(&b'.')
}

/// Whether a port is one of DNS, mDNS or LLMNR.
fn is_dns((from, to): (u16, u16)) -> bool {
    [53, 5353, 5355].iter().any(|port| [from, to].contains(port))
}

/// Whether a port is the one of NetBIOS names: messages of the same form that tshark keeps apart.
fn is_netbios((from, to): (u16, u16)) -> bool {
    from == 137 || to == 137
}

/// Whether a message on any port is DNS: one sensible question, and records that can be.
fn is_dns_all_over(message: &Message<'_>) -> bool {
    let fits = |question: Question<'_>| {
        question.class == 1 && question.kind.name().is_some() && !question.name.is_root()
    };
    let is_lie = |error: ParseError| matches!(error, ParseError::Invalid { .. });
    message.header.questions == 1
        && message.header.opcode() == 0
        && message.questions().all(|question| question.is_ok_and(fits))
        && !message.records().any(|record| record.is_err_and(is_lie))
}
