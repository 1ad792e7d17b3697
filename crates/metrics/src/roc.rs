//! The receiver operating characteristic: what is found against what is falsely told.

use crate::curve::{Curve, CurvePoint};
use crate::sum::sum;
use crate::{MetricError, Ranking, Score, labels::is_class, ranking};

/// The area under the ROC curve, as [`Roc::area`] tells it, without making the curve.
///
/// # Errors
/// Those of [`Roc::of`].
pub fn roc_area<S: Score>(
    truth: &[bool],
    scores: &[S],
    weights: Option<&[f64]>,
) -> Result<f64, MetricError> {
    ranking::area(truth, scores, weights)
}

/// True-positive over false-positive rate, threshold by threshold from the highest down. The first point stands for a
/// threshold above all scores, which is infinite.
///
/// ```
/// use netsift_metrics::Roc;
///
/// let roc = Roc::of(&[true, false, true, false], &[0.9, 0.7, 0.4, 0.1], None)?;
/// assert_eq!(roc.false_positive_rates(), [0.0, 0.0, 0.5, 0.5, 1.0]);
/// assert_eq!(roc.true_positive_rates(), [0.0, 0.5, 0.5, 1.0, 1.0]);
/// assert_eq!(roc.area(), 0.75);
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Roc {
    thresholds: Vec<f64>,
    false_positive_rates: Vec<f64>,
    true_positive_rates: Vec<f64>,
}

impl Roc {
    /// Of rows that are positive or not and have a score each, the larger the more positive.
    ///
    /// # Errors
    /// Those of [`Ranking::of`], and [`MetricError::OneClass`] if only positives or only negatives count.
    pub fn of<S: Score>(
        truth: &[bool],
        scores: &[S],
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        Ranking::of(truth, scores, weights)?.roc()
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

    /// How many negatives score at least each threshold.
    #[must_use]
    pub fn false_positive_rates(&self) -> &[f64] {
        &self.false_positive_rates
    }

    /// How many positives score at least each threshold.
    #[must_use]
    pub fn true_positive_rates(&self) -> &[f64] {
        &self.true_positive_rates
    }

    /// The area under the curve, by trapezoids: how likely a positive scores higher than a negative.
    #[must_use]
    pub fn area(&self) -> f64 {
        trapezoids(&self.false_positive_rates, &self.true_positive_rates).clamp(0.0, 1.0)
    }

    /// Its points, thinned for plotting.
    #[must_use]
    pub fn curve(&self) -> Curve {
        let points = self.false_positive_rates.iter().zip(&self.true_positive_rates);
        let points = self.thresholds.iter().zip(points);
        Curve::thinned(points.map(|(threshold, (x, y))| CurvePoint::new(*x, *y, *threshold)))
    }

    /// The true-positive rate at a false-positive rate, straight between points; where the curve goes straight up, its
    /// upper end.
    pub(crate) fn at(&self, rate: f64) -> f64 {
        let (xs, ys) = (&self.false_positive_rates, &self.true_positive_rates);
        let above = xs.partition_point(|x| *x <= rate);
        let (left, right) = (above.saturating_sub(1), above.min(xs.len() - 1));
        let width = xs[right] - xs[left];
        if width > 0.0 {
            ys[left] + (ys[right] - ys[left]) * (rate - xs[left]) / width
        } else {
            ys[left]
        }
    }
}

impl Ranking {
    /// The ROC curve.
    ///
    /// # Errors
    /// [`MetricError::OneClass`] if only positives or only negatives count.
    pub fn roc(&self) -> Result<Roc, MetricError> {
        self.needs_positives()?;
        self.needs_negatives()?;
        let rates = |counts: &[f64], all: f64| {
            [0.0].into_iter().chain(counts.iter().map(|count| count / all)).collect()
        };
        Ok(Roc {
            thresholds: [f64::INFINITY].iter().chain(self.thresholds()).copied().collect(),
            false_positive_rates: rates(self.false_positives(), self.negatives()),
            true_positive_rates: rates(self.true_positives(), self.positives()),
        })
    }
}

/// The area between a curve and the axis below it.
pub(crate) fn trapezoids(xs: &[f64], ys: &[f64]) -> f64 {
    let areas = xs.windows(2).zip(ys.windows(2)).map(|(x, y)| (x[1] - x[0]) * (y[0] + y[1]) / 2.0);
    sum(areas)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_any_type_have_a_curve_each() {
        let truth = ["scan", "benign", "scan"];
        let roc = Roc::one_vs_rest(&truth, &"scan", &[0.9_f32, 0.1, 0.8], None).unwrap();
        assert_eq!(roc.area(), 1.0);
        let none = Roc::one_vs_rest(&truth, &"flood", &[0.9, 0.1, 0.8], None);
        assert_eq!(none, Err(MetricError::OneClass { missing: "positive" }));
    }

    #[test]
    fn between_points_the_curve_is_straight_and_at_a_step_it_is_above() {
        let roc = Roc::of(&[true, true, false, true, false], &[4.0, 3.0, 2.0, 2.0, 1.0], None);
        let roc = roc.unwrap();
        assert_eq!(roc.at(0.0), 2.0 / 3.0);
        assert!((roc.at(0.25) - 5.0 / 6.0).abs() < 1e-15);
        assert_eq!([roc.at(0.5), roc.at(0.75), roc.at(1.0)], [1.0; 3]);
    }
}
