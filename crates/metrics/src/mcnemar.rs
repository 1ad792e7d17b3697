//! Whether one of two models is right more often than the other, or only by chance.

use serde::{Deserialize, Serialize};

use crate::MetricError;
use crate::counts::ratio;
use crate::error::same_rows;
use crate::sum::Sum;
use crate::weights::Weights;

/// Fewer discordant pairs than this make the chi-squared distribution a poor likeness of the binomial (McNemar's
/// own rule and that of most textbooks).
const EXACT_BELOW: f64 = 25.0;
/// The exact test takes a step a pair; beyond this the two tests agree in all digits that anybody reads.
const MOST_EXACT: f64 = 1e7;

/// McNemar's test of two models on the same rows: it looks at the rows that only one of them has right.
///
/// ```
/// use netsift_metrics::McNemar;
///
/// let truth = ["scan"; 12];
/// let mut first = truth;
/// let second = ["benign"; 12];
/// first[0] = "benign";
/// let test = McNemar::of(&truth, &first, &second, None)?;
/// assert_eq!((test.only_first(), test.only_second()), (11.0, 0.0));
/// assert_eq!(test.p_value(), 2.0 / 2048.0);
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct McNemar {
    only_first: f64,
    only_second: f64,
}

/// What a chi-squared test with one degree of freedom says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChiSquared {
    /// The statistic.
    pub statistic: f64,
    /// How likely chance alone gives one as large.
    pub p_value: f64,
}

impl McNemar {
    /// Of what was, and what each model told. Weights count as numbers of rows.
    ///
    /// # Errors
    /// If there are no rows, not as many of each, or a weight is not one.
    pub fn of<L: PartialEq>(
        truth: &[L],
        first: &[L],
        second: &[L],
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        same_rows("first guess", truth.len(), first.len())?;
        same_rows("second guess", truth.len(), second.len())?;
        let weights = Weights::checked(weights, truth.len())?;
        let (mut only_first, mut only_second) = (Sum::default(), Sum::default());
        for (row, (truth, (first, second))) in
            truth.iter().zip(first.iter().zip(second)).enumerate()
        {
            match (first == truth, second == truth) {
                (true, false) => only_first.add(weights.of(row)),
                (false, true) => only_second.add(weights.of(row)),
                _ => {}
            }
        }
        Ok(Self { only_first: only_first.value(), only_second: only_second.value() })
    }

    /// The rows that only the first model has right.
    #[must_use]
    pub fn only_first(&self) -> f64 {
        self.only_first
    }

    /// The rows that only the second model has right.
    #[must_use]
    pub fn only_second(&self) -> f64 {
        self.only_second
    }

    /// How likely chance alone makes two models differ as much: [`exact`](Self::exact) for fewer than 25 discordant pairs,
    /// [`chi_squared`](Self::chi_squared) for more, or where weights make parts of pairs.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        let exact = (self.discordant() < EXACT_BELOW).then(|| self.exact().ok()).flatten();
        exact.unwrap_or_else(|| self.chi_squared().p_value)
    }

    /// The same by the binomial distribution, two-sided: each discordant pair falls to either side like a coin.
    ///
    /// # Errors
    /// [`MetricError::NotExact`] if pairs are not whole, or are more than ten million.
    pub fn exact(&self) -> Result<f64, MetricError> {
        let Self { only_first: first, only_second: second } = *self;
        if first.fract() != 0.0 || second.fract() != 0.0 || self.discordant() > MOST_EXACT {
            return Err(MetricError::NotExact { first, second, limit: MOST_EXACT });
        }
        let tail = coins_at_most(first.min(second) as u64, self.discordant() as u64);
        Ok((2.0 * tail).min(1.0))
    }

    /// The same by the chi-squared distribution, with Edwards' correction for steps of whole pairs. It corrects down to no
    /// difference and not beyond, so that models without any have the likelihood 1.
    #[must_use]
    pub fn chi_squared(&self) -> ChiSquared {
        ChiSquared::of(
            ((self.only_first - self.only_second).abs() - 1.0).max(0.0),
            self.discordant(),
        )
    }

    /// The same without a correction.
    #[must_use]
    pub fn chi_squared_uncorrected(&self) -> ChiSquared {
        ChiSquared::of(self.only_first - self.only_second, self.discordant())
    }

    fn discordant(&self) -> f64 {
        self.only_first + self.only_second
    }
}

impl ChiSquared {
    fn of(difference: f64, pairs: f64) -> Self {
        let statistic = difference * ratio(difference, pairs);
        Self { statistic, p_value: libm::erfc((statistic / 2.0).sqrt()) }
    }
}

/// How likely so many coins show heads at most so often, which is half of them or less.
fn coins_at_most(heads: u64, coins: u64) -> f64 {
    // The likelihood of exactly so often: a factor for each head and a half for each coin, in turns, so that
    // neither side leaves the range of numbers on the way.
    let (mut term, mut halves) = (1.0, coins);
    for head in 1..=heads {
        term *= (coins - heads + head) as f64 / head as f64;
        while term > 1.0 && halves > 0 {
            term /= 2.0;
            halves -= 1;
        }
    }
    term *= (-(halves as f64)).exp2();
    let mut sum = Sum::default();
    sum.add(term);
    for head in (1..=heads).rev() {
        term *= head as f64 / (coins - head + 1) as f64;
        sum.add(term);
    }
    sum.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(only_first: f64, only_second: f64) -> McNemar {
        McNemar { only_first, only_second }
    }

    #[test]
    fn models_without_a_difference_have_none() {
        for same in [0.0, 1.0, 30.0] {
            let test = counts(same, same);
            assert_eq!(
                (test.exact(), test.chi_squared().p_value, test.p_value()),
                (Ok(1.0), 1.0, 1.0)
            );
        }
    }

    #[test]
    fn parts_of_pairs_have_no_exact_test() {
        let test = counts(1.5, 4.0);
        assert!(matches!(test.exact(), Err(MetricError::NotExact { .. })));
        assert_eq!(test.p_value(), test.chi_squared().p_value);
        assert!(counts(1e16, 0.0).exact().is_err());
    }

    #[test]
    fn many_pairs_leave_no_range() {
        // The two tests grow alike, and half of all coins is a half and a bit.
        let many = counts(500_000.0, 502_000.0);
        let (exact, corrected) = (many.exact().unwrap(), many.chi_squared().p_value);
        assert!((exact / corrected - 1.0).abs() < 1e-5, "{exact} {corrected}");
        assert_eq!(counts(0.0, 5_000.0).exact(), Ok(0.0));
        let half = coins_at_most(5_000, 10_001);
        assert!((half - 0.5).abs() < 1e-12, "{half}");
        assert_eq!(coins_at_most(0, 3), 0.125);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let length = |what| Err(MetricError::Length { what, expected: 2, found: 1 });
        assert_eq!(McNemar::of(&[1, 2], &[1], &[1, 2], None), length("first guess"));
        assert_eq!(McNemar::of(&[1, 2], &[1, 2], &[1], None), length("second guess"));
        assert_eq!(McNemar::of::<u8>(&[], &[], &[], None), Err(MetricError::Empty));
    }
}
