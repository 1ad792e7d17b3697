//! The rows nearest to others, found by looking at all of them.

use crate::measure::each;
use crate::{DataError, Dataset};

/// Comparisons of two cells that a search for neighbours may need: about two minutes of one core. Beyond it the search is
/// refused rather than begun: classes that large need no made rows, or a part of their rows will do.
pub const MAX_COMPARISONS: u64 = 1 << 37;
/// Cells whose differences are summed before it is asked whether the row is too far already.
const STRIDE: usize = 16;
/// Rows that are compared while rows searched for stay in the cache.
const BLOCK: usize = 1 << 8;

/// Rows one behind the other, each as wide as the others.
pub(super) struct Points {
    width: usize,
    cells: Vec<f64>,
    /// Which rows of the dataset they are, in rising order.
    pub(super) rows: Vec<usize>,
}

/// The nearest found so far, the nearest first: squared distance and place among the points.
#[derive(Clone)]
struct Nearest {
    most: usize,
    found: Vec<(f64, usize)>,
}

impl Points {
    /// These rows of a dataset.
    pub(super) fn of(data: &Dataset, rows: &[usize]) -> Self {
        let width = data.width();
        let mut cells = vec![0.0; rows.len() * width];
        for (place, (_, column)) in data.columns().enumerate() {
            let of_column = cells.iter_mut().skip(place).step_by(width.max(1));
            for (cell, &row) in of_column.zip(rows) {
                *cell = column.get(row).copied().unwrap_or(f64::NAN);
            }
        }
        Self { width, cells, rows: rows.to_vec() }
    }

    pub(super) fn point(&self, place: usize) -> &[f64] {
        let start = place * self.width;
        self.cells.get(start..start + self.width).unwrap_or_default()
    }

    /// For each of `wanted`, the places of the `count` points nearest to it, the nearest first, itself left out: of
    /// points equally far, the one that comes first.
    pub(super) fn nearest(
        &self,
        wanted: &Self,
        count: usize,
    ) -> Result<Vec<Vec<usize>>, DataError> {
        let pairs = (self.rows.len() as u64).saturating_mul(wanted.rows.len() as u64);
        let needed = pairs.saturating_mul(self.width.max(1) as u64);
        if needed > MAX_COMPARISONS {
            return Err(DataError::TooMuchWork { needed, most: MAX_COMPARISONS });
        }
        let blocks = wanted.rows.len().div_ceil(BLOCK);
        let work = usize::try_from(needed).unwrap_or(usize::MAX);
        let found = each(blocks, work, |block| self.nearest_to_block(wanted, block * BLOCK, count));
        Ok(found.into_iter().flatten().collect())
    }

    fn nearest_to_block(&self, wanted: &Self, start: usize, count: usize) -> Vec<Vec<usize>> {
        let end = (start + BLOCK).min(wanted.rows.len());
        let mut nearest =
            vec![Nearest { most: count, found: Vec::with_capacity(count + 1) }; end - start];
        for first in (0..self.rows.len()).step_by(BLOCK) {
            for (nearest, place) in nearest.iter_mut().zip(start..end) {
                let (point, row) = (wanted.point(place), wanted.rows.get(place));
                for other in first..(first + BLOCK).min(self.rows.len()) {
                    if self.rows.get(other) != row {
                        nearest.see(point, self.point(other), other);
                    }
                }
            }
        }
        nearest
            .into_iter()
            .map(|nearest| nearest.found.into_iter().map(|(_, place)| place).collect())
            .collect()
    }
}

impl Nearest {
    fn see(&mut self, point: &[f64], other: &[f64], place: usize) {
        let worst = match self.found.last() {
            Some(&(distance, _)) if self.found.len() >= self.most => distance,
            _ => f64::INFINITY,
        };
        let Some(distance) = distance_below(point, other, worst) else { return };
        let at = self.found.partition_point(|&(found, _)| found <= distance);
        self.found.insert(at, (distance, place));
        self.found.truncate(self.most);
    }
}

/// The squared distance, if it is below that one or there is no bound.
fn distance_below(point: &[f64], other: &[f64], worst: f64) -> Option<f64> {
    let mut sum = 0.0;
    for (one, other) in point.chunks(STRIDE).zip(other.chunks(STRIDE)) {
        sum += one.iter().zip(other).map(|(one, other)| (one - other) * (one - other)).sum::<f64>();
        if sum >= worst && worst.is_finite() {
            return None;
        }
    }
    (sum < worst || worst.is_infinite()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::Schema;

    fn points(rows: &[[f64; 2]]) -> Dataset {
        let matrix = Array2::from_shape_fn((rows.len(), 2), |(row, column)| rows[row][column]);
        Dataset::new(Schema::numbers(["x", "y"]).unwrap(), matrix).unwrap()
    }

    #[test]
    fn a_search_that_would_not_end_is_refused() {
        let many = Points { width: 1 << 20, cells: Vec::new(), rows: (0..1 << 10).collect() };
        assert!(matches!(many.nearest(&many, 5), Err(DataError::TooMuchWork { .. })));
    }

    proptest! {
        #[test]
        fn the_nearest_are_those_that_sorting_gives(
            cells in prop::collection::vec(prop::array::uniform2(0_u8..6), 1..300),
            count in 1_usize..7,
        ) {
            let rows: Vec<_> = cells.iter().map(|cells| cells.map(f64::from)).collect();
            let data = points(&rows);
            let all = Points::of(&data, &(0..rows.len()).collect::<Vec<_>>());
            let wanted = Points::of(&data, &(0..rows.len()).step_by(3).collect::<Vec<_>>());
            let nearest = all.nearest(&wanted, count).unwrap();
            for (found, row) in nearest.iter().zip((0..rows.len()).step_by(3)) {
                let distance = |&other: &usize| {
                    let [x, y] = [0, 1].map(|axis| u32::from(cells[row][axis].abs_diff(cells[other][axis])));
                    x * x + y * y
                };
                let mut expected: Vec<usize> = (0..rows.len()).filter(|&other| other != row).collect();
                expected.sort_by_key(distance);
                expected.truncate(count);
                prop_assert_eq!(found, &expected);
            }
        }
    }
}
