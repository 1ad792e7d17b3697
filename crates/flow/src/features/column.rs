//! What a column is: its names, what it reads, where it belongs.

use std::fmt;

use super::text::{push_mac, push_number};
use crate::Profile;
use crate::state::Wants;

/// The spellings of a column's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// The spelling of today.
    pub current: &'static str,
    /// As in the tables of 2017, their leading blanks included.
    pub in_2017: &'static str,
    /// As in the tables of 2018.
    pub in_2018: &'static str,
}

/// Every column there can be in a row of `S`.
pub(crate) struct Catalogue<S: 'static> {
    pub(crate) identity: &'static [Identity<S>],
    pub(crate) features: &'static [Feature<S>],
    pub(crate) facts: &'static [Fact<S>],
}

impl<S> Catalogue<S> {
    /// Whether no two columns have one name in any spelling: checked while compiling.
    pub(crate) const fn names_differ(&self) -> bool {
        let mut one = 0;
        while one < self.len() {
            let name = self.name(one);
            let mut other = one + 1;
            while other < self.len() {
                if name.meets(&self.name(other)) {
                    return false;
                }
                other += 1;
            }
            one += 1;
        }
        true
    }

    const fn len(&self) -> usize {
        self.identity.len() + self.features.len() + self.facts.len()
    }

    const fn name(&self, at: usize) -> Name {
        let behind = self.identity.len() + self.features.len();
        if at < self.identity.len() {
            self.identity[at].name
        } else if at < behind {
            self.features[at - self.identity.len()].name
        } else {
            self.facts[at - behind].name
        }
    }
}

/// Which spelling a header has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spelling {
    /// That of today.
    #[default]
    Current,
    /// That of CSE-CIC-IDS2018.
    In2018,
    /// That of CIC-IDS2017, with its leading blanks and its second "Fwd Header Length".
    In2017,
}

impl Name {
    /// The same in all spellings.
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { current: name, in_2017: name, in_2018: name }
    }

    /// As it is spelt there.
    #[must_use]
    pub const fn spelt(&self, spelling: Spelling) -> &'static str {
        match spelling {
            Spelling::Current => self.current,
            Spelling::In2018 => self.in_2018,
            Spelling::In2017 => self.in_2017,
        }
    }

    /// Whether a header of one spelling could not tell the two apart.
    const fn meets(&self, other: &Self) -> bool {
        is_same(self.current, other.current)
            || is_same(self.in_2017, other.in_2017)
            || is_same(self.in_2018, other.in_2018)
    }
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len()
}

/// A number of a row, read from `S`: a flow, or a packet.
pub struct Feature<S: 'static> {
    /// Its names.
    pub name: Name,
    /// What it belongs to.
    pub group: Group,
    /// What it is counted in.
    pub unit: Unit,
    /// What it says.
    pub doc: &'static str,
    reads: [Option<Read<S>>; Profile::ALL.len()],
    is_whole: [bool; Profile::ALL.len()],
}

/// How a profile reads a number.
pub(crate) type Read<S> = fn(&S) -> f64;

impl<S> Feature<S> {
    /// A column that all profiles read alike.
    pub(crate) const fn new(
        name: &'static str,
        (group, unit): (Group, Unit),
        doc: &'static str,
        read: Read<S>,
    ) -> Self {
        let is_whole = unit.is_whole();
        Self {
            name: Name::new(name),
            group,
            unit,
            doc,
            reads: [Some(read); 3],
            is_whole: [is_whole; 3],
        }
    }

    /// Its spellings in the tables of 2017 and 2018.
    pub(crate) const fn was(mut self, in_2017: &'static str, in_2018: &'static str) -> Self {
        self.name = Name { current: self.name.current, in_2017, in_2018 };
        self
    }

    /// CICFlowMeter reads it in a way of its own.
    pub(crate) const fn cic(mut self, read: Read<S>) -> Self {
        self.reads[Profile::Cic as usize] = Some(read);
        self
    }

    /// CICFlowMeter reads it in a way of its own, and cuts it to a whole number.
    pub(crate) const fn cic_whole(mut self, read: Read<S>) -> Self {
        self.is_whole[Profile::Cic as usize] = true;
        self.cic(read)
    }

    /// The corrected fork reads it in a way of its own.
    pub(crate) const fn fixed(mut self, read: Read<S>) -> Self {
        self.reads[Profile::CicFixed as usize] = Some(read);
        self
    }

    /// The profiles that have it.
    pub(crate) const fn only(mut self, profiles: &[Profile]) -> Self {
        let mut has = [false; Profile::ALL.len()];
        let mut at = 0;
        while at < profiles.len() {
            has[profiles[at] as usize] = true;
            at += 1;
        }
        let mut at = 0;
        while at < has.len() {
            if !has[at] {
                self.reads[at] = None;
            }
            at += 1;
        }
        self
    }

    /// How a profile reads it; `None` if it has no such column.
    #[must_use]
    pub const fn read_as(&self, profile: Profile) -> Option<fn(&S) -> f64> {
        self.reads[profile as usize]
    }

    /// Whether it is a whole number in a profile.
    #[must_use]
    pub const fn is_whole(&self, profile: Profile) -> bool {
        self.is_whole[profile as usize]
    }

    /// Whether it bears the name of one of the CICFlowMeters' columns.
    #[must_use]
    pub const fn is_reference(&self) -> bool {
        self.read_as(Profile::CicFixed).is_some()
    }
}

