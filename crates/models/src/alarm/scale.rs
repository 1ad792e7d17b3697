//! What is usual, as a table of bounded size: fine where thresholds are.

use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::{ModelError, Quantile};

/// Up to here, knots stand at whole hundredths.
const HUNDREDTHS: u32 = 90;
/// Beyond, steps are thousandths up to the last hundredth, and ten times finer with every power up to this one: an alert in
/// a million rows.
const FINEST: i32 = 7;

/// Scores of usual rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Scale {
    rows: u64,
    /// Which share of them is no larger than which score, both rising from 0 and the least to 1 and the largest; straight
    /// between two. Of few rows, all.
    knots: Vec<Quantile>,
}

impl Scale {
    pub(super) fn of(scores: &[f64]) -> Result<Self, ModelError> {
        finite(scores)?;
        let mut sorted = scores.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else {
            return Err(ModelError::TooFewRows { needed: 1, found: 0 });
        };
        let tail = shares();
        let shares = if last < 1 {
            vec![0.0, 1.0]
        } else if last < tail.len() {
            (0..=last).map(|place| place as f64 / last as f64).collect()
        } else {
            tail
        };
        let knot = |share: f64| Quantile { share, below: score_at(&sorted, share) };
        Ok(Self { rows: sorted.len() as u64, knots: shares.into_iter().map(knot).collect() })
    }

    /// How many rows it is of.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// The score that this share of the rows does not exceed.
    pub(super) fn score(&self, share: f64) -> f64 {
        let next = self.knots.partition_point(|knot| knot.share <= share);
        let (Some(low), Some(high)) = (self.knots.get(next.wrapping_sub(1)), self.knots.get(next))
        else {
            let end = if next == 0 { self.knots.first() } else { self.knots.last() };
            return end.map_or(0.0, |knot| knot.below);
        };
        between(low.below, high.below, (share - low.share) / (high.share - low.share))
    }

    /// The share of the rows that do not exceed this score.
    pub(super) fn share(&self, score: f64) -> f64 {
        let next = self.knots.partition_point(|knot| knot.below <= score);
        let (Some(low), Some(high)) = (self.knots.get(next.wrapping_sub(1)), self.knots.get(next))
        else {
            return if next == 0 { 0.0 } else { 1.0 };
        };
        // Halves first: the whole way may be beyond all numbers.
        let part = (score / 2.0 - low.below / 2.0) / (high.below / 2.0 - low.below / 2.0);
        between(low.share, high.share, part.clamp(0.0, 1.0))
    }

    /// The same with one row more, which is this one. Beyond the largest score it still rises, the slower the farther, as if
    /// half of what is left were as far beyond it as it is beyond the middle.
    pub(super) fn quantile(&self, score: f64) -> f64 {
        let more = self.rows as f64 + 1.0;
        let (middle, largest) = (self.score(0.5), self.score(1.0));
        let known = self.share(score) * (self.rows as f64 / more);
        if score <= largest {
            return known;
        }
        let reach = (largest / 2.0 - middle / 2.0).max(f64::MIN_POSITIVE);
        let beyond = score / 2.0 - largest / 2.0;
        // The smaller one is divided: a sum might be beyond all numbers.
        let part = if beyond > reach {
            (1.0 + reach / beyond).recip()
        } else {
            beyond / reach / (1.0 + beyond / reach)
        };
        known + part / more
    }

    pub(super) fn check(&self) -> Result<(), ModelError> {
        sound(self.rows >= 1, "usual rows")?;
        sound(self.knots.len() <= shares().len(), "a bounded number of quantiles")?;
        let ends = [self.knots.first(), self.knots.last()].map(|knot| knot.map(|knot| knot.share));
        sound(ends == [Some(0.0), Some(1.0)], "shares from 0 to 1")?;
        let rise =
            self.knots.is_sorted_by(|one, next| one.share < next.share && one.below <= next.below);
        let are_finite = self.knots.iter().all(|knot| knot.below.is_finite());
        sound(rise && are_finite, "quantiles are finite and rise")
    }
}

