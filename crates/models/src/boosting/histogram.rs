//! How much gradient and hessian falls into each bin of each column.

use super::sums::Sum;
use crate::tree::bins::{Bins, MISSING};

/// So many columns are counted side by side: one addition does not wait for the one before it, and what is counted
/// stays in the nearest cache.
pub(super) const SIDE: usize = 8;

/// The codes of so many rows that lie far apart are fetched before they are counted: memory is waited for once, and not
/// for each.
const FETCHED: usize = 64;

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
        Some(rows) if are_sparse(rows) => {
            let mut fetched = [[0; SIDE]; FETCHED];
            for (rows, sums) in rows.chunks(FETCHED).zip(sums.chunks(FETCHED)) {
                for (to, &row) in fetched.iter_mut().zip(rows) {
                    *to = codes.get(row as usize).copied().unwrap_or_default();
                }
                fetched.iter().zip(sums).for_each(|(codes, &sum)| add(codes, sum));
            }
        }
        Some(rows) => {
            for (&row, &sum) in rows.iter().zip(sums) {
                if let Some(codes) = codes.get(row as usize) {
                    add(codes, sum);
                }
            }
        }
    }
}

/// Whether of most rows none is beside another in a line of memory (64 bytes), so that each is waited for.
fn are_sparse(rows: &[u32]) -> bool {
    let (first, last) = (rows.first().copied().unwrap_or(0), rows.last().copied().unwrap_or(0));
    (last.saturating_sub(first) as usize) / (64 / SIDE) > rows.len()
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

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use netsift_data::Chance;

    use super::*;

    fn any_bins(rows: usize, columns: usize) -> Bins {
        let mut chance = Chance::seeded(3);
        let cells = Array2::from_shape_fn((rows, columns), |_| match chance.below(9) {
            0 => f64::NAN,
            _ => chance.below(300) as f64,
        });
        Bins::fit(cells.view(), None, 255, 1)
    }

    #[test]
    fn counts_are_those_of_row_by_row() {
        let bins = any_bins(2_000, 8);
        let sums: Vec<Sum> = (0..2_000).map(|row| (row << 32) + 3 * row + 1).collect();
        for width in 1..=8 {
            let columns: Vec<usize> = (0..width).collect();
            let strip = Strip::new(&bins, &columns);
            // What was counted before is gone.
            let mut tally = [[77; CODES]; SIDE];
            strip.tally(None, &sums, &mut tally);
            holds(&bins, &strip, &tally, |_| true, &sums);
            // Rows near each other, and far apart.
            for apart in [3, 19] {
                let some: Vec<u32> = (0..2_000).step_by(apart).collect();
                assert_eq!(are_sparse(&some), apart > 8);
                let of_some: Vec<Sum> = some.iter().map(|&row| sums[row as usize]).collect();
                strip.tally(Some(&some), &of_some, &mut tally);
                holds(&bins, &strip, &tally, |row| row % apart == 0, &sums);
            }
        }
    }

    fn holds(
        bins: &Bins,
        strip: &Strip,
        tally: &Tally,
        counts: impl Fn(usize) -> bool,
        sums: &[Sum],
    ) {
        for (counted, column) in tally.iter().zip(&strip.columns) {
            let mut plain = [0; CODES];
            let codes = bins.codes(column.number).iter().enumerate();
            codes
                .filter(|&(row, _)| counts(row))
                .for_each(|(row, &code)| plain[usize::from(code)] += sums[row]);
            assert_eq!(counted[..column.bins], plain[..column.bins]);
            assert_eq!(counted[CODES - 1], plain[CODES - 1]);
        }
    }

    #[test]
    fn constants_and_twins_tell_nothing() {
        let rows = Array2::from_shape_fn((4, 5), |(row, column)| match column {
            0 => 7.0,
            1 => row as f64,
            2 => row as f64 * 10.0,
            3 if row == 2 => f64::NAN,
            3 => 1.0,
            _ => -(row as f64),
        });
        let bins = Bins::fit(rows.view(), None, 255, 1);
        assert_eq!(telling(&bins, 0..5), [1, 3, 4]);
    }
}
