//! Columns found by their names, however these are spelled.

use std::collections::HashMap;

/// Spellings of names: `Tot Fwd Pkts`, `total_fwd_packets` and `Total Fwd Packet` may all be one column.
///
/// Case, spaces and punctuation never matter; what differs in more than that is told here.
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

/// What of a name counts: its letters and digits, in lower case. A name without any is itself.
pub(crate) fn normal(name: &str) -> String {
    let counts = |c: &char| c.is_alphanumeric();
    let normal: String = name.chars().filter(counts).flat_map(char::to_lowercase).collect();
    if normal.is_empty() { name.trim().to_owned() } else { normal }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_spaces_and_punctuation_do_not_matter() {
        for spelling in ["Flow Bytes/s", " flow_bytes_s", "FLOW-BYTES.S", "\u{feff}FlowBytesS"] {
            assert_eq!(normal(spelling), "flowbytess");
        }
        assert_ne!(normal("+"), normal("-"));
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
