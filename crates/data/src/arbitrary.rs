//! Rows made of any bytes, for fuzz harnesses of others.
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use netsift_data::Dataset;
//!
//! let bytes: Vec<u8> = (0..200).collect();
//! let data = Dataset::arbitrary_take_rest(Unstructured::new(&bytes))?;
//! assert_eq!(data.matrix().dim(), (data.rows(), data.width()));
//! # Ok::<(), arbitrary::Error>(())
//! ```

use arbitrary::{Arbitrary, Error, Result, Unstructured};
use ndarray::Array2;

use crate::{Classes, Dataset, Field, Labels, Schema};

/// More columns, rows or texts than these find nothing that fewer do not.
const COLUMNS: usize = 8;
const ROWS: usize = 64;
const TEXTS: usize = 4;
/// Numbers that break what is built upon sums, logarithms and order.
const ODD: [f64; 8] =
    [0.0, -0.0, 1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE];

/// Columns of numbers, the odd ones among them, and of texts; with labels, groups and times, or without.
impl<'a> Arbitrary<'a> for Dataset {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let width = u.int_in_range(0..=COLUMNS)?;
        let rows = u.int_in_range(0..=ROWS)?;
        let fields: Vec<Field> = (0..width).map(|place| field(u, place)).collect::<Result<_>>()?;
        let mut matrix = Array2::zeros((rows, width));
        for ((_, column), cell) in matrix.indexed_iter_mut() {
            *cell = match fields.get(column).and_then(Field::texts) {
                Some(texts) => number_of(u, texts)?.into(),
                None => number(u)?,
            };
        }
        let schema = Schema::new(fields).map_err(|_| Error::IncorrectFormat)?;
        let mut data = Self::new(schema, matrix).map_err(|_| Error::IncorrectFormat)?;
        if u.arbitrary()? {
            data = data.with_labels(labels(u, rows)?).map_err(|_| Error::IncorrectFormat)?;
        }
        if u.arbitrary()? {
            data = data.with_groups(labels(u, rows)?).map_err(|_| Error::IncorrectFormat)?;
        }
        if u.arbitrary()? {
            let times = (0..rows).map(|_| i64::arbitrary(u)).collect::<Result<Vec<_>>>()?;
            data = data.with_times(times).map_err(|_| Error::IncorrectFormat)?;
        }
        Ok(data)
    }
}

fn field(u: &mut Unstructured<'_>, place: usize) -> Result<Field> {
    let name = format!("column {place}");
    Ok(if u.ratio(1, 4)? { Field::text(name, classes(u)?) } else { Field::number(name) })
}

fn classes(u: &mut Unstructured<'_>) -> Result<Classes> {
    let many = u.int_in_range(1..=TEXTS)?;
    Classes::new((0..many).map(|it| format!("text {it}"))).map_err(|_| Error::IncorrectFormat)
}

fn labels(u: &mut Unstructured<'_>, rows: usize) -> Result<Labels> {
    let classes = classes(u)?;
    let numbers = (0..rows).map(|_| number_of(u, &classes)).collect::<Result<Vec<_>>>()?;
    Labels::new(classes, numbers).map_err(|_| Error::IncorrectFormat)
}

fn number_of(u: &mut Unstructured<'_>, classes: &Classes) -> Result<u32> {
    u.int_in_range(0..=(classes.len() as u32).saturating_sub(1))
}

fn number(u: &mut Unstructured<'_>) -> Result<f64> {
    match u.int_in_range(0..=7)? {
        0 => u.choose(&ODD).copied(),
        1 => f64::arbitrary(u),
        _ => Ok(i16::arbitrary(u)?.into()),
    }
}

#[cfg(test)]
mod tests {
    // Properties have a trait of this name, too.
    use arbitrary::Arbitrary;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_are_whole_whatever_the_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..1_000)) {
            let data = Dataset::arbitrary(&mut Unstructured::new(&bytes)).unwrap();
            let rows = data.rows();
            prop_assert!(data.labels().is_none_or(|labels| labels.len() == rows));
            prop_assert!(data.groups().is_none_or(|groups| groups.len() == rows));
            prop_assert!(data.times().is_none_or(|times| times.len() == rows));
            for (field, column) in data.columns() {
                let known = |cell: &f64| field.texts().is_none_or(|it| *cell < it.len() as f64);
                prop_assert!(column.iter().all(known));
            }
        }
    }
}
