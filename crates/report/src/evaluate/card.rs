//! What the file of a model says of it.

use netsift_models::{Bundle, ColumnFacts, Facts, Judged};

use super::numbers::{Card, CardColumn, CardJudged};

/// What the usual numbers of a column are told by.
const SHARES: [f64; 3] = [0.01, 0.5, 0.99];

impl Card {
    pub(super) fn of(bundle: &Bundle) -> Self {
        let facts = bundle.facts();
        let effects = bundle.preparation().effects().into_iter();
        let steps = effects.map(|effect| {
            let column = effect.column.unwrap_or_else(|| "(label)".to_owned());
            [column, effect.step.name().to_owned(), effect.what]
        });
        Self {
            facts: about(bundle, facts),
            settings: facts.settings.clone(),
            columns: facts.columns.iter().map(CardColumn::of).collect(),
            steps: steps.collect(),
            judged: judged(bundle, facts),
        }
    }
}

impl CardColumn {
    fn of(facts: &ColumnFacts) -> Self {
        let at = |share: f64| {
            let found = facts.usual.iter().find(|usual| usual.share == share);
            found.map(|usual| usual.below)
        };
        let unit = if facts.is_text { Some("text".to_owned()) } else { facts.unit.clone() };
        Self { name: facts.name.clone(), unit, missing: facts.missing, usual: SHARES.map(at) }
    }
}

fn about(bundle: &Bundle, facts: &Facts) -> Vec<(String, String)> {
    let classes: Vec<&str> = bundle.classes().names().collect();
    let split = &facts.split;
    let mut told = vec![
        ("learner", facts.learner.clone()),
        ("trained by", format!("netsift-models {}", facts.version)),
        ("trained on", facts.about.date.clone().unwrap_or_default()),
        ("classes", classes.join(", ")),
        ("columns", facts.columns.len().to_string()),
        ("rows to train with", split.train_rows.to_string()),
        ("rows the learner was given", facts.rows_fitted.to_string()),
        ("rows held back", split.test_rows.to_string()),
        ("rows shared out", format!("{}, seed {}", split.how, split.seed)),
    ];
    if let Some(calibrated) = bundle.mind().calibrated() {
        told.push((
            "probabilities calibrated by",
            calibrated.calibration().kind().name().to_owned(),
        ));
    }
    if let Some(alarm) = bundle.alarm() {
        told.push(("rows are told whose score is above", alarm.threshold().to_string()));
    }
    if let Some(flows) = &facts.about.flows {
        told.push(("flow profile", flows.profile.clone()));
    }
    told.retain(|(_, text)| !text.is_empty());
    let told = told.into_iter().map(|(what, text)| (what.to_owned(), text));
    told.chain(facts.about.notes.iter().cloned()).collect()
}

/// Of rows of which nothing was known there is nothing to be right about.
fn judged(bundle: &Bundle, facts: &Facts) -> Vec<CardJudged> {
    let is_known = bundle.alarm_facts().is_none_or(|facts| facts.known_anomalies.is_some());
    let one = |part, judged: &Judged| CardJudged {
        part,
        rows: judged.rows,
        accuracy: judged.report.accuracy,
        balanced_accuracy: judged.report.balanced_accuracy,
        macro_f1: judged.report.macro_average.f1,
    };
    let all = [
        ("at its training, rows learned", Some(&facts.train)),
        ("at its training, rows held back", facts.test.as_ref()),
    ];
    let told = all.into_iter().filter_map(|(part, judged)| Some(one(part, judged?)));
    told.filter(|_| is_known).collect()
}
