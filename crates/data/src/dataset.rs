//! Rows of numbers, and what is known of each row beside them.

use std::cmp::Reverse;
use std::ops::Range;

use ndarray::{ArcArray1, ArcArray2, Array2, ArrayView1, ArrayView2, Axis, ShapeBuilder, Slice};

use crate::measure::each_column;
use crate::{Classes, DataError, Field, Schema};

/// No step of a preparation makes more cells: 64 GiB of them.
const MAX_CELLS: usize = 1 << 33;

/// Named columns of numbers, and of each row, where it is known, its label, its group and its time.
///
/// Numbers lie column by column. Clones and [slices](Self::slice) share memory; only [`select`](Self::select) and
/// its like copy.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    schema: Schema,
    matrix: ArcArray2<f64>,
    labels: Option<Labels>,
    groups: Option<Labels>,
    times: Option<ArcArray1<i64>>,
}

/// A class for each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    classes: Classes,
    numbers: ArcArray1<u32>,
}

impl Labels {
    /// The class of each row by its number.
    ///
    /// # Errors
    /// [`DataError::UnknownClass`] for a number that no class has.
    pub fn new(classes: Classes, numbers: impl Into<ArcArray1<u32>>) -> Result<Self, DataError> {
        let numbers = numbers.into();
        let unknown = numbers.iter().position(|&number| classes.name(number).is_none());
        match unknown {
            Some(row) => {
                let number = numbers.get(row).copied().unwrap_or(0);
                Err(DataError::UnknownClass { row, number, classes: classes.len() })
            }
            None => Ok(Self { classes, numbers }),
        }
    }

    /// The class of each row by its name; classes are numbered in the order of the alphabet.
    #[must_use]
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        let (classes, numbers) = Classes::sorted(names);
        Self { classes, numbers: numbers.into() }
    }

    /// The classes there are; not every one needs to have a row.
    #[must_use]
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// The number of each row's class.
    #[must_use]
    pub fn numbers(&self) -> ArrayView1<'_, u32> {
        self.numbers.view()
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// How many rows each class has.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for &number in &self.numbers {
            if let Some(count) = counts.get_mut(number as usize) {
                *count += 1;
            }
        }
        counts
    }

    /// The numbers of the classes that have rows, most rows first: so many at the most.
    #[must_use]
    pub fn largest(&self, most: usize) -> Vec<u32> {
        let mut counted: Vec<(usize, u32)> = self.counts().into_iter().zip(0..).collect();
        counted.retain(|(rows, _)| *rows > 0);
        counted.sort_by_key(|&(rows, number)| (Reverse(rows), number));
        counted.truncate(most);
        counted.into_iter().map(|(_, number)| number).collect()
    }

    fn slice(&self, rows: Slice) -> Self {
        Self { classes: self.classes.clone(), numbers: sliced(&self.numbers, rows) }
    }

    fn select(&self, rows: &[usize]) -> Self {
        let numbers = self.numbers.select(Axis(0), rows).into_shared();
        Self { classes: self.classes.clone(), numbers }
    }
}

impl Dataset {
    /// Rows of these columns.
    ///
    /// # Errors
    /// [`DataError::Shape`] if the matrix has another number of columns than the schema.
    pub fn new(schema: Schema, matrix: impl Into<ArcArray2<f64>>) -> Result<Self, DataError> {
        let matrix = matrix.into();
        if matrix.ncols() != schema.len() {
            let (expected, found) = (schema.len(), matrix.ncols());
            return Err(DataError::Shape { what: "columns of the matrix", expected, found });
        }
        Ok(Self { schema, matrix, labels: None, groups: None, times: None })
    }

    /// The same with a label for each row. Default: none.
    ///
    /// # Errors
    /// [`DataError::Shape`] if there are more labels than rows, or fewer.
    pub fn with_labels(self, labels: Labels) -> Result<Self, DataError> {
        self.fits("labels", labels.len())?;
        Ok(Self { labels: Some(labels), ..self })
    }

