//! What can be wrong with what is to be measured: which row, which value, which rule.

use thiserror::Error;

/// Why there is no number.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum MetricError {
    /// Nothing to measure.
    #[error("there are no rows")]
    Empty,
    /// Two inputs of one row each that are not as long.
    #[error("{what} has {found} rows, but the truth has {expected}")]
    Length {
        /// Which input.
        what: &'static str,
        /// Rows of the truth.
        expected: usize,
        /// Rows of the other.
        found: usize,
    },
    /// A label that is none of the classes.
    #[error("row {row}: {what} has a label that is none of the {classes} classes")]
    UnknownLabel {
        /// Which input.
        what: &'static str,
        /// Its row, from 0.
        row: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A class that is named twice.
    #[error("classes {first} and {second} are the same")]
    RepeatedClass {
        /// The place of the first, from 0.
        first: usize,
        /// The place of the second.
        second: usize,
    },
    /// No class at all.
    #[error("there are no classes")]
    NoClasses,
    /// More classes than a matrix is made for.
    #[error("there are more than {limit} classes")]
    TooManyClasses {
        /// How many there may be.
        limit: usize,
    },
    /// A matrix, or names, for another number of classes.
    #[error("{what}: {found} where {expected} are needed")]
    Shape {
        /// What is counted.
        what: &'static str,
        /// How many are needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A weight that is negative, infinite or not a number.
    #[error("row {row} weighs {value}, which is not a finite number from 0 on")]
    Weight {
        /// Its row, from 0.
        row: usize,
        /// The weight.
        value: f64,
    },
    /// Weights that add up to nothing, or to more than a number can hold.
    #[error("the weights add up to {total}")]
    TotalWeight {
        /// Their sum.
        total: f64,
    },
    /// A score that is infinite or not a number.
    #[error("row {row}, column {column}: the score {value} is not finite")]
    Score {
        /// Its row, from 0.
        row: usize,
        /// Its column, from 0; 0 where there is one.
        column: usize,
        /// The score.
        value: f64,
    },
    /// A probability outside 0 to 1.
    #[error("row {row}, column {column}: {value} is not a probability")]
    Probability {
        /// Its row, from 0.
        row: usize,
        /// Its column, from 0; 0 where there is one.
        column: usize,
        /// The value.
        value: f64,
    },
    /// No row, or none that weighs anything, is of this class: what divides by their weight does not exist.
    #[error("no {missing} row weighs anything")]
    OneClass {
        /// `positive` or `negative`.
        missing: &'static str,
    },
    /// A setting outside its limits.
    #[error("{name} is {value}, but must be {rule}")]
    Setting {
        /// Which one.
        name: &'static str,
        /// What it was given.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// A test of whole counts on weights that give others, or more than it goes through one by one.
    #[error(
        "{first} and {second} discordant pairs: an exact test needs whole numbers up to {limit} together"
    )]
    NotExact {
        /// Weight of the rows that only the first model has right.
        first: f64,
        /// Weight of the rows that only the second has right.
        second: f64,
        /// The largest sum.
        limit: f64,
    },
    /// What was to be repeated has no value for the rows as they are, or for most of the resamples.
    #[error("no value for {undefined} of {resamples} resamples")]
    Undefined {
        /// How many had none.
        undefined: usize,
        /// How many were drawn; 1 stands for the rows as they are.
        resamples: usize,
    },
    /// Resamples that are all more, or all less, than the rows as they are: by how much they are off in general cannot be
    /// told.
    #[error("all {resamples} resamples lie on one side of the estimate: no bias can be corrected")]
    OneSided {
        /// How many were drawn.
        resamples: usize,
    },
}

/// Refuses an input that has another number of rows than the truth, and a truth without any.
pub(crate) fn same_rows(
    what: &'static str,
    expected: usize,
    found: usize,
) -> Result<(), MetricError> {
    match (expected, found) {
        _ if found != expected => Err(MetricError::Length { what, expected, found }),
        (0, _) => Err(MetricError::Empty),
        _ => Ok(()),
    }
}

/// A setting that has to lie in a range, its ends included.
pub(crate) fn within(
    name: &'static str,
    value: f64,
    limits: std::ops::RangeInclusive<f64>,
    rule: &'static str,
) -> Result<f64, MetricError> {
    if limits.contains(&value) {
        Ok(value)
    } else {
        Err(MetricError::Setting { name, value, rule })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_compared_and_counted() {
        assert_eq!(same_rows("guess", 3, 3), Ok(()));
        assert_eq!(same_rows("guess", 0, 0), Err(MetricError::Empty));
        let error = same_rows("guess", 3, 0).unwrap_err();
        assert_eq!(error.to_string(), "guess has 0 rows, but the truth has 3");
    }

    #[test]
    fn settings_have_limits_and_nan_is_outside_all() {
        assert_eq!(within("rate", 1.0, 0.0..=1.0, "0 to 1"), Ok(1.0));
        for value in [1.1, -0.1, f64::NAN, f64::INFINITY] {
            let error = within("rate", value, 0.0..=1.0, "0 to 1").unwrap_err();
            assert_eq!(error.to_string(), format!("rate is {value}, but must be 0 to 1"));
        }
    }
}