/// Refuses scores that are not finite.
pub(super) fn finite(scores: &[f64]) -> Result<(), ModelError> {
    match scores.iter().enumerate().find(|(_, score)| !score.is_finite()) {
        Some((row, &value)) => Err(ModelError::Score { row, value }),
        None => Ok(()),
    }
}

/// The shares that are told of many rows.
fn shares() -> Vec<f64> {
    let whole = (0..=HUNDREDTHS).map(|share| f64::from(share) / 100.0);
    let finer = |power| {
        let parts = 10_f64.powi(power);
        (10..100).rev().map(move |rest| 1.0 - f64::from(rest) / parts)
    };
    whole.chain((3..=FINEST).flat_map(finer)).chain([1.0]).collect()
}

/// Straight between the two nearest of sorted scores.
fn score_at(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let place = share * last as f64;
    let at = |place: f64| sorted.get((place as usize).min(last)).copied().unwrap_or(0.0);
    between(at(place.floor()), at(place.ceil()), place.fract())
}

/// No number leaves the ends, however it is rounded.
fn between(low: f64, high: f64, part: f64) -> f64 {
    (low * (1.0 - part) + high * part).clamp(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_rows_are_a_table_of_bounded_size() {
        let scores: Vec<f64> = (0..200_001).map(|row| f64::from(row) / 200_000.0).collect();
        let scale = Scale::of(&scores).unwrap();
        scale.check().unwrap();
        assert_eq!(scale.knots.len(), 542);
        for share in [0.0, 0.123, 0.5, 0.9, 0.95, 0.9876, 0.999, 0.99999, 0.9999999, 1.0] {
            assert!((scale.score(share) - share).abs() < 1e-12, "{share}");
            assert!((scale.share(share) - share).abs() < 1e-12, "{share}");
        }
    }

    #[test]
    fn few_rows_are_told_exactly() {
        let scale = Scale::of(&[4.0, 1.0, 2.0, 2.0, 9.0]).unwrap();
        assert_eq!(
            [0.0, 0.25, 0.5, 0.625, 0.75, 1.0].map(|share| scale.score(share)),
            [1.0, 2.0, 2.0, 3.0, 4.0, 9.0]
        );
        assert_eq!(
            [0.0, 1.0, 1.5, 2.0, 3.0, 9.0].map(|score| scale.share(score)),
            [0.0, 0.0, 0.125, 0.5, 0.625, 1.0]
        );
        let one = Scale::of(&[3.0]).unwrap();
        one.check().unwrap();
        assert_eq!([one.share(2.9), one.share(3.0), one.score(0.3)], [0.0, 1.0, 3.0]);
    }

    #[test]
    fn the_ends_of_numbers_have_a_place() {
        let scale = Scale::of(&[f64::MIN, 0.0, f64::MAX]).unwrap();
        assert_eq!([0.25, 0.75].map(|share| scale.score(share)), [f64::MIN / 2.0, f64::MAX / 2.0]);
        assert_eq!([f64::MIN / 2.0, f64::MAX / 2.0].map(|score| scale.share(score)), [0.25, 0.75]);
        assert!(Scale::of(&[f64::MIN; 3]).unwrap().quantile(f64::MAX) <= 1.0);
        let flat = Scale::of(&[0.0; 3]).unwrap();
        assert!(
            flat.quantile(0.0) == 0.75
                && flat.quantile(5e-324) >= 0.75
                && flat.quantile(1.0) <= 1.0
        );
    }

    #[test]
    fn forged_scales_are_unsound() {
        let scale = Scale::of(&[1.0, 2.0, 3.0]).unwrap();
        let is_refused = |change: fn(&mut Scale)| {
            let mut scale = scale.clone();
            change(&mut scale);
            scale.check().is_err()
        };
        assert!(!is_refused(|_| ()));
        assert!(is_refused(|scale| scale.rows = 0));
        assert!(is_refused(|scale| scale.knots.clear()));
        assert!(is_refused(|scale| scale.knots[2].share = 0.9));
        assert!(is_refused(|scale| scale.knots[1].share = f64::NAN));
        assert!(is_refused(|scale| scale.knots[1].below = 7.0));
        assert!(is_refused(|scale| scale.knots[2].below = f64::INFINITY));
        assert!(is_refused(|scale| scale.knots = vec![scale.knots[0]; 1000]));
    }
}
