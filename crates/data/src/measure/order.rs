//! The known cells of a column in their order: quantiles, distinct numbers, the most frequent one.

/// Cells in their order, as integers of that order: those are sorted several times faster than doubles.
#[derive(Clone, Debug)]
pub(crate) struct Sorted(Vec<i64>);

impl Sorted {
    /// Cells that are not a number are left out; the two zeros are one.
    pub(crate) fn of(cells: &[f64]) -> Self {
        let known = cells.iter().filter(|cell| !cell.is_nan());
        let mut keys: Vec<i64> = known.map(|&cell| key(cell)).collect();
        keys.sort_unstable();
        Self(keys)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The number at that place, from the smallest.
    pub(crate) fn at(&self, place: usize) -> Option<f64> {
        self.0.get(place).map(|&key| number(key))
    }

    /// How many numbers are before the first of which `is_before` is not so.
    pub(crate) fn partition_point(&self, is_before: impl Fn(f64) -> bool) -> usize {
        self.0.partition_point(|&key| is_before(number(key)))
    }

    /// The number that this share of the cells is below, straight between the two nearest cells where it falls between
    /// them; not a number of none.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let Some(last) = self.len().checked_sub(1) else { return f64::NAN };
        let place = share.clamp(0.0, 1.0) * last as f64;
        let (below, part) = (place.floor() as usize, place.fract());
        let at = |place: usize| self.at(place.min(last)).unwrap_or(f64::NAN);
        let (low, high) = (at(below), at(below + 1));
        if low == high || part == 0.0 {
            return low;
        }
        let width = high - low;
        match (width.is_finite(), part < 0.5) {
            (true, true) => low + width * part,
            (true, false) => high - width * (1.0 - part),
            (false, _) => low * (1.0 - part) + high * part,
        }
    }

    /// How many of them are infinite.
    pub(crate) fn infinite(&self) -> usize {
        let below = self.partition_point(|number| number == f64::NEG_INFINITY);
        let above = self.partition_point(|number| number < f64::INFINITY);
        below + (self.len() - above)
    }

    /// Each distinct number, with how often it stands.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (f64, usize)> {
        self.0
            .chunk_by(|one, other| one == other)
            .filter_map(|run| Some((number(*run.first()?), run.len())))
    }

    /// How many distinct numbers there are.
    pub(crate) fn distinct(&self) -> usize {
        usize::from(self.len() > 0)
            + self.0.windows(2).filter(|pair| pair.first() != pair.last()).count()
    }

    /// The most frequent number and how often it stands: of several, the smallest.
    pub(crate) fn most_frequent(&self) -> Option<(f64, usize)> {
        self.runs().reduce(|best, run| if run.1 > best.1 { run } else { best })
    }
}

/// An integer of the same order. Adding zero makes the negative one positive.
fn key(cell: f64) -> i64 {
    turned((cell + 0.0).to_bits() as i64)
}

fn number(key: i64) -> f64 {
    f64::from_bits(turned(key) as u64)
}

/// The order of doubles below zero is that of their bits backwards.
fn turned(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_lie_straight_between_cells() {
        let sorted = Sorted::of(&[4.0, f64::NAN, 1.0, 3.0, 2.0]);
        assert_eq!(
            [0.0, 0.25, 0.5, 1.0].map(|share| sorted.quantile(share)),
            [1.0, 1.75, 2.5, 4.0]
        );
        assert_eq!(Sorted::of(&[-1.7e308, 1.7e308]).quantile(0.5), 0.0);
        assert_eq!(Sorted::of(&[1.0, f64::INFINITY]).quantile(0.0), 1.0);
        assert!(Sorted::of(&[f64::NAN]).quantile(0.5).is_nan());
    }

    #[test]
    fn the_most_frequent_is_the_smallest_of_several() {
        assert_eq!(Sorted::of(&[3.0, 1.0, 3.0, 1.0, 2.0]).most_frequent(), Some((1.0, 2)));
        assert_eq!(Sorted::of(&[-0.0, 0.0, 5.0]).most_frequent(), Some((0.0, 2)));
        assert_eq!(Sorted::of(&[]).most_frequent(), None);
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_doubles(cells in prop::collection::vec(any::<f64>(), 0..50)) {
            let sorted = Sorted::of(&cells);
            let mut expected: Vec<f64> = cells.into_iter().filter(|cell| !cell.is_nan()).map(|cell| cell + 0.0).collect();
            expected.sort_by(f64::total_cmp);
            let flat: Vec<f64> = sorted.runs().flat_map(|(number, count)| vec![number; count]).collect();
            prop_assert_eq!(flat, expected.clone());
            expected.dedup();
            prop_assert_eq!(sorted.distinct(), expected.len());
        }
    }
}
