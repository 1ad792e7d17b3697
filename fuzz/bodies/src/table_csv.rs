//! The laws of CSV.

use netsift_data::{CellKind, Dataset, Defect, Limits, Policy, TableFormat, TableReader};

use crate::tables::{chosen, reads_back, reads_the_same};

/// Choices, then a table.
pub(crate) fn body(input: &[u8]) {
    let (reader, block_bytes, table) = chosen(input, TableFormat::Csv);
    if let Some((dataset, _)) = reads_the_same(&reader, block_bytes, table) {
        reads_back(&dataset);
    }
    are_what_the_standard_library_says(table);
}

/// The first column of a table without quotes, read by splitting at line ends and separators.
fn are_what_the_standard_library_says(table: &[u8]) {
    let Ok(text) = str::from_utf8(table) else { return };
    if text.contains(['"', '\r']) || text.starts_with('\u{feff}') {
        return;
    }
    let reader = TableReader::new()
        .format(TableFormat::Csv)
        .separator(',')
        .header(false)
        .threads(1)
        .limits(Limits::default())
        .kind("column 1", CellKind::Number)
        .keep(["column 1"]);
    let reader = [Defect::TooShort, Defect::TooLong]
        .iter()
        .fold(reader, |reader, defect| reader.on(*defect, Policy::Mend));
    let reader = [Defect::Infinite, Defect::Overflow]
        .iter()
        .fold(reader, |reader, defect| reader.on(*defect, Policy::Keep));
    let Ok((dataset, _)) = reader.read(table) else { return };
    let lines = text.split('\n').filter(|line| !line.is_empty());
    let expected = lines.map(|line| {
        let cell = line.split(',').next().unwrap_or_default();
        cell.trim_ascii().parse::<f64>().unwrap_or(f64::NAN)
    });
    same(&dataset, expected);
}

fn same(dataset: &Dataset, expected: impl Iterator<Item = f64>) {
    let bits = |cell: f64| if cell.is_nan() { f64::NAN.to_bits() } else { cell.to_bits() };
    let read: Vec<u64> = dataset.matrix().iter().copied().map(bits).collect();
    assert_eq!(read, expected.map(bits).collect::<Vec<_>>(), "cells of the first column");
}
