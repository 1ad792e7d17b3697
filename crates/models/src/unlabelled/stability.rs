//! How much what a detector says depends on which of the rows it happened to learn from.

use ndarray::{Array2, ShapeBuilder};
use netsift_data::explore::Explore;
use netsift_data::{Chance, Dataset, Schema};
use netsift_metrics::Ranking;
use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::{ModelError, Predictor};

/// Of so many rows one is kept from all resamples, to be asked about.
const ASKED_OF: usize = 5;
/// Rows that are asked about at most: beyond, figures move in their third digit.
const MOST_ASKED: usize = 10_000;
/// Of fewer rows that are told, one more or less that two agree on says nothing.
const LEAST_TOLD: usize = 10;
/// The most resamples.
pub(super) const MOST_RESAMPLES: usize = 100;

/// How much detectors agree that learned from different halves of the same rows: about rows that none of them has learned.
///
/// Halves are drawn without putting back. A bootstrap would learn some rows twice, which are then their own nearest
/// neighbours, and what compares distances or densities would be judged by other rows than it gets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stability {
    /// How much two of them agree on the order of rows: Spearman's coefficient, the mean over all pairs.
    pub ranks: f64,
    /// How much two of them agree on the rows that are told, of ten at least: those that both tell as a share of those that
    /// one of them tells (Jaccard's), the mean over all pairs.
    pub overlap: f64,
    /// The area under the ROC curve, the mean over all of them, where anomalies are known.
    pub roc_area: Option<f64>,
}

impl Stability {
    /// Both in one number, from 0 to 1: ranks times overlap. A detector that finds all rows equally strange tells the same
    /// rows each time, and has 0.
    #[must_use]
    pub fn number(&self) -> f64 {
        self.ranks.max(0.0) * self.overlap
    }

    pub(crate) fn check(&self) -> Result<(), ModelError> {
        sound((-1.0..=1.0).contains(&self.ranks), "a coefficient is from -1 to 1")?;
        let mut shares = [self.overlap].into_iter().chain(self.roc_area);
        sound(shares.all(|share| (0.0..=1.0).contains(&share)), "shares are from 0 to 1")
    }
}

/// Rows of a training, shared out again and again.
pub(super) struct Resamples<'a> {
    rows: &'a Dataset,
    pool: Vec<usize>,
    /// Those that are asked about: some that are learned in no resample, and behind them anomalies.
    asked: Dataset,
    is_anomaly: Option<Vec<bool>>,
    seed: u64,
}

impl<'a> Resamples<'a> {
    /// Of these rows; of the whole they were taken from, `anomalies` are known to be others, and `known` of the rows
    /// themselves.
    pub(super) fn of(
        whole: &Dataset,
        (rows, places): (&'a Dataset, &[usize]),
        is_anomaly: Option<&[bool]>,
        seed: u64,
    ) -> Result<Self, ModelError> {
        let mut pool: Vec<usize> = (0..rows.rows()).collect();
        let mut chance = Chance::seeded(seed);
        chance.shuffle(&mut pool);
        let count = (pool.len() / ASKED_OF).clamp(1, MOST_ASKED);
        let kept = pool.split_off(pool.len().saturating_sub(count));
        let kept = kept.into_iter().filter_map(|row| places.get(row).copied());
        let mut others: Vec<usize> = match is_anomaly {
            // Those that are not learned at all.
            Some(_) => {
                let mut is_learned = vec![false; whole.rows()];
                places.iter().for_each(|&row| mark(&mut is_learned, row));
                (0..whole.rows()).filter(|&row| !at(&is_learned, row)).collect()
            }
            None => Vec::new(),
        };
        chance.shuffle(&mut others);
        others.truncate(MOST_ASKED);
        let asked: Vec<usize> = kept.chain(others).collect();
        let is_anomaly = is_anomaly.map(|is| asked.iter().map(|&row| at(is, row)).collect());
        Ok(Self { rows, pool, asked: whole.select(&asked)?.bare(), is_anomaly, seed })
    }

    /// How much detectors of so many halves agree, of which about this share of rows is told.
    pub(super) fn agree(
        &self,
        count: usize,
        share: f64,
        threads: usize,
        mut fit: impl FnMut(usize, &Dataset) -> Result<Predictor, ModelError>,
    ) -> Result<Stability, ModelError> {
        let scores = |number: usize| {
            let predictor = fit(number, &self.half(number)?)?;
            let findings = predictor.findings(&self.asked, threads)?;
            Ok(findings.into_iter().map(|finding| finding.score).collect())
        };
        let scores: Vec<Vec<f64>> = (0..count).map(scores).collect::<Result<_, ModelError>>()?;
        let told = (share * self.asked.rows() as f64).round() as usize;
        let told = told.max(LEAST_TOLD.min(self.asked.rows()));
        let told: Vec<Vec<bool>> = scores.iter().map(|scores| strangest(scores, told)).collect();
        let overlaps = pairs(count).map(|(one, other)| overlap(&told[one], &told[other]));
        Ok(Stability {
            ranks: ranks(&scores)?,
            overlap: mean(overlaps).unwrap_or(0.0),
            roc_area: self.roc_area(&scores)?,
        })
    }

    /// Half of what is left, in the order of the rows.
    fn half(&self, number: usize) -> Result<Dataset, ModelError> {
        let mut drawn = self.pool.clone();
        Chance::seeded(self.seed.wrapping_add(1 + number as u64)).shuffle(&mut drawn);
        drawn.truncate(self.pool.len() / 2);
        drawn.sort_unstable();
        Ok(self.rows.select(&drawn)?)
    }

    fn roc_area(&self, scores: &[Vec<f64>]) -> Result<Option<f64>, ModelError> {
        let Some(is_anomaly) = &self.is_anomaly else { return Ok(None) };
        if is_anomaly.iter().all(|is| *is) || !is_anomaly.contains(&true) {
            return Ok(None);
        }
        let areas: Result<Vec<f64>, ModelError> = scores
            .iter()
            .map(|scores| Ok(Ranking::of(is_anomaly, scores, None)?.roc()?.area()))
            .collect();
        Ok(mean(areas?))
    }
}

fn at(flags: &[bool], row: usize) -> bool {
    flags.get(row).copied().unwrap_or(false)
}

fn mark(flags: &mut [bool], row: usize) {
    if let Some(flag) = flags.get_mut(row) {
        *flag = true;
    }
}

/// Every pair of so many, each once.
fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |one| (one + 1..count).map(move |other| (one, other)))
}

