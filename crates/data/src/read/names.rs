//! Columns found by their names, however these are spelled.

use std::collections::HashMap;

/// Spellings of names: `Tot Fwd Pkts`, `total_fwd_packets` and `Total Fwd Packet` may all be one column.
///
/// Case, spaces and punctuation never matter, but for `<`, `>` and `+`; what differs in more than that is told here.
///
/// ```
/// use netsift_data::Aliases;
///
/// let aliases = Aliases::new().spell("Total Fwd Packets", ["Tot Fwd Pkts", "Total Fwd Packet"]);
/// assert_eq!(aliases.name("tot_fwd_pkts"), Some("Total Fwd Packets"));
/// assert_eq!(aliases.name("total fwd packets"), Some("Total Fwd Packets"));
/// assert_eq!(aliases.name("Tot Bwd Pkts"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases {
    names: HashMap<String, String>,
}

impl Aliases {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, and these spellings of a name. A spelling that was told before keeps its first meaning.
    #[must_use]
    pub fn spell<S: AsRef<str>>(
        mut self,
        name: impl Into<String>,
        spellings: impl IntoIterator<Item = S>,
    ) -> Self {
        let name = name.into();
        self.names.entry(normal(&name)).or_insert_with(|| name.clone());
        for spelling in spellings {
            self.names.entry(normal(spelling.as_ref())).or_insert_with(|| name.clone());
        }
        self
    }

    /// The same, and all of `others` that were not told before.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        for (spelling, name) in &others.names {
            self.names.entry(spelling.clone()).or_insert_with(|| name.clone());
        }
        self
    }

    /// The name that is spelled like this, if one is.
    #[must_use]
    pub fn name(&self, spelling: &str) -> Option<&str> {
        self.names.get(&normal(spelling)).map(String::as_str)
    }
}

/// Signs that tell columns apart: `Gaps <10s` and `Gaps 10s+`.
const SIGNS: &str = "<>+";

/// What of a name counts: its letters, digits and signs of more and less, in lower case. A name without any is itself.
pub(crate) fn normal(name: &str) -> String {
    let counts = |c: &char| c.is_alphanumeric() || SIGNS.contains(*c);
    let normal: String = name.chars().filter(counts).flat_map(char::to_lowercase).collect();
    if normal.is_empty() { name.trim().to_owned() } else { normal }
}

/// Of these names the one that is most like what was wanted in place of it, if one is: differs in few letters, or
/// begins as it does, or the other way round.
pub(crate) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = normal(wanted);
    let likeness = |name: &str| {
        let name = normal(name);
        let begins = name.starts_with(&wanted) || wanted.starts_with(&name);
        let is_long = name.len().max(wanted.len()) > LONGEST_COMPARED;
        let likeness =
            if is_long { 0.0 } else { strsim::normalized_damerau_levenshtein(&name, &wanted) };
        if begins { likeness.max(LEAST_LIKENESS) } else { likeness }
    };
    let likely = names.map(|name| (likeness(name), name));
    let likely = likely.filter(|(likeness, _)| *likeness >= LEAST_LIKENESS);
    // The first of equals, as `max_by` would not have it.
    likely.reduce(|one, other| if other.0 > one.0 { other } else { one }).map(|(_, name)| name)
}

/// Two letters of three exchanged are enough.
const LEAST_LIKENESS: f64 = 0.6;
/// Comparing takes the product of both lengths, and tables choose their names.
const LONGEST_COMPARED: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_was_mistyped_is_found() {
        let long = "x".repeat(70_000);
        let names = ["Src IP", "Src Port", "Label", &long];
        let near = |wanted: &str| nearest(wanted, names.into_iter());
        assert_eq!(
            (near("Labl"), near("src ipp"), near("SRC")),
            (Some("Label"), Some("Src IP"), Some("Src IP"))
        );
        assert_eq!((near("Port"), near("Duration")), (None, None));
        assert_eq!(near(&"x".repeat(69_999)), Some(&*long));
        assert_eq!(near(&"y".repeat(69_999)), None);
    }

    #[test]
    fn case_spaces_and_punctuation_do_not_matter() {
        for spelling in ["Flow Bytes/s", " flow_bytes_s", "FLOW-BYTES.S", "\u{feff}FlowBytesS"] {
            assert_eq!(normal(spelling), "flowbytess");
        }
        assert_ne!(normal("+"), normal("-"));
        assert_ne!(normal("Fwd Gaps <10s"), normal("Fwd Gaps 10s+"));
        assert_eq!(normal("Größe"), "größe");
    }

    #[test]
    fn what_was_told_first_counts() {
        let aliases = Aliases::new().spell("a", ["x"]).spell("b", ["X", "y"]);
        assert_eq!((aliases.name("x"), aliases.name("Y")), (Some("a"), Some("b")));
        let more = aliases.and(&Aliases::new().spell("c", ["y", "z"]));
        assert_eq!((more.name("y"), more.name("z")), (Some("b"), Some("c")));
    }
}
