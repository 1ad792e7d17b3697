//! Columns of numbers as columns of small codes, which can be counted.

use std::num::NonZeroUsize;

use ndarray::{ArrayView2, Axis};

/// The code of a cell without a value (NaN); values have lower ones.
pub(crate) const MISSING: u8 = u8::MAX;

/// As many bins as a code can tell apart beside [`MISSING`].
pub(crate) const MOST_BINS: usize = MISSING as usize;

/// So many columns are read at once: a row's neighbouring cells come from memory together.
const BLOCK: usize = 8;

/// A matrix in codes, column by column. Codes are in the order of values: a value has the number of cuts below it, so
/// that `value <= cuts[k]` is `code <= k`. Infinities are ordinary values, at the ends of the order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bins {
    rows: usize,
    columns: Vec<Column>,
    codes: Vec<u8>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Column {
    /// Ascending and finite.
    cuts: Vec<f64>,
    has_missing: bool,
}

impl Bins {
    /// Bins of these rows. A column of few values has a bin for each, and cuts in their middles; else each bin has about
    /// the same weight. At most `max_bins` a column, of which 2 to [`MOST_BINS`] are possible.
    pub(crate) fn fit(
        rows: ArrayView2<'_, f64>,
        weights: Option<&[f64]>,
        max_bins: usize,
        threads: usize,
    ) -> Self {
        let (count, width) = rows.dim();
        let max_bins = max_bins.clamp(2, MOST_BINS);
        let mut columns = vec![Column::default(); width];
        let mut codes = vec![0; count * width];
        let parts = rows.axis_chunks_iter(Axis(1), BLOCK);
        let parts =
            parts.zip(columns.chunks_mut(BLOCK)).zip(codes.chunks_mut((count * BLOCK).max(1)));
        // Blocks go round: neighbouring columns are often alike, and cost alike.
        let threads = NonZeroUsize::new(threads).map_or(1, NonZeroUsize::get);
        let mut shares: Vec<Vec<_>> = (0..threads).map(|_| Vec::new()).collect();
        for (place, part) in parts.enumerate() {
            if let Some(share) = shares.get_mut(place % threads) {
                share.push(part);
            }
        }
        let work = |share: Vec<_>| {
            for ((rows, columns), codes) in share {
                fit_block(rows, weights, max_bins, columns, codes);
            }
        };
        std::thread::scope(|scope| {
            let own = shares.pop();
            for share in shares.into_iter().filter(|share| !share.is_empty()) {
                scope.spawn(|| work(share));
            }
            own.map(work);
        });
        Self { rows: count, columns, codes }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns there are.
    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Where a column is cut: ascending, one less than it has bins.
    pub(crate) fn cuts(&self, column: usize) -> &[f64] {
        self.columns.get(column).map_or(&[], |column| &column.cuts)
    }

    /// Whether any cell of a column has no value.
    pub(crate) fn has_missing(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(|column| column.has_missing)
    }

    /// The code of each row in a column.
    pub(crate) fn codes(&self, column: usize) -> &[u8] {
        let start = column * self.rows;
        self.codes.get(start..start + self.rows).unwrap_or(&[])
    }
}

/// Where to cut between two values, of which the first is lower: at or above it, below the other, and finite. There is
/// no such place between minus infinity and the lowest finite number.
pub(crate) fn between(low: f64, high: f64) -> Option<f64> {
    let middle = low / 2.0 + high / 2.0;
    let cut = match (low == f64::NEG_INFINITY, high == f64::INFINITY) {
        (true, true) => 0.0,
        (true, false) => f64::MIN,
        (false, true) => f64::MAX,
        // Neighbouring numbers have no middle.
        (false, false) if middle < low || middle >= high => low,
        (false, false) => middle,
    };
    (low <= cut && cut < high).then_some(cut)
}

fn fit_block(
    rows: ArrayView2<'_, f64>,
    weights: Option<&[f64]>,
    max_bins: usize,
    columns: &mut [Column],
    codes: &mut [u8],
) {
    let count = rows.nrows();
    let cells = column_by_column(rows);
    let cells = cells.chunks(count.max(1)).zip(codes.chunks_mut(count.max(1)));
    for (column, (cells, codes)) in columns.iter_mut().zip(cells) {
        column.cuts = cuts(&runs(cells, weights), max_bins);
        column.has_missing = encode(cells, &column.cuts, codes);
    }
}

pub(super) fn column_by_column(rows: ArrayView2<'_, f64>) -> Vec<f64> {
    let (count, width) = rows.dim();
    if rows.t().is_standard_layout() {
        return rows.t().iter().copied().collect();
    }
    let mut cells = vec![0.0; count * width];
    for (place, row) in rows.axis_iter(Axis(0)).enumerate() {
        for (column, &cell) in cells.chunks_mut(count.max(1)).zip(row) {
            if let Some(to) = column.get_mut(place) {
                *to = cell;
            }
        }
    }
    cells
}

/// The distinct values in their order, and the weight of each. Cells that weigh nothing are not there.
fn runs(cells: &[f64], weights: Option<&[f64]>) -> Vec<(f64, f64)> {
    let mut runs: Vec<(u64, f64)> = Vec::new();
    let mut count = |key: u64, weight: f64| match runs.last_mut() {
        Some((last, sum)) if *last == key => *sum += weight,
        _ => runs.push((key, weight)),
    };
    if let Some(weights) = weights {
        let known =
            cells.iter().zip(weights).filter(|(cell, weight)| !cell.is_nan() && **weight > 0.0);
        let mut keys: Vec<(u64, f64)> = known.map(|(&cell, &weight)| (key(cell), weight)).collect();
        keys.sort_by_key(|&(key, _)| key);
        keys.into_iter().for_each(|(key, weight)| count(key, weight));
    } else {
        let known = cells.iter().filter(|cell| !cell.is_nan());
        let mut keys: Vec<u64> = known.map(|&cell| key(cell)).collect();
        keys.sort_unstable();
        keys.into_iter().for_each(|key| count(key, 1.0));
    }
    runs.into_iter().map(|(key, weight)| (value(key), weight)).collect()
}

/// An integer of the same order, faster to sort. Both zeros are one.
pub(super) fn key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    let is_negative = bits >> 63 == 1;
    if is_negative { !bits } else { bits | 1 << 63 }
}

