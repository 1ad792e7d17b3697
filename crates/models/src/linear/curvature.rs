//! Sums of squares and products of columns, and what is solved with them.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, Axis};

use super::BLOCK_ROWS;

/// More columns than this have no matrix of curvature: at this width its factors cost as much as some passes over some
/// ten thousand rows.
pub(super) const WIDEST: usize = 1024;

/// Adds the products of columns over these rows, each taken so many times.
pub(super) fn add_products(
    sum: &mut Array2<f64>,
    rows: &Array2<f64>,
    times: impl IntoIterator<Item = (usize, f64)>,
) {
    let mut times = times.into_iter().peekable();
    let width = rows.ncols();
    let mut plain = Array2::zeros((BLOCK_ROWS, width));
    let mut scaled = Array2::zeros((BLOCK_ROWS, width));
    while times.peek().is_some() {
        let mut filled = 0;
        let places = plain.axis_iter_mut(Axis(0)).zip(scaled.axis_iter_mut(Axis(0)));
        for ((mut plain, mut scaled), (row, times)) in places.zip(times.by_ref()) {
            let row = rows.row(row);
            plain.assign(&row);
            scaled.zip_mut_with(&row, |scaled, cell| *scaled = times * cell);
            filled += 1;
        }
        let part = |block: &Array2<f64>| -> Array2<f64> {
            block.slice_axis(Axis(0), (..filled).into()).to_owned()
        };
        if filled == BLOCK_ROWS {
            general_mat_mul(1.0, &scaled.t(), &plain, 1.0, sum);
        } else {
            general_mat_mul(1.0, &part(&scaled).t(), &part(&plain), 1.0, sum);
        }
    }
}

/// The factors of a symmetric matrix that is positive, or nearly so.
pub(super) struct Cholesky {
    /// The lower triangle, row after row, of the matrix with a diagonal of ones.
    lower: Array2<f64>,
    /// One over the roots of the diagonal.
    scales: Vec<f64>,
}

/// A pivot below this, of a diagonal of ones, is rounding: its column follows from those before.
const LEAST_PIVOT: f64 = 1e-13;

impl Cholesky {
    /// Factors the matrix. A column that follows from those before it is taken as if it stood alone, so that solutions
    /// stay bounded along what is not determined.
    pub(super) fn of(matrix: ArrayView2<'_, f64>) -> Self {
        let diagonal = matrix.diag();
        let scale = |square: &f64| if *square > 0.0 { square.sqrt().recip() } else { 1.0 };
        let scales: Vec<f64> = diagonal.iter().map(scale).collect();
        let size = scales.len();
        let mut lower: Array2<f64> = Array2::zeros((size, size));
        for row in 0..size {
            let (before, mut rest) = lower.view_mut().split_at(Axis(0), row);
            let mut current = rest.row_mut(0);
            let Some(current) = current.as_slice_mut() else { continue };
            for (column, other) in before.outer_iter().enumerate() {
                let other = other.to_slice().unwrap_or_default();
                let product = dot(&current[..column], &other[..column]);
                let cell = matrix[(row, column)] * scales[row] * scales[column];
                current[column] = (cell - product) / other[column];
            }
            let pivot = 1.0 - dot(&current[..row], &current[..row]);
            if pivot > LEAST_PIVOT {
                current[row] = pivot.sqrt();
            } else {
                current[..row].fill(0.0);
                current[row] = 1.0;
            }
        }
        Self { lower, scales }
    }

    /// Solves for several right sides at once: a row for each unknown, a number in it for each side.
    pub(super) fn solve(&self, sides: &mut [f64], count: usize) {
        let size = self.scales.len();
        self.scale(sides, count);
        for row in 0..size {
            let (before, rest) = sides.split_at_mut(row * count);
            let current = &mut rest[..count];
            for (factor, other) in self.lower.row(row).iter().zip(before.chunks_exact(count)) {
                subtract(current, *factor, other);
            }
            divide(current, self.lower[(row, row)]);
        }
        for row in (0..size).rev() {
            let (before, rest) = sides.split_at_mut(row * count);
            let current = &mut rest[..count];
            divide(current, self.lower[(row, row)]);
            for (factor, other) in self.lower.row(row).iter().zip(before.chunks_exact_mut(count)) {
                subtract(other, *factor, current);
            }
        }
        self.scale(sides, count);
    }

    fn scale(&self, sides: &mut [f64], count: usize) {
        for (side, scale) in sides.chunks_exact_mut(count).zip(&self.scales) {
            side.iter_mut().for_each(|side| *side *= scale);
        }
    }
}

fn subtract(from: &mut [f64], factor: f64, other: &[f64]) {
    from.iter_mut().zip(other).for_each(|(from, other)| *from -= factor * other);
}

fn divide(side: &mut [f64], by: f64) {
    side.iter_mut().for_each(|side| *side /= by);
}

/// The sum of products, in eight sums so that none waits for the other.
pub(crate) fn dot(one: &[f64], other: &[f64]) -> f64 {
    let (ones, others) = (one.chunks_exact(8), other.chunks_exact(8));
    let rest: f64 = ones.remainder().iter().zip(others.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0; 8];
    for (one, other) in ones.zip(others) {
        for ((sum, a), b) in sums.iter_mut().zip(one).zip(other) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn products_are_those_of_columns() {
        let rows = Array2::from_shape_fn((600, 2), |(row, column)| (row % 7 + column) as f64);
        let mut sum = Array2::zeros((2, 2));
        add_products(&mut sum, &rows, (0..600).map(|row| (row, 2.0)));
        assert_eq!(sum, rows.t().dot(&rows) * 2.0);
        add_products(&mut sum, &rows, (0..600).map(|row| (row, -2.0)));
        assert_eq!(sum, Array2::<f64>::zeros((2, 2)));
    }

    #[test]
    fn what_is_solved_solves() {
        let matrix = array![[4.0e12, 2.0e6, 0.0], [2.0e6, 3.0, 0.5], [0.0, 0.5, 2.0]];
        let unknown = array![[1.0e-6, 0.0], [2.0, -1.0], [0.5, 1.0]];
        let mut sides = matrix.dot(&unknown);
        Cholesky::of(matrix.view()).solve(sides.as_slice_mut().unwrap(), 2);
        for (found, expected) in sides.iter().zip(&unknown) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    #[test]
    fn what_is_not_determined_stays_bounded() {
        let matrix = array![[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]];
        let mut side = [1.0, 1.0, 0.0];
        Cholesky::of(matrix.view()).solve(&mut side, 1);
        assert!(side.iter().all(|value| value.abs() <= 1.0), "{side:?}");
    }

    #[test]
    fn sums_of_products_leave_nothing_out() {
        let numbers: Vec<f64> = (0..21).map(f64::from).collect();
        assert_eq!(dot(&numbers, &numbers), 2870.0);
        assert_eq!(dot(&[], &[]), 0.0);
    }
}
