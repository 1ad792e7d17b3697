//! JA4 and JA4S: fingerprints of which the first part can be read.
//!
//! Made by FoxIO's published description.

use std::fmt;

use sha2::{Digest, Sha256};

use super::extension::{ALPN, Codes, SERVER_NAME};
use super::{Carrier, ClientHello, ServerHello, Version, is_grease};
use crate::application::ascii::{Lists, hex};
use crate::application::{Ascii, Text};

/// The most cipher suites, and the most extensions, of a hello that gets a fingerprint. They are
/// sorted on the stack; the registry does not hold as many.
const MAX_SORTED: usize = 512;

/// As many bytes of a sum are told.
const SUM_LEN: usize = 6;

const NO_CODES: Codes<'_> = Codes::new(&[]);

/// The JA4 fingerprint of a ClientHello, such as `t13d1516h2_8daaf6152771_e5627efa2ab1`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ja4(Ascii<36>);

impl Ja4 {
    /// The fingerprint of this hello; `None` if it lists more than anybody means.
    #[must_use]
    pub fn of(hello: &ClientHello<'_>) -> Option<Self> {
        let mut room = [0; MAX_SORTED];
        let ciphers = sorted(hello.cipher_suites.without_grease(), &mut room)?;
        let (cipher_count, cipher_sum) = (ciphers.len(), sum(ciphers.iter().copied(), NO_CODES));
        let kinds = hello.extensions.map(|extension| extension.kind);
        let kinds = sorted(kinds.filter(|&kind| !is_grease(kind)), &mut room)?;
        let has_name = kinds.contains(&SERVER_NAME);
        let summed = kinds.iter().copied().filter(|kind| ![SERVER_NAME, ALPN].contains(kind));
        let mut out = Ascii::new();
        out.push(&[carrier(hello.carrier)]);
        out.push(version(highest_version(hello)));
        out.push(if has_name { b"d" } else { b"i" });
        out.push(&count(cipher_count));
        out.push(&count(kinds.len()));
        out.push(&ends(hello.alpn().next()));
        out.push(b"_");
        out.push_hex(&cipher_sum);
        out.push(b"_");
        out.push_hex(&sum(summed, hello.signature_algorithms()));
        Some(Self(out))
    }

    /// The fingerprint as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// The JA4S fingerprint of a ServerHello, such as `t120400_c030_4e8089b08790`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ja4s(Ascii<25>);

impl Ja4s {
    /// The fingerprint of this hello; `None` if it lists more than anybody means.
    #[must_use]
    pub fn of(hello: &ServerHello<'_>) -> Option<Self> {
        let kinds = hello.extensions.map(|extension| extension.kind);
        let kinds = kinds.filter(|&kind| !is_grease(kind));
        let mut out = Ascii::new();
        out.push(&[carrier(hello.carrier)]);
        out.push(version(hello.chosen_version()));
        out.push(&count(kinds.clone().count()));
        out.push(&ends(hello.alpn()));
        out.push(b"_");
        out.push_hex(&hello.cipher_suite.to_be_bytes());
        out.push(b"_");
        out.push_hex(&sum(kinds, NO_CODES));
        Some(Self(out))
    }

    /// The fingerprint as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

macro_rules! prints_as_text {
    ($($name:ident)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    )*};
}

prints_as_text!(Ja4 Ja4s);

const fn carrier(carrier: Carrier) -> u8 {
    match carrier {
        Carrier::Tcp => b't',
        Carrier::Datagram => b'd',
        Carrier::Quic => b'q',
    }
}

/// The description wants the highest number, which is the oldest version of DTLS.
fn highest_version(hello: &ClientHello<'_>) -> Version {
    hello.supported_versions().without_grease().max().map_or(hello.version, Version)
}

const fn version(version: Version) -> &'static [u8] {
    match version {
        Version::TLS1_3 => b"13",
        Version::TLS1_2 => b"12",
        Version::TLS1_1 => b"11",
        Version::TLS1_0 => b"10",
        Version::SSL3 => b"s3",
        Version::SSL2 => b"s2",
        Version::DTLS1_0 => b"d1",
        Version::DTLS1_2 => b"d2",
        Version::DTLS1_3 => b"d3",
        _ => b"00",
    }
}

