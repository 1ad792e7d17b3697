//! Rows that are told wrong.

use crate::evaluate::{Evaluation, Mistake, Task};
use crate::{Block, Cell, Column, ReportError, Section, Table, Unit};

pub(super) fn section(of: &Evaluation) -> Result<Section, ReportError> {
    let mut section = Section::new("Mistakes").sentence(
        "Rows to test with that are told wrong, those first of which a model is surest. Rows are numbered from 1 in the order \
         of the tables; rows that were left out as they were read are not counted.",
    );
    for model in &of.models {
        let mistakes = &model.mistakes;
        let name = of.named("Told wrong", model);
        section = section.figure(name.as_str(), mistakes.count as f64, Unit::Count);
    }
    for model in &of.models {
        let listed = &model.mistakes.listed;
        let kept = listed.first().map_or(&[][..], |mistake| &mistake.cells);
        let mut table = Table::new(of.named("Mistakes", model), columns(of.task, kept));
        listed.iter().try_for_each(|mistake| table.push(row(of.task, mistake)))?;
        if table.total() > 0 {
            section = section.with(Block::Table(table.of_total(model.mistakes.count as usize)));
        }
    }
    Ok(section)
}

fn columns(task: Task, kept: &[(String, String)]) -> Vec<Column> {
    let mut columns =
        vec![Column::number("Row", Unit::Count), Column::text("Is"), Column::text("Told")];
    match task {
        Task::Classes => {
            columns.push(Column::number("Probability", Unit::Share));
            columns.push(Column::number("Of its own class", Unit::Share));
        }
        Task::Anomalies => columns.push(Column::number("Score", Unit::Plain)),
    }
    columns.push(Column::text("Why"));
    columns.extend(kept.iter().map(|(name, _)| Column::text(name.as_str())));
    columns.truncate(crate::MOST_COLUMNS);
    columns
}

fn row(task: Task, of: &Mistake) -> Vec<Cell> {
    let reasons: Vec<String> = of.reasons.iter().map(ToString::to_string).collect();
    let mut row = vec![of.row.into(), of.is.as_str().into(), of.told.as_str().into()];
    row.push(of.score.into());
    if task == Task::Classes {
        row.push(of.own.into());
    }
    row.push(reasons.join("; ").into());
    row.extend(of.cells.iter().map(|(_, cell)| Cell::from(cell.as_str())));
    row.truncate(crate::MOST_COLUMNS);
    row
}
