//! Text of peers as it is kept.

use std::fmt::Write;

use netsift_packet::Text;
use netsift_packet::dns::Name;

/// The longest name kept: as long as names of hosts can be (RFC 1035, section 2.3.4), four times over
/// since an escaped byte takes four characters.
pub(super) const MAX_NAME: usize = 4 * 255;

/// The longest other text kept: user agents and targets beyond it are rare, and tell nothing new at their
/// ends.
pub(super) const MAX_TEXT: usize = 512;

/// Text as it prints (visible ASCII as it is, everything else escaped), cut behind `max` bytes.
pub(super) fn kept(text: Text<'_>, max: usize) -> Box<str> {
    match plain(text) {
        Some(plain) => plain.get(..max).unwrap_or(plain).into(),
        None => {
            let mut kept = String::new();
            escape(text.as_bytes(), max, &mut kept);
            kept.into()
        }
    }
}

/// The same at the end of others.
pub(super) fn keep(text: Text<'_>, max: usize, kept: &mut String) {
    match plain(text) {
        Some(plain) => kept.push_str(plain.get(..max).unwrap_or(plain)),
        None => escape(text.as_bytes(), max, kept),
    }
}

/// A name as it prints: with dots, and everything but visible ASCII escaped.
pub(super) fn kept_name(name: &Name<'_>) -> Box<str> {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'.' | b'\\');
    let mut kept = String::with_capacity(name.labels().map(|label| label.len() + 1).sum());
    for label in name.labels() {
        match std::str::from_utf8(label) {
            Ok(text) if label.iter().all(is_plain) => kept.push_str(text),
            _ => return name.to_string().into(),
        }
        kept.push('.');
    }
    // The root is the only name that ends with its dot.
    if kept.pop().is_none() {
        kept.push('.');
    }
    kept.into()
}

/// Whether a name prints as this text, in letters of any size: some resolvers draw the size anew for each question. Nothing
/// is kept for that: questions come again and again.
pub(super) fn prints_as(name: &Name<'_>, text: &str) -> bool {
    /// What is left of a text behind what was written.
    struct Left<'a>(&'a str);

    impl Write for Left<'_> {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            let (same, left) = self.0.split_at_checked(text.len()).ok_or(std::fmt::Error)?;
            self.0 = left;
            same.eq_ignore_ascii_case(text).then_some(()).ok_or(std::fmt::Error)
        }
    }

    let mut left = Left(text);
    write!(left, "{name}").is_ok() && left.0.is_empty()
}

/// Whether a text that may be there could have been kept: checked on what is read from a file, so that nothing
/// in it harms who prints it.
pub(super) fn is_sound(text: Option<&str>, max: usize) -> bool {
    text.is_none_or(|text| {
        text.len() <= max && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
    })
}

/// The bytes of a text that may be there.
pub(super) fn len(text: Option<&str>) -> usize {
    text.map_or(0, str::len)
}

/// A text that prints as it is. All bytes are looked at, without a branch for each.
fn plain(text: Text<'_>) -> Option<&str> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'\\';
    let bytes = text.as_bytes();
    let is_plain = bytes.iter().fold(true, |all, &byte| all & is_plain(byte));
    if is_plain { text.to_str() } else { None }
}

fn escape(bytes: &[u8], max: usize, kept: &mut String) {
    let end = kept.len().saturating_add(max);
    for byte in bytes {
        let before = kept.len();
        // Writing to a string does not fail.
        let _ = write!(kept, "{}", Text::new(std::slice::from_ref(byte)));
        if kept.len() > end {
            kept.truncate(before);
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use netsift_packet::dns::Message;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_printable_and_cut_between_escapes() {
        assert_eq!(&*kept(Text::new(b"a\nb\xff\\"), 100), r"a\x0ab\xff\\");
        let cut: Vec<_> = (0..7).map(|max| kept(Text::new(b"a\nb"), max).len()).collect();
        assert_eq!(cut, [0, 1, 1, 1, 1, 5, 6]);
        assert_eq!(&*kept(Text::new(b"plain"), 3), "pla");
    }

    #[test]
    fn what_was_not_kept_by_us_is_noticed() {
        for (text, is_right) in [("abc", true), ("abcd", false), ("a\x1b", false), ("é", false)] {
            assert_eq!(is_sound(Some(text), 3), is_right, "{text:?}");
        }
        assert!(is_sound(None, 0));
    }

    proptest! {
        #[test]
        fn names_and_texts_are_kept_as_they_print(
            labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 0..5),
            plain in any::<bool>(),
        ) {
            let mut message = vec![0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
            for label in &labels {
                message.push(label.len() as u8);
                message.extend(label.iter().map(|&byte| if plain { b'a' + byte % 26 } else { byte }));
            }
            message.extend([0, 0, 1, 0, 1]);
            let question = Message::parse(&message).unwrap().questions().next().unwrap().unwrap();
            prop_assert_eq!(kept_name(&question.name).to_string(), question.name.to_string());
            prop_assert!(kept_name(&question.name).len() <= MAX_NAME);
            let name = kept_name(&question.name).to_ascii_uppercase();
            prop_assert!(prints_as(&question.name, &name));
            prop_assert!(!prints_as(&question.name, &name[1..]));
            prop_assert!(!prints_as(&question.name, &(name + "x")));
            let text = Text::new(&message);
            prop_assert_eq!(kept(text, usize::MAX).to_string(), text.to_string());
        }
    }
}
