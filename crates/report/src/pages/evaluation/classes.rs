//! Class by class: scores of each, and which is taken for which.

use crate::evaluate::{Evaluation, ModelNumbers, PartNumbers, Task};
use crate::pages::captures::with_table;
use crate::{Axis, Bars, Cell, Chart, Column, Heat, ReportError, Section, Unit};

pub(super) fn section(of: &Evaluation) -> Result<Section, ReportError> {
    let mut section = Section::new("Classes");
    for model in &of.models {
        let Some(test) = model.parts.first() else { continue };
        section = scores(of, model, section)?;
        section = matrices(of, model, test, section)?;
        if of.task == Task::Classes {
            section = section.with(bars(of, model, test)?);
        }
    }
    Ok(section)
}

/// A line for each class, test beside training.
fn scores(of: &Evaluation, model: &ModelNumbers, section: Section) -> Result<Section, ReportError> {
    let mut columns = vec![Column::text("Class")];
    for part in &model.parts {
        let beside = if model.parts.len() > 1 { format!(", {}", part.part) } else { String::new() };
        columns.push(Column::number(format!("Rows{beside}"), Unit::Count));
        for name in
            ["Precision", "Recall", "F1", "False positives", "ROC area", "Average precision"]
        {
            columns.push(Column::number(format!("{name}{beside}"), Unit::Plain));
        }
    }
    let row = |(at, class): (usize, &String)| {
        let told = model.parts.iter().flat_map(|part| of_class(part, at, class));
        std::iter::once(Cell::from(class.as_str())).chain(told).collect()
    };
    let rows = of.classes.iter().enumerate().map(row).collect();
    with_table(section, &of.named("Scores by class", model), columns, rows)
}

fn of_class(part: &PartNumbers, at: usize, class: &str) -> [Cell; 7] {
    let told = part.report.classes.get(at);
    let scores = told.map(|told| told.scores);
    let curves = part.curves.as_ref();
    let curves = curves.and_then(|all| all.classes.iter().find(|curves| curves.class == class));
    [
        told.map(|told| told.support).into(),
        scores.map(|it| it.precision).into(),
        scores.map(|it| it.recall).into(),
        scores.map(|it| it.f1).into(),
        scores.map(|it| it.false_positive_rate).into(),
        curves.and_then(|it| it.curves.roc_area).into(),
        curves.map(|it| it.curves.average_precision).into(),
    ]
}

fn bars(of: &Evaluation, model: &ModelNumbers, test: &PartNumbers) -> Result<Chart, ReportError> {
    let classes = &test.report.classes;
    let names = classes.iter().map(|class| class.name.clone()).collect();
    let series = [
        ("precision", classes.iter().map(|class| class.scores.precision).collect()),
        ("recall", classes.iter().map(|class| class.scores.recall).collect()),
        ("F1", classes.iter().map(|class| class.scores.f1).collect()),
    ];
    let series = series.map(|(name, values)| (name.to_owned(), values)).to_vec();
    let title = of.named("By class", model);
    let shows = "Precision, recall and F1 of each class, by the rows to test with.";
    let chart = Chart::new(title, shows, Bars::grouped(names, series))?;
    Ok(chart.x(Axis::new("", Unit::Plain).range(0.0, 1.0)))
}

/// Who is taken for whom, as counts and as shares of what is.
fn matrices(
    of: &Evaluation,
    model: &ModelNumbers,
    test: &PartNumbers,
    section: Section,
) -> Result<Section, ReportError> {
    let confusion = &test.report.confusion;
    let names = confusion.classes().to_vec();
    let counts: Vec<Vec<f64>> = confusion.rows().map(<[f64]>::to_vec).collect();
    let shares = counts.iter().map(|row| {
        let all: f64 = row.iter().sum();
        row.iter().map(|count| if all > 0.0 { count / all } else { f64::NAN }).collect()
    });
    let shares = Heat::of(names.clone(), names.clone(), shares.collect()).in_unit(Unit::Share);
    let heat = |title: &str, shows: &str, heat: Heat| {
        let chart = Chart::new(of.named(title, model), shows, heat)?;
        Ok::<_, ReportError>(
            chart.x(Axis::new("told", Unit::Count)).y(Axis::new("is", Unit::Count)),
        )
    };
    let counts = Heat::of(names.clone(), names, counts).log();
    let shows = "Rows by what they are (a row for each class) and what they are told to be (a column for each).";
    let section = section.with(heat("Confusion", shows, counts)?);
    let shows = "The same as shares of the rows of each class.";
    let section = section.with(heat("Confusion in shares", shows, shares)?);
    let pairs = confusion.mistakes();
    let rows = pairs.iter().map(|(is, told, rows)| {
        let share = rows / confusion.total().max(1.0);
        vec![is.as_str().into(), told.as_str().into(), (*rows).into(), share.into()]
    });
    let columns = vec![
        Column::text("Is"),
        Column::text("Told"),
        Column::number("Rows", Unit::Count).with_bars(),
        Column::number("Of all rows", Unit::Share),
    ];
    with_table(section, &of.named("Most frequent mistakes", model), columns, rows.collect())
}
