//! What trees of classes are grown from: columns in codes and in ranks, and rows in the order of nodes.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::ArrayView2;

use super::bins::{MISSING, MOST_BINS, column_by_column, cuts, key, value};

/// The rank of a cell without a value: behind all others.
pub(crate) const MISSING_RANK: u32 = u32::MAX;

/// Rows to grow trees from, column by column.
pub(crate) struct Table<'a> {
    rows: usize,
    width: usize,
    cells: Cow<'a, [f64]>,
    /// None, if cuts are drawn by chance.
    columns: Vec<Column>,
}

/// A column, counted in two ways: in at most [`MOST_BINS`] bins of neighbouring values, and value by value.
#[derive(Default)]
pub(crate) struct Column {
    /// The bin of each row, or [`MISSING`].
    pub(crate) codes: Vec<u8>,
    /// The first rank of each bin, and behind them how many ranks there are.
    pub(crate) firsts: Vec<u32>,
    /// The place of each row's value among the distinct ones, or [`MISSING_RANK`]. None, if that is the code.
    pub(crate) ranks: Vec<u32>,
    /// The distinct values, ascending.
    pub(crate) values: Vec<f64>,
}

/// A row in a node.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sample {
    pub(crate) row: u32,
    pub(crate) class: u32,
    pub(crate) weight: f64,
}

impl<'a> Table<'a> {
    /// The cells alone, for cuts by chance.
    pub(crate) fn plain(rows: ArrayView2<'a, f64>) -> Self {
        let (count, width) = rows.dim();
        let borrowed = rows.reversed_axes().to_slice().map(Cow::Borrowed);
        let cells = borrowed.unwrap_or_else(|| Cow::Owned(column_by_column(rows)));
        Self { rows: count, width, cells, columns: Vec::new() }
    }

    /// With columns counted. Cells that weigh nothing are not.
    pub(crate) fn counted(
        rows: ArrayView2<'a, f64>,
        weights: Option<&[f64]>,
        threads: usize,
    ) -> Self {
        let plain = Self::plain(rows);
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            loop {
                let column = next.fetch_add(1, Ordering::Relaxed);
                if column >= plain.width {
                    return done;
                }
                done.push((column, Column::of(plain.cells(column), weights)));
            }
        };
        let mut columns = super::on_threads(threads.min(plain.width), work);
        columns.sort_unstable_by_key(|&(column, _)| column);
        let columns = columns.into_iter().map(|(_, column)| column).collect();
        Self { columns, ..plain }
    }

    /// How many columns there are.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// A column, as it is.
    pub(crate) fn cells(&self, column: usize) -> &[f64] {
        let start = column * self.rows;
        self.cells.get(start..start + self.rows).unwrap_or(&[])
    }

    /// A column, counted.
    pub(crate) fn column(&self, column: usize) -> Option<&Column> {
        self.columns.get(column)
    }
}

impl Column {
    fn of(cells: &[f64], weights: Option<&[f64]>) -> Self {
        let weight = |row: u32| {
            weights.map_or(1.0, |weights| weights.get(row as usize).copied().unwrap_or(0.0))
        };
        let known =
            cells.iter().zip(0_u32..).filter(|&(cell, row)| !cell.is_nan() && weight(row) > 0.0);
        let mut sorted: Vec<(u64, u32)> = known.map(|(&cell, row)| (key(cell), row)).collect();
        sorted.sort_unstable();
        let mut runs: Vec<(f64, f64)> = Vec::new();
        let mut last = None;
        for &(key, row) in &sorted {
            if last != Some(key) {
                runs.push((value(key), 0.0));
                last = Some(key);
            }
            if let Some((_, sum)) = runs.last_mut() {
                *sum += weight(row);
            }
        }
        let code_of_rank = codes(&runs, &cuts(&runs, MOST_BINS));
        let mut column = Self {
            codes: cells.iter().map(|cell| if cell.is_nan() { MISSING } else { 0 }).collect(),
            firsts: firsts(&code_of_rank),
            ranks: Vec::new(),
            values: runs.into_iter().map(|(value, _)| value).collect(),
        };
        column.write(cells, &sorted, &code_of_rank);
        column
    }

