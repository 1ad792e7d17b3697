//! Rows in the order of their scores: what every curve is read off.

use crate::score::{Score, checked_scores};
use crate::weights::{Weights, power_near};
use crate::{MetricError, Sum};

/// How many positives and negatives score at least each threshold, from the highest threshold down. Rows of one
/// score are one step: no order among them is made up.
///
/// ```
/// use netsift_metrics::Ranking;
///
/// let ranking = Ranking::of(&[true, false, true, false], &[0.9, 0.8, 0.8, 0.1], None)?;
/// assert_eq!(ranking.thresholds(), [0.9, 0.8, 0.1]);
/// assert_eq!(ranking.true_positives(), [1.0, 2.0, 2.0]);
/// assert_eq!(ranking.false_positives(), [0.0, 1.0, 2.0]);
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    thresholds: Vec<f64>,
    true_positives: Vec<f64>,
    false_positives: Vec<f64>,
}

impl Ranking {
    /// Of rows that are positive or not and have a score each, the larger the more positive. Rows that weigh
    /// nothing leave no trace.
    ///
    /// # Errors
    /// If there are no rows, not as many of each, or a score or a weight is not one.
    pub fn of<S: Score>(
        truth: &[bool],
        scores: &[S],
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        let mut thresholds = Vec::new();
        let (mut true_positives, mut false_positives) = (Vec::new(), Vec::new());
        let (mut positives, mut negatives) = (Sum::default(), Sum::default());
        steps(truth, scores, weights, |step| {
            positives.add(step.positives);
            negatives.add(step.negatives);
            thresholds.push(step.score);
            true_positives.push(positives.value());
            false_positives.push(negatives.value());
        })?;
        Ok(Self { thresholds, true_positives, false_positives })
    }

    /// The scores that rows have, from the highest down.
    #[must_use]
    pub fn thresholds(&self) -> &[f64] {
        &self.thresholds
    }

    /// For each threshold the positives that score as much or more, by weight.
    #[must_use]
    pub fn true_positives(&self) -> &[f64] {
        &self.true_positives
    }

    /// For each threshold the negatives that score as much or more, by weight.
    #[must_use]
    pub fn false_positives(&self) -> &[f64] {
        &self.false_positives
    }

    /// All positives, by weight.
    #[must_use]
    pub fn positives(&self) -> f64 {
        self.true_positives.last().copied().unwrap_or(0.0)
    }

    /// All negatives, by weight.
    #[must_use]
    pub fn negatives(&self) -> f64 {
        self.false_positives.last().copied().unwrap_or(0.0)
    }

    pub(crate) fn needs_positives(&self) -> Result<(), MetricError> {
        some(self.positives(), "positive")
    }

    pub(crate) fn needs_negatives(&self) -> Result<(), MetricError> {
        some(self.negatives(), "negative")
    }
}

/// The rows of one score.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) score: f64,
    pub(crate) positives: f64,
    pub(crate) negatives: f64,
}

/// Tells the steps from the highest score down.
///
/// Positives and negatives are sorted apart: then a row is nothing but its score (and its weight), and the
/// truth of each needs not be carried along. Scores are sorted as integers.
pub(crate) fn steps<S: Score>(
    truth: &[bool],
    scores: &[S],
    weights: Option<&[f64]>,
    tell: impl FnMut(Step),
) -> Result<(), MetricError> {
    checked_scores(truth.len(), scores)?;
    let weights = Weights::checked(weights, truth.len())?;
    match weights.given() {
        None => {
            let entry = |row: usize| Some(One(scores[row].to_bits()));
            merge(Sides::of(truth, entry), S::of_bits, tell);
        }
        Some(weights) => {
            let weighed = |row: usize| Weighed(scores[row].to_bits(), weights[row]);
            let entry = |row: usize| (weights[row] > 0.0).then(|| weighed(row));
            merge(Sides::of(truth, entry), S::of_bits, tell);
        }
    }
    Ok(())
}

/// The area under the ROC curve, without the curve.
pub(crate) fn area<S: Score>(
    truth: &[bool],
    scores: &[S],
    weights: Option<&[f64]>,
) -> Result<f64, MetricError> {
    // Products of weights must neither overflow nor vanish.
    let scale = power_near(Weights::checked(weights, truth.len())?.total());
    let (mut area, mut positives, mut negatives) = (Sum::default(), Sum::default(), Sum::default());
    steps(truth, scores, weights, |step| {
        // Of the negatives of this step, all positives above and half of those beside them are right.
        area.add(step.negatives * scale * (positives.value() + step.positives * scale / 2.0));
        positives.add(step.positives * scale);
        negatives.add(step.negatives * scale);
    })?;
    some(positives.value(), "positive")?;
    some(negatives.value(), "negative")?;
    Ok((area.value() / positives.value() / negatives.value()).min(1.0))
}

fn some(weight: f64, missing: &'static str) -> Result<(), MetricError> {
    if weight > 0.0 { Ok(()) } else { Err(MetricError::OneClass { missing }) }
}

