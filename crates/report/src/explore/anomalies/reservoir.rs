//! Rows kept of many, any of them as likely.

use netsift_models::data::Chance;

use super::rows::Who;

/// Keeps so many of all rows, any of them as likely, in bounded memory.
pub(super) struct Reservoir {
    most: usize,
    seen: u64,
    who: Vec<Who>,
    cells: Vec<f64>,
    chance: Chance,
}

impl Reservoir {
    pub(super) fn new(most: usize, seed: u64) -> Self {
        let (who, cells) = (Vec::new(), Vec::new());
        Self { most, seen: 0, who, cells, chance: Chance::seeded(seed) }
    }

    pub(super) fn add(&mut self, who: &Who, row: &[f64]) {
        self.seen += 1;
        if self.who.len() < self.most {
            self.who.push(*who);
            self.cells.extend_from_slice(row);
            return;
        }
        let place = self.chance.below(usize::try_from(self.seen).unwrap_or(usize::MAX));
        let cells = place.checked_mul(row.len()).and_then(|from| self.cells.get_mut(from..));
        if let (Some(kept), Some(cells)) = (self.who.get_mut(place), cells) {
            *kept = *who;
            cells.iter_mut().zip(row).for_each(|(cell, new)| *cell = *new);
        }
    }

    /// How many rows there were.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// Whether all of them are kept.
    pub(super) fn is_whole(&self) -> bool {
        self.seen == self.who.len() as u64
    }

    /// What is kept: whose rows, and their cells one row behind the other.
    pub(super) fn kept(self) -> (Vec<Who>, Vec<f64>) {
        (self.who, self.cells)
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
            assert!(!reservoir.is_whole() && reservoir.seen() == 10);
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
    fn few_rows_are_all_kept() {
        let mut reservoir = Reservoir::new(3, 0);
        (0..3).for_each(|number| reservoir.add(&who(number), &[1.0]));
        assert!(reservoir.is_whole());
        assert_eq!(reservoir.kept().1, [1.0; 3]);
    }
}
