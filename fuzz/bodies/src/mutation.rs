//! Seeded mutations of a corpus: the inputs that no coverage tool is needed for.

// All mutations have one type, since some of them grow their input.
#![allow(clippy::ptr_arg)]

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

/// The longest input that is made; seeds are a few kilobytes at most.
const MAX_LEN: usize = 16 * 1024;
/// The longest stretch that is copied, taken out or put in at once.
const MAX_STRETCH: u64 = 64;
/// Values at which lengths, counts and signs turn over.
const TURNING_POINTS: [u64; 12] =
    [0, 1, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff];

/// Makes any number of inputs out of a few.
#[derive(Debug)]
pub struct Mutator {
    corpus: Vec<Vec<u8>>,
    seed: u64,
}

type Mutation = fn(&mut Vec<u8>, &mut Chance, &Mutator);

const MUTATIONS: [Mutation; 12] = [
    flip_bit,
    flip_bit,
    set_byte,
    set_byte,
    turn_number,
    turn_number,
    nudge_number,
    cut,
    copy_stretch,
    take_stretch_out,
    put_bytes_in,
    splice,
];

impl Mutator {
    /// A mutator of these files; without any it starts from nothing.
    #[must_use]
    pub fn new(corpus: Vec<Vec<u8>>, seed: u64) -> Self {
        Self { corpus, seed }
    }

    /// Writes input `number` into `input`: the same for the same corpus and seed, whatever was made
    /// before. The first ones are the files as they are.
    pub fn make(&self, number: u64, input: &mut Vec<u8>) {
        input.clear();
        if let Some(file) = usize::try_from(number).ok().and_then(|n| self.corpus.get(n)) {
            input.extend_from_slice(file);
            return;
        }
        let mut chance = Chance::of(self.seed, number);
        input.extend_from_slice(self.any_file(&mut chance));
        // One change finds what many would hide; many reach what one cannot.
        let changes = 1 + chance.below(8) * chance.below(2);
        for _ in 0..changes {
            let choice = chance.below(MUTATIONS.len() as u64) as usize;
            MUTATIONS[choice](input, &mut chance, self);
            input.truncate(MAX_LEN);
        }
    }

    fn any_file(&self, chance: &mut Chance) -> &[u8] {
        let choice = chance.below(self.corpus.len() as u64) as usize;
        self.corpus.get(choice).map_or(&[], Vec::as_slice)
    }
}

/// A stream of chance of its own for every input.
struct Chance(SplitMix64);

impl Chance {
    fn of(seed: u64, number: u64) -> Self {
        // An odd factor keeps the streams of neighbouring seeds apart.
        Self(SplitMix64::seed_from_u64(seed.wrapping_mul(0xd134_2543_de82_ef95) ^ number))
    }

    /// Below `limit`; 0 if `limit` is.
    fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(limit)) >> 64) as u64
    }

    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }

    /// A place in `bytes`, or where they end.
    fn place(&mut self, bytes: &[u8]) -> usize {
        // Half of all places are in the first 64 bytes: that is where headers stand.
        let near = bytes.len().min(64);
        let len = if self.below(2) == 0 { near } else { bytes.len() };
        self.below(len as u64 + 1) as usize
    }

    /// A stretch of `bytes`.
    fn stretch(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.place(bytes);
        let len = 1 + self.below(MAX_STRETCH) as usize;
        start..(start + len).min(bytes.len())
    }
}

fn flip_bit(input: &mut Vec<u8>, chance: &mut Chance, _: &Mutator) {
    let place = chance.place(input);
    if let Some(byte) = input.get_mut(place) {
        *byte ^= 1 << chance.below(8);
    }
}

fn set_byte(input: &mut Vec<u8>, chance: &mut Chance, _: &Mutator) {
    let place = chance.place(input);
    let value = match chance.below(2) {
        0 => chance.byte(),
        _ => TURNING_POINTS[chance.below(8) as usize] as u8,
    };
    if let Some(byte) = input.get_mut(place) {
        *byte = value;
    }
}

/// Writes a number of 16 or 32 bits, in either order, at which something may turn over; or how many
/// bytes there are, or one more or less.
fn turn_number(input: &mut Vec<u8>, chance: &mut Chance, _: &Mutator) {
    let place = chance.place(input);
    let value = match chance.below(2) {
        0 => TURNING_POINTS[chance.below(TURNING_POINTS.len() as u64) as usize] as u32,
        _ => (input.len().saturating_sub(place) as u32 + 1).wrapping_sub(chance.below(3) as u32),
    };
    let short = value as u16;
    match chance.below(4) {
        0 => overwrite(input, place, &value.to_be_bytes()),
        1 => overwrite(input, place, &value.to_le_bytes()),
        2 => overwrite(input, place, &short.to_be_bytes()),
        _ => overwrite(input, place, &short.to_le_bytes()),
    }
}

