//! Where flows live: found by key, kept in place, never moved.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use crate::key::Key;
use crate::state::Flow;

/// How many flows are allocated at once: a table that grows by doubling would hold everything twice.
const CHUNK: usize = 512;

/// Flows by number and by key.
pub(super) struct Slots {
    /// Numbers of flows by their keys' hashes. The seed is drawn for each table, so that nobody can prepare keys
    /// that collide.
    index: HashTable<u32>,
    seed: RandomState,
    chunks: Vec<Vec<Flow>>,
    free: Vec<u32>,
}

impl Slots {
    pub(super) fn new() -> Self {
        let (index, seed) = (HashTable::new(), RandomState::default());
        Self { index, seed, chunks: Vec::new(), free: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    #[inline(always)]
    pub(super) fn hash(&self, key: &Key) -> u64 {
        hash_of(&self.seed, key)
    }

    #[inline(always)]
    pub(super) fn find(&self, hash: u64, key: &Key) -> Option<u32> {
        let is_it = |&number: &u32| self.get(number).is_some_and(|state| state.key == *key);
        self.index.find(hash, is_it).copied()
    }

    #[inline(always)]
    pub(super) fn get(&self, number: u32) -> Option<&Flow> {
        let (chunk, place) = place(number);
        self.chunks.get(chunk)?.get(place)
    }

    #[inline(always)]
    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Flow> {
        let (chunk, place) = place(number);
        self.chunks.get_mut(chunk)?.get_mut(place)
    }

    /// Takes in a flow whose key is not there, in the place of one that has gone if there is one.
    pub(super) fn insert(&mut self, hash: u64, state: Flow) -> u32 {
        let number = match self.free.pop() {
            Some(number) => {
                if let Some(place) = self.get_mut(number) {
                    *place = state;
                }
                number
            }
            None => self.append(state),
        };
        let Self { index, seed, chunks, .. } = self;
        index.insert_unique(hash, number, |&number| {
            let (chunk, place) = place(number);
            let state = chunks.get(chunk).and_then(|chunk| chunk.get(place));
            state.map_or(0, |state| hash_of(seed, &state.key))
        });
        number
    }

    /// Forgets a flow; its memory serves another.
    pub(super) fn remove(&mut self, number: u32) {
        let Some(key) = self.get(number).map(|state| state.key) else { return };
        let hash = self.hash(&key);
        if let Ok(entry) = self.index.find_entry(hash, |&other| other == number) {
            entry.remove();
            self.free.push(number);
        }
    }

    /// The numbers that are in use, in no order.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.index.iter().copied()
    }

    /// Numbers up to this were given out.
    pub(super) fn bound(&self) -> u32 {
        let full = self.chunks.len().saturating_sub(1) * CHUNK;
        (full + self.chunks.last().map_or(0, Vec::len)) as u32
    }

    fn append(&mut self, state: Flow) -> u32 {
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let number = self.bound();
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(state);
        }
        number
    }
}

/// As `hash_one`, but for being inlined: it is called for every packet.
#[allow(clippy::manual_hash_one)]
#[inline(always)]
fn hash_of(seed: &RandomState, key: &Key) -> u64 {
    let mut hasher = seed.build_hasher();
    key.hash(&mut hasher);
    hasher.finish()
}

#[inline(always)]
fn place(number: u32) -> (usize, usize) {
    let number = number as usize;
    (number / CHUNK, number % CHUNK)
}
