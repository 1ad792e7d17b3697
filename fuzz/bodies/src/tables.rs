//! What holds for tables of every format.

use netsift_data::{
    CellKind, Column, Dataset, Defect, Limits, Policy, ReadReport, Rows, Table, TableFormat,
    TableReader, TableWriter,
};

use crate::choices::Choices;

/// The longest row, so that short inputs have too long ones.
const ROW_BYTES: usize = 200;
const MAX_CELLS: u64 = 1 << 16;

/// A reader of that format with policies that the input's first bytes choose, and the table behind them.
pub(crate) fn chosen(input: &[u8], format: TableFormat) -> (TableReader, usize, &[u8]) {
    let mut choices = Choices::of(input);
    let [block, policies, row_bytes] = choices.bytes();
    let limits =
        Limits::default().row_bytes(1 + usize::from(row_bytes) % ROW_BYTES).cells(MAX_CELLS);
    let mut reader = TableReader::new().format(format).limits(limits);
    // A choice is one of those that the defect allows; refusing ends most inputs at once, so it is rare.
    for (place, defect) in Defect::all().enumerate() {
        let allowed = defect.allowed();
        let choice = (usize::from(policies) + 7 * place) % (3 * allowed.len());
        match allowed.get(choice) {
            Some(Policy::Refuse) if policies != u8::MAX => {}
            Some(policy) => reader = reader.on(defect, *policy),
            None => {}
        }
    }
    (reader, 1 + usize::from(block), input.get(3..).unwrap_or_default())
}

/// One thread and large blocks, three threads and small ones: the same dataset and the same report.
pub(crate) fn reads_the_same(
    reader: &TableReader,
    block_bytes: usize,
    table: &[u8],
) -> Option<(Dataset, ReadReport)> {
    let whole = reader.clone().threads(1).read(table);
    let parts = reader.clone().threads(3).block_bytes(block_bytes).read(table);
    // Missing cells are not equal to themselves, but their text is.
    assert_eq!(format!("{whole:?}"), format!("{parts:?}"), "blocks of {block_bytes} bytes");
    let (dataset, report) = whole.ok()?;
    adds_up(&dataset, &report);
    Some((dataset, report))
}

fn adds_up(dataset: &Dataset, report: &ReadReport) {
    assert_eq!(report.rows, dataset.rows() as u64, "rows reported and given");
    assert_eq!(report.rows_found, report.rows + report.rows_dropped(), "rows found");
    let of_tables: u64 = report.tables.iter().map(|table| table.rows).sum();
    assert_eq!(report.rows_found, of_tables, "rows of the tables");
    for facts in &report.defects {
        assert!(facts.places.len() as u64 <= facts.count, "{facts}");
        let lines = report.tables.iter().map(|table| table.lines).max().unwrap_or(0) + 1;
        let are_there = facts.places.iter().all(|place| (1..=lines).contains(&place.line));
        assert!(are_there, "{facts}: there are {lines} lines");
    }
    assert!(!report.to_string().is_empty());
}

/// Written as CSV and read again, a dataset has the same cells.
pub(crate) fn reads_back(dataset: &Dataset) {
    if dataset.width() == 0 {
        return;
    }
    let csv = match written(dataset) {
        Ok(csv) => csv,
        Err(error) => panic!("what was read cannot be written: {error}"),
    };
    let mut reader = TableReader::new().header(true).separator(',').as_written(true);
    for defect in [Defect::Infinite, Defect::RepeatedHeader, Defect::Empty] {
        // An empty cell stays missing in columns of both kinds.
        let policy = if defect == Defect::Empty { Policy::Missing } else { Policy::Keep };
        reader = reader.on(defect, policy);
    }
    for (place, field) in dataset.schema().fields().iter().enumerate() {
        let kind = if field.texts().is_some() { CellKind::Text } else { CellKind::Number };
        reader = reader.kind(format!("c{place}"), kind);
    }
    let (again, _) = match reader.read(&csv[..]) {
        Ok(read) => read,
        Err(error) => panic!("what was written cannot be read: {error}"),
    };
    assert_eq!(again.rows(), dataset.rows(), "rows written and read");
    for (column, other) in
        (0..dataset.width()).map(|place| (cells(dataset, place), cells(&again, place)))
    {
        assert_eq!(column, other, "cells written and read");
    }
}

/// With names that differ in more than spelling, and whatever cells there are.
fn written(dataset: &Dataset) -> Result<Vec<u8>, netsift_data::DataError> {
    let fields = dataset.schema().fields().iter().enumerate();
    let columns = fields.map(|(place, field)| match field.texts() {
        Some(_) => Column::text(format!("c{place}")),
        None => Column::real(format!("c{place}")),
    });
    // One column alone has no empty cells: its rows would be empty lines.
    let table = Table::new(columns.chain([Column::real("row")]))?;
    let mut writer = TableWriter::new(Vec::new(), &table)?;
    let mut rows = Rows::new(&table);
    for (number, row) in dataset.matrix().rows().into_iter().enumerate() {
        for (cell, field) in row.iter().zip(dataset.schema().fields()) {
            match field.texts().map(|texts| texts.name(*cell as u32).unwrap_or("")) {
                _ if cell.is_nan() => rows.empty(),
                Some(text) => rows.text(text),
                None => rows.real(*cell),
            }
        }
        rows.real(number as f64);
        rows.end_row()?;
    }
    writer.write(&mut rows)?;
    writer.finish()
}

/// Texts, or the bits of numbers. What is not a number is only that. A text that began with an apostrophe cannot be told
/// from one that was given an apostrophe.
fn cells(dataset: &Dataset, place: usize) -> Vec<String> {
    let texts = dataset.schema().fields().get(place).and_then(|field| field.texts());
    let cell = |cell: &f64| match texts {
        _ if cell.is_nan() => "missing".to_owned(),
        Some(texts) => texts.name(*cell as u32).unwrap_or("").trim_start_matches('\'').to_owned(),
        None => cell.to_bits().to_string(),
    };
    dataset.column(place).map(|column| column.iter().map(cell).collect()).unwrap_or_default()
}
