//! Domain names inside a message: borrowed, decompressed while they are read.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::application::cursor::clamp;
use crate::{Field, Layer, ParseError};

/// The longest name there is, length bytes and the root included (RFC 1035, section 2.3.4).
const MAX_NAME: usize = 255;

/// How many pointers a name may follow. Compression links a name to the suffix of an earlier one, so
/// honest chains are as long as suffixes nest; deeper ones are made to cost time.
const MAX_POINTERS: usize = 32;

/// A domain name that lies in a message.
///
/// Checked when it is made: its pointers lead strictly backwards and it is at most 255 bytes long, so
/// that walking its labels always ends. Names compare without regard to ASCII case and print as text
/// with a dot, a backslash and whatever is no visible ASCII escaped (`\.`, `\\`, `\DDD`).
#[derive(Clone, Copy)]
pub struct Name<'a> {
    message: &'a [u8],
    start: usize,
}

impl<'a> Name<'a> {
    /// The name that starts at byte `start` of `message`, and where the bytes behind it start.
    pub(super) fn parse(message: &'a [u8], start: usize) -> Result<(Self, usize), ParseError> {
        let (mut at, mut segment, mut behind) = (start, start, None);
        let (mut len, mut pointers) = (0, 0);
        loop {
            match step(message, at)? {
                Step::Label(label) => {
                    len += 1 + label.len();
                    if len >= MAX_NAME {
                        return Err(invalid(start, Field::Name, len));
                    }
                    at += 1 + label.len();
                }
                Step::Pointer(target) => {
                    pointers += 1;
                    behind.get_or_insert(at + 2);
                    if target >= segment || pointers > MAX_POINTERS {
                        return Err(invalid(at, Field::Name, target));
                    }
                    (at, segment) = (target, target);
                }
                Step::Root => {
                    return Ok((Self { message, start }, behind.unwrap_or(at + 1)));
                }
            }
        }
    }

    /// Its labels, the topmost last; the root has none.
    #[must_use]
    pub fn labels(&self) -> Labels<'a> {
        Labels { message: self.message, at: self.start }
    }

    /// Whether it is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.labels().next().is_none()
    }
}

/// The labels of a name as bytes, as they were sent.
#[derive(Clone, Debug)]
pub struct Labels<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        // `Name::parse` walked this very path, so it ends and no step fails.
        loop {
            match step(self.message, self.at).ok()? {
                Step::Label(label) => {
                    self.at += 1 + label.len();
                    return Some(label);
                }
                Step::Pointer(target) => self.at = target,
                Step::Root => return None,
            }
        }
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        let (mut ours, mut theirs) = (self.labels(), other.labels());
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(a), Some(b)) if a.eq_ignore_ascii_case(b) => {}
                _ => return false,
            }
        }
    }
}

impl Eq for Name<'_> {}

impl Hash for Name<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for label in self.labels() {
            state.write_usize(label.len());
            label.iter().for_each(|byte| state.write_u8(byte.to_ascii_lowercase()));
        }
    }
}

impl fmt::Display for Name<'_> {
    /// Without the final dot, but for the root, which is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_str(".");
        }
        for (i, label) in self.labels().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            label.iter().try_for_each(|&byte| write_byte(f, byte))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

fn write_byte(f: &mut fmt::Formatter<'_>, byte: u8) -> fmt::Result {
    match byte {
        b'.' | b'\\' => write!(f, "\\{}", char::from(byte)),
        b'!'..=b'~' => write!(f, "{}", char::from(byte)),
        _ => write!(f, "\\{byte:03}"),
    }
}

enum Step<'a> {
    Label(&'a [u8]),
    Pointer(usize),
    Root,
}

fn step(message: &[u8], at: usize) -> Result<Step<'_>, ParseError> {
    let first = *message.get(at).ok_or_else(|| truncated(message, at, 1))?;
    match first >> 6 {
        0 if first == 0 => Ok(Step::Root),
        0 => {
            let len = usize::from(first);
            let label = message.get(at + 1..at + 1 + len);
            label.map(Step::Label).ok_or_else(|| truncated(message, at, 1 + len))
        }
        3 => {
            let low = *message.get(at + 1).ok_or_else(|| truncated(message, at, 2))?;
            Ok(Step::Pointer(usize::from(first & 0x3f) << 8 | usize::from(low)))
        }
        // 01 and 10 were given to label types that nobody came to use (RFC 6891, section 5).
        _ => Err(invalid(at, Field::Type, usize::from(first))),
    }
}

