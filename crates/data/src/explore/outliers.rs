//! Cells that are far from most of their column, and the rows with most of them.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::measure::{Sorted, cells, each};
use crate::{DataError, Dataset};

/// How many distances between the quartiles a cell may be beyond them, unless said otherwise: Tukey's "far out".
const FENCES: f64 = 3.0;
/// Rows that are told, unless said otherwise.
const ROWS: usize = 20;
/// Cells of a row that are told.
const CELLS: usize = 5;

/// What counts as an outlier: a cell that is further below the lower quartile of its column, or above the upper one, than so
/// many times the distance between them. It is asked of columns of numbers whose quartiles differ: where half the cells
/// are one number, any other would be far away.
///
/// ```
/// use ndarray::Array2;
/// use netsift_data::explore::OutlierCheck;
/// use netsift_data::{Dataset, Schema};
///
/// # fn main() -> Result<(), netsift_data::DataError> {
/// let cells = Array2::from_shape_fn((100, 1), |(row, _)| if row == 7 { 1e6 } else { row as f64 });
/// let found = OutlierCheck::new().look(&Dataset::new(Schema::numbers(["bytes"])?, cells)?)?;
/// assert_eq!((found.rows, found.strangest[0].number), (1, 8));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OutlierCheck {
    fences: f64,
    rows: usize,
}

/// What is far away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outliers {
    /// How many distances between the quartiles a cell may be beyond them.
    pub fences: f64,
    /// The columns that were asked, in their order.
    pub columns: Vec<ColumnOutliers>,
    /// Columns of numbers whose quartiles do not differ: nothing can be said of them.
    pub unasked: Vec<String>,
    /// Rows with an outlier or more.
    pub rows: usize,
    /// The rows with most of them, most first.
    pub strangest: Vec<OutlyingRow>,
}

/// How many cells of a column are far away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnOutliers {
    /// Its name.
    pub column: String,
    /// The least cell that is none.
    pub low: f64,
    /// The greatest cell that is none.
    pub high: f64,
    /// Cells below.
    pub below: usize,
    /// Cells above.
    pub above: usize,
}

/// A row with outliers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutlyingRow {
    /// Its number among the rows of the dataset, from 1.
    pub number: usize,
    /// Its class, if labels are known.
    pub class: Option<String>,
    /// How many of its cells are outliers.
    pub cells: usize,
    /// The furthest of them, five at most.
    pub furthest: Vec<OutlyingCell>,
}

/// A cell that is far away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutlyingCell {
    /// Its column.
    pub column: String,
    /// What it holds; nothing of what is infinite.
    pub cell: Option<f64>,
    /// How many distances between the quartiles it is beyond them.
    pub distance: Option<f64>,
}

/// Between which numbers cells of a column are usual.
struct Fence {
    place: usize,
    first: f64,
    third: f64,
    low: f64,
    high: f64,
}

impl Default for OutlierCheck {
    fn default() -> Self {
        Self { fences: FENCES, rows: ROWS }
    }
}

impl OutlierCheck {
    /// Beyond three distances; twenty rows are told.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many distances between the quartiles a cell may be beyond them. Default: 3.
    #[must_use]
    pub fn fences(self, fences: f64) -> Self {
        Self { fences, ..self }
    }

    /// How many rows are told. Default: 20.
    #[must_use]
    pub fn rows(self, rows: usize) -> Self {
        Self { rows, ..self }
    }

    /// Looks at all rows.
    ///
    /// # Errors
    /// [`DataError::Setting`] for fences that are not above 0.
    pub fn look(&self, data: &Dataset) -> Result<Outliers, DataError> {
        if !(self.fences > 0.0 && self.fences.is_finite()) {
            return Err(DataError::setting("the fences of outliers", self.fences, "above 0"));
        }
        let (fences, unasked) = self.fences_of(data);
        let mut counts = vec![0_u32; data.rows()];
        let columns = fences.iter().filter_map(|fence| {
            let (mut below, mut above) = (0, 0);
            for (&cell, count) in cells(data.column(fence.place)?).iter().zip(&mut counts) {
                let (is_low, is_high) = (cell < fence.low, cell > fence.high);
                below += usize::from(is_low);
                above += usize::from(is_high);
                *count += u32::from(is_low | is_high);
            }
            let column = data.schema().fields().get(fence.place)?.name.clone();
            Some(ColumnOutliers { column, low: fence.low, high: fence.high, below, above })
        });
        let columns = columns.collect();
        let mut rows: Vec<(u32, usize)> = counts.into_iter().zip(0..).collect();
        rows.retain(|(count, _)| *count > 0);
        let found = rows.len();
        rows.sort_unstable_by_key(|&(count, row)| (Reverse(count), row));
        rows.truncate(self.rows);
        let strangest = rows.into_iter().map(|(count, row)| OutlyingRow {
            number: row + 1,
            class: class(data, row),
            cells: count as usize,
            furthest: furthest(data, &fences, row),
        });
        let strangest = strangest.collect();
        Ok(Outliers { fences: self.fences, columns, unasked, rows: found, strangest })
    }

