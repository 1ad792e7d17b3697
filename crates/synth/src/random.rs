//! Chance that falls the same way on every machine: integers only, since `ln`, `exp` and their kin differ
//! in the last bit from one mathematics library to the next.

use rand_xoshiro::{
    Xoshiro256PlusPlus,
    rand_core::{Rng as _, SeedableRng},
};

/// Nanoseconds in a microsecond.
pub(crate) const MICRO: u64 = 1_000;
/// Nanoseconds in a millisecond.
pub(crate) const MILLI: u64 = 1_000_000;
/// Nanoseconds in a second.
pub(crate) const SECOND: u64 = 1_000_000_000;

/// A seeded stream of chance.
#[derive(Clone)]
pub(crate) struct Rng(Xoshiro256PlusPlus);

impl Rng {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Below `limit`; 0 if `limit` is. The bias of the multiplication is below 2^-32 for the limits in use.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`.
    pub(crate) fn pick<T: Copy, const N: usize>(&mut self, choices: [T; N]) -> T {
        const { assert!(N > 0, "nothing to pick from") };
        choices[self.below(N as u64) as usize]
    }

    /// One of `choices`, each as often as its weight says.
    pub(crate) fn weighted<T: Copy, const N: usize>(&mut self, choices: [(u64, T); N]) -> T {
        const { assert!(N > 0, "nothing to pick from") };
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in choices {
            if left < weight {
                return choice;
            }
            left -= weight;
        }
        choices[N - 1].1
    }

    /// `-log2` of a uniform number, in 1/65536: exponential with mean `1 / ln 2`.
    fn halvings(&mut self) -> u64 {
        (64 << 16) - u64::from(log2(self.next() | 1))
    }

    /// A normal deviate in 1/65536, as the sum of four uniform ones: it ends at 3.46 deviations, which
    /// keeps the heavy tails below from growing without end.
    fn normal(&mut self) -> i64 {
        const DEVIATION: i64 = 37_837; // sqrt(4 * 65536^2 / 12)
        let bits = self.next();
        let sum: i64 = (0..4).map(|lane| ((bits >> (lane * 16)) & 0xffff) as i64).sum();
        (sum - 2 * 65_535) * 65_536 / DEVIATION
    }
}

/// A number made of others, spread evenly: the same from the same, on every machine.
pub(crate) fn mix(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| {
        let z = (state ^ part).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 32)
    })
}

/// A distribution of sizes, counts or gaps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Spread {
    Fixed(u64),
    Uniform(u64, u64),
    Exponential {
        mean: u64,
    },
    /// Half of the draws lie below `median`; one deviation is a factor of `2^(octaves/16)`.
    LogNormal {
        median: u64,
        octaves: u64,
    },
    /// Heavy-tailed: `P(X > x) = (min/x)^(shape/10)`, cut at `cap`.
    Pareto {
        min: u64,
        shape: u64,
        cap: u64,
    },
}

impl Spread {
    pub(crate) fn draw(self, rng: &mut Rng) -> u64 {
        match self {
            Self::Fixed(value) => value,
            Self::Uniform(low, high) => rng.between(low, high),
            Self::Exponential { mean } => scale(mean, (rng.halvings() * LN_2) >> 16, 16),
            Self::LogNormal { median, octaves } => {
                times_power_of_two(median, rng.normal() * octaves as i64 / 16)
            }
            Self::Pareto { min, shape, cap } => {
                let octaves = rng.halvings() * 10 / shape.max(1);
                times_power_of_two(min, octaves as i64).min(cap)
            }
        }
    }

    /// The same shape, `factor / 256` times as large.
    pub(crate) fn times(self, factor: u64) -> Self {
        // What is there stays there, however small: a tail that starts at 0 would have no tail.
        let by = |value: u64| scale(value, factor, 8).max(value.min(1));
        match self {
            Self::Fixed(value) => Self::Fixed(by(value)),
            Self::Uniform(low, high) => Self::Uniform(by(low), by(high)),
            Self::Exponential { mean } => Self::Exponential { mean: by(mean) },
            Self::LogNormal { median, octaves } => Self::LogNormal { median: by(median), octaves },
            Self::Pareto { min, shape, cap } => Self::Pareto { min: by(min), shape, cap: by(cap) },
        }
    }
}

/// The natural logarithm of 2, in 1/65536.
const LN_2: u64 = 45_426;

/// `value * factor / 2^shift` without overflow.
fn scale(value: u64, factor: u64, shift: u32) -> u64 {
    u64::try_from((u128::from(value) * u128::from(factor)) >> shift).unwrap_or(u64::MAX)
}

/// `value * 2^(exponent/65536)`, saturating.
fn times_power_of_two(value: u64, exponent: i64) -> u64 {
    let whole = exponent >> 16;
    let part = (exponent & 0xffff) as u64;
    let (low, high) = (EXP2[(part >> 8) as usize], EXP2[(part >> 8) as usize + 1]);
    let mantissa = low + (((high - low) * (part & 0xff)) >> 8);
    let product = u128::from(value) * u128::from(mantissa);
    let shift = 32 - whole;
    if shift >= 128 {
        0
    } else if shift >= 0 {
        u64::try_from(product >> shift).unwrap_or(u64::MAX)
    } else {
        u64::MAX
    }
}

/// `log2` of a number above 0, in 1/65536.
fn log2(value: u64) -> u32 {
    let whole = 63 - value.leading_zeros();
    let mantissa = value << (63 - whole); // the leading bit on top
    let step = (mantissa >> 55 & 0xff) as usize;
    let part = (mantissa >> 39 & 0xffff) as u32;
    (whole << 16) + LOG2[step] + (((LOG2[step + 1] - LOG2[step]) * part) >> 16)
}

/// `2^(i/256)` in 1/2^32.
const EXP2: [u64; 257] = {
    const ROOT: u128 = 9_248_379_135_337_035_441; // 2^(1/256) in 1/2^63
    let mut table = [0; 257];
    let mut power: u128 = 1 << 63;
    let mut i = 0;
    while i < 257 {
        table[i] = (power >> 31) as u64;
        power = (power * ROOT) >> 63;
        i += 1;
    }
    table
};

/// `log2(1 + i/256)` in 1/65536, bit by bit through squaring.
const LOG2: [u32; 257] = {
    let mut table = [0; 257];
    let mut i = 0;
    while i < 256 {
        let mut x: u128 = (256 + i as u128) << 54; // 1..2 in 1/2^62
        let mut bit = 1 << 15;
        while bit > 0 {
            x = (x * x) >> 62;
            if x >= 2 << 62 {
                table[i] |= bit;
                x >>= 1;
            }
            bit >>= 1;
        }
        i += 1;
    }
    table[256] = 1 << 16;
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_agree_with_the_machine_s_mathematics() {
        for (i, entry) in EXP2.iter().enumerate() {
            let exact = (i as f64 / 256.0).exp2() * 2f64.powi(32);
            assert!((*entry as f64 - exact).abs() < 4.0, "{i}");
        }
        for (i, entry) in LOG2.iter().enumerate() {
            let exact = (1.0 + i as f64 / 256.0).log2() * 65_536.0;
            assert!((f64::from(*entry) - exact).abs() <= 1.0, "{i}");
        }
    }

    fn draws(spread: Spread) -> Vec<u64> {
        let mut rng = Rng::seeded(7);
        let mut all: Vec<u64> = (0..40_000).map(|_| spread.draw(&mut rng)).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn exponential_has_its_mean_and_its_median() {
        let all = draws(Spread::Exponential { mean: 1_000_000 });
        let mean = all.iter().sum::<u64>() as f64 / all.len() as f64;
        assert!((mean / 1e6 - 1.0).abs() < 0.02, "{mean}");
        assert!((all[20_000] as f64 / (1e6 * 2f64.ln()) - 1.0).abs() < 0.03);
    }

    #[test]
    fn log_normal_has_its_median_and_deviation() {
        let all = draws(Spread::LogNormal { median: 1_000_000, octaves: 16 });
        assert!((all[20_000] as f64 / 1e6 - 1.0).abs() < 0.03);
        assert!((all[33_654] as f64 / 2e6 - 1.0).abs() < 0.05, "84.1 % lie below one octave");
    }

    #[test]
    fn pareto_has_its_tail_and_its_cap() {
        let all = draws(Spread::Pareto { min: 1_000, shape: 10, cap: 50_000 });
        let above_ten = all.iter().filter(|draw| **draw > 10_000).count();
        assert!((3_800..4_200).contains(&above_ten), "P(X > 10 min) = 1/10, {above_ten}");
        assert_eq!((all[0] / 10, all.last()), (100, Some(&50_000)));
    }

    #[test]
    fn extremes_saturate() {
        assert_eq!(times_power_of_two(u64::MAX, i64::from(i32::MAX)), u64::MAX);
        assert_eq!(times_power_of_two(u64::MAX, i64::from(i32::MIN)), 0);
        assert_eq!(Spread::Fixed(u64::MAX).times(u64::MAX), Spread::Fixed(u64::MAX));
        assert_eq!(Rng::seeded(1).below(0), 0);
    }
}
