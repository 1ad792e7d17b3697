//! Text that anybody may have written, made safe to be shown.

/// What stands where the rest was cut off.
const CUT: char = '…';

/// A text whose every character is seen: control codes, line ends, and what hides text or turns it around are written as
/// escapes, as `\n` or `\u{202e}`. What is longer than `most` bytes is cut, with a mark.
pub(crate) fn clean(text: &str, most: usize) -> String {
    let mut cleaned = String::with_capacity(text.len().min(most));
    for c in text.chars() {
        if is_unseen(c) {
            cleaned.extend(c.escape_default());
        } else {
            cleaned.push(c);
        }
        // A text of 100 kB is not worked through for its first 100 bytes.
        if cleaned.len() > most {
            return bounded(&cleaned, most).into_owned();
        }
    }
    cleaned
}

/// The start of a text that has room in `most` bytes, marked if it is not the whole. Room for less than the mark holds
/// nothing.
pub(crate) fn bounded(text: &str, most: usize) -> std::borrow::Cow<'_, str> {
    if text.len() <= most {
        return text.into();
    }
    let Some(room) = most.checked_sub(CUT.len_utf8()) else { return "".into() };
    let mut kept = start(text, room).to_owned();
    kept.push(CUT);
    kept.into()
}

/// As many whole characters as have room in `most` bytes.
pub(crate) fn start(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Whether a character is not seen, or changes how others are: Unicode's control codes (Cc), line and paragraph separators,
/// and the format characters (Cf) that hide, join or turn text.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_unseen_is_seen() {
        let hostile = "a\r\nb\0\u{1b}[31m\u{202e}txt.exe\u{200b}\u{9b}\u{2028}é";
        let seen = r"a\r\nb\u{0}\u{1b}[31m\u{202e}txt.exe\u{200b}\u{9b}\u{2028}é";
        assert_eq!(clean(hostile, 1000), seen);
    }

    #[test]
    fn what_is_cut_is_marked_and_stays_text() {
        assert_eq!(bounded("abcdef", 6), "abcdef");
        assert_eq!(bounded("abcdefg", 6), "abc…");
        assert_eq!(bounded("ééé", 5), "é…");
        assert_eq!(bounded("abcd", 2), "");
    }

    proptest! {
        #[test]
        fn cleaned_texts_are_bounded_and_hold_no_control_code(text: String, most in 0_usize..64) {
            let cleaned = clean(&text, most);
            prop_assert!(cleaned.len() <= most);
            prop_assert!(!cleaned.chars().any(is_unseen));
        }
    }
}
