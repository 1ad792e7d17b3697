//! From when on a detector tells of rows, as whoever trains it wants it.

use netsift_data::Dataset;
use serde::{Deserialize, Serialize};

use crate::{Goal, ModelError, Threshold};

/// The share of the rows learned that is told where nothing else is said: about as many as people still look at.
pub const USUAL_CONTAMINATION: f64 = 0.01;

const DAY_NANOS: f64 = 86_400e9;

/// From when on rows are told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Limit {
    /// The share of the rows learned that is told: those that are strangest.
    Contamination(f64),
    /// As many rows a day as people can read, by the times of the rows learned.
    AlertsADay(f64),
    /// What is best for rows of which it is known whether they are anomalies.
    Anomalies(Goal),
    /// A score, in the detector's own measure.
    Score(f64),
}

/// [`USUAL_CONTAMINATION`].
impl Default for Limit {
    fn default() -> Self {
        Self::Contamination(USUAL_CONTAMINATION)
    }
}

impl Limit {
    pub(crate) fn check(self) -> Result<(), ModelError> {
        match self {
            Self::Contamination(share) => Threshold::Contamination(share).check(),
            Self::Score(score) => Threshold::Score(score).check(),
            Self::Anomalies(goal) => goal.check(),
            Self::AlertsADay(alerts) => {
                let is_number = alerts.is_finite() && alerts >= 0.0;
                ModelError::rule(is_number, "alerts a day", alerts, "0 or more")
            }
        }
    }

    /// The threshold by usual rows alone, of which so many come a day; nothing where anomalies have to be known.
    pub(crate) fn threshold(self, rate: Rate) -> Result<Option<Threshold>, ModelError> {
        Ok(match self {
            Self::Contamination(share) => Some(Threshold::Contamination(share)),
            Self::Score(score) => Some(Threshold::Score(score)),
            Self::AlertsADay(alerts) => {
                Some(Threshold::AlertsADay { alerts, rows_a_day: rate.rows_a_day()? })
            }
            Self::Anomalies(_) => None,
        })
    }

    /// About which share of rows is told, where `known` of them are known to be anomalies.
    pub(super) fn share(self, rate: Rate, known: f64) -> f64 {
        match self {
            Self::Contamination(share) => share,
            Self::AlertsADay(alerts) => {
                rate.rows_a_day().map_or(USUAL_CONTAMINATION, |rows| alerts / rows)
            }
            Self::Anomalies(_) => known,
            Self::Score(_) => USUAL_CONTAMINATION,
        }
    }
}

/// How many rows come a day, as far as their times tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rate {
    RowsADay(f64),
    Unknown { why: &'static str },
}

impl Rate {
    /// By the first and the last time of these rows.
    pub(super) fn of(data: &Dataset) -> Self {
        let Some(times) = data.times() else { return Self::Unknown { why: "they have no times" } };
        let ends = times.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(first, last), &time| {
            (first.min(time as f64), last.max(time as f64))
        });
        let span = ends.1 - ends.0;
        if span > 0.0 {
            Self::RowsADay(times.len() as f64 * (DAY_NANOS / span))
        } else {
            Self::Unknown { why: "all are of one time" }
        }
    }

    /// As a bundle remembers it.
    pub(crate) fn remembered(rows_a_day: Option<f64>) -> Self {
        let unknown = Self::Unknown { why: "the rows of the training had no times" };
        rows_a_day.map_or(unknown, Self::RowsADay)
    }

    pub(crate) fn rows_a_day(self) -> Result<f64, ModelError> {
        match self {
            Self::RowsADay(rows) => Ok(rows),
            Self::Unknown { why } => Err(ModelError::NoRate { why }),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use netsift_data::Schema;

    use super::*;

    fn timed(times: Option<Vec<i64>>) -> Dataset {
        let rows = times.as_ref().map_or(3, Vec::len);
        let data = Dataset::new(Schema::numbers(["a"]).unwrap(), Array2::zeros((rows, 1))).unwrap();
        times.map_or(data.clone(), |times| data.with_times(times).unwrap())
    }

    #[test]
    fn rows_a_day_follow_their_times() {
        // 3 rows in half a day, in any order; and the ends of all times.
        let half = 43_200_000_000_000;
        let rate = Rate::of(&timed(Some(vec![half, 0, 7])));
        assert_eq!(rate, Rate::RowsADay(6.0));
        let threshold = Limit::AlertsADay(2.0).threshold(rate).unwrap();
        assert_eq!(threshold, Some(Threshold::AlertsADay { alerts: 2.0, rows_a_day: 6.0 }));
        assert!((Limit::AlertsADay(2.0).share(rate, 0.5) - 1.0 / 3.0).abs() < 1e-15);
        assert!(Rate::of(&timed(Some(vec![i64::MIN, i64::MAX]))).rows_a_day().unwrap() > 0.0);
    }

    #[test]
    fn rows_without_times_have_no_rate() {
        for times in [None, Some(vec![]), Some(vec![5, 5])] {
            let refused = Limit::AlertsADay(1.0).threshold(Rate::of(&timed(times)));
            assert!(matches!(refused, Err(ModelError::NoRate { .. })), "{refused:?}");
        }
        assert!(Rate::remembered(None).rows_a_day().is_err());
    }

    #[test]
    fn limits_have_rules() {
        for wrong in [
            Limit::Contamination(1.0),
            Limit::AlertsADay(-1.0),
            Limit::AlertsADay(f64::INFINITY),
            Limit::Anomalies(Goal::FalsePositiveRate(2.0)),
            Limit::Score(f64::NAN),
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
        Limit::default().check().unwrap();
        Limit::Anomalies(Goal::BestF1).check().unwrap();
    }
}
