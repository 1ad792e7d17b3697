//! From scores to alarms: what a score means among those of the rows that were learned, and from when on it is told.

mod scale;
mod threshold;

use ndarray::{Array2, ArrayView2};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::classifier::likeliest;
use crate::{Answer, Checked, Classifier, Detector, DetectorModel, ModelError, Observer, Sample};
use scale::Scale;
pub use threshold::{Goal, Threshold};

/// The classes of rows, in their order.
pub(crate) const CLASSES: [&str; 2] = [USUAL, ANOMALY];
/// What rows are called that are not told, and those that are.
pub(crate) const USUAL: &str = "usual";
pub(crate) const ANOMALY: &str = "anomaly";

/// A detector with a threshold, and with the scores of what is usual to hold others against.
///
/// It is a [`Classifier`] of two classes, `usual` and `anomaly`: what it tells can be counted, judged and saved as that of
/// any other. Probabilities are ranks among the rows that were learned, stretched so that the threshold is at one half.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm<D = DetectorModel> {
    detector: D,
    scale: Scale,
    threshold: f64,
    classes: Classes,
}

/// What is told of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// How strange it is, in the detector's own measure.
    pub score: f64,
    /// The share of what is usual that is no stranger, this row counted as one more: below 1, and still rising beyond the
    /// strangest.
    pub quantile: f64,
    /// Whether it is stranger than the threshold.
    pub is_anomaly: bool,
}

impl<D: Detector> Alarm<D> {
    /// Learns from rows, and takes them as what is usual.
    ///
    /// # Errors
    /// What the observer and the threshold say.
    pub fn fit(
        observer: &impl Observer<Detector = D>,
        sample: &Sample<'_>,
        threshold: Threshold,
    ) -> Result<Self, ModelError> {
        threshold.check()?;
        let (detector, scores) = observer.fit_scored(sample)?;
        Self::of(detector, &scores.to_vec(), threshold)
    }

    /// A detector that has learned, with its scores of rows that are usual.
    ///
    /// # Errors
    /// [`ModelError::TooFewRows`] without a score, [`ModelError::Score`] for one that is not finite, and
    /// [`ModelError::Setting`] for a threshold outside its rule.
    pub fn of(detector: D, scores: &[f64], threshold: Threshold) -> Result<Self, ModelError> {
        let scale = Scale::of(scores)?;
        let classes = Classes::new(CLASSES)?;
        Ok(Self { threshold: threshold.of(&scale)?, detector, scale, classes })
    }

    /// The same with another threshold.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for one outside its rule.
    pub fn at(self, threshold: Threshold) -> Result<Self, ModelError> {
        Ok(Self { threshold: threshold.of(&self.scale)?, ..self })
    }

    /// The same with the threshold that is best for rows of which it is known whether they are anomalies.
    ///
    /// # Errors
    /// [`ModelError::Metric`] if none of them is an anomaly, or where it matters none is usual, and what the detector says
    /// of the rows.
    pub fn tuned(
        self,
        rows: ArrayView2<'_, f64>,
        is_anomaly: &[bool],
        goal: Goal,
    ) -> Result<Self, ModelError> {
        let scores = self.scores(rows)?;
        self.tuned_by(is_anomaly, &scores, goal)
    }

    /// The same with the threshold that is best for scores of which it is known whether they are of anomalies.
    pub(crate) fn tuned_by(
        self,
        is_anomaly: &[bool],
        scores: &[f64],
        goal: Goal,
    ) -> Result<Self, ModelError> {
        scale::finite(scores)?;
        Ok(Self { threshold: goal.threshold(is_anomaly, scores)?, ..self })
    }

    /// What tells the scores.
    #[must_use]
    pub fn detector(&self) -> &D {
        &self.detector
    }

    /// Rows that are stranger than this are anomalies.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// The share of what is usual that is told as anomalies.
    #[must_use]
    pub fn told_share(&self) -> f64 {
        1.0 - self.scale.share(self.threshold)
    }

    /// What is told of each row.
    ///
    /// # Errors
    /// What the detector says, and [`ModelError::Score`] for a score that is not finite.
    pub fn findings(&self, rows: ArrayView2<'_, f64>) -> Result<Vec<Finding>, ModelError> {
        Ok(self.scores(rows)?.into_iter().map(|score| self.finding(score)).collect())
    }

    /// What a score means.
    #[must_use]
    pub fn finding(&self, score: f64) -> Finding {
        Finding { score, quantile: self.scale.quantile(score), is_anomaly: score > self.threshold }
    }

    /// What it answers where it has found this.
    #[must_use]
    pub fn answer_of(&self, findings: &[Finding]) -> Answer {
        let probabilities = self.probabilities_of(findings);
        Answer { classes: likeliest(&probabilities), probabilities }
    }

    fn probabilities_of(&self, findings: &[Finding]) -> Array2<f64> {
        let threshold = self.scale.quantile(self.threshold);
        let mut probabilities = Array2::zeros((findings.len(), CLASSES.len()));
        for (mut told, finding) in probabilities.outer_iter_mut().zip(findings) {
            let anomaly = finding.probability(threshold);
            told.iter_mut().zip([1.0 - anomaly, anomaly]).for_each(|(told, share)| *told = share);
        }
        probabilities
    }

