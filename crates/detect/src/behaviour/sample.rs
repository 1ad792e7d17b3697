//! How many different things were seen in a sliding window: exactly while they are few, about so many beyond.
//!
//! Of all things seen those with the smallest hashes are kept. While none had to go the count is exact; after that, the
//! share of hashes that lie below the largest kept one tells how many there are (k minimum values). What is kept is a
//! fair sample, so shares and examples are right too; and it does not depend on the order of what came.
//!
//! Whoever knows the hashes can choose what falls out of a sample, and hide a scan behind a few calls that succeed. So they
//! are keyed by a [`Secret`].

use std::hash::{DefaultHasher, Hash, Hasher};

use netsift_packet::Protocol;

use super::finding::{EXAMPLES, Finding, Kind};
use super::rules::Extent;

/// Things kept: thresholds lie below it, so what is told rests on exact counts; beyond it, a count is wrong by about
/// a fifth (1 / sqrt(32 - 2)).
pub(super) const CAPACITY: usize = 32;

/// Things that there is room for at first: most subjects have no more.
pub(super) const FEW: usize = 4;

/// What hashes are keyed by. It is SipHash that hashes: quicker ones have inputs that come out alike whatever the key.
#[derive(Clone)]
pub(super) struct Secret(DefaultHasher);

impl Secret {
    pub(super) fn of(seed: impl Hash) -> Self {
        let mut keyed = DefaultHasher::new();
        seed.hash(&mut keyed);
        Self(keyed)
    }

    pub(super) fn hash(&self, identity: &impl Hash) -> u64 {
        let mut hasher = self.0.clone();
        identity.hash(&mut hasher);
        hasher.finish()
    }
}

/// Different things of a sliding window.
#[derive(Clone, Debug)]
pub(super) struct Sample<V> {
    kept: Vec<Entry<V>>,
    /// Hashes from here on had to go.
    ceiling: u64,
    latest: i64,
    /// The time of the latest of what is kept.
    newest: i64,
    /// How much of what is kept counts.
    suspicion: usize,
}

/// A thing that was seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<V> {
    hash: u64,
    at: i64,
    pub(super) value: V,
    counts: bool,
}

/// What a sample says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Census {
    /// All different things.
    pub(super) all: u64,
    /// Those that count for a finding.
    pub(super) counted: u64,
    /// Their share.
    pub(super) share: f64,
    /// Whether the numbers are estimates.
    pub(super) is_estimate: bool,
    /// The time of the latest.
    pub(super) last: i64,
}

impl<V> Default for Sample<V> {
    fn default() -> Self {
        let (latest, newest) = (i64::MIN, i64::MIN);
        Self { kept: Vec::new(), ceiling: u64::MAX, latest, newest, suspicion: 0 }
    }
}

impl<V: Copy + Ord + Hash> Sample<V> {
    /// Enters a thing that was seen at a time; `counts` if it speaks for a finding. Seen again, it counts only if it
    /// did every time. What is older than the window is left out.
    pub(super) fn enter(
        &mut self,
        secret: &Secret,
        (value, at): (V, i64),
        counts: bool,
        window: i64,
    ) {
        self.enter_as(secret.hash(&value), (value, at), counts, window);
    }

    /// The same of a thing that is told apart by more than is kept of it: by this hash.
    pub(super) fn enter_as(&mut self, hash: u64, (value, at): (V, i64), counts: bool, window: i64) {
        if at < self.latest.saturating_sub(window) {
            return;
        }
        self.latest = self.latest.max(at);
        let oldest = self.latest.saturating_sub(window);
        if self.newest < oldest {
            self.forget();
        }
        if hash >= self.ceiling {
            return;
        }
        self.newest = self.newest.max(at);
        match self.kept.iter_mut().find(|entry| entry.hash == hash) {
            Some(entry) => {
                let before = entry.counts;
                entry.counts = counts && (before || entry.at < oldest);
                entry.at = entry.at.max(at);
                self.suspicion = self.suspicion + usize::from(entry.counts) - usize::from(before);
            }
            None => self.push(Entry { hash, at, value, counts }, window),
        }
    }

    /// What was seen in the window up to the latest entry.
    pub(super) fn census(&self, window: i64) -> Census {
        let (mut all, mut counted) = (0, 0);
        for entry in self.live(window) {
            all += 1_u64;
            counted += u64::from(entry.counts);
        }
        let share = if all == 0 { 0.0 } else { counted as f64 / all as f64 };
        let is_estimate = self.ceiling != u64::MAX;
        let scaled = |kept| self.scaled(kept);
        Census { all: scaled(all), counted: scaled(counted), share, is_estimate, last: self.latest }
    }

