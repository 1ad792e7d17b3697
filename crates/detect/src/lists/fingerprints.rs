//! Fingerprints of TLS clients.

use std::fmt;

use foldhash::quality::RandomState;
use hashbrown::HashMap;

/// A fingerprint of a ClientHello.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fingerprint {
    /// JA3, an MD5 sum.
    Ja3([u8; 16]),
    /// JA4, as it prints, in small letters.
    Ja4([u8; 36]),
}

/// Fingerprints, and the lines that they stand on.
#[derive(Clone, Debug, Default)]
pub(super) struct Fingerprints {
    lines: HashMap<Fingerprint, u32, RandomState>,
}

impl Fingerprint {
    /// Reads a JA3 (32 hexadecimal digits) or a JA4 (`t13d1516h2_8daaf6152771_b186095e22b6`), in letters of any size.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.len() {
            32 => Self::ja3(text.as_bytes()),
            36 => Self::ja4(text.as_bytes().try_into().ok()?),
            _ => None,
        }
    }

    fn ja3(text: &[u8]) -> Option<Self> {
        let mut sum = [0; 16];
        for (byte, digits) in sum.iter_mut().zip(text.chunks_exact(2)) {
            let digit = |place: usize| char::from(*digits.get(place)?).to_digit(16);
            *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
        }
        Some(Self::Ja3(sum))
    }

    /// Protocol, version, whether a name was told, how many suites and extensions, and the first ALPN; then two sums.
    fn ja4(mut text: [u8; 36]) -> Option<Self> {
        text.make_ascii_lowercase();
        let (facts, sums) = text.split_at(10);
        let is_facts = matches!(facts, [b't' | b'q' | b'd', _, _, b'd' | b'i', counts @ .., _, _]
            if counts.iter().all(u8::is_ascii_digit));
        let is_sum = |sum: &[u8]| {
            sum.split_first()
                .is_some_and(|(bar, sum)| *bar == b'_' && sum.iter().all(u8::is_ascii_hexdigit))
        };
        let is_ja4 = is_facts
            && facts.iter().all(u8::is_ascii_alphanumeric)
            && sums.chunks_exact(13).all(is_sum);
        is_ja4.then_some(Self::Ja4(text))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ja3(sum) => sum.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Ja4(text) => text.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte))),
        }
    }
}

impl Fingerprints {
    /// Takes a fingerprint; false if it has it.
    pub(super) fn insert(&mut self, fingerprint: Fingerprint, line: u32) -> bool {
        let is_new = !self.lines.contains_key(&fingerprint);
        self.lines.entry(fingerprint).or_insert(line);
        is_new
    }

    /// The line it stands on.
    pub(super) fn find(&self, fingerprint: &Fingerprint) -> Option<u32> {
        self.lines.get(fingerprint).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Fingerprint, u32)> {
        self.lines.iter().map(|(fingerprint, line)| (*fingerprint, *line))
    }

    pub(super) fn memory(&self) -> usize {
        self.lines.allocation_size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JA4: &str = "t13d1516h2_8daaf6152771_b186095e22b6";

    #[test]
    fn fingerprints_are_read_and_print_in_small_letters() {
        for text in
            ["0123456789abcdef0123456789abcdef", JA4, "q13i0310h3_55b375c5d22e_cd85d2d88918"]
        {
            assert_eq!(Fingerprint::parse(text).unwrap().to_string(), text);
            let large = text.to_uppercase();
            assert_eq!(Fingerprint::parse(&large), Fingerprint::parse(text), "{large}");
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "0123456789abcdef0123456789abcde",
            "0123456789abcdef0123456789abcdeg",
            "x13d1516h2_8daaf6152771_b186095e22b6",
            "t13x1516h2_8daaf6152771_b186095e22b6",
            "t13d15x6h2_8daaf6152771_b186095e22b6",
            "t13d1516h-_8daaf6152771_b186095e22b6",
            "t13d1516h2-8daaf6152771_b186095e22b6",
            "t13d1516h2_8daaf6152771-b186095e22b6",
            "t13d1516h2_8daaf615277g_b186095e22b6",
            "t13d1516h2_8daaf6152771_b186095e22bx",
            "\u{e9}123456789abcdef0123456789abcde",
        ] {
            assert_eq!(Fingerprint::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_first_line_of_a_fingerprint_is_told() {
        let mut fingerprints = Fingerprints::default();
        let ja4 = Fingerprint::parse(JA4).unwrap();
        assert!(fingerprints.insert(ja4, 3) && !fingerprints.insert(ja4, 9));
        assert_eq!((fingerprints.find(&ja4), fingerprints.len()), (Some(3), 1));
    }
}
