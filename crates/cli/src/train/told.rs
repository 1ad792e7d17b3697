//! What came of a training, for people.

use std::time::Duration;

use netsift::metrics::{Confusion, Report};
use netsift::models::{Candidate, Judged, Trained};

use crate::figures;
use crate::table::Table;
use crate::terminal::printable;

/// One line a model; of several, the one that was kept is marked.
pub(super) fn models(trained: &Trained) -> Table {
    let crossed = trained.candidates.iter().any(|candidate| candidate.cross_validation.is_some());
    let mut headings = vec!["Model"];
    headings.extend(crossed.then_some("F1 in folds"));
    headings.extend(["train rows", "accuracy", "F1", "precision", "recall"]);
    headings.extend(["test rows", "accuracy", "F1", "precision", "recall", "fit", "predict"]);
    let mut table = Table::new(&headings);
    let is_sole = trained.candidates.len() == 1;
    for (number, candidate) in trained.candidates.iter().enumerate() {
        let mark = if number == trained.chosen && !is_sole { " (kept)" } else { "" };
        let mut cells = vec![format!("{}{mark}", candidate.recipe.name())];
        cells.extend(crossed.then(|| folds(candidate)));
        let Ok(outcome) = &candidate.outcome else { continue };
        cells.extend(scores(Some(&outcome.train)));
        cells.extend(scores(outcome.test.as_ref()));
        cells.extend([outcome.fit_time, outcome.predict_time].map(took));
        table.row(cells);
    }
    table
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

/// A row for each class as it is, a column for each as it was told, both by their numbers.
pub(crate) fn confusion(confusion: &Confusion<String>) -> Table {
    let numbers: Vec<String> = (1..=confusion.classes().len()).map(|n| n.to_string()).collect();
    let headings: Vec<&str> =
        ["Is, and was told"].into_iter().chain(numbers.iter().map(String::as_str)).collect();
    let mut table = Table::new(&headings);
    for ((name, number), row) in confusion.classes().iter().zip(&numbers).zip(confusion.rows()) {
        let cells = row.iter().map(|cell| figures::grouped(*cell as u64));
        table.row([format!("{number} {}", printable(name))].into_iter().chain(cells));
    }
    table
}

fn folds(candidate: &Candidate) -> String {
    let mean =
        candidate.cross_validation.as_ref().and_then(|facts| facts.mean(|fold| fold.macro_f1));
    mean.map_or_else(String::new, |mean| format!("{mean:.4}"))
}

fn scores(judged: Option<&Judged>) -> [String; 5] {
    let Some(judged) = judged else { return Default::default() };
    let Report { accuracy, macro_average: of, .. } = &judged.report;
    let [accuracy, f1, precision, recall] =
        [*accuracy, of.f1, of.precision, of.recall].map(|score| format!("{score:.4}"));
    [figures::grouped(judged.rows), accuracy, f1, precision, recall]
}

pub(crate) fn took(time: Duration) -> String {
    figures::duration(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}
