//! What came of a training, for people.

use std::time::Duration;

use netsift::metrics::Report;
use netsift::models::{Candidate, Judged, Outcome, Trained};

use crate::figures;
use crate::table::Table;
use crate::terminal::printable;

/// Columns that are told of, those that count most.
const MOST_COLUMNS: usize = 10;

/// Two tables with one line a model each, of the rows to train with and of those to test with; of several models, the one
/// that was kept is marked.
pub(super) fn models(trained: &Trained) -> String {
    let tested = trained.bundle.facts().test.as_ref();
    format!(
        "{}{}",
        on_train(trained),
        tested.map(|tested| on_test(trained, tested)).unwrap_or_default()
    )
}

fn on_train(trained: &Trained) -> String {
    let crossed = trained.candidates.iter().any(|candidate| candidate.cross_validation.is_some());
    let bagged = fitted(trained).any(|(.., outcome)| outcome.out_of_bag.is_some());
    let is_tested = trained.bundle.facts().test.is_some();
    let first = heading(&trained.bundle.facts().train, "train");
    let headings = [first.as_str()].into_iter().chain(SCORES);
    let headings = headings.chain(crossed.then_some("F1 in folds"));
    let headings = headings.chain(bagged.then_some("out of bag")).chain(["fit"]);
    let headings: Vec<&str> = headings.chain((!is_tested).then_some("predict")).collect();
    let mut table = Table::new(&headings);
    for (name, candidate, outcome) in fitted(trained) {
        let out_of_bag = || outcome.out_of_bag.map(figure).unwrap_or_default();
        let cells = [name].into_iter().chain(scores(&outcome.train));
        let cells = cells.chain(crossed.then(|| folds(candidate)));
        let cells = cells.chain(bagged.then(out_of_bag)).chain([took(outcome.fit_time)]);
        table.row(cells.chain((!is_tested).then(|| took(outcome.predict_time))));
    }
    table.to_string()
}

fn on_test(trained: &Trained, tested: &Judged) -> String {
    let first = heading(tested, "test");
    let headings: Vec<&str> =
        [first.as_str()].into_iter().chain(SCORES).chain(["predict"]).collect();
    let mut table = Table::new(&headings);
    for (name, _, outcome) in fitted(trained) {
        let scores = outcome.test.iter().flat_map(scores);
        table.row([name].into_iter().chain(scores).chain([took(outcome.predict_time)]));
    }
    table.to_string()
}

/// What counts most for the model that is kept, if it tells.
pub(super) fn importances(trained: &Trained) -> Option<Table> {
    let columns = trained.bundle.importances();
    let mut table = Table::new(&["What counts", "share"]);
    for (name, share) in columns.iter().take(MOST_COLUMNS) {
        table.row([printable(name).into_owned(), figure(*share)]);
    }
    (!columns.is_empty()).then_some(table)
}

/// Learners whose learning was ended before it came to rest.
pub(super) fn unconverged(trained: &Trained) -> Vec<String> {
    let ended = fitted(trained).filter(|(.., outcome)| !outcome.is_converged);
    let told = ended.map(|(_, candidate, _)| {
        format!(
            "{} did not converge: learning was ended after the steps that it was allowed; scale the columns, or allow more \
             with --set",
            candidate.recipe.name()
        )
    });
    told.collect()
}

/// Learners that could not learn from the rows, and why.
pub(super) fn failures(trained: &Trained) -> Vec<String> {
    let failed = trained.candidates.iter().filter_map(|candidate| {
        let error = candidate.outcome.as_ref().err()?;
        Some(format!("{} was left out: {error}", candidate.recipe.name()))
    });
    failed.collect()
}

/// Classes that could not be balanced as was asked for, of the model that is kept.
pub(super) fn unbalanced(trained: &Trained) -> Vec<String> {
    let chosen = trained.candidates.get(trained.chosen);
    let outcome = chosen.and_then(|candidate| candidate.outcome.as_ref().ok());
    outcome.iter().flat_map(|outcome| &outcome.unbalanced).map(ToString::to_string).collect()
}

/// What the columns of scores are called.
const SCORES: [&str; 4] = ["accuracy", "F1", "precision", "recall"];

fn heading(judged: &Judged, what: &str) -> String {
    format!("On {} rows to {what} with", figures::grouped(judged.rows))
}

/// Those that could learn from the rows, by the names that they are told by.
fn fitted(trained: &Trained) -> impl Iterator<Item = (String, &Candidate, &Outcome)> {
    let is_sole = trained.candidates.len() == 1;
    trained.candidates.iter().enumerate().filter_map(move |(number, candidate)| {
        let mark = if number == trained.chosen && !is_sole { " (kept)" } else { "" };
        let name = format!("{}{mark}", candidate.recipe.name());
        Some((name, candidate, candidate.outcome.as_ref().ok()?))
    })
}

fn folds(candidate: &Candidate) -> String {
    let mean =
        candidate.cross_validation.as_ref().and_then(|facts| facts.mean(|fold| fold.macro_f1));
    mean.map(figure).unwrap_or_default()
}

fn scores(judged: &Judged) -> [String; 4] {
    let Report { accuracy, macro_average: of, .. } = &judged.report;
    [*accuracy, of.f1, of.precision, of.recall].map(figure)
}

fn figure(score: f64) -> String {
    format!("{score:.4}")
}

pub(crate) fn took(time: Duration) -> String {
    figures::duration(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}
