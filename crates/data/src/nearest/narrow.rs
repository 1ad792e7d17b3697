//! Points and queries in half the bits, moved to the middle of the points: what products of them say for certain.
//!
//! Narrowing takes `r` from a query and `s` from a point, both measured, and leaves `a` and `b`. If the two are within
//! `d` of each other, `|a - b| <= d + r + s`, whose square is no more than `(1 + e) d² + 2 (1 + 1/e) (r² + s²)` for any
//! `e`. So `a·b - half(b) >= half(a) - (1 + e) d² / 2` where `half(x)` is half of what is left of `x²` beside `r` or `s`.

use ndarray::{Array2, ArrayView2};

/// `1 + e`, for an `e` of 2^-20 and as much again for how `d` itself is rounded.
const WIDER: f64 = 1.0 + 2.0 / (1 << 20) as f64;
/// `2 (1 + 1/e)`, twice: the spare half is more than what rounding takes of it.
const TAKEN: f64 = (1 << 22) as f64;
/// Cells nearer to the middle are taken for it: of all others, products are far from where numbers end, so that their
/// sums lose nothing there, and processors are not slow.
const LEAST_CELL: f64 = 1.0 / (1_u64 << 51) as f64;
/// Squares of rows beyond it say nothing: below, no sum of products is infinite.
const MOST_SQUARE: f64 = (1_u128 << 100) as f64;

/// How rows are narrowed.
pub(super) struct Narrow {
    middle: Vec<f64>,
    /// What is left of a square, at the least, beside what rounding can take of the sum of so many products.
    kept: f64,
}

/// Rows that were narrowed.
pub(super) struct Narrowed {
    /// Column by column; the last is for the caller, and zeros as yet.
    pub(super) columns: Array2<f32>,
    /// What is left of half the square of each row; negative infinity, and zeros for cells, where nothing can be said.
    pub(super) halves: Vec<f64>,
}

impl Narrow {
    /// For such points and all that is compared with them.
    pub(super) fn of(points: ArrayView2<'_, f64>) -> Self {
        let count = points.nrows().max(1) as f64;
        // With the caller's column, a sum is off by as many last digits, of half of both squares and of what that column
        // holds: half a square. Twice that, and a few digits for all else.
        let kept = 1.0 - 2.0 * (points.ncols() + 8) as f64 * f64::from(f32::EPSILON);
        let middle = points.columns().into_iter().map(|column| column.sum() / count).collect();
        Self { middle, kept }
    }

    pub(super) fn rows(&self, rows: ArrayView2<'_, f64>) -> Narrowed {
        let mut columns = Array2::zeros((rows.ncols() + 1, rows.nrows()));
        let mut sums = vec![(0.0, 0.0); rows.nrows()];
        let sides = rows.columns().into_iter().zip(&self.middle).zip(columns.rows_mut());
        for ((column, middle), narrowed) in sides {
            for ((cell, narrow), (square, taken)) in column.iter().zip(narrowed).zip(&mut sums) {
                let moved = cell - middle;
                *narrow = if moved.abs() < LEAST_CELL { 0.0 } else { moved as f32 };
                let left = f64::from(*narrow);
                *square += left * left;
                *taken += (moved - left) * (moved - left);
            }
        }
        let halves = sums.iter().map(|&(square, taken)| self.half(square, taken)).collect();
        for (mut row, (square, _)) in columns.columns_mut().into_iter().zip(sums) {
            if !self.is_told(square) {
                row.fill(0.0);
            }
        }
        Narrowed { columns, halves }
    }

    /// What is neither below nor above is no number, and tells nothing either.
    fn is_told(&self, square: f64) -> bool {
        square < MOST_SQUARE && self.kept > 0.0
    }

    fn half(&self, square: f64, taken: f64) -> f64 {
        if self.is_told(square) {
            (square * self.kept - taken * TAKEN) / 2.0
        } else {
            f64::NEG_INFINITY
        }
    }
}

/// What the product of a query and a point is at the least, less the point's half, if the point is inside the limit.
pub(super) fn least_product(half: f64, limit: f64) -> f32 {
    below(half - limit * WIDER / 2.0)
}

