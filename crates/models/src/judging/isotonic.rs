//! How probable a class is at a score: the rising steps that come nearest to what was (Ayer and others, 1955).

use serde::{Deserialize, Serialize};

use crate::ModelError;
use crate::check::sound;

/// No score of a curve is larger: what lies between two can be told.
const LARGEST: f64 = 1e100;

/// Scores nearer to each other are the same, but for how they were rounded.
const ROUNDING: f64 = 1e-15;

/// Probabilities at scores, straight lines between them, and the first and last beyond.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Isotonic {
    scores: Vec<f64>,
    probabilities: Vec<f64>,
}

/// Scores that were pooled because probabilities would fall otherwise.
#[derive(Clone, Copy)]
struct Block {
    first: f64,
    last: f64,
    of_class: f64,
    rows: f64,
}

impl Block {
    fn mean(self) -> f64 {
        self.of_class / self.rows
    }
}

impl Isotonic {
    /// Of rows that are of the class or not: the least squared distance of all curves that never fall.
    pub(super) fn of(scores: &[f64], is_of_class: &[bool]) -> Self {
        let mut rows: Vec<(f64, f64)> =
            scores.iter().zip(is_of_class).map(|(&score, &is)| (score, f64::from(is))).collect();
        rows.sort_unstable_by(|(one, _), (other, _)| one.total_cmp(other));
        let mut blocks: Vec<Block> = Vec::new();
        let mut rest = &rows[..];
        while let Some(&(score, _)) = rest.first() {
            let equals = rest.partition_point(|(other, _)| other - score < ROUNDING);
            // What is no number is not even equal to itself.
            let (equals, others) = rest.split_at(equals.max(1));
            rest = others;
            let of_class = equals.iter().map(|(_, is)| is).sum();
            let mut block =
                Block { first: score, last: score, of_class, rows: equals.len() as f64 };
            while let Some(before) = blocks.pop_if(|before| before.mean() >= block.mean()) {
                block.first = before.first;
                block.of_class += before.of_class;
                block.rows += before.rows;
            }
            blocks.push(block);
        }
        let mut curve = Self { scores: Vec::new(), probabilities: Vec::new() };
        for block in blocks {
            curve.put(block.first, block.mean());
            if block.last > block.first {
                curve.put(block.last, block.mean());
            }
        }
        curve
    }

    /// How probable the class is at this score.
    pub(super) fn probability(&self, score: f64) -> f64 {
        let above = self.scores.partition_point(|one| *one <= score);
        let at = |place: usize| Some((*self.scores.get(place)?, *self.probabilities.get(place)?));
        let below = above.checked_sub(1).and_then(at);
        match (below, at(above)) {
            (Some((from, low)), Some((to, high))) => {
                low + (high - low) * ((score - from) / (to - from))
            }
            (Some((_, only)), None) | (None, Some((_, only))) => only,
            (None, None) => 0.0,
        }
    }

    /// Whether it can have come of a fit.
    pub(super) fn check(&self) -> Result<(), ModelError> {
        sound(self.scores.len() == self.probabilities.len(), "a probability for each score")?;
        let are_scores = self.scores.iter().all(|score| score.abs() <= LARGEST);
        let rise = self.scores.is_sorted_by(|one, other| one < other);
        sound(are_scores && rise, "scores are of a bounded size and rise")?;
        let are_shares = self.probabilities.iter().all(|share| (0.0..=1.0).contains(share));
        sound(
            are_shares && self.probabilities.is_sorted(),
            "probabilities are from 0 to 1 and never fall",
        )
    }

    fn put(&mut self, score: f64, probability: f64) {
        self.scores.push(score);
        self.probabilities.push(probability);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_in_the_wrong_order_are_pooled() {
        let scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.9];
        let is = [false, true, false, true, true, true];
        let curve = Isotonic::of(&scores, &is);
        let told = [0.0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 2.0].map(|score| curve.probability(score));
        let expected = [0.0, 0.0, 0.5, 0.5, 0.5, 0.75, 1.0, 1.0];
        assert!(
            told.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-12),
            "{told:?}"
        );
        curve.check().unwrap();
    }

    #[test]
    fn equal_scores_share_a_probability() {
        let curve = Isotonic::of(&[0.5; 4], &[true, false, false, true]);
        assert_eq!([0.0, 0.5, 1.0].map(|score| curve.probability(score)), [0.5; 3]);
        assert_eq!(Isotonic::of(&[], &[]).probability(0.3), 0.0);
        let rounded = Isotonic::of(&[0.1 + 0.2, 0.3], &[true, false]);
        assert_eq!(rounded.probability(0.3), 0.5);
        let wild = Isotonic::of(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5], &[true; 4]);
        assert_eq!(wild.probability(0.5), 1.0);
    }

    #[test]
    fn forged_curves_are_unsound() {
        let of = |scores: &[f64], probabilities: &[f64]| {
            let (scores, probabilities) = (scores.to_vec(), probabilities.to_vec());
            Isotonic { scores, probabilities }.check()
        };
        of(&[0.0, 1.0], &[0.2, 0.2]).unwrap();
        for (scores, probabilities) in [
            (&[0.0][..], &[][..]),
            (&[0.0, 0.0], &[0.1, 0.2]),
            (&[0.0, f64::NAN], &[0.1, 0.2]),
            (&[0.0, 1.0], &[0.2, 0.1]),
            (&[0.0, 1.0], &[0.2, 1.1]),
            (&[0.0, 1.0], &[0.2, f64::NAN]),
        ] {
            assert!(of(scores, probabilities).is_err());
        }
    }

    proptest! {
        /// No step up or down by itself comes nearer: the mean of a block is the mean of its rows (Barlow's conditions).
        #[test]
        fn curves_rise_and_keep_the_mean(
            rows in prop::collection::vec((0_u8..20, any::<bool>()), 1..60),
        ) {
            let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0) / 20.0).collect();
            let is: Vec<bool> = rows.iter().map(|row| row.1).collect();
            let curve = Isotonic::of(&scores, &is);
            curve.check().unwrap();
            let told: f64 = scores.iter().map(|&score| curve.probability(score)).sum();
            let was = is.iter().filter(|is| **is).count() as f64;
            prop_assert!((told - was).abs() < 1e-9, "{told} {was}");
            // From any score on up, what was is at most what is told.
            for from in &scores {
                let above = || scores.iter().zip(&is).filter(|(score, _)| *score <= from);
                let told: f64 = above().map(|(&score, _)| curve.probability(score)).sum();
                let was = above().filter(|(_, is)| **is).count() as f64;
                prop_assert!(told <= was + 1e-9);
            }
        }
    }
}
