//! Tables of traffic, or of anything else, as numbers: [`Dataset`]s out of files of many formats, and rows of text,
//! integers and reals as CSV, JSON lines or Parquet.
//!
//! A [`Dataset`] has named columns, a matrix, and of each row, where they are known, its label, group and time.
//!
//! # Tables in
//! A [`TableReader`] reads one table or several as a [`Dataset`]: CSV, ARFF, JSON lines, Zeek's logs or Parquet, compressed
//! or not. A [`Description`] says what columns a data set has and what they are good for, and [`Aliases`] bridge
//! spellings of names. Whatever is wrong with a table is a [`Defect`] that has a [`Policy`], and is counted in the
//! [`ReadReport`]; [`Limits`] bound the memory.
//!
//! ```
//! use netsift_data::{Defect, Policy, TableReader};
//!
//! # fn main() -> Result<(), netsift_data::DataError> {
//! let csv = "Flow Duration,Fwd Pkts,Label\n1200,3,BENIGN\n,4,DDoS\n1200,3,BENIGN\n";
//! let reader = TableReader::new().label("label").on(Defect::Duplicate, Policy::Drop);
//! let (dataset, report) = reader.read(csv.as_bytes())?;
//! assert_eq!((dataset.rows(), report.dropped(Defect::Duplicate)), (2, 1));
//! assert_eq!(report.count(Defect::Empty), 1);
//! println!("{report}");
//! # Ok(())
//! # }
//! ```
//!
//! # From tables to numbers
//! A [`split`] shares rows out, a [`Preparation`] learns from those to train with and applies to any others, [`balance`]
//! evens classes out, and [`explore`] tells what rows are like and what has leaked. [`nearest`] finds rows by distance, and
//! [`pool`] makes one row of many.
//!
//! ```
//! use ndarray::array;
//! use netsift_data::prepare::{Fill, Impute, Scale};
//! use netsift_data::split::{Shares, Split};
//! use netsift_data::{Dataset, Labels, Preparation, Schema};
//!
//! # fn main() -> Result<(), netsift_data::DataError> {
//! let schema = Schema::numbers(["packets", "mean length"])?;
//! let rows = array![[12.0, 350.0], [1.0, f64::NAN], [8.0, 40.0], [2.0, 60.0], [1.0, 40.0], [30.0, 90.0]];
//! let labels = Labels::of(["benign", "scan", "benign", "scan", "scan", "benign"]);
//! let data = Dataset::new(schema, rows)?.with_labels(labels)?;
//!
//! let parts = Split::stratified(7).parts(&data, Shares::test(0.5)?)?;
//! let [train, _, test] = parts.datasets(&data)?;
//! let plans = [Impute::new(Fill::Median).into(), Scale::standard().into()];
//! let (preparation, train) = Preparation::fit(&plans, &train)?;
//! let test = preparation.apply(test)?;
//! assert_eq!((train.rows(), test.rows()), (3, 3));
//! assert!(test.matrix().iter().all(|cell| cell.is_finite()));
//! # Ok(())
//! # }
//! ```
//!
//! # Tables out
//! A [`Table`] says which columns there are and how they are written. [`Rows`] take cells and encode them at
//! once, into memory that is used again; a [`TableWriter`] sends rows on their way, whole ones only. Encoding
//! is the work and writing is not: several threads have [`Rows`] of their own and share one writer behind a
//! lock. What rows are about is not known here.
//!
//! ```
//! use netsift_data::{Column, Rows, Table, TableWriter};
//!
//! # fn main() -> Result<(), netsift_data::DataError> {
//! let columns = ["packets", "mean length"].map(Column::real);
//! let table = Table::new([Column::text("label")].into_iter().chain(columns))?;
//! let mut writer = TableWriter::new(Vec::new(), &table)?;
//! let mut rows = Rows::new(&table);
//! for (label, numbers) in [("benign", [12.0, 350.25]), ("=scan", [1.0, 0.0])] {
//!     rows.text(label);
//!     rows.reals(&numbers);
//!     rows.end_row()?;
//! }
//! writer.write(&mut rows)?;
//! let csv = writer.finish()?;
//! assert_eq!(csv, b"label,packets,mean length\nbenign,12,350.25\n\"'=scan\",1,0\n");
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "arbitrary")]
mod arbitrary;
pub mod balance;
mod chance;
mod classes;
mod dataset;
mod error;
pub mod explore;
mod measure;
pub mod nearest;
pub mod pool;
pub mod prepare;
mod read;
mod schema;
pub mod split;
mod write;

pub use chance::Chance;
pub use classes::Classes;
pub use dataset::{Dataset, Labels};
pub use error::DataError;
pub use prepare::{Fitted, Plan, Preparation, Step, Transform};
pub use read::{
    Aliases, CellKind, ColumnFacts, ColumnFate, Defect, DefectFacts, DescribedColumn, Description,
    KeyFacts, KindOrigin, Limits, Place, Policy, ReadReport, Role, TableFacts, TableFormat,
    TableReader, TimeForm,
};
pub use schema::{Field, FieldKind, Schema};
pub use write::{
    Column, ColumnKind, Format, Layout, Packed, Packing, Reals, Rows, Table, TableWriter, Texts,
};
