//! Rows kept of many, any of them as likely.

use std::collections::BinaryHeap;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use super::rows::Who;

/// Keeps so many of all rows, any of them as likely, in bounded memory.
///
/// Every row draws a lot that hangs on the seed and on whose it is, and the least lots stay: the same rows in any order, as
/// threads hand them over, leave the same ones.
pub(super) struct Reservoir {
    most: usize,
    seen: u64,
    lots: FixedState,
    /// The greatest lot is on top.
    kept: BinaryHeap<Kept>,
    cells: Vec<f64>,
}

/// A row that is kept: its lot, whose it is, and the place of its cells.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    lot: u64,
    who: Who,
    place: usize,
}

impl Reservoir {
    pub(super) fn new(most: usize, seed: u64) -> Self {
        let (kept, cells) = (BinaryHeap::new(), Vec::new());
        Self { most, seen: 0, lots: FixedState::with_seed(seed), kept, cells }
    }

    pub(super) fn add(&mut self, who: &Who, row: &[f64]) {
        self.seen += 1;
        let lot = self.lots.hash_one(who);
        if self.kept.len() < self.most {
            self.kept.push(Kept { lot, who: *who, place: self.kept.len() });
            self.cells.extend_from_slice(row);
            return;
        }
        let Some(mut greatest) = self.kept.peek_mut().filter(|it| (lot, who) < (it.lot, &it.who))
        else {
            return;
        };
        (greatest.lot, greatest.who) = (lot, *who);
        let cells = self.cells.chunks_exact_mut(row.len().max(1)).nth(greatest.place);
        cells.into_iter().flatten().zip(row).for_each(|(cell, new)| *cell = *new);
    }

    /// Whether all of them are kept.
    pub(super) fn is_whole(&self) -> bool {
        self.seen == self.kept.len() as u64
    }

    /// What is kept, in order of time: whose rows, and their cells one row behind the other.
    pub(super) fn kept(self) -> (Vec<Who>, Vec<f64>) {
        let mut kept = self.kept.into_vec();
        kept.sort_unstable_by_key(|it| (it.who, it.place));
        let width = self.cells.len().checked_div(kept.len()).unwrap_or(0);
        let mut cells = Vec::with_capacity(self.cells.len());
        for it in &kept {
            let from = it.place * width;
            cells.extend_from_slice(self.cells.get(from..from + width).unwrap_or_default());
        }
        (kept.into_iter().map(|it| it.who).collect(), cells)
    }
}

#[cfg(test)]
mod tests {
    use netsift_packet::Timestamp;

    use super::*;

    fn who(number: u64) -> Who {
        Who {
            time: Timestamp::EPOCH,
            frame: Some(number),
            source: None,
            destination: None,
            protocol: None,
            volume: Default::default(),
            duration_nanos: 0,
        }
    }

    #[test]
    fn every_row_is_kept_as_often_and_stays_with_whose_it_is() {
        let mut counts = [0; 10];
        for seed in 0..2_000 {
            let mut reservoir = Reservoir::new(3, seed);
            for number in 0..10 {
                reservoir.add(&who(number), &[number as f64, -(number as f64)]);
            }
            assert!(!reservoir.is_whole());
            let (kept, cells) = reservoir.kept();
            for (who, cells) in kept.iter().zip(cells.chunks(2)) {
                let number = who.frame.unwrap();
                assert_eq!(cells, [number as f64, -(number as f64)]);
                counts[number as usize] += 1;
            }
        }
        assert!(counts.iter().all(|count| (500..700).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_order_of_rows_changes_nothing() {
        let kept = |order: &mut dyn Iterator<Item = u64>| {
            let mut reservoir = Reservoir::new(20, 7);
            order.for_each(|number| reservoir.add(&who(number), &[number as f64]));
            reservoir.kept()
        };
        let forwards = kept(&mut (0..100));
        assert_eq!(kept(&mut (0..100).rev()), forwards);
        assert!(forwards.0.is_sorted() && forwards.0.len() == 20);
        assert!(forwards.1.is_sorted());
    }

    #[test]
    fn few_rows_are_all_kept() {
        let mut reservoir = Reservoir::new(3, 0);
        (0..3).for_each(|number| reservoir.add(&who(number), &[1.0]));
        assert!(reservoir.is_whole());
        assert_eq!(reservoir.kept().1, [1.0; 3]);
    }
}
