//! How much of the rows each part gets.

use crate::DataError;

/// Sums of decimal fractions miss 1 by less.
const ROUNDING: f64 = 1e-9;

/// The shares of three parts, which are 1 together: to train with, to validate choices by, to test with in the end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    train: f64,
    validate: f64,
    test: f64,
}

impl Shares {
    /// Of three parts. One may be 0: it stays empty.
    ///
    /// # Errors
    /// [`DataError::Setting`] for a share below 0, none to train with, or another sum than 1.
    pub fn new(train: f64, validate: f64, test: f64) -> Result<Self, DataError> {
        let is_sum_one = (train + validate + test - 1.0).abs() < ROUNDING;
        if !(train > 0.0 && validate >= 0.0 && test >= 0.0 && is_sum_one) {
            let value = format!("{train}, {validate} and {test}");
            return Err(DataError::setting(
                "the list of shares",
                value,
                "not below 0, above 0 to train with, and 1 together",
            ));
        }
        Ok(Self { train, validate, test })
    }

    /// This much to test with, the rest to train with.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn test(test: f64) -> Result<Self, DataError> {
        Self::new(1.0 - test, 0.0, test)
    }

    /// To train with, to validate by, to test with.
    #[must_use]
    pub fn each(self) -> [f64; 3] {
        [self.train, self.validate, self.test]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_one_together() {
        assert!(Shares::new(0.7, 0.2, 0.1).is_ok() && Shares::test(0.3).is_ok());
        for [train, validate, test] in
            [[0.7, 0.2, 0.2], [1.1, -0.1, 0.0], [0.0, 0.5, 0.5], [f64::NAN, 0.0, 1.0]]
        {
            assert!(matches!(Shares::new(train, validate, test), Err(DataError::Setting { .. })));
        }
    }
}
