//! The long header: what every packet of a handshake shows in the open.

use super::{Version, varint};
use crate::application::Cursor;
use crate::application::cursor::clamp;
use crate::{Field, Layer, ParseError};

/// The longest connection ID of the versions that are known. Others may have up to 255 bytes.
const MAX_CONNECTION_ID: usize = 20;

/// The longest packet number.
const MAX_PACKET_NUMBER: usize = 4;

/// The tag that ends every protected packet.
pub(super) const TAG: usize = 16;

/// The bit by which a header is a long one.
const LONG: u8 = 0x80;

/// The bit that is set in versions 1 and 2, unless peers agreed to grease it.
const FIXED: u8 = 0x40;

/// What a packet with a long header is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PacketKind {
    /// Holds the hellos.
    Initial,
    /// Early data.
    ZeroRtt,
    /// The rest of the handshake.
    Handshake,
    /// The server wants the token back first.
    Retry,
    /// The server tells the versions that it speaks.
    VersionNegotiation,
    /// Something of a version that is not known; only the connection IDs are sure.
    Unknown,
}

/// A long header, and the packet it stands in front of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongHeader<'a> {
    /// What the packet is for.
    pub kind: PacketKind,
    /// The version.
    pub version: Version,
    /// The receiver's connection ID.
    pub destination: &'a [u8],
    /// The sender's connection ID.
    pub source: &'a [u8],
    /// The token of an Initial or a Retry packet, else empty.
    pub token: &'a [u8],
    /// Where the protected packet number starts in `packet`; where the header ends, for packets that
    /// have none.
    pub packet_number_at: usize,
    /// The packet from its first byte to its last: what follows in the datagram is another one.
    pub packet: &'a [u8],
}

impl<'a> LongHeader<'a> {
    /// Reads the header at the start of a datagram, or at the start of what a packet left of it.
    ///
    /// # Errors
    /// `Truncated` where the datagram ends inside the packet; `Invalid` where no long header is here.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, ParseError> {
        let mut fields = Cursor::new(Layer::Quic, datagram);
        let first = fields.u8()?;
        let version = Version(fields.u32()?);
        let known = version.is_like_v1();
        if first & LONG == 0 || known && first & FIXED == 0 {
            return Err(Cursor::new(Layer::Quic, datagram).invalid(Field::Flags, first.into()));
        }
        let header = Self {
            kind: kind(first, version),
            version,
            destination: connection_id(&mut fields, known)?,
            source: connection_id(&mut fields, known)?,
            token: &[],
            packet_number_at: fields.position(),
            packet: datagram,
        };
        header.rest(fields)
    }

    /// The versions that a version negotiation packet offers, else none.
    #[must_use]
    pub fn versions(&self) -> Versions<'a> {
        match self.kind {
            PacketKind::VersionNegotiation => {
                Versions { bytes: self.packet.get(self.packet_number_at..).unwrap_or_default() }
            }
            _ => Versions { bytes: &[] },
        }
    }

    /// Reads what only some kinds of packets have.
    fn rest(self, mut fields: Cursor<'a>) -> Result<Self, ParseError> {
        match self.kind {
            PacketKind::Initial => {
                let len = varint::read(&mut fields)?;
                let token = fields.take(usize::try_from(len).unwrap_or(usize::MAX))?;
                Self { token, ..self }.until_end(fields)
            }
            PacketKind::ZeroRtt | PacketKind::Handshake => self.until_end(fields),
            PacketKind::Retry => {
                let (token, _integrity) = fields
                    .rest()
                    .split_last_chunk::<TAG>()
                    .ok_or_else(|| fields.invalid(Field::Length, clamp(fields.rest().len())))?;
                Ok(Self { token, ..self })
            }
            PacketKind::VersionNegotiation | PacketKind::Unknown => Ok(self),
        }
    }

    fn until_end(self, mut fields: Cursor<'a>) -> Result<Self, ParseError> {
        let len = varint::read(&mut fields)?;
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if len < MAX_PACKET_NUMBER + TAG {
            return Err(fields.invalid(Field::Length, clamp(len)));
        }
        let packet_number_at = fields.position();
        fields.take(len)?;
        let packet = self.packet.get(..fields.position()).unwrap_or(self.packet);
        Ok(Self { packet_number_at, packet, ..self })
    }
}

/// The versions in a version negotiation packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions<'a> {
    bytes: &'a [u8],
}

impl Iterator for Versions<'_> {
    type Item = Version;

    fn next(&mut self) -> Option<Version> {
        let (version, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(Version(u32::from_be_bytes(*version)))
    }
}

