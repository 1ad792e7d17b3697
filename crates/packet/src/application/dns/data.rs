//! What records hold, by type.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Name, RecordType};
use crate::application::{Cursor, Text};
use crate::{Field, Layer, ParseError};

/// What a record holds. Types without a form of their own here come as [`Other`](Self::Other).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordData<'a> {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// The name that this one stands for.
    Cname(Name<'a>),
    /// The name under which all below this one lies.
    Dname(Name<'a>),
    /// A name server.
    Ns(Name<'a>),
    /// The name pointed to.
    Ptr(Name<'a>),
    /// A mail exchange.
    Mx {
        /// Lower ones are tried first.
        preference: u16,
        /// The host that takes mail.
        exchange: Name<'a>,
    },
    /// Texts.
    Txt(Strings<'a>),
    /// The start of a zone.
    Soa {
        /// The zone's primary server.
        primary: Name<'a>,
        /// The mailbox of who answers for it.
        mailbox: Name<'a>,
        /// The zone's version.
        serial: u32,
        /// Seconds until secondaries look again.
        refresh: u32,
        /// Seconds until they try again.
        retry: u32,
        /// Seconds until they give up.
        expire: u32,
        /// Seconds for which "no such name" holds.
        minimum: u32,
    },
    /// Where a service is.
    Srv {
        /// Lower ones are tried first.
        priority: u16,
        /// The share among equals.
        weight: u16,
        /// The service's port.
        port: u16,
        /// The service's host.
        target: Name<'a>,
    },
    /// How to reach a service (SVCB, HTTPS).
    Service {
        /// Lower ones are tried first; 0 makes the target an alias.
        priority: u16,
        /// The service's host.
        target: Name<'a>,
        /// The parameters, as they were sent.
        parameters: &'a [u8],
    },
    /// Any other type's data, as it was sent.
    Other(&'a [u8]),
}

impl<'a> RecordData<'a> {
    /// The data from byte `start` of `message`, which ends where the data ends.
    pub(super) fn parse(
        kind: RecordType,
        message: &'a [u8],
        start: usize,
    ) -> Result<Self, ParseError> {
        let mut rest = Rest { fields: Cursor::whole(Layer::Dns, message, 0).at(start), message };
        let data = match kind {
            RecordType::A => Self::A((*rest.fields.array::<4>()?).into()),
            RecordType::AAAA => Self::Aaaa((*rest.fields.array::<16>()?).into()),
            RecordType::CNAME => Self::Cname(rest.name()?),
            RecordType::DNAME => Self::Dname(rest.name()?),
            RecordType::NS => Self::Ns(rest.name()?),
            RecordType::PTR => Self::Ptr(rest.name()?),
            RecordType::MX => Self::Mx { preference: rest.fields.u16()?, exchange: rest.name()? },
            RecordType::TXT | RecordType::SPF => Self::Txt(rest.strings()?),
            RecordType::SOA => rest.soa()?,
            RecordType::SRV => Self::Srv {
                priority: rest.fields.u16()?,
                weight: rest.fields.u16()?,
                port: rest.fields.u16()?,
                target: rest.name()?,
            },
            RecordType::SVCB | RecordType::HTTPS => Self::Service {
                priority: rest.fields.u16()?,
                target: rest.name()?,
                parameters: rest.all()?,
            },
            _ => Self::Other(rest.all()?),
        };
        rest.end()?;
        Ok(data)
    }
}

/// What is left of a record's data.
struct Rest<'a> {
    fields: Cursor<'a>,
    message: &'a [u8],
}

impl<'a> Rest<'a> {
    fn name(&mut self) -> Result<Name<'a>, ParseError> {
        let (name, behind) = Name::parse(self.message, self.fields.position())?;
        self.fields = self.fields.at(behind);
        Ok(name)
    }

    fn all(&mut self) -> Result<&'a [u8], ParseError> {
        self.fields.take(self.fields.rest().len())
    }

    fn strings(&mut self) -> Result<Strings<'a>, ParseError> {
        let strings = Strings { bytes: self.fields.rest() };
        while !self.fields.is_empty() {
            self.fields.vector8()?;
        }
        Ok(strings)
    }

    fn soa(&mut self) -> Result<RecordData<'a>, ParseError> {
        Ok(RecordData::Soa {
            primary: self.name()?,
            mailbox: self.name()?,
            serial: self.fields.u32()?,
            refresh: self.fields.u32()?,
            retry: self.fields.u32()?,
            expire: self.fields.u32()?,
            minimum: self.fields.u32()?,
        })
    }

    fn end(&self) -> Result<(), ParseError> {
        match self.fields.rest().len() {
            0 => Ok(()),
            left => Err(self.fields.invalid(Field::Length, left as u32)),
        }
    }
}

/// The texts of a TXT record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strings<'a> {
    bytes: &'a [u8],
}

impl<'a> Iterator for Strings<'a> {
    type Item = Text<'a>;

    fn next(&mut self) -> Option<Text<'a>> {
        let (&len, rest) = self.bytes.split_first()?;
        let (text, rest) = rest.split_at_checked(len.into())?;
        self.bytes = rest;
        Some(Text::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(kind: RecordType, bytes: &[u8]) -> Result<RecordData<'_>, ParseError> {
        RecordData::parse(kind, bytes, 0)
    }

    #[test]
    fn typed_data_is_read() {
        let address = data(RecordType::AAAA, &[0x20; 16]).unwrap();
        assert_eq!(address, RecordData::Aaaa([0x20; 16].into()));
        let RecordData::Mx { preference: 10, exchange } =
            data(RecordType::MX, b"\0\x0a\x02mx\0").unwrap()
        else {
            panic!("no MX")
        };
        assert_eq!(exchange.to_string(), "mx");
        let RecordData::Srv { priority: 1, weight: 2, port: 5060, target } =
            data(RecordType::SRV, b"\0\x01\0\x02\x13\xc4\x03sip\0").unwrap()
        else {
            panic!("no SRV")
        };
        assert_eq!(target.to_string(), "sip");
        let RecordData::Txt(texts) = data(RecordType::TXT, b"\x03a=b\0\x01c").unwrap() else {
            panic!("no TXT")
        };
        assert_eq!(texts.map(|text| text.to_string()).collect::<Vec<_>>(), ["a=b", "", "c"]);
        let service = data(RecordType::HTTPS, b"\0\x01\0\0\x01\0\x03\x02h2").unwrap();
        let RecordData::Service { priority: 1, target, parameters } = service else {
            panic!("no HTTPS")
        };
        assert_eq!((target.is_root(), parameters), (true, &b"\0\x01\0\x03\x02h2"[..]));
        let zone = b"\x01a\0\x01b\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05";
        let zone = data(RecordType::SOA, zone).unwrap();
        assert!(matches!(zone, RecordData::Soa { serial: 1, expire: 4, minimum: 5, .. }));
        assert_eq!(data(RecordType::CAA, b"xy"), Ok(RecordData::Other(b"xy")));
    }

    #[test]
    fn data_of_a_wrong_length_is_refused() {
        for (kind, bytes) in [
            (RecordType::A, &b"\x01\x02\x03"[..]),
            (RecordType::A, b"\x01\x02\x03\x04\x05"),
            (RecordType::TXT, b"\x05ab"),
            (RecordType::CNAME, b"\x01a\0x"),
            (RecordType::MX, b"\0"),
        ] {
            assert!(data(kind, bytes).is_err(), "{kind}");
        }
    }
}