fn truncated(message: &[u8], at: usize, needed: usize) -> ParseError {
    let had = clamp(message.len().saturating_sub(at));
    ParseError::Truncated { layer: Layer::Dns, offset: clamp(at), needed: clamp(needed), had }
}

fn invalid(at: usize, field: Field, value: usize) -> ParseError {
    ParseError::Invalid { layer: Layer::Dns, offset: clamp(at), field, value: clamp(value) }
}

#[cfg(test)]
mod tests {
    use std::hash::DefaultHasher;

    use proptest::prelude::*;

    use super::*;

    fn name(message: &[u8], start: usize) -> Name<'_> {
        Name::parse(message, start).unwrap().0
    }

    #[test]
    fn a_compressed_name_reads_through_its_pointer_and_ends_behind_it() {
        let message = b"\x07example\x03com\0\x03wWw\xc0\x00rest";
        let (www, behind) = Name::parse(message, 13).unwrap();
        assert_eq!(www.to_string(), "wWw.example.com");
        assert_eq!(&message[behind..], b"rest");
    }

    #[test]
    fn names_compare_and_hash_without_case_but_print_with_it() {
        let (a, b) = (name(b"\x02aB\x01c\0", 0), name(b"\x02Ab\x01C\0", 0));
        let hash = |name: Name<'_>| {
            let mut hasher = DefaultHasher::new();
            name.hash(&mut hasher);
            hasher.finish()
        };
        assert_eq!((a, hash(a)), (b, hash(b)));
        assert_eq!((a.to_string(), b.to_string()), ("aB.c".into(), "Ab.C".into()));
        assert_ne!(a, name(b"\x02ab\0", 0));
        assert_ne!(name(b"\x03a.b\0", 0), name(b"\x01a\x01b\0", 0));
    }

    #[test]
    fn dots_and_unprintable_bytes_are_escaped() {
        let odd = name(b"\x06a.\\ \x00\xff\0", 0);
        assert_eq!(odd.to_string(), r"a\.\\\032\000\255");
        assert_eq!(name(b"\0", 0).to_string(), ".");
    }

    #[test]
    fn loops_and_forward_pointers_are_refused() {
        let itself = b"\xc0\x00";
        let ping_pong = b"\x01a\xc0\x04\x01b\xc0\x00";
        let forward = b"\xc0\x02\x01a\0";
        let back_into_its_own_label = b"\x03abc\xc0\x00";
        for (message, start) in
            [(&itself[..], 0), (ping_pong, 4), (forward, 0), (back_into_its_own_label, 0)]
        {
            let error = Name::parse(message, start).unwrap_err();
            assert!(matches!(error, ParseError::Invalid { field: Field::Name, .. }), "{error}");
        }
    }

    #[test]
    fn a_chain_of_pointers_is_followed_to_the_cap_and_no_further() {
        let chain = |hops: usize| {
            let mut message = vec![0];
            for hop in 0..hops {
                let target = if hop == 0 { 0 } else { 1 + 2 * (hop - 1) };
                message.extend([0xc0, u8::try_from(target).unwrap()]);
            }
            message
        };
        let fits = chain(MAX_POINTERS);
        assert!(Name::parse(&fits, fits.len() - 2).is_ok());
        let deeper = chain(MAX_POINTERS + 1);
        assert!(Name::parse(&deeper, deeper.len() - 2).is_err());
    }

    #[test]
    fn a_name_is_255_bytes_long_and_not_256() {
        let of_len = |len: usize| {
            let mut message = Vec::new();
            while message.len() + 1 < len {
                let label = (len - message.len() - 2).min(63);
                message.push(u8::try_from(label).unwrap());
                message.resize(message.len() + label, b'x');
            }
            message.push(0);
            message
        };
        let (longest, too_long) = (of_len(255), of_len(256));
        assert_eq!((longest.len(), too_long.len()), (255, 256));
        assert!(Name::parse(&longest, 0).is_ok());
        assert!(Name::parse(&too_long, 0).is_err());
    }

    #[test]
    fn reserved_label_types_are_refused() {
        assert!(Name::parse(b"\x41a\0", 0).is_err());
        assert!(Name::parse(b"\x80\0", 0).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_bounded_name_or_an_error(
            message in prop::collection::vec(prop_oneof![Just(0xc0), Just(0), 0..8_u8, any::<u8>()], 0..300),
            start in 0..300_usize,
        ) {
            if let Ok((name, behind)) = Name::parse(&message, start) {
                let len: usize = name.labels().map(|label| label.len() + 1).sum();
                prop_assert!(len < MAX_NAME && behind <= message.len());
            }
        }
    }
}
