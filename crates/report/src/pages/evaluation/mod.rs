//! Models in numbers, as a page: from how right they are, over where and why not, to what they are.

mod classes;
mod columns;
mod curves;
mod mistakes;
mod models;

use crate::evaluate::{Evaluation, ModelNumbers, PartNumbers, Task};
use crate::{
    Axis, Bars, Chart, Column, Made, Page, ReportError, Section, Span, Unit,
    pages::captures::with_table,
};

impl Evaluation {
    /// The page that people read.
    ///
    /// # Errors
    /// None that is known: these numbers have charts and tables that fit them.
    pub fn page(&self, title: impl Into<String>, made: Made) -> Result<Page, ReportError> {
        let mut page = Page::new(title, made);
        page.push(self.overview());
        page.push(self.how_right()?);
        page.push(classes::section(self)?);
        page.push(curves::section(self)?);
        page.push(curves::surety(self)?);
        page.push(curves::thresholds(self)?);
        page.push(mistakes::section(self)?);
        page.push(columns::importances(self)?);
        page.push(columns::contributions(self)?);
        page.push(models::learning(self)?);
        page.push(models::drift(self)?);
        page.push(models::cards(self)?);
        // Of models that are in no file there is less to tell.
        Ok(page.without_empty())
    }

    fn overview(&self) -> Section {
        let mut section = Section::new("Overview");
        let parts = self.models.first().map_or(&[][..], |model| &model.parts);
        for part in parts {
            section = section.figure(format!("Rows, {}", part.part), part.rows as f64, Unit::Count);
        }
        section = match self.task {
            Task::Classes => section.figure("Classes", self.classes.len() as f64, Unit::Count),
            Task::Anomalies => {
                let anomalies = parts.first().and_then(|part| part.anomalies);
                let count = anomalies.map_or(0, |it| it.anomalies);
                section.figure("Anomalies", count as f64, Unit::Count)
            }
        };
        for model in &self.models {
            let Some(test) = model.parts.first() else { continue };
            for (what, value) in self.most_telling(test) {
                section = section.figure(self.named(what, model), value, Unit::Plain);
            }
        }
        self.warnings().into_iter().fold(section, Section::warning)
    }

    /// The numbers that say most of a model.
    fn most_telling(&self, test: &PartNumbers) -> Vec<(&'static str, f64)> {
        let area = test.curves.as_ref().and_then(|curves| curves.macro_roc_area);
        let area = area.map(|area| ("ROC area", area));
        let f1 = test.report.classes.last().map(|class| class.scores.f1);
        match self.task {
            Task::Classes => {
                [("Accuracy", test.report.accuracy), ("Macro F1", test.report.macro_average.f1)]
                    .into_iter()
                    .chain(area)
                    .collect()
            }
            Task::Anomalies => {
                let precision = test.curves.as_ref().and_then(|it| it.macro_average_precision);
                let precision = precision.map(|it| ("Average precision", it));
                area.into_iter().chain(precision).chain(f1.map(|f1| ("F1", f1))).collect()
            }
        }
    }

