//! The directions of a TCP connection: what starts there is told, joined and read.

use netsift_packet::dns::Message;
use netsift_packet::http::METHODS;
use netsift_packet::tls::{ClientHello, ClientHelloStart, MAX_HELLO, ServerHello};
use netsift_packet::{Field, ParseError, Protocol, TcpFlags};

use super::join::{Pending, Reading, Segment, Stream};
use super::signature::{Peek, of_stream};
use super::{Application, Http, Outcome, Wanted, by_port};
use crate::Record;

impl Application {
    pub(super) fn take_segment(&mut self, record: &Record<'_>, forward: bool, wanted: Wanted) {
        let segment = Segment::of(record);
        match self.take_stream(forward) {
            Some(stream) if stream.reading.is_some() => {
                let mut stream = stream;
                stream.insert(&segment);
                self.read_stream(stream, forward);
            }
            behind_gap => self.begin(record, &segment, behind_gap, forward, wanted),
        }
    }

    /// Looks at a segment as if a message started with it.
    fn begin(
        &mut self,
        record: &Record<'_>,
        segment: &Segment<'_>,
        behind_gap: Option<Stream>,
        forward: bool,
        wanted: Wanted,
    ) {
        let peek = Peek::of(record);
        if wanted.application {
            self.guess(forward, || of_stream(&peek));
        }
        let is_early = self.is_early(forward);
        let Some(reading) = Reading::of(&peek, wanted, is_early) else {
            return self.pass_over(&peek, segment, forward, wanted);
        };
        match self.read(reading, segment.bytes) {
            Outcome::Unfinished if !segment.is_cut => {
                let mut stream = Stream::of(reading, segment);
                behind_gap.into_iter().for_each(|other| stream.take_waiting(other));
                self.read_stream(stream, forward);
            }
            outcome => self.end_reading(reading, outcome, forward),
        }
    }

    /// Reads what is there of a stream, and keeps it if it goes on.
    fn read_stream(&mut self, stream: Stream, forward: bool) {
        let Some(reading) = stream.reading else { return };
        match self.read(reading, stream.bytes()) {
            Outcome::Unfinished if !stream.is_full() => self.keep_stream(stream, forward),
            outcome => self.end_reading(reading, outcome, forward),
        }
    }

    fn read(&mut self, reading: Reading, bytes: &[u8]) -> Outcome {
        match reading {
            Reading::Hello => self.read_hello(bytes),
            Reading::Request => self.read_http(|http| http.take_request(bytes)),
            Reading::Response => self.read_http(|http| http.take_response(bytes)),
            Reading::Dns => self.read_dns(bytes),
        }
    }

    fn end_reading(&mut self, reading: Reading, outcome: Outcome, forward: bool) {
        let goes_on = match reading {
            // Behind what a proxy is told, an answer that is not the last, or words of another protocol.
            Reading::Request => self.http().is_none_or(Http::is_tunnelled),
            Reading::Response => {
                self.http().is_none_or(|http| http.is_tunnelled() || http.status().is_none())
            }
            Reading::Hello | Reading::Dns => outcome == Outcome::Another,
        };
        if !goes_on {
            self.finish(forward);
        }
    }

    /// Nothing starts with this segment.
    fn pass_over(&mut self, peek: &Peek<'_>, segment: &Segment<'_>, forward: bool, wanted: Wanted) {
        if self.may_have_come_too_early(peek, forward, wanted) {
            self.keep_stream(Stream::behind_gap(segment), forward);
        }
        // Behind encrypted data no hello comes.
        let is_under_way = matches!(peek.bytes, [0x17, 3, ..]);
        if is_under_way || !self.goes_on(forward, wanted) {
            self.finish(forward);
        }
    }

    /// Whether the first segment of a direction looks like the rest of a hello or a head, on a port where one
    /// starts the stream: the segment in front of it may be the next to come.
    fn may_have_come_too_early(&self, peek: &Peek<'_>, forward: bool, wanted: Wanted) -> bool {
        let (src, dst) = peek.ports;
        self.side(forward).looks == 1
            && self.service.is_none()
            && match by_port(Protocol::TCP, src, dst) {
                Some("TLS") => wanted.tls,
                Some("HTTP") => wanted.http,
                _ => false,
            }
    }

    fn read_hello(&mut self, bytes: &[u8]) -> Outcome {
        match joined(bytes, &mut Vec::new(), ClientHello::parse_joining) {
            Ok(hello) => self.tls.get_or_insert_default().take_client_hello(&hello),
            Err(ParseError::Truncated { .. }) => {
                if let Ok(start) = ClientHelloStart::parse(bytes) {
                    self.tls.get_or_insert_default().take_start(&start);
                }
                return Outcome::Unfinished;
            }
            Err(_) => return self.read_server_hello(bytes),
        }
        Outcome::Over
    }

