//! Counting by key, in bounded memory: exact up to a number of keys, and with a stated error beyond it.

use std::borrow::Borrow;
use std::cmp::Reverse;
use std::hash::Hash;

use foldhash::fast::RandomState;
use hashbrown::hash_map::Entry as Place;
use hashbrown::{Equivalent, HashMap};

use super::distinct::Distinct;

/// More measures than any count has.
const MOST_MEASURES: usize = 4;

/// What is counted of a key: it adds up, and is ranked by its measures.
pub(super) trait Counted: Copy + Default {
    /// How many measures there are, four at most.
    const MEASURES: usize;

    /// Adds what was counted elsewhere.
    fn add(&mut self, other: &Self);

    /// How much of a measure there is.
    fn measure(&self, which: usize) -> u64;
}

/// Counts by key.
///
/// Once there are more keys than the limit, those that are among the first by no measure are forgotten, and what they had at
/// most is noted: a key that comes later may have had as much before. So no count is too high, and each says by how much it
/// may be too low, which is never more than all that was counted by [`kept_by_measure`](Self::kept_by_measure) (the bound of
/// Misra and Gries, for several measures at once).
#[derive(Clone, Debug)]
pub(super) struct Tally<K, C> {
    limit: usize,
    keys: HashMap<K, Entry<C>, RandomState>,
    distinct: Distinct,
    /// What a key that is not counted may have had, by measure.
    floor: [u64; MOST_MEASURES],
}

#[derive(Clone, Copy, Debug)]
struct Entry<C> {
    count: C,
    /// What it may have had before it was counted.
    missed: [u64; MOST_MEASURES],
}

impl<C: Counted> Entry<C> {
    fn most(&self, measure: usize) -> u64 {
        let missed = self.missed.get(measure).copied().unwrap_or(0);
        self.count.measure(measure).saturating_add(missed)
    }
}

impl<K: Eq + Hash + Ord + Clone, C: Counted> Tally<K, C> {
    /// Counts exactly up to `limit` keys.
    pub(super) fn new(limit: usize) -> Self {
        let (keys, distinct) = (HashMap::default(), Distinct::new());
        Self { limit, keys, distinct, floor: [0; MOST_MEASURES] }
    }

    /// Adds to a key.
    #[inline]
    pub(super) fn add(&mut self, key: K, count: &C) {
        self.entry(key).add(count);
    }

    /// The same by what the key is borrowed as: only a new one is copied.
    pub(super) fn add_borrowed<Q>(&mut self, key: &Q, count: &C)
    where
        K: Borrow<Q> + for<'a> From<&'a Q>,
        Q: Hash + Eq + Equivalent<K> + ?Sized,
    {
        if let Some(entry) = self.keys.get_mut(key) {
            return entry.count.add(count);
        }
        self.add(K::from(key), count);
    }

    /// How many keys are counted.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// How many keys there were, forgotten ones too: exactly, or about.
    pub(super) fn distinct(&self) -> u64 {
        let most_at_once = self.limit.max(self.keys.len()) as u64;
        if self.is_exact() { self.len() as u64 } else { self.distinct.about().max(most_at_once) }
    }

    /// By how much any count may be too low, by measure; all 0 while counts are exact.
    pub(super) fn missed(&self, measure: usize) -> u64 {
        self.floor.get(measure).copied().unwrap_or(0)
    }

    /// Whether every key is counted, and exactly.
    pub(super) fn is_exact(&self) -> bool {
        self.floor == [0; MOST_MEASURES]
    }

    /// What was counted of a key.
    pub(super) fn get(&self, key: &K) -> Option<&C> {
        self.keys.get(key).map(|entry| &entry.count)
    }

