//! Questions and resource records.

use std::fmt;

use super::{Name, RecordData};
use crate::ParseError;
use crate::application::Cursor;

/// The top bit of a class: in mDNS it asks for a unicast answer, or tells to flush the cache.
const MDNS_BIT: u16 = 0x8000;

/// A record's type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordType(pub u16);

macro_rules! record_types {
    ($($name:ident = $number:literal $text:literal $doc:literal,)*) => {
        impl RecordType {
            $(#[doc = $doc] pub const $name: Self = Self($number);)*

            /// Its mnemonic, where it is a common one.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($number => Some($text),)* _ => None }
            }
        }
    };
}

record_types! {
    A = 1 "A" "An IPv4 address.",
    NS = 2 "NS" "A name server.",
    CNAME = 5 "CNAME" "Another name for it.",
    SOA = 6 "SOA" "Start of a zone of authority.",
    NULL = 10 "NULL" "Anything, up to 65,535 bytes.",
    PTR = 12 "PTR" "A pointer to another name.",
    HINFO = 13 "HINFO" "Processor and system of a host.",
    MX = 15 "MX" "A mail exchange.",
    TXT = 16 "TXT" "Texts.",
    RP = 17 "RP" "A responsible person.",
    AFSDB = 18 "AFSDB" "An AFS cell's database.",
    SIG = 24 "SIG" "A signature (old).",
    KEY = 25 "KEY" "A key (old).",
    AAAA = 28 "AAAA" "An IPv6 address.",
    LOC = 29 "LOC" "A place on earth.",
    NB = 32 "NB" "A NetBIOS name.",
    SRV = 33 "SRV" "Where a service is; in the NetBIOS name service, a node's status.",
    NAPTR = 35 "NAPTR" "A rewriting rule.",
    CERT = 37 "CERT" "A certificate.",
    DNAME = 39 "DNAME" "Another name for all below it.",
    OPT = 41 "OPT" "EDNS.",
    DS = 43 "DS" "A child zone's key digest.",
    SSHFP = 44 "SSHFP" "An SSH key's fingerprint.",
    IPSECKEY = 45 "IPSECKEY" "An IPsec key.",
    RRSIG = 46 "RRSIG" "A signature.",
    NSEC = 47 "NSEC" "The next name there is.",
    DNSKEY = 48 "DNSKEY" "A zone's key.",
    DHCID = 49 "DHCID" "A DHCP client's identifier.",
    NSEC3 = 50 "NSEC3" "The next hashed name there is.",
    NSEC3PARAM = 51 "NSEC3PARAM" "How names are hashed.",
    TLSA = 52 "TLSA" "A TLS certificate's digest.",
    CDS = 59 "CDS" "The DS record a child wants.",
    CDNSKEY = 60 "CDNSKEY" "The DNSKEY record a child wants.",
    OPENPGPKEY = 61 "OPENPGPKEY" "An OpenPGP key.",
    SVCB = 64 "SVCB" "How to reach a service.",
    HTTPS = 65 "HTTPS" "How to reach a web server.",
    SPF = 99 "SPF" "Who may send mail (old).",
    TKEY = 249 "TKEY" "A shared key being agreed on.",
    TSIG = 250 "TSIG" "A message's authentication.",
    IXFR = 251 "IXFR" "A zone's changes (questions only).",
    AXFR = 252 "AXFR" "A whole zone (questions only).",
    ANY = 255 "ANY" "Whatever there is (questions only).",
    URI = 256 "URI" "A URI.",
    CAA = 257 "CAA" "Who may issue certificates.",
}

impl fmt::Display for RecordType {
    /// The mnemonic, or `TYPE` and the number (RFC 3597).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "TYPE{}", self.0),
        }
    }
}

impl fmt::Debug for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordType({}: {self})", self.0)
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Question<'a> {
    /// The name asked for.
    pub name: Name<'a>,
    /// The type asked for.
    pub kind: RecordType,
    /// The class asked for, without mDNS's top bit: 1 is the Internet.
    pub class: u16,
    /// mDNS: whether an answer by unicast would do.
    pub wants_unicast: bool,
}

impl<'a> Question<'a> {
    pub(super) const fn of(name: Name<'a>, kind: u16, class: u16) -> Self {
        let wants_unicast = class & MDNS_BIT != 0;
        Self { name, kind: RecordType(kind), class: class & !MDNS_BIT, wants_unicast }
    }
}

/// Where in a message a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// What was asked for.
    Answer,
    /// Who has authority.
    Authority,
    /// What may be of use beside.
    Additional,
}

/// A resource record; [`data`](Self::data) reads what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Where it stands.
    pub section: Section,
    /// The name it is about.
    pub name: Name<'a>,
    /// Its type.
    pub kind: RecordType,
    /// Its class, without mDNS's top bit: 1 is the Internet. The payload size, in an OPT record.
    pub class: u16,
    /// mDNS: whether it replaces what was known.
    pub flushes_cache: bool,
    /// For how many seconds it holds.
    pub ttl: u32,
    /// What it holds, as it was sent.
    pub raw: &'a [u8],
    message: &'a [u8],
    /// Where `raw` starts in `message`: names in it may point back.
    start: usize,
}

impl<'a> Record<'a> {
    pub(super) fn parse(
        name: Name<'a>,
        section: Section,
        message: &'a [u8],
        fields: &mut Cursor<'a>,
    ) -> Result<Self, ParseError> {
        let (kind, class, ttl) = (RecordType(fields.u16()?), fields.u16()?, fields.u32()?);
        let raw = fields.vector16()?;
        let start = fields.position() - raw.len();
        let (flushes_cache, class) = match kind {
            RecordType::OPT => (false, class),
            _ => (class & MDNS_BIT != 0, class & !MDNS_BIT),
        };
        Ok(Self { section, name, kind, class, flushes_cache, ttl, raw, message, start })
    }

    /// What it holds, by its type.
    ///
    /// # Errors
    /// `Invalid` or `Truncated` where the data does not have the type's form.
    pub fn data(&self) -> Result<RecordData<'a>, ParseError> {
        let end = self.start + self.raw.len();
        let upto = self.message.get(..end).unwrap_or(self.message);
        RecordData::parse(self.kind, upto, self.start)
    }

    /// What it says as an OPT record.
    #[must_use]
    pub fn edns(&self) -> Option<Edns> {
        let [extended_rcode, version, flags, _] = self.ttl.to_be_bytes();
        (self.kind == RecordType::OPT).then_some(Edns {
            payload_size: self.class,
            extended_rcode,
            version,
            wants_dnssec: flags & 0x80 != 0,
        })
    }
}

/// What an OPT record keeps in the fields of class and TTL (RFC 6891, section 6.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Edns {
    /// The largest datagram that the sender takes.
    pub payload_size: u16,
    /// The upper eight bits of the response code.
    pub extended_rcode: u8,
    /// The version of EDNS.
    pub version: u8,
    /// Whether signatures are wanted (DO).
    pub wants_dnssec: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_print_their_mnemonic_or_their_number() {
        assert_eq!(RecordType::HTTPS.to_string(), "HTTPS");
        assert_eq!(RecordType(65280).to_string(), "TYPE65280");
    }

    #[test]
    fn the_top_bit_of_a_class_is_mdns_not_class() {
        let (name, _) = Name::parse(b"\0", 0).unwrap();
        let question = Question::of(name, 12, 0x8001);
        assert_eq!((question.class, question.wants_unicast), (1, true));
    }
}
