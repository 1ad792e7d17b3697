//! Rows that were learned, found again by how near they are.

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use netsift_data::nearest::{MAX_FOUND, Metric, Nearest, Neighbour};
use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::linear::bounded;
use crate::settings::{Said, name_of, named};
use crate::{ModelError, Sample};

/// Neighbours that are held at once: 2 MiB of them.
const MOST_HELD: usize = 1 << 17;
/// Scores of fewer rows are not among others.
const LEAST_ROWS: usize = 2;

const METRICS: [(&str, Metric); 2] =
    [("euclidean", Metric::Euclidean), ("manhattan", Metric::Manhattan)];

impl Said for Metric {
    const RULE: &'static str = "euclidean or manhattan";

    fn said(text: &str) -> Option<Self> {
        named(&METRICS, text)
    }

    fn text(&self) -> String {
        name_of(&METRICS, self)
    }
}

/// The rows. What is saved is their cells; how they are found is made of them again.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub(super) struct Points {
    saved: Saved,
    nearest: Arc<Nearest>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Saved {
    metric: Metric,
    rows: usize,
    width: usize,
    /// Row by row.
    cells: Vec<f64>,
}

impl Points {
    pub(super) fn of(
        sample: &Sample<'_>,
        metric: Metric,
        detector: &'static str,
    ) -> Result<Self, ModelError> {
        sample.at_least(LEAST_ROWS)?;
        let rows = sample.bounded(detector)?;
        if rows.ncols() == 0 {
            return Err(ModelError::Shape { what: "columns", expected: 1, found: 0 });
        }
        let (rows, width, cells) = (rows.nrows(), rows.ncols(), rows.into_iter().collect());
        Self::try_from(Saved { metric, rows, width, cells })
    }

    pub(super) fn len(&self) -> usize {
        self.saved.rows
    }

    pub(super) fn width(&self) -> usize {
        self.saved.width
    }

    /// What each column has of the distance from a row to one of the points.
    pub(super) fn shares<'a>(
        &'a self,
        row: ArrayView1<'a, f64>,
        neighbour: Neighbour,
    ) -> impl Iterator<Item = f64> + 'a {
        let start = neighbour.row.saturating_mul(self.saved.width);
        let cells = self.saved.cells.iter().skip(start);
        row.into_iter().zip(cells).map(move |(own, other)| {
            let apart = (own - other).abs();
            match self.saved.metric {
                Metric::Euclidean if neighbour.distance > 0.0 => apart / neighbour.distance * apart,
                Metric::Euclidean => 0.0,
                _ => apart,
            }
        })
    }

    /// How many others a row has, of so many that are asked for.
    pub(super) fn others(&self, count: usize) -> usize {
        count.min(self.len().saturating_sub(1)).max(1)
    }

    /// The nearest others of each of these points, one behind the other, so many for each.
    pub(super) fn of_own(
        &self,
        count: usize,
        sample: &Sample<'_>,
        detector: &'static str,
    ) -> Result<Vec<Neighbour>, ModelError> {
        let found = self.len().saturating_mul(count);
        if found > MAX_FOUND {
            let what = "neighbours of rows";
            return Err(ModelError::TooMany { learner: detector, what, most: MAX_FOUND, found });
        }
        let workers = NonZero::new(sample.thread_count()).unwrap_or(NonZero::<usize>::MIN);
        let rows: Vec<usize> = (0..self.len()).collect();
        let mut all = Vec::with_capacity(found);
        for rows in rows.chunks((MOST_HELD / count).max(1)) {
            sample.progress(rows.first().copied().unwrap_or(0), self.len())?;
            all.extend(self.nearest.neighbours_of_rows(rows, count, workers)?.all());
        }
        sample.progress(self.len(), self.len())?;
        Ok(all)
    }

    /// What is made of the nearest points of each of these rows.
    pub(super) fn of_asked(
        &self,
        rows: ArrayView2<'_, f64>,
        count: usize,
        detector: &'static str,
        mut show: impl FnMut(&[Neighbour]),
    ) -> Result<(), ModelError> {
        let rows = bounded(rows, self.width(), detector)?;
        for rows in rows.axis_chunks_iter(Axis(0), (MOST_HELD / count).max(1)) {
            let rows = rows.as_standard_layout();
            let found =
                self.nearest.neighbours_of_all(rows.view(), count, NonZero::<usize>::MIN)?;
            found.iter().for_each(&mut show);
        }
        Ok(())
    }
}

impl TryFrom<Saved> for Points {
    type Error = ModelError;

    fn try_from(saved: Saved) -> Result<Self, ModelError> {
        sound(saved.rows >= LEAST_ROWS, "rows that can have neighbours")?;
        sound(saved.cells.iter().all(|cell| cell.abs() <= 1e150), "cells of rows are finite")?;
        // Without columns, cells do not tell how many rows there are, and a file could say any number.
        sound(saved.width > 0, "columns by which rows can be near")?;
        let shape = (saved.rows, saved.width);
        let are_all = shape.0.checked_mul(shape.1) == Some(saved.cells.len());
        sound(are_all, "cells for each row")?;
        let rows = Array2::from_shape_vec(shape, saved.cells.clone());
        let rows = rows.map_err(|_| ModelError::Unsound { what: "cells for each row" })?;
        let nearest = Arc::new(Nearest::of(rows.view(), saved.metric)?);
        Ok(Self { saved, nearest })
    }
}

impl From<Points> for Saved {
    fn from(points: Points) -> Self {
        points.saved
    }
}

impl PartialEq for Points {
    fn eq(&self, other: &Self) -> bool {
        self.saved == other.saved
    }
}

impl fmt::Debug for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.saved.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn points_are_not_their_own_neighbours() {
        let rows = array![[0.0], [1.0], [3.0]];
        let sample = Sample::new(rows.view()).unwrap();
        let points = Points::of(&sample, Metric::Euclidean, "x").unwrap();
        assert_eq!([1, 2, 9].map(|count| points.others(count)), [1, 2, 2]);
        let own = points.of_own(1, &sample, "x").unwrap();
        assert_eq!(own.iter().map(|found| found.row).collect::<Vec<_>>(), [1, 0, 1]);
        let mut asked = Vec::new();
        points.of_asked(rows.view(), 1, "x", |found| asked.push(found[0].row)).unwrap();
        assert_eq!(asked, [0, 1, 2]);
    }

    #[test]
    fn forged_points_are_unsound() {
        let saved = Saved { metric: Metric::Manhattan, rows: 2, width: 2, cells: vec![1.0; 4] };
        let is_refused = |saved: Saved| Points::try_from(saved).is_err();
        assert!(!is_refused(saved.clone()));
        assert!(is_refused(Saved { rows: 1, width: 4, ..saved.clone() }));
        assert!(is_refused(Saved { rows: usize::MAX, width: 4, ..saved.clone() }));
        assert!(is_refused(Saved { rows: 3, ..saved.clone() }));
        assert!(is_refused(Saved { rows: 1 << 40, width: 0, cells: Vec::new(), ..saved.clone() }));
        assert!(is_refused(Saved { cells: vec![f64::NAN; 4], ..saved.clone() }));
        assert!(is_refused(Saved { cells: vec![1e200; 4], ..saved }));
    }
}
