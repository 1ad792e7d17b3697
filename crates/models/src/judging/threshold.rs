//! From which probability on a class is told: by what mistakes cost, by how often one may err, or by how many alerts a day
//! anybody reads.

use netsift_metrics::Ranking;

use crate::ModelError;

/// What a threshold is chosen for.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Aim {
    /// The least cost.
    Cost(Costs),
    /// As many rows of the class as can be found while no larger share of the others is told, too.
    FalsePositiveRate(f64),
    /// As many rows of the class as can be found with so many alerts a day.
    AlertsADay {
        /// How many alerts anybody reads.
        alerts: f64,
        /// How many rows a day brings, of which the known ones are a fair sample.
        rows: f64,
    },
}

/// What telling and not telling a row costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// A row of the class that is not told.
    pub missed: f64,
    /// A row of the others that is told.
    pub false_alarm: f64,
    /// A row of the class that is told: whoever reads it has work.
    pub found: f64,
    /// A row of the others that is not told.
    pub quiet: f64,
}

/// From which score on a row is told to be of the class.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Threshold {
    /// What it was chosen for.
    pub aim: Aim,
    /// The score. `None`: none is high enough, and nothing is told.
    pub from: Option<f64>,
    /// What comes of it with the rows that it was chosen by, a little better than with others.
    pub chosen: Rates,
}

/// What comes of a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rates {
    /// The share of the class that is told.
    pub recall: f64,
    /// The share of what is told that is of the class.
    pub precision: f64,
    /// The share of the others that is told.
    pub false_positive_rate: f64,
    /// The share of all rows that is told.
    pub told: f64,
    /// The mean cost of a row, if costs are what it was chosen for.
    pub cost: Option<f64>,
    /// How many alerts a day brings, if that is what it was chosen for.
    pub alerts_a_day: Option<f64>,
}

impl Costs {
    /// What mistakes cost; what is right costs nothing.
    #[must_use]
    pub fn new(missed: f64, false_alarm: f64) -> Self {
        Self { missed, false_alarm, found: 0.0, quiet: 0.0 }
    }
}

impl Threshold {
    /// Chosen by rows of one class and of the rest, with a score each: those that are told
    /// [out of fold](super::Crossed::against_rest), best of all.
    ///
    /// ```
    /// use netsift_models::judging::{Aim, Costs, Threshold};
    ///
    /// let (is_scan, scores) = ([true, true, false, true, false, false], [0.9, 0.8, 0.7, 0.6, 0.4, 0.1]);
    /// // A scan that is missed costs three times as much as an alert about nothing.
    /// let chosen = Threshold::chosen(Aim::Cost(Costs::new(3.0, 1.0)), &is_scan, &scores)?;
    /// assert_eq!((chosen.from, chosen.chosen.recall), (Some(0.6), 1.0));
    /// let held = chosen.on(&[true, false], &[0.5, 0.65])?;
    /// assert_eq!((held.recall, held.false_positive_rate, held.cost), (0.0, 1.0, Some(2.0)));
    /// # Ok::<(), netsift_models::ModelError>(())
    /// ```
    ///
    /// # Errors
    /// [`ModelError::Setting`] for an aim that makes no sense, [`ModelError::Metric`] without rows, for a score that is not
    /// finite, and by the rate for rows that are all of the class or none.
    pub fn chosen(aim: Aim, is_of_class: &[bool], scores: &[f64]) -> Result<Self, ModelError> {
        aim.check()?;
        let ranking = Ranking::of(is_of_class, scores, None)?;
        let steps = Steps(&ranking);
        let from = match aim {
            Aim::FalsePositiveRate(rate) => ranking.at_false_positive_rate(rate)?.threshold,
            Aim::Cost(costs) => steps.cheapest(costs),
            Aim::AlertsADay { alerts, rows } => steps.deepest(alerts / rows),
        };
        let chosen = Rates::of(aim, from, &ranking);
        Ok(Self { aim, from, chosen })
    }

    /// What comes of it with other rows: those held back say what is to be expected.
    ///
    /// # Errors
    /// [`ModelError::Metric`] without rows, or for a score that is not finite.
    pub fn on(&self, is_of_class: &[bool], scores: &[f64]) -> Result<Rates, ModelError> {
        Ok(Rates::of(self.aim, self.from, &Ranking::of(is_of_class, scores, None)?))
    }
}

