//! One detector, fitted on resamples of the rows and on all of them.

use netsift_data::{DataError, Dataset, Preparation};

use super::limit::USUAL_CONTAMINATION;
use super::stability::Resamples;
use super::{AnomaliesJudged, DetectorOutcome, DetectorTrainer, Limit, Rate, Stability};
use crate::alarm::{ANOMALY, CLASSES, USUAL};
use crate::fitting::{expect_differences, timed};
use crate::{
    Alarm, DetectorModel, DetectorRecipe, Finding, ModelError, Observer, Predictor, Sample,
    Threshold,
};

/// A detector that could learn.
pub(super) struct Tried {
    pub(super) outcome: DetectorOutcome,
    pub(super) predictor: Predictor,
    /// What was found of the rows to train with, and of those held back.
    pub(super) train: Vec<Finding>,
    pub(super) test: Option<Vec<Finding>>,
}

/// Rows to train with, and what is known of them.
pub(super) struct Rows {
    pub(super) whole: Dataset,
    /// Those that are learned from, and where they stand in the whole.
    pub(super) learned: Dataset,
    pub(super) places: Vec<usize>,
    pub(super) is_anomaly: Option<Vec<bool>>,
    pub(super) rate: Rate,
}

/// Rows that are held back, and what is known of them.
#[derive(Clone, Copy)]
pub(super) struct Held<'a> {
    pub(super) data: &'a Dataset,
    pub(super) is_anomaly: Option<&'a [bool]>,
}

impl DetectorTrainer<'_> {
    /// What is learned from, and what is known of it.
    pub(super) fn rows(&self, train: &Dataset) -> Result<Rows, ModelError> {
        let is_anomaly = known_anomalies(train)?;
        if is_anomaly.is_none() && matches!(self.limit, Limit::Anomalies(_)) {
            return Err(DataError::Unlabelled { what: "labels" }.into());
        }
        let rate = Rate::of(train);
        let is_left_out = |row: &usize| {
            let known = is_anomaly.as_ref().and_then(|is| is.get(*row)).copied();
            known.unwrap_or(false) && !self.learns_anomalies
        };
        let places: Vec<usize> = (0..train.rows()).filter(|row| !is_left_out(row)).collect();
        if places.is_empty() {
            return Err(ModelError::TooFewRows { needed: 1, found: 0 });
        }
        // Before anything is learned: it would be for nothing.
        let threshold = self.limit.threshold(rate)?;
        threshold.iter().try_for_each(|threshold| threshold.check_among(places.len() as u64))?;
        let is_whole = places.len() == train.rows();
        let learned = if is_whole { train.bare() } else { train.select(&places)?.bare() };
        expect_differences(&learned)?;
        Ok(Rows { whole: train.clone(), learned, places, is_anomaly, rate })
    }

    /// In resamples and on all rows.
    pub(super) fn tried(
        &self,
        number: usize,
        recipe: &DetectorRecipe,
        rows: &Rows,
        test: Option<Held<'_>>,
    ) -> Result<(Option<Stability>, Tried), ModelError> {
        let fits = self.recipes.len() * (self.resamples + 1);
        let before = number * (self.resamples + 1);
        let begins = |fit: usize| self.watch.begins(recipe.name(), before + fit, fits);
        let stability = self.stability(recipe, rows, &begins)?;
        begins(self.resamples);
        Ok((stability, self.fitted(recipe, rows, test)?))
    }

    /// How much resamples agree. Too few rows to learn from half of them are no reason not to learn from all.
    fn stability(
        &self,
        recipe: &DetectorRecipe,
        rows: &Rows,
        begins: &dyn Fn(usize),
    ) -> Result<Option<Stability>, ModelError> {
        if self.resamples == 0 {
            return Ok(None);
        }
        let parts = (&rows.learned, rows.places.as_slice());
        let known = rows.is_anomaly.as_deref();
        let resamples = Resamples::of(&rows.whole, parts, known, self.seed)?;
        let share = self.limit.share(rows.rate, rows.known_share());
        let agreed = resamples.agree(self.resamples, share, self.threads, |number, half| {
            begins(number);
            let (preparation, model, scores) = self.learned(recipe, half)?;
            Predictor::new(preparation, Alarm::of(model, &scores, Limit::any())?)
        });
        match agreed {
            Err(ModelError::Cancelled) => Err(ModelError::Cancelled),
            agreed => Ok(agreed.ok()),
        }
    }

    /// Everything is learned from these rows, and from no others.
    fn learned(
        &self,
        recipe: &DetectorRecipe,
        rows: &Dataset,
    ) -> Result<(Preparation, DetectorModel, Vec<f64>), ModelError> {
        if self.watch.is_cancelled() {
            return Err(ModelError::Cancelled);
        }
        let completed = || recipe.completed(&self.plans);
        let plans = if self.is_completed { completed() } else { self.plans.clone() };
        let (preparation, prepared) = Preparation::fit(&plans, rows)?;
        let sample = Sample::of(&prepared)?.threads(self.threads).watched(self.watch);
        let (model, scores) = recipe.fit_scored(&sample)?;
        Ok((preparation, model, scores.to_vec()))
    }

    fn fitted(
        &self,
        recipe: &DetectorRecipe,
        rows: &Rows,
        test: Option<Held<'_>>,
    ) -> Result<Tried, ModelError> {
        let ((preparation, model, own), fit_time) =
            timed(self.clock, || self.learned(recipe, &rows.learned))?;
        let threshold = self.limit.threshold(rows.rate)?.unwrap_or(Limit::any());
        let predictor = Predictor::new(preparation, Alarm::of(model, &own, threshold)?)?;
        let scores = self.scores_of_all(&predictor, rows, &own)?;
        let mut alarm = predictor.alarm()?.clone();
        if let (Limit::Anomalies(goal), Some(is_anomaly)) = (self.limit, &rows.is_anomaly) {
            alarm = alarm.tuned_by(is_anomaly, &scores, goal)?;
        }
        let train: Vec<Finding> = scores.into_iter().map(|score| alarm.finding(score)).collect();
        let train_judged = judged(&train, rows.is_anomaly.as_deref())?;
        let threshold = alarm.threshold();
        let predictor = predictor.with_mind(alarm.into())?;
        let found = test.map(|held| {
            let (found, took) = timed(self.clock, || predictor.findings(held.data, self.threads))?;
            Ok::<_, ModelError>((judged(&found, held.is_anomaly)?, found, took))
        });
        let (judged, test, score_time) = match found.transpose()? {
            Some((judged, found, took)) => (judged, Some(found), Some(took)),
            None => (None, None, None),
        };
        let outcome = DetectorOutcome {
            fit_time,
            score_time,
            threshold,
            train_share: told_share(&train),
            test_share: test.as_deref().map(told_share),
            train_judged,
            judged,
        };
        Ok(Tried { outcome, predictor, train, test })
    }

    /// The scores of all rows to train with: of those learned as they are among themselves.
    fn scores_of_all(
        &self,
        predictor: &Predictor,
        rows: &Rows,
        own: &[f64],
    ) -> Result<Vec<f64>, ModelError> {
        let mut scores = vec![f64::NAN; rows.whole.rows()];
        let mut put = |row: usize, score: f64| {
            if let Some(place) = scores.get_mut(row) {
                *place = score;
            }
        };
        rows.places.iter().zip(own).for_each(|(&row, &score)| put(row, score));
        let others = rows.not_learned();
        if !others.is_empty() {
            let found = predictor.findings(&rows.whole.select(&others)?, self.threads)?;
            others.iter().zip(found).for_each(|(&row, finding)| put(row, finding.score));
        }
        Ok(scores)
    }
}

