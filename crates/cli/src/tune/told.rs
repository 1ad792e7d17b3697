//! What came of a search, for people.

use std::collections::BTreeMap;

use netsift::models::judging::{Found, Nested, Score, Trial, Why, over_folds};

use crate::figures;
use crate::table::Table;
use crate::train::took;

/// So many trials are told: nobody reads on to the worse ones.
const MOST_TRIALS: usize = 20;
/// How likely intervals hold the truth, as nearly everywhere.
const CONFIDENCE: f64 = 0.95;

/// What was tried, the best first, with what each scores more than the best.
pub(super) fn trials(found: &Found) -> Table {
    let score = found.score.name();
    let headings =
        ["Learner", &score, "deviation", "to the best (95 %)", "rows", "took", "settings"];
    let mut table = Table::new(&headings).words(&[6]);
    let best = found.trials.first();
    for (place, trial) in found.trials.iter().take(MOST_TRIALS).enumerate() {
        let behind = best.filter(|_| place > 0).and_then(|best| Difference::of(trial, best));
        table.row([
            trial.recipe.name().to_owned(),
            format!("{:.4}", trial.mean()),
            format!("{:.4}", trial.deviation()),
            behind.map_or_else(String::new, Difference::short),
            figures::grouped(rows(trial) as u64),
            took(trial.took),
            settings(trial),
        ]);
    }
    table
}

/// By how much one scores more than another in the same folds, and between which ends that may be.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub(super) struct Difference {
    difference: f64,
    low: f64,
    high: f64,
}

impl Difference {
    /// Nothing of those that were given other rows.
    pub(super) fn of(one: &Trial, other: &Trial) -> Option<Self> {
        let test = over_folds(&one.folds, &other.folds).ok()?;
        let (low, high) = test.interval(CONFIDENCE).ok()?;
        Some(Self { difference: test.difference, low, high })
    }

    fn short(self) -> String {
        format!("{:+.4} ± {:.4}", self.difference, (self.high - self.low) / 2.0)
    }
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
        if found.trials.iter().any(|trial| !trial.settings.is_empty()) {
            text += "Nothing that was tried is better than the usual settings.\n";
        }
        return text;
    }
    if let Some(Difference { difference, low, high }) = Difference::of(best, usual) {
        text += &format!(
            "Against the usual settings of {}, in the folds it was chosen by: {} {difference:+.4} (95 %: {low:+.4} to {high:+.4}).\n",
            best.recipe.name(),
            found.score.name(),
        );
    }
    text
}

/// What came of the same search inside of folds.
pub(super) fn nested(nested: &Nested, score: Score) -> String {
    let headings = ["Search in fold", "rows", "chosen by", "of others", "learner", "settings"];
    let mut table = Table::new(&headings).words(&[4, 5]);
    for (number, fold) in nested.folds.iter().enumerate() {
        let best = fold.found.best().ok();
        table.row([
            (number + 1).to_string(),
            figures::grouped(fold.score.train_rows as u64),
            best.map_or_else(String::new, |best| format!("{:.4}", best.mean())),
            format!("{:.4}", fold.score.score),
            best.map_or_else(String::new, |best| best.recipe.name().to_owned()),
            best.map_or_else(String::new, settings),
        ]);
    }
    let scores: Vec<f64> = nested.folds.iter().map(|fold| fold.score.score).collect();
    format!(
        "\n{table}Such a search is worth {} {:.4} (deviation {:.4}); what it chooses by looks better by {:+.4}.\n",
        score.name(),
        nested.mean(),
        deviation(&scores),
        nested.optimism(),
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

/// Why settings were not tried.
pub(super) fn reason(why: &Why) -> String {
    match why {
        Why::Failed(error) => format!("left out, {error}"),
        Why::OutOfTime => "left out for want of time".to_owned(),
        Why::Cancelled => "left out, the search was ended".to_owned(),
        Why::Behind => "no more settings are tried, since others are ahead".to_owned(),
        _ => "left out".to_owned(),
    }
}

/// How many rows a trial learned from in its largest fold.
pub(super) fn rows(trial: &Trial) -> usize {
    trial.folds.iter().map(|fold| fold.train_rows).max().unwrap_or(0)
}

fn settings(trial: &Trial) -> String {
    if trial.settings.is_empty() {
        return "as usual".to_owned();
    }
    let said = trial.settings.iter().map(|(name, value)| format!("{name}={value}"));
    said.collect::<Vec<_>>().join(" ")
}

pub(super) fn mean(scores: &[f64]) -> f64 {
    scores.iter().sum::<f64>() / scores.len().max(1) as f64
}

/// The standard deviation over folds.
pub(super) fn deviation(scores: &[f64]) -> f64 {
    let mean = mean(scores);
    let squares: f64 = scores.iter().map(|score| (score - mean).powi(2)).sum();
    (squares / scores.len().saturating_sub(1).max(1) as f64).sqrt()
}
