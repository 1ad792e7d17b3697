//! How much rows count.

use crate::error::same_rows;
use crate::sum::sum;
use crate::{MetricError, Sum};

/// Weights of rows that were checked: finite, none negative, together more than nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights<'a> {
    weights: Option<&'a [f64]>,
    total: f64,
}

impl<'a> Weights<'a> {
    /// For so many rows, of which there is one at least.
    pub(crate) fn checked(weights: Option<&'a [f64]>, rows: usize) -> Result<Self, MetricError> {
        same_rows("truth", rows, rows)?;
        let Some(given) = weights else { return Ok(Self { weights, total: rows as f64 }) };
        same_rows("weights", rows, given.len())?;
        let is_weight = |weight: f64| weight >= 0.0 && weight.is_finite();
        if let Some(row) = given.iter().position(|weight| !is_weight(*weight)) {
            return Err(MetricError::Weight { row, value: given[row] });
        }
        let total = sum(given.iter().copied());
        // Neither nothing nor so little that what is divided by it has lost its digits.
        if total.is_normal() {
            Ok(Self { weights, total })
        } else {
            Err(MetricError::TotalWeight { total })
        }
    }

    /// Of one row; 1 where none were given.
    #[inline]
    pub(crate) fn of(&self, row: usize) -> f64 {
        match self.weights {
            Some(weights) => weights.get(row).copied().unwrap_or(0.0),
            None => 1.0,
        }
    }

    pub(crate) fn given(&self) -> Option<&'a [f64]> {
        self.weights
    }

    pub(crate) fn total(&self) -> f64 {
        self.total
    }

    /// The mean of one value a row.
    pub(crate) fn mean(&self, values: impl IntoIterator<Item = f64>) -> f64 {
        let mut total = Sum::default();
        for (row, value) in values.into_iter().enumerate() {
            total.add(value * self.of(row));
        }
        total.value() / self.total
    }
}

/// A power of two that brings a total near to one, so that products of weights neither overflow nor vanish; it takes
/// no digit from any number.
pub(crate) fn power_near(total: f64) -> f64 {
    (-total.log2().floor()).clamp(-1022.0, 1022.0).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_finite_and_not_negative_and_some_count() {
        let checked = |weights: &[f64]| Weights::checked(Some(weights), 2).map(|w| w.total());
        assert_eq!(checked(&[0.0, 2.5]), Ok(2.5));
        assert_eq!(checked(&[1.0, -1.0]), Err(MetricError::Weight { row: 1, value: -1.0 }));
        assert_eq!(
            checked(&[f64::INFINITY, 1.0]),
            Err(MetricError::Weight { row: 0, value: f64::INFINITY })
        );
        assert!(matches!(checked(&[f64::NAN, 1.0]), Err(MetricError::Weight { row: 0, .. })));
        assert_eq!(checked(&[0.0, 0.0]), Err(MetricError::TotalWeight { total: 0.0 }));
        assert_eq!(
            checked(&[f64::MAX, f64::MAX]),
            Err(MetricError::TotalWeight { total: f64::INFINITY })
        );
        assert_eq!(
            checked(&[1.0]),
            Err(MetricError::Length { what: "weights", expected: 2, found: 1 })
        );
        assert_eq!(Weights::checked(None, 0).unwrap_err(), MetricError::Empty);
    }

    #[test]
    fn means_are_weighted() {
        let weights = Weights::checked(Some(&[1.0, 3.0]), 2).unwrap();
        assert_eq!(weights.mean([0.0, 1.0]), 0.75);
        assert_eq!(Weights::checked(None, 2).unwrap().mean([0.0, 1.0]), 0.5);
    }
}
