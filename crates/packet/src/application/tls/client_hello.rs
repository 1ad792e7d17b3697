//! The ClientHello.

use super::extension::{self, Codes, Extensions, Protocols};
use super::handshake::{Carrier, Handshake};
use super::version::{Version, is_grease};
use crate::ParseError;
use crate::application::Text;

/// Handshake type of a ClientHello.
pub(super) const CLIENT_HELLO: u8 = 1;

/// What a client offers. Everything in it is borrowed and was checked to fit. Where a length among the
/// extensions lies, what stands before it is told: clients with such hellos have fingerprints too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientHello<'a> {
    /// What carried it.
    pub carrier: Carrier,
    /// The version in its old place; since TLS 1.3 see [`offered_version`](Self::offered_version).
    pub version: Version,
    /// The client's random bytes.
    pub random: &'a [u8; 32],
    /// The session to be resumed; since TLS 1.3 mostly random bytes.
    pub session_id: &'a [u8],
    /// Cipher suites, the most wanted first.
    pub cipher_suites: Codes<'a>,
    /// Compression methods.
    pub compression: &'a [u8],
    /// The extensions; where a length lies, those in front of it.
    pub extensions: Extensions<'a>,
    /// Where a length among the extensions lies, if one does.
    pub error: Option<ParseError>,
}

