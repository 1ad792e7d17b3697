//! Histograms with fixed bounds.

use serde::{Deserialize, Serialize};

/// How many bins a histogram has.
pub(crate) const BINS: usize = 8;

/// Payload lengths below these go into the bins; the last bin takes the rest. An empty payload, then powers of
/// two up to what fits Ethernet, then what only segmentation offload makes.
pub(crate) const LENGTH_BOUNDS: [u64; BINS - 1] = [1, 64, 128, 256, 512, 1024, 1461];
/// Gaps below these, in nanoseconds: powers of ten from 10 microseconds to 10 seconds.
pub(crate) const GAP_BOUNDS: [u64; BINS - 1] =
    [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000];

/// How many numbers fell between which bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Histogram([u32; BINS]);

impl Histogram {
    #[inline(always)]
    pub(crate) fn add(&mut self, value: u64, bounds: &[u64; BINS - 1]) {
        let bin: usize = bounds.iter().map(|&bound| usize::from(value >= bound)).sum();
        if let Some(count) = self.0.get_mut(bin) {
            *count = count.saturating_add(1);
        }
    }

    /// Whether so many packets could fill it: checked on what is read from a file.
    pub(crate) fn is_sound(&self, packets: u64) -> bool {
        self.0.iter().copied().map(u64::from).sum::<u64>() <= packets
    }

    pub(crate) fn bin(&self, bin: usize) -> f64 {
        self.0.get(bin).copied().map_or(0.0, f64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_the_bin_above_it() {
        let mut histogram = Histogram::default();
        for length in [0, 1, 63, 64, 1023, 1024, 1460, 1461, u64::MAX] {
            histogram.add(length, &LENGTH_BOUNDS);
        }
        assert_eq!(histogram.0, [1, 2, 1, 0, 0, 1, 2, 2]);
    }
}
