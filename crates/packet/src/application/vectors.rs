//! Published bytes that the tests of several readers share.

/// The CRYPTO data of RFC 9001, appendix A.2: a ClientHello for example.com.
pub(crate) const CLIENT_HELLO: &str = include_str!("vectors/rfc9001-client-hello.hex");
/// The CRYPTO data of RFC 9001, appendix A.3: a ServerHello.
pub(crate) const SERVER_HELLO: &str = include_str!("vectors/rfc9001-server-hello.hex");

/// The client's Initial packet of RFC 9001, appendix A.2.
#[cfg(feature = "quic")]
pub(crate) const CLIENT_INITIAL_V1: &str = include_str!("vectors/rfc9001-a2.hex");
/// The server's Initial packet of RFC 9001, appendix A.3.
#[cfg(feature = "quic")]
pub(crate) const SERVER_INITIAL_V1: &str = include_str!("vectors/rfc9001-a3.hex");
/// The client's Initial packet of RFC 9369, appendix A.2.
#[cfg(feature = "quic")]
pub(crate) const CLIENT_INITIAL_V2: &str = include_str!("vectors/rfc9369-a2.hex");
/// The server's Initial packet of RFC 9369, appendix A.3.
#[cfg(feature = "quic")]
pub(crate) const SERVER_INITIAL_V2: &str = include_str!("vectors/rfc9369-a3.hex");

/// The bytes that hexadecimal digits mean; line breaks between them do not count.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks_exact(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap()).collect()
}

/// A handshake message cut into TLS records of `size` bytes.
pub(crate) fn records(message: &[u8], size: usize) -> Vec<u8> {
    let record = |fragment: &[u8]| {
        let [high, low] = u16::try_from(fragment.len()).unwrap().to_be_bytes();
        [&[22, 3, 1, high, low], fragment].concat()
    };
    message.chunks(size).flat_map(record).collect()
}
