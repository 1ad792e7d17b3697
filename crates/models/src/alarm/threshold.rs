//! From when on rows are told.

use netsift_metrics::{MetricError, Ranking};
use serde::{Deserialize, Serialize};

use super::scale::Scale;
use crate::ModelError;

/// From when on a row is an anomaly, by what is usual alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Threshold {
    /// The share of the rows learned that may be anomalies: those that are strangest.
    Contamination(f64),
    /// As many alerts as people can read a day, where so many rows come a day. Few alerts of many rows need many rows to be
    /// learned: beyond the strangest of them, nothing is known. What would be less than one of them is refused; with 0, what
    /// is stranger than all of them is told.
    AlertsADay {
        /// How many can be read.
        alerts: f64,
        /// How many rows come.
        rows_a_day: f64,
    },
    /// A score, in the detector's own measure.
    Score(f64),
}

/// What a threshold should be good for, where it is known which rows are anomalies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Goal {
    /// The best balance of anomalies that are found and alarms that are right.
    BestF1,
    /// As many anomalies as can be found while no more than this share of usual rows is told.
    FalsePositiveRate(f64),
}

impl Threshold {
    pub(crate) fn check(self) -> Result<(), ModelError> {
        match self {
            Self::Contamination(share) => {
                let is_share = (0.0..1.0).contains(&share);
                ModelError::rule(is_share, "contamination", share, "from 0 to below 1")
            }
            Self::AlertsADay { alerts, rows_a_day } => {
                let are_rows = rows_a_day.is_finite() && rows_a_day > 0.0;
                ModelError::rule(are_rows, "rows a day", rows_a_day, "finite, and above 0")?;
                let are_fewer = (0.0..rows_a_day).contains(&alerts);
                ModelError::rule(
                    are_fewer,
                    "alerts a day",
                    alerts,
                    "from 0 to below the rows a day",
                )
            }
            Self::Score(score) => ModelError::rule(score.is_finite(), "threshold", score, "finite"),
        }
    }

    /// Holds it against how many rows are learned, too.
    pub(crate) fn check_among(self, rows: u64) -> Result<(), ModelError> {
        self.check()?;
        match self {
            Self::AlertsADay { alerts, rows_a_day } => {
                let told = alerts * (rows as f64 / rows_a_day);
                // One row is one, whatever the last bits say.
                let is_told = alerts == 0.0 || told >= 1.0 - 1e-9;
                let few = ModelError::TooFewAlerts { alerts, rows, rows_a_day };
                if is_told { Ok(()) } else { Err(few) }
            }
            _ => Ok(()),
        }
    }

    /// The score that it is: anomalies are above.
    pub(super) fn of(self, scale: &Scale) -> Result<f64, ModelError> {
        self.check_among(scale.rows())?;
        Ok(match self {
            Self::Contamination(share) => scale.score(1.0 - share),
            Self::AlertsADay { alerts, rows_a_day } => scale.score(1.0 - alerts / rows_a_day),
            Self::Score(score) => score,
        })
    }
}

impl Goal {
    pub(crate) fn check(self) -> Result<(), ModelError> {
        match self {
            Self::BestF1 => Ok(()),
            Self::FalsePositiveRate(rate) => {
                let is_share = (0.0..=1.0).contains(&rate);
                ModelError::rule(is_share, "false-positive rate", rate, "from 0 to 1")
            }
        }
    }

    /// The score that is best for these rows.
    pub(super) fn threshold(self, is_anomaly: &[bool], scores: &[f64]) -> Result<f64, ModelError> {
        let ranking = Ranking::of(is_anomaly, scores, None)?;
        let least = match self {
            Self::BestF1 => {
                let best = best_f1(&ranking)?;
                expect_some_untold(&ranking, best)?;
                Some(best)
            }
            Self::FalsePositiveRate(rate) => ranking.at_false_positive_rate(rate)?.threshold,
        };
        // Rankings tell from a score on, alarms above one.
        let none = || scores.iter().copied().fold(f64::MIN, f64::max);
        Ok(least.map_or_else(none, |least| least.next_down().max(f64::MIN)))
    }
}

