//! The rows that count: those with a weight, cells side by side, and the classes they are of.

use std::cmp::Ordering;

use ndarray::{Array2, ArrayView2, Axis, CowArray, Ix2};
use netsift_data::Classes;

use crate::check::sound;
use crate::classifier::wide;
use crate::training::finite;
use crate::{ModelError, Training};

/// How many rows are worked on at once: some hundred of some dozen columns stay in a core's own cache.
pub(crate) const BLOCK_ROWS: usize = 256;
/// Cells beyond this count as this: squares of what is nearer, and sums of them, are finite.
const FURTHEST: f64 = 1e150;

/// Rows to learn from, each with a class and a weight.
pub(crate) struct Present {
    /// A row each, its cells side by side.
    pub(crate) rows: Array2<f64>,
    /// The class of each row, by its place in `known`.
    pub(crate) places: Vec<usize>,
    /// What each row weighs: more than nothing.
    pub(crate) weights: Vec<f64>,
    /// The classes that have rows, ascending.
    pub(crate) known: Vec<u32>,
}

impl Present {
    /// The rows with a weight, which must be finite and of two classes.
    pub(crate) fn of(training: &Training<'_>, learner: &'static str) -> Result<Self, ModelError> {
        Self::gathered(training, learner, 0)
    }

    /// The same with a last column of ones, whose coefficient is an intercept.
    pub(crate) fn with_ones(
        training: &Training<'_>,
        learner: &'static str,
    ) -> Result<Self, ModelError> {
        Self::gathered(training, learner, 1)
    }

    fn gathered(
        training: &Training<'_>,
        learner: &'static str,
        ones: usize,
    ) -> Result<Self, ModelError> {
        training.two_classes(learner)?;
        let sums = training.class_sums();
        let known: Vec<u32> =
            (0..).zip(&sums).filter(|(_, sum)| **sum > 0.0).map(|(class, _)| class).collect();
        let counting = (0..training.len()).filter(|&row| training.weight(row) > 0.0).count();
        let mut rows = Array2::ones((counting, training.width() + ones));
        let mut places = Vec::with_capacity(counting);
        let mut weights = Vec::with_capacity(counting);
        let mut targets = rows.axis_iter_mut(Axis(0));
        each_row(training, learner, |class, weight, cells| {
            for (target, cell) in targets.next().into_iter().flatten().zip(cells) {
                *target = *cell;
            }
            places.push(known.binary_search(&class).unwrap_or_default());
            weights.push(weight);
        })?;
        Ok(Self { rows, places, weights, known })
    }

