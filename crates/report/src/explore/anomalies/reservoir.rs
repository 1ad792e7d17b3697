//! Rows kept of many, any of them as likely.

use std::collections::BinaryHeap;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use super::rows::Who;

/// Keeps all rows as long as there is room for them, and then a sample, any of them as likely: in bounded memory.
///
/// Every row draws a lot that hangs on the seed and on whose it is, and the sample is those of the least lots: the same rows
/// in any order, as threads hand them over, leave the same ones.
pub(super) struct Reservoir {
    sample: usize,
    room: usize,
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

/// What was kept, in order of time.
pub(super) struct Gathered {
    rows: Vec<Kept>,
    cells: Vec<f64>,
    width: usize,
    /// The first lot that is not among the sample, if not all are.
    beyond: Option<Kept>,
}

impl Reservoir {
    /// With a sample of so many rows, and room for so many more.
    pub(super) fn new(sample: usize, room: usize, seed: u64) -> Self {
        let (kept, cells) = (BinaryHeap::new(), Vec::new());
        let (room, lots) = (room.max(sample), FixedState::with_seed(seed));
        Self { sample, room, seen: 0, lots, kept, cells }
    }

    pub(super) fn add(&mut self, who: &Who, row: &[f64]) {
        let was_whole = self.is_whole();
        self.seen += 1;
        let lot = self.lots.hash_one(who);
        if was_whole && self.kept.len() < self.room {
            self.kept.push(Kept { lot, who: *who, place: self.kept.len() });
            self.cells.extend_from_slice(row);
            return;
        }
        if was_whole {
            self.leave_sample(row.len());
        }
        let Some(mut greatest) = self.kept.peek_mut().filter(|it| (lot, who) < (it.lot, &it.who))
        else {
            return;
        };
        (greatest.lot, greatest.who) = (lot, *who);
        let cells = self.cells.chunks_exact_mut(row.len().max(1)).nth(greatest.place);
        cells.into_iter().flatten().zip(row).for_each(|(cell, new)| *cell = *new);
    }

    /// Forgets all rows but the sample.
    fn leave_sample(&mut self, width: usize) {
        let mut kept = std::mem::take(&mut self.kept).into_sorted_vec();
        kept.truncate(self.sample);
        let mut cells = Vec::with_capacity(kept.len() * width);
        for (place, it) in kept.iter_mut().enumerate() {
            cells.extend_from_slice(cells_of(&self.cells, it.place, width));
            it.place = place;
        }
        (self.kept, self.cells) = (kept.into(), cells);
    }

    /// Whether all of them are kept.
    pub(super) fn is_whole(&self) -> bool {
        self.seen == self.kept.len() as u64
    }

    /// No more rows come.
    pub(super) fn gathered(self) -> Gathered {
        let (mut rows, cells) = (self.kept.into_sorted_vec(), self.cells);
        let beyond = rows.get(self.sample).copied();
        rows.sort_unstable_by_key(|it| (it.who, it.place));
        let width = cells.len().checked_div(rows.len()).unwrap_or(0);
        Gathered { rows, cells, width, beyond }
    }
}

impl Gathered {
    /// All rows that were kept.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&Who, &[f64])> {
        self.rows.iter().map(|it| (&it.who, self.cells_of(it)))
    }

    /// The cells of the sample, one row behind the other.
    pub(super) fn sample(&self) -> Vec<f64> {
        let is_in = |it: &&Kept| self.beyond.is_none_or(|beyond| **it < beyond);
        self.rows.iter().filter(is_in).flat_map(|it| self.cells_of(it)).copied().collect()
    }

    fn cells_of(&self, row: &Kept) -> &[f64] {
        cells_of(&self.cells, row.place, self.width)
    }
}

fn cells_of(cells: &[f64], place: usize, width: usize) -> &[f64] {
    cells.get(place * width..(place + 1) * width).unwrap_or_default()
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
            // With room for none but the sample, for some that are forgotten, and for all.
            let samples = [0, 7, 10].map(|room| {
                let mut reservoir = Reservoir::new(3, room, seed);
                for number in 0..10 {
                    reservoir.add(&who(number), &[number as f64, -(number as f64)]);
                }
                assert_eq!(reservoir.is_whole(), room == 10);
                let gathered = reservoir.gathered();
                assert_eq!(gathered.rows().count(), if room == 10 { 10 } else { 3 });
                for (who, cells) in gathered.rows() {
                    let number = who.frame.unwrap() as f64;
                    assert_eq!(cells, [number, -number]);
                }
                gathered.sample()
            });
            assert!(samples.iter().all(|sample| *sample == samples[0] && sample.len() == 6));
            samples[0].chunks(2).for_each(|row| counts[row[0] as usize] += 1);
        }
        assert!(counts.iter().all(|count| (500..700).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_order_of_rows_changes_nothing() {
        let kept = |order: &mut dyn Iterator<Item = u64>| {
            let mut reservoir = Reservoir::new(20, 50, 7);
            order.for_each(|number| reservoir.add(&who(number), &[number as f64]));
            let gathered = reservoir.gathered();
            gathered.rows().map(|(who, cells)| (*who, cells[0])).collect::<Vec<_>>()
        };
        let forwards = kept(&mut (0..100));
        assert_eq!(kept(&mut (0..100).rev()), forwards);
        assert!(forwards.len() == 20 && forwards.is_sorted_by_key(|(_, cell)| *cell));
        assert!(forwards.is_sorted_by_key(|(who, _)| *who));
    }

    #[test]
    fn few_rows_are_all_kept() {
        let mut reservoir = Reservoir::new(3, 0, 0);
        (0..3).for_each(|number| reservoir.add(&who(number), &[1.0]));
        assert!(reservoir.is_whole());
        assert_eq!(reservoir.gathered().sample(), [1.0; 3]);
    }
}