/// The value of a [`key`].
pub(super) fn value(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key ^ 1 << 63 } else { !key })
}

fn cuts(runs: &[(f64, f64)], max_bins: usize) -> Vec<f64> {
    let weights: Vec<f64> = runs.iter().map(|&(_, weight)| weight).collect();
    let value = |place: usize| runs.get(place).map_or(0.0, |&(value, _)| value);
    let cut = |first: &usize| between(value(first - 1), value(*first));
    groups(&weights, max_bins).iter().skip(1).filter_map(cut).collect()
}

/// Puts neighbours into at most so many groups of about equal weight; tells where each begins.
pub(super) fn groups(weights: &[f64], most: usize) -> Vec<usize> {
    if weights.len() <= most {
        return (0..weights.len()).collect();
    }
    let mut firsts = vec![0];
    let mut left: f64 = weights.iter().sum();
    let mut inside = 0.0;
    for (place, pair) in weights.windows(2).enumerate() {
        let &[weight, next] = pair else { break };
        inside += weight;
        let share = left / (most + 1 - firsts.len()) as f64;
        // What weighs much has a group of its own, and so have those before it.
        if inside < share && next < share {
            continue;
        }
        firsts.push(place + 1);
        left -= inside;
        inside = 0.0;
        if firsts.len() == most {
            break;
        }
    }
    firsts
}

