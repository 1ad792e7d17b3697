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

/// Refuses a loaded model unless this holds of it.
pub(crate) fn sound(holds: bool, what: &'static str) -> Result<(), ModelError> {
    if holds { Ok(()) } else { Err(ModelError::Unsound { what }) }
}
