//! The model card: what a model is, what it learned from and how right it is, in Markdown.

mod alarm;

use std::fmt::Write;

use netsift_metrics::Report;

use super::Bundle;
use super::facts::Facts;
use crate::{Classifier, Judged, Model};

/// Classes whose matrix still fits a page.
const MOST_IN_MATRIX: usize = 24;
/// Of more classes, so many mistakes are told, and so many of the columns that count most.
const MOST_TOLD: usize = 20;

pub(super) fn of(bundle: &Bundle) -> String {
    let facts = bundle.facts();
    let mut card = Card(String::new());
    card.title(&format!("Model card: {}", facts.learner));
    card.overview(bundle);
    card.data(bundle);
    card.alarm(bundle);
    // Of rows that nobody knows there is nothing to be right about.
    if bundle.alarm_facts().is_none_or(|facts| facts.known_anomalies.is_some()) {
        card.judged("On rows that it was not trained on", facts.test.as_ref());
        card.judged("On the rows it was trained on", Some(&facts.train));
    }
    card.cross_validation(facts);
    card.importances(bundle);
    card.columns(facts);
    card.preparation(bundle);
    card.settings(facts);
    card.0
}

/// Markdown that grows. Writing to a string does not fail.
struct Card(String);

impl Card {
    fn title(&mut self, title: &str) {
        let _ = writeln!(self.0, "# {}\n", escaped(title));
    }

    fn heading(&mut self, heading: &str) {
        let _ = writeln!(self.0, "\n## {heading}\n");
    }

    fn fact(&mut self, what: &str, text: &str) {
        let _ = writeln!(self.0, "- **{}**: {}", escaped(what), escaped(text));
    }

    fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let cells: Vec<String> = cells.into_iter().map(|cell| escaped(cell.as_ref())).collect();
        let _ = writeln!(self.0, "| {} |", cells.join(" | "));
    }

    /// A heading row: so many columns of words, and behind them figures.
    fn head(&mut self, words: &[&str], figures: &[&str]) {
        self.row(words.iter().chain(figures));
        let rules = words.iter().map(|_| "---").chain(figures.iter().map(|_| "---:"));
        let rules: Vec<&str> = rules.collect();
        let _ = writeln!(self.0, "| {} |", rules.join(" | "));
    }

    fn overview(&mut self, bundle: &Bundle) {
        let facts = bundle.facts();
        self.fact("learner", &facts.learner);
        self.fact("trained by", &format!("netsift-models {}", facts.version));
        if let Some(date) = &facts.about.date {
            self.fact("date", date);
        }
        match &facts.about.flows {
            None => self.fact("flows", "none are told of: it takes tables, and no captures"),
            Some(flows) => {
                self.fact("flow profile", &flows.profile);
                for (name, nanos) in &flows.timeouts {
                    self.fact(name, &format!("{} s", *nanos as f64 / 1e9));
                }
            }
        }
        if !bundle.mind().is_converged() {
            self.fact("converged", "no: learning was ended after the steps that it was allowed");
        }
        if let Some(calibrated) = bundle.mind().calibrated() {
            let kind = calibrated.calibration().kind().name();
            let text = format!("by {kind} curves, learned in folds of the rows to train with");
            self.fact("probabilities calibrated", &text);
        }
        if let Some(accuracy) = bundle.model().and_then(Model::out_of_bag) {
            self.fact(
                "accuracy of trees on rows they were grown without",
                &format!("{accuracy:.4}"),
            );
        }
        let classes: Vec<&str> = bundle.classes().names().collect();
        self.fact("classes", &classes.join(", "));
        self.fact("columns", &facts.columns.len().to_string());
        for (what, text) in &facts.about.notes {
            self.fact(what, text);
        }
    }

    fn data(&mut self, bundle: &Bundle) {
        let (facts, split) = (bundle.facts(), &bundle.facts().split);
        self.heading("Rows");
        self.fact("to train with", &split.train_rows.to_string());
        let given = match bundle.alarm() {
            Some(_) => "that were learned from",
            None => "that the learner was given, after classes were balanced",
        };
        self.fact(given, &facts.rows_fitted.to_string());
        self.fact("held back to test with", &split.test_rows.to_string());
        self.fact("shared out", &format!("{}, seed {}", split.how, split.seed));
        if facts.repeated.found > 0 {
            let text = format!("{:.1} % of the rows to test with", 100.0 * facts.repeated.share());
            self.fact("that stand among those to train with, too", &text);
        }
    }

    fn judged(&mut self, heading: &str, judged: Option<&Judged>) {
        let Some(judged) = judged else { return };
        let Report { accuracy, balanced_accuracy, macro_average, .. } = &judged.report;
        self.heading(heading);
        self.fact("rows", &judged.rows.to_string());
        for (what, score) in [
            ("accuracy", accuracy),
            ("balanced accuracy", balanced_accuracy),
            ("macro F1", &macro_average.f1),
        ] {
            self.fact(what, &format!("{score:.4}"));
        }
        if let Some(probabilities) = &judged.report.probabilities {
            self.fact("log loss", &format!("{:.4}", probabilities.log_loss));
        }
        self.0.push('\n');
        self.head(&["class"], &["precision", "recall", "F1", "false positives", "rows"]);
        for class in &judged.report.classes {
            let scores = &class.scores;
            let figures = [scores.precision, scores.recall, scores.f1, scores.false_positive_rate];
            let figures = figures.map(|figure| format!("{figure:.4}"));
            let rows = format!("{:.0}", class.support);
            self.row([class.name.clone()].into_iter().chain(figures).chain([rows]));
        }
        self.matrix(&judged.report);
    }

    fn matrix(&mut self, report: &Report) {
        let classes = report.confusion.classes();
        if classes.len() > MOST_IN_MATRIX {
            return self.mistakes(report);
        }
        self.0.push_str("\nA row for each class as it is, a column for each as it was told:\n\n");
        let told: Vec<&str> = classes.iter().map(String::as_str).collect();
        self.head(&["is"], &told);
        for (name, row) in classes.iter().zip(report.confusion.rows()) {
            let cells = row.iter().map(|cell| format!("{cell:.0}"));
            self.row([name.clone()].into_iter().chain(cells));
        }
    }

    fn mistakes(&mut self, report: &Report) {
        let mistakes = report.confusion.mistakes();
        if mistakes.is_empty() {
            return;
        }
        self.0.push_str("\nThe most frequent mistakes:\n\n");
        self.head(&["is", "was told"], &["rows"]);
        for (is, told, rows) in mistakes.into_iter().take(MOST_TOLD) {
            self.row([is.clone(), told.clone(), format!("{rows:.0}")]);
        }
    }

    fn importances(&mut self, bundle: &Bundle) {
        let columns = bundle.importances();
        if columns.is_empty() {
            return;
        }
        self.heading("What counts");
        self.head(&["prepared column"], &["share"]);
        for (name, share) in columns.into_iter().take(MOST_TOLD) {
            self.row([name.to_owned(), format!("{share:.4}")]);
        }
    }

    fn cross_validation(&mut self, facts: &Facts) {
        // Who could not learn from the rows has no folds.
        let folds = facts.cross_validation.iter().map(|learner| learner.folds.len());
        let Some(folds) = folds.max() else { return };
        self.heading("Cross-validation");
        let _ = writeln!(self.0, "Means over {folds} folds of the rows to train with.\n");
        self.head(&["learner"], &["accuracy", "macro F1"]);
        for learner in &facts.cross_validation {
            let figure =
                |mean: Option<f64>| mean.map_or("-".to_owned(), |mean| format!("{mean:.4}"));
            let figures = [learner.mean(|fold| fold.accuracy), learner.mean(|fold| fold.macro_f1)];
            self.row([learner.learner.clone()].into_iter().chain(figures.map(figure)));
        }
    }

    fn columns(&mut self, facts: &Facts) {
        self.heading("Columns");
        self.head(&["column", "unit"], &["missing", "1 %", "median", "99 %"]);
        for column in &facts.columns {
            let at = |share: f64| {
                let found = column.usual.iter().find(|usual| usual.share == share);
                found.map_or(String::new(), |usual| format!("{:.6}", usual.below))
            };
            let unit = if column.is_text { "text" } else { column.unit.as_deref().unwrap_or("") };
            let missing = column.missing.to_string();
            let figures = [0.01, 0.5, 0.99].map(at).map(|text| trimmed(&text));
            self.row([column.name.clone(), unit.to_owned(), missing].into_iter().chain(figures));
        }
    }

    fn preparation(&mut self, bundle: &Bundle) {
        let effects = bundle.preparation().effects();
        if effects.is_empty() {
            return;
        }
        self.heading("Preparation");
        self.head(&["column", "step", "what is done"], &[]);
        for effect in effects {
            let column = effect.column.unwrap_or_else(|| "(label)".to_owned());
            self.row([column, effect.step.name().to_owned(), effect.what]);
        }
    }

    fn settings(&mut self, facts: &Facts) {
        self.heading("Settings");
        for (name, value) in &facts.settings {
            self.fact(name, value);
        }
    }
}

/// A number without zeros at its end.
fn trimmed(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    }
}

/// A text that stays the text it is: in its line and its cell, and without effect on what is around it.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '&'
            | '~' => {
                safe.push('\\');
                safe.push(char);
            }
            _ if is_obeyed(char) => {
                let _ = write!(safe, "\\\\u{:04x}", u32::from(char));
            }
            _ => safe.push(char),
        }
    }
    safe
}

/// Control characters, and marks that change the direction of text.
fn is_obeyed(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_others_stay_texts() {
        assert_eq!(escaped("<b>|a|</b>"), r"\<b\>\|a\|\</b\>");
        assert_eq!(escaped("a\n# b\u{1b}[2J\u{202e}"), r"a\\u000a\# b\\u001b\[2J\\u202e");
        assert_eq!(escaped("[x](http://y)"), r"\[x\](http://y)");
        assert_eq!(escaped("Flow Bytes/s 東京"), "Flow Bytes/s 東京");
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(["1.500000", "2.000000", "100", ""].map(trimmed), ["1.5", "2", "100", ""]);
    }
}
