//! What a dataset is like, in numbers: columns, classes, how cells are spread, outliers, correlations; and what of the rows to judge by has leaked into
//! those to train with.

mod columns;
mod distribution;
mod equal;
mod leakage;
mod outliers;
mod repeats;
mod telltale;

use serde::{Deserialize, Serialize};

use crate::measure::{Correlations, MAX_CORRELATED, ranks};
use crate::{DataError, Dataset};

pub use columns::{ClassColumn, ColumnSummary, Distinct, Quantile};
pub use distribution::{Bin, ClassSpread, Distribution, Distributions, TextCount};
pub use equal::EqualRows;
pub use leakage::{
    IdentityColumn, IdentityReason, Leakage, LeakageCheck, SharedGroups, TimeOverlap,
    says_who_or_when,
};
pub use outliers::{ColumnOutliers, OutlierCheck, Outliers, OutlyingCell, OutlyingRow};
pub use repeats::{RepeatedRow, RepeatedRows};
pub use telltale::Telltale;

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
    /// [`DataError::Setting`] for quantiles outside 0 and 1; [`DataError::TooMany`] for more than 1024 columns to correlate.
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

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::{Classes, Field, Labels, Schema};

    const NONE: f64 = f64::NAN;

    fn data() -> Dataset {
        let texts = Classes::new(["tcp", "udp"]).unwrap();
        let fields = [
            Field::number("a"),
            Field::text("p", texts),
            Field::number("same"),
            Field::number("none"),
        ];
        let rows = array![
            [1.0, 0.0, 5.0, NONE],
            [2.0, 1.0, 5.0, NONE],
            [NONE, 1.0, 5.0, NONE],
            [6.0, NONE, 5.0, NONE],
        ];
        let data = Dataset::new(Schema::new(fields).unwrap(), rows).unwrap();
        data.with_labels(Labels::of(["x", "x", "y", "y"])).unwrap()
    }

    #[test]
    fn columns_and_classes_are_counted_and_measured() {
        let found = Explore::new().quantiles([0.5]).look(&data()).unwrap();
        let a = &found.columns[0];
        assert_eq!((a.count, a.missing, a.infinite, a.distinct), (3, 1, 0, Distinct::Exactly(3)));
        assert_eq!(
            (a.min, a.max, a.mean, a.deviation),
            (Some(1.0), Some(6.0), Some(3.0), Some(7_f64.sqrt()))
        );
        assert_eq!(a.quantiles, [Quantile { share: 0.5, below: Some(2.0) }]);
        assert_eq!(
            a.classes,
            [ClassColumn { count: 2, mean: Some(1.5) }, ClassColumn { count: 1, mean: Some(6.0) }]
        );
        let p = &found.columns[1];
        assert_eq!((p.is_text, p.count, p.distinct, p.mean), (true, 3, Distinct::Exactly(2), None));
        assert_eq!(found.constant, ["same", "none"]);
        let counts: Vec<_> = found.labels.iter().map(|class| (&*class.class, class.rows)).collect();
        assert_eq!(counts, [("x", 2), ("y", 2)]);
    }

    #[test]
    fn infinite_cells_are_counted_and_bounds_are_told() {
        let rows = array![[f64::INFINITY], [f64::NEG_INFINITY], [1.0], [2.0]];
        let data = Dataset::new(Schema::numbers(["a"]).unwrap(), rows).unwrap();
        let found = Explore::new().distinct(3).look(&data).unwrap();
        let a = &found.columns[0];
        assert_eq!((a.infinite, a.mean, a.distinct), (2, None, Distinct::MoreThan(3)));
        assert!(matches!(
            Explore::new().quantiles([1.5]).look(&data),
            Err(DataError::Setting { .. })
        ));
    }

    #[test]
    fn pairs_of_columns_are_told_where_both_vary() {
        let found = Explore::new().correlations(true).look(&data()).unwrap().correlations.unwrap();
        assert_eq!(found.columns, ["a", "same", "none"]);
        assert_eq!((found.pearson[0][1], found.spearman[1][2]), (None, None));
        assert!((found.spearman[0][0].unwrap() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn what_was_found_is_a_value() {
        let found = Explore::new().correlations(true).look(&data()).unwrap();
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(
            serde_json::from_str::<Exploration>(&text).unwrap().columns[1],
            found.columns[1]
        );
        let empty =
            Dataset::new(Schema::numbers(["a"]).unwrap(), ndarray::Array2::zeros((0, 1))).unwrap();
        assert_eq!(Explore::new().correlations(true).look(&empty).unwrap().constant, ["a"]);
    }
}
