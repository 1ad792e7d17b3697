//! What trees of classes are grown from: the same cells in the orders and sizes that make them quick to look at.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::ArrayView2;

use super::bins::{MISSING, MOST_BINS, column_by_column, groups, key, value};

/// The level of a cell without a value: above all others.
pub(crate) const NO_LEVEL: u16 = u16::MAX;

/// As many levels as there are numbers for beside [`NO_LEVEL`].
const MOST_LEVELS: usize = NO_LEVEL as usize;

/// If one in so many of the rows between its first and its last is in a node, it is looked at column by column: its rows
/// are neighbours then. Rows that are not share no line of the cache with each other, but the columns of one row do.
const ROWS_FOR_ONE: usize = 8;

/// So many rows are turned at once, so that each line of the cache is filled while it is at hand.
const TURNED: usize = 64;

/// Rows to grow trees from, in an order in which those of a class are neighbours: mostly they come to the same nodes.
pub(crate) struct Table {
    width: usize,
    columns: Vec<Column>,
    /// None, unless cuts are drawn by chance.
    cells: Twice<f64>,
    /// None, if cuts are drawn by chance.
    levels: Twice<u16>,
    codes: Twice<u8>,
}

/// The same numbers in both orders.
#[derive(Default)]
struct Twice<C> {
    rows: usize,
    by_column: Vec<C>,
    by_row: Vec<C>,
}

impl<C: Copy + Default> Twice<C> {
    fn new(by_column: Vec<C>, rows: usize, width: usize) -> Self {
        Self { by_row: row_by_row(&by_column, rows, width), by_column, rows }
    }

    fn of(&self, column: usize, width: usize, samples: &[Sample]) -> Cells<'_, C> {
        if is_sparse(samples) {
            return Cells { cells: self.by_row.get(column..).unwrap_or(&[]), step: width };
        }
        let start = column * self.rows;
        Cells { cells: self.by_column.get(start..start + self.rows).unwrap_or(&[]), step: 1 }
    }
}

/// Whether most rows of a node, which stand in their order, are no neighbours.
fn is_sparse(samples: &[Sample]) -> bool {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return false };
    samples.len() < first.row.abs_diff(last.row) as usize / ROWS_FOR_ONE
}

/// A column, counted in two ways: in levels, one for each value if there are not more than [`MOST_LEVELS`]; and in bins
/// of neighbouring levels, at most [`MOST_BINS`].
#[derive(Default)]
pub(crate) struct Column {
    /// The lowest and the highest value of each level.
    pub(crate) levels: Vec<(f64, f64)>,
    /// The first level of each bin, and behind them how many levels there are.
    firsts: Vec<usize>,
}

/// A row in a node.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sample {
    pub(crate) row: u32,
    pub(crate) class: u32,
    pub(crate) weight: f64,
}

/// Numbers of rows in a column: the first, and how far it is to the next row's.
#[derive(Clone, Copy)]
pub(crate) struct Cells<'t, C> {
    cells: &'t [C],
    step: usize,
}

impl<C: Copy> Cells<'_, C> {
    #[inline]
    pub(crate) fn of(self, sample: &Sample) -> Option<C> {
        self.cells.get(sample.row as usize * self.step).copied()
    }
}

impl Table {
    /// The cells of these rows alone, for cuts by chance.
    pub(crate) fn plain(rows: ArrayView2<'_, f64>, picked: &[u32]) -> Self {
        let (count, width) = rows.dim();
        let all = cells(rows);
        let columns = all.chunks_exact(count.max(1));
        let picked_cells = columns.flat_map(|column| pick(column, picked)).collect();
        Self {
            width,
            columns: Vec::new(),
            cells: Twice::new(picked_cells, picked.len(), width),
            levels: Twice::default(),
            codes: Twice::default(),
        }
    }

