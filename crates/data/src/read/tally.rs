//! What is wrong with rows, counted: defects by their columns, their places, keys by their names.

use super::limits::MAX_UNKNOWN_KEYS;
use super::texts::Texts;
use crate::{Defect, KeyFacts};

/// Where a defect is, by the line of the chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkPlace {
    pub(crate) defect: Defect,
    pub(crate) column: Option<usize>,
    pub(crate) line: u64,
    /// How many lines it takes.
    pub(crate) lines: u64,
}

/// A defect that refuses the table.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) place: ChunkPlace,
    pub(crate) text: Box<str>,
}

/// How many of each defect there are, and how many rows were dropped for it.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// Those of no column first, then those of each column.
    pub(crate) counts: Vec<[u64; Defect::COUNT]>,
    pub(crate) dropped: [u64; Defect::COUNT],
}

impl Tally {
    pub(crate) fn new(columns: usize) -> Self {
        Self { counts: vec![[0; Defect::COUNT]; columns + 1], dropped: [0; Defect::COUNT] }
    }

    #[inline]
    pub(crate) fn count(&mut self, defect: Defect, column: Option<usize>) {
        let place = column.map_or(0, |column| column + 1);
        if let Some(counts) = self.counts.get_mut(place) {
            counts[defect as usize] += 1;
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (counts, others) in self.counts.iter_mut().zip(&other.counts) {
            counts.iter_mut().zip(others).for_each(|(count, other)| *count += other);
        }
        self.dropped.iter_mut().zip(&other.dropped).for_each(|(count, other)| *count += other);
    }
}

/// How often each key came that none of the first rows had.
#[derive(Debug, Default)]
pub(crate) struct UnknownKeys {
    keys: Texts,
    counts: Vec<u64>,
}

impl UnknownKeys {
    pub(crate) fn count(&mut self, key: &[u8], times: u64) {
        let (number, is_new) = self.keys.number(key);
        if is_new {
            self.counts.push(0);
        }
        self.counts.iter_mut().skip(number as usize).take(1).for_each(|count| *count += times);
    }

    /// Takes those of the rows that come next, as long as there are not too many different ones.
    pub(crate) fn add(&mut self, others: &Self) {
        for (key, times) in others.keys.iter().zip(&others.counts) {
            let key = key.as_bytes();
            if self.counts.len() < MAX_UNKNOWN_KEYS || self.keys.has(key) {
                self.count(key, *times);
            }
        }
    }

    pub(crate) fn facts(&self) -> Vec<KeyFacts> {
        let facts = self.keys.iter().zip(&self.counts);
        facts.map(|(name, count)| KeyFacts { name: name.into_owned(), count: *count }).collect()
    }
}
