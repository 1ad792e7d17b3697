//! What is told of a table: plain numbers and names.

use netsift_data::ReadReport;
use netsift_data::explore::{ColumnSummary, Distribution, Leakage, Outliers};
use serde::Serialize;

/// A table in numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TableNumbers {
    /// Its rows.
    pub rows: u64,
    /// Its cells: those of labels, groups and times are none of them.
    pub cells: CellNumbers,
    /// The label; nothing without one.
    pub label: Option<LabelNumbers>,
    /// Each column, in their order.
    pub columns: Vec<ColumnNumbers>,
    /// The names of columns whose cells are all the same, or all missing.
    pub constant: Vec<String>,
    /// Rows that are equal.
    pub equal: EqualNumbers,
    /// Rows that are equal but for columns that seem to say who or when; nothing if there are no such columns, or no others.
    pub equal_features: Option<EqualNumbers>,
    /// How columns of numbers go together; nothing where fewer than two vary.
    pub correlations: Option<CorrelationNumbers>,
    /// Cells that are far from most of their column.
    pub outliers: Outliers,
    /// What a model would learn that it should not: between a quarter of the rows, drawn by chance, and the others.
    pub leakage: Leakage,
    /// What was wrong with the table, if it is known.
    pub read: Option<ReadReport>,
}

/// How many cells there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CellNumbers {
    /// All of them.
    pub all: u64,
    /// Those that are missing.
    pub missing: u64,
    /// Those that are infinite.
    pub infinite: u64,
}

/// What is told of labels.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LabelNumbers {
    /// The name of its column, if it is known.
    pub column: Option<String>,
    /// All that can be told about it, in nats.
    pub entropy: f64,
    /// How many classes have rows.
    pub count: u64,
    /// The largest of them, the largest first.
    pub classes: Vec<ClassNumbers>,
    /// The smallest of them.
    pub smallest: Option<ClassNumbers>,
}

/// How many rows a class has.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClassNumbers {
    /// Its name.
    pub class: String,
    /// Its rows.
    pub rows: u64,
    /// Its share of all rows.
    pub share: f64,
}

/// What is told of a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ColumnNumbers {
    /// What it is like; its classes are in its distribution.
    #[serde(flatten)]
    pub summary: ColumnSummary,
    /// What it tells about the label, in nats; nothing without labels.
    pub information: Option<f64>,
    /// How its cells are spread; only of the columns that tell most, where there are very many.
    pub distribution: Option<Distribution>,
}

/// Rows that are equal in all columns, whatever their labels are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EqualNumbers {
    /// Rows that have an equal one before them.
    pub repeated: u64,
    /// Rows that have an equal one of another class; nothing without labels.
    pub over_classes: Option<u64>,
}

/// How columns of numbers go together.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CorrelationNumbers {
    /// How many rows were looked at: all, unless there are too many for so many pairs.
    pub rows: u64,
    /// Columns that vary and were left out, since there are too many: those that tell less.
    pub left_out: u64,
    /// The names of the columns, in the order of rows and columns of the matrices: those that tell most first.
    pub columns: Vec<String>,
    /// Pearson's coefficients.
    pub pearson: Vec<Vec<Option<f64>>>,
    /// Spearman's: Pearson's of ranks.
    pub spearman: Vec<Vec<Option<f64>>>,
    /// The pairs that go together most, by the larger of both, whatever its sign.
    pub strongest: Vec<PairNumbers>,
}

/// How two columns go together.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PairNumbers {
    /// One of them.
    pub one: String,
    /// The other.
    pub other: String,
    /// Pearson's coefficient.
    pub pearson: Option<f64>,
    /// Spearman's.
    pub spearman: Option<f64>,
}