    /// These rows with their columns counted, each of its weight.
    pub(crate) fn counted(
        rows: ArrayView2<'_, f64>,
        picked: &[u32],
        samples: &[Sample],
        threads: usize,
    ) -> Self {
        let (count, width) = rows.dim();
        let cells = cells(rows);
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            loop {
                let column = next.fetch_add(1, Ordering::Relaxed);
                if column >= width {
                    return done;
                }
                let cells = cells.get(column * count..(column + 1) * count).unwrap_or(&[]);
                let picked: Vec<f64> = pick(cells, picked).collect();
                done.push((column, Column::of(&picked, samples)));
            }
        };
        let mut done = super::on_threads(threads.min(width), work);
        done.sort_unstable_by_key(|&(column, _)| column);
        let mut table = Self {
            width,
            columns: Vec::with_capacity(width),
            cells: Twice::default(),
            levels: Twice::default(),
            codes: Twice::default(),
        };
        let (mut levels, mut codes) = (Vec::new(), Vec::new());
        for (_, (column, of_rows)) in done {
            table.columns.push(column);
            levels.extend(of_rows.iter().map(|&(level, _)| level));
            codes.extend(of_rows.iter().map(|&(_, code)| code));
        }
        table.levels = Twice::new(levels, picked.len(), width);
        table.codes = Twice::new(codes, picked.len(), width);
        table
    }

    /// How many columns there are.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// How many levels the column of most levels has.
    pub(crate) fn most_levels(&self) -> usize {
        self.columns.iter().map(|column| column.levels.len()).max().unwrap_or(0)
    }

    /// A column, counted.
    pub(crate) fn column(&self, column: usize) -> Option<&Column> {
        self.columns.get(column)
    }

    /// A column as it is, for these rows.
    pub(crate) fn cells(&self, column: usize, samples: &[Sample]) -> Cells<'_, f64> {
        self.cells.of(column, self.width, samples)
    }

    /// The codes of a column, or [`MISSING`], for these rows.
    pub(crate) fn codes(&self, column: usize, samples: &[Sample]) -> Cells<'_, u8> {
        self.codes.of(column, self.width, samples)
    }

    /// The levels of a column, or [`NO_LEVEL`], for these rows.
    pub(crate) fn levels(&self, column: usize, samples: &[Sample]) -> Cells<'_, u16> {
        self.levels.of(column, self.width, samples)
    }
}

fn pick(column: &[f64], picked: &[u32]) -> impl Iterator<Item = f64> {
    picked.iter().map(|&row| column.get(row as usize).copied().unwrap_or(f64::NAN))
}

impl Column {
    /// A column, and the level and the code of each row.
    fn of(cells: &[f64], samples: &[Sample]) -> (Self, Vec<(u16, u8)>) {
        let weight = |row: u32| samples.get(row as usize).map_or(0.0, |sample| sample.weight);
        let known = cells.iter().zip(0_u32..).filter(|(cell, _)| !cell.is_nan());
        let mut sorted: Vec<(u64, u32)> = known.map(|(&cell, row)| (key(cell), row)).collect();
        // Equal values in any order: where there are many of them, most of the work is saved.
        sorted.sort_unstable_by_key(|&(key, _)| key);
        let alike: Vec<&[(u64, u32)]> =
            sorted.chunk_by(|(one, _), (other, _)| one == other).collect();
        let weigh = |rows: &&[(u64, u32)]| rows.iter().map(|&(_, row)| weight(row)).sum();
        let weights: Vec<f64> = alike.iter().map(weigh).collect();
        let starts = groups(&weights, MOST_LEVELS);
        let parts = || starts.iter().zip(starts.iter().skip(1).copied().chain([alike.len()]));
        let weigh =
            |(&first, end): (&usize, usize)| weights.get(first..end).unwrap_or(&[]).iter().sum();
        let weights: Vec<f64> = parts().map(weigh).collect();
        let mut firsts = groups(&weights, MOST_BINS);
        firsts.push(weights.len());
        let mut of_rows = vec![(NO_LEVEL, MISSING); cells.len()];
        let mut levels = Vec::with_capacity(weights.len());
        let mut bin = 0;
        for (level, (&first, end)) in parts().enumerate() {
            bin += usize::from(firsts.get(bin + 1) == Some(&level));
            let values = alike.get(first..end).unwrap_or(&[]);
            let value = |rows: Option<&&[(u64, u32)]>| {
                rows.and_then(|rows| rows.first()).map_or(0.0, |&(key, _)| value(key))
            };
            levels.push((value(values.first()), value(values.last())));
            for &(_, row) in values.iter().copied().flatten() {
                if let Some(to) = of_rows.get_mut(row as usize) {
                    *to = (level as u16, bin as u8);
                }
            }
        }
        (Self { levels, firsts }, of_rows)
    }

    /// How many bins there are.
    pub(crate) fn bins(&self) -> usize {
        self.firsts.len().saturating_sub(1)
    }

    /// Whether each bin is a level.
    pub(crate) fn has_bins_of_levels(&self) -> bool {
        self.bins() == self.levels.len()
    }

    /// The first and the last level of a bin.
    pub(crate) fn ends(&self, bin: usize) -> (usize, usize) {
        let first = |bin: usize| self.firsts.get(bin).copied().unwrap_or(0);
        (first(bin), first(bin + 1).saturating_sub(1))
    }
}