    /// All keys that are counted, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &C)> {
        self.keys.iter().map(|(key, entry)| (key, &entry.count))
    }

    /// The first keys by a number, those without any left out; of equal ones the smaller key.
    pub(super) fn top(&self, most: usize, by: impl Fn(&C) -> u64) -> Vec<(&K, &C)> {
        let keys = self.keys.iter().map(|(key, entry)| (key, &entry.count));
        let mut keys: Vec<(&K, &C)> = keys.filter(|(_, count)| by(count) > 0).collect();
        let order = |(key, count): &(&K, &C)| (Reverse(by(count)), (*key).clone());
        if keys.len() > most {
            keys.select_nth_unstable_by_key(most, order);
            keys.truncate(most);
        }
        keys.sort_by_cached_key(order);
        keys
    }

    #[inline]
    fn entry(&mut self, key: K) -> &mut C {
        if self.keys.len() >= self.limit && !self.keys.contains_key(&key) {
            self.forget();
        }
        match self.keys.entry(key) {
            Place::Occupied(known) => &mut known.into_mut().count,
            Place::Vacant(place) => {
                self.distinct.add(place.key());
                &mut place.insert(Entry { count: C::default(), missed: self.floor }).count
            }
        }
    }

    /// How many keys are kept for each measure when some are forgotten: half of all places are then free at least.
    fn kept_by_measure(&self) -> usize {
        (self.limit / (2 * C::MEASURES)).max(1)
    }

    /// Forgets the keys that are among the first by no measure.
    #[cold]
    fn forget(&mut self) {
        let kept = self.kept_by_measure();
        let mut bounds = [0; MOST_MEASURES];
        for (measure, bound) in bounds.iter_mut().enumerate().take(C::MEASURES) {
            let mut counts: Vec<u64> = self.keys.values().map(|it| it.most(measure)).collect();
            let at = kept.min(counts.len().saturating_sub(1));
            if !counts.is_empty() {
                *bound = *counts.select_nth_unstable_by_key(at, |&count| Reverse(count)).1;
            }
        }
        let is_above =
            |(measure, bound): (usize, &u64), entry: &Entry<C>| entry.most(measure) > *bound;
        self.keys.retain(|_, entry| {
            bounds.iter().enumerate().take(C::MEASURES).any(|bound| is_above(bound, entry))
        });
        for (floor, bound) in self.floor.iter_mut().zip(bounds) {
            *floor = bound.max(*floor);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    struct Two(u64, u64);

    impl Counted for Two {
        const MEASURES: usize = 2;

        fn add(&mut self, other: &Self) {
            self.0 += other.0;
            self.1 += other.1;
        }

        fn measure(&self, which: usize) -> u64 {
            [self.0, self.1][which]
        }
    }

    #[test]
    fn few_keys_are_counted_exactly_and_told_in_order() {
        let mut tally = Tally::new(4);
        for (key, count) in [("b", Two(2, 1)), ("a", Two(2, 5)), ("c", Two(1, 9)), ("d", Two(0, 1))]
        {
            tally.add(key, &count);
            tally.add(key, &count);
        }
        let names =
            |top: Vec<(&&'static str, &Two)>| top.iter().map(|it| *it.0).collect::<Vec<_>>();
        assert_eq!(names(tally.top(2, |count| count.0)), ["a", "b"]);
        assert_eq!(names(tally.top(9, |count| count.0)), ["a", "b", "c"], "nobody without any");
        assert_eq!(names(tally.top(2, |count| count.1)), ["c", "a"]);
        assert_eq!((tally.is_exact(), tally.len(), tally.get(&"c")), (true, 4, Some(&Two(2, 18))));
        assert_eq!(tally.distinct(), 4);
    }

    /// Forged keys neither take memory nor hide who is busy by either measure.
    #[test]
    fn a_flood_of_keys_hides_nobody() {
        let mut tally = Tally::new(1_000);
        for number in 0_u32..200_000 {
            tally.add(1_000_000 + number, &Two(1, 60));
            if number % 50 == 0 {
                tally.add(number / 50 % 5, &Two(1, 40_000));
                tally.add(5 + number / 50 % 5, &Two(30, 30));
            }
        }
        let keys = |top: Vec<(&u32, &Two)>| top.iter().map(|it| *it.0).collect::<Vec<_>>();
        assert_eq!(keys(tally.top(5, |count| count.1)), [0, 1, 2, 3, 4]);
        assert_eq!(keys(tally.top(5, |count| count.0)), [5, 6, 7, 8, 9]);
        assert!(!tally.is_exact() && tally.len() <= 1_000 && tally.keys.capacity() < 4_000);
        assert!((180_000..=220_000).contains(&tally.distinct()), "{}", tally.distinct());
    }

    proptest! {
        #[test]
        fn counts_are_within_what_is_stated(
            adds in prop::collection::vec((0_u32..200, 0_u64..50, 0_u64..50), 0..600),
        ) {
            let mut tally = Tally::new(16);
            let mut exact: BTreeMap<u32, Two> = BTreeMap::new();
            let mut all = Two::default();
            for (key, one, other) in adds {
                let count = Two(one, other);
                tally.add(key, &count);
                exact.entry(key).or_default().add(&count);
                all.add(&count);
                prop_assert!(tally.len() <= 16);
            }
            let nothing = Two::default();
            for measure in 0..2 {
                let missed = tally.missed(measure);
                prop_assert!(missed <= all.measure(measure) / 5, "{missed} of {all:?}");
                for (key, exact) in &exact {
                    let counted = tally.get(key).unwrap_or(&nothing).measure(measure);
                    let exact = exact.measure(measure);
                    prop_assert!(counted <= exact && exact <= counted + missed, "{key}");
                }
            }
        }
    }
}
