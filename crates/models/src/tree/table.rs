//! What trees of classes are grown from: the same cells in the orders and sizes that make them quick to look at.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::ArrayView2;

use super::bins::{MISSING, MOST_BINS, column_by_column, groups, key, value};

/// The level of a cell without a value: above all others.
pub(crate) const NO_LEVEL: u16 = u16::MAX;

/// As many levels as there are numbers for beside [`NO_LEVEL`].
const MOST_LEVELS: usize = NO_LEVEL as usize;

/// From one row in so many on, rows are looked at column by column: rows of a node are neighbours then. The others share
/// no line of the cache with each other, but the columns of one row do.
const ROWS_FOR_ONE: usize = 8;

/// So many rows are turned at once, so that each line of the cache is filled while it is at hand.
const TURNED: usize = 64;

/// Rows to grow trees from.
pub(crate) struct Table<'a> {
    rows: usize,
    width: usize,
    /// Column by column.
    cells: Cow<'a, [f64]>,
    /// Row by row; none, if columns are counted.
    cells_of_rows: Cow<'a, [f64]>,
    /// None, if cuts are drawn by chance. The levels and codes of cells are row by row here.
    columns: Vec<Column>,
    levels: Vec<u16>,
    codes: Vec<u8>,
}

/// A column, counted in two ways: in levels, one for each value if there are not more than [`MOST_LEVELS`]; and in bins
/// of neighbouring levels, at most [`MOST_BINS`].
#[derive(Default)]
pub(crate) struct Column {
    /// The bin of each row, or [`MISSING`].
    pub(crate) codes: Vec<u8>,
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

impl<'a> Table<'a> {
    /// The cells alone, for cuts by chance.
    pub(crate) fn plain(rows: ArrayView2<'a, f64>) -> Self {
        let (count, width) = rows.dim();
        let cells_of_rows = match rows.to_slice() {
            Some(cells) => Cow::Borrowed(cells),
            None => Cow::Owned(rows.iter().copied().collect()),
        };
        Self {
            rows: count,
            width,
            cells: cells(rows),
            cells_of_rows,
            columns: Vec::new(),
            levels: Vec::new(),
            codes: Vec::new(),
        }
    }

    /// With columns counted. Cells that weigh nothing are not.
    pub(crate) fn counted(
        rows: ArrayView2<'a, f64>,
        weights: Option<&[f64]>,
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
                done.push((column, Column::of(cells, weights)));
            }
        };
        let mut done = super::on_threads(threads.min(width), work);
        done.sort_unstable_by_key(|&(column, _)| column);
        let all_levels: Vec<&[u16]> =
            done.iter().map(|(_, (_, levels))| levels.as_slice()).collect();
        let levels = row_by_row(&all_levels, count);
        let all_codes: Vec<&[u8]> =
            done.iter().map(|(_, (column, _))| column.codes.as_slice()).collect();
        let codes = row_by_row(&all_codes, count);
        let columns = done.into_iter().map(|(_, (column, _))| column).collect();
        Self {
            rows: count,
            width,
            cells,
            cells_of_rows: Cow::Borrowed(&[]),
            columns,
            levels,
            codes,
        }
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

    /// A column as it is, for a node of so many rows.
    pub(crate) fn cells(&self, column: usize, rows: usize) -> Cells<'_, f64> {
        if self.is_sparse(rows) && !self.cells_of_rows.is_empty() {
            return Cells {
                cells: self.cells_of_rows.get(column..).unwrap_or(&[]),
                step: self.width,
            };
        }
        let start = column * self.rows;
        Cells { cells: self.cells.get(start..start + self.rows).unwrap_or(&[]), step: 1 }
    }

    /// The codes of a column, for a node of so many rows.
    pub(crate) fn codes(&self, column: usize, rows: usize) -> Cells<'_, u8> {
        if self.is_sparse(rows) {
            return Cells { cells: self.codes.get(column..).unwrap_or(&[]), step: self.width };
        }
        Cells { cells: self.column(column).map_or(&[], |column| &column.codes), step: 1 }
    }

    /// The levels of a column.
    pub(crate) fn levels(&self, column: usize) -> Cells<'_, u16> {
        Cells { cells: self.levels.get(column..).unwrap_or(&[]), step: self.width }
    }

    /// Whether rows of a node of so many are no neighbours.
    pub(crate) fn is_sparse(&self, rows: usize) -> bool {
        rows < self.rows / ROWS_FOR_ONE
    }
}

