//! Rows that are made between others.

use ndarray::Axis;

use crate::chance::Chance;
use crate::dataset::shaped;
use crate::measure::all_cores;
use crate::nearest::{Metric, Nearest, Neighbours};
use crate::{DataError, Dataset, Labels};

/// Comparisons of two cells that a search for neighbours may be expected to need: about ten minutes of one core. Beyond it
/// the search is refused rather than begun: classes that large need no made rows, or a part of their rows will do. What a
/// tree leaves out does not count; how much that is, searches from a few of the rows tell before.
pub const MAX_COMPARISONS: u64 = 1 << 41;

/// What made rows of a class lie between.
pub(super) struct Maker {
    /// Where each of them begins, as a place among `bases`.
    pub(super) drawn: Vec<usize>,
    pub(super) bases: Vec<usize>,
    pub(super) own: Ends,
    /// Other ends of other classes, on the second borderline.
    pub(super) others: Option<Ends>,
}

/// For each base, the rows that may be the other end.
pub(super) struct Ends {
    rows: Vec<usize>,
    of_base: Neighbours,
}

/// Rows that were made, one behind the other.
#[derive(Default)]
pub(super) struct Made {
    cells: Vec<f64>,
    classes: Vec<u32>,
}

/// Refuses a search of which the points say that it would take too long.
pub(super) fn refuse_endless(points: &Nearest, queries: usize) -> Result<(), DataError> {
    match points.comparisons(queries) {
        needed if needed > MAX_COMPARISONS => {
            Err(DataError::TooMuchWork { needed, most: MAX_COMPARISONS })
        }
        _ => Ok(()),
    }
}

impl Maker {
    /// Makes a row of every draw.
    pub(super) fn make(&self, data: &Dataset, class: u32, chance: &mut Chance, made: &mut Made) {
        for &base in &self.drawn {
            let others = self.others.as_ref().filter(|_| chance.below(2) == 1);
            let (ends, reach) = others.map_or((&self.own, 1.0), |others| (others, 0.5));
            let to = ends.pick(base, chance);
            let part = chance.unit() * reach;
            if let Some(&from) = self.bases.get(base) {
                made.push(data, class, (from, to.unwrap_or(from)), part);
            }
        }
    }
}

impl Ends {
    /// The nearest of the class's own rows, of which the bases are some.
    pub(super) fn among(
        data: &Dataset,
        rows: Vec<usize>,
        bases: &[usize],
        count: usize,
    ) -> Result<Self, DataError> {
        if count == 0 {
            return Ok(Self { rows, of_base: Neighbours::default() });
        }
        let points = Nearest::of(data.matrix().select(Axis(0), &rows).view(), Metric::Euclidean)?;
        refuse_endless(&points, bases.len())?;
        let place = |base: &usize| rows.partition_point(|row| row < base);
        let places: Vec<usize> = bases.iter().map(place).collect();
        let of_base = points.neighbours_of_rows(&places, count, all_cores())?;
        Ok(Self { rows, of_base })
    }

    /// The nearest of rows among which no base is.
    pub(super) fn elsewhere(
        data: &Dataset,
        rows: Vec<usize>,
        bases: &[usize],
        count: usize,
    ) -> Result<Self, DataError> {
        let points = Nearest::of(data.matrix().select(Axis(0), &rows).view(), Metric::Euclidean)?;
        refuse_endless(&points, bases.len())?;
        let bases = data.matrix().select(Axis(0), bases);
        let of_base = points.neighbours_of_all(bases.view(), count, all_cores())?;
        Ok(Self { rows, of_base })
    }

    /// One of the other ends of a base, if it has any.
    fn pick(&self, base: usize, chance: &mut Chance) -> Option<usize> {
        let neighbour = chance.pick(self.of_base.of(base))?;
        self.rows.get(neighbour.row).copied()
    }
}

impl Made {
    pub(super) fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// A row that lies this part of the way from one to the other.
    fn push(&mut self, data: &Dataset, class: u32, (from, to): (usize, usize), part: f64) {
        let matrix = data.matrix();
        let (from, to) = (matrix.row(from), matrix.row(to));
        // Not `from + part * (to - from)`, whose difference may overflow.
        let between = |(from, to): (&f64, &f64)| {
            if from == to { *from } else { from * (1.0 - part) + to * part }
        };
        self.cells.extend(from.iter().zip(to).map(between));
        self.classes.push(class);
    }

    /// All rows, with the made ones behind.
    pub(super) fn behind(self, data: &Dataset, labels: &Labels) -> Result<Dataset, DataError> {
        let (rows, width) = (data.rows() + self.classes.len(), data.width());
        let mut cells = Vec::with_capacity(rows * width);
        for (place, (_, column)) in data.columns().enumerate() {
            cells.extend(column);
            cells.extend(self.cells.iter().skip(place).step_by(width.max(1)));
        }
        let numbers: Vec<u32> = labels.numbers().iter().copied().chain(self.classes).collect();
        let all = Dataset::new(data.schema().clone(), shaped(cells, (rows, width))?)?;
        all.with_labels(Labels::new(labels.classes().clone(), numbers)?)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn a_search_that_would_not_end_is_refused() {
        let points =
            Array2::from_shape_fn((400, 3), |(row, column)| ((row * 7919) % (401 + column)) as f64);
        let nearest = Nearest::of(points.view(), Metric::Euclidean).unwrap();
        assert!(refuse_endless(&nearest, 1 << 28).is_ok());
        let refused = refuse_endless(&nearest, 1 << 40);
        assert!(matches!(refused, Err(DataError::TooMuchWork { most: MAX_COMPARISONS, .. })));
    }
}
