//! The start of a ClientHello: what a cut capture leaves of it.

use super::client_hello::{CLIENT_HELLO, ClientHello};
use super::extension::{self, Codes, Extensions, Protocols};
use super::handshake::{Carrier, Handshake};
use super::version::Version;
use crate::ParseError;
use crate::application::Text;

/// What is there of a ClientHello, whole or cut.
///
/// It tells the server's name in a hello that a snap length cut, or that goes on in bytes which never
/// came. No fingerprint is made of it: that takes a [`ClientHello`], which is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientHelloStart<'a> {
    /// What carried it.
    pub carrier: Carrier,
    /// The version in its old place.
    pub version: Version,
    /// Cipher suites, the most wanted first.
    pub cipher_suites: Codes<'a>,
    /// The extensions that are there whole.
    pub extensions: Extensions<'a>,
    /// Whether nothing is missing: a [`ClientHello`] can be read from the same bytes.
    pub complete: bool,
}

impl<'a> ClientHelloStart<'a> {
    /// Reads the hello at the start of a TCP stream, as far as its first record goes.
    ///
    /// # Errors
    /// `Truncated` where the stream ends before the hello's cipher suites do; `Invalid` where no hello
    /// is here, or one is there whole and a length in it lies.
    pub fn parse(stream: &'a [u8]) -> Result<Self, ParseError> {
        Self::of(Handshake::start_of_stream(stream, CLIENT_HELLO)?)
    }

    /// Reads the hello at the start of the bytes that QUIC's CRYPTO frames carried.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_crypto(bytes: &'a [u8]) -> Result<Self, ParseError> {
        Self::of(Handshake::start_of_crypto(bytes, CLIENT_HELLO)?)
    }

    fn of(message: Handshake<'a>) -> Result<Self, ParseError> {
        if message.complete {
            return ClientHello::of(message).map(Self::from);
        }
        let mut fields = message.fields();
        let version = Version(fields.u16()?);
        let (_random, _session_id) = (fields.array::<32>()?, fields.vector8()?);
        let cipher_suites = Codes::new(fields.vector16()?);
        let extensions = match fields.vector8() {
            Ok(_compression) => Extensions::parse_start(fields),
            Err(_) => Extensions::NONE,
        };
        let carrier = message.carrier;
        Ok(Self { carrier, version, cipher_suites, extensions, complete: false })
    }

    /// The server's name (SNI), where it is there.
    #[must_use]
    pub fn server_name(&self) -> Option<Text<'a>> {
        self.extensions.find(extension::SERVER_NAME).and_then(extension::host_name)
    }

    /// The protocols offered by ALPN, where they are there, the most wanted first.
    #[must_use]
    pub fn alpn(&self) -> Protocols<'a> {
        Protocols::of(self.extensions)
    }
}

impl<'a> From<ClientHello<'a>> for ClientHelloStart<'a> {
    fn from(hello: ClientHello<'a>) -> Self {
        let ClientHello { carrier, version, cipher_suites, extensions, .. } = hello;
        Self { carrier, version, cipher_suites, extensions, complete: true }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::application::vectors::{self, records, unhex};

    /// Where the first extension, which is the server's name, ends in the hello of RFC 9001.
    const NAME_ENDS: usize = 69;

    #[test]
    fn a_name_is_told_as_soon_as_it_is_there() {
        let bytes = unhex(vectors::CLIENT_HELLO);
        for len in 0..=bytes.len() {
            let start = ClientHelloStart::parse_crypto(&bytes[..len]);
            let name = start.ok().and_then(|start| start.server_name());
            assert_eq!(name.is_some(), len >= NAME_ENDS, "{len}");
            assert!(name.is_none_or(|name| name == "example.com"));
            assert_eq!(start.is_ok_and(|start| start.complete), len == bytes.len());
        }
    }

    #[test]
    fn a_cut_segment_and_a_first_record_are_read_as_far_as_they_go() {
        let bytes = unhex(vectors::CLIENT_HELLO);
        let whole = ClientHelloStart::parse_crypto(&bytes).unwrap();
        let cut = records(&bytes, 1000);
        let start = ClientHelloStart::parse(&cut[..120]).unwrap();
        assert_eq!(start.server_name().unwrap(), "example.com");
        assert_eq!((start.cipher_suites, start.complete), (whole.cipher_suites, false));
        assert_eq!(ClientHelloStart::parse(&records(&bytes, 115)), Ok(start));
        let entire = ClientHelloStart { carrier: Carrier::Tcp, ..whole };
        assert_eq!(ClientHelloStart::parse(&cut), Ok(entire));
    }

    #[test]
    fn a_hello_that_is_there_whole_must_not_lie() {
        let mut bytes = unhex(vectors::CLIENT_HELLO);
        bytes[39..41].copy_from_slice(&[0xff, 0xff]);
        let error = ClientHelloStart::parse_crypto(&bytes);
        assert!(matches!(error, Err(ParseError::Invalid { .. })), "{error:?}");
    }

    proptest! {
        #[test]
        fn whatever_is_cut_agrees_with_the_whole(
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            len in any::<prop::sample::Index>(),
        ) {
            let mut bytes = unhex(vectors::CLIENT_HELLO);
            for (place, value) in edits {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            let whole = ClientHello::parse_crypto(&bytes);
            let start = ClientHelloStart::parse_crypto(&bytes[..len.index(bytes.len())]);
            if let (Ok(whole), Ok(start)) = (whole, start) {
                prop_assert!(start.extensions.eq(whole.extensions.take(start.extensions.count())));
                prop_assert_eq!(start.cipher_suites, whole.cipher_suites);
            }
        }
    }
}
