//! Extensions, and the lists of codes and names inside them.

use crate::ParseError;
use crate::application::{Cursor, Text};

/// Server Name Indication (RFC 6066).
pub(super) const SERVER_NAME: u16 = 0;
/// Groups for key exchange (RFC 8446).
pub(super) const SUPPORTED_GROUPS: u16 = 10;
/// Encodings of curve points (RFC 8422).
pub(super) const POINT_FORMATS: u16 = 11;
/// Signature algorithms (RFC 8446).
pub(super) const SIGNATURE_ALGORITHMS: u16 = 13;
/// Application-Layer Protocol Negotiation (RFC 7301).
pub(super) const ALPN: u16 = 16;
/// Versions that the client takes, or the server took (RFC 8446).
pub(super) const SUPPORTED_VERSIONS: u16 = 43;

/// One extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Its number in the registry.
    pub kind: u16,
    /// What it holds.
    pub data: &'a [u8],
}

/// The extensions of a hello, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extensions<'a> {
    bytes: &'a [u8],
}

impl<'a> Extensions<'a> {
    /// None at all.
    pub(super) const NONE: Self = Self { bytes: &[] };

    /// The extensions that are left of a hello, and where a length among them lies. Those in front of the
    /// lie are whole.
    pub(super) fn parse(mut fields: Cursor<'a>) -> (Self, Option<ParseError>) {
        let start = Self::parse_start(fields);
        (start, Self::check(&mut fields).err())
    }

    /// Checks that what is left of a hello is a list of extensions, or nothing, and nothing more.
    fn check(fields: &mut Cursor<'a>) -> Result<(), ParseError> {
        if fields.is_empty() {
            return Ok(());
        }
        let len = usize::from(fields.u16()?);
        let mut inside = *fields;
        fields.take(len)?;
        while inside.position() < fields.position() {
            inside.u16()?;
            inside.vector16()?;
        }
        if inside.position() > fields.position() || !fields.is_empty() {
            return Err(inside.invalid(crate::Field::Length, len as u32));
        }
        Ok(())
    }

    /// What is there of the list in a cut hello. The walk ends in front of the one that is cut.
    pub(super) fn parse_start(mut fields: Cursor<'a>) -> Self {
        let len = fields.u16().map_or(0, usize::from);
        let there = fields.rest();
        Self { bytes: there.get(..len).unwrap_or(there) }
    }

    /// What the first extension of this number holds.
    #[must_use]
    pub fn find(mut self, kind: u16) -> Option<&'a [u8]> {
        self.find_map(|extension| (extension.kind == kind).then_some(extension.data))
    }
}

impl<'a> Iterator for Extensions<'a> {
    type Item = Extension<'a>;

    fn next(&mut self) -> Option<Extension<'a>> {
        let (kind, rest) = self.bytes.split_first_chunk()?;
        let (len, rest) = rest.split_first_chunk()?;
        let (data, rest) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
        self.bytes = rest;
        Some(Extension { kind: u16::from_be_bytes(*kind), data })
    }
}

/// A list of 16-bit codes: cipher suites, groups, algorithms, versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codes<'a> {
    bytes: &'a [u8],
}

impl<'a> Codes<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The codes behind a one-byte length; none if the length lies.
    pub(super) fn behind_u8(data: Option<&'a [u8]>) -> Self {
        Self { bytes: list8(data.unwrap_or_default()).unwrap_or_default() }
    }

    /// The codes behind a two-byte length; none if the length lies.
    pub(super) fn behind_u16(data: Option<&'a [u8]>) -> Self {
        Self { bytes: list16(data.unwrap_or_default()).unwrap_or_default() }
    }

    /// The codes that mean something: all but GREASE.
    pub fn without_grease(self) -> impl Iterator<Item = u16> + Clone + use<'a> {
        self.filter(|&code| !super::is_grease(code))
    }
}

impl Iterator for Codes<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        let (code, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(u16::from_be_bytes(*code))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.bytes.len() / 2, Some(self.bytes.len() / 2))
    }
}

