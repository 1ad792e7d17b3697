//! Curves: what is found for how many false alarms, how sure models are, and what thresholds bring.

use netsift_metrics::{ClassCurves, Curve};

use crate::evaluate::{
    Aim, Curves, Distribution, Evaluation, MOST_CURVES, ModelNumbers, Task, ThresholdNumbers,
};
use crate::pages::captures::with_table;
use crate::{Axis, Cell, Chart, Column, Histogram, Lines, ReportError, Section, Series, Unit};

/// ROC and precision-recall: all models in one chart, then each by its classes.
pub(super) fn section(of: &Evaluation) -> Result<Section, ReportError> {
    let mut section = Section::new("ROC and precision-recall");
    let told: Vec<(&ModelNumbers, &Curves)> = of
        .models
        .iter()
        .filter_map(|model| Some((model, model.parts.first()?.curves.as_ref()?)))
        .collect();
    let beside = |model: &ModelNumbers, what: &str| match (of.models.len(), of.task) {
        (1, _) => what.to_owned(),
        (_, Task::Anomalies) => model.name.clone(),
        _ => format!("{}, {what}", model.name),
    };
    let rocs =
        told.iter().flat_map(|(model, curves)| together(curves, true, |what| beside(model, what)));
    if let Some(chart) = roc(of.of_all("ROC", "ROC of all models"), rocs.collect())? {
        section = section.with(chart);
    }
    let recalls =
        told.iter().flat_map(|(model, curves)| together(curves, false, |what| beside(model, what)));
    if let Some(chart) = precision_recall(
        of.of_all("Precision and recall", "Precision and recall of all models"),
        recalls.collect(),
    )? {
        section = section.with(chart);
    }
    if of.task == Task::Anomalies {
        return Ok(section);
    }
    let section = of.models.iter().filter(|model| has_too_many_classes(model)).fold(
        section,
        |section, model| {
            let name = &model.name;
            section.sentence(format!(
                "{name}: of more than {MOST_CURVES} classes no curves are drawn."
            ))
        },
    );
    told.into_iter()
        .try_fold(section, |section, (model, curves)| by_class(of, model, curves, section))
}

/// Whether there are rows of classes that the model knows, but more of these classes than have curves.
fn has_too_many_classes(model: &ModelNumbers) -> bool {
    let first = model.parts.first();
    first.is_some_and(|part| part.curves.is_none() && part.rows > part.unknown_rows)
}

/// Each class of a model against the rest, those of most rows first.
fn by_class(
    of: &Evaluation,
    model: &ModelNumbers,
    curves: &Curves,
    mut section: Section,
) -> Result<Section, ReportError> {
    let mut classes: Vec<_> = curves.classes.iter().filter(|it| it.curves.support > 0.0).collect();
    classes.sort_by(|one, other| other.curves.support.total_cmp(&one.curves.support));
    let rocs = classes
        .iter()
        .filter_map(|it| Some(series(&it.class, it.curves.roc_area?, &it.curves.roc)));
    let title = of.named("ROC of each class against the rest", model);
    if let Some(chart) = roc(&title, rocs.collect())? {
        section = section.with(chart);
    }
    let recalls = classes
        .iter()
        .map(|it| series(&it.class, it.curves.average_precision, &it.curves.precision_recall));
    let title = of.named("Precision and recall of each class", model);
    if let Some(chart) = precision_recall(&title, recalls.collect())? {
        section = section.with(chart);
    }
    Ok(section)
}

/// The curves that stand for all classes; of a detector, that of anomalies.
fn together(curves: &Curves, is_roc: bool, name: impl Fn(&str) -> String) -> Vec<Series> {
    let of = |curves: &ClassCurves| match is_roc {
        true => (curves.roc_area, curves.roc.clone()),
        false => (Some(curves.average_precision), curves.precision_recall.clone()),
    };
    let Some(micro) = &curves.micro else {
        let anomalies = curves.classes.first();
        let told = anomalies.and_then(|it| {
            let (area, curve) = of(&it.curves);
            Some(series(&name(&it.class), area?, &curve))
        });
        return told.into_iter().collect();
    };
    let (area, curve) = of(micro);
    let (mean_area, mean) = match is_roc {
        true => (curves.macro_roc_area, &curves.macro_roc),
        false => (curves.macro_average_precision, &curves.macro_precision_recall),
    };
    let both = [("micro", area, &curve), ("macro", mean_area, mean)];
    let told =
        both.into_iter().filter_map(|(what, area, curve)| Some(series(&name(what), area?, curve)));
    told.filter(|series| !series.points.is_empty()).collect()
}

fn series(name: &str, area: f64, curve: &Curve) -> Series {
    let points = curve.points.iter().map(|point| (point.x, point.y)).collect();
    // A long name leaves room for its number.
    let name = crate::shown::shown(name, crate::MOST_NAME - 8);
    Series::new(format!("{name} {}", Unit::Plain.short(area)), points)
}

fn roc(title: &str, series: Vec<Series>) -> Result<Option<Chart>, ReportError> {
    if series.is_empty() {
        return Ok(None);
    }
    let lines = Lines::of(series).with_reference((0.0, 0.0), (1.0, 1.0));
    let shows = "How much of a class is found for how many false alarms. Behind each name is the area below the curve; chance \
                 has a half.";
    let share = |name: &str| Axis::new(name, Unit::Share).range(0.0, 1.0);
    let chart = Chart::new(title, shows, lines)?;
    Ok(Some(chart.x(share("false positive rate")).y(share("true positive rate"))))
}

