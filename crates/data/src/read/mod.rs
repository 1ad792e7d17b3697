//! Tables in: files of several formats to one dataset, every defect counted and none passed over in silence.

mod arff;
mod assembly;
mod blocks;
mod cells;
mod chunk;
mod csv;
mod defect;
mod description;
mod foreign;
mod form;
mod found;
mod gather;
mod head;
mod json;
mod known;
mod limits;
mod names;
mod number;
#[cfg(feature = "parquet")]
mod parquet;
mod plan;
mod reader;
mod repeats;
mod report;
mod sink;
mod source;
mod store;
mod tally;
mod texts;
mod time;
mod workers;
mod zeek;

pub use defect::{Defect, Policy};
pub use description::{CellKind, DescribedColumn, Description, Role};
pub use form::TableFormat;
pub use limits::Limits;
pub use names::Aliases;
pub use reader::TableReader;
pub use report::{
    ColumnFacts, ColumnFate, DefectFacts, KeyFacts, KindOrigin, Place, ReadReport, TableFacts,
};
pub use time::TimeForm;
