//! Rows that are told wrong: the surest of them with their reasons, and all of them as a table.

use std::io::Write;

use netsift_data::{Column, DataError, Dataset, Rows, Table, TableWriter};
use netsift_models::explain::Explainer;

use super::numbers::{Mistake, Mistakes};
use super::part::Said;
use crate::ReportError;

/// So many are listed.
const MOST_LISTED: usize = 100;
/// So many reasons are told of each.
const MOST_REASONS: usize = 3;

/// The rows that are told wrong, those first of which the model is surest.
pub(super) fn rows(said: &Said) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..said.truth.len()).filter(|&row| !said.is_right(row)).collect();
    let surety = said.answer.scores();
    rows.sort_by(|&one, &other| surety[other].total_cmp(&surety[one]));
    rows
}

impl Mistakes {
    /// How many there are, and the first of them.
    pub(super) fn of(classes: &[String], said: &Said) -> Self {
        let rows = rows(said);
        let scores = said.scores();
        let name = |class: u32| classes.get(class as usize).cloned().unwrap_or_default();
        let mistake = |&row: &usize| Mistake {
            row: row as u64 + 1,
            is: name(said.truth[row]),
            told: name(said.answer.classes[row]),
            score: scores[row],
            own: said.own(row),
            reasons: Vec::new(),
            cells: Vec::new(),
        };
        let listed = rows.iter().take(MOST_LISTED).map(mistake).collect();
        Self { count: rows.len() as u64, listed }
    }

    /// With the reasons of the first so many, and the cells of columns that say which rows they are.
    pub(super) fn explained(
        &mut self,
        explainer: &Explainer<'_>,
        (data, said): (&Dataset, &Said),
        (most, kept): (usize, &[String]),
    ) -> Result<(), ReportError> {
        let rows: Vec<usize> = self.listed.iter().map(|it| it.row as usize - 1).collect();
        let places = data.schema().places(kept.iter().map(String::as_str))?;
        for (mistake, &row) in self.listed.iter_mut().zip(&rows) {
            let cells = kept
                .iter()
                .zip(&places)
                .map(|(name, &place)| (name.clone(), cell(data, row, place).unwrap_or_default()));
            mistake.cells = cells.collect();
        }
        let rows = &rows[..most.min(rows.len())];
        let told: Vec<u32> = rows.iter().map(|&row| said.answer.classes[row]).collect();
        let reasons = explainer.reasons(&data.select(rows)?, &told, MOST_REASONS)?;
        self.listed.iter_mut().zip(reasons).for_each(|(it, reasons)| it.reasons = reasons);
        Ok(())
    }
}

impl Said {
    /// How probable the class of a row is said to be; nothing of a detector, and of a class that the model does not know.
    fn own(&self, row: usize) -> Option<f64> {
        let of = self.answer.probabilities.get((row, self.truth[row] as usize)).copied();
        of.filter(|_| self.strange.is_none())
    }
}

/// Writes all that models tell wrong as a CSV table that spreadsheets open without harm: for each model the surest first,
/// with the cells of these columns.
pub(super) fn to_csv<W: Write + Send>(
    classes: &[String],
    models: &[(&str, &Said)],
    data: &Dataset,
    columns: &[String],
    out: W,
) -> Result<W, DataError> {
    let places = data.schema().places(columns.iter().map(String::as_str))?;
    let table = Table::repeating(heads(columns))?;
    let (mut writer, mut lines) = (TableWriter::new(out, &table)?, Rows::new(&table));
    let class = |class: u32| classes.get(class as usize).map_or("", String::as_str);
    for (model, said) in models {
        let scores = said.scores();
        for row in rows(said) {
            lines.text(model);
            lines.integer(i64::try_from(row).unwrap_or(i64::MAX).saturating_add(1));
            lines.text(class(said.truth[row]));
            lines.text(class(said.answer.classes[row]));
            lines.real(scores[row]);
            for &place in &places {
                match cell(data, row, place) {
                    Some(text) => lines.text(&text),
                    None => lines.empty(),
                }
            }
            lines.end_row()?;
            if lines.are_enough() {
                writer.write(&mut lines)?;
            }
        }
    }
    writer.write(&mut lines)?;
    writer.finish()
}

fn heads(columns: &[String]) -> Vec<Column> {
    let mut heads = vec![
        Column::text("Model"),
        Column::integer("Row"),
        Column::text("Is"),
        Column::text("Told"),
        Column::real("Score"),
    ];
    // A column of the table may be called as ours are.
    let is_ours = |name: &String| ["Model", "Row", "Is", "Told", "Score"].contains(&name.as_str());
    let named = |name: &String| if is_ours(name) { format!("Cell {name}") } else { name.clone() };
    heads.extend(columns.iter().map(|name| Column::text(named(name))));
    heads
}

/// What stands in a cell; nothing where it is missing.
fn cell(data: &Dataset, row: usize, place: usize) -> Option<String> {
    let number = data.matrix().get((row, place)).copied().filter(|number| !number.is_nan())?;
    match data.schema().fields().get(place)?.texts() {
        Some(texts) => texts.name(number as u32).map(str::to_owned),
        None => Some(number.to_string()),
    }
}
