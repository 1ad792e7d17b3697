//! Patterns of words.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use thiserror::Error;

/// A word, in letters of any size, or a pattern with `*` for any letters: `syn-flood`, `*scan`, `brute*`.
///
/// ```
/// use netsift_alert::Pattern;
///
/// let scans = Pattern::new("*scan*")?;
/// assert!(scans.matches("Vertical-Scan") && !scans.matches("flood"));
/// # Ok::<(), netsift_alert::NotAPattern>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// In small letters.
    text: String,
}

/// A pattern that is empty, or longer than any word.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a pattern of words has 1 to {MAX_LEN} letters, and not {len}")]
pub struct NotAPattern {
    len: usize,
}

/// Longer than any class or rule is named; it bounds what a comparison costs.
const MAX_LEN: usize = 128;

impl Pattern {
    /// # Errors
    /// If it is empty or longer than 128 letters.
    pub fn new(text: &str) -> Result<Self, NotAPattern> {
        // Of what is kept: some small letters are more than their large ones, and what is written is read again.
        let text = text.to_lowercase();
        let len = text.chars().count();
        let is_word = (1..=MAX_LEN).contains(&len);
        is_word.then_some(Self { text }).ok_or(NotAPattern { len })
    }

    /// Whether every word is such a one.
    pub(crate) fn is_all(&self) -> bool {
        self.text.bytes().all(|byte| byte == b'*')
    }

    /// Whether the word is such a one.
    #[must_use]
    pub fn matches(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        let mut parts = self.text.split('*');
        let Some(mut rest) = parts.next().and_then(|first| word.strip_prefix(first)) else {
            return false;
        };
        if !self.text.contains('*') {
            return rest.is_empty();
        }
        // The first place that fits leaves the most for what follows, so nothing is tried twice.
        let mut parts = parts.peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return rest.ends_with(part);
            }
            let Some((_, behind)) = rest.split_once(part).filter(|_| !part.is_empty()) else {
                if part.is_empty() {
                    continue;
                }
                return false;
            };
            rest = behind;
        }
        true
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_stand_for_any_letters() {
        for (pattern, word, matches) in [
            ("scan", "Scan", true),
            ("scan", "scans", false),
            ("*", "", true),
            ("scan*", "scanner", true),
            ("*scan", "port scan", true),
            ("*scan", "scanner", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("ab*ba", "aba", false),
            ("**a**", "xay", true),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().matches(word), matches, "{pattern} {word}");
        }
        assert!(Pattern::new("").is_err() && Pattern::new(&"x".repeat(129)).is_err());
    }

    #[test]
    fn what_is_a_pattern_stays_one_when_it_is_written() {
        for text in ["é".repeat(128), "İ".repeat(64), "İ".repeat(65), "ẞ".repeat(128)] {
            let Ok(pattern) = Pattern::new(&text) else { continue };
            assert_eq!(Pattern::new(&pattern.to_string()), Ok(pattern), "{text}");
        }
        assert!(Pattern::new(&"é".repeat(128)).is_ok() && Pattern::new(&"İ".repeat(65)).is_err());
    }

    /// The definition.
    fn naive(pattern: &[char], word: &[char]) -> bool {
        match (pattern.split_first(), word.split_first()) {
            (None, _) => word.is_empty(),
            (Some(('*', rest)), None) => naive(rest, word),
            (Some(('*', rest)), Some((_, behind))) => naive(rest, word) || naive(pattern, behind),
            (Some((one, rest)), Some((other, behind))) => one == other && naive(rest, behind),
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn it_is_what_the_definition_says(pattern in "[ab*]{1,8}", word in "[ab]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = naive(&chars(&pattern), &chars(&word));
            prop_assert_eq!(Pattern::new(&pattern).unwrap().matches(&word), expected);
        }
    }
}