/// What is sorted: the bits of a score, and what its row weighs.
trait Entry: Copy {
    type Bits: Copy + Ord;

    fn bits(self) -> Self::Bits;
    fn weight(self) -> f64;
}

#[derive(Clone, Copy)]
struct One<B>(B);

impl<B: Copy + Ord> Entry for One<B> {
    type Bits = B;

    #[inline]
    fn bits(self) -> B {
        self.0
    }

    #[inline]
    fn weight(self) -> f64 {
        1.0
    }
}

#[derive(Clone, Copy)]
struct Weighed<B>(B, f64);

impl<B: Copy + Ord> Entry for Weighed<B> {
    type Bits = B;

    #[inline]
    fn bits(self) -> B {
        self.0
    }

    #[inline]
    fn weight(self) -> f64 {
        self.1
    }
}

struct Sides<E> {
    positives: Vec<E>,
    negatives: Vec<E>,
}

impl<E> Sides<E> {
    fn of(truth: &[bool], entry: impl Fn(usize) -> Option<E>) -> Self {
        let positives = truth.iter().filter(|is_positive| **is_positive).count();
        let mut sides = Self {
            positives: Vec::with_capacity(positives),
            negatives: Vec::with_capacity(truth.len() - positives),
        };
        for (row, is_positive) in truth.iter().enumerate() {
            let side = if *is_positive { &mut sides.positives } else { &mut sides.negatives };
            side.extend(entry(row));
        }
        sides
    }
}

fn merge<E: Entry>(
    mut sides: Sides<E>,
    score: impl Fn(E::Bits) -> f64,
    mut tell: impl FnMut(Step),
) {
    sides.positives.sort_unstable_by_key(|entry| entry.bits());
    sides.negatives.sort_unstable_by_key(|entry| entry.bits());
    let (mut positives, mut negatives) = (&sides.positives[..], &sides.negatives[..]);
    loop {
        let ends = [positives.last(), negatives.last()];
        let Some(bits) = ends.into_iter().flatten().map(|entry| entry.bits()).max() else { return };
        tell(Step {
            score: score(bits),
            positives: take(&mut positives, bits),
            negatives: take(&mut negatives, bits),
        });
    }
}

/// Takes the rows of a score off the end, and tells their weight.
#[inline]
fn take<E: Entry>(entries: &mut &[E], bits: E::Bits) -> f64 {
    let mut weight = 0.0;
    while let Some((last, before)) = entries.split_last() {
        if last.bits() != bits {
            break;
        }
        weight += last.weight();
        *entries = before;
    }
    weight
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ties_are_one_step_and_both_zeros_tie() {
        let ranking = Ranking::of(&[true, false, true], &[0.0, -0.0, -1.0], None).unwrap();
        assert_eq!(ranking.thresholds(), [0.0, -1.0]);
        assert_eq!(ranking.true_positives(), [1.0, 2.0]);
        assert_eq!(ranking.false_positives(), [1.0, 1.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let length = MetricError::Length { what: "scores", expected: 1, found: 2 };
        assert_eq!(Ranking::of(&[true], &[0.5, 0.5], None), Err(length));
        assert_eq!(Ranking::of::<f32>(&[], &[], None), Err(MetricError::Empty));
        let nan = Ranking::of(&[true, true], &[0.5, f64::NAN], None);
        assert!(matches!(nan, Err(MetricError::Score { row: 1, .. })));
        for (truth, missing) in [(true, "negative"), (false, "positive")] {
            let refused = area(&[truth; 2], &[0.1, 0.2], None);
            assert_eq!(refused, Err(MetricError::OneClass { missing }));
        }
        let unweighed = area(&[true, false], &[0.1, 0.2], Some(&[1.0, 0.0]));
        assert_eq!(unweighed, Err(MetricError::OneClass { missing: "negative" }));
    }

    proptest! {
        /// The area is the share of pairs of a positive and a negative whose order is right; half for ties.
        #[test]
        fn the_area_is_the_share_of_pairs_in_order(
            rows in prop::collection::vec((any::<bool>(), -4_i8..4, 0_u8..4), 2..40),
        ) {
            let truth: Vec<_> = rows.iter().map(|row| row.0).collect();
            let scores: Vec<_> = rows.iter().map(|row| f32::from(row.1) / 3.0).collect();
            let weights: Vec<_> = rows.iter().map(|row| f64::from(row.2)).collect();
            let (mut right, mut pairs) = (0.0, 0.0);
            for positive in rows.iter().filter(|row| row.0) {
                for negative in rows.iter().filter(|row| !row.0) {
                    let pair = f64::from(positive.2) * f64::from(negative.2);
                    right += pair * (f64::from(positive.1.cmp(&negative.1) as i8) + 1.0) / 2.0;
                    pairs += pair;
                }
            }
            match area(&truth, &scores, Some(&weights)) {
                Ok(area) => prop_assert!((area - right / pairs).abs() < 1e-13, "{} {}", area, right / pairs),
                Err(_) => prop_assert_eq!(pairs, 0.0),
            }
        }
    }
}