impl Aim {
    fn check(self) -> Result<(), ModelError> {
        match self {
            Self::Cost(Costs { missed, false_alarm, found, quiet }) => {
                let all = [missed, false_alarm, found, quiet];
                let are_costs = all.iter().all(|cost| cost.is_finite());
                let is_worth_it = missed > found && false_alarm > quiet;
                let rule = "finite, and a mistake dearer than being right";
                ModelError::rule(are_costs && is_worth_it, "the costs", format!("{all:?}"), rule)
            }
            Self::FalsePositiveRate(rate) => {
                let is_share = (0.0..=1.0).contains(&rate);
                ModelError::rule(is_share, "the false-positive rate", rate, "from 0 to 1")
            }
            Self::AlertsADay { alerts, rows } => {
                let is_number = alerts.is_finite() && alerts >= 0.0;
                ModelError::rule(is_number, "alerts a day", alerts, "finite, and not below 0")?;
                let is_number = rows.is_finite() && rows > 0.0;
                ModelError::rule(is_number, "rows a day", rows, "finite, and above 0")
            }
        }
    }
}

/// How many rows are told from each threshold on.
struct Steps<'a>(&'a Ranking);

impl Steps<'_> {
    /// Each threshold with rows of the class and others that are told, from the highest down.
    fn each(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let told = self.0.true_positives().iter().zip(self.0.false_positives());
        self.0
            .thresholds()
            .iter()
            .zip(told)
            .map(|(&from, (&found, &false_alarms))| (from, found, false_alarms))
    }

    /// Of equally dear ones the highest: fewer alerts are less work.
    fn cheapest(&self, costs: Costs) -> Option<f64> {
        let nothing = (None, total(costs, self.0, 0.0, 0.0));
        let cheaper = |best: (Option<f64>, f64), (from, found, false_alarms)| {
            let cost = total(costs, self.0, found, false_alarms);
            if cost < best.1 { (Some(from), cost) } else { best }
        };
        self.each().fold(nothing, cheaper).0
    }

    /// The lowest from which on no larger share of the rows is told.
    fn deepest(&self, share: f64) -> Option<f64> {
        let most = share * (self.0.positives() + self.0.negatives());
        // A share such as 0.3 of ten rows is three, whatever the last bit says.
        let few = |(_, found, false_alarms): &(f64, f64, f64)| {
            found + false_alarms <= most * (1.0 + 1e-12)
        };
        self.each().take_while(few).last().map(|(from, ..)| from)
    }
}

fn total(costs: Costs, ranking: &Ranking, found: f64, false_alarms: f64) -> f64 {
    costs.found * found
        + costs.missed * (ranking.positives() - found)
        + costs.false_alarm * false_alarms
        + costs.quiet * (ranking.negatives() - false_alarms)
}

impl Rates {
    fn of(aim: Aim, from: Option<f64>, ranking: &Ranking) -> Self {
        let told =
            |from: f64| Steps(ranking).each().take_while(|(score, ..)| *score >= from).last();
        let (_, found, false_alarms) = from.and_then(told).unwrap_or_default();
        let (positives, negatives) = (ranking.positives(), ranking.negatives());
        let rows = positives + negatives;
        let told = share(found + false_alarms, rows);
        Self {
            recall: share(found, positives),
            precision: share(found, found + false_alarms),
            false_positive_rate: share(false_alarms, negatives),
            told,
            cost: match aim {
                Aim::Cost(costs) => Some(total(costs, ranking, found, false_alarms) / rows),
                _ => None,
            },
            alerts_a_day: match aim {
                Aim::AlertsADay { rows, .. } => Some(told * rows),
                _ => None,
            },
        }
    }
}

