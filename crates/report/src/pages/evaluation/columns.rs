//! Which columns count, and what they contribute.

use netsift_models::explain::{Importance, Reason};

use crate::evaluate::{
    ClassContributions, Evaluation, Importances, Inside, ModelNumbers, SingleRow, Task,
};
use crate::shown::first_of;
use crate::{Axis, Bars, Chart, ReportError, Row, Section, Span, Swarm, Unit};

/// So many columns have a bar.
const MOST_BARS: usize = 15;

pub(super) fn importances(of: &Evaluation) -> Result<Section, ReportError> {
    let mut section = Section::new("What counts");
    for (model, inside) in inside(of) {
        let Importances { by_splits, shuffled, score, rows } = &inside.importances;
        let title = of.named("Importance", model);
        let shows = format!(
            "By how much {score} gets worse where a column's cells are shuffled among {} rows, with the deviation over repeats. \
             Columns that say the same stand in for each other.",
            Unit::Count.exact(*rows as f64)
        );
        match ranked(&title, &shows, score, shuffled)? {
            Some(chart) => section = section.with(chart),
            None if *rows == 0 => {
                let name = &model.name;
                section = section
                    .sentence(format!("{name}: there are too many columns to shuffle each."));
            }
            None => {
                let name = &model.name;
                section = section.sentence(format!(
                    "{name}: no column counts for {score} among these rows, or it has no number there."
                ));
            }
        }
        let title = of.named("Importance by splits", model);
        let shows = "The share of what the trees' questions about a column have sorted out of the rows of the training.";
        if let Some(chart) = ranked(&title, shows, "share", by_splits)? {
            section = section.with(chart);
        }
    }
    Ok(section)
}

/// Bars of the columns that count most; nothing if none counts.
fn ranked(
    title: &str,
    shows: &str,
    axis: &str,
    columns: &[Importance],
) -> Result<Option<Chart>, ReportError> {
    let shows = format!("{shows}{}", first_of(MOST_BARS, columns.len(), "columns"));
    let columns = &columns[..columns.len().min(MOST_BARS)];
    if columns.iter().all(|column| column.importance == 0.0) {
        return Ok(None);
    }
    let names = columns.iter().map(|column| column.column.clone()).collect();
    let mut bars = Bars::of(names, columns.iter().map(|column| column.importance).collect());
    let span = |column: &Importance| {
        let deviation = column.deviation?;
        let (low, high) = (column.importance - deviation, column.importance + deviation);
        Some(Span { low, high })
    };
    if let Some(spans) = columns.iter().map(span).collect() {
        bars = bars.with_spans(spans);
    }
    Ok(Some(Chart::new(title, shows, bars)?.x(Axis::new(axis, Unit::Plain))))
}

pub(super) fn contributions(of: &Evaluation) -> Result<Section, ReportError> {
    let mut section = Section::new("Contributions");
    for (model, inside) in inside(of) {
        let told = &inside.contributions;
        let how = if told.is_exact {
            "exactly"
        } else {
            "by sampling, which leaves chance in small ones"
        };
        section = section.sentence(format!(
            "{}: what each column changes, which adds up to {}; found {how}, for {} rows that were drawn by chance.",
            model.name,
            told.adds_to,
            Unit::Count.exact(told.rows as f64),
        ));
        for class in &told.classes {
            section = section.with(swarm(&of.named(&speaks_for(class), model), class, told.rows)?);
        }
        for row in &told.single {
            section = section.with(single(of, model, row)?);
        }
    }
    Ok(section)
}

fn speaks_for(class: &ClassContributions) -> String {
    format!("What speaks for {}", class.class)
}

/// Dots for rows, of which there are so many; no more are drawn of a column than can be seen.
fn swarm(title: &str, class: &ClassContributions, rows: u64) -> Result<Chart, ReportError> {
    let dots = class.columns.iter().map(|it| it.dots.len() as u64).max().unwrap_or(0);
    let of = match dots < rows {
        true => format!("each of {} of these rows", Unit::Count.exact(dots as f64)),
        false => "each row".to_owned(),
    };
    let shows = format!(
        "A dot for {of}: the further right, the more the column speaks for the class; its colour tells how high the cell is \
         among others of the column."
    );
    let rows = class.columns.iter().map(|it| Row::new(it.column.as_str(), it.dots.clone()));
    let chart = Chart::new(title, shows, Swarm::of(rows.collect()))?;
    Ok(chart.x(Axis::new("contribution", Unit::Plain)))
}

fn single(of: &Evaluation, model: &ModelNumbers, row: &SingleRow) -> Result<Chart, ReportError> {
    let number = Unit::Count.exact(row.row as f64);
    let title = of.named(&format!("Row {number}: {}", row.why), model);
    let score = match of.task {
        Task::Classes => format!("with a probability of {}", Unit::Share.short(row.score)),
        Task::Anomalies => format!("with a score of {}", Unit::Plain.exact(row.score)),
    };
    let shows = format!(
        "It is {} and is told to be {}, {score}. What columns contribute to that.",
        row.is, row.told
    );
    let name = |reason: &Reason| format!("{} {}", reason.column, reason.cell);
    let names = row.reasons.iter().map(name).collect();
    let values = row.reasons.iter().map(|reason| reason.contribution).collect();
    let chart = Chart::new(title, shows, Bars::of(names, values))?;
    Ok(chart.x(Axis::new("contribution", Unit::Plain)))
}

/// Models that are in files.
pub(super) fn inside(of: &Evaluation) -> impl Iterator<Item = (&ModelNumbers, &Inside)> {
    of.models.iter().filter_map(|model| Some((model, model.inside.as_ref()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::ColumnContributions;

    #[test]
    fn it_is_said_of_how_many_rows_there_are_dots() {
        let dots = vec![(0.1, 0.5); 150];
        let columns = vec![ColumnContributions { column: "a".into(), mean_size: 0.1, dots }];
        let class = ClassContributions { class: "scan".into(), columns };
        let shows = |rows| swarm("t", &class, rows).unwrap().shows().to_owned();
        assert!(shows(400).starts_with("A dot for each of 150 of these rows: "), "{}", shows(400));
        assert!(shows(150).starts_with("A dot for each row: "));
    }

    #[test]
    fn columns_without_a_bar_are_counted() {
        let column = |at: usize| -> Importance {
            let told =
                serde_json::json!({"column": at.to_string(), "importance": 0.1, "deviation": null});
            serde_json::from_value(told).unwrap()
        };
        let shows = |count: usize| {
            let columns: Vec<_> = (0..count).map(column).collect();
            ranked("t", "What counts.", "f1", &columns).unwrap().unwrap().shows().to_owned()
        };
        assert_eq!(shows(15), "What counts.");
        assert_eq!(shows(78), "What counts. The first 15 of 78 columns.");
    }
}
