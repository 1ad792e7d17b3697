//! Rows put aside in turns, so that scores are known of rows that were not learned from.

use ndarray::ArrayView1;

use crate::linear::Present;

/// In how many parts: with five, four fifths of the rows are learned from each time, and that five times.
pub(crate) const FOLDS: usize = 5;

/// The part of each row. Rows of a class are shared out evenly; equal ones go together, wherever they stand and however
/// often: nothing is learned from a row's twin, and a row of weight 2 is put aside as it would be twice.
pub(crate) fn dealt(present: &Present, seed: u64) -> Vec<usize> {
    let marks: Vec<u64> = present.rows.outer_iter().map(|row| mark(row, seed)).collect();
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

fn mark(row: ArrayView1<'_, f64>, seed: u64) -> u64 {
    let mixed = row.iter().fold(seed, |sum, cell| {
        // Adding 0 makes one zero of both.
        (sum.rotate_left(23) ^ (cell + 0.0).to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
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