    /// How many there are if the sample holds so many of them.
    pub(super) fn scaled(&self, kept: u64) -> u64 {
        match self.ceiling {
            u64::MAX => kept,
            ceiling => (kept as f64 * (u64::MAX as f64 / ceiling.max(1) as f64)) as u64,
        }
    }

    /// What was seen in the window.
    pub(super) fn live(&self, window: i64) -> impl Iterator<Item = &Entry<V>> {
        let oldest = self.latest.saturating_sub(window);
        self.kept.iter().filter(move |entry| entry.at >= oldest)
    }

    /// What counts of it.
    pub(super) fn counted(&self, window: i64) -> impl Iterator<Item = &Entry<V>> {
        self.live(window).filter(|entry| entry.counts)
    }

    /// How much of what is kept counts, in the window or not.
    pub(super) fn suspicion(&self) -> usize {
        self.suspicion
    }

    /// The extent of what counts, if it is that much and that share.
    pub(super) fn reaches(&self, least: u64, share: f64, window: i64) -> Option<Extent> {
        // Most subjects are not suspicious at all, and are looked at no further.
        if self.scaled(self.suspicion as u64) < least {
            return None;
        }
        let census = self.census(window);
        let holds = census.counted >= least && census.share >= share;
        holds.then_some(Extent { size: census.counted, last: census.last })
    }

    /// What counts of the window, as a finding that says how much it is and when.
    pub(super) fn finding(&self, kind: Kind, protocol: Protocol, window: i64) -> Finding {
        let census = self.census(window);
        Finding {
            window,
            count: census.counted,
            is_estimate: census.is_estimate,
            share: census.share,
            ..Finding::new(kind, protocol, span(self.counted(window)))
        }
    }

    /// Forgets everything, and keeps the memory of a few for who comes next: what was large once would stay so for ever.
    pub(super) fn clear(&mut self) {
        self.forget();
        self.latest = i64::MIN;
        self.kept.shrink_to(FEW);
    }

    /// Bytes it holds beyond its own size.
    pub(super) fn heap(&self) -> usize {
        self.kept.capacity() * size_of::<Entry<V>>()
    }

    /// The most that can be.
    pub(super) const MAX_HEAP: usize = CAPACITY * size_of::<Entry<V>>();

    /// All of the window has passed: counts are exact again.
    fn forget(&mut self) {
        self.kept.clear();
        (self.ceiling, self.newest, self.suspicion) = (u64::MAX, i64::MIN, 0);
    }

    fn push(&mut self, entry: Entry<V>, window: i64) {
        if self.kept.len() >= CAPACITY {
            let oldest = self.latest.saturating_sub(window);
            self.kept.retain(|entry| entry.at >= oldest);
            self.suspicion = self.kept.iter().filter(|entry| entry.counts).count();
        }
        if self.kept.len() < CAPACITY {
            if self.kept.len() == self.kept.capacity() {
                self.kept.reserve_exact(self.kept.len().clamp(FEW, CAPACITY - self.kept.len()));
            }
            self.suspicion += usize::from(entry.counts);
            self.kept.push(entry);
            return;
        }
        let largest = self.kept.iter_mut().max_by_key(|entry| entry.hash);
        let Some(largest) = largest else { return };
        self.ceiling = entry.hash.max(largest.hash);
        if entry.hash < largest.hash {
            self.suspicion =
                self.suspicion + usize::from(entry.counts) - usize::from(largest.counts);
            *largest = entry;
        }
    }
}

/// A few of them, in order.
pub(super) fn examples<'a, V: Copy + Ord + 'a>(seen: impl Iterator<Item = &'a Entry<V>>) -> Vec<V> {
    let mut values: Vec<V> = seen.map(|entry| entry.value).collect();
    values.sort_unstable();
    values.dedup();
    values.truncate(EXAMPLES);
    values
}

