//! All points looked at, many at once: products of matrices tell which cannot be near, the others are measured.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis, Slice};

use super::keep::Keep;
use super::metric::{Square, Term};

/// Points whose products with the queries at hand are made at once: they stay in the second cache.
const BLOCK: usize = 1 << 9;
/// Cells of a point that are summed before it is asked whether it is too far already.
const STRIDE: usize = 16;

/// Products that are asked at once whether any of them is large enough.
const GROUP: usize = 16;

/// Points for Euclidean distances of many columns, where boxes leave out nothing.
///
/// A squared distance is `a·a + b·b - 2 a·b`, whose products a matrix product makes several times faster than
/// differences are squared. Its digits cancel, so that it only says what cannot be kept: all else is measured.
pub(super) struct Blocks {
    points: Array2<f64>,
    /// Half the square of each point, at the least.
    halves: Vec<f64>,
    /// What is left of a square, at the least, beside all that rounding can have cost.
    kept: f64,
}

impl Blocks {
    /// Of points without a NaN, fewer than 2^32 of them.
    pub(super) fn of(points: Array2<f64>) -> Self {
        // Each of three sums of so many products is off by half as many last digits at most, twice the last; the plain sum
        // of squared differences by as many and one for each difference; and a few operations follow.
        let kept = 1.0 - (4 * points.ncols() + 24) as f64 * f64::EPSILON;
        // A square beyond all numbers says nothing: its point is always measured.
        let half = |square: f64| {
            if square.is_finite() { square * kept / 2.0 } else { f64::NEG_INFINITY }
        };
        let halves = points.rows().into_iter().map(|point| half(square(point))).collect();
        Self { points, halves, kept }
    }

    pub(super) fn len(&self) -> usize {
        self.points.nrows()
    }

    pub(super) fn point(&self, row: usize) -> Option<impl Iterator<Item = f64>> {
        let points = self.points.view();
        (row < points.nrows()).then(|| points.index_axis_move(Axis(0), row).into_iter().copied())
    }

    /// Shows every point that may be kept to each query's keep.
    pub(super) fn search(&self, queries: ArrayView2<'_, f64>, keeps: &mut [impl Keep]) {
        let mut products = Array2::zeros((queries.nrows(), BLOCK));
        for start in (0..self.len()).step_by(BLOCK) {
            let end = (start + BLOCK).min(self.len());
            let points = self.points.slice_axis(Axis(0), Slice::from(start..end));
            let mut products = products.slice_axis_mut(Axis(1), Slice::from(..end - start));
            general_mat_mul(1.0, &queries, &points.t(), 0.0, &mut products);
            let rows = queries.rows().into_iter().zip(products.rows());
            for ((query, products), keep) in rows.zip(&mut *keeps) {
                if let (Some(query), Some(products)) = (query.to_slice(), products.to_slice()) {
                    self.sift(start, query, products, keep);
                }
            }
        }
    }

    /// Measures the points, from `start` on, whose product with a query does not say that they are too far.
    fn sift(&self, start: usize, query: &[f64], products: &[f64], keep: &mut impl Keep) {
        let square = square(ArrayView1::from(query)) * self.kept;
        let halves = self.halves.get(start..).unwrap_or_default();
        let groups = products.chunks(GROUP).zip(halves.chunks(GROUP));
        for ((products, halves), first) in groups.zip((start..).step_by(GROUP)) {
            let mut least = least_product(square, keep.limit());
            // What is not a number is not too small either. No short cut: all at once is faster.
            let is_small = |(product, half): (&f64, &f64)| product - half < least;
            if products.iter().zip(halves).map(is_small).fold(true, |all, is| all & is) {
                continue;
            }
            for ((&product, &half), row) in products.iter().zip(halves).zip(first..) {
                if product - half < least || !keep.wants(0.0, row as u32) {
                    continue;
                }
                if let Some(point) = self.points.row(row).to_slice() {
                    keep.see(measured(query, point, keep.limit()), row as u32);
                    least = least_product(square, keep.limit());
                }
            }
        }
    }
}

/// What the product with a point has to be at the least, less half its square, if the point may be inside the limit.
fn least_product(square: f64, limit: f64) -> f64 {
    if square.is_finite() { (square - limit) / 2.0 } else { f64::NEG_INFINITY }
}

/// The sum of squared differences one behind the other, or a part of it that is beyond the limit.
fn measured(query: &[f64], point: &[f64], limit: f64) -> f64 {
    let mut sum = 0.0;
    for (query, point) in query.chunks(STRIDE).zip(point.chunks(STRIDE)) {
        for (one, other) in query.iter().zip(point) {
            sum += Square::of(one - other);
        }
        if sum > limit {
            break;
        }
    }
    sum
}

fn square(point: ArrayView1<'_, f64>) -> f64 {
    point.iter().map(|cell| cell * cell).sum()
}