/// A part of nothing is nothing.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const IS: [bool; 6] = [true, true, false, true, false, false];
    const SCORES: [f64; 6] = [0.9, 0.8, 0.7, 0.6, 0.4, 0.1];

    fn chosen(aim: Aim) -> Threshold {
        Threshold::chosen(aim, &IS, &SCORES).unwrap()
    }

    #[test]
    fn aims_have_thresholds_of_their_own() {
        assert_eq!(chosen(Aim::FalsePositiveRate(0.0)).from, Some(0.8));
        assert_eq!(chosen(Aim::FalsePositiveRate(0.4)).from, Some(0.6));
        assert_eq!(chosen(Aim::Cost(Costs::new(1.0, 10.0))).from, Some(0.8));
        let cheap = Costs { found: 5.0, ..Costs::new(5.5, 10.0) };
        assert_eq!(chosen(Aim::Cost(cheap)).chosen.cost, Some((2.0 * 5.0 + 5.5) / 6.0));
        // To tell the third, too, costs as much as it saves: the fewer alerts.
        let even = Threshold::chosen(
            Aim::Cost(Costs::new(1.0, 1.0)),
            &[true, false, true],
            &[0.9, 0.8, 0.7],
        );
        assert_eq!(even.unwrap().from, Some(0.9));
        let few = chosen(Aim::AlertsADay { alerts: 30.0, rows: 60.0 });
        assert_eq!((few.from, few.chosen.alerts_a_day), (Some(0.7), Some(30.0)));
        let none = chosen(Aim::AlertsADay { alerts: 9.9, rows: 60.0 });
        assert_eq!((none.from, none.chosen.told, none.chosen.precision), (None, 0.0, 0.0));
        let all = chosen(Aim::AlertsADay { alerts: 1e9, rows: 1.0 });
        assert_eq!((all.from, all.chosen.recall), (Some(0.1), 1.0));
    }

    #[test]
    fn equal_scores_are_told_together() {
        let aim = Aim::AlertsADay { alerts: 1.0, rows: 3.0 };
        let tied = Threshold::chosen(aim, &[true, false, false], &[0.9, 0.9, 0.1]).unwrap();
        assert_eq!(tied.from, None);
    }

    #[test]
    fn aims_that_make_no_sense_are_refused() {
        let nan = f64::NAN;
        for aim in [
            Aim::FalsePositiveRate(1.1),
            Aim::FalsePositiveRate(nan),
            Aim::AlertsADay { alerts: -1.0, rows: 1.0 },
            Aim::AlertsADay { alerts: 1.0, rows: 0.0 },
            Aim::Cost(Costs::new(0.0, 1.0)),
            Aim::Cost(Costs::new(nan, 1.0)),
            Aim::Cost(Costs { quiet: 2.0, ..Costs::new(1.0, 1.0) }),
        ] {
            assert!(
                matches!(Threshold::chosen(aim, &IS, &SCORES), Err(ModelError::Setting { .. })),
                "{aim:?}"
            );
        }
        let aim = Aim::FalsePositiveRate(0.1);
        assert!(matches!(Threshold::chosen(aim, &[true], &[0.5]), Err(ModelError::Metric(_))));
        assert!(matches!(Threshold::chosen(aim, &[], &[]), Err(ModelError::Metric(_))));
        assert!(matches!(Threshold::chosen(aim, &[true], &[nan]), Err(ModelError::Metric(_))));
    }

    proptest! {
        /// Beside all thresholds there are, tried one by one.
        #[test]
        fn nothing_is_cheaper(
            rows in prop::collection::vec((any::<bool>(), 0_u8..9), 1..30),
            missed in 1_u8..9, false_alarm in 1_u8..9,
        ) {
            let is: Vec<bool> = rows.iter().map(|row| row.0).collect();
            let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
            let costs = Costs::new(missed.into(), false_alarm.into());
            let chosen = Threshold::chosen(Aim::Cost(costs), &is, &scores).unwrap();
            let cost = |from: f64| -> f64 {
                let of = |(is, score): (&bool, &f64)| match (is, *score >= from) {
                    (true, false) => costs.missed,
                    (false, true) => costs.false_alarm,
                    _ => 0.0,
                };
                is.iter().zip(&scores).map(of).sum::<f64>() / is.len() as f64
            };
            let least = (0..10).map(|from| cost(f64::from(from))).fold(f64::INFINITY, f64::min);
            prop_assert!((chosen.chosen.cost.unwrap() - least).abs() < 1e-12);
            prop_assert!((cost(chosen.from.unwrap_or(f64::INFINITY)) - least).abs() < 1e-12);
            prop_assert_eq!(chosen.on(&is, &scores).unwrap(), chosen.chosen);
        }
    }
}
