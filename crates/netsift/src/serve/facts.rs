//! What there is to know of models, lists and the policy that are in use.

use std::path::Path;

use netsift_dashboard::{Curve, Drift, Knowledge, ListFacts, Metric, ModelFacts};
use netsift_detect::Setup;
use netsift_detect::lists::{Defect, List};
use netsift_metrics::Curve as Points;
use netsift_models::drift::ColumnDrift;
use netsift_models::{Alarm, Bundle, DriftReport, Judged};

use crate::watch::Knowledge as Named;

/// Of more classes, each with a score of its own, nobody looks at each.
const MOST_CLASSES: usize = 32;

/// Of more columns nobody looks at each either.
const MOST_DRIFTED: usize = 20;

/// All of it, by the names of its files.
pub(super) fn of(setup: &Setup, named: &Named) -> Knowledge {
    let models = setup.models.bundles().zip(setup.models.drifts());
    let models = models.map(|(bundle, drift)| ModelFacts {
        drift: drift.as_ref().map(drifted),
        ..model(bundle, named)
    });
    Knowledge {
        models: models.collect(),
        lists: setup.lists.iter().map(|it| list(it)).collect(),
        policy: setup.policy.to_toml().ok(),
    }
}

/// From which strangeness on flows are told, if there is a detector: what share of usual flows is less strange.
#[must_use]
pub fn strange_from(setup: &Setup) -> Option<f64> {
    setup.models.bundles().find_map(Bundle::alarm).map(threshold)
}

fn threshold(alarm: &Alarm) -> f64 {
    1.0 - alarm.told_share()
}

fn model(bundle: &Bundle, named: &Named) -> ModelFacts {
    let alarm = bundle.alarm();
    let (path, kind) = match alarm {
        Some(_) => (&named.anomaly, "detector"),
        None => (&named.model, "classifier"),
    };
    let facts = bundle.facts();
    // Rows that were held back say more than those that were learned.
    let (judged, which) = match &facts.test {
        Some(test) => (test, "held back"),
        None => (&facts.train, "learned"),
    };
    ModelFacts {
        name: path.as_deref().map_or_else(|| kind.to_owned(), file_name),
        what: format!("{kind}: {}", facts.learner),
        classes: bundle.classes().names().map(str::to_owned).collect(),
        columns: bundle.input().names().map(str::to_owned).collect(),
        card: bundle.card(),
        metrics: metrics(judged, which),
        curves: curves(judged, bundle),
        threshold: alarm.map(threshold),
        ..ModelFacts::default()
    }
}

fn drifted(report: &DriftReport) -> Drift {
    let column =
        |column: &ColumnDrift| Metric { name: column.name.clone(), value: column.stability };
    let level = report.level.name().to_owned();
    let behind = report.behind();
    let columns = behind.into_iter().take(MOST_DRIFTED).map(column).collect();
    Drift { rows: report.rows, level, columns }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn metrics(judged: &Judged, which: &str) -> Vec<Metric> {
    let metric = |name: String, value: f64| Metric { name, value };
    let report = &judged.report;
    let whole = [
        (format!("rows {which}"), judged.rows as f64),
        ("accuracy".into(), report.accuracy),
        ("balanced accuracy".into(), report.balanced_accuracy),
        ("Matthews correlation".into(), report.matthews),
        ("mean F1 of classes".into(), report.macro_average.f1),
    ];
    let losses = report.probabilities.iter();
    let losses =
        losses.flat_map(|it| [("log loss".into(), it.log_loss), ("Brier score".into(), it.brier)]);
    let classes = report.classes.iter().take(MOST_CLASSES);
    let classes = classes.map(|class| (format!("F1 of {}", class.name), class.scores.f1));
    whole.into_iter().chain(losses).chain(classes).map(|(name, it)| metric(name, it)).collect()
}

/// Those of all classes together, and how probable is what is said to be so.
fn curves(judged: &Judged, bundle: &Bundle) -> Vec<Curve> {
    let curve = |name: &str, (x, y): (&str, &str), points: Vec<[f64; 2]>| {
        let [name, x, y] = [name, x, y].map(str::to_owned);
        Curve { name, x, y, points }
    };
    let of = |points: &Points| points.points.iter().map(|it| [it.x, it.y]).collect();
    let mut curves = Vec::new();
    if let Some(told) = &judged.report.probabilities {
        let rates = ("false-positive rate", "true-positive rate");
        curves.push(curve("ROC, mean of classes", rates, of(&told.curves.macro_roc)));
        let found = ("recall", "precision");
        let points = of(&told.curves.macro_precision_recall);
        curves.push(curve("precision and recall, mean of classes", found, points));
    }
    let calibrated = judged.calibration.iter().map(|bin| [bin.predicted, bin.observed]);
    curves.push(curve("calibration", ("said to be", "is"), calibrated.collect()));
    if let Some(facts) = bundle.alarm_facts() {
        let scores = facts.train_scores.iter().map(|it| [it.below, it.share]).collect();
        curves.push(curve("strangeness of usual rows", ("score", "share below"), scores));
    }
    curves.retain(|curve| !curve.points.is_empty());
    curves
}

fn list(list: &List) -> ListFacts {
    let report = list.report();
    let reason = |defect: Defect| {
        let count = report.count(defect);
        (count > 0).then(|| format!("{count} {}", defect.name()))
    };
    ListFacts {
        name: list.name().to_owned(),
        level: list.severity().name().to_owned(),
        loaded: list.len() as u64,
        skipped: report.skipped(),
        reasons: Defect::ALL.into_iter().filter_map(reason).collect(),
    }
}
