//! Many rows as one: what a capture, a host or an hour was like, from its flows.

use ndarray::{Array2, ArrayView1};

use crate::{DataError, Dataset, Schema};

/// What is told of the known cells of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pool {
    /// How many there are.
    Count,
    /// Their sum; 0 without any.
    Sum,
    /// Their mean; missing without any, as all that follow.
    Mean,
    /// The least of them.
    Least,
    /// The greatest of them.
    Most,
}

impl Pool {
    const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Least => "least",
            Self::Most => "most",
        }
    }

    fn of(self, cells: ArrayView1<'_, f64>) -> f64 {
        let known = cells.iter().copied().filter(|cell| cell.is_finite());
        let count = known.clone().count() as f64;
        match self {
            Self::Count => count,
            Self::Sum => known.sum(),
            Self::Mean => known.sum::<f64>() / count,
            Self::Least => known.fold(f64::NAN, f64::min),
            Self::Most => known.fold(f64::NAN, f64::max),
        }
    }
}

/// A row of each of these datasets, which have the columns of the first: each column of numbers as each of `pools` tells it.
/// Columns of texts have no sum and are left out. Cells that are not finite are not known.
///
/// ```
/// use ndarray::array;
/// use netsift_data::pool::{Pool, pooled};
/// use netsift_data::{Dataset, Schema};
///
/// # fn main() -> Result<(), netsift_data::DataError> {
/// let of = |flows| Dataset::new(Schema::numbers(["packets"])?, flows);
/// let captures = [of(array![[3.0], [5.0]])?, of(array![[1.0]])?];
/// let rows = pooled(&captures, &[Pool::Sum, Pool::Most])?;
/// assert_eq!(rows.schema().names().collect::<Vec<_>>(), ["sum of packets", "most of packets"]);
/// assert_eq!(rows.matrix(), array![[8.0, 5.0], [1.0, 1.0]]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`DataError::UnknownColumn`] if one lacks a column of the first, and what [`Schema::numbers`] says of names that come
/// out twice.
pub fn pooled(parts: &[Dataset], pools: &[Pool]) -> Result<Dataset, DataError> {
    let fields = parts.first().map_or(&[][..], |first| first.schema().fields());
    let numbers = fields.iter().filter(|field| field.texts().is_none());
    let numbers: Vec<&str> = numbers.map(|field| &*field.name).collect();
    let names = pools
        .iter()
        .flat_map(|pool| numbers.iter().map(move |name| format!("{} of {name}", pool.name())));
    let schema = Schema::numbers(names)?;
    let (rows, width) = (parts.len(), pools.len() * numbers.len());
    let mut cells = Vec::with_capacity(rows * width);
    for part in parts {
        let part = part.pick(numbers.iter().copied())?;
        let told =
            |pool: &Pool| part.matrix().columns().into_iter().map(|cells| pool.of(cells)).collect();
        cells.extend(pools.iter().flat_map(|pool| -> Vec<f64> { told(pool) }));
    }
    let wrong = |_| DataError::Shape { what: "cells", expected: rows * width, found: 0 };
    Dataset::new(schema, Array2::from_shape_vec((rows, width), cells).map_err(wrong)?)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::{Classes, Field};

    fn part(matrix: Array2<f64>) -> Dataset {
        let texts = Field::text("name", Classes::new(["a", "b"]).unwrap());
        let schema = Schema::new(vec![Field::number("x"), texts, Field::number("y")]).unwrap();
        Dataset::new(schema, matrix).unwrap()
    }

    #[test]
    fn what_is_not_known_is_not_told_and_texts_have_no_sum() {
        let parts = [
            part(array![[1.0, 0.0, f64::NAN], [f64::INFINITY, 1.0, 4.0], [2.0, 0.0, -6.0]]),
            part(Array2::zeros((0, 3))),
        ];
        let pools = [Pool::Count, Pool::Sum, Pool::Mean, Pool::Least, Pool::Most];
        let rows = pooled(&parts, &pools).unwrap();
        assert_eq!(rows.row_of(0), [2.0, 2.0, 3.0, -2.0, 1.5, -1.0, 1.0, -6.0, 2.0, 4.0]);
        let nothing = rows.row_of(1);
        assert_eq!(nothing[..4], [0.0; 4]);
        assert!(nothing[4..].iter().all(|cell| cell.is_nan()));
    }

    #[test]
    fn columns_are_those_of_the_first_in_any_order() {
        let other = part(array![[1.0, 0.0, 2.0]]).pick(["y", "x"]).unwrap();
        let rows = pooled(&[part(array![[5.0, 1.0, 7.0]]), other], &[Pool::Sum]).unwrap();
        assert_eq!(rows.matrix(), array![[5.0, 7.0], [1.0, 2.0]]);
        let lacking = part(array![[1.0, 0.0, 2.0]]).pick(["y"]).unwrap();
        let told = pooled(&[part(array![[5.0, 1.0, 7.0]]), lacking], &[Pool::Sum]);
        assert!(matches!(told, Err(DataError::UnknownColumn { .. })), "{told:?}");
        assert_eq!(pooled(&[], &[Pool::Sum]).unwrap().rows(), 0);
    }

    impl Dataset {
        fn row_of(&self, row: usize) -> Vec<f64> {
            self.matrix().row(row).to_vec()
        }
    }
}