fn mean(numbers: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) =
        numbers.into_iter().fold((0.0, 0_u32), |(sum, count), number| (sum + number, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// Which rows are told of so many that are to be; with rows that are as strange as the last of them.
fn strangest(scores: &[f64], count: usize) -> Vec<bool> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(|one, other| other.total_cmp(one));
    let least = sorted.get(count - 1).or(sorted.last()).copied().unwrap_or(f64::INFINITY);
    scores.iter().map(|&score| score >= least).collect()
}

fn overlap(one: &[bool], other: &[bool]) -> f64 {
    let count = |is: fn(bool, bool) -> bool| {
        one.iter().zip(other).filter(|(one, other)| is(**one, **other)).count() as f64
    };
    let either = count(|one, other| one || other);
    if either > 0.0 { count(|one, other| one && other) / either } else { 0.0 }
}

/// The mean of Spearman's coefficients; one that does not exist, since all scores are the same, counts as 0.
fn ranks(scores: &[Vec<f64>]) -> Result<f64, ModelError> {
    let (rows, count) = (scores.first().map_or(0, Vec::len), scores.len());
    let matrix = Array2::from_shape_vec((rows, count).f(), scores.concat());
    let wrong = |_| ModelError::Shape { what: "scores", expected: rows * count, found: 0 };
    let schema = Schema::numbers((0..count).map(|number| number.to_string()))?;
    let found = Explore::new()
        .correlations(true)
        .quantiles([])
        .distinct(1)
        .look(&Dataset::new(schema, matrix.map_err(wrong)?)?)?;
    let of_pair = |(one, other): (usize, usize)| {
        let row = found.correlations.as_ref()?.spearman.get(one)?;
        row.get(other).copied().flatten()
    };
    Ok(mean(pairs(count).map(|pair| of_pair(pair).unwrap_or(0.0))).unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_is_that_of_ranks_and_of_the_strangest() {
        let one = vec![1.0, 2.0, 3.0, 4.0];
        let turned = vec![4.0, 3.0, 2.0, 1.0];
        assert_eq!(ranks(&[one.clone(), one.iter().map(|it| it * it).collect()]).unwrap(), 1.0);
        assert_eq!(ranks(&[one.clone(), turned]).unwrap(), -1.0);
        // Spearman's by its formula without ties: 1 - 6 * 2 / (4 * 15) = 0.8.
        let near = ranks(&[one.clone(), vec![1.0, 2.0, 4.0, 3.0]]).unwrap();
        assert!((near - 0.8).abs() < 1e-15);
        assert_eq!(ranks(&[one.clone(), vec![7.0; 4]]).unwrap(), 0.0);
        assert_eq!(strangest(&one, 2), [false, false, true, true]);
        assert_eq!(strangest(&[1.0, 5.0, 5.0], 1), [false, true, true]);
        assert_eq!(overlap(&[true, true, false], &[false, true, true]), 1.0 / 3.0);
    }

    #[test]
    fn equal_scores_are_no_stability() {
        let flat = Stability { ranks: 0.0, overlap: 1.0, roc_area: None };
        assert_eq!(flat.number(), 0.0);
        assert_eq!(Stability { ranks: -0.5, ..flat }.number(), 0.0);
        assert_eq!(Stability { ranks: 0.5, overlap: 0.5, roc_area: None }.number(), 0.25);
        flat.check().unwrap();
        for forged in [
            Stability { ranks: f64::NAN, ..flat },
            Stability { overlap: 1.5, ..flat },
            Stability { roc_area: Some(-0.1), ..flat },
        ] {
            assert!(forged.check().is_err());
        }
    }
}