    /// What would make the figures a delusion.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let of_models = self.models.iter().flat_map(|model| {
            let test = model.parts.first();
            test.into_iter().flat_map(|test| [seen(&model.name, test), same(&model.name, test)])
        });
        std::iter::once(self.unknown())
            .chain(of_models)
            .chain([self.one_sided()])
            .flatten()
            .collect()
    }

    fn unknown(&self) -> Option<String> {
        let unknown = self.classes.get(self.known_classes..).filter(|all| !all.is_empty())?;
        let names = unknown[..unknown.len().min(MOST_TOLD)].join(", ");
        let more = if unknown.len() > MOST_TOLD { " and others" } else { "" };
        Some(format!(
            "Classes that no model knows: {names}{more}. Their rows are told wrong, and are in no curve."
        ))
    }

    fn one_sided(&self) -> Option<String> {
        let test = self.models.first()?.parts.first()?;
        let is_there = |rows: &&f64| **rows > 0.0;
        let is_one = test.report.confusion.supports().iter().filter(is_there).count() == 1;
        let said = "All rows are of one class: there are no curves, and little is said of models.";
        is_one.then(|| said.to_owned())
    }

    fn how_right(&self) -> Result<Section, ReportError> {
        let section = Section::new("How right");
        let section = with_table(section, "Scores", self.score_columns(), self.score_rows())?;
        let section = match self.intervals()? {
            Some(chart) => section.with(chart),
            None => section,
        };
        let section = match self.sides()? {
            Some(chart) => section.with(chart),
            None => section,
        };
        models::compared(self, section)
    }

    fn score_columns(&self) -> Vec<Column> {
        let names: &[&str] = match self.task {
            Task::Classes => &CLASS_SCORES,
            Task::Anomalies => &ANOMALY_SCORES,
        };
        let first =
            [Column::text("Model"), Column::text("Rows of"), Column::number("Rows", Unit::Count)];
        let scores = names.iter().map(|name| Column::number(*name, Unit::Plain));
        first.into_iter().chain(scores).collect()
    }

    /// A line for each model and part; then what models' files say of their training.
    fn score_rows(&self) -> Vec<Vec<crate::Cell>> {
        let mut rows = Vec::new();
        for model in &self.models {
            for part in &model.parts {
                let scores: Vec<Option<f64>> = match self.task {
                    Task::Classes => class_scores(part).to_vec(),
                    Task::Anomalies => anomaly_scores(part).to_vec(),
                };
                let first =
                    [model.name.as_str().into(), part.part.as_str().into(), part.rows.into()];
                rows.push(first.into_iter().chain(scores.into_iter().map(Into::into)).collect());
            }
            // The file of a detector tells of classes only.
            let is_told = self.task == Task::Classes;
            let judged =
                model.inside.iter().filter(|_| is_told).flat_map(|inside| &inside.card.judged);
            for judged in judged {
                let mut row: Vec<crate::Cell> =
                    vec![model.name.as_str().into(), judged.part.into(), judged.rows.into()];
                let scores = [judged.accuracy, judged.balanced_accuracy, judged.macro_f1];
                row.extend(scores.map(crate::Cell::from));
                row.resize(CLASS_SCORES.len() + 3, crate::Cell::Absent);
                rows.push(row);
            }
        }
        rows
    }

    /// The score of each model with how sure it is.
    fn intervals(&self) -> Result<Option<Chart>, ReportError> {
        let told: Vec<_> =
            self.models.iter().filter_map(|it| Some((it.name.clone(), it.interval?))).collect();
        let Some((_, first)) = told.first() else { return Ok(None) };
        let shows = format!(
            "By the rows to test with, which were drawn again {} times: the truth lies in such an interval with a likelihood of \
             {}, as far as these rows are like others.",
            Unit::Count.exact(first.resamples as f64),
            Unit::Share.short(first.confidence),
        );
        let (names, intervals): (Vec<_>, Vec<_>) = told.into_iter().unzip();
        let spans = intervals.iter().map(|it| Span { low: it.low, high: it.high }).collect();
        let values = intervals.iter().map(|it| it.estimate).collect();
        let chart = Chart::new(
            format!("Models by {}", self.score),
            shows,
            Bars::of(names, values).with_spans(spans),
        )?;
        Ok(Some(chart.x(Axis::new(self.score.as_str(), Unit::Plain))))
    }

    /// Test and training side by side.
    fn sides(&self) -> Result<Option<Chart>, ReportError> {
        let has_sides = self.models.iter().any(|model| model.parts.len() > 1);
        if !has_sides {
            return Ok(None);
        }
        let names = self.models.iter().map(|model| model.name.clone()).collect();
        let of = |at: usize, score: fn(&PartNumbers) -> f64| {
            let value = |model: &ModelNumbers| model.parts.get(at).map_or(f64::NAN, score);
            self.models.iter().map(value).collect::<Vec<_>>()
        };
        let series = ["test", "training"].into_iter().enumerate();
        let series =
            series.map(|(at, part)| (part.to_owned(), of(at, |it| it.report.macro_average.f1)));
        let shows = "Macro F1 of rows to test with and of those to train with: where these are far better, a model has \
                     learned them by heart.";
        let bars = Bars::grouped(names, series.collect());
        let chart = Chart::new("Test and training", shows, bars)?;
        Ok(Some(chart.x(Axis::new("macro F1", Unit::Plain).range(0.0, 1.0))))
    }

    /// One title for one model, another for several.
    fn of_all<'a>(&self, one: &'a str, several: &'a str) -> &'a str {
        if self.models.len() == 1 { one } else { several }
    }

    /// What is of a model is called so where there are several.
    fn named(&self, what: &str, model: &ModelNumbers) -> String {
        match self.models.len() {
            1 => what.to_owned(),
            _ => format!("{what}, {}", model.name),
        }
    }
}

