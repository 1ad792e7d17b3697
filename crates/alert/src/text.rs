//! Text that attackers wrote, made harmless and short.

use std::borrow::Cow;
use std::fmt::Write;

use crate::Alert;

/// A text longer than this is cut, in bytes: no name of DNS is longer, and of a head of HTTP it tells what it is.
pub const MAX_TEXT: usize = 256;
/// So many names, terms, reasons and pieces of evidence are kept: more nobody reads.
pub const MAX_LIST: usize = 8;

/// What stands where a text was cut.
const CUT: &str = "…";

/// The text with everything that a terminal would obey, that ends a line, or that turns text around, escaped.
///
/// ```
/// assert_eq!(netsift_alert::printable("a\u{1b}[2J\n"), r"a\u{1b}[2J\u{a}");
/// ```
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
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

/// Control characters (escape sequences start with one), ends of lines, marks that change the direction of text, and what
/// is not seen at all.
#[must_use]
pub(crate) fn is_obeyed(char: char) -> bool {
    let hides =
        matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    char.is_control() || hides || matches!(char, '\u{61c}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The first bytes of a text, `most` at the most, and a mark that it was cut.
#[must_use]
pub fn clipped(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let room = most.saturating_sub(CUT.len());
    let kept = (0..=room).rev().find_map(|end| text.get(..end)).unwrap_or_default();
    Cow::Owned(format!("{kept}{CUT}"))
}

impl Alert {
    /// The alert with texts of at most [`MAX_TEXT`] bytes and lists of at most [`MAX_LIST`], so that it takes no more
    /// memory than some ten kilobytes, and numbers that are numbers.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        let optional = [&mut self.protocol, &mut self.service, &mut self.packets];
        optional.into_iter().flatten().for_each(clip);
        [&mut self.what, &mut self.rule].into_iter().for_each(clip);
        for list in [&mut self.names, &mut self.reasons, &mut self.evidence] {
            list.truncate(MAX_LIST);
            list.iter_mut().for_each(clip);
        }
        self.terms.truncate(MAX_LIST);
        for term in &mut self.terms {
            [&mut term.of, &mut term.says].into_iter().for_each(clip);
            term.risk = finite(term.risk);
        }
        self.score = finite(self.score);
        self
    }

    /// Whether [`bounded`](Self::bounded) would change nothing.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        let optional = [&self.protocol, &self.service, &self.packets].into_iter().flatten();
        let lists = [&self.names, &self.reasons, &self.evidence];
        let terms = self.terms.iter().flat_map(|term| [&term.of, &term.says]);
        let mut texts = optional
            .chain([&self.what, &self.rule])
            .chain(lists.into_iter().flatten())
            .chain(terms);
        texts.all(|text| text.len() <= MAX_TEXT)
            && lists.into_iter().all(|list| list.len() <= MAX_LIST)
            && self.terms.len() <= MAX_LIST
            && self.terms.iter().all(|term| term.risk.is_finite())
            && self.score.is_finite()
    }
}

fn clip(text: &mut String) {
    if let Cow::Owned(short) = clipped(text, MAX_TEXT) {
        *text = short;
    }
}

/// JSON has no other numbers.
fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::example;

    #[test]
    fn escape_sequences_line_ends_and_turned_text_are_disarmed() {
        assert_eq!(printable("a\u{1b}[2J\nb\u{9b}\u{202e}é"), r"a\u{1b}[2J\u{a}b\u{9b}\u{202e}é");
        assert_eq!(printable("a\u{200b}b\u{feff}\0"), r"a\u{200b}b\u{feff}\u{0}");
        assert!(matches!(printable("Straße 東京.pcap"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_long_is_cut_between_characters() {
        assert_eq!(clipped("äöü", 6), "äöü");
        assert_eq!(clipped("äöüß", 6), "ä…");
        assert_eq!(clipped("abc", 1), "…");
    }

    #[test]
    fn the_alert_of_an_attacker_is_of_bounded_size() {
        let mut alert = example("a", 1);
        alert.what = "x".repeat(100_000);
        alert.names = vec!["é".repeat(50_000); 1_000];
        alert.score = f64::NAN;
        assert!(!alert.is_bounded());
        let alert = alert.bounded();
        assert!(alert.is_bounded() && alert.names.len() == MAX_LIST);
        assert_eq!(alert.score, 0.0);
        assert_eq!(alert.clone().bounded(), alert);
    }

    proptest! {
        #[test]
        fn cut_text_is_a_beginning_and_no_longer(text: String, most in 3_usize..40) {
            let short = clipped(&text, most);
            prop_assert!(short.len() <= most);
            prop_assert!(text.starts_with(short.strip_suffix(CUT).unwrap_or(&short)));
        }

        #[test]
        fn printable_text_holds_nothing_that_is_obeyed(text: String) {
            prop_assert!(!printable(&text).chars().any(is_obeyed));
        }
    }
}