    /// The same with a group for each row (a host, a capture, a day), which a split may not part. Default: none.
    ///
    /// # Errors
    /// As [`with_labels`](Self::with_labels).
    pub fn with_groups(self, groups: Labels) -> Result<Self, DataError> {
        self.fits("groups", groups.len())?;
        Ok(Self { groups: Some(groups), ..self })
    }

    /// The same with a time for each row, in nanoseconds since the epoch or on any other scale. Default: none.
    ///
    /// # Errors
    /// As [`with_labels`](Self::with_labels).
    pub fn with_times(self, times: impl Into<ArcArray1<i64>>) -> Result<Self, DataError> {
        let times = times.into();
        self.fits("times", times.len())?;
        Ok(Self { times: Some(times), ..self })
    }

    /// The columns alone, without what is known of the rows beside them. Numbers are shared.
    #[must_use]
    pub fn bare(&self) -> Self {
        let Self { schema, matrix, .. } = self.clone();
        Self { schema, matrix, labels: None, groups: None, times: None }
    }

    /// The columns.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.matrix.nrows()
    }

    /// How many columns there are.
    #[must_use]
    pub fn width(&self) -> usize {
        self.matrix.ncols()
    }

    /// The numbers, a row each.
    #[must_use]
    pub fn matrix(&self) -> ArrayView2<'_, f64> {
        self.matrix.view()
    }

    /// The numbers of a column; `None` behind the last one.
    #[must_use]
    pub fn column(&self, place: usize) -> Option<ArrayView1<'_, f64>> {
        (place < self.width()).then(|| self.matrix.column(place))
    }

    /// The columns with their numbers.
    #[must_use]
    pub fn columns(&self) -> impl ExactSizeIterator<Item = (&Field, ArrayView1<'_, f64>)> {
        self.schema.fields().iter().zip(self.matrix.columns())
    }

    /// The labels, if there are any.
    #[must_use]
    pub fn labels(&self) -> Option<&Labels> {
        self.labels.as_ref()
    }

    /// The groups, if there are any.
    #[must_use]
    pub fn groups(&self) -> Option<&Labels> {
        self.groups.as_ref()
    }

    /// The times, if there are any.
    #[must_use]
    pub fn times(&self) -> Option<ArrayView1<'_, i64>> {
        self.times.as_ref().map(|times| times.view())
    }

    /// Rows that lie one behind the other: nothing is copied. What reaches behind the last row is left out.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Self {
        let end = rows.end.min(self.rows());
        let rows = Slice::from(rows.start.min(end)..end);
        Self {
            schema: self.schema.clone(),
            matrix: self.matrix.clone().slice_axis_move(Axis(0), rows),
            labels: self.labels.as_ref().map(|labels| labels.slice(rows)),
            groups: self.groups.as_ref().map(|groups| groups.slice(rows)),
            times: self.times.as_ref().map(|times| sliced(times, rows)),
        }
    }

    /// The rows at these places, in this order; one may be taken several times.
    ///
    /// # Errors
    /// [`DataError::RowOutside`] for a place behind the last row.
    pub fn select(&self, rows: &[usize]) -> Result<Self, DataError> {
        if let Some(&row) = rows.iter().find(|&&row| row >= self.rows()) {
            return Err(DataError::RowOutside { row, rows: self.rows() });
        }
        Ok(Self {
            schema: self.schema.clone(),
            matrix: self
                .gathered(rows.len(), self.width(), |row, column| Some((*rows.get(row)?, column))),
            labels: self.labels.as_ref().map(|labels| labels.select(rows)),
            groups: self.groups.as_ref().map(|groups| groups.select(rows)),
            times: self.times.as_ref().map(|times| times.select(Axis(0), rows).into_shared()),
        })
    }

    /// The columns of these names, in this order, with all that is known of the rows.
    ///
    /// # Errors
    /// [`DataError::UnknownColumn`].
    pub fn pick<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<Self, DataError> {
        let places = names.into_iter().map(|name| self.schema.place(name));
        self.at(&places.collect::<Result<Vec<_>, _>>()?)
    }

    /// All columns but those of these names, with all that is known of the rows.
    ///
    /// # Errors
    /// [`DataError::UnknownColumn`].
    pub fn without<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<Self, DataError> {
        let places = names.into_iter().map(|name| self.schema.place(name));
        let dropped = places.collect::<Result<Vec<_>, _>>()?;
        let kept: Vec<usize> = (0..self.width()).filter(|place| !dropped.contains(place)).collect();
        self.at(&kept)
    }

    /// The same rows with other columns.
    ///
    /// # Errors
    /// [`DataError::Shape`] if there are other numbers of rows or columns.
    pub fn with_matrix(
        &self,
        schema: Schema,
        matrix: impl Into<ArcArray2<f64>>,
    ) -> Result<Self, DataError> {
        let Self { labels, groups, times, .. } = self.clone();
        let other = Self { labels, groups, times, ..Self::new(schema, matrix)? };
        other.fits("rows", self.rows())?;
        Ok(other)
    }

    /// The same with other numbers in the same places: what `change` makes of each column. Copied first only where
    /// the numbers are shared or do not lie column by column.
    pub(crate) fn changed(
        self,
        change: impl Fn(usize, &mut [f64]) + Sync,
    ) -> Result<Self, DataError> {
        let rows = self.rows();
        let mut matrix = match self.matrix.try_into_owned_nocopy() {
            Ok(owned) if owned.t().is_standard_layout() => owned,
            Ok(owned) => column_by_column(owned.view())?,
            Err(shared) => column_by_column(shared.view())?,
        };
        if let Some(cells) = matrix.as_slice_memory_order_mut() {
            each_column(cells, rows, change);
        }
        Ok(Self { matrix: matrix.into_shared(), ..self })
    }

    /// The same numbers in columns of other names or kinds.
    pub(crate) fn with_schema(self, schema: Schema) -> Result<Self, DataError> {
        let (expected, found) = (self.width(), schema.len());
        if found != expected {
            return Err(DataError::Shape { what: "columns", expected, found });
        }
        Ok(Self { schema, ..self })
    }

    /// The same rows with other columns: `fill` gets the place of each and its cells, which are zero.
    pub(crate) fn rebuilt(
        &self,
        schema: Schema,
        fill: impl Fn(usize, &mut [f64]) + Sync,
    ) -> Result<Self, DataError> {
        let (rows, columns) = (self.rows(), schema.len());
        let cells = rows.checked_mul(columns).filter(|&cells| cells <= MAX_CELLS);
        let Some(cells) = cells else {
            return Err(DataError::TooMany {
                what: "cells",
                found: rows.saturating_mul(columns),
                most: MAX_CELLS,
            });
        };
        let mut matrix = vec![0.0; cells];
        each_column(&mut matrix, rows, fill);
        self.with_matrix(schema, shaped(matrix, (rows, columns))?)
    }

    /// The columns at these places.
    pub(crate) fn at(&self, places: &[usize]) -> Result<Self, DataError> {
        let schema = Schema::new(self.schema.at(places).fields().iter().cloned())?;
        let matrix = self
            .gathered(self.rows(), places.len(), |row, column| Some((row, *places.get(column)?)));
        self.with_matrix(schema, matrix)
    }

    /// A matrix of numbers that stand elsewhere in this one.
    fn gathered(
        &self,
        rows: usize,
        columns: usize,
        from: impl Fn(usize, usize) -> Option<(usize, usize)>,
    ) -> ArcArray2<f64> {
        let number = |(row, column)| self.matrix.get(from(row, column)?).copied();
        let shape = (rows, columns).f();
        Array2::from_shape_fn(shape, |place| number(place).unwrap_or(f64::NAN)).into_shared()
    }

    fn fits(&self, what: &'static str, found: usize) -> Result<(), DataError> {
        let expected = self.rows();
        if found == expected { Ok(()) } else { Err(DataError::Shape { what, expected, found }) }
    }
}

