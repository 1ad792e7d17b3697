//! Sums that lose nothing to speak of, however many terms they have.

/// A sum and what rounding has taken from it (Neumaier's compensation). A plain sum of ten million terms can be
/// off by more than the twelve digits that results are held to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    #[inline]
    pub(crate) fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        let (large, small) =
            if self.sum.abs() >= term.abs() { (self.sum, term) } else { (term, self.sum) };
        self.lost += (large - sum) + small;
        self.sum = sum;
    }

    #[inline]
    pub(crate) fn value(self) -> f64 {
        // Beyond the largest number what was lost is not a number.
        if self.sum.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::default();
        terms.into_iter().for_each(|term| sum.add(term));
        sum
    }
}

/// The sum of all.
pub(crate) fn sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    Sum::from_iter(terms).value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounding_takes_is_given_back() {
        assert_eq!(sum([1e16, 1.0, 1.0, 1.0, -1e16]), 3.0);
        assert_eq!(sum(std::iter::repeat_n(0.1, 10_000_000)), 1_000_000.0);
        assert_eq!(sum([1e308, 1e308, 1e308]), f64::INFINITY);
        assert_eq!(sum([]), 0.0);
    }
}
