//! What came of a search, for programs.

use std::collections::BTreeMap;

use netsift::alert::harmless_json;
use netsift::models::judging::{Ended, Found, LeftOut, Nested, Trial};
use netsift::models::{Judged, Trained};
use serde::Serialize;

use super::curve::Drawn;
use super::told::{self, Difference};
use super::worth::Worth;
use crate::compared::OnRows;

#[derive(Serialize)]
struct Told<'a> {
    score: String,
    /// How the search ended: `whole`, `out-of-time` or `interrupted`.
    ended: &'static str,
    best: Best<'a>,
    /// The best first.
    trials: Vec<ToldTrial<'a>>,
    left_out: Vec<ToldLeftOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    against_usual: Option<&'a OnRows>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nested: Option<ToldNested<'a>>,
    #[serde(skip_serializing_if = "<[Drawn]>::is_empty")]
    curves: &'a [Drawn],
}

/// The model that was written, and how right it is.
#[derive(Serialize)]
struct Best<'a> {
    learner: &'a str,
    settings: BTreeMap<&'a str, &'a str>,
    train: Scores,
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<Scores>,
}

#[derive(Serialize)]
struct Scores {
    rows: u64,
    accuracy: f64,
    macro_f1: f64,
}

#[derive(Serialize)]
struct ToldTrial<'a> {
    learner: &'static str,
    settings: BTreeMap<&'a str, &'a str>,
    mean: f64,
    deviation: f64,
    folds: Vec<f64>,
    train_rows: usize,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_the_best: Option<Difference>,
}

#[derive(Serialize)]
struct ToldLeftOut<'a> {
    learner: &'static str,
    settings: BTreeMap<&'a str, &'a str>,
    why: String,
}

#[derive(Serialize)]
struct ToldNested<'a> {
    mean: f64,
    /// By how much the scores that were chosen by are better.
    optimism: f64,
    folds: Vec<ToldFold<'a>>,
}

#[derive(Serialize)]
struct ToldFold<'a> {
    train_rows: usize,
    test_rows: usize,
    score: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    best: Option<ToldTrial<'a>>,
}

/// All of it, in a line.
pub(super) fn text(found: &Found, trained: &Trained, worth: &Worth) -> String {
    let facts = trained.bundle.facts();
    let first = found.trials.first();
    let trials = found.trials.iter().enumerate();
    let told = Told {
        score: found.score.name(),
        ended: match found.ended {
            Ended::OutOfTime => "out-of-time",
            Ended::Cancelled => "interrupted",
            _ => "whole",
        },
        best: Best {
            learner: &facts.learner,
            settings: by_name(&facts.settings),
            train: Scores::of(&facts.train),
            test: facts.test.as_ref().map(Scores::of),
        },
        trials: trials
            .map(|(place, trial)| ToldTrial::of(trial, first.filter(|_| place > 0)))
            .collect(),
        left_out: found.left_out.iter().map(ToldLeftOut::of).collect(),
        against_usual: worth.against_usual.as_ref(),
        nested: worth.nested.as_ref().map(ToldNested::of),
        curves: &worth.curves,
    };
    harmless_json(&told) + "\n"
}

impl Scores {
    fn of(judged: &Judged) -> Self {
        let report = &judged.report;
        let macro_f1 = report.macro_average.f1;
        Self { rows: judged.rows, accuracy: report.accuracy, macro_f1 }
    }
}

impl<'a> ToldTrial<'a> {
    fn of(trial: &'a Trial, best: Option<&Trial>) -> Self {
        Self {
            learner: trial.recipe.name(),
            settings: by_name(&trial.settings),
            mean: trial.mean(),
            deviation: trial.deviation(),
            folds: trial.folds.iter().map(|fold| fold.score).collect(),
            train_rows: told::rows(trial),
            seconds: trial.took.as_secs_f64(),
            to_the_best: best.and_then(|best| Difference::of(trial, best)),
        }
    }
}

impl<'a> ToldLeftOut<'a> {
    fn of(left: &'a LeftOut) -> Self {
        let (learner, settings) = (left.recipe.name(), by_name(&left.settings));
        Self { learner, settings, why: told::reason(&left.why) }
    }
}

impl<'a> ToldNested<'a> {
    fn of(nested: &'a Nested) -> Self {
        let folds = nested.folds.iter().map(|fold| ToldFold {
            train_rows: fold.score.train_rows,
            test_rows: fold.score.test_rows,
            score: fold.score.score,
            best: fold.found.best().ok().map(|best| ToldTrial::of(best, None)),
        });
        Self { mean: nested.mean(), optimism: nested.optimism(), folds: folds.collect() }
    }
}

fn by_name(settings: &[(String, String)]) -> BTreeMap<&str, &str> {
    settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
