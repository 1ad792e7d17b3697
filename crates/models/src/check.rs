//! Models that came from bytes which somebody else may have written.

use crate::ModelError;

/// Says whether a value can have come of a fit.
pub trait Checked {
    /// Looks at every index, length and number on which safety or an end of a loop depends. A model that passes can be
    /// asked about any rows: it answers or says what is wrong, and neither panics nor loops.
    ///
    /// # Errors
    /// [`ModelError::Unsound`].
    fn check(&self) -> Result<(), ModelError>;
}

/// Whether these are from 0 to 1 and, but for rounding, 1 together.
pub(crate) fn are_shares(numbers: &[f64]) -> bool {
    let are_within = numbers.iter().all(|number| (0.0..=1.0).contains(number));
    are_within && is_near(numbers.iter().sum(), 1.0)
}

/// Whether two numbers differ by no more than sums in another order do.
pub(crate) fn is_near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * other.abs().max(1.0)
}

/// Refuses a loaded model unless this holds of it.
pub(crate) fn sound(holds: bool, what: &'static str) -> Result<(), ModelError> {
    if holds { Ok(()) } else { Err(ModelError::Unsound { what }) }
}