/// The times of the first and the last of them.
pub(super) fn span<'a, V: 'a>(seen: impl Iterator<Item = &'a Entry<V>>) -> (i64, i64) {
    seen.fold((i64::MAX, i64::MIN), |(first, last), entry| {
        (first.min(entry.at), last.max(entry.at))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const WINDOW: i64 = 100;

    fn secret() -> Secret {
        Secret::of(7)
    }

    #[test]
    fn many_are_estimated_in_fixed_memory() {
        const SEEDS: u64 = 20;
        let (mut sum, mut shares) = (0, 0.0);
        for seed in 0..SEEDS {
            let (mut sample, secret) = (Sample::default(), Secret::of(seed));
            for value in 0..20_000_u32 {
                sample.enter(&secret, (value, 0), value % 4 == 0, WINDOW);
            }
            let Census { all, share, is_estimate, .. } = sample.census(WINDOW);
            assert!(is_estimate && (8_000..50_000).contains(&all), "{all}");
            assert!(sample.heap() <= Sample::<u32>::MAX_HEAP);
            (sum, shares) = (sum + all, shares + share);
        }
        // The mean of twenty is wrong by a twentieth.
        assert!((17_000..23_500).contains(&(sum / SEEDS)), "{}", sum / SEEDS);
        let share = shares / SEEDS as f64;
        assert!((0.2..0.3).contains(&share), "{share}");
    }

    #[test]
    fn who_comes_next_gets_the_memory_of_a_few() {
        let mut sample = Sample::default();
        (0..1_000_u32).for_each(|value| sample.enter(&secret(), (value, 0), true, WINDOW));
        sample.clear();
        sample.enter(&secret(), (7, 0), true, WINDOW);
        assert!(sample.heap() <= FEW * size_of::<Entry<u32>>());
        assert_eq!(sample.census(WINDOW).counted, 1);
    }

    /// Ports that a sample keeps by this secret, whatever comes; and those that fall out of it then.
    fn chosen(secret: &Secret) -> (Vec<u16>, Vec<u16>) {
        let mut ports: Vec<u16> = (1..20_000).collect();
        ports.sort_by_key(|port| secret.hash(port));
        (ports[..CAPACITY].to_vec(), ports[CAPACITY..].to_vec())
    }

    #[test]
    fn who_knows_one_secret_hides_nothing_from_another() {
        let of = |secret: &Secret, (open, closed): &(Vec<u16>, Vec<u16>)| {
            let mut sample = Sample::default();
            open.iter().for_each(|&port| sample.enter(secret, (port, 0), false, WINDOW));
            closed.iter().for_each(|&port| sample.enter(secret, (port, 0), true, WINDOW));
            sample.census(WINDOW)
        };
        let known = Secret::of(1_u64);
        let crafted = chosen(&known);
        assert_eq!(of(&known, &crafted).counted, 0, "it is hidden from who has the secret");
        for seed in 2..100_u64 {
            let census = of(&Secret::of(seed), &crafted);
            assert!(census.counted > 5_000 && census.share > 0.7, "{seed}: {census:?}");
        }
    }

    #[test]
    fn what_succeeded_once_does_not_count() {
        let mut sample = Sample::default();
        for counts in [true, false, true] {
            sample.enter(&secret(), (7_u16, 1), counts, WINDOW);
        }
        assert_eq!((sample.census(WINDOW).all, sample.census(WINDOW).counted), (1, 0));
    }

    #[test]
    fn it_is_exact_again_once_the_many_have_gone() {
        let mut sample = Sample::default();
        (0..1_000_u32).for_each(|value| sample.enter(&secret(), (value, 0), true, WINDOW));
        // So few that none of them may lie below the ceiling.
        (0..20_u32).for_each(|value| sample.enter(&secret(), (value + 5_000, 60), true, WINDOW));
        (0..20_u32).for_each(|value| sample.enter(&secret(), (value + 5_000, 161), true, WINDOW));
        let census = sample.census(WINDOW);
        assert_eq!((census.counted, census.is_estimate), (20, false));
    }

    proptest! {
        #[test]
        fn few_are_counted_exactly_in_any_order(
            mut seen in prop::collection::vec((0_u8..30, 0_i64..300, any::<bool>()), 1..60),
        ) {
            let of = |seen: &[(u8, i64, bool)]| {
                let mut sample = Sample::default();
                seen.iter().for_each(|(value, at, counts)| {
                    sample.enter(&secret(), (*value, *at), *counts, 1_000);
                });
                let counted = || sample.counted(1_000);
                (sample.census(1_000), examples(counted()), span(counted()))
            };
            let as_they_came = of(&seen);
            let mut truth = BTreeMap::new();
            for (value, _, counts) in &seen {
                *truth.entry(*value).or_insert(true) &= *counts;
            }
            let counted = truth.values().filter(|counts| **counts).count() as u64;
            prop_assert_eq!((as_they_came.0.all, as_they_came.0.counted), (truth.len() as u64, counted));
            seen.sort_unstable();
            prop_assert_eq!(of(&seen), as_they_came);
        }

        #[test]
        fn memory_and_times_stay_in_their_bounds(
            seen in prop::collection::vec((any::<u64>(), any::<i64>(), any::<bool>()), 1..200),
            window in 1_i64..i64::MAX,
        ) {
            let mut sample = Sample::default();
            for (value, at, counts) in seen {
                sample.enter(&secret(), (value, at), counts, window);
                prop_assert!(sample.heap() <= Sample::<u64>::MAX_HEAP);
                let census = sample.census(window);
                prop_assert!(census.counted <= census.all && census.share <= 1.0);
                let counted = sample.kept.iter().filter(|entry| entry.counts).count();
                prop_assert_eq!(sample.suspicion(), counted);
            }
        }
    }
}
