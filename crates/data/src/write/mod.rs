//! Tables out: rows of cells, encoded on many threads and written by one.

mod buffer;
mod csv;
mod dataset;
mod json;
mod number;
mod packed;
#[cfg(feature = "parquet")]
mod parquet;
mod rows;
mod table;
mod writer;

pub use dataset::Layout;
pub use packed::{Packed, Packing};
pub use rows::Rows;
pub use table::{Column, ColumnKind, Format, Reals, Table, Texts};
pub use writer::TableWriter;
