//! Precision against recall.

use crate::curve::{Curve, CurvePoint};
use crate::roc::trapezoids;
use crate::sum::sum;
use crate::{MetricError, Ranking, Score, labels::is_class};

/// Precision over recall, threshold by threshold from the highest down. The first point stands for a threshold above
/// all scores, which is infinite: recall 0, precision 1.
///
/// Without positives recall is 1 at every threshold but the first, as in scikit-learn.
///
/// ```
/// use netsift_metrics::PrecisionRecall;
///
/// let curve = PrecisionRecall::of(&[true, false, true], &[0.9, 0.7, 0.4], None)?;
/// assert_eq!(curve.recalls(), [0.0, 0.5, 0.5, 1.0]);
/// assert_eq!(curve.precisions(), [1.0, 1.0, 0.5, 2.0 / 3.0]);
/// assert_eq!(curve.average_precision(), 0.5 + 1.0 / 3.0);
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PrecisionRecall {
    thresholds: Vec<f64>,
    precisions: Vec<f64>,
    recalls: Vec<f64>,
}

impl PrecisionRecall {
    /// Of rows that are positive or not and have a score each, the larger the more positive.
    ///
    /// # Errors
    /// Those of [`Ranking::of`].
    pub fn of<S: Score>(
        truth: &[bool],
        scores: &[S],
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        Ok(Ranking::of(truth, scores, weights)?.precision_recall())
    }

    /// Of one class against the rest, with scores for that class.
    ///
    /// # Errors
    /// Those of [`of`](Self::of).
    pub fn one_vs_rest<L: PartialEq, S: Score>(
        truth: &[L],
        class: &L,
        scores: &[S],
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        Self::of(&is_class(truth, class), scores, weights)
    }

    /// The thresholds, the first of them infinite.
    #[must_use]
    pub fn thresholds(&self) -> &[f64] {
        &self.thresholds
    }

    /// How many of the rows that score at least each threshold are positive.
    #[must_use]
    pub fn precisions(&self) -> &[f64] {
        &self.precisions
    }

    /// How many positives score at least each threshold.
    #[must_use]
    pub fn recalls(&self) -> &[f64] {
        &self.recalls
    }

    /// The mean precision over all gains of recall, without anything between points.
    #[must_use]
    pub fn average_precision(&self) -> f64 {
        let gains = self.recalls.windows(2).map(|pair| pair[1] - pair[0]);
        let steps = gains.zip(self.precisions.iter().skip(1));
        sum(steps.map(|(gain, precision)| gain * precision)).clamp(0.0, 1.0)
    }

    /// The area under the curve by trapezoids, which flatters: [`average_precision`](Self::average_precision) is
    /// the number to compare.
    #[must_use]
    pub fn area(&self) -> f64 {
        trapezoids(&self.recalls, &self.precisions).clamp(0.0, 1.0)
    }

    /// Its points, thinned for plotting.
    #[must_use]
    pub fn curve(&self) -> Curve {
        let points = self.recalls.iter().zip(&self.precisions);
        let points = self.thresholds.iter().zip(points);
        Curve::thinned(points.map(|(threshold, (x, y))| CurvePoint::new(*x, *y, *threshold)))
    }

    /// The precision at the highest threshold that reaches a recall.
    pub(crate) fn at(&self, recall: f64) -> f64 {
        let reached = self.recalls.partition_point(|of| *of < recall);
        self.precisions[reached.min(self.precisions.len() - 1)]
    }
}

impl Ranking {
    /// The precision-recall curve.
    #[must_use]
    pub fn precision_recall(&self) -> PrecisionRecall {
        let all = self.positives();
        let told = self.true_positives().iter().zip(self.false_positives());
        let precisions = told.map(|(tp, fp)| tp / (tp + fp));
        let recalls = self.true_positives().iter().map(|tp| if all > 0.0 { tp / all } else { 1.0 });
        PrecisionRecall {
            thresholds: [f64::INFINITY].iter().chain(self.thresholds()).copied().collect(),
            precisions: [1.0].into_iter().chain(precisions).collect(),
            recalls: [0.0].into_iter().chain(recalls).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_positives_there_is_no_precision() {
        let curve = PrecisionRecall::of(&[false; 2], &[0.2, 0.4], None).unwrap();
        assert_eq!((curve.precisions(), curve.recalls()), (&[1., 0., 0.][..], &[0., 1., 1.][..]));
        assert_eq!(curve.average_precision(), 0.0);
    }

    #[test]
    fn precision_at_a_recall_is_that_of_the_first_to_reach_it() {
        let truth = ["a", "b", "a"];
        let curve = PrecisionRecall::one_vs_rest(&truth, &"a", &[0.9_f32, 0.7, 0.4], None).unwrap();
        assert_eq!(
            [0.0, 0.5, 0.6, 1.0].map(|recall| curve.at(recall)),
            [1.0, 1.0, 2. / 3., 2. / 3.]
        );
    }
}
