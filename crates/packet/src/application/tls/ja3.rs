//! JA3 and JA3S: MD5 sums over what a hello holds, in its order.

use std::fmt;

use md5::{Digest, Md5};

use super::{ClientHello, ServerHello};
use crate::application::Ascii;
use crate::application::ascii::{Lists, decimal};

/// What stands between the numbers of a list, and behind each list but the last.
const BETWEEN: u8 = b'-';
const BEHIND: Option<u8> = Some(b',');

/// The JA3 fingerprint of a ClientHello.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ja3(pub [u8; 16]);

impl Ja3 {
    /// The fingerprint of this hello.
    #[must_use]
    pub fn of(hello: &ClientHello<'_>) -> Self {
        Self(sum(|text| Self::write_text(hello, text)))
    }

    /// Writes the text that the fingerprint is the sum of: version, cipher suites, extensions, groups
    /// and point formats as decimal numbers, GREASE left out.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_text(hello: &ClientHello<'_>, out: &mut impl fmt::Write) -> fmt::Result {
        let kinds = hello.extensions.map(|extension| extension.kind);
        let point_formats = hello.point_formats().iter().copied().map(u16::from);
        let mut lists = Lists::to(out);
        lists.add(decimal, [hello.version.0], BETWEEN, BEHIND);
        lists.add(decimal, hello.cipher_suites.without_grease(), BETWEEN, BEHIND);
        lists.add(decimal, kinds.filter(|&kind| !super::is_grease(kind)), BETWEEN, BEHIND);
        lists.add(decimal, hello.supported_groups().without_grease(), BETWEEN, BEHIND);
        lists.add(decimal, point_formats, BETWEEN, None);
        lists.finish().map(drop)
    }
}

/// The JA3S fingerprint of a ServerHello.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ja3s(pub [u8; 16]);

impl Ja3s {
    /// The fingerprint of this hello.
    #[must_use]
    pub fn of(hello: &ServerHello<'_>) -> Self {
        Self(sum(|text| Self::write_text(hello, text)))
    }

    /// Writes the text that the fingerprint is the sum of: version, cipher suite and extensions as
    /// decimal numbers.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_text(hello: &ServerHello<'_>, out: &mut impl fmt::Write) -> fmt::Result {
        let mut lists = Lists::to(out);
        lists.add(decimal, [hello.version.0], BETWEEN, BEHIND);
        lists.add(decimal, [hello.cipher_suite], BETWEEN, BEHIND);
        lists.add(decimal, hello.extensions.map(|extension| extension.kind), BETWEEN, None);
        lists.finish().map(drop)
    }
}

macro_rules! prints_as_hex {
    ($($name:ident)*) => {$(
        impl $name {
            /// The fingerprint as text: hexadecimal digits.
            #[must_use]
            pub fn text(&self) -> Ascii<32> {
                let mut text = Ascii::new();
                text.push_hex(&self.0);
                text
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.text().as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    )*};
}

prints_as_hex!(Ja3 Ja3s);

fn sum(write: impl FnOnce(&mut Sum) -> fmt::Result) -> [u8; 16] {
    let mut text = Sum(Md5::new());
    // A sum takes all that is written to it.
    let _ = write(&mut text);
    text.0.finalize().into()
}

/// A sum that text is written into, so that it needs no place of its own.
struct Sum(Md5);

impl fmt::Write for Sum {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::ja4::tests::{client_hello, server_hello};
    use super::*;

    fn ja3(version: u16, ciphers: &[u16], extensions: &[(u16, &[u8])]) -> (String, String) {
        let bytes = client_hello(version, ciphers, extensions);
        let hello = ClientHello::parse(&bytes).unwrap();
        let mut text = String::new();
        Ja3::write_text(&hello, &mut text).unwrap();
        (text, Ja3::of(&hello).to_string())
    }

    #[test]
    fn the_published_examples_come_out() {
        let ciphers = [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4];
        let groups = [0, 6, 0, 23, 0, 24, 0, 25];
        let extensions = [(0, &b""[..]), (10, &groups), (11, &[1, 0])];
        let (text, sum) = ja3(769, &ciphers, &extensions);
        assert_eq!(text, "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0");
        assert_eq!(sum, "ada70206e40642a3e4461f35503241d5");
        let (text, sum) = ja3(769, &[4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99], &[]);
        assert_eq!(text, "769,4-5-10-9-100-98-3-6-19-18-99,,,");
        assert_eq!(sum, "de350869b8c85de67a350c8d186f11e6");
    }

    #[test]
    fn grease_is_left_out() {
        let groups = [0, 4, 0x2a, 0x2a, 0, 29];
        let plain = ja3(771, &[4865], &[(10, &[0, 2, 0, 29]), (43, b"")]);
        let greased = ja3(771, &[0x0a0a, 4865], &[(0xfafa, b""), (10, &groups), (43, b"")]);
        assert_eq!(plain, greased);
    }

    #[test]
    fn a_server_is_known_by_what_it_chose() {
        let extensions = [65281, 0, 11, 35, 5, 16].map(|kind| (kind, &b""[..]));
        let bytes = server_hello(769, 47, &extensions);
        let hello = ServerHello::parse(&bytes).unwrap();
        let mut text = String::new();
        Ja3s::write_text(&hello, &mut text).unwrap();
        assert_eq!(text, "769,47,65281-0-11-35-5-16");
        // As `md5sum` has it.
        assert_eq!(Ja3s::of(&hello).to_string(), "836ce314215654b5b1f85f97c73e506f");
    }
}
