//! Text that anybody may have written, made safe and short.

use crate::{clipped, printable};

/// A text of at most `most` bytes (and those of a mark, of less), in which all that is obeyed or not seen is escaped.
pub(crate) fn clean(text: &str, most: usize) -> String {
    // Clipped first, since texts of attackers are long, and again, since escapes are longer than what they stand for.
    clipped(&printable(&clipped(text, most)), most).into_owned()
}

/// As many whole characters as have room in `most` bytes.
pub(crate) fn start(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::is_obeyed;

    proptest! {
        #[test]
        fn cleaned_texts_are_bounded_and_hold_nothing_that_is_obeyed(text: String, most in 3_usize..64) {
            let cleaned = clean(&text, most);
            prop_assert!(cleaned.len() <= most);
            prop_assert!(!cleaned.chars().any(is_obeyed));
        }

        #[test]
        fn starts_are_text(text: String, most in 0_usize..64) {
            let start = start(&text, most);
            prop_assert!(start.len() <= most && text.starts_with(start));
            prop_assert!(text.len() <= most || start.len() + 4 > most);
        }
    }
}
