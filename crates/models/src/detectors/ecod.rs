//! Empirical cumulative distributions, a column each (Li, Zhao, Hu, Botta, Ionescu and Chen, 2022).

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::explain::Terms;
use crate::linear::{bounded, in_parts};
use crate::{Checked, Detector, ModelError, Observer, Parameter, Sample, Settings};

/// How far in the tail of its column each cell of a row is, the columns added up as if they knew nothing of each other.
/// Nothing is to be set.
///
/// A row is held against those learned and itself: what is beyond them all is one of so many and one. It takes columns of
/// any sizes, and keeps all cells it learned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ecod {}

impl Settings for Ecod {
    const NAME: &'static str = "ecod";
    const PARAMETERS: &'static [Parameter<Self>] = &[];

    fn check(&self) -> Result<(), ModelError> {
        Ok(())
    }
}

impl Observer for Ecod {
    type Detector = EcodModel;

    fn fit(&self, sample: &Sample<'_>) -> Result<EcodModel, ModelError> {
        let cells = sample.columns(Self::NAME)?;
        let of = sample.width();
        let column = |place: usize| {
            sample.progress(place, of)?;
            Ok(Column::of(cells.row(place)))
        };
        let columns = in_parts(sample.thread_count(), of, column)?;
        sample.progress(of, of)?;
        Ok(EcodModel { settings: self.clone(), rows: sample.len(), columns })
    }

    fn fit_scored(&self, sample: &Sample<'_>) -> Result<(EcodModel, Array1<f64>), ModelError> {
        let model = self.fit(sample)?;
        let cells = sample.columns(Self::NAME)?;
        let tails = |place: usize| Ok(model.columns[place].own_tails(cells.row(place)));
        let columns = in_parts(sample.thread_count(), model.columns.len(), tails)?;
        let mut scores = Array1::zeros(sample.len());
        columns.into_iter().for_each(|tails| scores += &Array1::from(tails));
        Ok((model, scores))
    }
}

/// All cells that were learned, sorted, column by column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EcodModel {
    settings: Ecod,
    rows: usize,
    columns: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Column {
    sorted: Vec<f64>,
    moments: Moments,
}

/// On which side the longer tail is. Sums are of deviations in units of the largest, so that no power is beyond numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Moments {
    mean: f64,
    unit: f64,
    squares: f64,
    cubes: f64,
}

/// A variance below this part of the mean, squared, is rounding: scipy's limit.
const RESOLUTION: f64 = 1e-15;
/// Deviations beyond so many units count as this: their cubes are numbers.
const FURTHEST: f64 = 1e90;

impl Column {
    fn of(cells: ArrayView1<'_, f64>) -> Self {
        let mut sorted = cells.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { moments: Moments::of(&sorted), sorted }
    }

    /// How many cells are no larger than this one, and how many no smaller.
    fn sides(&self, cell: f64) -> (f64, f64) {
        let below = self.sorted.partition_point(|&other| other < cell);
        let until = self.sorted.partition_point(|&other| other <= cell);
        (until as f64, (self.sorted.len() - below) as f64)
    }

    fn own_tails(&self, cells: ArrayView1<'_, f64>) -> Vec<f64> {
        let (count, side) = (self.sorted.len() as f64, self.moments.side(self.sorted.len() as f64));
        let tail = |&cell: &f64| {
            let (left, right) = self.sides(cell);
            tail(left / count, right / count, side)
        };
        cells.iter().map(tail).collect()
    }

    /// Of a cell that is one more.
    fn tail(&self, cell: f64) -> f64 {
        self.tail_between(cell, self.sides(cell))
    }

    /// Of a cell that is one more, where so many are no larger, and so many no smaller.
    fn tail_between(&self, cell: f64, (left, right): (f64, f64)) -> f64 {
        let count = self.sorted.len() as f64;
        let side = self.moments.and(cell, count).side(count + 1.0);
        tail((left + 1.0) / (count + 1.0), (right + 1.0) / (count + 1.0), side)
    }

    /// That of the cells learned on average, each asked about as one more.
    fn mean(&self) -> f64 {
        let (count, mut before, mut sum) = (self.sorted.len(), 0, 0.0);
        for same in self.sorted.chunk_by(|one, next| one == next) {
            let sides = ((before + same.len()) as f64, (count - before) as f64);
            let cell = same.first().copied().unwrap_or(0.0);
            sum += same.len() as f64 * self.tail_between(cell, sides);
            before += same.len();
        }
        sum / count.max(1) as f64
    }

