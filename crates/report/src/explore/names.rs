//! Names of strangers: how often each was asked for.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

use netsift_packet::dns::{Message, RecordType};
use netsift_packet::{Packet, Protocol};

use super::counts::Times;
use super::numbers::{DnsNumbers, NameNumbers, Names, Numbered};
use super::tally::Tally;

/// So many names are counted exactly: each may take a kilobyte.
const EXACT_NAMES: usize = 20_000;
/// Where messages of DNS, mDNS and LLMNR go.
const DNS_PORTS: [u16; 3] = [53, 5353, 5355];
/// The last operation that is registered: what has another is no DNS (IANA "DNS OpCodes").
const MOST_OPCODE: u8 = 6;
/// A forged message says that it asks for thousands; nobody asks for more than these in one.
const MOST_QUESTIONS: usize = 16;

/// Counts names.
#[derive(Clone, Debug)]
pub(super) struct NameTally {
    names: Tally<Box<str>, Times>,
    room: String,
}

impl NameTally {
    pub(super) fn new() -> Self {
        Self { names: Tally::new(EXACT_NAMES), room: String::new() }
    }

    /// Counts a name, whatever the size of its letters.
    pub(super) fn add(&mut self, name: &str) {
        self.room.clear();
        self.room.push_str(name);
        self.count();
    }

    pub(super) fn names(&self, most: usize) -> Names {
        let top = self.names.top(most, |times| times.0);
        Names {
            counted: self.names.len() as u64,
            distinct: self.names.distinct(),
            is_exact: self.names.is_exact(),
            missed: self.names.missed(0),
            top: top.into_iter().map(|(name, times)| numbers(name, times)).collect(),
        }
    }

    fn count(&mut self) {
        self.room.make_ascii_lowercase();
        self.names.add_borrowed(self.room.as_str(), &Times(1));
    }
}

fn numbers(name: &str, times: &Times) -> NameNumbers {
    NameNumbers { name: name.to_owned(), times: times.0 }
}

/// Counts what messages of DNS ask and answer.
#[derive(Clone, Debug)]
pub(super) struct DnsTally {
    names: NameTally,
    queries: u64,
    responses: u64,
    codes: BTreeMap<u16, u64>,
    types: BTreeMap<u16, u64>,
}

impl DnsTally {
    pub(super) fn new() -> Self {
        let (codes, types) = (BTreeMap::new(), BTreeMap::new());
        Self { names: NameTally::new(), queries: 0, responses: 0, codes, types }
    }

    /// Looks at a packet, if its ports are those of DNS.
    #[inline]
    pub(super) fn packet(&mut self, packet: &Packet<'_>) {
        let Some((src, dst)) = packet.ports() else { return };
        if DNS_PORTS.contains(&src) || DNS_PORTS.contains(&dst) {
            self.look(packet);
        }
    }

    pub(super) fn numbers(&self, most: usize) -> DnsNumbers {
        let record_type = |number| RecordType(number).name().unwrap_or("");
        DnsNumbers {
            queries: self.queries,
            responses: self.responses,
            response_codes: numbered(&self.codes, most, code_name),
            record_types: numbered(&self.types, most, record_type),
            names: self.names.names(most),
        }
    }

    /// Of TCP, messages that begin with a segment, as nearly all do.
    fn look(&mut self, packet: &Packet<'_>) {
        let message = match packet.protocol() {
            Some(Protocol::UDP) => Message::parse(packet.payload()),
            Some(Protocol::TCP) => Message::parse_tcp(packet.payload()).map(|(message, _)| message),
            _ => return,
        };
        let Ok(message) = message else { return };
        let is_broken = message.questions().next().is_some_and(|question| question.is_err());
        if is_broken || message.header.opcode() > MOST_OPCODE {
            return;
        }
        if message.header.is_response() {
            self.responses += 1;
            *self.codes.entry(message.response_code()).or_default() += 1;
            return;
        }
        self.queries += 1;
        for question in message.questions().take(MOST_QUESTIONS).map_while(Result::ok) {
            self.names.room.clear();
            // Writing to a string does not fail.
            let _ = write!(self.names.room, "{}", question.name);
            self.names.count();
            *self.types.entry(question.kind.0).or_default() += 1;
        }
    }
}

/// The commonest, so many at most.
fn numbered(
    counts: &BTreeMap<u16, u64>,
    most: usize,
    name: impl Fn(u16) -> &'static str,
) -> Vec<Numbered> {
    let numbered = |(&number, &times): (&u16, &u64)| Numbered { number, name: name(number), times };
    let mut all: Vec<Numbered> = counts.iter().map(numbered).collect();
    all.sort_by_key(|numbered| Reverse(numbered.times));
    all.truncate(most);
    all
}

/// The names of response codes (IANA "DNS RCODEs").
const fn code_name(number: u16) -> &'static str {
    match number {
        0 => "NoError",
        1 => "FormErr",
        2 => "ServFail",
        3 => "NXDomain",
        4 => "NotImp",
        5 => "Refused",
        6 => "YXDomain",
        7 => "YXRRSet",
        8 => "NXRRSet",
        9 => "NotAuth",
        10 => "NotZone",
        16 => "BADVERS",
        _ => "",
    }
}
