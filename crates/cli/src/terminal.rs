//! Text from elsewhere, made safe to print: names of files may hold what a terminal obeys.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with everything that a terminal would obey, or that would turn the text around, escaped.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if is_obeyed(char) {
            // Writing to a string does not fail.
            let _ = write!(safe, "{}", char.escape_unicode());
        } else {
            safe.push(char);
        }
    }
    Cow::Owned(safe)
}

/// Control characters (escape sequences start with one), and marks that change the direction of text.
fn is_obeyed(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_line_ends_and_turned_text_are_disarmed() {
        assert_eq!(printable("a\u{1b}[2J\nb\u{9b}\u{202e}é"), r"a\u{1b}[2J\u{a}b\u{9b}\u{202e}é");
        assert!(matches!(printable("Straße 東京.pcap"), Cow::Borrowed(_)));
    }
}