    fn read_server_hello(&mut self, bytes: &[u8]) -> Outcome {
        match joined(bytes, &mut Vec::new(), ServerHello::parse_joining) {
            Ok(hello) => self.tls.get_or_insert_default().take_server_hello(&hello),
            Err(ParseError::Truncated { .. }) => return Outcome::Unfinished,
            Err(_) => {}
        }
        Outcome::Over
    }

    pub(super) fn read_http(&mut self, read: impl FnOnce(&mut Http) -> Outcome) -> Outcome {
        let mut http = self.http.take().unwrap_or_default();
        let outcome = read(&mut http);
        self.http = Some(http).filter(|http| !http.is_empty());
        outcome
    }

    /// One message behind the other, each behind its length. A question is in front, so that the end of a long message need
    /// not come for it to be told.
    fn read_dns(&mut self, bytes: &[u8]) -> Outcome {
        let mut outcome = Outcome::Unfinished;
        let mut left = bytes;
        while let [high, low, rest @ ..] = left {
            let len = usize::from(u16::from_be_bytes([*high, *low]));
            let Ok(message) = Message::parse(rest.get(..len).unwrap_or(rest)) else { break };
            outcome = self.take_dns(&message);
            match rest.get(len..) {
                Some(next) if outcome == Outcome::Another => left = next,
                _ => break,
            }
        }
        match outcome {
            Outcome::Another if !left.is_empty() => Outcome::Unfinished,
            outcome => outcome,
        }
    }

    fn take_stream(&mut self, forward: bool) -> Option<Stream> {
        let [fwd, bwd] = &mut self.pending.as_mut()?.streams;
        if forward { fwd.take() } else { bwd.take() }
    }

    fn keep_stream(&mut self, stream: Stream, forward: bool) {
        let [fwd, bwd] = &mut self.pending.get_or_insert_default().streams;
        *if forward { fwd } else { bwd } = Some(stream);
    }

    pub(super) fn drop_pending(&mut self, forward: bool) {
        let Some(pending) = &mut self.pending else { return };
        let [fwd, bwd] = &mut pending.streams;
        *if forward { fwd } else { bwd } = None;
        if pending.is_forward == forward {
            pending.datagrams = Vec::new();
        }
        if Pending::is_empty(pending) {
            self.pending = None;
        }
    }
}

impl<'a> Segment<'a> {
    fn of(record: &Record<'a>) -> Self {
        // SYN takes a number of its own, in front of data that came with it.
        let syn = u32::from(record.tcp.flags.contains(TcpFlags::SYN));
        let is_cut = (record.payload.len() as u64) < u64::from(record.payload_len);
        Self { seq: record.tcp.seq.wrapping_add(syn), bytes: record.payload, is_cut }
    }
}

impl Reading {
    /// What starts with these bytes. Requests and DNS messages start early in a direction or not at all; answers
    /// may come late, where their start is missing in front of others.
    fn of(peek: &Peek<'_>, wanted: Wanted, is_early: bool) -> Option<Self> {
        let bytes = peek.bytes;
        if wanted.tls && is_hello(bytes) {
            return Some(Self::Hello);
        }
        if wanted.dns && is_early && peek.on(53) {
            return Some(Self::Dns);
        }
        if wanted.http && is_early && is_request(bytes) {
            return Some(Self::Request);
        }
        (wanted.http && bytes.starts_with(b"HTTP/1.")).then_some(Self::Response)
    }
}

/// A handshake record with a hello, or as much of it as is there; a server may warn in front of it.
fn is_hello(bytes: &[u8]) -> bool {
    match bytes {
        [0x16, 3, 0..=4, _, _, kind, ..] => matches!(kind, 1 | 2),
        [0x16] | [0x16, 3] | [0x16, 3, 0..=4] | [0x16, 3, 0..=4, _] | [0x16, 3, 0..=4, _, _] => {
            true
        }
        [0x15, 3, 0..=4, 0, 2, 1, _, 0x16, ..] => true,
        [0x15, 3, 0..=4, 0, 2, 1, _] => true,
        _ => false,
    }
}

/// Whether a request line starts here, or could.
pub(super) fn is_request(bytes: &[u8]) -> bool {
    /// No method is longer (`http` in packet has the registry's).
    const LONGEST: usize = 24;
    let is_letter = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_');
    let letters = bytes.iter().take(LONGEST).take_while(|byte| is_letter(byte)).count();
    match bytes.get(letters) {
        Some(b' ') => letters >= 3,
        Some(_) => false,
        None => letters > 0 && METHODS.iter().any(|method| method.as_bytes().starts_with(bytes)),
    }
}

/// A hello, its fragments joined in `room`. That is made for the few hellos that need it: filling it with zeros
/// costs more than all else.
fn joined<'a, H>(
    bytes: &'a [u8],
    room: &'a mut Vec<u8>,
    parse: impl Fn(&'a [u8], &'a mut [u8]) -> Result<H, ParseError>,
) -> Result<H, ParseError> {
    match parse(bytes, &mut []) {
        Err(ParseError::Invalid { field: Field::Fragments, .. }) => {
            room.resize(MAX_HELLO, 0);
            parse(bytes, room)
        }
        hello => hello,
    }
}