/// Two decimal digits, which end at 99.
fn count(number: usize) -> [u8; 2] {
    let number = number.min(99) as u8;
    [b'0' + number / 10, b'0' + number % 10]
}

/// The first and the last character of a protocol's name; of its hexadecimal form, where one of them
/// is neither letter nor digit.
fn ends(name: Option<Text<'_>>) -> [u8; 2] {
    let name = name.map(Text::as_bytes).unwrap_or_default();
    let (Some(&first), Some(&last)) = (name.first(), name.last()) else { return *b"00" };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [first, last];
    }
    [first >> 4, last & 0xf].map(|digit| b"0123456789abcdef"[usize::from(digit)])
}

/// The start of the SHA-256 sum over the codes and, behind an underscore, the algorithms, if there are
/// any; zeros where there are no codes.
fn sum(codes: impl Iterator<Item = u16> + Clone, algorithms: Codes<'_>) -> [u8; SUM_LEN] {
    if codes.clone().next().is_none() {
        return [0; SUM_LEN];
    }
    let mut algorithms = algorithms.without_grease().peekable();
    let behind = algorithms.peek().map(|_| b'_');
    let mut lists = Lists::to(Sum(Sha256::new()));
    lists.add(hex, codes, b',', behind);
    lists.add(hex, algorithms, b',', None);
    // A sum takes all that is written to it.
    let sum = lists.finish().map(|Sum(sum)| sum.finalize().into());
    let [a, b, c, d, e, f, ..]: [u8; 32] = sum.unwrap_or_default();
    [a, b, c, d, e, f]
}

/// Codes in rising order; `None` if there are too many.
fn sorted(codes: impl Iterator<Item = u16>, room: &mut [u16; MAX_SORTED]) -> Option<&[u16]> {
    let mut len = 0;
    for code in codes {
        *room.get_mut(len)? = code;
        len += 1;
    }
    let sorted = room.get_mut(..len)?;
    sorted.sort_unstable();
    Some(sorted)
}

/// A sum that text is written into, so that it needs no place of its own.
struct Sum(Sha256);