    fn check(&self, rows: usize) -> Result<(), ModelError> {
        sound(self.sorted.len() == rows, "a cell of each row")?;
        sound(self.sorted.iter().all(|cell| cell.abs() <= 1e150), "cells are finite")?;
        sound(self.sorted.is_sorted(), "cells are sorted")?;
        let Moments { mean, unit, squares, cubes } = self.moments;
        let are_finite = [mean, squares, cubes].iter().all(|one| one.abs() <= 1e150);
        sound(are_finite && unit > 0.0 && unit <= 1e151, "moments are finite")
    }
}

/// How far in a tail a cell is, where `left` is the share no larger and `right` the share no smaller: of the longer tail
/// or, where it is less, of the other; of both together where none is longer.
fn tail(left: f64, right: f64, side: f64) -> f64 {
    let (left, right) = (-left.ln(), -right.ln());
    let longer = if side > 0.0 {
        right
    } else if side < 0.0 {
        left
    } else {
        left + right
    };
    longer.max(left).max(right)
}

impl Moments {
    fn of(cells: &[f64]) -> Self {
        let count = cells.len() as f64;
        let mean = cells.iter().map(|cell| cell / count).sum::<f64>();
        let largest = cells.iter().fold(0.0, |most: f64, cell| most.max((cell - mean).abs()));
        let unit = if largest > 0.0 { largest } else { 1.0 };
        let sum = |power: i32| -> f64 {
            cells.iter().map(|cell| ((cell - mean) / unit).powi(power)).sum()
        };
        Self { mean, unit, squares: sum(2), cubes: sum(3) }
    }

    /// With one cell more than so many.
    fn and(self, cell: f64, count: f64) -> Self {
        let way = ((cell - self.mean) / self.unit).clamp(-FURTHEST, FURTHEST);
        let more = count + 1.0;
        let cubes = self.cubes + way.powi(3) * count * (count - 1.0) / (more * more)
            - 3.0 * self.squares * way / more;
        let squares = self.squares + way * way * count / more;
        Self { mean: self.mean + way * self.unit / more, cubes, squares, ..self }
    }

    /// Above 0 if the longer tail of so many cells is to the right, below if it is to the left; 0 if they hardly differ.
    fn side(self, count: f64) -> f64 {
        let deviation = (self.squares / count).sqrt() * self.unit;
        if deviation <= RESOLUTION * self.mean.abs() || self.cubes == 0.0 {
            0.0
        } else {
            self.cubes.signum()
        }
    }
}

impl Detector for EcodModel {
    fn width(&self) -> usize {
        self.columns.len()
    }

    fn scores(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<f64>, ModelError> {
        let rows = bounded(rows, self.width(), Ecod::NAME)?;
        let mut scores = Array1::zeros(rows.nrows());
        // Column by column: the sorted cells of one stay near.
        for (cells, column) in rows.columns().into_iter().zip(&self.columns) {
            scores.iter_mut().zip(cells).for_each(|(score, &cell)| *score += column.tail(cell));
        }
        Ok(scores)
    }
}

impl Terms for EcodModel {
    fn terms(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let mut terms = bounded(rows, self.width(), Ecod::NAME)?.into_owned();
        for (mut cells, column) in terms.columns_mut().into_iter().zip(&self.columns) {
            cells.mapv_inplace(|cell| column.tail(cell));
        }
        Ok(terms)
    }

