//! What a dataset is like, in numbers: columns, classes, correlations; and what of the rows to judge by has leaked into
//! those to train with.

mod columns;
mod leakage;
mod repeats;
mod telltale;

use serde::{Deserialize, Serialize};

use crate::measure::{Correlations, ranks};
use crate::{DataError, Dataset};

pub use columns::{ClassColumn, ColumnSummary, Distinct, Quantile};
pub use leakage::{
    IdentityColumn, IdentityReason, Leakage, LeakageCheck, SharedGroups, TimeOverlap,
};
pub use repeats::{RepeatedRow, RepeatedRows};
pub use telltale::Telltale;

/// Columns whose pairs are all correlated, unless no correlations are asked for.
const MAX_CORRELATED: usize = 1 << 11;
/// The quantiles that are told unless others are asked for.
const QUANTILES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
/// Distinct cells that are counted exactly, unless said otherwise.
const DISTINCT: usize = 1 << 16;

/// What is told of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Explore {
    quantiles: Vec<f64>,
    distinct: usize,
    correlations: bool,
}

/// What a dataset is like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Exploration {
    /// How many rows there are.
    pub rows: usize,
    /// Each column, in their order.
    pub columns: Vec<ColumnSummary>,
    /// How many rows each class has, by the numbers of classes; nothing without labels.
    pub labels: Vec<ClassCount>,
    /// The names of columns whose cells are all the same, or all missing.
    pub constant: Vec<String>,
    /// How columns of numbers go together, if it was asked for.
    pub correlations: Option<CorrelationMatrices>,
}

/// How many rows a class has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassCount {
    /// Its name.
    pub class: String,
    /// Its rows.
    pub rows: usize,
}

/// How columns of numbers go together, each pair over the rows that both know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CorrelationMatrices {
    /// The names of the columns, in the order of rows and columns of the matrices.
    pub columns: Vec<String>,
    /// Pearson's coefficients; none where a column does not vary.
    pub pearson: Vec<Vec<Option<f64>>>,
    /// Spearman's: Pearson's of ranks, which are those among all known cells of a column.
    pub spearman: Vec<Vec<Option<f64>>>,
}

impl Default for Explore {
    fn default() -> Self {
        Self { quantiles: QUANTILES.to_vec(), distinct: DISTINCT, correlations: false }
    }
}

impl Explore {
    /// Columns and classes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Which quantiles. Default: 1, 5, 25, 50, 75, 95 and 99 %.
    #[must_use]
    pub fn quantiles(self, shares: impl IntoIterator<Item = f64>) -> Self {
        Self { quantiles: shares.into_iter().collect(), ..self }
    }

    /// Up to how many distinct cells are told exactly; more are told to be more. Default: 65 536.
    #[must_use]
    pub fn distinct(self, most: usize) -> Self {
        Self { distinct: most, ..self }
    }

    /// Whether columns are correlated, Pearson's and Spearman's way. Default: no, it costs more than all else.
    #[must_use]
    pub fn correlations(self, correlations: bool) -> Self {
        Self { correlations, ..self }
    }

    /// Looks at all rows.
    ///
    /// # Errors
    /// [`DataError::Setting`] for quantiles outside 0 and 1; [`DataError::TooMany`] for more than 2048 columns to correlate.
    pub fn look(&self, data: &Dataset) -> Result<Exploration, DataError> {
        if let Some(share) = self.quantiles.iter().find(|share| !(0.0..=1.0).contains(*share)) {
            return Err(DataError::setting("a quantile", share, "from 0 to 1"));
        }
        let columns = columns::summaries(data, &self.quantiles, self.distinct);
        let constant =
            columns.iter().filter(|column| column.is_constant()).map(|column| column.name.clone());
        Ok(Exploration {
            rows: data.rows(),
            labels: class_counts(data),
            constant: constant.collect(),
            correlations: if self.correlations { Some(correlations(data)?) } else { None },
            columns,
        })
    }
}

fn class_counts(data: &Dataset) -> Vec<ClassCount> {
    let Some(labels) = data.labels() else { return Vec::new() };
    let counted = labels.classes().names().zip(labels.counts());
    counted.map(|(name, rows)| ClassCount { class: name.to_owned(), rows }).collect()
}

fn correlations(data: &Dataset) -> Result<CorrelationMatrices, DataError> {
    let fields = data.schema().fields();
    let numbers: Vec<usize> = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.texts().is_none())
        .map(|(place, _)| place)
        .collect();
    if numbers.len() > MAX_CORRELATED {
        return Err(DataError::TooMany {
            what: "columns to correlate",
            found: numbers.len(),
            most: MAX_CORRELATED,
        });
    }
    let chosen = if numbers.len() == data.width() { data.clone() } else { data.at(&numbers)? };
    let told = |Correlations(matrix): Correlations| {
        let row =
            |row: ndarray::ArrayView1<'_, f64>| row.iter().map(|&cell| finite(cell)).collect();
        matrix.rows().into_iter().map(row).collect()
    };
    Ok(CorrelationMatrices {
        columns: chosen.schema().names().map(str::to_owned).collect(),
        pearson: told(Correlations::of(chosen.matrix())),
        spearman: told(Correlations::of(ranks(chosen.matrix()).view())),
    })
}

/// What is not finite has no form in most formats: it is not told.
fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}
