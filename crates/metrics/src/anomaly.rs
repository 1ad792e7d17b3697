//! Scores of anomalies, the larger the stranger.

use crate::error::within;
use crate::{MetricError, Ranking, Score};

/// Rows that are anomalies or not, in the order of how strange they seemed.
///
/// ```
/// use netsift_metrics::AnomalyScores;
///
/// let is_anomaly = [true, false, true, false, false];
/// let scores = AnomalyScores::of(&is_anomaly, &[9.0, 4.0, 3.5, 3.5, 0.2], None)?;
/// assert_eq!(scores.precision_at(2)?, 0.5);
/// assert_eq!(scores.recall_at(3)?, 0.75); // one of the two that score 3.5: half of each
/// assert_eq!(scores.roc_area(), Some(0.75));
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AnomalyScores {
    ranking: Ranking,
}

impl AnomalyScores {
    /// Of rows that are anomalies or not and have a score each.
    ///
    /// # Errors
    /// Those of [`Ranking::of`].
    pub fn of<S: Score>(
        is_anomaly: &[bool],
        scores: &[S],
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        Ok(Self { ranking: Ranking::of(is_anomaly, scores, weights)? })
    }

    /// What curves and operating points are read off.
    #[must_use]
    pub fn ranking(&self) -> &Ranking {
        &self.ranking
    }

    /// The area under the ROC curve; `None` if all rows are anomalies, or none is.
    #[must_use]
    pub fn roc_area(&self) -> Option<f64> {
        self.ranking.roc().ok().map(|roc| roc.area())
    }

    /// The area under the precision-recall curve, as its mean precision.
    #[must_use]
    pub fn average_precision(&self) -> f64 {
        self.ranking.precision_recall().average_precision()
    }

    /// The area under the precision-recall curve by trapezoids, which flatters.
    #[must_use]
    pub fn pr_area(&self) -> f64 {
        self.ranking.precision_recall().area()
    }

    /// How many of the `n` strangest rows are anomalies. Of rows that score the same as the last of them each counts
    /// for the same part, as it would in the mean over all orders; rows count by weight; if there are not as many as
    /// `n`, all are taken.
    ///
    /// # Errors
    /// [`MetricError::Setting`] if `n` is 0.
    pub fn precision_at(&self, n: usize) -> Result<f64, MetricError> {
        let (found, taken) = self.strangest(n)?;
        Ok(found / taken)
    }

    /// How many of the anomalies are among the `n` strangest rows, counted as in
    /// [`precision_at`](Self::precision_at). 0 if there are no anomalies.
    ///
    /// # Errors
    /// [`MetricError::Setting`] if `n` is 0.
    pub fn recall_at(&self, n: usize) -> Result<f64, MetricError> {
        let (found, _) = self.strangest(n)?;
        Ok(crate::counts::ratio(found, self.ranking.positives()))
    }

    /// Anomalies among the strangest `n`, and how many rows those are.
    fn strangest(&self, n: usize) -> Result<(f64, f64), MetricError> {
        let n = within("n", n as f64, 1.0..=f64::INFINITY, "1 or more")?;
        let (true_positives, false_positives) =
            (self.ranking.true_positives(), self.ranking.false_positives());
        let told = |step: usize| true_positives[step] + false_positives[step];
        let whole = (0..true_positives.len()).take_while(|step| told(*step) <= n).count();
        let before = whole.checked_sub(1);
        let (found, taken) = before.map_or((0.0, 0.0), |step| (true_positives[step], told(step)));
        let Some(next) = true_positives.get(whole) else { return Ok((found, taken)) };
        let share = (n - taken) / (told(whole) - taken);
        // Rounding makes nobody find more than there is.
        Ok(((found + (next - found) * share).min(*next).min(n), n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_there_are_is_all() {
        let scores = AnomalyScores::of(&[true, false], &[0.5, 0.6], None).unwrap();
        assert_eq!(scores.precision_at(usize::MAX), Ok(0.5));
        assert_eq!(scores.recall_at(2), Ok(1.0));
        assert_eq!(scores.recall_at(1), Ok(0.0));
        assert!(matches!(scores.precision_at(0), Err(MetricError::Setting { name: "n", .. })));
    }

    #[test]
    fn rows_of_one_score_share_what_is_left() {
        let scores = AnomalyScores::of(&[true, false, false, false], &[1.0_f32; 4], None).unwrap();
        assert_eq!(scores.precision_at(1), Ok(0.25));
        assert_eq!(scores.recall_at(2), Ok(0.5));
    }

    #[test]
    fn without_anomalies_nothing_is_found() {
        let scores = AnomalyScores::of(&[false, false], &[0.5, 0.6], None).unwrap();
        assert_eq!((scores.roc_area(), scores.average_precision()), (None, 0.0));
        assert_eq!((scores.precision_at(1), scores.recall_at(1)), (Ok(0.0), Ok(0.0)));
    }
}
