//! Areas of each two classes, as if there were no others.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::average::{mean, mean_by_support};
use crate::score::checked_table;
use crate::{MetricError, Score, roc_area};

/// How well each two classes that have rows are told apart, by the area under the ROC curve among their rows alone
/// (Hand and Till, 2001). Unlike [`OneVsRest`](crate::OneVsRest), it does not depend on how many rows the others have.
///
/// ```
/// use ndarray::array;
/// use netsift_metrics::OneVsOne;
///
/// let scores = array![[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.2, 0.3, 0.5], [0.4, 0.3, 0.3]];
/// let areas = OneVsOne::of(&[0, 1, 2, 2], scores.view(), None)?;
/// assert_eq!((areas.pairs.len(), areas.macro_area()), (3, Some(1.0)));
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneVsOne {
    /// Each two classes that have rows, in the order of columns.
    pub pairs: Vec<PairArea>,
}

/// How well two classes are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairArea {
    /// The two, by their columns.
    pub classes: (usize, usize),
    /// Rows of both, by weight.
    pub support: f64,
    /// The mean of the area by the scores of the first and that by the scores of the second.
    pub area: f64,
}

impl OneVsOne {
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
        let checked = checked_table(truth, scores, weights, f64::is_finite, wrong)?;
        // Rows that weigh nothing leave no trace.
        let mut classes: Vec<Class> = (0..scores.ncols()).map(Class::none).collect();
        for (row, class) in truth.iter().enumerate().filter(|(row, _)| checked.of(*row) > 0.0) {
            classes[*class as usize].rows.push(row);
        }
        classes.retain(|class| !class.rows.is_empty());
        let mut pairs = Vec::new();
        for (place, first) in classes.iter().enumerate() {
            for second in &classes[place + 1..] {
                pairs.push(PairArea::of((first, second), scores, weights)?);
            }
        }
        Ok(Self { pairs })
    }

    /// The mean of all pairs. `None` if fewer than two classes have rows.
    #[must_use]
    pub fn macro_area(&self) -> Option<f64> {
        let areas: Vec<f64> = self.pairs.iter().map(|pair| pair.area).collect();
        (!areas.is_empty()).then(|| mean(&areas))
    }

    /// The mean of all pairs, each of which counts by its rows. `None` if fewer than two classes have rows.
    #[must_use]
    pub fn weighted_area(&self) -> Option<f64> {
        let (areas, supports): (Vec<f64>, Vec<f64>) =
            self.pairs.iter().map(|pair| (pair.area, pair.support)).unzip();
        (!areas.is_empty()).then(|| mean_by_support(&areas, &supports))
    }
}

/// The rows of a class.
struct Class {
    column: usize,
    rows: Vec<usize>,
}

impl Class {
    fn none(column: usize) -> Self {
        Self { column, rows: Vec::new() }
    }
}

impl PairArea {
    fn of<S: Score>(
        (first, second): (&Class, &Class),
        scores: ArrayView2<'_, S>,
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        let rows = || first.rows.iter().chain(&second.rows);
        let weights: Option<Vec<f64>> =
            weights.map(|weights| rows().map(|row| weights[*row]).collect());
        let area = |positive: &Class, is_first: bool| {
            let flags = [(first, is_first), (second, !is_first)];
            let truth = flags.map(|(class, is)| std::iter::repeat_n(is, class.rows.len()));
            let truth: Vec<bool> = truth.into_iter().flatten().collect();
            let scores: Vec<S> = rows().map(|row| scores[[*row, positive.column]]).collect();
            roc_area(&truth, &scores, weights.as_deref())
        };
        Ok(Self {
            classes: (first.column, second.column),
            support: weights
                .as_ref()
                .map_or(rows().count() as f64, |weights| crate::sum::sum(weights.iter().copied())),
            area: f64::midpoint(area(first, true)?, area(second, false)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn other_classes_do_not_count() {
        let scores = array![[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.1, 0.4], [0.9, 0.05, 0.05]];
        let areas = OneVsOne::of(&[0, 1, 2, 2], scores.view(), None).unwrap();
        let area = |place: usize| areas.pairs[place];
        assert_eq!((area(0).classes, area(0).area, area(0).support), ((0, 1), 1.0, 2.0));
        // Against the third class: one of two rows by the first's scores, and one of two by the third's.
        assert_eq!((area(1).classes, area(1).area, area(1).support), ((0, 2), 0.5, 3.0));
        assert_eq!(areas.macro_area(), Some((1.0 + 0.5 + areas.pairs[2].area) / 3.0));
    }

    #[test]
    fn weights_are_rows() {
        let scores = array![[0.6, 0.4], [0.3, 0.7], [0.7, 0.3], [0.7, 0.3], [0.5, 0.5]];
        let truth = [0, 1, 1, 1, 0];
        let twice = OneVsOne::of(&truth, scores.view(), None).unwrap();
        let rows = [0, 1, 2, 4];
        let table = scores.select(ndarray::Axis(0), &rows);
        let truth = rows.map(|row| truth[row]);
        let weighted = OneVsOne::of(&truth, table.view(), Some(&[1.0, 1.0, 2.0, 1.0])).unwrap();
        assert_eq!(weighted, twice);
        let gone = OneVsOne::of(&truth, table.view(), Some(&[1.0, 0.0, 0.0, 1.0])).unwrap();
        assert_eq!((gone.macro_area(), gone.weighted_area()), (None, None));
    }
}