fn cells(rows: ArrayView2<'_, f64>) -> Cow<'_, [f64]> {
    let borrowed = rows.reversed_axes().to_slice().map(Cow::Borrowed);
    borrowed.unwrap_or_else(|| Cow::Owned(column_by_column(rows)))
}

fn row_by_row<C: Copy + Default>(columns: &[C], rows: usize, width: usize) -> Vec<C> {
    let mut turned = vec![C::default(); rows * width];
    for (part, turned) in turned.chunks_mut((TURNED * width).max(1)).enumerate() {
        for (place, column) in columns.chunks_exact(rows.max(1)).enumerate() {
            let cells = column.iter().skip(part * TURNED);
            let to = turned.iter_mut().skip(place).step_by(width);
            to.zip(cells).for_each(|(to, &cell)| *to = cell);
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    /// All rows, each of that weight.
    fn picked(weights: &[f64]) -> (Vec<u32>, Vec<Sample>) {
        let sample = |(row, &weight): (u32, &f64)| Sample { row, class: 0, weight };
        ((0..weights.len() as u32).collect(), (0..).zip(weights).map(sample).collect())
    }

    fn counted(rows: &Array2<f64>) -> (Table, Vec<Sample>) {
        let (picked, samples) = picked(&vec![1.0; rows.nrows()]);
        (Table::counted(rows.view(), &picked, &samples, 2), samples)
    }

    #[test]
    fn few_values_have_bins_of_their_own() {
        let rows = array![[3.0], [f64::NAN], [1.0], [3.0], [2.0]];
        let (_, samples) = picked(&[1.0; 4]);
        let table = Table::counted(rows.view(), &[3, 2, 1, 0], &samples, 1);
        let column = table.column(0).unwrap();
        let codes = samples.iter().map(|sample| table.codes(0, &samples).of(sample).unwrap());
        assert_eq!(codes.collect::<Vec<_>>(), [1, 0, MISSING, 1]);
        let levels = samples.iter().map(|sample| table.levels(0, &samples).of(sample).unwrap());
        assert_eq!(levels.collect::<Vec<_>>(), [1, 0, NO_LEVEL, 1]);
        assert_eq!((column.levels.as_slice(), column.bins()), (&[(1.0, 1.0), (3.0, 3.0)][..], 2));
        assert!(column.has_bins_of_levels());
        assert_eq!((column.ends(0), column.ends(1)), ((0, 0), (1, 1)));
    }

    #[test]
    fn many_values_share_bins_and_very_many_share_levels() {
        for (count, step) in [(1_000, 7), (150_000, 77_773)] {
            let rows = Array2::from_shape_fn((count, 2), |(row, column)| match row {
                7 => f64::NAN,
                _ => (row * step % count) as f64 - column as f64,
            });
            let (table, samples) = counted(&rows);
            // Far apart, these are read row by row.
            let ends = [samples[0], samples[count - 1]];
            for place in 0..2 {
                let column = table.column(place).unwrap();
                assert_eq!(column.levels.len(), (count - 1).min(MOST_LEVELS));
                assert_eq!(column.bins(), MOST_BINS);
                assert!(column.levels.windows(2).all(|pair| pair[0].1 < pair[1].0));
                let cells = rows.column(place);
                for (sample, &cell) in samples.iter().zip(cells).filter(|(_, cell)| !cell.is_nan())
                {
                    let level = table.levels(place, &samples).of(sample).unwrap();
                    assert_eq!(table.levels(place, &ends).of(sample), Some(level));
                    let (low, high) = column.levels[usize::from(level)];
                    assert!(low <= cell && cell <= high, "{low} {cell} {high}");
                    let code = table.codes(place, &samples).of(sample).unwrap();
                    assert_eq!(table.codes(place, &ends).of(sample), Some(code));
                    let (low, high) = column.ends(usize::from(code));
                    assert!((low..=high).contains(&usize::from(level)), "{low} {level} {high}");
                }
                assert_eq!(table.codes(place, &ends).of(&samples[7]), Some(MISSING));
            }
        }
    }

    #[test]
    fn nothing_is_counted_of_columns_without_values() {
        let (table, samples) = counted(&array![[f64::NAN, 1.0], [f64::NAN, 1.0]]);
        let bins = [0, 1].map(|column| table.column(column).unwrap().bins());
        assert_eq!(bins, [0, 1]);
        assert_eq!(table.levels(0, &samples).of(&samples[1]), Some(NO_LEVEL));
    }

    #[test]
    fn cells_are_the_same_in_both_orders() {
        let rows = Array2::from_shape_fn((100, 3), |(row, column)| (row * 3 + column) as f64);
        let (mut picked, samples) = picked(&[1.0; 100]);
        picked.reverse();
        let table = Table::plain(rows.view(), &picked);
        let ends = [samples[0], samples[99]];
        for sample in &samples {
            let expected = Some(rows[(99 - sample.row as usize, 1)]);
            assert_eq!(table.cells(1, &samples).of(sample), expected);
            assert_eq!(table.cells(1, &ends).of(sample), expected);
        }
    }
}
