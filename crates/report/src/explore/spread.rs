//! How numbers are spread: a histogram that is fine at every size, and what is told of it.

use serde::Serialize;

/// Bits behind the first one of a number that tell its bin: numbers of a bin differ by a 32nd at most.
const FINE_BITS: u32 = 5;
/// Bins of all numbers of 64 bits.
const BINS: usize = ((64 - FINE_BITS as usize) + 1) << FINE_BITS;
/// The shares of numbers below which quantiles are told.
const SHARES: [f64; 9] = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];

/// Counts whole numbers by their size: each to a 32nd, in 15 KiB whatever comes.
#[derive(Clone, Debug)]
pub(super) struct Sizes {
    bins: Box<[u64]>,
    sum: u128,
    min: u64,
    max: u64,
}

/// How numbers are spread.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// How many there are.
    pub count: u64,
    /// What they add up to.
    pub sum: f64,
    /// The least; 0 where there is none, as in what follows.
    pub min: u64,
    /// The greatest.
    pub max: u64,
    /// Their mean.
    pub mean: f64,
    /// Below which number which share of them is, to a 32nd of the number.
    pub quantiles: Vec<Quantile>,
    /// How many there are of each size, each bar twice as wide as the one before: from that of the least to that of the
    /// greatest.
    pub bars: Vec<Bar>,
}

/// A share of numbers, and what they are below.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantile {
    /// The share.
    pub share: f64,
    /// The number, to a 32nd.
    pub value: u64,
}

/// How many numbers are within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// The least that counts.
    pub from: u64,
    /// The greatest that counts.
    pub to: u64,
    /// How many there are.
    pub count: u64,
}

impl Sizes {
    pub(super) fn new() -> Self {
        Self { bins: vec![0; BINS].into(), sum: 0, min: u64::MAX, max: 0 }
    }

    #[inline]
    pub(super) fn add(&mut self, number: u64) {
        if let Some(bin) = self.bins.get_mut(bin(number)) {
            *bin += 1;
        }
        self.sum += u128::from(number);
        self.min = self.min.min(number);
        self.max = self.max.max(number);
    }

    pub(super) fn spread(&self) -> Spread {
        let count = self.bins.iter().sum();
        if count == 0 {
            return Spread::default();
        }
        let quantile = |share| Quantile { share, value: self.quantile(share, count) };
        Spread {
            count,
            sum: self.sum as f64,
            min: self.min,
            max: self.max,
            mean: self.sum as f64 / count as f64,
            quantiles: SHARES.map(quantile).to_vec(),
            bars: self.bars(),
        }
    }

    /// The least number of which so large a share is no greater, but for what numbers of a bin differ.
    fn quantile(&self, share: f64, count: u64) -> u64 {
        let rank = (share * count as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        let at = self.bins.iter().position(|bin| {
            seen += bin;
            seen >= rank
        });
        let (from, to) = bounds(at.unwrap_or(0));
        (from + (to - from) / 2).clamp(self.min, self.max)
    }

    fn bars(&self) -> Vec<Bar> {
        let octave = |number: u64| u64::BITS - number.leading_zeros();
        let octaves = octave(self.min)..=octave(self.max);
        let bar = |octave: u32| {
            let from = if octave == 0 { 0 } else { 1 << (octave - 1) };
            let to = 1_u64.checked_shl(octave).map_or(u64::MAX, |end| end - 1);
            let own = self.bins.get(bin(from)..=bin(to)).unwrap_or_default();
            Bar { from, to, count: own.iter().sum() }
        };
        octaves.map(bar).collect()
    }
}

/// The bin of a number: itself as long as it is small, then its first six bits and how many follow.
#[inline]
fn bin(number: u64) -> usize {
    let spare = (u64::BITS - FINE_BITS - 1).saturating_sub(number.leading_zeros());
    ((u64::from(spare) << FINE_BITS) + (number >> spare)) as usize
}

/// The least and the greatest number of a bin.
fn bounds(bin: usize) -> (u64, u64) {
    let bin = bin as u64;
    let spare = (bin >> FINE_BITS).saturating_sub(1);
    let from = (bin - (spare << FINE_BITS)) << spare;
    (from, from + ((1 << spare) - 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spread(numbers: impl IntoIterator<Item = u64>) -> Spread {
        let mut sizes = Sizes::new();
        numbers.into_iter().for_each(|number| sizes.add(number));
        sizes.spread()
    }

    #[test]
    fn bins_follow_each_other_without_a_gap() {
        let mut next = Some(0);
        for at in 0..BINS {
            let (from, to) = bounds(at);
            assert_eq!((Some(from), bin(from), bin(to)), (next, at, at));
            next = to.checked_add(1);
        }
        assert_eq!(next, None, "the last bin ends with the greatest number");
    }

    #[test]
    fn numbers_are_told_with_quantiles_and_bars() {
        let told = spread(1..=1_000);
        assert_eq!((told.count, told.min, told.max, told.mean), (1_000, 1, 1_000, 500.5));
        let bars: Vec<_> = told.bars.iter().map(|bar| (bar.from, bar.to, bar.count)).collect();
        assert_eq!(bars[..3], [(1, 1, 1), (2, 3, 2), (4, 7, 4)]);
        assert_eq!((bars.len(), bars[9]), (10, (512, 1_023, 489)));
        for Quantile { share, value } in told.quantiles {
            let exact = share * 1_000.0;
            assert!((value as f64 - exact).abs() <= exact / 32.0, "{share} {value}");
        }
    }

    #[test]
    fn none_and_the_greatest_are_numbers_too() {
        assert_eq!(spread([]), Spread::default());
        let told = spread([0, u64::MAX, u64::MAX]);
        assert_eq!((told.min, told.max, told.bars.len()), (0, u64::MAX, 65));
        assert_eq!(told.bars[64], Bar { from: 1 << 63, to: u64::MAX, count: 2 });
        assert!(told.quantiles[4].value >= u64::MAX / 32 * 31);
    }

    proptest! {
        #[test]
        fn quantiles_are_near_those_of_the_sorted_numbers(
            mut numbers in prop::collection::vec(prop_oneof![0_u64..100, any::<u64>()], 1..200),
        ) {
            let told = spread(numbers.iter().copied());
            numbers.sort_unstable();
            for Quantile { share, value } in told.quantiles {
                let rank = (share * numbers.len() as f64).ceil().max(1.0) as usize;
                let exact = numbers[rank - 1];
                prop_assert!(value.abs_diff(exact) <= exact / 32, "{share}: {value} for {exact}");
            }
            prop_assert_eq!(told.bars.iter().map(|bar| bar.count).sum::<u64>(), told.count);
        }
    }
}
