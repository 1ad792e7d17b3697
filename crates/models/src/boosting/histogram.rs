//! How much gradient and hessian falls into each bin of each column.

use super::sums::Sum;
use crate::tree::bins::{Bins, MISSING};

/// So many columns are counted side by side: one addition does not wait for the one before it, and what is counted
/// stays in the nearest cache.
pub(super) const SIDE: usize = 8;

/// A bin for each code there can be: a code needs no bound.
pub(super) const CODES: usize = MISSING as usize + 1;

/// The bins of columns side by side, being counted.
pub(super) type Tally = [[Sum; CODES]; SIDE];

/// Columns side by side: the codes of each row together.
pub(super) struct Strip {
    pub(super) columns: Vec<StripColumn>,
    codes: Vec<[u8; SIDE]>,
}

/// A column of a [`Strip`].
pub(super) struct StripColumn {
    /// Which it is among all.
    pub(super) number: usize,
    /// Bins of values.
    pub(super) bins: usize,
}

impl Strip {
    /// These columns, at most [`SIDE`].
    pub(super) fn new(bins: &Bins, columns: &[usize]) -> Self {
        let mut codes = vec![[0; SIDE]; bins.rows()];
        for (place, &column) in columns.iter().enumerate().take(SIDE) {
            for (to, &code) in codes.iter_mut().zip(bins.codes(column)) {
                to[place] = code;
            }
        }
        let column = |&number: &usize| StripColumn { number, bins: bins.cuts(number).len() + 1 };
        Self { columns: columns.iter().take(SIDE).map(column).collect(), codes }
    }

    /// How long the counts of these columns are in a histogram: each has its bins, and one of what is missing.
    pub(super) fn size(&self) -> usize {
        self.columns.iter().map(StripColumn::size).sum()
    }

    /// Counts these rows, of which the sums are told.
    pub(super) fn tally(&self, rows: Option<&[u32]>, sums: &[Sum], tally: &mut Tally) {
        for (counts, column) in tally.iter_mut().zip(&self.columns) {
            counts.iter_mut().take(column.bins).for_each(|count| *count = 0);
            counts[usize::from(MISSING)] = 0;
        }
        let tally_some = match self.columns.len() {
            0 => return,
            1 => tally_columns::<1>,
            2 => tally_columns::<2>,
            3 => tally_columns::<3>,
            4 => tally_columns::<4>,
            5 => tally_columns::<5>,
            6 => tally_columns::<6>,
            7 => tally_columns::<7>,
            _ => tally_columns::<SIDE>,
        };
        tally_some(&self.codes, rows, sums, tally);
    }
}

impl StripColumn {
    pub(super) fn size(&self) -> usize {
        self.bins + 1
    }
}

fn tally_columns<const N: usize>(
    codes: &[[u8; SIDE]],
    rows: Option<&[u32]>,
    sums: &[Sum],
    tally: &mut Tally,
) {
    let mut add = |codes: &[u8; SIDE], sum: Sum| {
        for (counts, &code) in tally.iter_mut().zip(codes).take(N) {
            let count = &mut counts[usize::from(code)];
            *count = count.wrapping_add(sum);
        }
    };
    match rows {
        None => codes.iter().zip(sums).for_each(|(codes, &sum)| add(codes, sum)),
        Some(rows) => {
            for (&row, &sum) in rows.iter().zip(sums) {
                if let Some(codes) = codes.get(row as usize) {
                    add(codes, sum);
                }
            }
        }
    }
}

/// The columns worth looking at among these: not those of one bin, and of equal ones the first.
pub(super) fn telling(bins: &Bins, columns: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut seen = std::collections::HashSet::new();
    let is_telling = |&column: &usize| {
        let has_two = !bins.cuts(column).is_empty() || bins.has_missing(column);
        has_two && seen.insert(bins.codes(column))
    };
    columns.filter(is_telling).collect()
}
