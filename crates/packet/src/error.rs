//! What can be wrong with a frame: which layer, where, how much was needed and how much was there.

use std::fmt;

use thiserror::Error;

use crate::LinkType;

/// Why a layer could not be read. Small and `Copy`, so that a packet can carry it.
///
/// `offset` is counted in bytes from the start of the captured frame (of the given slice, for the
/// application readers).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The bytes end inside a header.
    #[error("{layer} at byte {offset} is cut short: {needed} bytes needed, {had} there")]
    Truncated {
        /// The layer whose header is cut.
        layer: Layer,
        /// Where that header starts.
        offset: u32,
        /// How many bytes the header needs.
        needed: u32,
        /// How many bytes there are.
        had: u32,
    },
    /// A field holds what it cannot hold.
    #[error("{layer} at byte {offset}: {field} is {value}, {}", field.rule())]
    Invalid {
        /// The layer the field belongs to.
        layer: Layer,
        /// Where that layer's header starts.
        offset: u32,
        /// The field.
        field: Field,
        /// What it holds.
        value: u32,
    },
    /// More nested headers than anybody sends in good faith.
    #[error("{layer} at byte {offset} is nested deeper than {limit}")]
    TooDeep {
        /// The layer that was one too many.
        layer: Layer,
        /// Where it starts.
        offset: u32,
        /// The cap it broke.
        limit: u8,
    },
    /// A link type that is not read.
    #[error("{link} is not a link type that is read")]
    UnsupportedLink {
        /// The link type of the frame.
        link: LinkType,
    },
}

impl ParseError {
    /// The error without its figures: what a count of rejects goes by.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match *self {
            Self::Truncated { layer, .. } => Reason::Truncated(layer),
            Self::Invalid { layer, field, .. } => Reason::Invalid(layer, field),
            Self::TooDeep { layer, .. } => Reason::TooDeep(layer),
            Self::UnsupportedLink { link } => Reason::UnsupportedLink(link),
        }
    }
}

/// The kind of a [`ParseError`]: the key to count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// A header was cut short.
    Truncated(Layer),
    /// A field held what it cannot hold.
    Invalid(Layer, Field),
    /// Too many nested headers.
    TooDeep(Layer),
    /// The link type is not read.
    UnsupportedLink(LinkType),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated(layer) => write!(f, "{layer} cut short"),
            Self::Invalid(layer, field) => write!(f, "{layer} with a wrong {field}"),
            Self::TooDeep(layer) => write!(f, "{layer} nested too deep"),
            Self::UnsupportedLink(link) => write!(f, "{link} not read"),
        }
    }
}

macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = $text] $variant,)*
        }

        impl $name {
            /// Its name as errors print it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

named! {
    /// A layer that errors are told about.
    Layer {
        Ethernet = "Ethernet",
        Llc = "LLC",
        Vlan = "VLAN tag",
        Mpls = "MPLS label",
        Pppoe = "PPPoE",
        Ppp = "PPP",
        CiscoHdlc = "Cisco HDLC",
        Sll = "Linux SLL",
        Sll2 = "Linux SLL2",
        Null = "loopback header",
        RawIp = "raw IP",
        Ieee80211 = "802.11",
        Radiotap = "radiotap",
        Arp = "ARP",
        Ipv4 = "IPv4",
        Ipv6 = "IPv6",
        Ipv6Extension = "IPv6 extension header",
        Ah = "Authentication Header",
        Gre = "GRE",
        Vxlan = "VXLAN",
        Geneve = "Geneve",
        Gtpu = "GTP-U",
        Teredo = "Teredo",
        L2tp = "L2TP",
        Capwap = "CAPWAP",
        Tunnel = "tunnel",
        Frame = "stack of headers",
        Tcp = "TCP",
        Udp = "UDP",
        Icmp = "ICMP",
        Icmpv6 = "ICMPv6",
        Sctp = "SCTP",
        Dns = "DNS",
        Tls = "TLS",
        Quic = "QUIC",
        Http = "HTTP",
    }
}

named! {
    /// A field that can hold what it cannot hold.
    Field {
        Version = "version",
        HeaderLength = "header length",
        TotalLength = "total length",
        Length = "length",
        Type = "type",
        Flags = "flags",
        Count = "count",
        Name = "name",
        Text = "text",
        Integrity = "integrity tag",
        Fragments = "number of fragments",
    }
}

impl Field {
    /// The rule that a wrong value of this field breaks.
    const fn rule(self) -> &'static str {
        match self {
            Self::Version => "which is not a version that fits here",
            Self::HeaderLength => "which no header of this kind has",
            Self::TotalLength | Self::Length => "which does not fit the bytes it speaks of",
            Self::Type => "which is not a type that can be here",
            Self::Flags => "a combination that cannot be",
            Self::Count => "more than there can be",
            Self::Name => "which is not a name",
            Self::Text => "which is not text of this protocol",
            Self::Integrity => "which does not match the bytes",
            Self::Fragments => "which have to be joined first",
        }
    }
}
