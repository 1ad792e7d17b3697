//! Which rows are equal, cell by cell.

use std::cmp::Ordering;

use super::cells;
use crate::Dataset;

/// Of each row the first that is equal to it: mostly itself. Labels, groups and times do not count. However rows were
/// chosen, it costs no more than sorting them does.
pub(crate) fn first_equals(data: &Dataset) -> Vec<usize> {
    let columns = keys(data, data);
    let compare = |one: usize, other: usize| {
        let mut orders = columns.iter().map(|column| column.get(one).cmp(&column.get(other)));
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    };
    let mut sums = sums_of_rows(&columns);
    // Rows without a cell are all the same.
    sums.resize(data.rows(), 0);
    let mut order: Vec<(u64, usize)> = sums.into_iter().zip(0..).collect();
    order.sort_unstable_by(|one, other| {
        one.0.cmp(&other.0).then_with(|| compare(one.1, other.1)).then(one.1.cmp(&other.1))
    });
    let is_same = |one: &(u64, usize), other: &(u64, usize)| {
        one.0 == other.0 && compare(one.1, other.1).is_eq()
    };
    let mut firsts = vec![0; data.rows()];
    for same in order.chunk_by(is_same) {
        let Some(&(_, first)) = same.first() else { continue };
        for &(_, row) in same {
            if let Some(to) = firsts.get_mut(row) {
                *to = first;
            }
        }
    }
    firsts
}

/// A number for each row, which rows that are not equal rarely have in common.
pub(crate) fn sums_of_rows(columns: &[Vec<u64>]) -> Vec<u64> {
    let mut sums = vec![0_u64; columns.first().map_or(0, Vec::len)];
    for column in columns {
        for (sum, &key) in sums.iter_mut().zip(column) {
            // A multiplication by an odd number and a shift mix every bit of a cell into the sum.
            let mixed = (sum.rotate_left(5) ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            *sum = mixed ^ (mixed >> 32);
        }
    }
    sums
}

/// Both zeros are one, and so is all that is missing; texts are numbered as in `like`, so that those are equal which
/// read alike.
pub(crate) fn keys(data: &Dataset, like: &Dataset) -> Vec<Vec<u64>> {
    let bits = |cell: f64| if cell.is_nan() { f64::NAN.to_bits() } else { (cell + 0.0).to_bits() };
    data.columns()
        .zip(like.schema().fields())
        .map(|((field, column), like)| {
            let column = cells(column);
            let (Some(texts), Some(numbers)) = (field.texts(), like.texts()) else {
                return column.iter().map(|&cell| bits(cell)).collect();
            };
            // What `like` has no text for gets a number that it does not have either.
            let strange = |number: usize| (numbers.len() + number) as f64;
            let number = |(own, text): (usize, &str)| {
                numbers.number(text).map_or_else(|| strange(own), f64::from)
            };
            let numbers: Vec<f64> =
                texts.names().enumerate().map(|(own, text)| number((own, text))).collect();
            let of_cell = |cell: f64| {
                if cell.is_nan() {
                    cell
                } else {
                    numbers.get(cell as usize).copied().unwrap_or(cell)
                }
            };
            column.iter().map(|&cell| bits(of_cell(cell))).collect()
        })
        .collect()
}