/// What tells one thing from another without meaning anything: never to be learnt from, and so a type of
/// its own.
pub struct Identity<S: 'static> {
    /// Its names.
    pub name: Name,
    /// What it says.
    pub doc: &'static str,
    /// Whether it is a number.
    pub is_number: bool,
    pub(crate) tell: Tell<S>,
}

/// A fact that is text.
pub struct Fact<S: 'static> {
    /// Its names.
    pub name: Name,
    /// What it belongs to.
    pub group: Group,
    /// What it says.
    pub doc: &'static str,
    pub(crate) tell: Tell<S>,
}

pub(crate) const fn fact<S>(
    name: &'static str,
    group: Group,
    doc: &'static str,
    tell: Tell<S>,
) -> Fact<S> {
    Fact { name: Name::new(name), group, doc, tell }
}

/// Tells a cell, perhaps written into the text that is given (which is empty).
pub(crate) type Tell<S> = for<'a> fn(&'a S, &'a mut String) -> Told<'a>;

/// What a cell of an identity or a fact says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told<'a> {
    /// A text.
    Text(&'a str),
    /// A number.
    Integer(i64),
    /// There is no such fact.
    Nothing,
}

impl<'a> From<Option<&'a str>> for Told<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Told::Nothing, Told::Text)
    }
}

impl<'a> Told<'a> {
    pub(crate) fn mac(address: Option<[u8; 6]>, text: &'a mut String) -> Self {
        let Some(address) = address else { return Told::Nothing };
        push_mac(text, address);
        Told::Text(text)
    }

    /// A number that stands among text.
    pub(crate) fn number(number: Option<u32>, text: &'a mut String) -> Self {
        let Some(number) = number else { return Told::Nothing };
        push_number(text, number);
        Told::Text(text)
    }

    /// Numbers in one cell, separated by spaces.
    pub(crate) fn numbers(numbers: &[u16], text: &'a mut String) -> Self {
        for (place, &number) in numbers.iter().enumerate() {
            if place > 0 {
                text.push(' ');
            }
            push_number(text, number.into());
        }
        if numbers.is_empty() { Told::Nothing } else { Told::Text(text) }
    }
}

macro_rules! named {
    ($(#[$meta:meta])* $type:ident { $($(#[$doc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $type { $($(#[$doc])* $variant,)* }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

named! {
    /// What columns belong together: what is picked, and what is paid for, by one name.
    Group {
        /// Durations and gaps.
        Timing = "timing",
        /// Packets and bytes.
        Volume = "volume",
        /// Payload lengths.
        Length = "length",
        /// Things a second, and other ratios.
        Rate = "rate",
        /// TCP flags.
        Flags = "flags",
        /// Transport headers and windows.
        Header = "header",
        /// Bulk transfers.
        Bulk = "bulk",
        /// Sub-flows.
        Subflow = "subflow",
        /// Active and idle periods.
        Activity = "activity",
        /// ICMP.
        Icmp = "icmp",
        /// Frames on the wire.
        Wire = "wire",
        /// Histograms of lengths and gaps.
        Histogram = "histogram",
        /// The first packets, one by one.
        Sequence = "sequence",
        /// How evenly payload bytes are spread.
        Entropy = "entropy",
        /// The IP header.
        Network = "network",
        /// What sequence numbers, windows and the handshake tell.
        Tcp = "tcp",
        /// Why a flow is told.
        End = "end",
        /// Link-layer addresses, VLAN and tunnel.
        Link = "link",
        /// One name for a flow in all tools.
        CommunityId = "community-id",
        /// Which application it is.
        Application = "application",
        /// TLS, also inside DTLS and QUIC.
        Tls = "tls",
        /// DNS.
        Dns = "dns",
        /// HTTP.
        Http = "http",
        /// The packet itself, where a row is one packet.
        Packet = "packet",
    }
}

impl Group {
    /// What has to be kept of flows for it.
    pub(crate) const fn wants(self) -> Wants {
        match self {
            Self::Wire => Wants::WIRE,
            Self::Histogram => Wants::HISTOGRAMS,
            Self::Sequence => Wants::SEQUENCE,
            Self::Entropy => Wants::ENTROPY,
            Self::Network => Wants::NETWORK,
            Self::Tcp => Wants::TCP,
            Self::Link => Wants::AROUND,
            Self::Application => Wants::APPLICATION,
            Self::Tls => Wants::TLS,
            Self::Dns => Wants::DNS,
            Self::Http => Wants::HTTP,
            _ => Wants::NOTHING,
        }
    }
}

named! {
    /// What a number is counted in.
    Unit {
        /// A number of things.
        Count = "count",
        /// Bytes, a whole number.
        Bytes = "bytes",
        /// Bytes that the reference writes with a fraction, even where there is none.
        MeanBytes = "bytes",
        /// Squared bytes.
        SquareBytes = "bytes squared",
        /// Microseconds.
        Micros = "microseconds",
        /// Microseconds that the reference writes without a fraction.
        WholeMicros = "microseconds",
        /// Things a second.
        PerSecond = "per second",
        /// A quotient of counts.
        Ratio = "ratio",
        /// Bits a byte.
        Bits = "bits per byte",
        /// A number that stands for something.
        Code = "code",
    }
}

impl Unit {
    const fn is_whole(self) -> bool {
        matches!(self, Self::Count | Self::Bytes | Self::WholeMicros | Self::Code)
    }
}
