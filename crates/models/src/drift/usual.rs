//! What later rows of a column are compared with.

use super::bins::Bins;
use super::reference::Spread;
use crate::bundle::ColumnFacts;
use crate::quantile::Quantile;

/// What was usual in a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Usual {
    pub(super) name: Box<str>,
    pub(super) bins: Bins,
    known: Known,
}

/// What is known of how a column was spread.
#[derive(Clone, Debug, PartialEq)]
enum Known {
    /// How many cells each bin held.
    Counts(Vec<u64>),
    /// A few quantiles, which is all that the first version of files holds.
    Quantiles {
        /// What share of the cells lay up to the end of each bin: at least, and at most.
        up_to: Vec<(f64, f64)>,
        /// How many cells there were.
        cells: f64,
        missing: f64,
    },
}

impl Usual {
    pub(super) fn counted(name: &str, spread: &Spread) -> Self {
        let known = Known::Counts(spread.counts.clone());
        Self { name: name.into(), bins: spread.bins.clone(), known }
    }

    /// As far as facts about a column of so many rows tell it. Of texts that is how many were missing.
    pub(super) fn told(facts: &ColumnFacts, rows: u64) -> Self {
        let cells = rows.saturating_sub(facts.missing);
        if !facts.is_text {
            return Self::of_quantiles(&facts.name, &facts.usual, cells, facts.missing);
        }
        let bins = Bins::Texts(netsift_data::Classes::default());
        Self { name: (&*facts.name).into(), bins, known: Known::Counts(vec![cells, facts.missing]) }
    }

    /// Of shares that lie below numbers.
    pub(super) fn of_quantiles(
        name: &str,
        quantiles: &[Quantile],
        cells: u64,
        missing: u64,
    ) -> Self {
        // Each number is a bin, since the share of its own is unknown.
        let (mut cuts, mut up_to) = (Vec::new(), Vec::new());
        let mut least = 0.0;
        for same in quantiles.chunk_by(|one, other| one.below == other.below) {
            let (Some(first), Some(last)) = (same.first(), same.last()) else { continue };
            let below = first.below.next_down();
            if below.is_finite() && cuts.last().is_none_or(|cut| *cut < below) {
                cuts.push(below);
                up_to.push((least, first.share));
            }
            cuts.push(first.below);
            least = last.share;
            let next = quantiles.iter().find(|other| other.below > first.below);
            up_to.push((least, next.map_or(1.0, |next| next.share)));
        }
        // Minus infinity in front of them; behind them what lies above all, and infinity.
        up_to.insert(0, (0.0, quantiles.first().map_or(1.0, |first| first.share)));
        up_to.extend([(least, 1.0), (1.0, 1.0)]);
        let known = Known::Quantiles { up_to, cells: cells as f64, missing: missing as f64 };
        Self { name: name.into(), bins: Bins::Numbers(cuts), known }
    }

    /// How many cells each bin held. Where a few quantiles are all that is known: of all columns that have them, the one
    /// nearest to what is `now`, so that nothing seems to have drifted that may not have.
    pub(super) fn counts(&self, now: &[f64]) -> Vec<f64> {
        let (up_to, cells, missing) = match &self.known {
            Known::Counts(counts) => return counts.iter().map(|&count| count as f64).collect(),
            Known::Quantiles { up_to, cells, missing } => (up_to, cells, missing),
        };
        let told: f64 = now.iter().take(up_to.len()).sum();
        let (mut sum, mut before) = (0.0, 0.0);
        let mut counts = Vec::with_capacity(up_to.len() + 1);
        for ((least, most), count) in up_to.iter().zip(now) {
            sum += count;
            let share = if told > 0.0 { sum / told } else { 0.0 };
            // No NaN: shares of a checked file are from 0 to 1, and the least is not above the most.
            let share = share.max(*least).min(*most).max(before);
            counts.push((share - before) * cells);
            before = share;
        }
        counts.push(*missing);
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantiles() -> Vec<Quantile> {
        let all = [(0.0, 0.0), (0.25, 0.0), (0.5, 3.0), (0.75, 7.0), (1.0, 7.0)];
        all.map(|(share, below)| Quantile { share, below }).to_vec()
    }

    fn counts_now(usual: &Usual, cells: &[f64]) -> Vec<f64> {
        let mut counts = vec![0.0; usual.bins.len()];
        cells.iter().for_each(|&cell| counts[usual.bins.of_number(cell)] += 1.0);
        counts
    }

    #[test]
    fn any_column_with_the_same_quantiles_is_as_usual() {
        let usual = Usual::of_quantiles("a", &quantiles(), 100, 0);
        usual.bins.check().unwrap();
        for cells in [
            vec![0.0, 0.0, 3.0, 7.0],
            vec![0.0, 0.0, 3.0, 3.0, 5.0, 7.0, 7.0, 7.0],
            vec![0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 7.0, 7.0, 7.0],
        ] {
            let now = counts_now(&usual, &cells);
            let scaled: Vec<f64> = now.iter().map(|n| n * 100.0 / cells.len() as f64).collect();
            let off = usual.counts(&now).into_iter().zip(scaled).map(|(one, other)| one - other);
            assert!(off.fold(0.0, |most: f64, off| most.max(off.abs())) < 1e-9, "{cells:?}");
        }
    }

    #[test]
    fn of_other_columns_the_nearest_that_has_the_quantiles_is_usual() {
        let usual = Usual::of_quantiles("a", &quantiles(), 100, 9);
        let counts = usual.counts(&counts_now(&usual, &[9.0; 5]));
        // A quarter of zeros at least, as much up to 3 and up to 7.
        assert_eq!(counts, [0.0, 0.0, 25.0, 0.0, 25.0, 0.0, 50.0, 0.0, 0.0, 9.0]);
        // All below zero: half of zeros at most.
        let counts = usual.counts(&counts_now(&usual, &[-1.0; 5]));
        assert_eq!(counts, [0.0, 0.0, 50.0, 0.0, 25.0, 0.0, 25.0, 0.0, 0.0, 9.0]);
        assert_eq!(usual.counts(&vec![0.0; usual.bins.len()]).iter().sum::<f64>(), 109.0);
        let none = Usual::of_quantiles("a", &[], 0, 0);
        assert_eq!(none.counts(&counts_now(&none, &[1.0])), [0.0; 4]);
    }
}
