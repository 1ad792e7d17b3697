//! How well a detector finds the anomalies among rows whose labels tell them.

use netsift::alert::harmless_json;
use netsift::data::Dataset;
use netsift::models::{Alarm, AnomaliesJudged, Bundle, UsualLabels};
use serde::Serialize;

use super::{Evaluate, trained_on};
use crate::confusion;
use crate::failure::{Failure, tell};
use crate::figures;
use crate::tables::known::threads;

/// What is told as JSON.
#[derive(Serialize)]
struct Told<'a> {
    roc_area: f64,
    average_precision: f64,
    /// Of as many of the strangest rows as there are anomalies.
    precision_at_n: f64,
    precision: f64,
    recall: f64,
    f1: f64,
    /// A row for each class as it is, a column for each as it was told, in the order of `classes`.
    confusion: Vec<&'a [f64]>,
    classes: &'a [String],
    anomalies: u64,
    rows: u64,
    threshold: f64,
}

/// What is to be printed.
pub(super) fn told(
    bundle: &Bundle,
    data: &Dataset,
    usual: &UsualLabels,
    asked: &Evaluate,
) -> Result<String, Failure> {
    let judged = bundle.judge_anomalies(data, usual, threads(asked.threads))?;
    trained_on(bundle, bundle.seen(data)?, judged.rows).iter().for_each(|line| tell(line));
    let threshold = bundle.alarm().map_or(f64::NAN, Alarm::threshold);
    Ok(if asked.json { json(&judged, threshold) } else { text(&judged, threshold) })
}

fn text(judged: &AnomaliesJudged, threshold: f64) -> String {
    let rows = figures::grouped(judged.rows);
    format!(
        "ROC area {:.4}, average precision {:.4}, precision at {} {:.4} on {rows} rows\n\
         above {threshold:.4}: precision {:.4}, recall {:.4}, F1 {:.4}\n{}",
        judged.roc_area,
        judged.average_precision,
        figures::grouped(judged.anomalies),
        judged.precision_at_n,
        told_of(judged)[0],
        told_of(judged)[1],
        told_of(judged)[2],
        confusion::shown(&judged.report.confusion, &format!("{rows} rows")),
    )
}

fn json(judged: &AnomaliesJudged, threshold: f64) -> String {
    let [precision, recall, f1] = told_of(judged);
    let told = Told {
        roc_area: judged.roc_area,
        average_precision: judged.average_precision,
        precision_at_n: judged.precision_at_n,
        precision,
        recall,
        f1,
        confusion: judged.report.confusion.rows().collect(),
        classes: judged.report.confusion.classes(),
        anomalies: judged.anomalies,
        rows: judged.rows,
        threshold,
    };
    harmless_json(&told) + "\n"
}

/// Precision, recall and F1 of anomalies, which are the last class.
fn told_of(judged: &AnomaliesJudged) -> [f64; 3] {
    let scores = judged.report.classes.last().map(|class| &class.scores);
    scores.map_or([0.0; 3], |scores| [scores.precision, scores.recall, scores.f1])
}
