//! What is earlier trains, what is later judges.

use super::allot::sizes;
use super::{Fold, Shares, enough};
use crate::{DataError, Dataset};

/// Rows in the order of their times.
struct Order {
    rows: Vec<usize>,
    times: Vec<i64>,
}

pub(super) fn parts(
    data: &Dataset,
    shares: Shares,
    gap: u64,
) -> Result<Vec<Vec<usize>>, DataError> {
    let order = Order::of(data)?;
    let [train, validate, _] = shares.each().map(|share| share > 0.0);
    let sizes = sizes(order.rows.len(), &shares.each());
    let mut cuts = vec![0];
    for (size, is_wanted) in sizes.iter().zip([train, validate]) {
        let last = cuts.last().copied().unwrap_or(0);
        cuts.push(if is_wanted { order.cut(last + size) } else { last });
    }
    cuts.push(order.rows.len());
    let stretch = |pair: &[usize]| match pair {
        &[start, end] => order.before_gap(start, end, gap),
        _ => Vec::new(),
    };
    Ok(cuts.windows(2).map(stretch).collect())
}

/// The rows are cut into one stretch more than folds; each fold judges by one and trains with all before.
pub(super) fn folds(data: &Dataset, count: usize, gap: u64) -> Result<Vec<Fold>, DataError> {
    let order = Order::of(data)?;
    let rows = order.rows.len();
    enough("rows", rows, count + 1)?;
    let mut cuts: Vec<usize> = (1..=count)
        .map(|stretch| order.cut(rows - (count + 1 - stretch) * (rows / (count + 1))))
        .collect();
    cuts.dedup();
    enough("stretches of time", cuts.iter().filter(|&&cut| cut < rows).count(), count)?;
    cuts.push(rows);
    let fold = |pair: &[usize]| match pair {
        &[start, end] => {
            let mut fold =
                Fold { train: order.before_gap(0, start, gap), test: order.stretch(start, end) };
            fold.train.sort_unstable();
            fold.test.sort_unstable();
            fold
        }
        _ => Fold::default(),
    };
    let folds: Vec<Fold> = cuts.windows(2).map(fold).collect();
    let empty = folds.iter().filter(|fold| fold.train.is_empty()).count();
    enough("folds with rows before the gap", count - empty, count)?;
    Ok(folds)
}

impl Order {
    fn of(data: &Dataset) -> Result<Self, DataError> {
        let times = data.times().ok_or(DataError::Unlabelled { what: "times" })?;
        let mut timed: Vec<(i64, usize)> = times.iter().copied().zip(0..).collect();
        timed.sort_unstable();
        let (times, rows) = timed.into_iter().unzip();
        Ok(Self { rows, times })
    }

    /// The place nearest to that one, not before it, that lies between two times.
    fn cut(&self, place: usize) -> usize {
        match place.checked_sub(1).and_then(|before| self.times.get(before)) {
            Some(last) => self.times.partition_point(|time| time <= last),
            None => 0,
        }
    }

    fn stretch(&self, start: usize, end: usize) -> Vec<usize> {
        self.rows.get(start..end).unwrap_or_default().to_vec()
    }

    /// The rows from `start` to `end` but those that are too near to the one at `end`.
    fn before_gap(&self, start: usize, end: usize, gap: u64) -> Vec<usize> {
        let end = match self.times.get(end) {
            Some(next) if gap > 0 => {
                let latest = next.saturating_sub_unsigned(gap);
                end.min(self.times.partition_point(|time| *time < latest))
            }
            _ => end,
        };
        self.stretch(start, end.max(start))
    }
}
