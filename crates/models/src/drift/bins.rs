//! Where the cells of a column fall.

use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use super::part::Part;
use crate::ModelError;
use crate::check::sound;

/// Numbers are cut at every hundredth of them: what lies between two cuts is told apart no further, so this is how sharp a
/// Kolmogorov-Smirnov distance is.
const CUT_SHARES: usize = 100;
/// Two cuts for each number that stands in a hundredth of the rows or more, and one at every other hundredth.
const MOST_CUTS: usize = 2 * CUT_SHARES;
/// Texts that stand in fewer rows than one of so many are counted together, which bounds how many are known.
const TEXT_SHARES: usize = 100;

/// The bins of a column. Counts of them are in this order:
/// of numbers, minus infinity, what lies up to each cut, what lies above all of them, infinity, missing;
/// of texts, each of them, all others, missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Bins {
    /// Cuts of numbers, rising. A number that is a bin of its own has a cut just below it and one at it.
    Numbers(Vec<f64>),
    /// Texts that are told apart.
    Texts(Classes),
}

impl Bins {
    /// Cuts at the hundredths of these numbers, which are finite and sorted.
    pub(super) fn of_numbers(sorted: &[f64]) -> Self {
        let mut cuts: Vec<f64> = Vec::new();
        let mut cut = |at: f64| {
            if at.is_finite() && cuts.last().is_none_or(|last| *last < at) {
                cuts.push(at);
            }
        };
        for share in 1..=CUT_SHARES {
            let place = (share * sorted.len()).div_ceil(CUT_SHARES).max(1) - 1;
            let Some(&number) = sorted.get(place) else { break };
            let first = sorted.partition_point(|other| *other < number);
            let behind = sorted.partition_point(|other| *other <= number);
            let is_mass = (behind - first) * CUT_SHARES >= sorted.len();
            if is_mass {
                cut(number.next_down());
            }
            // Above the greatest there is nothing to be cut off, unless it is a bin of its own.
            if is_mass || share < CUT_SHARES {
                cut(number);
            }
        }
        Self::Numbers(cuts)
    }

