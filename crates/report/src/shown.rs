//! Texts of others, made visible: nothing in them is obeyed by who shows them.

use std::borrow::Cow;
use std::fmt::Write;

use crate::number::Unit;

/// Longest text that is shown in a table or a sentence, in characters: a name of DNS, and room.
pub const MOST_TEXT: usize = 300;
/// Longest name in a chart, in characters: what is beside an axis has to leave room for it.
pub const MOST_NAME: usize = 60;

/// A text of anybody's as people may see it: what controls terminals or turns the direction of text stands as its code, and
/// what is longer than `most` characters ends with a mark.
#[must_use]
pub fn shown(text: &str, most: usize) -> Cow<'_, str> {
    // One character may become ten; what is far too long is not looked at.
    if text.len() <= most && !text.chars().any(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    for (at, char) in text.chars().enumerate() {
        if at + 1 >= most && text.chars().nth(at + 1).is_some() {
            shown.push('…');
            break;
        }
        if is_obeyed(char) {
            // Writing to a string does not fail.
            let _ = write!(shown, "{}", char.escape_unicode());
        } else {
            shown.push(char);
        }
    }
    Cow::Owned(shown)
}

/// What is said behind a sentence about the first of many; nothing, where all are shown.
pub(crate) fn first_of(shown: usize, all: usize, what: &str) -> String {
    let count = |number: usize| Unit::Count.exact(number as f64);
    match all > shown {
        true => format!(" The first {} of {} {what}.", count(shown), count(all)),
        false => String::new(),
    }
}

/// Control characters, ends of lines, marks that change the direction of text, and what is not seen at all.
fn is_obeyed(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_left_out_is_said() {
        assert_eq!(first_of(15, 1_078, "columns"), " The first 15 of 1,078 columns.");
        assert_eq!(first_of(15, 15, "columns"), "");
    }

    #[test]
    fn what_is_obeyed_stands_as_its_code() {
        assert_eq!(shown("a\u{1b}[31m\u{202e}b\n", 99), "a\\u{1b}[31m\\u{202e}b\\u{a}");
        assert!(matches!(shown("plain <b>", 99), Cow::Borrowed("plain <b>")));
    }

    #[test]
    fn long_texts_are_cut_with_a_mark() {
        assert_eq!(shown("abcdef", 6), "abcdef");
        assert_eq!(shown("abcdefg", 6), "abcde…");
        assert_eq!(shown("ääääääää", 6), "äääää…");
        assert_eq!(shown("ääää", 6), "ääää");
    }

    proptest! {
        #[test]
        fn nothing_shown_is_obeyed_or_long(text: String, most in 1_usize..20) {
            let shown = shown(&text, most);
            prop_assert!(!shown.chars().any(is_obeyed));
            prop_assert!(shown.chars().count() <= most * 10);
        }
    }
}
