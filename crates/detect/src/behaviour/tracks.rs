//! The subjects of one rule: found by key, bounded in number, told of once.

use std::cmp::Reverse;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::finding::Finding;
use super::observation::Observation;
use super::rules::{Beside, Extent, Rule, Track};

/// What a rule follows.
pub(super) struct Tracks<R: Rule> {
    rule: R,
    capacity: usize,
    growth: f64,
    /// Keys stand once, in their slots.
    places: HashTable<u32>,
    hasher: RandomState,
    slots: Vec<Slot<R>>,
    /// Where the search for one that makes room goes on.
    hand: usize,
    heap: usize,
    evicted: u64,
}

struct Slot<R: Rule> {
    key: R::Key,
    track: R::Track,
    /// The clock at the last observation.
    touched: i64,
    told: Option<Extent>,
}

/// So many slots are looked at for one that makes room, or that nobody needs any more: each costs a wait for memory, and the
/// worst of four is mostly in the worst third.
const LOOKS: usize = 4;
/// A place in the index, and the byte that hash tables keep beside it, with as many free at worst.
const PLACE: usize = 3 * (size_of::<u32>() + 1);

impl<R: Rule> Tracks<R> {
    pub(super) fn new(rule: R, (capacity, growth): (u32, f64)) -> Self {
        Self {
            rule,
            capacity: capacity as usize,
            growth,
            places: HashTable::new(),
            hasher: RandomState::default(),
            slots: Vec::new(),
            hand: 0,
            heap: 0,
            evicted: 0,
        }
    }

    /// Takes an observation to its subjects and tells what comes of it.
    pub(super) fn observe(
        &mut self,
        seen: &Observation<'_>,
        at: (i64, &Beside),
        told: &mut impl FnMut(Finding),
    ) {
        if self.rule.is_enabled() {
            R::each(seen, |seen| self.take(seen, at, told));
        }
    }

    /// Takes one to its subject.
    fn take(
        &mut self,
        seen: &Observation<'_>,
        (now, beside): (i64, &Beside),
        told: &mut impl FnMut(Finding),
    ) {
        let Some(key) = self.rule.watches(seen, beside) else { return };
        let place = self.place(key, now);
        let Some(slot) = self.slots.get_mut(place) else { return };
        slot.touched = now;
        let before = slot.track.heap();
        self.rule.enter(&mut slot.track, seen, beside);
        self.heap = self.heap + slot.track.heap() - before;
        let Some(extent) = self.rule.extent(&slot.key, &slot.track) else { return };
        if slot.told.is_none_or(|told| extent.is_news(told, (self.rule.window(), self.growth))) {
            slot.told = Some(extent);
            told(self.rule.finding(&slot.key, &slot.track));
        }
    }

    /// Goes on by other thresholds. What was collected stays, unless nobody asks for it any more or it was collected over
    /// another window.
    pub(super) fn follow(&mut self, rule: R, (capacity, growth): (u32, f64), now: i64) {
        if !rule.is_enabled() || rule.window() != self.rule.window() {
            self.forget();
        }
        (self.rule, self.capacity, self.growth) = (rule, capacity as usize, growth);
        if self.slots.len() > self.capacity {
            self.shrink(now);
        }
        self.slots.shrink_to(self.capacity);
    }

    /// Has those make room that there is no room for any more.
    fn shrink(&mut self, now: i64) {
        let mut slots = std::mem::take(&mut self.slots);
        slots.sort_by_key(|slot| Reverse(self.rank(slot, now)));
        self.evicted += (slots.len() - self.capacity) as u64;
        slots.truncate(self.capacity);
        self.keep(slots);
    }