    fn scores(&self, rows: ArrayView2<'_, f64>) -> Result<Vec<f64>, ModelError> {
        let scores = self.detector.scores(rows)?.to_vec();
        scale::finite(&scores)?;
        Ok(scores)
    }
}

impl Alarm {
    /// The number of the class `anomaly`.
    pub const ANOMALY: u32 = 1;
    /// How many classes there are.
    pub(crate) const CLASSES: usize = CLASSES.len();

    /// Lets a detector that learns row by row learn from more rows. What is told, and the quantiles, stay held against the
    /// rows that were learned first.
    ///
    /// # Errors
    /// As [`DetectorModel::observe`].
    pub fn observe(&mut self, rows: ArrayView2<'_, f64>) -> Result<(), ModelError> {
        self.detector.observe(rows)
    }
}

impl Finding {
    /// How probable it is an anomaly, where the quantile of the threshold is one half: above it for anomalies, and for no
    /// others.
    fn probability(&self, threshold: f64) -> f64 {
        let half = 0.5_f64;
        if !self.is_anomaly {
            let share = if threshold > 0.0 { self.quantile / threshold } else { 0.0 };
            return (half * share).min(half);
        }
        let room = 1.0 - threshold;
        let share = if room > 0.0 { (self.quantile - threshold) / room } else { 1.0 };
        (half + half * share).clamp(half.next_up(), 1.0)
    }
}

impl<D: Detector> Classifier for Alarm<D> {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.detector.width()
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        Ok(self.probabilities_of(&self.findings(rows)?))
    }
}

impl<D: Detector + Checked> Checked for Alarm<D> {
    fn check(&self) -> Result<(), ModelError> {
        self.detector.check()?;
        self.scale.check()?;
        sound(self.threshold.is_finite(), "a finite threshold")?;
        sound(self.classes.names().eq(CLASSES), "the classes are usual and anomaly")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Axis, array};
    use proptest::prelude::*;

    use super::*;
    use crate::{DetectorRecipe, KnnDistance};

    /// The first cell is the score.
    #[derive(Clone, Debug, PartialEq)]
    struct Echo;

    impl Detector for Echo {
        fn width(&self) -> usize {
            1
        }

        fn scores(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<f64>, ModelError> {
            Ok(rows.index_axis(Axis(1), 0).to_owned())
        }
    }

    fn alarm(scores: &[f64], threshold: Threshold) -> Alarm<Echo> {
        Alarm::of(Echo, scores, threshold).unwrap()
    }

    fn told(alarm: &Alarm<Echo>, score: f64) -> Finding {
        alarm.findings(array![[score]].view()).unwrap()[0]
    }

    #[test]
    fn as_many_usual_rows_are_told_as_was_asked_for() {
        let scores: Vec<f64> = (0..10_000).map(f64::from).collect();
        let count = |threshold| {
            let alarm = alarm(&scores, threshold);
            scores.iter().filter(|&&score| told(&alarm, score).is_anomaly).count()
        };
        assert_eq!(count(Threshold::Contamination(0.01)), 100);
        assert_eq!(count(Threshold::Contamination(0.0)), 0);
        assert_eq!(count(Threshold::AlertsADay { alerts: 5.0, rows_a_day: 10_000.0 }), 5);
        assert_eq!(count(Threshold::Score(9_989.5)), 10);
        let alarm =
            alarm(&scores, Threshold::Contamination(0.2)).at(Threshold::Score(4_999.5)).unwrap();
        assert!((alarm.told_share() - 0.5).abs() < 1e-3 && alarm.threshold() == 4_999.5);
    }

    #[test]
    fn quantiles_rise_with_scores_beyond_the_strangest() {
        let alarm = alarm(&[1.0, 2.0, 3.0], Threshold::Contamination(0.0));
        let quantiles =
            [0.0, 1.0, 2.0, 2.5, 3.0, 4.0, 1e3, 1e9].map(|score| told(&alarm, score).quantile);
        assert_eq!(quantiles[..5], [0.0, 0.0, 0.375, 0.5625, 0.75]);
        assert!(quantiles[4..].is_sorted_by(|one, next| one < next), "{quantiles:?}");
        assert!(told(&alarm, f64::MAX).quantile <= 1.0);
    }

