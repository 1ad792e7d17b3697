//! The laws of ARFF.

use netsift_data::{Defect, TableFormat, TableReader};

use crate::tables::{chosen, reads_back, reads_the_same};

/// Choices, then a table.
pub(crate) fn body(input: &[u8]) {
    let (reader, block_bytes, table) = chosen(input, TableFormat::Arff);
    if let Some((dataset, _)) = reads_the_same(&reader, block_bytes, table) {
        reads_back(&dataset);
    }
    weights_change_nothing(table);
}

/// Rows with a weight are the rows without.
fn weights_change_nothing(table: &[u8]) {
    let Ok(text) = str::from_utf8(table) else { return };
    let mut lines = text.split('\n').map(str::to_owned).collect::<Vec<_>>();
    let is_data = |line: &String| line.trim_ascii().eq_ignore_ascii_case("@data");
    let Some(start) = lines.iter().position(is_data) else { return };
    let mut weighted = 0;
    for row in lines.iter_mut().skip(start + 1) {
        if row.contains(['\'', '"', '{', '}', '%', '\r']) {
            return;
        }
        if !row.trim_ascii().is_empty() {
            row.push_str(",{2}");
            weighted += 1;
        }
    }
    let reader = TableReader::new().format(TableFormat::Arff).threads(1);
    let (Ok((plain, report)), Ok((other, with_weights))) =
        (reader.read(table), reader.read(lines.join("\n").as_bytes()))
    else {
        return;
    };
    // Behind too few cells, or too many, it is no weight.
    if report.count(Defect::TooShort) + report.count(Defect::TooLong) > 0 {
        return;
    }
    assert_eq!(with_weights.count(Defect::RowWeight), weighted, "weights");
    assert_eq!(format!("{plain:?}"), format!("{other:?}"), "rows with weights");
}
