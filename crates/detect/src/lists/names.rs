//! Many names, looked up with those above them.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use super::name::{Name, Pattern};

/// Names in one text, found by their hashes.
///
/// A look-up makes no allocation: the name is brought to its form on the stack, and looked for as it is, then from it
/// upwards as far as any name stands for those below it.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    text: String,
    table: HashTable<Entry>,
    state: RandomState,
    /// Labels of the deepest name that stands for those below it: no more of the levels above a name are looked at.
    deepest: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    start: u32,
    line: u32,
    len: u8,
    subdomains: bool,
}

/// A name on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listed<'a> {
    pub(super) name: &'a str,
    pub(super) subdomains: bool,
    pub(super) line: u32,
}

impl Names {
    /// Takes a name; false if it has it.
    pub(super) fn insert(&mut self, pattern: &Pattern, line: u32) -> bool {
        let Pattern { name, subdomains } = pattern;
        if self.probe(name.as_bytes(), *subdomains).is_some() {
            return false;
        }
        let start = self.text.len() as u32; // bytes of the list, of which there are fewer than 2^32
        self.text.push_str(name.as_str());
        let len = name.as_bytes().len() as u8; // at most 253
        if *subdomains {
            self.deepest = self.deepest.max(name.depth());
        }
        let Self { text, table, state, .. } = self;
        let rehash = |entry: &Entry| state.hash_one(entry.name(text).as_bytes());
        let entry = Entry { start, line, len, subdomains: *subdomains };
        table.insert_unique(state.hash_one(name.as_bytes()), entry, rehash);
        true
    }

    /// The entry of the name, or of the nearest name above it that stands for those below.
    pub(super) fn find(&self, name: &[u8]) -> Option<Listed<'_>> {
        if self.table.is_empty() {
            return None;
        }
        let name = Name::asked(name)?;
        let mut rest = name.as_bytes();
        if let Some(found) = self.probe(rest, false) {
            return Some(found);
        }
        if self.deepest == 0 {
            return None;
        }
        let mut depth = name.depth();
        loop {
            let found = if depth <= self.deepest { self.probe(rest, true) } else { None };
            if found.is_some() || depth == 1 {
                return found;
            }
            let dot = rest.iter().position(|byte| *byte == b'.')?;
            (rest, depth) = (rest.get(dot + 1..)?, depth - 1);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// All of them, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Listed<'_>> {
        self.table.iter().map(|entry| self.listed(entry))
    }

    pub(super) fn memory(&self) -> usize {
        self.text.capacity() + self.table.allocation_size()
    }

    pub(super) fn shrink(&mut self) {
        self.text.shrink_to_fit();
    }

    fn probe(&self, name: &[u8], subdomains: bool) -> Option<Listed<'_>> {
        let is_it = |entry: &Entry| {
            entry.subdomains == subdomains && entry.name(&self.text).as_bytes() == name
        };
        self.table.find(self.state.hash_one(name), is_it).map(|entry| self.listed(entry))
    }

    fn listed(&self, entry: &Entry) -> Listed<'_> {
        let Entry { line, subdomains, .. } = *entry;
        Listed { name: entry.name(&self.text), subdomains, line }
    }
}

impl Entry {
    fn name<'a>(&self, text: &'a str) -> &'a str {
        let start = self.start as usize;
        text.get(start..start + usize::from(self.len)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(patterns: &[&str]) -> Names {
        let mut names = Names::default();
        for (line, pattern) in (1..).zip(patterns) {
            names.insert(&Pattern::parse(pattern).unwrap(), line);
        }
        names
    }

    fn line(names: &Names, name: &str) -> Option<u32> {
        names.find(name.as_bytes()).map(|found| found.line)
    }

    #[test]
    fn the_nearest_name_above_is_found() {
        let names = names(&["*.example", "*.b.example", "a.b.example", "*.a.b.example", "alone"]);
        assert_eq!(line(&names, "a.b.example"), Some(3), "the name itself goes first");
        assert_eq!(line(&names, "x.A.b.Example."), Some(4));
        assert_eq!(line(&names, "x.y.a.b.example"), Some(4));
        assert_eq!(line(&names, "c.b.example"), Some(2));
        assert_eq!(line(&names, "b.example"), Some(2));
        assert_eq!(line(&names, "example"), Some(1));
        assert_eq!(line(&names, "alone"), Some(5));
        for none in ["x.alone", "exam", "", ".", "..", "b.example.x", "xexample"] {
            assert_eq!(line(&names, none), None, "{none:?}");
        }
    }

    #[test]
    fn a_name_is_taken_once_in_each_sense() {
        let mut names = names(&["x.y", "*.x.y"]);
        assert!(!names.insert(&Pattern::parse("X.Y.").unwrap(), 3));
        assert!(!names.insert(&Pattern::parse(".x.y").unwrap(), 4));
        assert_eq!(names.len(), 2);
        let mut lines: Vec<_> = names.iter().map(|listed| listed.line).collect();
        lines.sort_unstable();
        assert_eq!(lines, [1, 2]);
    }

    #[test]
    fn no_name_makes_a_look_up_allocate_or_go_on() {
        let deep = format!("{}x", "x.".repeat(126));
        let names = names(&[&format!("*.{deep}"), "*.y"]);
        let asked: [&[u8]; 5] = [deep.as_bytes(), &[b'.'; 253], &[0xff; 253], &[b'a'; 70_000], b""];
        let measured = allocation_counter::measure(|| {
            assert!(names.find(asked[0]).is_some());
            assert!(asked[1..].iter().all(|name| names.find(name).is_none()));
        });
        assert_eq!(measured.count_total, 0);
    }

    fn some_name() -> impl Strategy<Value = String> {
        prop::collection::vec("[abA]{1,2}", 1..5).prop_map(|labels| labels.join("."))
    }

    proptest! {
        #[test]
        fn found_is_what_a_search_through_all_finds(
            listed in prop::collection::vec((some_name(), any::<bool>()), 0..40),
            asked in prop::collection::vec(some_name(), 1..40),
        ) {
            let texts: Vec<String> = listed
                .iter()
                .map(|(name, subdomains)| if *subdomains { format!("*.{name}") } else { name.clone() })
                .collect();
            let names = names(&texts.iter().map(String::as_str).collect::<Vec<_>>());
            for asked in asked {
                let lower = asked.to_lowercase();
                let is_found = |(name, subdomains): &(String, bool)| {
                    let name = name.to_lowercase();
                    lower == name || *subdomains && lower.ends_with(&format!(".{name}"))
                };
                // The longest name, of two the one that is meant alone, of two such the first.
                let best = (1..).zip(&listed).filter(|(_, entry)| is_found(entry)).max_by_key(|(line, entry)| {
                    (entry.0.len(), !entry.1, std::cmp::Reverse(*line))
                });
                prop_assert_eq!(line(&names, &asked), best.map(|(line, _)| line));
            }
        }
    }
}
