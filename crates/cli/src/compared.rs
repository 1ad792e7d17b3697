//! Two models held against each other by the same rows.

use netsift::data::Dataset;
use netsift::metrics::{Bootstrap, Interval, McNemar};
use netsift::models::judging::{Compared, Score};
use netsift::models::{Bundle, ModelError};
use serde::Serialize;

use crate::figures;

/// By how much the first scores more than the second, and which rows only one of them has right.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct OnRows {
    score: String,
    difference: f64,
    low: f64,
    high: f64,
    only_first_right: f64,
    only_second_right: f64,
    p_value: f64,
}

impl OnRows {
    /// Of rows that neither has learned from. Chance draws them again, by this seed.
    pub(crate) fn of(
        models: [&Bundle; 2],
        data: &Dataset,
        score: Score,
        seed: u64,
        threads: usize,
    ) -> Result<Self, ModelError> {
        let told = Compared::on_rows(models, data, score, Bootstrap::new(seed), threads)?;
        Ok(Self::told(score, &told.0, &told.1))
    }

    fn told(score: Score, by: &Interval, right: &McNemar) -> Self {
        Self {
            score: score.name(),
            difference: by.estimate,
            low: by.low,
            high: by.high,
            only_first_right: right.only_first(),
            only_second_right: right.only_second(),
            p_value: right.p_value(),
        }
    }

    /// The figures in a line, behind what says whose they are.
    pub(crate) fn line(&self, whose: &str) -> String {
        format!(
            "{whose}: {} {:+.4} (95 %: {:+.4} to {:+.4}); right where the other is wrong: {} rows, and {} the other way \
             round (p {}).\n",
            self.score,
            self.difference,
            self.low,
            self.high,
            figures::grouped(self.only_first_right as u64),
            figures::grouped(self.only_second_right as u64),
            match self.p_value {
                p if p < 0.001 => "below 0.001".to_owned(),
                p => format!("= {p:.3}"),
            },
        )
    }
}

/// A score by its name.
pub(crate) fn parse_score(text: &str) -> Result<Score, String> {
    Score::named(text).map_err(|error| error.to_string())
}
