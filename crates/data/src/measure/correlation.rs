//! How columns go together: Pearson's coefficient of every pair, and of their ranks (Spearman's).

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, Axis, Slice};

use super::{Moments, each, each_column};

/// Columns that are correlated with each other: every pair is looked at, and takes its place in dozens of matrices.
pub(crate) const MAX_CORRELATED: usize = 1 << 10;
/// Rows that are taken at once: a block of a hundred columns stays in the cache.
const BLOCK: usize = 1 << 11;
/// Parts of the rows that are summed by themselves: not as many as there are cores, since sums would be rounded otherwise
/// on every machine.
const PARTS: usize = 8;
/// Of a column over some rows, the part of its squares that is left without their mean: below it, digits have cancelled.
const CANCELLED: f64 = 1e-4;

/// The coefficient of every pair of columns: 1 on the diagonal; not a number where one of them does not vary over the
/// rows that both know.
pub(crate) struct Correlations(pub(crate) Array2<f64>);

/// Sums over the rows that both columns of a pair know, of numbers brought to mean 0 and deviation 1.
struct Sums {
    products: Array2<f64>,
    /// What cells that are missing somewhere ask for: rows, sums, and sums of squares of the first column.
    shared: Option<[Array2<f64>; 3]>,
}

impl Correlations {
    /// Of each pair over the rows that both columns know.
    pub(crate) fn of(columns: ArrayView2<'_, f64>) -> Self {
        let (rows, width) = columns.dim();
        let moments =
            each(width, columns.len(), |place| Moments::of(&super::cells(columns.column(place))));
        let is_whole = moments.iter().all(|moments| moments.missing == 0);
        let share = rows.div_ceil(PARTS);
        let parts = each(PARTS, columns.len().saturating_mul(width), |part| {
            let (start, end) = ((part * share).min(rows), ((part + 1) * share).min(rows));
            Sums::of(columns.slice_axis(Axis(0), Slice::from(start..end)), &moments, is_whole)
        });
        let sums = parts.into_iter().reduce(Sums::plus);
        let varies =
            |place: usize| moments.get(place).is_some_and(|moments| moments.min < moments.max);
        let pair = |one: usize, other: usize| {
            if !varies(one) || !varies(other) {
                return f64::NAN;
            }
            let quick = sums.as_ref().and_then(|sums| sums.coefficient(one, other, rows));
            let cells = |place| super::cells(columns.column(place));
            quick.unwrap_or_else(|| of_pair(&cells(one), &cells(other)))
        };
        let upper = each(width, columns.len().saturating_mul(width), |one| {
            (one..width).map(|other| pair(one, other)).collect::<Vec<f64>>()
        });
        let at = |one: usize, other: usize| upper.get(one)?.get(other - one).copied();
        Self(Array2::from_shape_fn((width, width), |(one, other)| {
            at(one.min(other), one.max(other)).unwrap_or(f64::NAN)
        }))
    }
}

impl Sums {
    fn of(columns: ArrayView2<'_, f64>, moments: &[Moments], is_whole: bool) -> Self {
        let width = columns.ncols();
        let mut sums = Self::none(width, is_whole);
        for block in columns.axis_chunks_iter(Axis(0), BLOCK) {
            let mut scaled = block.t().to_owned();
            for (mut cells, moments) in scaled.rows_mut().into_iter().zip(moments) {
                let deviation = moments.deviation();
                cells.mapv_inplace(|cell| (cell - moments.mean) / deviation);
            }
            if let Some([rows, totals, squares]) = &mut sums.shared {
                let known = block.t().mapv(|cell| f64::from(u8::from(!cell.is_nan())));
                scaled.zip_mut_with(&known, |cell, &known| {
                    *cell = if known > 0.0 { *cell } else { 0.0 }
                });
                general_mat_mul(1.0, &known, &known.t(), 1.0, rows);
                general_mat_mul(1.0, &scaled, &known.t(), 1.0, totals);
                general_mat_mul(1.0, &scaled.mapv(|cell| cell * cell), &known.t(), 1.0, squares);
            }
            general_mat_mul(1.0, &scaled, &scaled.t(), 1.0, &mut sums.products);
        }
        sums
    }

