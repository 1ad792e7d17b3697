//! Many ranges of addresses, and which is the narrowest around one of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Sub;

use super::halves::Halves;
use super::tree::Tree;

/// The owner of what is in no range. Owners have 31 bits: more ranges than that are never taken.
pub(super) const NOBODY: u32 = u32::MAX >> 1;

/// An address as a number.
pub(super) trait Address: Copy + Ord + Sub<Output = Self> {
    const ZERO: Self;

    /// What finds the piece that an address is in.
    type Index: Index<Self>;

    fn successor(self) -> Option<Self>;
}

/// Pieces of all addresses, the first of which begins at 0, and who owns each.
pub(super) trait Index<A> {
    fn new(starts: &[A], owners: &[u32]) -> Self;

    fn find(&self, address: A) -> Option<u32>;

    fn memory(&self) -> usize;
}

/// A range with the line it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span<A> {
    pub(super) first: A,
    pub(super) last: A,
    pub(super) line: u32,
}

/// Ranges that may lie in each other or overlap, cut into pieces of which each has one owner: the narrowest range around
/// it. A look-up is a search for the piece.
#[derive(Clone, Debug)]
pub(super) struct Spans<A: Address> {
    spans: Vec<Span<A>>,
    index: A::Index,
}

impl<A: Address> Spans<A> {
    /// Takes the ranges; of equal ones that of the first line stays, and the lines of the others are handed out.
    pub(super) fn new(mut spans: Vec<Span<A>>, mut repeated: impl FnMut(u32)) -> Self {
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
        Self { index: A::Index::new(&starts, &owners), spans }
    }

    /// The narrowest range around an address, of equally narrow ones that which begins first. It is pointed to, not read:
    /// that would be one more way to memory.
    pub(super) fn find(&self, address: A) -> Option<&Span<A>> {
        // Nobody's number is beyond all ranges.
        self.spans.get(self.index.find(address)? as usize)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Span<A>> {
        self.spans.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    pub(super) fn memory(&self) -> usize {
        self.spans.capacity() * size_of::<Span<A>>() + self.index.memory()
    }
}

impl Address for u32 {
    const ZERO: Self = 0;

    type Index = Tree<Self>;

    fn successor(self) -> Option<Self> {
        self.checked_add(1)
    }
}

impl Address for u128 {
    const ZERO: Self = 0;

    type Index = Halves;

    fn successor(self) -> Option<Self> {
        self.checked_add(1)
    }
}

impl Index<u32> for Tree<u32> {
    fn new(starts: &[u32], owners: &[u32]) -> Self {
        Self::new(starts, owners)
    }

    fn find(&self, address: u32) -> Option<u32> {
        Self::find(self, address)
    }

    fn memory(&self) -> usize {
        Self::memory(self)
    }
}

/// Where the pieces begin, the first of them at 0, and who owns each. At most two pieces a range, and one.
fn pieces<A: Address>(spans: &[Span<A>]) -> (Vec<A>, Vec<u32>) {
    let (mut starts, mut owners) = (Vec::new(), Vec::new());
    if spans.is_empty() {
        return (starts, owners);
    }
    // Ranges that have begun, the narrowest on top; those below that have ended leave when they come to the top.
    let mut open = BinaryHeap::new();
    let mut coming = (0..).zip(spans).peekable();
    let mut at = A::ZERO;
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
    (starts, owners)
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
        for len in [1_u32, 7, 8, 9, 127, 128, 129, 2_047, 2_048, 2_049, 2_500] {
            let ranges: Vec<_> = (0..len).map(|number| (number * 4 + 1, number * 4 + 2)).collect();
            let mut spans = spans(&ranges);
            for key in 0..len * 4 + 2 {
                let is_in = key < len * 4 && matches!(key % 4, 1 | 2);
                assert_eq!(line(&spans, key), is_in.then_some(key / 4 + 1), "{key} of {len}");
            }
            assert_eq!(line(&spans, u32::MAX), None);
            spans = self::spans(&[&ranges[..], &[(u32::MAX - 5, u32::MAX)]].concat());
            assert_eq!(line(&spans, u32::MAX), Some(len + 1));
            assert_eq!(line(&spans, u32::MAX - 5), Some(len + 1));
            assert_eq!(line(&spans, u32::MAX - 6), None);
        }
    }

    #[test]
    fn there_are_at_most_two_pieces_a_range() {
        let count = |ranges: &[(u32, u32)]| pieces(&spans(ranges).spans).0.len();
        let nested: Vec<(u32, u32)> = (1..=1_000).map(|depth| (depth, 10_000 - depth)).collect();
        assert_eq!(count(&nested), 2_001);
        let stairs: Vec<(u32, u32)> = (0..1_000).map(|step| (step * 2, step * 2 + 50)).collect();
        assert!(count(&stairs) <= 2_001);
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

        /// With the bits that differ in the upper half of an address, in the lower, and in both.
        #[test]
        fn wide_addresses_are_found_as_narrow_ones(
            shift in prop_oneof![Just(90), Just(64), Just(62), Just(50), Just(32), Just(0), Just(96)],
            ranges in prop::collection::vec((any::<u32>(), any::<u32>()), 0..60),
            asked in prop::collection::vec(any::<u32>(), 0..60),
        ) {
            let ranges: Vec<_> = ranges.iter().map(|(one, other)| (*one.min(other), *one.max(other))).collect();
            let narrow = spans(&ranges);
            let widened = |(line, &(first, last)): (u32, &(u32, u32))| {
                Span { first: u128::from(first) << shift, last: u128::from(last) << shift, line }
            };
            let wide = Spans::new((1..).zip(&ranges).map(widened).collect(), |_| {});
            let ends = ranges.iter().flat_map(|(first, last)| [*first, *last]);
            for key in asked.into_iter().chain(ends) {
                let found = wide.find(u128::from(key) << shift).map(|span| span.line);
                prop_assert_eq!(found, line(&narrow, key));
            }
        }
    }
}
