//! Which model is better, and how sure that is.

use netsift_metrics::{Bootstrap, Interval, McNemar};
use netsift_models::judging::{Compared, Score};

use super::numbers::ModelPair;
use super::part::Said;
use crate::ReportError;

/// The same models and rows have the same intervals.
const SEED: u64 = 0;
/// As many rows are drawn again for all intervals together: seconds, whatever there is.
const MOST_DRAWN: usize = 200_000_000;
/// Ends of intervals rest on a fortieth of the resamples each.
const RESAMPLES: (usize, usize) = (100, 1_000);

/// By what models are compared, and how often rows are drawn again for it.
pub(super) struct Comparison {
    pub(super) score: Score,
    classes: usize,
    bootstrap: Bootstrap,
}

impl Comparison {
    /// Of so many models by so many rows of so many classes.
    pub(super) fn new(
        score: Score,
        classes: usize,
        (models, rows): (usize, usize),
    ) -> Result<Self, ReportError> {
        // An interval for each, and one for each pair, which asks about both.
        let intervals = models * models.max(1);
        let resamples = MOST_DRAWN / (rows * intervals).max(1);
        let bootstrap =
            Bootstrap::new(SEED).resamples(resamples.clamp(RESAMPLES.0, RESAMPLES.1))?;
        Ok(Self { score, classes, bootstrap })
    }

    /// The score with how sure it is; nothing where there is no such score of these rows.
    pub(super) fn interval(&self, said: &Said) -> Option<Interval> {
        self.score.interval(self.classes, &said.truth, &said.answer, self.bootstrap).ok()
    }

    /// Each model held against each behind it.
    pub(super) fn pairs(&self, models: &[(&str, &Said)]) -> Result<Vec<ModelPair>, ReportError> {
        let pairs = models.iter().enumerate().flat_map(|(at, first)| {
            models.iter().skip(at + 1).map(move |second| (*first, *second))
        });
        pairs.map(|(first, second)| self.pair(first, second)).collect()
    }

    fn pair(
        &self,
        (first, one): (&str, &Said),
        (second, other): (&str, &Said),
    ) -> Result<ModelPair, ReportError> {
        let answers = [&one.answer, &other.answer];
        let told =
            Compared::of_answers(&one.truth, self.classes, answers, self.score, self.bootstrap);
        let (difference, right) = match told {
            Ok((difference, right)) => (Some(difference), right),
            // Whatever the score, rows are told right or wrong.
            Err(_) => {
                let [one_told, other_told] = answers.map(|answer| answer.classes.to_vec());
                (None, McNemar::of(&one.truth, &one_told, &other_told, None)?)
            }
        };
        Ok(ModelPair {
            first: first.to_owned(),
            second: second.to_owned(),
            difference,
            only_first: right.only_first(),
            only_second: right.only_second(),
            p_value: right.p_value(),
        })
    }
}
