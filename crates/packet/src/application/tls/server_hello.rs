//! The ServerHello.

use super::extension::{self, Extensions, Protocols};
use super::handshake::{Carrier, Handshake};
use super::version::Version;
use crate::ParseError;
use crate::application::Text;

/// Handshake type of a ServerHello.
const SERVER_HELLO: u8 = 2;

/// The random bytes by which a ServerHello is a HelloRetryRequest: SHA-256 of that word (RFC 8446,
/// section 4.1.3).
const RETRY_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// What a server chose. Everything in it is borrowed and was checked to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerHello<'a> {
    /// What carried it.
    pub carrier: Carrier,
    /// The version in its old place; since TLS 1.3 see [`chosen_version`](Self::chosen_version).
    pub version: Version,
    /// The server's random bytes.
    pub random: &'a [u8; 32],
    /// The session; since TLS 1.3 an echo.
    pub session_id: &'a [u8],
    /// The cipher suite.
    pub cipher_suite: u16,
    /// The compression method.
    pub compression: u8,
    /// The extensions; where a length lies, those in front of it.
    pub extensions: Extensions<'a>,
    /// Where a length among the extensions lies, if one does.
    pub error: Option<ParseError>,
}

impl<'a> ServerHello<'a> {
    /// Reads the hello at the start of a TCP stream, if one record holds it.
    ///
    /// # Errors
    /// `Truncated` where the stream ends inside the hello; `Invalid` where no hello is here, or
    /// (`Field::Fragments`) where it is spread over records that
    /// [`parse_joining`](Self::parse_joining) reads.
    pub fn parse(stream: &'a [u8]) -> Result<Self, ParseError> {
        Self::parse_joining(stream, &mut [])
    }

    /// Reads the hello at the start of a TCP stream, however many records hold it. Fragments are
    /// joined in `scratch`; [`MAX_HELLO`](super::MAX_HELLO) bytes are enough for any.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_joining(stream: &'a [u8], scratch: &'a mut [u8]) -> Result<Self, ParseError> {
        Self::of(Handshake::of_stream(stream, SERVER_HELLO, scratch)?)
    }

    /// Reads the hello that a DTLS datagram starts with. One spread over datagrams is `Invalid`.
    ///
    /// # Errors
    /// `Truncated` where the datagram was cut; `Invalid` where it starts with no whole hello.
    pub fn parse_datagram(datagram: &'a [u8]) -> Result<Self, ParseError> {
        Self::of(Handshake::of_datagram(datagram, SERVER_HELLO)?)
    }

    /// Reads the hello at the start of the bytes that QUIC's CRYPTO frames carried.
    ///
    /// # Errors
    /// `Truncated` where they end inside the hello; `Invalid` where no hello is here.
    pub fn parse_crypto(bytes: &'a [u8]) -> Result<Self, ParseError> {
        Self::of(Handshake::of_crypto(bytes, SERVER_HELLO)?)
    }

    fn of(message: Handshake<'a>) -> Result<Self, ParseError> {
        let mut fields = message.fields();
        let version = Version(fields.u16()?);
        let (random, session_id) = (fields.array()?, fields.vector8()?);
        let (cipher_suite, compression) = (fields.u16()?, fields.u8()?);
        let (extensions, error) = Extensions::parse(fields);
        let carrier = message.carrier;
        Ok(Self {
            carrier,
            version,
            random,
            session_id,
            cipher_suite,
            compression,
            extensions,
            error,
        })
    }

    /// The version that is spoken from here on, wherever it stands.
    #[must_use]
    pub fn chosen_version(&self) -> Version {
        let chosen = self.extensions.find(extension::SUPPORTED_VERSIONS);
        match chosen {
            Some(&[high, low]) => Version(u16::from_be_bytes([high, low])),
            _ => self.version,
        }
    }

    /// Whether it is a HelloRetryRequest: the server asks for another ClientHello.
    #[must_use]
    pub fn is_retry_request(&self) -> bool {
        *self.random == RETRY_RANDOM
    }

    /// The protocol chosen by ALPN. Since TLS 1.3 it is told where only the client sees it.
    #[must_use]
    pub fn alpn(&self) -> Option<Text<'a>> {
        Protocols::of(self.extensions).next()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::application::vectors::{self, records, unhex};

    #[test]
    fn the_hello_of_rfc_9001_is_read() {
        let bytes = unhex(vectors::SERVER_HELLO);
        let hello = ServerHello::parse_crypto(&bytes).unwrap();
        assert_eq!((hello.version, hello.chosen_version()), (Version::TLS1_2, Version::TLS1_3));
        assert_eq!((hello.cipher_suite, hello.compression), (0x1301, 0));
        assert_eq!((hello.is_retry_request(), hello.alpn()), (false, None));
        let over_tcp = records(&bytes, 1000);
        let hello_over_tcp = ServerHello::parse(&over_tcp).unwrap();
        assert_eq!(hello_over_tcp, ServerHello { carrier: Carrier::Tcp, ..hello });
    }

    #[test]
    fn a_retry_request_is_known_by_its_random() {
        let mut bytes = unhex(vectors::SERVER_HELLO);
        bytes[6..38].copy_from_slice(&RETRY_RANDOM);
        assert!(ServerHello::parse_crypto(&bytes).unwrap().is_retry_request());
    }

    proptest! {
        #[test]
        fn mutated_hellos_are_read_or_refused(
            place in any::<prop::sample::Index>(),
            value in any::<u8>(),
            len in any::<prop::sample::Index>(),
        ) {
            let mut bytes = unhex(vectors::SERVER_HELLO);
            let place = place.index(bytes.len());
            bytes[place] = value;
            bytes.truncate(len.index(bytes.len()));
            let _ = ServerHello::parse_crypto(&bytes).map(|hello| (hello.chosen_version(), hello.alpn()));
            let _ = ServerHello::parse_datagram(&bytes);
        }
    }
}
