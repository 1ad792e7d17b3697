//! The first of many, in the form in which they are told.

use std::hash::Hash;
use std::ops::Range;

use super::numbers::{Ranked, Volume};
use super::tally::{Counted, Tally};

impl<T> Ranked<T> {
    /// The first of a tally, so many at most, by these measures: packets and bytes in turn.
    pub(super) fn of<K: Eq + Hash + Ord + Clone, C: Counted>(
        tally: &Tally<K, C>,
        most: usize,
        measures: Range<usize>,
        tell: impl Fn(&K, &C) -> T,
    ) -> Self {
        let volume = |measure: &dyn Fn(usize) -> u64| {
            let sum = |first: usize| measures.clone().skip(first).step_by(2).map(measure).sum();
            Volume { packets: sum(0), bytes: sum(1) }
        };
        let of = |count: &C| volume(&|which| count.measure(which));
        let told =
            |top: Vec<(&K, &C)>| top.into_iter().map(|(key, count)| tell(key, count)).collect();
        // A host that only received is no source.
        let took_part = || tally.iter().filter(|(_, count)| of(count) != Volume::default()).count();
        let (counted, distinct) = match tally.is_exact() {
            true => (took_part() as u64, took_part() as u64),
            false => (tally.len() as u64, tally.distinct()),
        };
        Self {
            counted,
            distinct,
            is_exact: tally.is_exact(),
            missed: volume(&|which| tally.missed(which)),
            by_packets: told(tally.top(most, |count| of(count).packets)),
            by_bytes: told(tally.top(most, |count| of(count).bytes)),
        }
    }
}
