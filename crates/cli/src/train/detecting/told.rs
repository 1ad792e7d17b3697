//! What came of a training without labels, for people.

use netsift::models::{DetectorCandidate, DetectorOutcome, Limit, Stability, TrainedDetector};

use crate::figures;
use crate::table::Table;
use crate::train::took;

/// A line for each detector, and why the one that is kept is.
pub(super) fn detectors(trained: &TrainedDetector) -> String {
    let facts = trained.bundle.facts();
    let is_tested = facts.test.is_some();
    let is_judged = fitted(trained).any(|(.., outcome)| outcome.judged.is_some());
    let is_compared = trained.candidates.iter().any(|candidate| candidate.stability.is_some());
    let first = format!("On {} rows", figures::grouped(facts.split.train_rows));
    let headings = [first.as_str(), "fit"].into_iter();
    let headings = headings.chain(is_tested.then_some("score")).chain(["threshold", "told"]);
    let headings = headings.chain(is_tested.then_some("told of held"));
    let headings =
        headings.chain(is_compared.then_some(["order", "overlap"]).into_iter().flatten());
    let headings: Vec<&str> = headings
        .chain(is_judged.then_some(["ROC area", "precision at n"]).into_iter().flatten())
        .collect();
    let mut table = Table::new(&headings);
    for (name, candidate, outcome) in fitted(trained) {
        let judged = outcome.judged.as_ref();
        let figures = [judged.map(|it| it.roc_area), judged.map(|it| it.precision_at_n)];
        let cells = [name, took(outcome.fit_time)].into_iter();
        let cells =
            cells.chain(is_tested.then(|| outcome.score_time.map(took).unwrap_or_default()));
        let cells = cells.chain([format!("{:.4}", outcome.threshold), share(outcome.train_share)]);
        let cells =
            cells.chain(is_tested.then(|| outcome.test_share.map(share).unwrap_or_default()));
        let cells = cells.chain(is_compared.then(|| stability(candidate)).into_iter().flatten());
        let cells = cells.chain(is_judged.then_some(figures.map(figure)).into_iter().flatten());
        table.row(cells);
    }
    let explained = if is_compared { explained(trained) } else { String::new() };
    format!("{table}{explained}{}", limit(trained))
}

/// What makes the figures less than they seem.
pub(super) fn warnings(trained: &TrainedDetector) -> Vec<String> {
    let failed = trained.candidates.iter().filter_map(|candidate| {
        let error = candidate.outcome.as_ref().err()?;
        Some(format!("{} was left out: {error}", candidate.recipe.name()))
    });
    failed.chain(too_few(trained)).collect()
}

/// A threshold beyond the strangest row that was learned is a guess.
fn too_few(trained: &TrainedDetector) -> Option<String> {
    let alarm = trained.bundle.alarm_facts()?;
    let rows = trained.bundle.facts().rows_fitted as f64;
    let share = match (alarm.limit, alarm.rows_a_day) {
        (Limit::Contamination(share), _) => share,
        (Limit::AlertsADay(alerts), Some(rows_a_day)) => alerts / rows_a_day,
        _ => return None,
    };
    (share > 0.0 && share * rows < 1.0).then(|| {
        format!(
            "{rows} rows are too few to tell which one of {:.0} is strange: the threshold is the strangest of them",
            1.0 / share
        )
    })
}

fn explained(trained: &TrainedDetector) -> String {
    let by_anomalies = |candidate: &DetectorCandidate| {
        candidate.stability.is_some_and(|stability| stability.roc_area.is_some())
    };
    let halves = "of the rows to train with";
    let meaning = format!(
        "order, overlap: how much detectors of different halves {halves} agree on the order of rows, and on those told\n"
    );
    if trained.candidates.len() == 1 {
        return meaning;
    }
    let rule = if trained.candidates.iter().any(by_anomalies) {
        "finds the known anomalies best in halves of the rows to train with"
    } else {
        "depends least on which rows it learned: order times overlap"
    };
    format!("{meaning}kept is the one that {rule}\n")
}

/// How the threshold was chosen.
fn limit(trained: &TrainedDetector) -> String {
    let Some(facts) = trained.bundle.alarm_facts() else { return String::new() };
    match (facts.limit, facts.rows_a_day) {
        (Limit::Contamination(part), _) => {
            format!("told is what is above the threshold: {} of the rows learned\n", share(part))
        }
        (Limit::AlertsADay(alerts), Some(rows)) => {
            format!(
                "told is what is above the threshold: {alerts} a day, of {rows:.0} rows a day\n"
            )
        }
        (Limit::Anomalies(_), _) => {
            "told is what is above the threshold: the best for the known anomalies, by F1\n".into()
        }
        _ => String::new(),
    }
}

/// Those that could learn from the rows, by the names that they are told by.
fn fitted(
    trained: &TrainedDetector,
) -> impl Iterator<Item = (String, &DetectorCandidate, &DetectorOutcome)> {
    let is_sole = trained.candidates.len() == 1;
    trained.candidates.iter().enumerate().filter_map(move |(number, candidate)| {
        let mark = if number == trained.chosen && !is_sole { " (kept)" } else { "" };
        let name = format!("{}{mark}", candidate.recipe.name());
        Some((name, candidate, candidate.outcome.as_ref().ok()?))
    })
}

fn stability(candidate: &DetectorCandidate) -> [String; 2] {
    let told = candidate.stability.as_ref();
    [told.map(|Stability { ranks, .. }| *ranks), told.map(|Stability { overlap, .. }| *overlap)]
        .map(figure)
}

fn figure(figure: Option<f64>) -> String {
    figure.map(|figure| format!("{figure:.4}")).unwrap_or_default()
}

fn share(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}
