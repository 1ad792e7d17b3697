//! Text as a peer sent it: bytes that nobody promised to be UTF-8, or to be harmless on a terminal.

use std::fmt;

/// Bytes that a protocol calls text, kept as they are.
///
/// They print with everything but visible ASCII and the space escaped (`\x0a`, `\\`), so that no
/// sender writes line breaks or control codes into a log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// Text of these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes as they were sent.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The text, where it is UTF-8.
    #[must_use]
    pub fn to_str(self) -> Option<&'a str> {
        std::str::from_utf8(self.0).ok()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&byte| match byte {
            b'\\' => f.write_str(r"\\"),
            b' '..=b'~' => write!(f, "{}", char::from(byte)),
            _ => write!(f, r"\x{byte:02x}"),
        })
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_codes_and_foreign_bytes_are_escaped() {
        let text = Text::new(b"a b\\\n\x1b[2J\xff");
        assert_eq!(text.to_string(), r"a b\\\x0a\x1b[2J\xff");
        assert_eq!(text.to_str(), None);
    }
}