    /// The fences of columns whose quartiles differ, and the names of the others.
    fn fences_of(&self, data: &Dataset) -> (Vec<Fence>, Vec<String>) {
        let found = each(data.width(), data.matrix().len(), |place| {
            let field = data.schema().fields().get(place)?;
            let column = data.column(place).filter(|_| field.texts().is_none())?;
            let sorted = Sorted::of(&cells(column));
            let (first, third) = (sorted.quantile(0.25), sorted.quantile(0.75));
            let room = (third - first) * self.fences;
            let is_asked = room > 0.0 && room.is_finite();
            let fence = Fence { place, first, third, low: first - room, high: third + room };
            Some(if is_asked { Ok(fence) } else { Err(field.name.clone()) })
        });
        let (mut fences, mut unasked) = (Vec::new(), Vec::new());
        for one in found.into_iter().flatten() {
            match one {
                Ok(fence) => fences.push(fence),
                Err(name) => unasked.push(name),
            }
        }
        (fences, unasked)
    }
}

impl Outliers {
    /// How many cells are outliers.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.columns.iter().map(|column| column.below + column.above).sum()
    }
}

impl Fence {
    /// How far a cell is beyond the quartiles; nothing of one that is usual.
    fn distance(&self, cell: f64) -> Option<f64> {
        let wide = self.third - self.first;
        if cell < self.low {
            Some((self.first - cell) / wide)
        } else {
            (cell > self.high).then(|| (cell - self.third) / wide)
        }
    }
}

fn class(data: &Dataset, row: usize) -> Option<String> {
    let labels = data.labels()?;
    labels.classes().name(*labels.numbers().get(row)?).map(str::to_owned)
}

fn furthest(data: &Dataset, fences: &[Fence], row: usize) -> Vec<OutlyingCell> {
    let found = fences.iter().filter_map(|fence| {
        let cell = *data.matrix().get((row, fence.place))?;
        Some((fence.distance(cell)?, cell, fence.place))
    });
    let mut found: Vec<(f64, f64, usize)> = found.collect();
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    found.truncate(CELLS);
    let told = found.into_iter().filter_map(|(distance, cell, place)| {
        let column = data.schema().fields().get(place)?.name.clone();
        Some(OutlyingCell { column, cell: super::finite(cell), distance: super::finite(distance) })
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::{Labels, Schema};

    /// Columns: 0 to 99 with two strange cells, one that is mostly 0, one without anything.
    fn data() -> Dataset {
        let cells = Array2::from_shape_fn((100, 3), |(row, column)| match (column, row) {
            (0, 10) => 1e6,
            (0, 20) => -1e6,
            (0, _) => row as f64,
            (1, _) => f64::from(u8::from(row == 10)),
            _ => f64::NAN,
        });
        Dataset::new(Schema::numbers(["spread", "mostly", "none"]).unwrap(), cells).unwrap()
    }

    #[test]
    fn cells_beyond_the_fences_are_counted_where_quartiles_differ() {
        let found = OutlierCheck::new().look(&data()).unwrap();
        let [spread] = &found.columns[..] else { panic!("{found:?}") };
        assert_eq!((spread.below, spread.above, found.rows, found.cells()), (1, 1, 2, 2));
        // The quartiles are 25.75 and 75.25: of 0 to 99, 10 has gone up and 20 down.
        assert_eq!((spread.low, spread.high), (25.75 - 148.5, 75.25 + 148.5));
        assert_eq!(found.unasked, ["mostly", "none"]);
    }

    #[test]
    fn the_rows_with_most_are_told_with_the_furthest_cells() {
        let wide = Array2::from_shape_fn((100, 8), |(row, column)| match row {
            7 => 1e6 * (column + 1) as f64,
            9 if column < 2 => f64::INFINITY,
            _ => row as f64,
        });
        let names = (0..8).map(|column| column.to_string());
        let data = Dataset::new(Schema::numbers(names).unwrap(), wide).unwrap();
        let labels = (0..100).map(|row| if row == 7 { "odd" } else { "even" });
        let data = data.with_labels(Labels::of(labels)).unwrap();
        let found = OutlierCheck::new().rows(1).look(&data).unwrap();
        let [row] = &found.strangest[..] else { panic!("{found:?}") };
        assert_eq!((row.number, row.cells, row.furthest.len(), found.rows), (8, 8, CELLS, 2));
        assert_eq!(row.class.as_deref(), Some("odd"));
        assert_eq!((row.furthest[0].column.as_str(), row.furthest[0].cell), ("7", Some(8e6)));
        assert!(row.furthest[0].distance > row.furthest[1].distance);
        let found = OutlierCheck::new().look(&data).unwrap();
        assert_eq!((found.strangest[1].cells, found.strangest[1].furthest[0].cell), (2, None));
    }

    #[test]
    fn nothing_is_beyond_wide_fences_and_wrong_ones_are_refused() {
        assert_eq!(OutlierCheck::new().fences(1e9).look(&data()).unwrap().rows, 0);
        for fences in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let refused = OutlierCheck::new().fences(fences).look(&data());
            assert!(matches!(refused, Err(DataError::Setting { .. })), "{fences}");
        }
        assert_eq!(OutlierCheck::new().look(&data().slice(0..0)).unwrap().unasked.len(), 3);
    }
}