/// The two bits of the kind; version 2 counts them from another start.
fn kind(first: u8, version: Version) -> PacketKind {
    let bits = first >> 4 & 3;
    match (version, if version == Version::V2 { bits.wrapping_sub(1) & 3 } else { bits }) {
        (Version::NEGOTIATION, _) => PacketKind::VersionNegotiation,
        (version, _) if !version.is_like_v1() => PacketKind::Unknown,
        (_, 0) => PacketKind::Initial,
        (_, 1) => PacketKind::ZeroRtt,
        (_, 2) => PacketKind::Handshake,
        _ => PacketKind::Retry,
    }
}

fn connection_id<'a>(fields: &mut Cursor<'a>, known: bool) -> Result<&'a [u8], ParseError> {
    let before = *fields;
    let id = fields.vector8()?;
    if known && id.len() > MAX_CONNECTION_ID {
        return Err(before.invalid(Field::Length, clamp(id.len())));
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packet(first: u8, version: u32, rest: &[u8]) -> Vec<u8> {
        [&[first], &version.to_be_bytes()[..], b"\x02ab\x01c", rest].concat()
    }

    #[test]
    fn an_initial_packet_ends_where_its_length_says() {
        let initial = packet(0xc0, 1, b"\x03tok\x40\x1412345678901234567890next");
        let header = LongHeader::parse(&initial).unwrap();
        assert_eq!((header.kind, header.version), (PacketKind::Initial, Version::V1));
        assert_eq!((header.destination, header.source), (&b"ab"[..], &b"c"[..]));
        assert_eq!(header.token, b"tok");
        assert_eq!(&header.packet[header.packet_number_at..], b"12345678901234567890");
        let cut = LongHeader::parse(&initial[..30]).unwrap_err();
        assert!(matches!(cut, ParseError::Truncated { needed: 20, .. }), "{cut}");
    }

    #[test]
    fn kinds_are_numbered_by_version() {
        let kinds = |version| {
            [0xc0, 0xd0, 0xe0, 0xf0].map(|first| {
                let bytes = packet(first, version, b"\0\x40\x1412345678901234567890");
                LongHeader::parse(&bytes).map(|header| header.kind).ok()
            })
        };
        use PacketKind::{Handshake, Initial, Retry, Unknown, ZeroRtt};
        // Between two kinds the rest is read differently, and then does not always fit.
        assert_eq!(kinds(1), [Some(Initial), None, None, Some(Retry)]);
        assert_eq!(kinds(0x6b33_43cf), [Some(Retry), Some(Initial), None, None]);
        assert_eq!(kinds(0x5130_3436), [Some(Unknown); 4]);
        let handshake = packet(0xe0, 1, b"\x40\x1412345678901234567890");
        assert_eq!(LongHeader::parse(&handshake).unwrap().kind, Handshake);
        let early = packet(0xe0, 0x6b33_43cf, b"\x40\x1412345678901234567890");
        assert_eq!(LongHeader::parse(&early).unwrap().kind, ZeroRtt);
    }

    #[test]
    fn a_version_negotiation_lists_versions() {
        let bytes = packet(0x80, 0, b"\0\0\0\x01\x6b\x33\x43\xcfxx");
        let header = LongHeader::parse(&bytes).unwrap();
        assert_eq!(header.kind, PacketKind::VersionNegotiation);
        assert_eq!(header.versions().collect::<Vec<_>>(), [Version::V1, Version::V2]);
    }

    #[test]
    fn a_retry_ends_in_its_integrity_tag() {
        let bytes = packet(0xf0, 1, b"token1234567890123456");
        assert_eq!(LongHeader::parse(&bytes).unwrap().token, b"token");
        assert!(LongHeader::parse(&packet(0xf0, 1, b"123456789012345")).is_err());
    }

    #[test]
    fn what_is_no_long_header_is_refused() {
        let long_id = [&b"\xc0\0\0\0\x01\x15"[..], &[0; 60]].concat();
        for bytes in [&b"\x40abcdefghijk"[..], &packet(0x80, 1, b"\0\x14"), &long_id] {
            let error = LongHeader::parse(bytes).unwrap_err();
            assert!(matches!(error, ParseError::Invalid { .. }), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            first: u8,
            version in prop_oneof![Just(0), Just(1_u32), Just(0x6b33_43cf), any::<u32>()],
            rest in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let bytes = [&[first], &version.to_be_bytes()[..], &rest].concat();
            if let Ok(header) = LongHeader::parse(&bytes) {
                prop_assert!(header.packet.len() <= bytes.len());
                prop_assert!(header.packet_number_at <= header.packet.len());
                prop_assert!(header.versions().count() <= bytes.len());
            }
        }
    }
}
