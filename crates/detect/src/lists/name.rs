//! Names of domains in the one form in which they are compared.

use super::limits::{MAX_LABEL, MAX_NAME};

/// A name in small letters, without the dot at its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    bytes: [u8; MAX_NAME],
    len: usize,
}

/// What a name on a list stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern {
    pub(super) name: Name,
    /// All below it, too: `*.x` and `.x`.
    pub(super) subdomains: bool,
}

impl Name {
    /// Any name that somebody asked for. One that no list can hold stays what it is: it will be found nowhere.
    pub(super) fn asked(name: &[u8]) -> Option<Self> {
        let name = name.strip_suffix(b".").unwrap_or(name);
        let mut bytes = [0; MAX_NAME];
        let place = bytes.get_mut(..name.len())?;
        place.copy_from_slice(name);
        place.make_ascii_lowercase();
        Some(Self { bytes, len: name.len() })
    }

    /// A name as a list may hold it: letters, digits, hyphens and underscores between dots; of other alphabets only
    /// the form that goes over the wire (`xn--`). The last label has a letter, or it would be an address.
    pub(super) fn listed(text: &str) -> Option<Self> {
        let name = Self::asked(text.as_bytes())?;
        let is_label = |label: &[u8]| {
            (1..=MAX_LABEL).contains(&label.len())
                && label.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        let last = name.labels().last()?;
        let is_name = name.labels().all(is_label) && !last.iter().all(u8::is_ascii_digit);
        is_name.then_some(name)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// How many labels it has.
    pub(super) fn depth(&self) -> usize {
        self.labels().count()
    }

    /// Whether it is `below`, or one of the names below that.
    pub(super) fn is_within(&self, above: &Self) -> bool {
        let rest = self.as_bytes().strip_suffix(above.as_bytes());
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(b"."))
    }

    fn labels(&self) -> impl Iterator<Item = &[u8]> {
        self.as_bytes().split(|byte| *byte == b'.')
    }
}

impl Pattern {
    /// `x` for the name alone, `*.x` or `.x` for it and all below it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let below = text.strip_prefix("*.").or_else(|| text.strip_prefix('.'));
        let name = Name::listed(below.unwrap_or(text))?;
        Some(Self { name, subdomains: below.is_some() })
    }

    pub(super) fn matches(&self, name: &Name) -> bool {
        match self.subdomains {
            true => name.is_within(&self.name),
            false => name.as_bytes() == self.name.as_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_form() {
        for (text, form) in [
            ("Evil.Example", "evil.example"),
            ("evil.example.", "evil.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("_dmarc.a-b.example", "_dmarc.a-b.example"),
            ("localhost", "localhost"),
            ("1.2.3.x4", "1.2.3.x4"),
        ] {
            assert_eq!(Name::listed(text).unwrap().as_str(), form);
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long_label = format!("{}.example", "x".repeat(64));
        let long_name = format!("{}example", "xxx.".repeat(62));
        for text in [
            "",
            ".",
            "..",
            "a..b",
            "a.b..",
            ".a",
            "a b.c",
            "a\0.b",
            "bücher.example",
            "1.2.3.4",
            "12",
            "a/b.c",
            "a:80",
            "<html>",
            &long_label,
            &long_name,
        ] {
            assert!(Name::listed(text).is_none(), "{text:?}");
        }
        let longest = format!("{}x", "x.".repeat(126));
        assert_eq!(Name::listed(&longest).unwrap().depth(), 127);
        assert!(Name::asked(format!("{longest}.").as_bytes()).is_some());
        assert!(Name::asked(format!("{longest}x").as_bytes()).is_none());
    }

    #[test]
    fn a_star_is_the_name_and_all_below_it() {
        let matches = |pattern: &str, name: &str| {
            let name = Name::asked(name.as_bytes()).unwrap();
            Pattern::parse(pattern).unwrap().matches(&name)
        };
        for pattern in ["*.evil.example", ".evil.example"] {
            assert!(matches(pattern, "evil.example"));
            assert!(matches(pattern, "a.b.EVIL.example."));
            assert!(!matches(pattern, "notevil.example"));
            assert!(!matches(pattern, "example"));
        }
        assert!(matches("evil.example", "Evil.example"));
        assert!(!matches("evil.example", "a.evil.example"));
        assert!(Pattern::parse("*").is_none() && Pattern::parse("*evil.example").is_none());
        assert!(Pattern::parse("a.*.example").is_none() && Pattern::parse("*.*.x").is_none());
    }
}