    /// Writes the code of each row, and its rank where that is more.
    fn write(&mut self, cells: &[f64], sorted: &[(u64, u32)], code_of_rank: &[u8]) {
        if self.values.len() >= self.firsts.len() {
            let rank = |cell: &f64| if cell.is_nan() { MISSING_RANK } else { 0 };
            self.ranks = cells.iter().map(rank).collect();
        }
        let mut rank = 0;
        let mut last = sorted.first().map(|&(key, _)| key);
        for &(key, row) in sorted {
            rank += u32::from(last != Some(key));
            last = Some(key);
            if let (Some(code), Some(&of_rank)) =
                (self.codes.get_mut(row as usize), code_of_rank.get(rank as usize))
            {
                *code = of_rank;
            }
            if let Some(to) = self.ranks.get_mut(row as usize) {
                *to = rank;
            }
        }
    }

    /// How many bins there are.
    pub(crate) fn bins(&self) -> usize {
        self.firsts.len().saturating_sub(1)
    }

    /// The lowest and the highest value of a bin.
    pub(crate) fn ends(&self, bin: usize) -> (f64, f64) {
        let value = |rank: usize| self.values.get(rank).copied().unwrap_or(0.0);
        let first = |bin: usize| self.firsts.get(bin).map_or(0, |&first| first as usize);
        (value(first(bin)), value(first(bin + 1).saturating_sub(1)))
    }
}

fn codes(runs: &[(f64, f64)], cuts: &[f64]) -> Vec<u8> {
    let mut code = 0;
    let code_of = |&(value, _): &(f64, f64)| {
        while cuts.get(code).is_some_and(|&cut| cut < value) {
            code += 1;
        }
        code as u8
    };
    runs.iter().map(code_of).collect()
}

fn firsts(code_of_rank: &[u8]) -> Vec<u32> {
    let mut firsts = Vec::new();
    for (rank, &code) in code_of_rank.iter().enumerate() {
        if firsts.len() <= usize::from(code) {
            firsts.push(rank as u32);
        }
    }
    firsts.push(code_of_rank.len() as u32);
    firsts
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn few_values_have_codes_alone() {
        let rows = array![[3.0], [f64::NAN], [1.0], [3.0], [2.0]];
        let table = Table::counted(rows.view(), Some(&[1.0, 1.0, 1.0, 1.0, 0.0]), 1);
        let column = table.column(0).unwrap();
        assert_eq!(column.codes, [1, MISSING, 0, 1, 0]);
        assert_eq!((column.values.as_slice(), column.bins()), (&[1.0, 3.0][..], 2));
        assert!(column.ranks.is_empty());
        assert_eq!((column.ends(0), column.ends(1)), ((1.0, 1.0), (3.0, 3.0)));
    }

    #[test]
    fn many_values_have_ranks_too() {
        let rows = Array2::from_shape_fn((1_000, 2), |(row, column)| match row {
            7 => f64::NAN,
            _ => (row * 7 % 1_000) as f64 - column as f64,
        });
        let table = Table::counted(rows.view(), None, 2);
        for place in 0..2 {
            let column = table.column(place).unwrap();
            assert_eq!(
                (column.values.len(), column.ranks[7], column.codes[7]),
                (999, MISSING_RANK, MISSING)
            );
            for (row, &cell) in rows.column(place).iter().enumerate().filter(|&(row, _)| row != 7) {
                assert_eq!(column.values[column.ranks[row] as usize], cell);
                let (low, high) = column.ends(usize::from(column.codes[row]));
                assert!(low <= cell && cell <= high, "{low} {cell} {high}");
            }
            let ends: Vec<_> = (0..column.bins()).map(|bin| column.ends(bin)).collect();
            assert!(ends.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }

    #[test]
    fn nothing_is_counted_of_columns_without_values() {
        let rows = array![[f64::NAN, 1.0], [f64::NAN, 1.0]];
        let table = Table::counted(rows.view(), None, 1);
        let bins = [0, 1].map(|column| table.column(column).unwrap().bins());
        assert_eq!(bins, [0, 1]);
        assert_eq!(table.cells(1), [1.0, 1.0]);
    }
}
