//! Numbers of many sizes become their logarithms.

use serde::{Deserialize, Serialize};

use super::columns::{Columns, Name, change_numbers, check_columns, chosen_numbers, same_columns};
use super::{Effect, Fitted, StepKind, Transform};
use crate::{DataError, Dataset, Schema};

/// Makes a cell `x` the logarithm `ln(1 + |x|)` with the sign of `x`: bytes and durations, which span many sizes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Log {
    columns: Columns,
}

/// The columns that become logarithms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logged {
    columns: Vec<Name>,
}

impl Log {
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

impl Transform for Log {
    type Fitted = Logged;

    fn fit(&self, data: &Dataset) -> Result<Logged, DataError> {
        Ok(Logged { columns: chosen_numbers(data, &self.columns)? })
    }
}

impl Fitted for Logged {
    fn columns(&self, input: &Schema) -> Result<Schema, DataError> {
        same_columns(input, &self.columns)
    }

    fn apply(&self, data: Dataset) -> Result<Dataset, DataError> {
        change_numbers(data, &self.columns, |_, cells| {
            cells.iter_mut().for_each(|cell| *cell = cell.abs().ln_1p().copysign(*cell));
        })
    }

    fn check(&self) -> Result<(), DataError> {
        check_columns(&self.columns, |_| true)
    }

    fn effects(&self) -> Vec<Effect> {
        self.columns.iter().map(|Name(name)| Effect::on(name, StepKind::Log, "logarithm")).collect()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_sign_stays_and_small_numbers_keep_their_digits() {
        let schema = Schema::numbers(["a"]).unwrap();
        let numbers =
            array![[std::f64::consts::E - 1.0], [1.0 - std::f64::consts::E], [0.0], [1e-18]];
        let data = Dataset::new(schema, numbers).unwrap();
        let made = Log::new().fit(&data).unwrap().apply(data).unwrap();
        let made = made.column(0).unwrap().to_vec();
        assert!((made[0] - 1.0).abs() < 1e-15 && (made[1] + 1.0).abs() < 1e-15);
        assert_eq!(made[2..], [0.0, 1e-18]);
    }
}