    fn none(width: usize, is_whole: bool) -> Self {
        let zeros = || Array2::zeros((width, width));
        Self { products: zeros(), shared: (!is_whole).then(|| [zeros(), zeros(), zeros()]) }
    }

    fn plus(mut self, other: Self) -> Self {
        self.products += &other.products;
        for (sum, other) in self.shared.iter_mut().flatten().zip(other.shared.iter().flatten()) {
            *sum += other;
        }
        self
    }

    /// None, if too many digits have cancelled.
    fn coefficient(&self, one: usize, other: usize, rows: usize) -> Option<f64> {
        let product = *self.products.get((one, other))?;
        let Some([counts, totals, squares]) = &self.shared else {
            return Some((product / rows as f64).clamp(-1.0, 1.0));
        };
        let count = *counts.get((one, other))?;
        let variance = |of: usize, beside: usize| {
            let (total, squares) = (*totals.get((of, beside))?, *squares.get((of, beside))?);
            let variance = squares - total * total / count;
            (variance > squares * CANCELLED && squares > count * CANCELLED).then_some(variance)
        };
        let covariance = product - totals.get((one, other))? * totals.get((other, one))? / count;
        let deviations = variance(one, other)?.sqrt() * variance(other, one)?.sqrt();
        Some((covariance / deviations).clamp(-1.0, 1.0))
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

/// By itself, digit by digit.
fn of_pair(one: &[f64], other: &[f64]) -> f64 {
    let both = || one.iter().zip(other).filter(|(one, other)| !one.is_nan() && !other.is_nan());
    let count = both().count() as f64;
    let (left, right) =
        both().fold((0.0, 0.0), |(left, right), (one, other)| (left + one, right + other));
    let (left, right) = (left / count, right / count);
    let first = both().next();
    let does_vary = |varies: fn(&(&f64, &f64), &(&f64, &f64)) -> bool| {
        first.is_some_and(|first| both().any(|pair| varies(&pair, &first)))
    };
    if !does_vary(|pair, first| pair.0 != first.0) || !does_vary(|pair, first| pair.1 != first.1) {
        return f64::NAN;
    }
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
    fn sums_of_all_pairs_are_those_of_each() {
        for every in [usize::MAX, 7] {
            let columns = Array2::from_shape_fn((5000, 5), |(row, column)| match column {
                _ if (row + column).is_multiple_of(every) => NONE,
                // Varies much over all rows, and little over those that the last column knows.
                3 => {
                    if row < 10 {
                        1e9
                    } else {
                        (row % 3) as f64
                    }
                }
                4 => {
                    if row < 10 {
                        NONE
                    } else {
                        (row % 2) as f64
                    }
                }
                _ => ((row * (column + 3) * 7919) % 1009) as f64 + row as f64 * 0.1,
            });
            let Correlations(matrix) = Correlations::of(columns.view());
            for (one, other) in (0..5).flat_map(|one| (0..5).map(move |other| (one, other))) {
                let pair = of_pair(&columns.column(one).to_vec(), &columns.column(other).to_vec());
                assert!(
                    (matrix[[one, other]] - pair).abs() < 1e-11,
                    "{one} {other}: {pair} {matrix}"
                );
            }
        }
    }

    #[test]
    fn what_does_not_vary_over_shared_rows_goes_with_nothing() {
        let columns = Array2::from_shape_fn((100, 2), |(row, column)| match (column, row) {
            (0, 0) => 5.0,
            (0, _) => 0.1,
            (_, 0) => NONE,
            (_, row) => row as f64,
        });
        assert!(Correlations::of(columns.view()).0[[0, 1]].is_nan());
    }

    #[test]
    fn equal_cells_share_their_ranks() {
        let ranks = ranks(array![[10.0], [NONE], [-0.0], [10.0], [0.0], [-3.0]].view());
        let column = ranks.column(0).to_vec();
        assert_eq!([0, 2, 3, 4, 5].map(|row: usize| column[row]), [4.5, 2.5, 4.5, 2.5, 1.0]);
        assert!(column[1].is_nan());
    }
}
