//! Whether one of two learners is better in the same resamples of rows, or only by chance.

use serde::Serialize;

use crate::MetricError;
use crate::error::within;
use crate::student;
use crate::sum::sum;

/// Nadeau and Bengio's corrected resampled t-test (2003): differences of two learners' scores over folds, or over splits
/// drawn again and again. Scores of folds that learned from the same rows go together, and a plain t-test takes that for
/// certainty; here their variance is enlarged by the ratio of rows to test with to rows to train with.
///
/// ```
/// use netsift_metrics::ResampledT;
///
/// // Five folds: a quarter as many rows to test with as to train with.
/// let test = ResampledT::of(&[0.02, 0.03, 0.01, 0.02, 0.04], 0.25)?;
/// let (low, high) = test.interval(0.95)?;
/// assert!((test.difference - 0.024).abs() < 1e-12 && low > 0.0 && high < 0.05);
/// assert!(test.p_value() < 0.05);
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ResampledT {
    /// The mean difference.
    pub difference: f64,
    /// How far the mean is off by chance.
    pub error: f64,
    /// One less than there are differences.
    pub degrees: f64,
}

impl ResampledT {
    /// Of differences, one a fold, with so many rows to test with for each to train with.
    ///
    /// # Errors
    /// [`MetricError::Setting`] for fewer than two differences or a ratio that is not finite or below 0, and
    /// [`MetricError::Score`] for a difference that is not finite.
    pub fn of(differences: &[f64], ratio: f64) -> Result<Self, MetricError> {
        let count = differences.len() as f64;
        within("number of differences", count, 2.0..=f64::MAX, "2 or more")?;
        within("ratio of test to train", ratio, 0.0..=f64::MAX, "finite and not below 0")?;
        if let Some(row) = differences.iter().position(|difference| !difference.is_finite()) {
            return Err(MetricError::Score { row, column: 0, value: differences[row] });
        }
        let difference = sum(differences.iter().copied()) / count;
        let spread = sum(differences.iter().map(|one| (one - difference).powi(2))) / (count - 1.0);
        Ok(Self {
            difference,
            error: ((1.0 / count + ratio) * spread).sqrt(),
            degrees: count - 1.0,
        })
    }

    /// How likely chance alone makes two learners differ as much, either way. Differences that are all the same, but not
    /// 0, leave none; and those that are all 0 leave nothing else.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        if self.difference == 0.0 {
            return 1.0;
        }
        student::share_beyond(self.difference / self.error, self.degrees)
    }

    /// Between what the difference lies.
    ///
    /// # Errors
    /// [`MetricError::Setting`] unless the confidence is 0.01 to 0.9999.
    pub fn interval(&self, confidence: f64) -> Result<(f64, f64), MetricError> {
        within("confidence", confidence, 0.01..=0.9999, "0.01 to 0.9999")?;
        let by = student::place_of(1.0 - confidence, self.degrees) * self.error;
        Ok((self.difference - by, self.difference + by))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand and `scipy.stats.t`: mean 0.024, variance 0.00013, error sqrt(0.45 * 0.00013).
    #[test]
    fn variance_is_enlarged_by_rows_that_folds_share() {
        let test = ResampledT::of(&[0.02, 0.03, 0.01, 0.02, 0.04], 0.25).unwrap();
        assert!((test.error - (0.45_f64 * 0.000_13).sqrt()).abs() < 1e-15);
        assert!((test.p_value() - 0.034_919_7).abs() < 1e-6, "{}", test.p_value());
        let (low, high) = test.interval(0.95).unwrap();
        assert!(
            (low - 0.002_764_3).abs() < 1e-6 && (high - 0.045_235_7).abs() < 1e-6,
            "{low} {high}"
        );
        let plain = ResampledT::of(&[0.02, 0.03, 0.01, 0.02, 0.04], 0.0).unwrap();
        assert!((plain.p_value() - 0.009_261_7).abs() < 1e-6, "{}", plain.p_value());
    }

    #[test]
    fn no_difference_is_none_and_a_certain_one_is_certain() {
        let none = ResampledT::of(&[0.0; 3], 0.5).unwrap();
        assert_eq!((none.p_value(), none.interval(0.95)), (1.0, Ok((0.0, 0.0))));
        let same = ResampledT::of(&[0.5; 3], 0.5).unwrap();
        assert_eq!((same.p_value(), same.interval(0.95)), (0.0, Ok((0.5, 0.5))));
    }

    #[test]
    fn what_tells_nothing_is_refused() {
        for (differences, ratio) in
            [(&[][..], 0.1), (&[0.1], 0.1), (&[0.1, 0.2], -0.1), (&[0.1, 0.2], f64::NAN)]
        {
            let refused = ResampledT::of(differences, ratio);
            assert!(matches!(refused, Err(MetricError::Setting { .. })), "{refused:?}");
        }
        let refused = ResampledT::of(&[0.1, f64::INFINITY], 0.1);
        assert!(matches!(refused, Err(MetricError::Score { row: 1, .. })));
        assert!(ResampledT::of(&[0.1, 0.2], 0.1).unwrap().interval(1.0).is_err());
    }
}
