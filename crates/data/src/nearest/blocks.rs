//! All points looked at, many at once: products of matrices tell which cannot be near, the others are measured.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, Axis, Slice};

use super::keep::Keep;
use super::metric::{Square, Term};
use super::narrow::{Narrow, Narrowed, below, least_product};

/// Points whose products with the queries at hand are made at once: they stay in the second cache.
const BLOCK: usize = 1 << 9;
/// Products that are asked at once whether any of them is large enough.
const GROUP: usize = 32;
/// Cells of a point that are summed before it is asked whether it is too far already.
const STRIDE: usize = 16;

/// Points for Euclidean distances of many columns, where boxes leave out nothing.
///
/// A squared distance is `a·a + b·b - 2 a·b`, whose products a matrix product makes several times faster than
/// differences are squared. Their digits cancel, and they are made of [`Narrow`] numbers, so that they only say what
/// cannot be kept: all else is measured.
pub(super) struct Blocks {
    points: Array2<f64>,
    narrow: Narrow,
    /// So many points each, column by column. The last column takes half their squares from the products.
    blocks: Vec<Array2<f32>>,
}

impl Blocks {
    /// Of points without a NaN, fewer than 2^32 of them.
    pub(super) fn of(points: Array2<f64>) -> Self {
        let narrow = Narrow::of(points.view());
        let block = |points| {
            let Narrowed { mut columns, halves } = narrow.rows(points);
            let last = columns.row_mut(points.ncols());
            last.into_iter().zip(halves).for_each(|(cell, half)| *cell = -below(half));
            columns
        };
        let blocks = points.axis_chunks_iter(Axis(0), BLOCK).map(block).collect();
        Self { points, narrow, blocks }
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
        let Narrowed { mut columns, halves } = self.narrow.rows(queries);
        columns.row_mut(queries.ncols()).fill(1.0);
        let mut products = Array2::zeros((queries.nrows(), BLOCK));
        for (block, start) in self.blocks.iter().zip((0..).step_by(BLOCK)) {
            let mut products = products.slice_axis_mut(Axis(1), Slice::from(..block.ncols()));
            general_mat_mul(1.0, &columns.t(), block, 0.0, &mut products);
            let asked = queries.rows().into_iter().zip(&halves).zip(products.rows());
            for (((cells, &half), products), keep) in asked.zip(&mut *keeps) {
                if let (Some(cells), Some(products)) = (cells.to_slice(), products.to_slice()) {
                    self.sift(start, Query { cells, half }, products, keep);
                }
            }
        }
    }

    /// Measures the points, from `start` on, whose product with a query does not say that they are too far.
    fn sift(&self, start: usize, query: Query<'_>, products: &[f32], keep: &mut impl Keep) {
        let mut least = least_product(query.half, keep.limit());
        let (groups, rest) = products.as_chunks::<GROUP>();
        for (group, first) in groups.iter().zip((start..).step_by(GROUP)) {
            // No short cut: all at once is faster.
            if group.iter().fold(false, |any, &product| any | (product >= least)) {
                least = self.measure(first, query, group, keep);
            }
        }
        self.measure(start + products.len() - rest.len(), query, rest, keep);
    }

    /// The same, one by one; and what a product has to be at the least from now on.
    fn measure(
        &self,
        start: usize,
        query: Query<'_>,
        products: &[f32],
        keep: &mut impl Keep,
    ) -> f32 {
        let mut least = least_product(query.half, keep.limit());
        for (&product, row) in products.iter().zip(start..) {
            if product < least || !keep.wants(0.0, row as u32) {
                continue;
            }
            if let Some(point) = self.points.row(row).to_slice() {
                keep.see(measured(query.cells, point, keep.limit()), row as u32);
                least = least_product(query.half, keep.limit());
            }
        }
        least
    }
}

#[derive(Clone, Copy)]
struct Query<'a> {
    cells: &'a [f64],
    /// What is left of half its square when it is narrowed.
    half: f64,
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