/// That rows are judged which were learned from.
fn seen(name: &str, test: &PartNumbers) -> Option<String> {
    let seen = test.seen.filter(|seen| seen.found > 0)?;
    Some(format!(
        "{name}: {} of {} rows that were looked at ({}) stand among those it was trained on: the figures say too little about \
         new rows.",
        Unit::Count.exact(seen.found as f64),
        Unit::Count.exact(seen.looked_at as f64),
        Unit::Share.exact(seen.share()),
    ))
}

/// That a model does not tell rows apart.
fn same(name: &str, test: &PartNumbers) -> Option<String> {
    let told = test.report.confusion.predicted();
    let is_same = told.iter().filter(|rows| **rows > 0.0).count() == 1 && test.rows > 1;
    is_same.then(|| format!("{name} tells the same class of every row."))
}

/// Names that a sentence tells.
const MOST_TOLD: usize = 8;

/// What is told of models of classes; files of models tell the first three.
const CLASS_SCORES: [&str; 11] = [
    "Accuracy",
    "Balanced accuracy",
    "Macro F1",
    "Weighted F1",
    "Matthews",
    "Kappa",
    "ROC area, mean of classes",
    "ROC area, by rows of classes",
    "Average precision",
    "Log loss",
    "Brier",
];

/// What is told of detectors.
const ANOMALY_SCORES: [&str; 9] = [
    "ROC area",
    "Average precision",
    "Precision at n",
    "Threshold",
    "Precision",
    "Recall",
    "F1",
    "False positives",
    "Accuracy",
];

fn class_scores(part: &PartNumbers) -> [Option<f64>; 11] {
    let (report, curves) = (&part.report, part.curves.as_ref());
    [
        Some(report.accuracy),
        Some(report.balanced_accuracy),
        Some(report.macro_average.f1),
        Some(report.weighted_average.f1),
        Some(report.matthews),
        report.kappa,
        curves.and_then(|curves| curves.macro_roc_area),
        curves.and_then(|curves| curves.weighted_roc_area),
        curves.and_then(|curves| curves.macro_average_precision),
        part.log_loss,
        part.brier,
    ]
}

fn anomaly_scores(part: &PartNumbers) -> [Option<f64>; 9] {
    let told = part.report.classes.get(1).map(|class| class.scores);
    let curves = part.curves.as_ref();
    [
        curves.and_then(|curves| curves.macro_roc_area),
        curves.and_then(|curves| curves.macro_average_precision),
        part.anomalies.and_then(|it| it.precision_at_n),
        part.anomalies.map(|it| it.threshold),
        told.map(|it| it.precision),
        told.map(|it| it.recall),
        told.map(|it| it.f1),
        told.map(|it| it.false_positive_rate),
        Some(part.report.accuracy),
    ]
}