/// Writes the code of each cell; whether any has no value.
fn encode(cells: &[f64], cuts: &[f64], codes: &mut [u8]) -> bool {
    // As long as a code has values, so that halving it needs no bounds; nothing is above what fills it up.
    let mut filled = [f64::INFINITY; MOST_BINS + 1];
    filled.iter_mut().zip(cuts).for_each(|(to, &cut)| *to = cut);
    let mut has_missing = false;
    for (code, &cell) in codes.iter_mut().zip(cells) {
        let mut below = 0_usize;
        for step in [128, 64, 32, 16, 8, 4, 2, 1] {
            below += step * usize::from(filled[(below + step - 1) & MOST_BINS] < cell);
        }
        *code = if cell.is_nan() { MISSING } else { below as u8 };
        has_missing |= cell.is_nan();
    }
    has_missing
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, ShapeBuilder as _, array};
    use netsift_data::Chance;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_values_are_told_apart_and_missing_ones_too() {
        let rows = array![[1.0, 5.0], [f64::NAN, 5.0], [2.0, 5.0], [4.0, 5.0], [1.0, 5.0]];
        let bins = Bins::fit(rows.view(), None, 255, 1);
        assert_eq!((bins.cuts(0), bins.cuts(1), bins.cuts(2)), (&[1.5, 3.0][..], &[][..], &[][..]));
        assert_eq!(bins.codes(0), [0, MISSING, 1, 2, 0]);
        assert_eq!((bins.has_missing(0), bins.has_missing(1)), (true, false));
        assert_eq!((bins.codes(1), bins.codes(2)), (&[0; 5][..], &[][..]));
        assert_eq!((bins.rows(), bins.width()), (5, 2));
    }

    #[test]
    fn infinities_are_at_the_ends() {
        let cells = [f64::INFINITY, 0.0, -0.0, f64::NEG_INFINITY, 1.0];
        let rows = Array2::from_shape_fn((5, 1), |(row, _)| cells[row]);
        let bins = Bins::fit(rows.view(), None, 255, 1);
        assert_eq!(bins.cuts(0), [f64::MIN, 0.5, f64::MAX]);
        assert_eq!(bins.codes(0), [3, 1, 1, 0, 2]);
    }

    #[test]
    fn a_cut_is_finite_and_between() {
        let tiny = f64::from_bits(1);
        let next = f64::from_bits(1.0_f64.to_bits() + 1);
        assert_eq!(between(1.0, next), Some(1.0));
        assert_eq!(between(0.0, tiny), Some(0.0));
        assert_eq!(between(f64::MIN, f64::MAX), Some(0.0));
        assert_eq!(between(f64::NEG_INFINITY, f64::INFINITY), Some(0.0));
        assert_eq!(between(f64::NEG_INFINITY, f64::MIN), None);
        assert_eq!(between(f64::MAX, f64::INFINITY), Some(f64::MAX));
    }

    #[test]
    fn many_values_share_bins_of_equal_weight() {
        let rows = Array2::from_shape_fn((10_000, 1), |(row, _)| (row as f64).powi(3));
        let bins = Bins::fit(rows.view(), None, 100, 1);
        assert_eq!(bins.cuts(0).len(), 99);
        let mut counts = [0; 100];
        bins.codes(0).iter().for_each(|&code| counts[usize::from(code)] += 1);
        assert_eq!(counts, [100; 100]);
    }

    #[test]
    fn a_heavy_value_has_a_bin_of_its_own() {
        let cell = |row| if row < 6_000 { 50.5 } else { (row - 6_000) as f64 / 20.0 };
        let rows = Array2::from_shape_fn((8_000, 1), |(row, _)| cell(row));
        let bins = Bins::fit(rows.view(), None, 10, 1);
        let heavy = bins.codes(0)[0];
        let alike = bins.codes(0).iter().filter(|&&code| code == heavy).count();
        assert_eq!(alike, 6_001); // one more row happens to be 50.5
        assert!(bins.cuts(0).len() >= 8, "{:?}", bins.cuts(0));
    }

    /// Cells of many kinds: few values, many, missing and infinite ones.
    fn cells(count: usize, width: usize) -> impl Strategy<Value = Array2<f64>> {
        (any::<u64>(), 2..1_000_usize).prop_map(move |(seed, values)| {
            let mut chance = Chance::seeded(seed);
            Array2::from_shape_fn((count, width), |_| match chance.below(40) {
                0 => f64::NAN,
                1 => f64::INFINITY,
                2 => f64::NEG_INFINITY,
                _ => chance.below(values) as f64 / 7.0 - 30.0,
            })
        })
    }

    proptest! {
        #[test]
        fn a_code_says_on_which_side_of_each_cut_a_value_lies(
            rows in cells(700, 2),
            max_bins in 2..300_usize,
        ) {
            let bins = Bins::fit(rows.view(), None, max_bins, 1);
            for column in 0..2 {
                let cuts = bins.cuts(column);
                prop_assert!(cuts.len() < max_bins.min(MOST_BINS));
                prop_assert!(cuts.windows(2).all(|pair| pair[0] < pair[1]));
                for (&cell, &code) in rows.column(column).iter().zip(bins.codes(column)) {
                    prop_assert_eq!(cell.is_nan(), code == MISSING);
                    let is_right = |(k, &cut): (usize, &f64)| (cell <= cut) == (usize::from(code) <= k);
                    prop_assert!(cell.is_nan() || cuts.iter().enumerate().all(is_right));
                }
            }
        }

        #[test]
        fn neither_threads_nor_layout_change_a_bin(rows in cells(300, 19), max_bins in 2..50_usize) {
            let bins = Bins::fit(rows.view(), None, max_bins, 1);
            let mut turned = Array2::zeros((300, 19).f());
            turned.assign(&rows);
            for threads in [1, 2, 5, 40] {
                prop_assert_eq!(&Bins::fit(turned.view(), None, max_bins, threads), &bins);
                prop_assert_eq!(&Bins::fit(rows.view(), None, max_bins, threads), &bins);
            }
        }

        #[test]
        fn a_row_of_weight_two_is_two_rows_and_one_of_none_is_none(
            rows in cells(400, 2),
            max_bins in 2..50_usize,
        ) {
            let weights: Vec<f64> = (0..400).map(|row| f64::from(row % 3)).collect();
            let repeated: Vec<usize> = (0..400).flat_map(|row| vec![row; row % 3]).collect();
            let rows_repeated = rows.select(Axis(0), &repeated);
            let weighted = Bins::fit(rows.view(), Some(&weights), max_bins, 1);
            let repeated = Bins::fit(rows_repeated.view(), None, max_bins, 1);
            for column in 0..2 {
                prop_assert_eq!(weighted.cuts(column), repeated.cuts(column));
            }
        }
    }

    #[test]
    fn nothing_has_no_bins() {
        for shape in [(0, 0), (0, 3), (3, 0)] {
            let bins = Bins::fit(Array2::zeros(shape).view(), None, 255, 2);
            assert_eq!((bins.rows(), bins.width()), shape);
            assert!(bins.codes(0).is_empty());
        }
    }
}