impl fmt::Write for Sum {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text);
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::application::vectors::{self, records, unhex};

    fn vector(bytes: Vec<u8>) -> Vec<u8> {
        [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], &bytes].concat()
    }

    fn codes(codes: &[u16]) -> Vec<u8> {
        vector(codes.iter().flat_map(|code| code.to_be_bytes()).collect())
    }

    fn hello(kind: u8, parts: &[&[u8]], extensions: &[(u16, &[u8])]) -> Vec<u8> {
        let extension = |&(kind, data): &(u16, &[u8])| {
            [&kind.to_be_bytes()[..], &vector(data.to_vec())].concat()
        };
        let extensions = vector(extensions.iter().flat_map(extension).collect());
        let body = [parts.concat(), extensions].concat();
        records(&[&[kind, 0], &vector(body)[..]].concat(), 16384)
    }

    /// A stream with a ClientHello of just these facts.
    pub(crate) fn client_hello(
        version: u16,
        ciphers: &[u16],
        extensions: &[(u16, &[u8])],
    ) -> Vec<u8> {
        let (version, ciphers) = (version.to_be_bytes(), codes(ciphers));
        hello(1, &[&version, &[7; 32], &[0], &ciphers, &[1, 0]], extensions)
    }

    /// A stream with a ServerHello of just these facts.
    pub(crate) fn server_hello(version: u16, cipher: u16, extensions: &[(u16, &[u8])]) -> Vec<u8> {
        let (version, cipher) = (version.to_be_bytes(), cipher.to_be_bytes());
        hello(2, &[&version, &[7; 32], &[0], &cipher, &[0]], extensions)
    }

    fn ja4(bytes: &[u8]) -> String {
        Ja4::of(&ClientHello::parse(bytes).unwrap()).unwrap().to_string()
    }

    const CIPHERS: [u16; 15] = [
        0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
        0x009c, 0x009d, 0x002f, 0x0035,
    ];
    const KINDS: [u16; 16] = [
        0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012,
        0x002b, 0xff01, 0x000b, 0x000a, 0x0015,
    ];

    /// The example of the published description, with or without its signature algorithms.
    fn example(with_algorithms: bool) -> Vec<(u16, Vec<u8>)> {
        let algorithms = codes(&[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]);
        let data = |kind| match kind {
            0x0010 => b"\0\x03\x02h2".to_vec(),
            0x000d if with_algorithms => algorithms.clone(),
            0x002b => b"\x06\x3a\x3a\x03\x04\x03\x03".to_vec(),
            _ => Vec::new(),
        };
        KINDS.iter().map(|&kind| (kind, data(kind))).collect()
    }

    fn borrowed(extensions: &[(u16, Vec<u8>)]) -> Vec<(u16, &[u8])> {
        extensions.iter().map(|(kind, data)| (*kind, &data[..])).collect()
    }

    #[test]
    fn the_published_example_comes_out() {
        let bytes = client_hello(0x0303, &CIPHERS, &borrowed(&example(true)));
        assert_eq!(ja4(&bytes), "t13d1516h2_8daaf6152771_e5627efa2ab1");
        let bytes = client_hello(0x0303, &CIPHERS, &borrowed(&example(false)));
        assert_eq!(ja4(&bytes), "t13d1516h2_8daaf6152771_6d807ffa2a79");
    }

    #[test]
    fn grease_and_order_change_nothing() {
        let mut extensions = example(true);
        extensions.reverse();
        extensions.push((0x1a1a, Vec::new()));
        let mut ciphers = CIPHERS.to_vec();
        ciphers.rotate_left(4);
        ciphers.insert(0, 0xdada);
        let bytes = client_hello(0x0303, &ciphers, &borrowed(&extensions));
        assert_eq!(ja4(&bytes), "t13d1516h2_8daaf6152771_e5627efa2ab1");
    }

    #[test]
    fn nothing_has_a_sum_of_zeros() {
        let bytes = client_hello(0x0301, &[], &[]);
        assert_eq!(ja4(&bytes), "t10i000000_000000000000_000000000000");
        let bytes = client_hello(0x0301, &[], &[(0, b""), (16, b"")]);
        assert_eq!(ja4(&bytes), "t10d000200_000000000000_000000000000");
    }

    #[test]
    fn protocol_names_give_their_ends() {
        let ends = |name: &[u8]| String::from_utf8(ends(Some(Text::new(name))).to_vec()).unwrap();
        assert_eq!(ends(b"http/1.1"), "h1");
        assert_eq!(ends(b"x"), "xx");
        assert_eq!((ends(b""), super::ends(None)), ("00".into(), *b"00"));
        // The examples of the published description.
        assert_eq!(ends(b"\xab"), "ab");
        assert_eq!(ends(b"\xab\xcd"), "ad");
        assert_eq!(ends(b"\x30\xab"), "3b");
        assert_eq!(ends(b"\x30\x31\xab\xcd"), "3d");
        assert_eq!(ends(b"\xab\xcd\x31"), "a1");
        assert_eq!(ends(b"\x30\xab\xcd\x31"), "01");
    }

    #[test]
    fn quic_has_its_letter() {
        let bytes = unhex(vectors::CLIENT_HELLO);
        let ja4 = Ja4::of(&ClientHello::parse_crypto(&bytes).unwrap()).unwrap();
        assert!(ja4.as_str().starts_with("q13d0211an_"), "{ja4}");
    }

    #[test]
    fn counts_stop_at_99_and_the_fingerprint_at_the_cap() {
        let many: Vec<u16> = (1..=512).collect();
        assert!(ja4(&client_hello(0x0303, &many, &[])).starts_with("t12i990000_"));
        let more: Vec<u16> = (1..=513).collect();
        let bytes = client_hello(0x0303, &more, &[]);
        assert_eq!(Ja4::of(&ClientHello::parse(&bytes).unwrap()), None);
    }

    #[test]
    fn the_published_server_example_comes_out() {
        let extensions = [0x0005, 0x0017, 0xff01, 0x0000].map(|kind| (kind, &b""[..]));
        let bytes = server_hello(0x0303, 0xc030, &extensions);
        let ja4s = Ja4s::of(&ServerHello::parse(&bytes).unwrap()).unwrap();
        assert_eq!(ja4s.as_str(), "t120400_c030_4e8089b08790");
    }
}
