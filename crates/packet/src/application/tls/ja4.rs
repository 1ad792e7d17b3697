//! JA4 and JA4S: fingerprints of which the first part can be read.
//!
//! Made by FoxIO's published description.

use std::fmt::{self, Write};

use sha2::{Digest, Sha256};

use super::extension::{ALPN, Codes, SERVER_NAME};
use super::{Carrier, ClientHello, ServerHello, Version, is_grease};
use crate::application::Text;

/// The most cipher suites, and the most extensions, of a hello that gets a fingerprint. They are
/// sorted on the stack; the registry does not hold as many.
const MAX_SORTED: usize = 512;

/// What stands for the sum over nothing.
const NO_SUM: &str = "000000000000";

const NO_CODES: Codes<'_> = Codes::new(&[]);

/// The JA4 fingerprint of a ClientHello, such as `t13d1516h2_8daaf6152771_e5627efa2ab1`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ja4(Inline<36>);

impl Ja4 {
    /// The fingerprint of this hello; `None` if it lists more than anybody means.
    #[must_use]
    pub fn of(hello: &ClientHello<'_>) -> Option<Self> {
        let kinds = hello.extensions.map(|extension| extension.kind);
        let ciphers = Sorted::of(hello.cipher_suites.without_grease())?;
        let extensions = Sorted::of(kinds.filter(|&kind| !is_grease(kind)))?;
        let has_name = hello.extensions.find(SERVER_NAME).is_some();
        let mut out = Inline::new();
        write!(
            out,
            "{}{}{}{:02}{:02}{}_",
            carrier(hello.carrier),
            version(highest_version(hello)),
            if has_name { 'd' } else { 'i' },
            ciphers.as_slice().len().min(99),
            extensions.as_slice().len().min(99),
            Ends(hello.alpn().next()),
        )
        .ok()?;
        write_sum(&mut out, ciphers.as_slice().iter().copied(), NO_CODES).ok()?;
        out.write_char('_').ok()?;
        let kinds = extensions.as_slice().iter().copied();
        let kinds = kinds.filter(|kind| ![SERVER_NAME, ALPN].contains(kind));
        write_sum(&mut out, kinds, hello.signature_algorithms()).ok()?;
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
pub struct Ja4s(Inline<25>);

impl Ja4s {
    /// The fingerprint of this hello; `None` if it lists more than anybody means.
    #[must_use]
    pub fn of(hello: &ServerHello<'_>) -> Option<Self> {
        let kinds = hello.extensions.map(|extension| extension.kind);
        let kinds = kinds.filter(|&kind| !is_grease(kind));
        let mut out = Inline::new();
        write!(
            out,
            "{}{}{:02}{}_{:04x}_",
            carrier(hello.carrier),
            version(hello.chosen_version()),
            kinds.clone().count().min(99),
            Ends(hello.alpn()),
            hello.cipher_suite,
        )
        .ok()?;
        write_sum(&mut out, kinds, NO_CODES).ok()?;
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

const fn carrier(carrier: Carrier) -> char {
    match carrier {
        Carrier::Tcp => 't',
        Carrier::Datagram => 'd',
        Carrier::Quic => 'q',
    }
}

/// The description wants the highest number, which is the oldest version of DTLS.
fn highest_version(hello: &ClientHello<'_>) -> Version {
    hello.supported_versions().without_grease().max().map_or(hello.version, Version)
}

const fn version(version: Version) -> &'static str {
    match version {
        Version::TLS1_3 => "13",
        Version::TLS1_2 => "12",
        Version::TLS1_1 => "11",
        Version::TLS1_0 => "10",
        Version::SSL3 => "s3",
        Version::SSL2 => "s2",
        Version::DTLS1_0 => "d1",
        Version::DTLS1_2 => "d2",
        Version::DTLS1_3 => "d3",
        _ => "00",
    }
}

/// The first and the last character of a protocol's name; of its hexadecimal form, where one of them
/// is neither letter nor digit.
struct Ends<'a>(Option<Text<'a>>);

impl fmt::Display for Ends<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.map(Text::as_bytes).unwrap_or_default();
        let (Some(&first), Some(&last)) = (name.first(), name.last()) else {
            return f.write_str("00");
        };
        if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
            return write!(f, "{}{}", char::from(first), char::from(last));
        }
        write!(f, "{:x}{:x}", first >> 4, last & 0xf)
    }
}

/// Writes the first twelve digits of the SHA-256 sum over the codes and, behind an underscore, the
/// algorithms, if there are any.
fn write_sum(
    out: &mut impl Write,
    codes: impl Iterator<Item = u16> + Clone,
    algorithms: Codes<'_>,
) -> fmt::Result {
    if codes.clone().next().is_none() {
        return out.write_str(NO_SUM);
    }
    let mut sum = Sum(Sha256::new());
    write_codes(&mut sum, codes)?;
    let algorithms = algorithms.without_grease();
    if algorithms.clone().next().is_some() {
        sum.write_char('_')?;
        write_codes(&mut sum, algorithms)?;
    }
    sum.0.finalize().iter().take(NO_SUM.len() / 2).try_for_each(|byte| write!(out, "{byte:02x}"))
}

fn write_codes(out: &mut impl Write, codes: impl Iterator<Item = u16>) -> fmt::Result {
    for (i, code) in codes.enumerate() {
        let comma = if i > 0 { "," } else { "" };
        write!(out, "{comma}{code:04x}")?;
    }
    Ok(())
}

/// Codes in rising order.
struct Sorted {
    codes: [u16; MAX_SORTED],
    len: usize,
}

impl Sorted {
    /// `None` if there are too many.
    fn of(codes: impl Iterator<Item = u16>) -> Option<Self> {
        let mut sorted = Self { codes: [0; MAX_SORTED], len: 0 };
        for code in codes {
            *sorted.codes.get_mut(sorted.len)? = code;
            sorted.len += 1;
        }
        sorted.codes.get_mut(..sorted.len)?.sort_unstable();
        Some(sorted)
    }

    fn as_slice(&self) -> &[u16] {
        self.codes.get(..self.len).unwrap_or_default()
    }
}

/// A sum that text is written into, so that it needs no place of its own.
struct Sum(Sha256);

impl Write for Sum {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text);
        Ok(())
    }
}

/// ASCII of at most `N` bytes, kept in place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Inline<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Inline<N> {
    const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    fn as_str(&self) -> &str {
        let text = self.bytes.get(..self.len).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

impl<const N: usize> Write for Inline<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let place = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len = end;
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
        let ends = |name: &[u8]| Ends(Some(Text::new(name))).to_string();
        assert_eq!(ends(b"http/1.1"), "h1");
        assert_eq!(ends(b"x"), "xx");
        assert_eq!((ends(b""), Ends(None).to_string()), ("00".into(), "00".into()));
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