/// A copy whose columns lie one behind the other.
fn column_by_column(matrix: ArrayView2<'_, f64>) -> Result<Array2<f64>, DataError> {
    let mut cells = Vec::with_capacity(matrix.len());
    matrix.columns().into_iter().for_each(|column| cells.extend(column));
    shaped(cells, matrix.dim())
}

/// Cells that lie column by column, as a matrix of so many rows and columns.
pub(crate) fn shaped(
    cells: Vec<f64>,
    (rows, columns): (usize, usize),
) -> Result<Array2<f64>, DataError> {
    let (expected, found) = (rows.saturating_mul(columns), cells.len());
    Array2::from_shape_vec((rows, columns).f(), cells).map_err(|_| DataError::Shape {
        what: "cells",
        expected,
        found,
    })
}

fn sliced<T>(all: &ArcArray1<T>, rows: Slice) -> ArcArray1<T> {
    all.clone().slice_axis_move(Axis(0), rows)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn dataset() -> Dataset {
        let schema = Schema::numbers(["a", "b", "c"]).unwrap();
        let matrix = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0], [0.0, 1.0, 2.0]];
        let dataset = Dataset::new(schema, matrix).unwrap();
        let dataset = dataset.with_labels(Labels::of(["x", "y", "x", "z"])).unwrap();
        let dataset = dataset.with_groups(Labels::of(["h2", "h1", "h1", "h2"])).unwrap();
        dataset.with_times(vec![40, 10, 20, 30]).unwrap()
    }

    #[test]
    fn a_slice_is_those_rows_and_shares_their_memory() {
        let all = dataset();
        let part = all.slice(1..3);
        assert_eq!(part.matrix(), array![[4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]);
        assert_eq!(part.labels().unwrap().numbers(), array![1, 0]);
        assert_eq!(part.groups().unwrap().numbers(), array![0, 0]);
        assert_eq!(part.times().unwrap(), array![10, 20]);
        assert!(std::ptr::eq(&part.matrix()[[0, 0]], &all.matrix()[[1, 0]]));
        assert_eq!((all.slice(3..9).rows(), all.slice(7..9).rows()), (1, 0));
        let bare = all.bare();
        assert!(bare.labels().is_none() && bare.groups().is_none() && bare.times().is_none());
        assert!(std::ptr::eq(&bare.matrix()[[0, 0]], &all.matrix()[[0, 0]]));
    }

    #[test]
    fn rows_are_selected_with_all_that_is_known_of_them() {
        let chosen = dataset().select(&[3, 0, 3]).unwrap();
        assert_eq!(chosen.matrix().column(0), array![0.0, 1.0, 0.0]);
        assert_eq!(chosen.labels().unwrap().numbers(), array![2, 0, 2]);
        assert_eq!(chosen.times().unwrap(), array![30, 40, 30]);
        let error = dataset().select(&[0, 4]).unwrap_err();
        assert!(matches!(error, DataError::RowOutside { row: 4, rows: 4 }));
    }

    #[test]
    fn columns_are_picked_and_left_out_by_name() {
        let picked = dataset().pick(["c", "a"]).unwrap();
        assert_eq!(picked.schema().names().collect::<Vec<_>>(), ["c", "a"]);
        assert_eq!(picked.column(0).unwrap(), array![3.0, 6.0, 9.0, 2.0]);
        assert!(picked.labels().is_some() && picked.column(2).is_none());
        let rest = dataset().without(["b"]).unwrap();
        assert_eq!(rest.schema().names().collect::<Vec<_>>(), ["a", "c"]);
        assert!(dataset().without(["d"]).is_err() && dataset().pick(["a", "a"]).is_err());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let short = Labels::of(["x"]);
        let error = dataset().with_labels(short).unwrap_err();
        assert!(matches!(error, DataError::Shape { what: "labels", expected: 4, found: 1 }));
        let schema = Schema::numbers(["a"]).unwrap();
        assert!(Dataset::new(schema, Array2::zeros((1, 2))).is_err());
        let classes = Classes::new(["x"]).unwrap();
        let error = Labels::new(classes, vec![0, 1]).unwrap_err();
        assert!(matches!(error, DataError::UnknownClass { row: 1, number: 1, classes: 1 }));
    }

    #[test]
    fn labels_are_counted_class_by_class() {
        assert_eq!(dataset().labels().unwrap().counts(), [2, 1, 1]);
        assert_eq!(dataset().slice(1..3).labels().unwrap().counts(), [1, 1, 0]);
    }
}
