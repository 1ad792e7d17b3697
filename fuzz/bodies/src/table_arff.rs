//! The laws of ARFF.

use netsift_data::TableFormat;

use crate::tables::{chosen, reads_back, reads_the_same};

/// Choices, then a table.
pub(crate) fn body(input: &[u8]) {
    let (reader, block_bytes, table) = chosen(input, TableFormat::Arff);
    if let Some((dataset, _)) = reads_the_same(&reader, block_bytes, table) {
        reads_back(&dataset);
    }
}
