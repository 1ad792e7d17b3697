//! Community ID: one name for a conversation, whichever tool saw it and in whichever direction.
//!
//! ```
//! use netsift_packet::{Protocol, community_id::{CommunityId, Tuple}};
//!
//! let tuple = Tuple {
//!     source: "128.232.110.120".parse()?,
//!     destination: "66.35.250.204".parse()?,
//!     protocol: Protocol::TCP,
//!     ports: Some((34855, 80)),
//! };
//! assert_eq!(CommunityId::of(&tuple, 0).to_string(), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

use std::fmt;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::Protocol;
use crate::application::Ascii;

/// The version of Community ID that is written, and what follows it.
const VERSION: &[u8] = b"1:";

/// ICMP types that ask, with the types that answer them.
const ICMP_PAIRS: [(u16, u16); 5] = [(8, 0), (10, 9), (13, 14), (15, 16), (17, 18)];

/// The same for ICMPv6: echo, router and neighbour discovery, listener discovery, "who are you" and
/// home agent discovery.
const ICMPV6_PAIRS: [(u16, u16); 6] =
    [(128, 129), (133, 134), (135, 136), (130, 131), (139, 140), (144, 145)];

/// What a conversation is known by, as one of its packets shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tuple {
    /// The packet's sender.
    pub source: IpAddr,
    /// The packet's receiver.
    pub destination: IpAddr,
    /// The protocol behind IP.
    pub protocol: Protocol,
    /// Source and destination port; type and code for ICMP and ICMPv6; `None` for protocols that
    /// have neither.
    pub ports: Option<(u16, u16)>,
}

/// The Community ID of a conversation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommunityId(pub [u8; 20]);

impl CommunityId {
    /// The ID of the conversation that `tuple` belongs to. The seed keeps IDs of different networks
    /// apart; 0 is what tools use if nothing else is said.
    #[must_use]
    pub fn of(tuple: &Tuple, seed: u16) -> Self {
        let (ports, one_way) = tuple.ports_as_hashed();
        let (source, destination) = (Octets::of(tuple.source), Octets::of(tuple.destination));
        let (from, to) = ports.unwrap_or_default();
        let keeps_order = one_way || (source.as_slice(), from) <= (destination.as_slice(), to);
        let ends = [(source, from), (destination, to)];
        let [first, second] = if keeps_order { ends } else { [ends[1], ends[0]] };
        let mut sum = Sha1::new_with_prefix(seed.to_be_bytes());
        sum.update(first.0.as_slice());
        sum.update(second.0.as_slice());
        sum.update([tuple.protocol.0, 0]);
        if ports.is_some() {
            sum.update(first.1.to_be_bytes());
            sum.update(second.1.to_be_bytes());
        }
        Self(sum.finalize().into())
    }

    /// The ID as text in its usual form: the version, a colon, the sum in base64.
    #[must_use]
    pub fn text(self) -> Ascii<30> {
        let mut text = Ascii::new();
        let mut sum = [0; 28];
        text.push(VERSION);
        // The sum's 20 bytes always make 28 characters.
        if let Ok(len) = STANDARD.encode_slice(self.0, &mut sum) {
            text.push(sum.get(..len).unwrap_or_default());
        }
        text
    }

    /// The ID with its sum in hexadecimal instead of base64.
    #[must_use]
    pub fn hex(self) -> Ascii<42> {
        let mut text = Ascii::new();
        text.push(VERSION);
        text.push_hex(&self.0);
        text
    }
}

impl fmt::Display for CommunityId {
    /// The usual form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().as_str())
    }
}

impl fmt::Debug for CommunityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommunityId({self})")
    }
}

impl Tuple {
    /// The ports that go into the sum, and whether the conversation has one direction only. An ICMP
    /// message that has an answer is known by its type and the answer's; the others go one way.
    fn ports_as_hashed(&self) -> (Option<(u16, u16)>, bool) {
        let pairs: &[(u16, u16)] = match self.protocol {
            Protocol::ICMP => &ICMP_PAIRS,
            Protocol::ICMPV6 => &ICMPV6_PAIRS,
            _ => return (self.ports, false),
        };
        let Some((kind, code)) = self.ports else { return (None, false) };
        match pairs.iter().find(|&&(ask, answer)| kind == ask || kind == answer) {
            Some(&(ask, answer)) => (Some((kind, if kind == ask { answer } else { ask })), false),
            None => (Some((kind, code)), true),
        }
    }
}

/// An address as it goes into the sum.
#[derive(Clone, Copy)]
struct Octets {
    bytes: [u8; 16],
    len: usize,
}

impl Octets {
    fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V6(address) => Self { bytes: address.octets(), len: 16 },
            IpAddr::V4(address) => {
                let [a, b, c, d] = address.octets();
                let mut bytes = [0; 16];
                bytes[..4].copy_from_slice(&[a, b, c, d]);
                Self { bytes, len: 4 }
            }
        }
    }

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tuple(protocol: Protocol, ports: Option<(u16, u16)>) -> Tuple {
        let address = |text: &str| text.parse().unwrap();
        let (source, destination) = (address("192.0.2.1"), address("192.0.2.2"));
        Tuple { source, destination, protocol, ports }
    }

    fn turned(tuple: Tuple, ports: Option<(u16, u16)>) -> Tuple {
        Tuple { source: tuple.destination, destination: tuple.source, ports, ..tuple }
    }

    #[test]
    fn a_question_and_its_answer_share_their_id() {
        for (protocol, ask, answer) in
            [(Protocol::ICMP, 8, 0), (Protocol::ICMP, 13, 14), (Protocol::ICMPV6, 135, 136)]
        {
            let ask = tuple(protocol, Some((ask, 0)));
            let answer = turned(ask, Some((answer, 0)));
            assert_eq!(CommunityId::of(&ask, 0), CommunityId::of(&answer, 0));
        }
    }

    #[test]
    fn an_icmp_error_goes_one_way() {
        let error = tuple(Protocol::ICMP, Some((3, 3)));
        let back = turned(error, Some((3, 3)));
        assert_ne!(CommunityId::of(&error, 0), CommunityId::of(&back, 0));
    }

    #[test]
    fn the_seed_and_the_form_matter() {
        let tuple = tuple(Protocol::UDP, Some((53, 5353)));
        let (a, b) = (CommunityId::of(&tuple, 0), CommunityId::of(&tuple, 1));
        assert_ne!(a, b);
        assert_eq!((a.to_string().len(), a.hex().to_string().len()), (30, 42));
    }

    proptest! {
        #[test]
        fn both_directions_share_their_id(
            source: IpAddr,
            destination: IpAddr,
            protocol in prop_oneof![Just(6_u8), Just(17), Just(132)],
            from: u16,
            to: u16,
            seed: u16,
        ) {
            let there = Tuple { source, destination, protocol: Protocol(protocol), ports: Some((from, to)) };
            let back = turned(there, Some((to, from)));
            prop_assert_eq!(CommunityId::of(&there, seed), CommunityId::of(&back, seed));
        }
    }
}
