//! Many ranges of numbers, and which is the narrowest around one of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Sub;

/// How many keys of a node are compared at once. Sixteen keys of an IPv4 address are one line of a cache, and are
/// compared by four instructions.
const FANOUT: usize = 16;
/// The owner of what is in no range.
const NOBODY: u32 = u32::MAX;

/// An address as a number.
pub(super) trait Key: Copy + Ord + Sub<Output = Self> {
    const ZERO: Self;
    const MAX: Self;

    fn successor(self) -> Option<Self>;
}

impl Key for u32 {
    const ZERO: Self = 0;
    const MAX: Self = Self::MAX;

    fn successor(self) -> Option<Self> {
        self.checked_add(1)
    }
}

impl Key for u128 {
    const ZERO: Self = 0;
    const MAX: Self = Self::MAX;

    fn successor(self) -> Option<Self> {
        self.checked_add(1)
    }
}

/// A range with the line it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span<K> {
    pub(super) first: K,
    pub(super) last: K,
    pub(super) line: u32,
}

/// Ranges that may lie in each other or overlap, cut into pieces of which each has one owner: the narrowest range around
/// it. A look-up is a search for the piece.
#[derive(Clone, Debug)]
pub(super) struct Spans<K> {
    spans: Vec<Span<K>>,
    pieces: Tree<K>,
    owners: Vec<u32>,
}

/// Sorted keys as a tree of nodes in flat lists, from the root to the leaves: a search touches a node of each level, of
/// which all but the last two stay in the fastest caches.
#[derive(Clone, Debug)]
struct Tree<K> {
    levels: Vec<Vec<[K; FANOUT]>>,
    len: usize,
}

impl<K: Key> Spans<K> {
    /// Takes the ranges; of equal ones that of the first line stays, and the lines of the others are handed out.
    pub(super) fn new(mut spans: Vec<Span<K>>, mut repeated: impl FnMut(u32)) -> Self {
        spans.sort_unstable_by_key(|span| (span.first, Reverse(span.last), span.line));
        spans.dedup_by(|later, earlier| {
            let is_equal = (later.first, later.last) == (earlier.first, earlier.last);
            if is_equal {
                repeated(later.line);
            }
            is_equal
        });
        spans.shrink_to_fit();
        let (starts, owners) = pieces(&spans);
        Self { spans, pieces: Tree::new(&starts), owners }
    }