impl Limit {
    /// For alarms of which scores alone are asked, and until anomalies tell a better one.
    const fn any() -> Threshold {
        Threshold::Contamination(USUAL_CONTAMINATION)
    }
}

impl Rows {
    fn not_learned(&self) -> Vec<usize> {
        let mut learned = self.places.iter().copied().peekable();
        let is_new = |row: &usize| learned.next_if_eq(row).is_none();
        (0..self.whole.rows()).filter(is_new).collect()
    }

    /// The share of rows that are known to be anomalies.
    fn known_share(&self) -> f64 {
        self.is_anomaly.as_deref().map_or(0.0, |is| count(is) as f64 / is.len().max(1) as f64)
    }
}

pub(super) fn count(is_anomaly: &[bool]) -> u64 {
    is_anomaly.iter().filter(|is| **is).count() as u64
}

fn told_share(found: &[Finding]) -> f64 {
    let told = found.iter().filter(|finding| finding.is_anomaly).count();
    told as f64 / found.len().max(1) as f64
}

/// Nothing where one side has no row.
fn judged(
    found: &[Finding],
    known: Option<&[bool]>,
) -> Result<Option<AnomaliesJudged>, ModelError> {
    let both = |known: &&[bool]| known.contains(&true) && known.contains(&false);
    known.filter(both).map(|known| AnomaliesJudged::of(found, known)).transpose()
}

/// Which rows are anomalies by their labels, if they have any.
pub(super) fn known_anomalies(data: &Dataset) -> Result<Option<Vec<bool>>, ModelError> {
    let Some(labels) = data.labels() else { return Ok(None) };
    let of_class = |name: &str| match name {
        USUAL => Ok(false),
        ANOMALY => Ok(true),
        _ => Err(ModelError::OtherClasses { known: CLASSES.map(str::to_owned).to_vec() }),
    };
    let classes: Vec<bool> = labels.classes().names().map(of_class).collect::<Result<_, _>>()?;
    let is = |class: &u32| classes.get(*class as usize).copied().unwrap_or(false);
    Ok(Some(labels.numbers().iter().map(is).collect()))
}
