//! Chance that falls the same way for the same seed, on every machine.

use rand_xoshiro::{
    Xoshiro256PlusPlus,
    rand_core::{Rng as _, SeedableRng},
};

/// A seeded stream of chance.
pub struct Chance(Xoshiro256PlusPlus);

impl Chance {
    /// The stream of this seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// Below `limit`; 0 if `limit` is. The bias of the multiplication is below 2^-32 for any number of rows.
    pub fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.0.next_u64()) * limit as u128) >> 64) as usize
    }

    /// From 0 to 1, which is left out.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Normally distributed around 0 with a deviation of 1. It always takes two draws (Box and Muller's way), so that no
    /// number decides over those behind it.
    pub fn normal(&mut self) -> f64 {
        let (distance, turn) = (1.0 - self.unit(), self.unit());
        (-2.0 * distance.ln()).sqrt() * (std::f64::consts::TAU * turn).cos()
    }

    /// One of `choices`, if there are any.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        choices.get(self.below(choices.len())).copied()
    }

    /// Brings `items` into any order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_comes_up_equally_often() {
        let mut chance = Chance::seeded(1);
        let mut counts = std::collections::HashMap::new();
        for _ in 0..6000 {
            let mut items = [0, 1, 2];
            chance.shuffle(&mut items);
            *counts.entry(items).or_insert(0) += 1;
        }
        assert!(
            counts.len() == 6 && counts.values().all(|&count| (850..1150).contains(&count)),
            "{counts:?}"
        );
    }

    #[test]
    fn normal_numbers_are_spread_as_normal_numbers_are() {
        let mut chance = Chance::seeded(2);
        let all: Vec<f64> = (0..20_000).map(|_| chance.normal()).collect();
        // The shares of a normal distribution below so many deviations.
        for (below, share) in
            [(-2.0, 0.0228), (-1.0, 0.1587), (0.0, 0.5), (0.5, 0.6915), (2.0, 0.9772)]
        {
            let found = all.iter().filter(|&&number| number < below).count() as f64 / 20_000.0;
            assert!((found - share).abs() < 0.01, "{found} below {below}");
        }
        assert!(all.iter().all(|number| number.abs() < 8.6));
    }

    #[test]
    fn the_same_seed_gives_the_same() {
        let draw = |seed| {
            let mut chance = Chance::seeded(seed);
            (chance.below(1000), chance.unit(), chance.pick(&['a', 'b']), chance.pick::<u8>(&[]))
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!((0.0..1.0).contains(&draw(3).1));
    }
}