fn precision_recall(title: &str, series: Vec<Series>) -> Result<Option<Chart>, ReportError> {
    if series.is_empty() {
        return Ok(None);
    }
    let shows = "How much of what is told is right, for how much of a class is found. Behind each name is the average precision.";
    let share = |name: &str| Axis::new(name, Unit::Share).range(0.0, 1.0);
    let lines = Lines::of(series.into_iter().map(reached).collect());
    let chart = Chart::new(title, shows, lines)?;
    Ok(Some(chart.x(share("recall")).y(share("precision"))))
}

/// Between two recalls the precision is that of the higher: to find a little more, the next threshold is needed. A line from one
/// to the other would promise what none has.
fn reached(mut series: Series) -> Series {
    let behind: Vec<f64> = series.points.iter().skip(1).map(|point| point.1).collect();
    series.points.iter_mut().zip(behind).for_each(|(point, precision)| point.1 = precision);
    series.in_steps()
}

/// Whether probabilities mean what they say, and how what is said is distributed.
pub(super) fn surety(of: &Evaluation) -> Result<Section, ReportError> {
    let title = match of.task {
        Task::Classes => "Calibration and scores",
        Task::Anomalies => "Scores",
    };
    let mut section = Section::new(title);
    let calibrated = of.models.iter().filter_map(|model| {
        let bins = &model.parts.first()?.calibration;
        let points: Vec<_> = bins.iter().map(|bin| (bin.predicted, bin.observed)).collect();
        (!points.is_empty()).then(|| Series::new(model.name.as_str(), points))
    });
    let calibrated: Vec<_> = calibrated.collect();
    if !calibrated.is_empty() {
        let lines = Lines::of(calibrated).with_reference((0.0, 0.0), (1.0, 1.0));
        let shows = "How probable the class that is told is said to be, by tenths, and how often it is it. Below the broken line \
                     a model is surer than it should be.";
        let share = |name: &str| Axis::new(name, Unit::Share).range(0.0, 1.0);
        let chart = Chart::new("Calibration", shows, lines)?;
        section = section.with(chart.x(share("said")).y(share("is so")));
    }
    for model in &of.models {
        let Some(test) = model.parts.first() else { continue };
        let threshold = test.anomalies.map(|it| it.threshold);
        section = section.with(distribution(&of.named("Scores", model), &test.scores, threshold)?);
    }
    Ok(section)
}

fn distribution(
    title: &str,
    of: &Distribution,
    threshold: Option<f64>,
) -> Result<Chart, ReportError> {
    let counts = of.counts.iter().filter(|kind| kind.rows.iter().any(|rows| *rows > 0));
    let series = counts.map(|kind| {
        let rows = kind.rows.iter().map(|rows| *rows as f64).collect();
        (kind.name.clone(), rows)
    });
    let unit = if threshold.is_some() { Unit::Plain } else { Unit::Share };
    let axis = Axis::new(of.of.as_str(), unit);
    let axis = if of.is_log { axis.log() } else { axis };
    let shows = match threshold {
        Some(threshold) => format!(
            "Rows by how strange they are; those above {} are told.",
            Unit::Plain.exact(threshold)
        ),
        None => {
            "Rows by what is said of them, and by what they are. What is clear stands at the ends."
                .to_owned()
        }
    };
    let mut histogram = Histogram::by(of.edges.clone(), series.collect());
    if let Some(threshold) = threshold {
        histogram = histogram.with_mark("threshold", threshold);
    }
    let chart = Chart::new(title, shows, histogram)?;
    // A few rows beside many are seen by ratios alone, and one has to be above the axis.
    let rows = of.counts.iter().flat_map(|kind| &kind.rows).max().copied().unwrap_or(1);
    let rows = Axis::new("rows", Unit::Count).log().range(0.5, rows.max(1) as f64 * 1.5);
    Ok(chart.x(axis).y(rows))
}

/// What comes of thresholds, model by model.
pub(super) fn thresholds(of: &Evaluation) -> Result<Section, ReportError> {
    let mut section = Section::new("Thresholds").sentence(
        "From which score on a row is told to be of a class decides how much of it is found, and how many of the others are \
         told too. Chosen by these rows, thresholds are a little better here than they will be.",
    );
    for model in &of.models {
        let told = model.parts.first().map_or(&[][..], |test| &test.thresholds);
        let columns = vec![
            Column::text("Class"),
            Column::text("So that"),
            Column::number("Threshold", Unit::Plain),
            Column::number("Recall", Unit::Share),
            Column::number("Precision", Unit::Share),
            Column::number("False positives", Unit::Share),
        ];
        let rows = told.iter().map(threshold).collect();
        section = with_table(section, &of.named("Operating points", model), columns, rows)?;
    }
    Ok(section)
}

fn threshold(of: &ThresholdNumbers) -> Vec<Cell> {
    let point = of.point;
    vec![
        of.class.as_str().into(),
        of.aim.to_string().into(),
        point.and_then(|point| point.threshold).into(),
        point.map(|point| point.recall).into(),
        point.map(|point| point.precision).into(),
        point.map(|point| point.false_positive_rate).into(),
    ]
}

impl std::fmt::Display for Aim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = |share: &f64| Unit::Share.short(*share);
        match self {
            Self::AsItIs => f.write_str("it is as the model tells"),
            Self::FalsePositiveRate(rate) => {
                write!(f, "at most {} of the others are told", share(rate))
            }
            Self::Recall(recall) => write!(f, "{} are found", share(recall)),
            Self::Precision(precision) => {
                write!(f, "{} of what is told is right", share(precision))
            }
        }
    }
}