impl ExactSizeIterator for Codes<'_> {}

/// The protocol names of an ALPN extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocols<'a> {
    bytes: &'a [u8],
}

impl<'a> Protocols<'a> {
    pub(super) fn of(extensions: Extensions<'a>) -> Self {
        let data = extensions.find(ALPN).and_then(list16);
        Self { bytes: data.unwrap_or_default() }
    }
}

impl<'a> Iterator for Protocols<'a> {
    type Item = Text<'a>;

    fn next(&mut self) -> Option<Text<'a>> {
        let (&len, rest) = self.bytes.split_first()?;
        let (name, rest) = rest.split_at_checked(len.into())?;
        self.bytes = rest;
        Some(Text::new(name))
    }
}

/// The first host name in a Server Name Indication.
pub(super) fn host_name(data: &[u8]) -> Option<Text<'_>> {
    /// The only kind of name there ever was.
    const HOST_NAME: u8 = 0;
    let mut names = list16(data)?;
    loop {
        let (&kind, rest) = names.split_first()?;
        let (len, rest) = rest.split_first_chunk()?;
        let (name, rest) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
        if kind == HOST_NAME {
            return Some(Text::new(name));
        }
        names = rest;
    }
}

/// The bytes behind a one-byte length.
pub(super) fn list8(data: &[u8]) -> Option<&[u8]> {
    let (&len, list) = data.split_first()?;
    list.get(..len.into())
}

fn list16(data: &[u8]) -> Option<&[u8]> {
    let (len, list) = data.split_first_chunk()?;
    list.get(..u16::from_be_bytes(*len).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Layer;

    fn extensions(bytes: &[u8]) -> (Extensions<'_>, Option<ParseError>) {
        Extensions::parse(Cursor::whole(Layer::Tls, bytes, 0))
    }

    #[test]
    fn a_list_is_walked_and_its_lengths_are_checked() {
        let (list, error) = extensions(b"\0\x09\0\x0a\0\x01x\0\x0b\0\0");
        assert_eq!(error, None);
        assert_eq!(list.map(|extension| extension.kind).collect::<Vec<_>>(), [10, 11]);
        assert_eq!(
            (list.find(10), list.find(11), list.find(12)),
            (Some(&b"x"[..]), Some(&b""[..]), None)
        );
        assert_eq!(extensions(b""), (Extensions::NONE, None));
    }

    #[test]
    fn what_stands_before_a_lie_is_told_beside_it() {
        for (lying, whole) in [
            (&b"\0\x05\0\x0a\0\x02x"[..], 0),
            (b"\0\x04\0\x0a\0\0.", 1),
            (b"\0\x09\0\x0a\0\0", 1),
            (b"\0\x05\0\x0a\0\x03x..", 0),
            (b"\0\x08\0\x0a\0\0\0\x0b\0\x05", 1),
            (b"\0\x05\0\x0a\0\0.", 1),
            (b"\0", 0),
        ] {
            let (list, error) = extensions(lying);
            assert!(matches!(error, Some(ParseError::Invalid { .. })), "{lying:?}: {error:?}");
            assert_eq!(list.count(), whole, "{lying:?}");
        }
    }

    #[test]
    fn names_and_codes_with_lying_lengths_are_none() {
        assert_eq!(host_name(b"\0\x06\0\0\x03abc").unwrap(), "abc");
        assert_eq!(host_name(b"\0\x09\x01\0\0\0\0\x03abc").unwrap(), "abc");
        assert_eq!(host_name(b"\0\x06\0\0\x04abc"), None);
        assert_eq!(host_name(b"\0\x07\0\0\x03abc"), None);
        assert_eq!(Codes::behind_u16(Some(b"\0\x04\0\x1d\x0a\x0a")).without_grease().count(), 1);
        assert_eq!(Codes::behind_u16(Some(b"\0\x05\0\x1d")).count(), 0);
        assert_eq!(Codes::behind_u8(Some(b"\x02\x03\x04")).next(), Some(0x0304));
    }
}
