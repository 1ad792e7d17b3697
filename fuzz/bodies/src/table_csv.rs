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
    are_the_bytes_of_the_cells(table);
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

/// The first column as texts: bytes that are no UTF-8 are written out and counted, all others stay as they are.
fn are_the_bytes_of_the_cells(table: &[u8]) {
    if table.iter().any(|byte| matches!(byte, b'"' | b'\r')) || table.starts_with(b"\xef\xbb\xbf") {
        return;
    }
    let reader = TableReader::new()
        .format(TableFormat::Csv)
        .separator(',')
        .header(false)
        .kind("column 1", CellKind::Text)
        .keep(["column 1"])
        .on(Defect::TooShort, Policy::Mend)
        .on(Defect::TooLong, Policy::Mend)
        .on(Defect::Empty, Policy::Keep);
    let Ok((dataset, report)) = reader.read(table) else { return };
    let lines = table.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let cells: Vec<&[u8]> =
        lines.map(|line| line.split(|byte| *byte == b',').next().unwrap_or_default()).collect();
    let bad = cells.iter().filter(|cell| str::from_utf8(cell).is_err()).count();
    assert_eq!(report.count(Defect::NotUtf8), bad as u64, "cells that are no UTF-8");
    let texts = dataset.schema().fields().first().and_then(|field| field.texts());
    let name = |cell: &f64| texts.and_then(|texts| texts.name(*cell as u32)).unwrap_or_default();
    let read: Vec<&str> = dataset.matrix().into_iter().map(name).collect();
    assert_eq!(read, cells.into_iter().map(written_out).collect::<Vec<_>>(), "texts");
}

fn written_out(cell: &[u8]) -> String {
    let mut text = String::new();
    let (mut rest, is_good) = (cell, str::from_utf8(cell).is_ok());
    loop {
        let (good, bad_len) = match str::from_utf8(rest) {
            Ok(_) => (rest.len(), 0),
            Err(error) => {
                let good = error.valid_up_to();
                (good, error.error_len().unwrap_or(rest.len() - good))
            }
        };
        let (valid, behind) = rest.split_at(good);
        let (bad, behind) = behind.split_at(bad_len);
        let valid = String::from_utf8_lossy(valid);
        text += &if is_good { valid.into_owned() } else { valid.replace('\\', "\\\\") };
        text.extend(bad.iter().map(|byte| format!("\\x{byte:02X}")));
        rest = behind;
        if rest.is_empty() {
            return text;
        }
    }
}

fn same(dataset: &Dataset, expected: impl Iterator<Item = f64>) {
    let bits = |cell: f64| if cell.is_nan() { f64::NAN.to_bits() } else { cell.to_bits() };
    let read: Vec<u64> = dataset.matrix().iter().copied().map(bits).collect();
    assert_eq!(read, expected.map(bits).collect::<Vec<_>>(), "cells of the first column");
}