/// The largest narrow number that is no larger.
pub(super) fn below(number: f64) -> f32 {
    let near = number as f32;
    if f64::from(near) > number { near.next_down() } else { near }
}

#[cfg(test)]
mod tests {
    use ndarray::{Axis, array};
    use proptest::prelude::*;

    use super::*;

    /// Whether no pair of rows is told to be farther than it is.
    fn holds(rows: &Array2<f64>) -> bool {
        let Narrowed { columns, halves } = Narrow::of(rows.view()).rows(rows.view());
        let pairs =
            (0..rows.nrows()).flat_map(|one| (0..rows.nrows()).map(move |other| (one, other)));
        pairs.into_iter().all(|(one, other)| {
            let products = columns.column(one).to_owned() * columns.column(other);
            let product = products.sum() - below(halves[other]);
            let differences = &rows.row(one) - &rows.row(other);
            product >= least_product(halves[one], (&differences * &differences).sum())
        })
    }

    #[test]
    fn of_what_is_far_most_is_told() {
        let rows = Array2::from_shape_fn((50, 4), |(row, column)| {
            1e9 + ((row + 3) * (column + 5) % 17) as f64
        });
        assert!(holds(&rows));
        let Narrowed { columns, halves } = Narrow::of(rows.view()).rows(rows.view());
        let differences = &rows.row(0) - &rows.row(1);
        let square = (&differences * &differences).sum();
        let product = columns.column(0).dot(&columns.column(1)) - below(halves[1]);
        assert!(product < least_product(halves[0], square - 0.01));
    }

    #[test]
    fn of_rows_too_long_nothing_is_told() {
        let rows = array![[1e16, 0.0], [-1e16, 1.0], [1e300, 2.0], [f64::MAX, f64::MAX]];
        let Narrowed { columns, halves } = Narrow::of(rows.view()).rows(rows.view());
        assert_eq!(halves, [f64::NEG_INFINITY; 4]);
        assert!(columns.iter().all(|&cell| cell == 0.0));
        assert_eq!(least_product(f64::NEG_INFINITY, 1.0), f32::NEG_INFINITY);
    }

    #[test]
    fn no_product_is_near_the_end_of_numbers() {
        let rows = array![[1e-40, 1.0], [-1e-40, -1e-16], [5e-324, 1e-14], [0.0, -1.0]];
        let narrowed = Narrow::of(rows.view()).rows(rows.view());
        assert!(
            narrowed.columns.iter().all(|&cell| cell == 0.0 || f64::from(cell).abs() >= LEAST_CELL)
        );
        assert_eq!(narrowed.columns.index_axis(Axis(0), 0).sum(), 0.0);
        assert!(holds(&rows));
    }

    #[test]
    fn cells_taken_for_the_middle_are_no_farther_for_it() {
        let [inside, outside] = [0.9, 1.1].map(|part| part * LEAST_CELL);
        let rows = array![[inside], [outside], [-inside], [-outside]];
        let narrowed = Narrow::of(rows.view()).rows(rows.view());
        assert_eq!(narrowed.columns.row(0).iter().filter(|&&cell| cell == 0.0).count(), 2);
        assert!(holds(&rows));
    }

    #[test]
    fn what_is_below_is_next_below() {
        for number in [0.1, -0.1, 1.0, 1e-60, -1e-60, 1e300, -1e300, f64::NEG_INFINITY] {
            let below = below(number);
            assert!(f64::from(below) <= number && f64::from(below.next_up()) > number, "{number}");
        }
    }

    proptest! {
        /// Near each other and far from zero, or far from each other: where rounding takes most.
        #[test]
        fn no_row_is_told_to_be_farther_than_it_is(
            cells in prop::collection::vec(prop::array::uniform8(-1.0_f64..1.0), 1..12),
            copies in 1_usize..20,
            offset in -9_i32..17,
            spread in prop::array::uniform8(-30_i32..16),
        ) {
            let rows = Array2::from_shape_fn((cells.len(), 8 * copies), |(row, column)| {
                10_f64.powi(offset) + cells[row][column % 8] * 10_f64.powi(spread[column % 8])
            });
            prop_assert!(holds(&rows));
        }
    }
}