    fn means(&self) -> Vec<f64> {
        self.columns.iter().map(Column::mean).collect()
    }
}

impl Checked for EcodModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        sound(self.rows >= 1, "a row at least")?;
        self.columns.iter().try_for_each(|column| column.check(self.rows))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Axis, array};

    use super::*;

    fn fitted(rows: &Array2<f64>) -> (EcodModel, Vec<f64>) {
        let sample = Sample::new(rows.view()).unwrap();
        let (model, own) = Ecod::default().fit_scored(&sample).unwrap();
        model.check().unwrap();
        (model, own.to_vec())
    }

    #[test]
    fn cells_in_tails_are_strange() {
        // The tail is to the right.
        let (model, own) = fitted(&array![[1.0], [2.0], [2.0], [9.0]]);
        let ln = |share: f64| -share.ln();
        let expected = [ln(0.25), ln(0.75), ln(0.75), ln(0.25)];
        assert_eq!(own, expected);
        let told = model.scores(array![[2.0], [100.0], [-100.0], [1e300]].view()).unwrap();
        assert_eq!(told.to_vec(), [ln(0.8), ln(0.2), ln(0.2), ln(0.2)]);
    }

    #[test]
    fn without_a_longer_tail_both_count() {
        let (model, own) = fitted(&array![[-1.0], [0.0], [1.0]]);
        let ln = |share: f64| -share.ln();
        assert_eq!(own, [ln(1.0 / 3.0), 2.0 * ln(2.0 / 3.0), ln(1.0 / 3.0)]);
        assert_eq!(model.scores(array![[0.0]].view()).unwrap()[0], 2.0 * ln(0.75));
        // A single row, and columns without difference or without a cell, tell nothing.
        assert_eq!(fitted(&array![[5.0, 1e300]]).1, [0.0]);
        assert_eq!(fitted(&array![[0.1], [0.1], [0.1]]).1, [0.0; 3]);
        assert_eq!(fitted(&Array2::zeros((2, 0))).1, [0.0; 2]);
    }

    #[test]
    fn terms_are_each_columns_own_and_their_means_those_of_the_rows_learned() {
        let rows = Array2::from_shape_fn((60, 3), |(row, column)| {
            (((row * [7, 11, 5][column]) % 13) as f64).powi(column as i32)
        });
        let (model, _) = fitted(&rows);
        let terms = model.terms(rows.view()).unwrap();
        let apart = terms.sum_axis(Axis(1)) - model.scores(rows.view()).unwrap();
        assert!(apart.iter().all(|apart| apart.abs() < 1e-12), "{apart}");
        let apart = terms.mean_axis(Axis(0)).unwrap() - Array1::from(model.means());
        assert!(apart.iter().all(|apart| apart.abs() < 1e-12), "{apart}");
    }

    #[test]
    fn a_cell_more_moves_moments_as_if_it_had_been_there() {
        let cells = [1.0, 5.0, 2.5, -3.0, 0.5];
        for more in [7.0, 1.2, -4e5] {
            let all = [cells.as_slice(), &[more]].concat();
            let (moved, expected) = (Moments::of(&cells).and(more, 5.0), Moments::of(&all));
            let scale = expected.unit / moved.unit;
            let is_near = |one: f64, other: f64| (one / other - 1.0).abs() < 1e-9;
            assert!(is_near(moved.mean, expected.mean), "{moved:?} {expected:?}");
            assert!(is_near(moved.squares, expected.squares * scale.powi(2)));
            assert!(is_near(moved.cubes, expected.cubes * scale.powi(3)));
        }
    }

    #[test]
    fn the_largest_numbers_have_finite_scores() {
        let rows = array![[f64::MAX, 5e-324], [f64::MIN, 0.0], [f64::MAX, 0.0]];
        let (model, own) = fitted(&rows);
        let told = model.scores(rows.view()).unwrap();
        assert!(told.iter().chain(&own).all(|score| score.is_finite()), "{told} {own:?}");
        let told = model.scores(array![[0.0, f64::MAX]].view()).unwrap();
        assert!(told[0].is_finite());
    }

    #[test]
    fn forged_models_are_unsound() {
        let (model, _) = fitted(&array![[1.0], [2.0]]);
        let is_refused = |change: fn(&mut EcodModel)| {
            let mut model = model.clone();
            change(&mut model);
            model.check().is_err()
        };
        assert!(!is_refused(|_| ()));
        assert!(is_refused(|model| model.rows = 3));
        assert!(is_refused(|model| (model.rows, model.columns) = (0, Vec::new())));
        assert!(is_refused(|model| model.columns[0].sorted.swap(0, 1)));
        assert!(is_refused(|model| model.columns[0].sorted[1] = f64::NAN));
        assert!(is_refused(|model| model.columns[0].moments.unit = 0.0));
        assert!(is_refused(|model| model.columns[0].moments.cubes = f64::NAN));
    }
}
