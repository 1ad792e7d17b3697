//! What came of a training without labels, for people.

use netsift::models::{
    AnomaliesJudged, DetectorCandidate, DetectorOutcome, Goal, Limit, Stability, TrainedDetector,
};

use crate::alarms::too_few;
use crate::figures;
use crate::table::Table;
use crate::train::took;

/// Where more of the usual rows are told, whoever reads alerts has more of those than of anything else.
const MANY_USUAL: f64 = 0.1;

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
    failed.chain(too_few(&trained.bundle)).chain(told_too_much(trained)).collect()
}

/// A threshold that anomalies have chosen, and that is of little use all the same.
fn told_too_much(trained: &TrainedDetector) -> Option<String> {
    let (name, known) = known(trained)?;
    let area = known.judged.roc_area;
    let of_usual = known.usual_told / known.usual.max(1.0);
    let advice = "choose another --model or other columns, or say with --false-positive-rate how many usual rows may be told";
    if known.found == 0.0 {
        return Some(format!(
            "none of the {} known anomalies is above the threshold: {name} finds many usual rows stranger (ROC area {area:.4}); \
             {advice}",
            known.anomalies
        ));
    }
    (of_usual > MANY_USUAL).then(|| {
        format!(
            "{} of the usual rows are above the threshold, too: {name} hardly tells these anomalies from them (ROC area \
             {area:.4}); {advice}",
            share(of_usual)
        )
    })
}

/// What a threshold does to rows of which it is known what they are, and which have chosen it.
struct Known<'a> {
    judged: &'a AnomaliesJudged,
    anomalies: f64,
    found: f64,
    usual: f64,
    usual_told: f64,
}

/// That of the detector which is kept, and its name, if anomalies have chosen its threshold.
fn known(trained: &TrainedDetector) -> Option<(&'static str, Known<'_>)> {
    let candidate = trained.candidates.get(trained.chosen)?;
    let is_chosen_by = matches!(trained.bundle.alarm_facts()?.limit, Limit::Anomalies(_));
    let judged = candidate.outcome.as_ref().ok()?.train_judged.as_ref().filter(|_| is_chosen_by)?;
    let rows: Vec<&[f64]> = judged.report.confusion.rows().collect();
    let &[&[quiet, usual_told], &[missed, found]] = rows.as_slice() else { return None };
    let (usual, anomalies) = (quiet + usual_told, missed + found);
    Some((candidate.recipe.name(), Known { judged, anomalies, found, usual, usual_told }))
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
        (Limit::Anomalies(goal), _) => {
            let chosen = match goal {
                Goal::FalsePositiveRate(rate) => {
                    format!(
                        "as many known anomalies as can be with {} of the usual rows",
                        share(rate)
                    )
                }
                _ => "the best for the known anomalies, by F1".to_owned(),
            };
            format!("told is what is above the threshold: {chosen}{}\n", found_by_it(trained))
        }
        _ => String::new(),
    }
}

/// `: 48 of 50 anomalies, and 3 of 950 usual rows (0.32 %)`
fn found_by_it(trained: &TrainedDetector) -> String {
    let Some((_, Known { anomalies, found, usual, usual_told, .. })) = known(trained) else {
        return String::new();
    };
    let of_usual = share(usual_told / usual.max(1.0));
    format!(
        ": {found} of {anomalies} anomalies, and {usual_told} of {usual} usual rows ({of_usual})"
    )
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
