//! Curves of many classes: each against the rest, all together, and their means.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::average::{mean, mean_by_support};
use crate::curve::{Curve, CurvePoint};
use crate::score::checked_table;
use crate::{Average, MetricError, PrecisionRecall, Ranking, Roc, Score};

/// Means of curves have a point at each hundredth of their axis.
const MEAN_STEPS: u32 = 100;

/// Curves and areas of one class against the rest, or of all classes counted together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassCurves {
    /// Rows of the class, by weight.
    pub support: f64,
    /// The area under the ROC curve. `None` if all rows are of the class, or none is.
    pub roc_area: Option<f64>,
    /// The area under the precision-recall curve as its mean precision.
    pub average_precision: f64,
    /// The same by trapezoids.
    pub pr_area: f64,
    /// False-positive and true-positive rates; no points where there is no area.
    pub roc: Curve,
    /// Recall and precision.
    pub precision_recall: Curve,
}

/// The curves of every class against the rest, thinned for plotting, and their areas, which are those of the
/// whole curves.
///
/// ```
/// use ndarray::array;
/// use netsift_metrics::{Average, OneVsRest};
///
/// let scores = array![[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.2, 0.3, 0.5], [0.4, 0.3, 0.3]];
/// let curves = OneVsRest::of(&[0, 1, 2, 2], scores.view(), None)?;
/// assert_eq!(curves.roc_area(Average::Macro), Some(1.0));
/// assert_eq!(curves.micro.support, 4.0);
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneVsRest {
    /// Each class, in the order of columns.
    pub classes: Vec<ClassCurves>,
    /// All cells of the table together, each positive in the column of its row's class.
    pub micro: ClassCurves,
    /// The mean of the classes' ROC curves, of those that have one, at each hundredth of the false-positive rate.
    pub macro_roc: Curve,
    /// The mean precision of the classes that have rows at the thresholds that reach each hundredth of recall.
    pub macro_precision_recall: Curve,
}

impl OneVsRest {
    /// Of rows that have a class, in codes that are the columns of the scores.
    ///
    /// # Errors
    /// If there are no rows or columns, not as many of each, a code has no column, or a score or a weight is not one.
    pub fn of<S: Score>(
        truth: &[u32],
        scores: ArrayView2<'_, S>,
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        let wrong = |row, column, value| MetricError::Score { row, column, value };
        checked_table(truth, scores, weights, f64::is_finite, wrong)?;
        let mut classes = Vec::with_capacity(scores.ncols());
        let (mut rocs, mut precisions) = (Mean::default(), Mean::default());
        for (class, column) in (0_u32..).zip(scores.columns()) {
            let is_class: Vec<bool> = truth.iter().map(|code| *code == class).collect();
            let ranking = Ranking::of(&is_class, &column.to_vec(), weights)?;
            let (curves, roc, precision_recall) = ClassCurves::with_curves(&ranking);
            if let Some(roc) = roc {
                rocs.add(|at| roc.at(at));
            }
            if curves.support > 0.0 {
                precisions.add(|at| precision_recall.at(at));
            }
            classes.push(curves);
        }
        let (micro, ..) = ClassCurves::with_curves(&together(truth, scores, weights)?);
        let (macro_roc, macro_precision_recall) =
            (rocs.curve(Some((0.0, 0.0))), precisions.curve(None));
        Ok(Self { classes, micro, macro_roc, macro_precision_recall })
    }

    /// The averaged area under the ROC curve. `None` if a class that counts has none: any class for the plain mean, one
    /// with rows for the weighted.
    #[must_use]
    pub fn roc_area(&self, average: Average) -> Option<f64> {
        let counts = |class: &&ClassCurves| average == Average::Macro || class.support > 0.0;
        let classes: Vec<_> = self.classes.iter().filter(counts).collect();
        if average == Average::Micro {
            return self.micro.roc_area;
        }
        let areas: Vec<f64> = classes.iter().map(|class| class.roc_area).collect::<Option<_>>()?;
        let supports: Vec<f64> = classes.iter().map(|class| class.support).collect();
        Some(if average == Average::Macro {
            mean(&areas)
        } else {
            mean_by_support(&areas, &supports)
        })
    }

    /// The averaged mean precision.
    #[must_use]
    pub fn average_precision(&self, average: Average) -> f64 {
        self.average(average, |class| class.average_precision)
    }

    /// The averaged area under the precision-recall curve by trapezoids.
    #[must_use]
    pub fn pr_area(&self, average: Average) -> f64 {
        self.average(average, |class| class.pr_area)
    }

    fn average(&self, average: Average, area: fn(&ClassCurves) -> f64) -> f64 {
        let areas: Vec<f64> = self.classes.iter().map(area).collect();
        match average {
            Average::Micro => area(&self.micro),
            Average::Macro => mean(&areas),
            Average::Weighted => {
                let supports: Vec<f64> = self.classes.iter().map(|class| class.support).collect();
                mean_by_support(&areas, &supports)
            }
        }
    }
}