    /// Equal rows of a class as one that weighs as much as they do together: what is least is the same, is found sooner,
    /// and does not depend on whether a row weighs 2 or stands there twice.
    pub(crate) fn merged(self) -> Self {
        let alike = |one: usize, other: usize| {
            let cells = self.rows.row(one).into_iter().zip(self.rows.row(other));
            // Adding 0 makes one zero of both.
            let mut orders = cells.map(|(one, other)| (one + 0.0).total_cmp(&(other + 0.0)));
            let differs = orders.find(|order| order.is_ne());
            self.places[one].cmp(&self.places[other]).then(differs.unwrap_or(Ordering::Equal))
        };
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by(|&one, &other| alike(one, other));
        let mut firsts: Vec<(usize, f64)> = order
            .chunk_by(|&one, &other| alike(one, other).is_eq())
            .map(|rows| (rows[0], rows.iter().map(|&row| self.weights[row]).sum()))
            .collect();
        firsts.sort_unstable_by_key(|&(row, _)| row);
        let rows: Vec<usize> = firsts.iter().map(|&(row, _)| row).collect();
        Self {
            rows: self.rows.select(Axis(0), &rows),
            places: rows.iter().map(|&row| self.places[row]).collect(),
            weights: firsts.into_iter().map(|(_, weight)| weight).collect(),
            known: self.known,
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }
}

/// Does something with each row that has a weight: its class, its weight and its cells, which must be finite.
pub(crate) fn each_row(
    training: &Training<'_>,
    learner: &'static str,
    mut work: impl FnMut(u32, f64, &[f64]),
) -> Result<(), ModelError> {
    let mut labels = training.labels().into_iter().enumerate();
    let mut clamped = Vec::new();
    for block in training.rows().axis_chunks_iter(Axis(0), BLOCK_ROWS) {
        let block = block.as_standard_layout();
        for (cells, (row, &class)) in block.outer_iter().zip(labels.by_ref()) {
            let weight = training.weight(row);
            let mut cells = cells.to_slice().unwrap_or_default();
            if weight <= 0.0 {
                continue;
            }
            if !cells.iter().all(is_near) {
                let mut flaws = cells.iter().enumerate().filter(|(_, cell)| !cell.is_finite());
                if let Some((column, &value)) = flaws.next() {
                    return Err(ModelError::NotFinite { learner, row, column, value });
                }
                clamped.clear();
                clamped.extend(cells.iter().copied().map(near));
                cells = &clamped;
            }
            work(class, weight, cells);
        }
    }
    Ok(())
}

/// Rows to be asked about, in the width that was learned, finite, and no farther than sums can be told.
pub(crate) fn bounded<'a>(
    rows: ArrayView2<'a, f64>,
    width: usize,
    learner: &'static str,
) -> Result<CowArray<'a, f64, Ix2>, ModelError> {
    wide(rows, width)?;
    if rows.as_slice_memory_order().is_some_and(|cells| cells.iter().all(is_near)) {
        return Ok(rows.into());
    }
    finite(rows, learner)?;
    Ok(rows.mapv(near).into())
}

/// Whether a loaded model's classes with rows are some of its classes: so many at least, ascending.
pub(crate) fn known_classes(
    known: &[u32],
    classes: &Classes,
    least: usize,
) -> Result<(), ModelError> {
    sound(known.len() >= least, "enough classes that had rows")?;
    let is_ascending = known.iter().zip(known.iter().skip(1)).all(|(one, next)| one < next);
    let is_class = known.last().is_none_or(|&last| (last as usize) < classes.len());
    sound(is_ascending && is_class, "classes that had rows are classes")
}

fn is_near(cell: &f64) -> bool {
    cell.abs() <= FURTHEST
}

fn near(cell: f64) -> f64 {
    cell.clamp(-FURTHEST, FURTHEST)
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::{Classes, Labels};

    use super::*;

    #[test]
    fn rows_without_weight_are_not_there() {
        let rows = array![[1.0, 2.0], [f64::NAN, 0.0], [3.0, 1e300]];
        let classes = Classes::new(["a", "b", "c", "d"]).unwrap();
        let labels = Labels::new(classes, vec![3, 2, 1]).unwrap();
        let training = Training::new(rows.view(), &labels).unwrap();
        let weighted = training.clone().weights(vec![2.0, 0.0, 1.0]).unwrap();
        let present = Present::with_ones(&weighted, "x").unwrap();
        assert_eq!(present.rows, array![[1.0, 2.0, 1.0], [3.0, FURTHEST, 1.0]]);
        assert_eq!((present.places, present.known), (vec![1, 0], vec![1, 3]));
        assert_eq!(present.weights, [2.0, 1.0]);
        let flawed = Present::of(&training, "x").err();
        assert!(matches!(flawed, Some(ModelError::NotFinite { row: 1, column: 0, .. })));
    }

    #[test]
    fn both_layouts_give_the_same_rows() {
        let rows = Array2::from_shape_fn((700, 3), |(row, column)| (row * 3 + column) as f64);
        let labels = Labels::of((0..700).map(|row| if row % 2 == 0 { "a" } else { "b" }));
        let columns = rows.t().as_standard_layout().reversed_axes().to_owned();
        let turned = columns.t().to_owned();
        for rows in [rows.view(), turned.t()] {
            let training = Training::new(rows, &labels).unwrap();
            let present = Present::of(&training, "x").unwrap();
            assert_eq!(present.rows, rows);
            assert!(present.rows.is_standard_layout());
        }
    }
}
