//! What came of a search, for people.

use std::collections::BTreeMap;

use netsift::metrics::{Interval, McNemar};
use netsift::models::judging::{Found, Score, Trial, Why, over_folds};

use crate::figures;
use crate::table::Table;
use crate::train::took;

/// So many trials are told: nobody reads on to the worse ones.
const MOST_TRIALS: usize = 20;
/// How likely intervals hold the truth, as nearly everywhere.
const CONFIDENCE: f64 = 0.95;

/// What was tried, the best first.
pub(super) fn trials(found: &Found) -> Table {
    let score = found.score.name();
    let headings = ["Learner", &score, "deviation", "rows", "took", "settings"];
    let mut table = Table::new(&headings).words(&[5]);
    for trial in found.trials.iter().take(MOST_TRIALS) {
        let rows = trial.folds.iter().map(|fold| fold.train_rows).max().unwrap_or(0);
        table.row([
            trial.recipe.name().to_owned(),
            format!("{:.4}", trial.mean()),
            format!("{:.4}", trial.deviation()),
            figures::grouped(rows as u64),
            took(trial.took),
            settings(trial),
        ]);
    }
    table
}

/// How many trials there were, and by how much the best beats the same learner as it was given.
pub(super) fn against_usual(found: &Found) -> String {
    let count = found.trials.len();
    let mut text = match count {
        1 => "One trial.\n".to_owned(),
        2..=MOST_TRIALS => format!("{count} trials.\n"),
        _ => format!("The best {MOST_TRIALS} of {count} trials.\n"),
    };
    let Some((best, usual)) = found.trials.first().zip(found.usual()) else { return text };
    if best.settings.is_empty() {
        text += "Nothing that was tried is better than the usual settings.\n";
        return text;
    }
    let interval = over_folds(&best.folds, &usual.folds)
        .and_then(|test| Ok((test, test.interval(CONFIDENCE)?)));
    if let Ok((test, (low, high))) = interval {
        text += &format!(
            "Against the usual settings of {}, in the folds it was chosen by: {} {:+.4} (95 %: {low:+.4} to {high:+.4}).\n",
            best.recipe.name(),
            found.score.name(),
            test.difference,
        );
    }
    text
}

/// The same by the rows that were held back.
pub(super) fn on_rows(score: Score, interval: &Interval, right: &McNemar) -> String {
    format!(
        "\nAgainst the usual settings, on the rows held back: {} {:+.4} (95 %: {:+.4} to {:+.4}); right where the other is \
         wrong: {} rows, and {} the other way round (p = {:.3}).\n",
        score.name(),
        interval.estimate,
        interval.low,
        interval.high,
        figures::grouped(right.only_first() as u64),
        figures::grouped(right.only_second() as u64),
        right.p_value(),
    )
}

/// What was not tried, and why: a line for each learner and reason.
pub(super) fn left_out(found: &Found) -> Vec<String> {
    let mut counts: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for left in &found.left_out {
        *counts.entry((left.recipe.name(), reason(&left.why))).or_default() += 1;
    }
    let line = |((name, why), count): ((&str, String), usize)| match count {
        1 => format!("{name}: {why}"),
        _ => format!("{name}: {why} ({count} settings)"),
    };
    counts.into_iter().map(line).collect()
}

fn reason(why: &Why) -> String {
    match why {
        Why::Failed(error) => format!("left out, {error}"),
        Why::OutOfTime => "left out for want of time".to_owned(),
        Why::Cancelled => "left out, the search was ended".to_owned(),
        Why::Behind => "no more settings are tried, since others are ahead".to_owned(),
        _ => "left out".to_owned(),
    }
}

fn settings(trial: &Trial) -> String {
    if trial.settings.is_empty() {
        return "as usual".to_owned();
    }
    let said = trial.settings.iter().map(|(name, value)| format!("{name}={value}"));
    said.collect::<Vec<_>>().join(" ")
}