    /// The texts of these that stand in a hundredth of the rows or more, the most frequent first.
    pub(super) fn of_texts(texts: &Classes, counts: &[u64]) -> Result<Self, ModelError> {
        let rows: u128 = counts.iter().map(|&count| u128::from(count)).sum();
        let mut kept: Vec<(&str, u64)> = texts.names().zip(counts.iter().copied()).collect();
        kept.retain(|(_, count)| *count > 0 && u128::from(*count) * TEXT_SHARES as u128 >= rows);
        kept.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Ok(Self::Texts(Classes::new(kept.into_iter().map(|(text, _)| text))?))
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Texts(_))
    }

    /// How many there are, that of missing cells among them.
    pub(super) fn len(&self) -> usize {
        self.missing() + 1
    }

    /// That of missing cells: the last.
    pub(super) fn missing(&self) -> usize {
        match self {
            Self::Numbers(cuts) => cuts.len() + 3,
            Self::Texts(texts) => texts.len() + 1,
        }
    }

    /// That of a cell of numbers.
    pub(super) fn of_number(&self, cell: f64) -> usize {
        let Self::Numbers(cuts) = self else { return self.missing() };
        match cell {
            f64::NEG_INFINITY => 0,
            f64::INFINITY => cuts.len() + 2,
            _ if cell.is_nan() => self.missing(),
            _ => 1 + cuts.partition_point(|cut| *cut < cell),
        }
    }

    /// That of a text.
    pub(super) fn of_text(&self, text: &str) -> usize {
        let Self::Texts(texts) = self else { return self.missing() };
        texts.number(text).map_or(texts.len(), |number| number as usize)
    }

    /// Whether bins of these places hold finite numbers, and may be put together.
    pub(super) fn is_finite(&self, bin: usize) -> bool {
        matches!(self, Self::Numbers(cuts) if (1..cuts.len() + 2).contains(&bin))
    }

    /// What falls into the bins from `first` to `last`.
    pub(super) fn part(&self, first: usize, last: usize) -> Part {
        match self {
            _ if last == self.missing() => Part::Missing,
            Self::Texts(texts) => match texts.name(first as u32) {
                Some(text) => Part::Text(text.to_owned()),
                None => Part::OtherTexts,
            },
            Self::Numbers(_) if !self.is_finite(last) => Part::Infinite,
            Self::Numbers(cuts) => {
                // The cut above bin 1 is cut 0.
                let above = first.checked_sub(2).and_then(|cut| cuts.get(cut)).copied();
                let up_to = last.checked_sub(1).and_then(|cut| cuts.get(cut)).copied();
                match (above, up_to) {
                    (Some(above), Some(up_to)) if above.next_up() == up_to => Part::Exactly(up_to),
                    _ => Part::Between { above, up_to },
                }
            }
        }
    }

    pub(super) fn check(&self) -> Result<(), ModelError> {
        match self {
            Self::Numbers(cuts) => {
                sound(cuts.len() <= MOST_CUTS, "a bounded number of cuts")?;
                let are_finite = cuts.iter().all(|cut| cut.is_finite());
                let rises = cuts.is_sorted_by(|one, other| one < other);
                sound(are_finite && rises, "cuts are finite and rise")
            }
            Self::Texts(texts) => sound(texts.len() <= TEXT_SHARES, "a bounded number of texts"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sorted(mut numbers: Vec<f64>) -> Vec<f64> {
        numbers.sort_unstable_by(f64::total_cmp);
        numbers
    }

    #[test]
    fn numbers_that_repeat_are_bins_of_their_own() {
        let numbers =
            sorted((0..1000).map(|row| if row < 400 { 0.0 } else { f64::from(row) }).collect());
        let bins = Bins::of_numbers(&numbers);
        let Bins::Numbers(cuts) = &bins else { panic!() };
        assert_eq!(cuts[..3], [0_f64.next_down(), 0.0, 409.0]);
        assert_eq!(cuts.len(), 2 + 59);
        let zero = bins.of_number(0.0);
        assert_eq!((zero, bins.of_number(-0.0), bins.part(zero, zero)), (2, 2, Part::Exactly(0.0)));
        assert_eq!(
            [-1.0, 5e-324, 409.0, 409.5, 1e9].map(|cell| bins.of_number(cell)),
            [1, 3, 3, 4, 62]
        );
        let ends = [f64::NEG_INFINITY, f64::INFINITY, f64::NAN].map(|cell| bins.of_number(cell));
        assert_eq!(ends, [0, 63, 64]);
        assert_eq!((bins.len(), bins.missing()), (65, 64));
        let over = Part::Between { above: Some(989.0), up_to: None };
        assert_eq!(
            (bins.part(62, 62), bins.part(63, 63), bins.part(64, 64)),
            (over, Part::Infinite, Part::Missing)
        );
    }

    #[test]
    fn frequent_texts_are_known_and_others_counted_together() {
        let texts = Classes::new(["rare", "udp", "tcp", "never"]).unwrap();
        let bins = Bins::of_texts(&texts, &[9, 391, 600, 0]).unwrap();
        assert_eq!(["tcp", "udp", "rare", "new"].map(|text| bins.of_text(text)), [0, 1, 2, 2]);
        assert_eq!((bins.len(), bins.missing(), bins.of_number(0.0)), (4, 3, 3));
        assert_eq!(
            [0, 2, 3].map(|bin| bins.part(bin, bin)),
            [Part::Text("tcp".into()), Part::OtherTexts, Part::Missing]
        );
    }

    #[test]
    fn forged_bins_are_unsound() {
        for wrong in
            [vec![1.0, 1.0], vec![2.0, 1.0], vec![f64::NAN], vec![f64::INFINITY], vec![0.0; 201]]
        {
            assert!(Bins::Numbers(wrong).check().is_err());
        }
        let texts = Classes::new((0..101).map(|text| text.to_string())).unwrap();
        assert!(Bins::Texts(texts).check().is_err());
    }

    proptest! {
        /// Whatever the numbers: bins are sound, every number has one, and those that hold many numbers are not full.
        #[test]
        fn every_number_has_a_bin(
            numbers in prop::collection::vec(prop_oneof![any::<f64>(), (0..9_i32).prop_map(f64::from)], 0..400),
            cells in prop::collection::vec(any::<f64>(), 1..9),
        ) {
            let finite = sorted(numbers.into_iter().filter(|number| number.is_finite()).collect());
            let bins = Bins::of_numbers(&finite);
            prop_assert!(bins.check().is_ok());
            let mut held = vec![Vec::new(); bins.len()];
            finite.iter().for_each(|&number| held[bins.of_number(number)].push(number));
            for (bin, held) in held.iter().enumerate() {
                let is_one = held.first().zip(held.last()).is_none_or(|(first, last)| first == last);
                prop_assert!(is_one || held.len() <= finite.len().div_ceil(100), "bin {bin}: {held:?}");
            }
            prop_assert!(cells.iter().all(|&cell| bins.of_number(cell) < bins.len()));
        }
    }
}