impl Column {
    /// A column, and the level of each row.
    fn of(cells: &[f64], weights: Option<&[f64]>) -> (Self, Vec<u16>) {
        let weight =
            |row: u32| weights.map_or(1.0, |all| all.get(row as usize).copied().unwrap_or(0.0));
        let known = cells.iter().zip(0_u32..);
        let known = known.filter(|&(cell, row)| !cell.is_nan() && weight(row) > 0.0);
        let mut sorted: Vec<(u64, u32)> = known.map(|(&cell, row)| (key(cell), row)).collect();
        sorted.sort_unstable();
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
        let code = |missing, cell: &f64| if cell.is_nan() { missing } else { 0 };
        let mut codes: Vec<u8> =
            cells.iter().map(|cell| code(u16::from(MISSING), cell) as u8).collect();
        let mut level_of: Vec<u16> = cells.iter().map(|cell| code(NO_LEVEL, cell)).collect();
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
                let row = row as usize;
                if let (Some(to_code), Some(to_level)) = (codes.get_mut(row), level_of.get_mut(row))
                {
                    (*to_code, *to_level) = (bin as u8, level as u16);
                }
            }
        }
        (Self { codes, levels, firsts }, level_of)
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

fn row_by_row<C: Copy + Default>(columns: &[&[C]], rows: usize) -> Vec<C> {
    let width = columns.len();
    let mut turned = vec![C::default(); rows * width];
    for (part, turned) in turned.chunks_mut((TURNED * width).max(1)).enumerate() {
        for (place, column) in columns.iter().enumerate() {
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

    fn sample(row: u32) -> Sample {
        Sample { row, ..Sample::default() }
    }

    fn levels(table: &Table<'_>, column: usize) -> Vec<u16> {
        (0..table.rows as u32).map(|row| table.levels(column).of(&sample(row)).unwrap()).collect()
    }

    #[test]
    fn few_values_have_bins_of_their_own() {
        let rows = array![[3.0], [f64::NAN], [1.0], [3.0], [2.0]];
        let table = Table::counted(rows.view(), Some(&[1.0, 1.0, 1.0, 1.0, 0.0]), 1);
        let column = table.column(0).unwrap();
        assert_eq!(column.codes, [1, MISSING, 0, 1, 0]);
        assert_eq!(levels(&table, 0), [1, NO_LEVEL, 0, 1, 0]);
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
            let table = Table::counted(rows.view(), None, 2);
            for place in 0..2 {
                let column = table.column(place).unwrap();
                assert_eq!(column.levels.len(), (count - 1).min(MOST_LEVELS));
                assert_eq!(column.bins(), MOST_BINS);
                for (row, &cell) in
                    rows.column(place).iter().enumerate().filter(|&(row, _)| row != 7)
                {
                    let sample = sample(row as u32);
                    let level = usize::from(table.levels(place).of(&sample).unwrap());
                    let (low, high) = column.levels[level];
                    assert!(low <= cell && cell <= high, "{low} {cell} {high}");
                    let code = table.codes(place, count).of(&sample).unwrap();
                    assert_eq!(table.codes(place, 1).of(&sample), Some(code));
                    let (low, high) = column.ends(usize::from(code));
                    assert!((low..=high).contains(&level), "{low} {level} {high}");
                    assert_eq!(table.cells(place, 1).of(&sample), Some(cell));
                }
                assert!(column.levels.windows(2).all(|pair| pair[0].1 < pair[1].0));
                assert_eq!(table.codes(place, 1).of(&sample(7)), Some(MISSING));
            }
        }
    }

    #[test]
    fn nothing_is_counted_of_columns_without_values() {
        let rows = array![[f64::NAN, 1.0], [f64::NAN, 1.0]];
        let table = Table::counted(rows.view(), None, 1);
        let bins = [0, 1].map(|column| table.column(column).unwrap().bins());
        assert_eq!(bins, [0, 1]);
        assert_eq!(levels(&table, 0), [NO_LEVEL; 2]);
    }

    #[test]
    fn cells_are_the_same_in_both_orders() {
        let rows = Array2::from_shape_fn((100, 3), |(row, column)| (row * 3 + column) as f64);
        let table = Table::plain(rows.view());
        for row in 0..100 {
            let of = |rows| table.cells(1, rows).of(&sample(row));
            assert_eq!(
                (of(100), of(1)),
                (Some(f64::from(row * 3 + 1)), Some(f64::from(row * 3 + 1)))
            );
        }
    }
}
