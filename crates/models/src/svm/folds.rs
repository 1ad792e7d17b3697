//! Rows put aside in turns, so that scores are known of rows that were not learned from.

use ndarray::ArrayView1;

use crate::linear::Present;

/// In how many parts: with five, four fifths of the rows are learned from each time, and that five times.
pub(crate) const FOLDS: usize = 5;

/// The part of each row. Rows of a class are shared out evenly; equal ones go together, wherever they stand and however
/// often: nothing is learned from a row's twin, and a row of weight 2 is put aside as it would be twice. The order of
/// columns does not matter either.
pub(crate) fn dealt(present: &Present, seed: u64) -> Vec<usize> {
    let marks = marks(present, seed);
    let mut parts = vec![0; marks.len()];
    for class in 0..present.known.len() {
        let mut rows: Vec<usize> =
            (0..marks.len()).filter(|&row| present.places[row] == class).collect();
        rows.sort_unstable_by_key(|&row| marks[row]);
        for (part, equals) in rows.chunk_by(|&one, &other| marks[one] == marks[other]).enumerate() {
            // Classes begin with parts of their own, so that small ones do not all meet in the first.
            equals.iter().for_each(|&row| parts[row] = (part + class) % FOLDS);
        }
    }
    parts
}

/// A number for each row, made of its cells.
fn marks(present: &Present, seed: u64) -> Vec<u64> {
    let mut ends = vec![(f64::INFINITY, f64::NEG_INFINITY); present.rows.ncols()];
    for row in present.rows.outer_iter() {
        let cells = ends.iter_mut().zip(row);
        cells.for_each(|(ends, &cell)| *ends = (ends.0.min(cell), ends.1.max(cell)));
    }
    // A column is known by its ends, whatever it stands beside and whatever rows weigh.
    let key = |&(least, most): &(f64, f64)| mixed(mixed(seed, least), most);
    let keys: Vec<u64> = ends.iter().map(key).collect();
    let mark = |row: ArrayView1<'_, f64>| {
        let cells = row.into_iter().zip(&keys);
        let sum = cells.fold(0_u64, |sum, (&cell, &key)| sum.wrapping_add(mixed(key, cell)));
        mixed(sum, 0.0)
    };
    present.rows.outer_iter().map(mark).collect()
}

/// The finish of SplitMix64 over both: all bits of the answer depend on all of these.
fn mixed(key: u64, cell: f64) -> u64 {
    // Adding 0 makes one zero of both.
    let bits = (key ^ (cell + 0.0).to_bits()).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use netsift_data::Labels;

    use super::*;
    use crate::Training;

    #[test]
    fn classes_are_shared_out_and_equal_rows_go_together() {
        let rows = Array2::from_shape_fn((120, 1), |(row, _)| (row / 2) as f64);
        let labels = Labels::of((0..120).map(|row| if row < 100 { "a" } else { "b" }));
        let training = Training::new(rows.view(), &labels).unwrap();
        let parts = dealt(&Present::of(&training, "x").unwrap(), 1);
        for part in 0..FOLDS {
            let count = |rows: &[usize]| rows.iter().filter(|&&of| of == part).count();
            assert_eq!((count(&parts[..100]), count(&parts[100..])), (20, 4));
        }
        assert!(parts.chunks_exact(2).all(|twins| twins[0] == twins[1]));
        assert_ne!(parts, dealt(&Present::of(&training, "x").unwrap(), 2));
    }
}
