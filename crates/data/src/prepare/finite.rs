//! Infinite cells become missing ones.

use serde::{Deserialize, Serialize};

use super::columns::{Columns, Name, change_numbers, check_columns, chosen_numbers, same_columns};
use super::{Effect, Fitted, StepKind, Transform};
use crate::{DataError, Dataset, Schema};

/// Makes infinite cells missing ones: rates of flows that took no time, say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Finite {
    columns: Columns,
}

/// The columns whose infinite cells become missing ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MadeFinite {
    columns: Vec<Name>,
}

impl Finite {
    /// On all columns of numbers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Which columns. Default: all of numbers.
    #[must_use]
    pub fn columns(self, columns: Columns) -> Self {
        Self { columns }
    }
}

impl Transform for Finite {
    type Fitted = MadeFinite;

    fn fit(&self, data: &Dataset) -> Result<MadeFinite, DataError> {
        Ok(MadeFinite { columns: chosen_numbers(data, &self.columns)? })
    }
}

impl Fitted for MadeFinite {
    fn columns(&self, input: &Schema) -> Result<Schema, DataError> {
        same_columns(input, &self.columns)
    }

    fn apply(&self, data: Dataset) -> Result<Dataset, DataError> {
        change_numbers(data, &self.columns, |_, cells| {
            for cell in cells {
                *cell = if cell.is_finite() { *cell } else { f64::NAN };
            }
        })
    }

    fn check(&self) -> Result<(), DataError> {
        check_columns(&self.columns, |_| true)
    }

    fn effects(&self) -> Vec<Effect> {
        self.columns
            .iter()
            .map(|Name(name)| Effect::on(name, StepKind::Finite, "infinite to missing"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn infinite_cells_of_the_columns_are_missing_behind() {
        let infinite = f64::INFINITY;
        let schema = Schema::numbers(["a", "b"]).unwrap();
        let data = Dataset::new(schema, array![[infinite, infinite], [-infinite, 2.0]]).unwrap();
        let fitted = Finite::new().columns(Columns::named(["a"])).fit(&data).unwrap();
        let made = fitted.apply(data.clone()).unwrap();
        assert!(made.column(0).unwrap().iter().all(|cell| cell.is_nan()));
        assert_eq!(made.column(1).unwrap(), array![infinite, 2.0]);
        assert_eq!(data.column(1), made.column(1), "who holds the rows keeps them as they were");
        assert_eq!(data.matrix()[[0, 0]], infinite);
    }
}
