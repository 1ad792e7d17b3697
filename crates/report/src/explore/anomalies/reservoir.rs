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

/// Rows in order of time.
pub(super) struct Gathered {
    pub(super) who: Vec<Who>,
    /// The cells of one row behind those of the other.
    pub(super) cells: Vec<f64>,
    /// Which of them are the sample; nothing, where they all are.
    pub(super) sample: Option<Vec<usize>>,
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

    /// What is kept.
    pub(super) fn gathered(self) -> Gathered {
        let mut kept = self.kept.into_sorted_vec();
        let last = kept.get(self.sample..).and_then(|others| others.first()).copied();
        kept.sort_unstable_by_key(|it| (it.who, it.place));
        let width = self.cells.len().checked_div(kept.len()).unwrap_or(0);
        let mut cells = Vec::with_capacity(self.cells.len());
        kept.iter().for_each(|it| cells.extend_from_slice(cells_of(&self.cells, it.place, width)));
        let sample = last.map(|last| {
            let numbered = kept.iter().enumerate();
            numbered.filter(|(_, it)| **it < last).map(|(number, _)| number).collect()
        });
        Gathered { who: kept.into_iter().map(|it| it.who).collect(), cells, sample }
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
                let Gathered { who, cells, sample } = reservoir.gathered();
                assert_eq!(
                    (who.len(), sample.is_some()),
                    if room == 10 { (10, true) } else { (3, false) }
                );
                for (who, cells) in who.iter().zip(cells.chunks(2)) {
                    let number = who.frame.unwrap() as f64;
                    assert_eq!(cells, [number, -number]);
                }
                let numbers = who.iter().map(|who| who.frame.unwrap() as usize);
                sample.unwrap_or_else(|| numbers.collect())
            });
            assert!(samples.iter().all(|sample| *sample == samples[0] && sample.len() == 3));
            samples[0].iter().for_each(|number| counts[*number] += 1);
        }
        assert!(counts.iter().all(|count| (500..700).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_order_of_rows_changes_nothing() {
        let kept = |order: &mut dyn Iterator<Item = u64>| {
            let mut reservoir = Reservoir::new(20, 50, 7);
            order.for_each(|number| reservoir.add(&who(number), &[number as f64]));
            let gathered = reservoir.gathered();
            (gathered.who, gathered.cells)
        };
        let forwards = kept(&mut (0..100));
        assert_eq!(kept(&mut (0..100).rev()), forwards);
        assert!(forwards.0.is_sorted() && forwards.0.len() == 20);
        assert!(forwards.1.is_sorted());
    }

    #[test]
    fn few_rows_are_all_kept() {
        let mut reservoir = Reservoir::new(3, 0, 0);
        (0..3).for_each(|number| reservoir.add(&who(number), &[1.0]));
        assert!(reservoir.is_whole());
        let gathered = reservoir.gathered();
        assert_eq!((gathered.cells, gathered.sample), (vec![1.0; 3], None));
    }
}