    /// Forgets everything that was followed.
    pub(super) fn forget(&mut self) {
        self.places.clear();
        self.slots.clear();
        (self.hand, self.heap) = (0, 0);
    }

    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot<R>>() + self.places.capacity() * PLACE + self.heap
    }

    pub(super) fn max_bytes(&self) -> usize {
        // A hash table has a power of two of places, of which seven eighths are used.
        let places = (self.capacity / 7 * 8 + 16).next_power_of_two();
        let slots = self.capacity.saturating_mul(size_of::<Slot<R>>() + R::Track::MAX_HEAP);
        slots.saturating_add(places.saturating_mul(PLACE))
    }

    /// The slot of a key, a new one if there is none.
    fn place(&mut self, key: R::Key, now: i64) -> usize {
        let hash = self.hasher.hash_one(key);
        let is_it = |&place: &u32| self.slots.get(place as usize).is_some_and(|it| it.key == key);
        if let Some(place) = self.places.find(hash, is_it) {
            return *place as usize;
        }
        let (candidate, is_idle) = self.candidate(now);
        // Memory follows what goes on, and not all that ever went on: who is idle goes first.
        let place = if is_idle || self.slots.len() >= self.capacity {
            self.replace(candidate, key, now)
        } else {
            self.push(key, now)
        };
        self.index(place);
        place
    }

    /// Has the subject of a slot found there.
    fn index(&mut self, place: usize) {
        let Self { places, slots, hasher, .. } = self;
        let hash = |&place: &u32| {
            slots.get(place as usize).map_or(0, |slot: &Slot<R>| hasher.hash_one(slot.key))
        };
        let place = place as u32;
        places.insert_unique(hash(&place), place, hash);
    }

    fn push(&mut self, key: R::Key, touched: i64) -> usize {
        if self.slots.len() == self.slots.capacity() {
            self.sweep(touched);
        }
        self.slots.push(Slot { key, track: R::Track::default(), touched, told: None });
        self.slots.len() - 1
    }

    /// Before there are more slots, all that are idle go, with what was collected in them: looks at a few find some of them,
    /// and while they are missed tables only grow. There is room for a quarter more then, so that the next time is far.
    fn sweep(&mut self, now: i64) {
        let mut slots = std::mem::take(&mut self.slots);
        let before = slots.len();
        slots.retain(|slot| self.is_busy(slot, now));
        self.evicted += (before - slots.len()) as u64;
        let more = (slots.len() / 4).max(LOOKS).min(self.capacity - slots.len());
        let mut kept = Vec::with_capacity(slots.len() + more);
        kept.append(&mut slots);
        self.keep(kept);
    }

    /// These slots are all there are.
    fn keep(&mut self, slots: Vec<Slot<R>>) {
        self.heap = slots.iter().map(|slot| slot.track.heap()).sum();
        (self.slots, self.hand, self.places) = (slots, 0, HashTable::new());
        (0..self.slots.len()).for_each(|place| self.index(place));
    }

    /// The one of a few subjects that makes room first, and whether it is idle. The next few are looked at once no other
    /// of these is idle: idle subjects stand together, and the search would pass by most of them else.
    fn candidate(&mut self, now: i64) -> (usize, bool) {
        let many = self.slots.len().max(1);
        let looked_at = (self.hand..self.hand + LOOKS).map(|place| place % many);
        let rank = |place: usize| Some((self.rank(self.slots.get(place)?, now), place));
        let mut first = None;
        let mut idle = 0;
        for ranked in looked_at.filter_map(rank) {
            let ((is_busy, ..), _) = ranked;
            idle += usize::from(!is_busy);
            first = Some(first.map_or(ranked, |other| ranked.min(other)));
        }
        if idle <= 1 {
            self.hand = (self.hand + LOOKS) % many;
        }
        first.map_or((0, false), |(_, place)| (place, idle > 0))
    }

    /// Makes a subject go, and gives its slot to another.
    fn replace(&mut self, place: usize, key: R::Key, now: i64) -> usize {
        let Some(slot) = self.slots.get_mut(place) else { return place };
        let hash = self.hasher.hash_one(slot.key);
        if let Ok(entry) = self.places.find_entry(hash, |&other| other as usize == place) {
            entry.remove();
        }
        let before = slot.track.heap();
        slot.track.clear();
        self.heap = self.heap + slot.track.heap() - before;
        (slot.key, slot.touched, slot.told) = (key, now, None);
        self.evicted += 1;
        place
    }

    /// Who makes room first: the idle, then those nobody was told of, the least suspicious, the longest silent.
    fn rank(&self, slot: &Slot<R>, now: i64) -> (bool, bool, usize, i64) {
        (self.is_busy(slot, now), slot.told.is_some(), slot.track.weight(), slot.touched)
    }

    fn is_busy(&self, slot: &Slot<R>, now: i64) -> bool {
        now.saturating_sub(slot.touched) <= self.rule.patience(&slot.track)
    }
}
