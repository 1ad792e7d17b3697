//! Operating points: where to put the threshold, and what comes of it.

use serde::{Deserialize, Serialize};

use crate::counts::ratio;
use crate::error::within;
use crate::{MetricError, Ranking};

/// What comes of telling the rows that score at least a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// The score from which on rows are told. `None`: higher than all, so that none are.
    pub threshold: Option<f64>,
    /// How many positives are told.
    pub recall: f64,
    /// How many of the rows that are told are positive.
    pub precision: f64,
    /// How many negatives are told.
    pub false_positive_rate: f64,
}

/// ```
/// use netsift_metrics::Ranking;
///
/// let truth = [true, true, false, true, false, false];
/// let ranking = Ranking::of(&truth, &[0.9, 0.8, 0.7, 0.6, 0.4, 0.1], None)?;
/// let quiet = ranking.at_false_positive_rate(0.01)?;
/// assert_eq!((quiet.threshold, quiet.recall), (Some(0.8), 2.0 / 3.0));
/// let thorough = ranking.at_recall(0.95)?;
/// assert_eq!((thorough.threshold, thorough.precision), (Some(0.6), 0.75));
/// let sure = ranking.at_precision(0.7)?.unwrap();
/// assert_eq!((sure.threshold, sure.recall), (Some(0.6), 1.0));
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
impl Ranking {
    /// The best recall at no more than a false-positive rate, and the highest threshold that gives it.
    ///
    /// # Errors
    /// If the rate is not within 0 and 1, or only positives or only negatives count.
    pub fn at_false_positive_rate(&self, rate: f64) -> Result<OperatingPoint, MetricError> {
        let rate = within("false-positive rate", rate, 0.0..=1.0, "0 to 1")?;
        self.needs_positives()?;
        self.needs_negatives()?;
        let allowed =
            self.false_positives().partition_point(|fp| ratio(*fp, self.negatives()) <= rate);
        let Some(last) = allowed.checked_sub(1) else { return Ok(self.nothing_told()) };
        let best = self.true_positives()[last];
        if best == 0.0 {
            return Ok(self.nothing_told());
        }
        Ok(self.told_from(self.true_positives().partition_point(|tp| *tp < best)))
    }

    /// The highest threshold that finds a share of the positives; of those that find them it tells the fewest rows.
    ///
    /// # Errors
    /// If the recall is not within 0 and 1, or no positives count.
    pub fn at_recall(&self, recall: f64) -> Result<OperatingPoint, MetricError> {
        let recall = within("recall", recall, 0.0..=1.0, "0 to 1")?;
        self.needs_positives()?;
        if recall == 0.0 {
            return Ok(self.nothing_told());
        }
        let missed =
            self.true_positives().partition_point(|tp| ratio(*tp, self.positives()) < recall);
        Ok(self.told_from(missed))
    }

    /// The lowest threshold at which a share of the rows told is positive; of those it finds the most. `None` if there
    /// is no such threshold.
    ///
    /// # Errors
    /// If the precision is not within 0 and 1.
    pub fn at_precision(&self, precision: f64) -> Result<Option<OperatingPoint>, MetricError> {
        let precision = within("precision", precision, 0.0..=1.0, "0 to 1")?;
        let mut told = self.true_positives().iter().zip(self.false_positives());
        let lowest = told.rposition(|(tp, fp)| tp / (tp + fp) >= precision);
        Ok(lowest.map(|step| self.told_from(step)))
    }

    fn nothing_told(&self) -> OperatingPoint {
        OperatingPoint { threshold: None, recall: 0.0, precision: 0.0, false_positive_rate: 0.0 }
    }

    fn told_from(&self, step: usize) -> OperatingPoint {
        let (tp, fp) = (self.true_positives()[step], self.false_positives()[step]);
        OperatingPoint {
            threshold: Some(self.thresholds()[step]),
            recall: ratio(tp, self.positives()),
            precision: ratio(tp, tp + fp),
            false_positive_rate: ratio(fp, self.negatives()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_nothing_keeps_tell_nothing() {
        let ranking = Ranking::of(&[false, true], &[0.9, 0.1], None).unwrap();
        assert_eq!(ranking.at_false_positive_rate(0.5).unwrap().threshold, None);
        assert_eq!(ranking.at_false_positive_rate(1.0).unwrap().threshold, Some(0.1));
        assert_eq!(ranking.at_recall(0.0).unwrap().threshold, None);
        assert_eq!(ranking.at_precision(0.6).unwrap(), None);
        assert_eq!(ranking.at_precision(0.5).unwrap().unwrap().threshold, Some(0.1));
    }

    #[test]
    fn limits_that_are_just_reached_are_reached() {
        let truth = [true, false, true, false];
        let ranking = Ranking::of(&truth, &[0.9, 0.8, 0.7, 0.6], None).unwrap();
        assert_eq!(ranking.at_recall(0.5).unwrap().threshold, Some(0.9));
        assert_eq!(ranking.at_false_positive_rate(0.5).unwrap().threshold, Some(0.7));
        assert_eq!(ranking.at_precision(2.0 / 3.0).unwrap().unwrap().threshold, Some(0.7));
    }

    #[test]
    fn negatives_above_all_positives_are_not_told_for_nothing() {
        let ranking = Ranking::of(&[false, false, true], &[0.9, 0.5, 0.1], None).unwrap();
        assert_eq!(ranking.at_false_positive_rate(0.5).unwrap(), ranking.nothing_told());
    }

    #[test]
    fn limits_and_classes_are_asked_for() {
        let ranking = Ranking::of(&[true, true], &[0.9, 0.1], None).unwrap();
        for limit in [-0.1, 1.1, f64::NAN] {
            assert!(matches!(ranking.at_recall(limit), Err(MetricError::Setting { .. })));
            assert!(matches!(ranking.at_precision(limit), Err(MetricError::Setting { .. })));
            let refused = ranking.at_false_positive_rate(limit);
            assert!(matches!(refused, Err(MetricError::Setting { .. })));
        }
        let refused = ranking.at_false_positive_rate(0.5);
        assert_eq!(refused, Err(MetricError::OneClass { missing: "negative" }));
    }
}
