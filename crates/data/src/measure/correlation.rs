//! How columns go together: Pearson's coefficient of every pair, and of their ranks (Spearman's).

use ndarray::{Array2, ArrayView2, Axis, Slice};

use super::{Moments, each, each_column};

/// Rows that are taken at once: a block of a hundred columns stays in the cache.
const BLOCK: usize = 1 << 11;

/// The coefficient of every pair of columns: 1 on the diagonal; not a number where one of them does not vary over the
/// rows that both know.
pub(crate) struct Correlations(pub(crate) Array2<f64>);

impl Correlations {
    /// Of each pair over the rows that both columns know.
    pub(crate) fn of(columns: ArrayView2<'_, f64>) -> Self {
        let (rows, width) = columns.dim();
        let moments = each(width, rows.saturating_mul(width), |place| {
            Moments::of(&super::cells(columns.column(place)))
        });
        let known = known_everywhere(columns, &moments);
        let whole: Vec<bool> = moments.iter().map(|moments| moments.missing == 0).collect();
        let pair = |one: usize, other: usize| match (whole.get(one), whole.get(other)) {
            (Some(true), Some(true)) => known.get((one, other)).copied().unwrap_or(f64::NAN),
            _ => of_pair(&super::cells(columns.column(one)), &super::cells(columns.column(other))),
        };
        let upper = each(width, rows.saturating_mul(width), |one| {
            (one..width).map(|other| pair(one, other)).collect::<Vec<f64>>()
        });
        let at = |one: usize, other: usize| upper.get(one)?.get(other - one).copied();
        let matrix = Array2::from_shape_fn((width, width), |(one, other)| {
            at(one.min(other), one.max(other)).unwrap_or(f64::NAN)
        });
        Self(matrix)
    }
}

/// The rank of each cell among the known ones of its column, from 1; equal cells share the mean of theirs.
pub(crate) fn ranks(columns: ArrayView2<'_, f64>) -> Array2<f64> {
    let (rows, width) = columns.dim();
    let mut ranks = Vec::with_capacity(columns.len());
    columns.columns().into_iter().for_each(|column| ranks.extend(column));
    each_column(&mut ranks, rows, |_, cells| rank(cells));
    // As many numbers as the columns have: another shape cannot be.
    Array2::from_shape_vec((width, rows), ranks).unwrap_or_default().reversed_axes()
}

fn rank(cells: &mut [f64]) {
    let known = cells.iter().zip(0..).filter(|(cell, _)| !cell.is_nan());
    let mut order: Vec<(f64, u32)> = known.map(|(&cell, row)| (cell, row)).collect();
    order.sort_unstable_by(|(one, _), (other, _)| (one + 0.0).total_cmp(&(other + 0.0)));
    let mut before = 0;
    for tied in order.chunk_by(|(one, _), (other, _)| one == other) {
        let rank = before as f64 + (tied.len() as f64 + 1.0) / 2.0;
        before += tied.len();
        for &(_, row) in tied {
            if let Some(cell) = cells.get_mut(row as usize) {
                *cell = rank;
            }
        }
    }
}

/// Right for pairs of columns without missing cells: products of matrices, block by block.
fn known_everywhere(columns: ArrayView2<'_, f64>, moments: &[Moments]) -> Array2<f64> {
    let (rows, width) = columns.dim();
    let blocks = rows.div_ceil(BLOCK);
    let sums = each(blocks, columns.len().saturating_mul(width), |number| {
        let start = number * BLOCK;
        let block = columns.slice_axis(Axis(0), Slice::from(start..(start + BLOCK).min(rows)));
        let mut scaled = block.t().to_owned();
        for (mut cells, moments) in scaled.rows_mut().into_iter().zip(moments) {
            let deviation = moments.deviation();
            cells.mapv_inplace(|cell| (cell - moments.mean) / deviation);
        }
        scaled.dot(&scaled.t())
    });
    let zero: Array2<f64> = Array2::zeros((width, width));
    let sum = sums.into_iter().fold(zero, |sum, part| sum + part);
    sum.mapv(|sum| (sum / rows as f64).clamp(-1.0, 1.0))
}

fn of_pair(one: &[f64], other: &[f64]) -> f64 {
    let both = || one.iter().zip(other).filter(|(one, other)| !one.is_nan() && !other.is_nan());
    let count = both().count() as f64;
    let (left, right) =
        both().fold((0.0, 0.0), |(left, right), (one, other)| (left + one, right + other));
    let (left, right) = (left / count, right / count);
    let [mut covariance, mut variance, mut other_variance] = [0.0; 3];
    for (one, other) in both() {
        covariance += (one - left) * (other - right);
        variance += (one - left) * (one - left);
        other_variance += (other - right) * (other - right);
    }
    (covariance / (variance.sqrt() * other_variance.sqrt())).clamp(-1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    const NONE: f64 = f64::NAN;

    #[test]
    fn pairs_are_measured_over_the_rows_that_both_know() {
        let columns = array![[1.0, 2.0, NONE], [2.0, 1.0, 5.0], [3.0, 5.0, 4.0], [4.0, 4.0, 3.0]];
        let Correlations(matrix) = Correlations::of(columns.view());
        // Deviations -1.5..1.5 and -1, -2, 2, 1: 7 / sqrt(5 * 10) - 0.5 of each product summed by hand.
        let expected = (1.5 + 1.0 + 1.0 + 1.5) / f64::sqrt(5.0 * 10.0);
        assert!((matrix[[0, 1]] - expected).abs() < 1e-15, "{matrix}");
        assert!((matrix[[0, 2]] + 1.0).abs() < 1e-15 && (matrix[[2, 0]] + 1.0).abs() < 1e-15);
        assert!((matrix[[1, 1]] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_column_that_does_not_vary_goes_with_none() {
        let Correlations(matrix) = Correlations::of(array![[1.0, 7.0], [2.0, 7.0]].view());
        assert!(matrix[[0, 1]].is_nan() && matrix[[1, 1]].is_nan());
        assert_eq!(Correlations::of(Array2::zeros((0, 2)).view()).0.dim(), (2, 2));
    }

    #[test]
    fn both_ways_of_measuring_agree() {
        let columns = Array2::from_shape_fn((5000, 4), |(row, column)| {
            ((row * (column + 3) * 7919) % 1009) as f64 + row as f64 * 0.1
        });
        let Correlations(matrix) = Correlations::of(columns.view());
        for (one, other) in [(0, 1), (2, 3), (1, 3)] {
            let pair = of_pair(&columns.column(one).to_vec(), &columns.column(other).to_vec());
            assert!((matrix[[one, other]] - pair).abs() < 1e-12);
        }
    }

    #[test]
    fn equal_cells_share_their_ranks() {
        let ranks = ranks(array![[10.0], [NONE], [-0.0], [10.0], [0.0], [-3.0]].view());
        let column = ranks.column(0).to_vec();
        assert_eq!([0, 2, 3, 4, 5].map(|row: usize| column[row]), [4.5, 2.5, 4.5, 2.5, 1.0]);
        assert!(column[1].is_nan());
    }
}