    #[test]
    fn labelled_anomalies_tell_the_threshold() {
        let scores: Vec<f64> = (0..100).map(f64::from).collect();
        let alarm = || alarm(&scores, Threshold::Contamination(0.1));
        let rows = array![[10.0], [60.0], [70.0], [80.0], [90.0], [95.0]];
        let is_anomaly = [false, false, true, false, true, true];
        let tuned = |goal| alarm().tuned(rows.view(), &is_anomaly, goal).unwrap();
        let best = tuned(Goal::BestF1);
        let told_of = |alarm: &Alarm<Echo>| alarm.predict(rows.view()).unwrap().to_vec();
        assert_eq!(told_of(&best), [0, 0, 1, 1, 1, 1]);
        assert_eq!(told_of(&tuned(Goal::FalsePositiveRate(0.0))), [0, 0, 0, 0, 1, 1]);
        assert_eq!(told_of(&tuned(Goal::FalsePositiveRate(0.34))), [0, 0, 1, 1, 1, 1]);
        // Nothing can be told without a false alarm.
        let turned = is_anomaly.map(|is| !is);
        let none = alarm().tuned(rows.view(), &turned, Goal::FalsePositiveRate(0.0)).unwrap();
        assert_eq!(told_of(&none), [0; 6]);
        let refused = alarm().tuned(rows.view(), &[false; 6], Goal::BestF1);
        assert!(matches!(refused, Err(ModelError::Metric(_))));
        assert!(alarm().tuned(rows.view(), &[true; 5], Goal::BestF1).is_err());
    }

    #[test]
    fn a_zoo_of_detectors_raises_alarms() {
        let usual = Array2::from_shape_fn((300, 2), |(row, column)| {
            ((row * [7, 13][column]) % 29) as f64 / 29.0
        });
        for recipe in DetectorRecipe::all() {
            let sample = Sample::new(usual.view()).unwrap().threads(2);
            let alarm = Alarm::fit(&recipe, &sample, Threshold::Contamination(0.05)).unwrap();
            alarm.check().unwrap();
            assert!(alarm.told_share() <= 0.06, "{}: {}", recipe.name(), alarm.told_share());
            let text = serde_json::to_string(&alarm).unwrap();
            let loaded: Alarm = serde_json::from_str(&text).unwrap();
            assert_eq!(loaded, alarm, "{}", recipe.name());
        }
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused() {
        let of = |scores: &[f64], threshold| Alarm::of(Echo, scores, threshold).err();
        assert!(matches!(of(&[], Threshold::Score(1.0)), Some(ModelError::TooFewRows { .. })));
        let flawed = of(&[1.0, f64::NAN], Threshold::Score(1.0));
        assert!(matches!(flawed, Some(ModelError::Score { row: 1, .. })));
        for threshold in [
            Threshold::Contamination(1.0),
            Threshold::Contamination(f64::NAN),
            Threshold::AlertsADay { alerts: 5.0, rows_a_day: 5.0 },
            Threshold::AlertsADay { alerts: -1.0, rows_a_day: 5.0 },
            Threshold::AlertsADay { alerts: 1.0, rows_a_day: f64::INFINITY },
            Threshold::Score(f64::INFINITY),
        ] {
            assert!(
                matches!(of(&[1.0], threshold), Some(ModelError::Setting { .. })),
                "{threshold:?}"
            );
        }
        let alarm = alarm(&[1.0], Threshold::Contamination(0.0));
        let asked = alarm.findings(array![[0.0], [f64::NAN]].view());
        assert!(matches!(asked, Err(ModelError::Score { row: 1, .. })));
        for rate in [-0.1, 1.1, f64::NAN] {
            let rows = array![[0.0], [1.0]];
            let goal = Goal::FalsePositiveRate(rate);
            assert!(alarm.clone().tuned(rows.view(), &[false, true], goal).is_err());
        }
    }

    #[test]
    fn forged_alarms_are_unsound() {
        let rows = array![[1.0], [2.0], [4.0]];
        let sample = Sample::new(rows.view()).unwrap();
        let alarm =
            Alarm::fit(&KnnDistance::default(), &sample, Threshold::Contamination(0.1)).unwrap();
        alarm.check().unwrap();
        let classes = Classes::new(["anomaly", "usual"]).unwrap();
        assert!(Alarm { classes, ..alarm.clone() }.check().is_err());
        assert!(Alarm { threshold: f64::NAN, ..alarm }.check().is_err());
    }

    proptest! {
        #[test]
        fn probabilities_agree_with_what_is_told(
            scores in prop::collection::vec(prop_oneof![-5.0..5.0, Just(0.0), Just(1e300), -1e300..1e300], 1..40),
            share in 0.0..0.99,
            asked in prop::collection::vec(prop_oneof![-6.0..6.0, Just(0.0), -1e308..1e308], 1..20),
        ) {
            let alarm = alarm(&scores, Threshold::Contamination(share));
            let all: Vec<f64> = asked.into_iter().chain(scores).chain([alarm.threshold()]).collect();
            let rows = Array2::from_shape_vec((all.len(), 1), all).unwrap();
            let answer = alarm.answer(rows.view()).unwrap();
            let findings = alarm.findings(rows.view()).unwrap();
            for (place, finding) in findings.iter().enumerate() {
                let probabilities = answer.probabilities.row(place);
                prop_assert!((probabilities.sum() - 1.0).abs() < 1e-15);
                prop_assert!(probabilities.iter().all(|share| (0.0..=1.0).contains(share)));
                prop_assert_eq!(answer.classes[place] == 1, finding.is_anomaly);
                for (other, stranger) in findings.iter().enumerate() {
                    if stranger.score >= finding.score {
                        prop_assert!(stranger.quantile >= finding.quantile);
                        prop_assert!(answer.probabilities[[other, 1]] >= probabilities[1]);
                    }
                }
            }
        }
    }
}