impl<'a> ClientHello<'a> {
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
        Self::of(Handshake::of_stream(stream, CLIENT_HELLO, scratch)?)
    }

    /// Reads the hello that a DTLS datagram starts with. One spread over datagrams is `Invalid`.
    ///
    /// # Errors
    /// `Truncated` where the datagram was cut; `Invalid` where it starts with no whole hello.
    pub fn parse_datagram(datagram: &'a [u8]) -> Result<Self, ParseError> {
        Self::of(Handshake::of_datagram(datagram, CLIENT_HELLO)?)
    }

    /// Reads the hello at the start of the bytes that QUIC's CRYPTO frames carried.
    ///
    /// # Errors
    /// `Truncated` where they end inside the hello; `Invalid` where no hello is here.
    pub fn parse_crypto(bytes: &'a [u8]) -> Result<Self, ParseError> {
        Self::of(Handshake::of_crypto(bytes, CLIENT_HELLO)?)
    }

    pub(super) fn of(message: Handshake<'a>) -> Result<Self, ParseError> {
        let mut fields = message.fields();
        let version = Version(fields.u16()?);
        let (random, session_id) = (fields.array()?, fields.vector8()?);
        if message.carrier == Carrier::Datagram {
            let _cookie = fields.vector8()?;
        }
        let (cipher_suites, compression) = (Codes::new(fields.vector16()?), fields.vector8()?);
        let (extensions, error) = Extensions::parse(fields);
        let carrier = message.carrier;
        Ok(Self {
            carrier,
            version,
            random,
            session_id,
            cipher_suites,
            compression,
            extensions,
            error,
        })
    }

    /// The server's name (SNI), where the client tells it.
    #[must_use]
    pub fn server_name(&self) -> Option<Text<'a>> {
        self.extensions.find(extension::SERVER_NAME).and_then(extension::host_name)
    }

    /// The protocols offered by ALPN, the most wanted first.
    #[must_use]
    pub fn alpn(&self) -> Protocols<'a> {
        Protocols::of(self.extensions)
    }

    /// The versions offered in the extension for them; older clients send none.
    #[must_use]
    pub fn supported_versions(&self) -> Codes<'a> {
        Codes::behind_u8(self.extensions.find(extension::SUPPORTED_VERSIONS))
    }

    /// The newest version offered, wherever it stands.
    #[must_use]
    pub fn offered_version(&self) -> Version {
        let offered = self.supported_versions().filter(|&code| !is_grease(code)).map(Version);
        let newest = match self.version.is_datagram() {
            true => offered.min(),
            false => offered.max(),
        };
        newest.unwrap_or(self.version)
    }

    /// The groups offered for the key exchange.
    #[must_use]
    pub fn supported_groups(&self) -> Codes<'a> {
        Codes::behind_u16(self.extensions.find(extension::SUPPORTED_GROUPS))
    }

    /// The encodings of curve points that are understood.
    #[must_use]
    pub fn point_formats(&self) -> &'a [u8] {
        let list = self.extensions.find(extension::POINT_FORMATS).and_then(extension::list8);
        list.unwrap_or_default()
    }

    /// The signature algorithms that are understood.
    #[must_use]
    pub fn signature_algorithms(&self) -> Codes<'a> {
        Codes::behind_u16(self.extensions.find(extension::SIGNATURE_ALGORITHMS))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::MAX_HELLO;
    use super::*;
    use crate::application::vectors::{self, records, unhex};
    use crate::{Field, Layer};

    #[test]
    fn the_hello_of_rfc_9001_is_read() {
        let bytes = unhex(vectors::CLIENT_HELLO);
        let hello = ClientHello::parse_crypto(&bytes).unwrap();
        assert_eq!(hello.server_name().unwrap(), "example.com");
        assert_eq!(hello.alpn().map(|name| name.to_string()).collect::<Vec<_>>(), ["alpn"]);
        assert_eq!((hello.version, hello.offered_version()), (Version::TLS1_2, Version::TLS1_3));
        assert_eq!(hello.cipher_suites.collect::<Vec<_>>(), [0x1301, 0x1302]);
        assert_eq!(hello.supported_groups().collect::<Vec<_>>(), [0x1d, 0x17, 0x18]);
        assert_eq!(hello.signature_algorithms().len(), 7);
        assert_eq!((hello.compression, hello.session_id), (&[0][..], &[][..]));
        let kinds: Vec<_> = hello.extensions.map(|extension| extension.kind).collect();
        assert_eq!(kinds, [0, 0xff01, 10, 16, 5, 51, 43, 13, 45, 28, 57]);
    }

    #[test]
    fn records_of_any_size_give_the_same_hello() {
        let bytes = unhex(vectors::CLIENT_HELLO);
        let whole = ClientHello::parse_crypto(&bytes).unwrap();
        for size in [1, 2, 5, 64, 200, 1000] {
            let stream = records(&bytes, size);
            let mut scratch = [0; MAX_HELLO];
            let hello = ClientHello::parse_joining(&stream, &mut scratch).unwrap();
            assert_eq!(hello, ClientHello { carrier: Carrier::Tcp, ..whole });
        }
    }

    #[test]
    fn a_cut_hello_is_no_hello() {
        let stream = records(&unhex(vectors::CLIENT_HELLO), 1000);
        for len in 0..stream.len() {
            let error = ClientHello::parse(&stream[..len]).unwrap_err();
            assert!(matches!(error, ParseError::Truncated { .. }), "cut at {len}: {error}");
        }
    }

    #[test]
    fn a_length_that_lies_inside_is_invalid_where_it_stands() {
        let mut bytes = unhex(vectors::CLIENT_HELLO);
        bytes[39..41].copy_from_slice(&[0xff, 0xff]);
        let expected = ParseError::Invalid {
            layer: Layer::Tls,
            offset: 41,
            field: Field::Length,
            value: 0xffff,
        };
        assert_eq!(ClientHello::parse_crypto(&bytes), Err(expected));
    }

    #[test]
    fn a_lie_among_the_extensions_leaves_those_before_it() {
        /// Where the length of the second extension stands.
        const SECOND: usize = 71;
        let mut bytes = unhex(vectors::CLIENT_HELLO);
        bytes[SECOND..SECOND + 2].copy_from_slice(&[0xff, 0xff]);
        let hello = ClientHello::parse_crypto(&bytes).unwrap();
        let offset = SECOND as u32 + 2;
        let (layer, field) = (Layer::Tls, Field::Length);
        let lie = ParseError::Invalid { layer, offset, field, value: 0xffff };
        assert_eq!((hello.error, hello.extensions.count()), (Some(lie), 1));
        assert_eq!(hello.server_name().unwrap(), "example.com");
    }

    proptest! {
        #[test]
        fn mutated_hellos_are_read_or_refused(
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            size in 1..300_usize,
        ) {
            let mut stream = records(&unhex(vectors::CLIENT_HELLO), size);
            for (place, value) in edits {
                let place = place.index(stream.len());
                stream[place] = value;
            }
            let mut scratch = [0; MAX_HELLO];
            if let Ok(hello) = ClientHello::parse_joining(&stream, &mut scratch) {
                let items = hello.extensions.count() + hello.alpn().count() + hello.cipher_suites.count();
                prop_assert!(items <= stream.len());
                let _ = (hello.server_name(), hello.offered_version(), hello.point_formats());
            }
        }

        #[test]
        fn random_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = ClientHello::parse(&bytes);
            let _ = ClientHello::parse_datagram(&bytes);
            let _ = ClientHello::parse_crypto(&bytes);
        }
    }
}
