//! What comes of thresholds, class by class.

use netsift_metrics::{Confusion, OperatingPoint, Ranking, Report, is_class};
use netsift_models::Alarm;

use super::numbers::{Aim, ThresholdNumbers};
use super::part::Said;
use crate::ReportError;

/// What thresholds are usually wished for.
const AIMS: [Aim; 8] = [
    Aim::FalsePositiveRate(0.001),
    Aim::FalsePositiveRate(0.01),
    Aim::FalsePositiveRate(0.05),
    Aim::Recall(0.9),
    Aim::Recall(0.95),
    Aim::Recall(0.99),
    Aim::Precision(0.95),
    Aim::Precision(0.99),
];
/// Of more classes, those that have most rows.
const MOST_CLASSES: usize = 20;

/// Of the classes that rows have, and of the rows of known classes.
pub(super) fn of(
    classes: &[String],
    known: &Said,
    report: &Report,
) -> Result<Vec<ThresholdNumbers>, ReportError> {
    let ranked: Vec<usize> = match &known.strange {
        Some(_) => vec![Alarm::ANOMALY as usize],
        None => most_frequent(report, known.known_classes()),
    };
    let mut all = Vec::new();
    for class in ranked {
        let Some(name) = classes.get(class) else { continue };
        // A threshold parts rows of two kinds.
        let Some(ranking) = ranking(known, class)? else { continue };
        let point = OperatingPoint {
            threshold: known.strange.as_ref().map(|strange| strange.threshold),
            ..as_it_is(known, classes.len(), class)?
        };
        let numbers = |aim, point| ThresholdNumbers { class: name.clone(), aim, point };
        all.push(numbers(Aim::AsItIs, Some(point)));
        for aim in AIMS {
            all.push(numbers(aim, aim.point(&ranking)?));
        }
    }
    Ok(all)
}

/// What the model's own answers come to, of the rows that thresholds are tried on.
fn as_it_is(known: &Said, classes: usize, class: usize) -> Result<OperatingPoint, ReportError> {
    let told = known.answer.classes.to_vec();
    let all = Confusion::of_codes(classes, &known.truth, &told, None)?.counts();
    let of_class = all.get(class).copied().unwrap_or_default();
    Ok(OperatingPoint {
        threshold: None,
        recall: of_class.recall(),
        precision: of_class.precision(),
        false_positive_rate: of_class.false_positive_rate(),
    })
}

impl Aim {
    fn point(self, ranking: &Ranking) -> Result<Option<OperatingPoint>, ReportError> {
        Ok(match self {
            Self::AsItIs => None,
            Self::FalsePositiveRate(rate) => Some(ranking.at_false_positive_rate(rate)?),
            Self::Recall(recall) => Some(ranking.at_recall(recall)?),
            Self::Precision(precision) => ranking.at_precision(precision)?,
        })
    }
}

/// Classes by their rows, the most first.
fn most_frequent(report: &Report, known: usize) -> Vec<usize> {
    let supports: Vec<f64> = report.classes.iter().take(known).map(|it| it.support).collect();
    let mut order: Vec<usize> = (0..supports.len()).collect();
    order.sort_by(|&one, &other| supports[other].total_cmp(&supports[one]));
    order.truncate(MOST_CLASSES);
    order
}

/// The rows in the order of how much they seem to be of a class; nothing if all of them are, or none is.
fn ranking(said: &Said, class: usize) -> Result<Option<Ranking>, ReportError> {
    let is_of = is_class(&said.truth, &(class as u32));
    if !is_of.contains(&true) || !is_of.contains(&false) {
        return Ok(None);
    }
    if let Some(ranking) = said.ranking_of_anomalies()? {
        return Ok(Some(ranking));
    }
    let scores = said.answer.probabilities.column(class).to_vec();
    Ok(Some(Ranking::of(&is_of, &scores, None)?))
}
