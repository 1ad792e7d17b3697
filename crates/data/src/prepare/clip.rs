//! Cells beyond bounds become the bounds.

use serde::{Deserialize, Serialize};

use super::columns::{
    Columns, Named, change_numbers, check_columns, finite, learn_numbers, same_columns,
};
use super::effect::Short;
use super::{Effect, Fitted, StepKind, Transform};
use crate::measure::Sorted;
use crate::{DataError, Dataset, Schema};

/// Makes cells beyond two bounds those bounds, infinite cells too. Missing cells stay missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clip {
    columns: Columns,
    bounds: Bounds,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Bounds {
    Given { low: f64, high: f64 },
    Quantiles { low: f64, high: f64 },
}

/// The bounds of each column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clipped {
    columns: Vec<Bounded>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Bounded {
    name: String,
    low: f64,
    high: f64,
}

impl Clip {
    /// To these numbers.
    #[must_use]
    pub fn to(low: f64, high: f64) -> Self {
        Self { columns: Columns::All, bounds: Bounds::Given { low, high } }
    }

    /// To the numbers that these shares of the training's cells are below, as 0.01 and 0.99.
    #[must_use]
    pub fn to_quantiles(low: f64, high: f64) -> Self {
        Self { columns: Columns::All, bounds: Bounds::Quantiles { low, high } }
    }

    /// Which columns. Default: all of numbers.
    #[must_use]
    pub fn columns(self, columns: Columns) -> Self {
        Self { columns, ..self }
    }

    fn check(&self) -> Result<(), DataError> {
        match self.bounds {
            Bounds::Given { low, high }
                if !(low.is_finite() && high.is_finite() && low <= high) =>
            {
                Err(DataError::setting(
                    "the range of clipping",
                    format!("{low} and {high}"),
                    "finite, the lower one first",
                ))
            }
            Bounds::Quantiles { low, high } if !(0.0 <= low && low <= high && high <= 1.0) => {
                Err(DataError::setting(
                    "the quantile range of clipping",
                    format!("{low} and {high}"),
                    "from 0 to 1, the lower one first",
                ))
            }
            _ => Ok(()),
        }
    }

    fn bounded(&self, name: &str, column: &[f64]) -> Result<Bounded, DataError> {
        let (low, high) = match self.bounds {
            Bounds::Given { low, high } => (low, high),
            Bounds::Quantiles { low, high } => {
                let sorted = Sorted::of(column);
                if sorted.len() == 0 {
                    return Err(DataError::NothingKnown { name: name.into() });
                }
                (sorted.quantile(low), sorted.quantile(high))
            }
        };
        Ok(Bounded {
            name: name.to_owned(),
            low: finite(name, "lower bound", low)?,
            high: finite(name, "upper bound", high)?,
        })
    }
}

impl Transform for Clip {
    type Fitted = Clipped;

    fn fit(&self, data: &Dataset) -> Result<Clipped, DataError> {
        self.check()?;
        let columns = learn_numbers(data, &self.columns, |name, cells| self.bounded(name, cells))?;
        Ok(Clipped { columns })
    }
}

impl Fitted for Clipped {
    fn columns(&self, input: &Schema) -> Result<Schema, DataError> {
        same_columns(input, &self.columns)
    }

    fn apply(&self, data: Dataset) -> Result<Dataset, DataError> {
        change_numbers(data, &self.columns, |bounded, cells| {
            for cell in cells {
                // Not `clamp`, which refuses bounds out of order: these may have been loaded unchecked.
                *cell = if *cell < bounded.low { bounded.low } else { *cell };
                *cell = if *cell > bounded.high { bounded.high } else { *cell };
            }
        })
    }

    fn check(&self) -> Result<(), DataError> {
        check_columns(&self.columns, |bounded| {
            bounded.low.is_finite() && bounded.high.is_finite() && bounded.low <= bounded.high
        })
    }

    fn effects(&self) -> Vec<Effect> {
        let told = |Bounded { name, low, high }: &Bounded| {
            Effect::on(
                name,
                StepKind::Clip,
                format!("kept from {} to {}", Short(*low), Short(*high)),
            )
        };
        self.columns.iter().map(told).collect()
    }
}

impl Named for Bounded {
    fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn column(cells: &[f64]) -> Dataset {
        let matrix = ndarray::Array2::from_shape_vec((cells.len(), 1), cells.to_vec()).unwrap();
        Dataset::new(Schema::numbers(["a"]).unwrap(), matrix).unwrap()
    }

    #[test]
    fn cells_stay_between_the_bounds_given() {
        let data = column(&[-5.0, 0.5, f64::INFINITY, f64::NAN]);
        let made = Clip::to(-1.0, 2.0).fit(&data).unwrap().apply(data).unwrap();
        let made = made.column(0).unwrap().to_vec();
        assert_eq!(made[..3], [-1.0, 0.5, 2.0]);
        assert!(made[3].is_nan());
    }

    #[test]
    fn quantiles_are_those_of_the_training() {
        let training = column(&[0.0, 1.0, 2.0, 3.0, 4.0]);
        let fitted = Clip::to_quantiles(0.25, 0.75).fit(&training).unwrap();
        let made = fitted.apply(column(&[-9.0, 2.5, 9.0])).unwrap();
        assert_eq!(made.column(0).unwrap(), array![1.0, 2.5, 3.0]);
    }

    #[test]
    fn bounds_that_are_none_are_refused() {
        let data = column(&[1.0, f64::INFINITY]);
        assert!(matches!(Clip::to(2.0, 1.0).fit(&data), Err(DataError::Setting { .. })));
        assert!(matches!(Clip::to_quantiles(-0.1, 1.0).fit(&data), Err(DataError::Setting { .. })));
        assert!(matches!(
            Clip::to_quantiles(0.0, 1.0).fit(&data),
            Err(DataError::NotFinite { .. })
        ));
        let empty = Clip::to_quantiles(0.1, 0.9).fit(&column(&[f64::NAN]));
        assert!(matches!(empty, Err(DataError::NothingKnown { .. })));
    }
}
