//! What the card says of a detector.

use super::Card;
use crate::bundle::{AlarmFacts, Bundle};
use crate::quantile::Quantile;
use crate::{Goal, Judged, Limit};

impl Card {
    /// Its threshold and what it tells; nothing of a model of classes.
    pub(super) fn alarm(&mut self, bundle: &Bundle) {
        let (Some(facts), Some(alarm)) = (bundle.alarm_facts(), bundle.alarm()) else { return };
        self.heading("Threshold");
        self.fact("rows are told whose score is above", &figure(alarm.threshold()));
        self.fact("chosen", &chosen(facts));
        if let Some(known) = facts.known_anomalies {
            let learned = if facts.has_learned_anomalies { "learned, too" } else { "not learned" };
            let text = format!("{known}, which were {learned}");
            self.fact("rows to train with that are known to be anomalies", &text);
        }
        let told = &bundle.facts().train;
        self.fact("told of the rows to train with", &told_share(told));
        if let Some(told) = &bundle.facts().test {
            self.fact("told of the rows held back", &told_share(told));
        }
        self.scores(facts);
        self.stability(facts);
    }

    fn scores(&mut self, facts: &AlarmFacts) {
        self.0.push_str("\nHow strange rows are:\n\n");
        let shares: Vec<String> =
            facts.train_scores.iter().map(|told| format!("{} %", 100.0 * told.share)).collect();
        let shares: Vec<&str> = shares.iter().map(String::as_str).collect();
        self.head(&["scores below which this share of rows is"], &shares);
        let rows = [("to train with", &facts.train_scores), ("held back", &facts.test_scores)];
        for (name, scores) in rows.into_iter().filter(|(_, scores)| !scores.is_empty()) {
            let figures = scores.iter().map(|Quantile { below, .. }| figure(*below));
            self.row([name.to_owned()].into_iter().chain(figures));
        }
    }

    fn stability(&mut self, facts: &AlarmFacts) {
        if facts.candidates.iter().all(|candidate| candidate.stability.is_none()) {
            return;
        }
        self.heading("Stability");
        self.0.push_str(
            "How much detectors agree that learned from different halves of the rows to train with, about rows that none \
             of them has learned:\n\n",
        );
        let areas = facts.candidates.iter().filter_map(|it| it.stability?.roc_area);
        let is_judged = areas.count() > 0;
        let figures = ["order of rows", "rows that are told", "ROC area"];
        self.head(&["detector"], if is_judged { &figures } else { &figures[..2] });
        for candidate in &facts.candidates {
            let told = candidate.stability.as_ref();
            let figures = [
                told.map(|told| told.ranks),
                told.map(|told| told.overlap),
                told.and_then(|told| told.roc_area),
            ];
            let figures =
                figures.map(|figure| figure.map_or(String::new(), |it| format!("{it:.4}")));
            let figures = figures.into_iter().take(if is_judged { 3 } else { 2 });
            self.row([candidate.detector.clone()].into_iter().chain(figures));
        }
    }
}

fn chosen(facts: &AlarmFacts) -> String {
    match facts.limit {
        Limit::Contamination(share) => {
            format!("so that {} % of the rows learned are told", 100.0 * share)
        }
        Limit::AlertsADay(alerts) => match facts.rows_a_day {
            Some(rows) => format!("for {alerts} alerts a day, of {rows:.0} rows a day"),
            None => format!("for {alerts} alerts a day"),
        },
        Limit::Anomalies(Goal::BestF1) => {
            "for the best F1 on the known anomalies among the rows to train with".to_owned()
        }
        Limit::Anomalies(Goal::FalsePositiveRate(rate)) => format!(
            "to find as many known anomalies as can be while {} % of usual rows are told",
            100.0 * rate
        ),
        Limit::Score(_) => "by hand".to_owned(),
    }
}

fn told_share(told: &Judged) -> String {
    let alarms: f64 = told.report.confusion.rows().filter_map(|row| row.get(1)).sum();
    format!("{alarms:.0} of {} ({:.2} %)", told.rows, 100.0 * alarms / (told.rows as f64).max(1.0))
}

fn figure(score: f64) -> String {
    format!("{score:.4}")
}