impl ClassCurves {
    /// Of rows in the order of how much they seem to be of the class.
    #[must_use]
    pub fn of(ranking: &Ranking) -> Self {
        Self::with_curves(ranking).0
    }

    fn with_curves(ranking: &Ranking) -> (Self, Option<Roc>, PrecisionRecall) {
        let (roc, precision_recall) = (ranking.roc().ok(), ranking.precision_recall());
        let curves = Self {
            support: ranking.positives(),
            roc_area: roc.as_ref().map(Roc::area),
            average_precision: precision_recall.average_precision(),
            pr_area: precision_recall.area(),
            roc: roc.as_ref().map(Roc::curve).unwrap_or_default(),
            precision_recall: precision_recall.curve(),
        };
        (curves, roc, precision_recall)
    }
}

/// Every cell a row: positive if its column is its row's class.
fn together<S: Score>(
    truth: &[u32],
    scores: ArrayView2<'_, S>,
    weights: Option<&[f64]>,
) -> Result<Ranking, MetricError> {
    let columns = scores.ncols();
    let is_class = truth.iter().flat_map(|code| (0..columns).map(|c| c == *code as usize));
    let weights = weights.map(|weights| {
        weights.iter().flat_map(|weight| std::iter::repeat_n(*weight, columns)).collect::<Vec<_>>()
    });
    let cells: Vec<S> = scores.iter().copied().collect();
    Ranking::of(&is_class.collect::<Vec<_>>(), &cells, weights.as_deref())
}

/// A mean of curves that is made curve by curve, so that only one is held.
#[derive(Default)]
struct Mean {
    sums: Vec<f64>,
    curves: f64,
}

impl Mean {
    fn add(&mut self, at: impl Fn(f64) -> f64) {
        self.sums.resize(MEAN_STEPS as usize + 1, 0.0);
        self.sums.iter_mut().enumerate().for_each(|(step, sum)| *sum += at(place(step)));
        self.curves += 1.0;
    }

    /// No points if there were no curves.
    fn curve(self, start: Option<(f64, f64)>) -> Curve {
        let start = start.filter(|_| self.curves > 0.0);
        let means = self.sums.iter().enumerate();
        let points = means.map(|(step, sum)| (place(step), sum / self.curves));
        let points = start.into_iter().chain(points);
        let point = |(x, y)| CurvePoint { x, y, threshold: None };
        Curve { points: points.map(point).collect() }
    }
}

fn place(step: usize) -> f64 {
    step as f64 / f64::from(MEAN_STEPS)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn classes_without_rows_have_no_roc() {
        let scores = array![[0.8_f32, 0.1, 0.1], [0.3, 0.6, 0.1], [0.2, 0.7, 0.1]];
        let curves = OneVsRest::of(&[0, 1, 1], scores.view(), None).unwrap();
        assert_eq!(curves.classes[2].roc_area, None);
        assert_eq!(curves.classes[2].roc, Curve::default());
        assert_eq!(curves.roc_area(Average::Macro), None);
        assert_eq!(curves.roc_area(Average::Weighted), Some(1.0));
        assert_eq!(curves.average_precision(Average::Macro), 2.0 / 3.0);
        assert!(curves.macro_precision_recall.points.iter().all(|point| point.y == 1.0));
    }

    #[test]
    fn one_column_has_no_rest() {
        let curves = OneVsRest::of(&[0, 0], array![[0.8], [0.3]].view(), None).unwrap();
        assert_eq!((curves.micro.roc_area, curves.roc_area(Average::Weighted)), (None, None));
        assert_eq!(curves.macro_roc, Curve::default());
    }

    #[test]
    fn the_mean_of_curves_lies_between_them() {
        // Class 0 is told apart and class 1 is told by a coin.
        let scores = array![[0.9, 0.5, 0.1], [0.9, 0.5, 0.1], [0.1, 0.5, 0.4], [0.1, 0.5, 0.4]];
        let curves = OneVsRest::of(&[0, 0, 1, 2], scores.view(), None).unwrap();
        assert_eq!(
            (curves.classes[0].roc_area, curves.classes[1].roc_area),
            (Some(1.0), Some(0.5))
        );
        let mean = &curves.macro_roc.points;
        assert_eq!(mean.len(), 102);
        assert_eq!((mean[0].x, mean[0].y), (0.0, 0.0));
        // At no false positives: 1, 0, 0. At a third, where all rows that score 0.4 are told: 1, 1/3, 1.
        assert!((mean[1].y - 1.0 / 3.0).abs() < 1e-15);
        assert!((mean[35].y - (1.0 + 0.34 + 1.0) / 3.0).abs() < 1e-12, "{:?}", mean[35]);
        assert_eq!(mean[101].y, 1.0);
        let mean = &curves.macro_precision_recall.points;
        assert!((mean[50].y - (1.0 + 0.25 + 0.5) / 3.0).abs() < 1e-15);
    }
}