/// The score from which on rows have to be told for the best F1: of several, the highest.
fn best_f1(ranking: &Ranking) -> Result<f64, MetricError> {
    if ranking.positives() == 0.0 {
        return Err(MetricError::OneClass { missing: "positive" });
    }
    let told = ranking.true_positives().iter().zip(ranking.false_positives());
    let f1 = |(right, wrong): (&f64, &f64)| 2.0 * right / (right + wrong + ranking.positives());
    let best = told.map(f1).zip(ranking.thresholds());
    let best = best.reduce(|best, next| if next.0 > best.0 { next } else { best });
    Ok(best.map_or(0.0, |(_, &threshold)| threshold))
}

/// Refuses a score from which on every usual row is told: where most rows are anomalies, F1 finds that best of a detector
/// that knows nothing of them.
fn expect_some_untold(ranking: &Ranking, from: f64) -> Result<(), ModelError> {
    let told = ranking.thresholds().iter().zip(ranking.false_positives());
    let told = told.take_while(|(threshold, _)| **threshold >= from).last();
    let is_told = told.is_some_and(|(_, told)| *told >= ranking.negatives());
    if !is_told || ranking.negatives() == 0.0 {
        return Ok(());
    }
    Err(ModelError::NotToldApart {
        anomalies: ranking.positives() as u64,
        usual: ranking.negatives() as u64,
        roc_area: ranking.roc()?.area(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_follow_what_is_usual() {
        let scale = Scale::of(&(0..=100).map(f64::from).collect::<Vec<_>>()).unwrap();
        let of = |threshold: Threshold| threshold.of(&scale).unwrap();
        assert_eq!(of(Threshold::Contamination(0.25)), 75.0);
        assert_eq!(of(Threshold::AlertsADay { alerts: 50.0, rows_a_day: 200.0 }), 75.0);
        assert_eq!(of(Threshold::AlertsADay { alerts: 0.0, rows_a_day: 200.0 }), 100.0);
        assert_eq!(of(Threshold::Score(-3.0)), -3.0);
    }

    #[test]
    fn fewer_alerts_than_one_row_that_was_learned_are_refused() {
        let scale = Scale::of(&(0..100).map(f64::from).collect::<Vec<_>>()).unwrap();
        let of = |alerts| Threshold::AlertsADay { alerts, rows_a_day: 4_321.0 }.of(&scale);
        // The strangest row alone.
        assert!((98.0..99.0).contains(&of(43.21).unwrap()));
        assert_eq!(of(0.0).unwrap(), 99.0);
        for alerts in [43.2, 5.0, 1e-300] {
            let refused = of(alerts).unwrap_err();
            assert!(matches!(refused, ModelError::TooFewAlerts { rows: 100, .. }), "{refused:?}");
        }
        let said = "5 alerts a day are fewer than 100 rows can tell, of which 4321 come a day: they can tell 43.3 or more, or \
                    0, which tells what is stranger than all of them";
        assert_eq!(of(5.0).unwrap_err().to_string(), said);
        assert!(of(43.3).is_ok());
    }

    #[test]
    fn a_balance_that_tells_all_is_refused_with_figures() {
        // The anomalies are the least strange: nothing is better than to tell all.
        let truth = [false, false, true, true, true];
        let scores = [9.0, 8.0, 1.0, 1.0, 1.0];
        let refused = Goal::BestF1.threshold(&truth, &scores).unwrap_err();
        let said = "the best for the 3 known anomalies would be to tell every row, the 2 usual ones too: by how strange they \
                    are, they cannot be told apart (ROC area 0.0000)";
        assert_eq!(refused.to_string(), said);
        // Who allows every usual row to be told gets that, and rows that are all anomalies have no usual ones.
        assert!(Goal::FalsePositiveRate(1.0).threshold(&truth, &scores).unwrap() < 1.0);
        assert!(Goal::BestF1.threshold(&[true; 5], &scores).unwrap() < 1.0);
    }

    #[test]
    fn the_best_balance_is_found() {
        let truth = [true, false, true, true, false, false];
        let scores = [9.0, 8.0, 7.0, 6.0, 5.0, 4.0];
        // 3 found with 1 wrong: 6/7.
        let threshold = Goal::BestF1.threshold(&truth, &scores).unwrap();
        assert!(threshold < 6.0 && threshold > 5.999);
        let threshold = Goal::FalsePositiveRate(0.2).threshold(&truth, &scores).unwrap();
        assert!(threshold < 9.0 && threshold > 8.999);
        assert_eq!(
            Goal::FalsePositiveRate(0.0).threshold(&[false, true], &[2.0, 1.0]).unwrap(),
            2.0
        );
    }
}