    /// The narrowest range around `key`, of equally narrow ones that which begins first.
    pub(super) fn find(&self, key: K) -> Option<&Span<K>> {
        let owner = *self.owners.get(self.pieces.find(key)?)?;
        self.spans.get(owner as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Span<K>> {
        self.spans.iter()
    }

    pub(super) fn memory(&self) -> usize {
        let nodes: usize = self.pieces.levels.iter().map(Vec::capacity).sum();
        self.spans.capacity() * size_of::<Span<K>>()
            + nodes * size_of::<[K; FANOUT]>()
            + self.owners.capacity() * size_of::<u32>()
    }
}

/// Where the pieces begin, the first of them at 0, and who owns each. At most two pieces a range, and one.
fn pieces<K: Key>(spans: &[Span<K>]) -> (Vec<K>, Vec<u32>) {
    let (mut starts, mut owners) = (Vec::new(), Vec::new());
    if spans.is_empty() {
        return (starts, owners);
    }
    // Ranges that have begun, the narrowest on top; those below that have ended leave when they come to the top.
    let mut open = BinaryHeap::new();
    let mut coming = (0..).zip(spans).peekable();
    let mut at = K::ZERO;
    loop {
        while let Some((number, span)) = coming.next_if(|(_, span)| span.first <= at) {
            open.push(Reverse((span.last - span.first, number, span.last)));
        }
        while open.peek().is_some_and(|Reverse((_, _, last))| *last < at) {
            open.pop();
        }
        let owner = open.peek().map_or(NOBODY, |Reverse((_, number, _))| *number);
        if owners.last() != Some(&owner) {
            starts.push(at);
            owners.push(owner);
        }
        let end = open.peek().and_then(|Reverse((_, _, last))| last.successor());
        let begin = coming.peek().map(|(_, span)| span.first);
        let Some(next) = end.into_iter().chain(begin).min() else { break };
        at = next;
    }
    starts.shrink_to_fit();
    owners.shrink_to_fit();
    (starts, owners)
}

impl<K: Key> Tree<K> {
    /// Of keys in their order.
    fn new(keys: &[K]) -> Self {
        let mut levels = Vec::new();
        let mut level = nodes(keys.iter().copied());
        while level.len() > 1 {
            let above = nodes(level.iter().map(|[first, ..]| *first));
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        levels.reverse();
        Self { levels, len: keys.len() }
    }

    /// The place of the last key that is not above `key`; nothing if there is none.
    fn find(&self, key: K) -> Option<usize> {
        let mut place = 0_usize;
        for level in &self.levels {
            // Beyond the end leads only the filling, which is the greatest key: its place is the last one.
            let node = place.min(level.len().saturating_sub(1));
            let keys = level.get(node)?;
            let not_above: u32 = keys.iter().map(|other| u32::from(*other <= key)).sum();
            place = (node * FANOUT + not_above as usize).checked_sub(1)?;
        }
        Some(place.min(self.len.checked_sub(1)?))
    }
}

/// Keys in nodes, the last of which is filled up with the greatest key.
fn nodes<K: Key>(mut keys: impl ExactSizeIterator<Item = K>) -> Vec<[K; FANOUT]> {
    let nodes = 0..keys.len().div_ceil(FANOUT);
    nodes.map(|_| std::array::from_fn(|_| keys.next().unwrap_or(K::MAX))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spans(ranges: &[(u32, u32)]) -> Spans<u32> {
        let span = |(line, &(first, last))| Span { first, last, line };
        Spans::new((1..).zip(ranges).map(span).collect(), |_| {})
    }

    fn line(spans: &Spans<u32>, key: u32) -> Option<u32> {
        spans.find(key).map(|span| span.line)
    }

    #[test]
    fn the_narrowest_range_is_found() {
        let spans = spans(&[(10, 99), (20, 29), (20, 22), (25, 34), (100, 100)]);
        for (key, expected) in [
            (0, None),
            (9, None),
            (10, Some(1)),
            (20, Some(3)),
            (22, Some(3)),
            (23, Some(2)),
            (29, Some(2)),
            (30, Some(4)),
            (34, Some(4)),
            (35, Some(1)),
            (99, Some(1)),
            (100, Some(5)),
            (101, None),
            (u32::MAX, None),
        ] {
            assert_eq!(line(&spans, key), expected, "{key}");
        }
    }

    #[test]
    fn the_ends_of_all_numbers_are_numbers_too() {
        let whole = spans(&[(0, u32::MAX)]);
        assert_eq!([0, 1, u32::MAX].map(|key| line(&whole, key)), [Some(1); 3]);
        let ends = spans(&[(0, 0), (u32::MAX, u32::MAX)]);
        assert_eq!(line(&ends, 0), Some(1));
        assert_eq!(line(&ends, 1), None);
        assert_eq!(line(&ends, u32::MAX - 1), None);
        assert_eq!(line(&ends, u32::MAX), Some(2));
        let wide = Spans::new(vec![Span { first: 1, last: u128::MAX, line: 7 }], |_| {});
        assert!(wide.find(0).is_none() && wide.find(u128::MAX).is_some_and(|span| span.line == 7));
        assert_eq!(line(&spans(&[]), 0), None);
    }

    #[test]
    fn of_equal_ranges_the_first_line_stays() {
        let mut repeated = Vec::new();
        let span = |line| Span { first: 5_u32, last: 9, line };
        let spans = Spans::new([8, 3, 5].map(span).into(), |line| repeated.push(line));
        assert_eq!((spans.len(), line(&spans, 7)), (1, Some(3)));
        assert_eq!(repeated, [5, 8]);
    }

    /// Sizes around full nodes and full levels.
    #[test]
    fn every_key_of_a_tree_is_found() {
        for len in [1, 2, 15, 16, 17, 255, 256, 257, 4_095, 4_096, 4_097, 5_000] {
            let keys: Vec<u32> = (0..len).map(|key| key * 3).collect();
            let tree = Tree::new(&keys);
            for key in 0..len * 3 + 2 {
                let expected = (key / 3).min(len - 1) as usize;
                assert_eq!(tree.find(key), Some(expected), "{key} of {len}");
            }
            assert_eq!(tree.find(u32::MAX), Some(keys.len() - 1));
        }
    }

    #[test]
    fn there_are_at_most_two_pieces_a_range() {
        let nested: Vec<(u32, u32)> = (1..=1_000).map(|depth| (depth, 10_000 - depth)).collect();
        assert_eq!(spans(&nested).owners.len(), 2_001);
        let stairs: Vec<(u32, u32)> = (0..1_000).map(|step| (step * 2, step * 2 + 50)).collect();
        assert!(spans(&stairs).owners.len() <= 2_001);
    }

    proptest! {
        #[test]
        fn found_is_what_a_search_through_all_finds(
            ranges in prop::collection::vec((0_u32..300, 0_u32..80), 0..120),
            top in any::<bool>(),
        ) {
            // Half of the cases lie at the upper end.
            let shift = if top { u32::MAX - 400 } else { 0 };
            let ranges: Vec<_> = ranges.iter().map(|(first, len)| (first + shift, first + len + shift)).collect();
            let spans = spans(&ranges);
            for key in shift..=shift + 400 {
                let around = ranges.iter().filter(|(first, last)| (*first..=*last).contains(&key));
                let narrowest = around.min_by_key(|(first, last)| (last - first, *first)).copied();
                prop_assert_eq!(spans.find(key).map(|span| (span.first, span.last)), narrowest);
            }
        }

        #[test]
        fn wide_keys_are_found_as_narrow_ones(
            ranges in prop::collection::vec((any::<u32>(), any::<u32>()), 0..60),
            asked in prop::collection::vec(any::<u32>(), 0..60),
        ) {
            let ranges: Vec<_> = ranges.iter().map(|(one, other)| (*one.min(other), *one.max(other))).collect();
            let narrow = spans(&ranges);
            let widened = |(line, &(first, last)): (u32, &(u32, u32))| {
                Span { first: u128::from(first) << 90, last: u128::from(last) << 90, line }
            };
            let wide = Spans::new((1..).zip(&ranges).map(widened).collect(), |_| {});
            let ends = ranges.iter().flat_map(|(first, last)| [*first, *last]);
            for key in asked.into_iter().chain(ends) {
                let found = wide.find(u128::from(key) << 90).map(|span| span.line);
                prop_assert_eq!(found, line(&narrow, key));
            }
        }
    }
}