/// Makes a number of 16 bits a little larger or smaller: lengths that lie by little.
fn nudge_number(input: &mut Vec<u8>, chance: &mut Chance, _: &Mutator) {
    let place = chance.place(input);
    let by = (chance.below(33) as u16).wrapping_sub(16);
    let Some(&bytes) = input.get(place..).and_then(<[u8]>::first_chunk) else { return };
    let nudged = match chance.below(2) {
        0 => u16::from_be_bytes(bytes).wrapping_add(by).to_be_bytes(),
        _ => u16::from_le_bytes(bytes).wrapping_add(by).to_le_bytes(),
    };
    overwrite(input, place, &nudged);
}

fn cut(input: &mut Vec<u8>, chance: &mut Chance, _: &Mutator) {
    let place = chance.place(input);
    input.truncate(place);
}

fn copy_stretch(input: &mut Vec<u8>, chance: &mut Chance, _: &Mutator) {
    let stretch = chance.stretch(input);
    let times = 1 + chance.below(3) * chance.below(2);
    for _ in 0..times {
        let copy: Vec<u8> = input.get(stretch.clone()).unwrap_or_default().to_vec();
        input.splice(stretch.end..stretch.end, copy);
    }
}

fn take_stretch_out(input: &mut Vec<u8>, chance: &mut Chance, _: &Mutator) {
    let stretch = chance.stretch(input);
    input.drain(stretch);
}

fn put_bytes_in(input: &mut Vec<u8>, chance: &mut Chance, _: &Mutator) {
    let place = chance.place(input);
    let len = 1 + chance.below(8);
    let fill = chance.byte();
    let alike = chance.below(2) == 0;
    let bytes = (0..len).map(|_| if alike { fill } else { chance.byte() });
    input.splice(place..place, bytes);
}

/// Goes on as another file of the corpus does from some place.
fn splice(input: &mut Vec<u8>, chance: &mut Chance, mutator: &Mutator) {
    let place = chance.place(input);
    let other = mutator.any_file(chance);
    let from = chance.place(other);
    input.truncate(place);
    input.extend_from_slice(other.get(from..).unwrap_or_default());
}

fn overwrite(input: &mut [u8], place: usize, bytes: &[u8]) {
    for (byte, new) in input.iter_mut().skip(place).zip(bytes) {
        *byte = *new;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn mutator(seed: u64) -> Mutator {
        Mutator::new(vec![(0..100).collect(), b"another file".to_vec(), Vec::new()], seed)
    }

    fn input(mutator: &Mutator, number: u64) -> Vec<u8> {
        let mut input = b"left from before".to_vec();
        mutator.make(number, &mut input);
        input
    }

    #[test]
    fn the_first_inputs_are_the_corpus() {
        let mutator = mutator(1);
        assert_eq!(input(&mutator, 1), b"another file");
        assert_eq!(input(&mutator, 2), b"");
    }

    #[test]
    fn an_input_hangs_on_seed_and_number_alone() {
        let (one, other) = (mutator(1), mutator(2));
        let inputs = |mutator: &Mutator| (3..200).map(|n| input(mutator, n)).collect::<Vec<_>>();
        assert_eq!(inputs(&one), inputs(&mutator(1)));
        assert_ne!(inputs(&one), inputs(&other));
    }

    #[test]
    fn inputs_are_many_and_bounded() {
        let mutator = mutator(1);
        let inputs: HashSet<_> = (0..5_000).map(|n| input(&mutator, n)).collect();
        // A third starts from an empty file, where most changes find nothing to change.
        assert!(inputs.len() > 2_500, "only {}", inputs.len());
        assert!(inputs.iter().all(|input| input.len() <= MAX_LEN));
    }

    #[test]
    fn every_mutation_changes_something() {
        let mutator = mutator(1);
        for (which, mutation) in MUTATIONS.iter().enumerate() {
            let changed = (0..100).any(|number| {
                let mut bytes = mutator.corpus[0].clone();
                mutation(&mut bytes, &mut Chance::of(1, number), &mutator);
                bytes != mutator.corpus[0]
            });
            assert!(changed, "mutation {which}");
        }
    }

    #[test]
    fn nothing_is_mutated_too() {
        let empty = Mutator::new(Vec::new(), 1);
        let longest = (0..1_000).map(|number| input(&empty, number).len()).max();
        assert!(longest > Some(0));
    }
}
