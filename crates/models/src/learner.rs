//! What all learners have in common.

use crate::{Classifier, ModelError, Training};

/// Settings that make a model of rows.
pub trait Learner {
    /// What was learned.
    type Model: Classifier;

    /// Learns from these rows, and from no others. The same settings (seed included) and rows give the same model with
    /// any number of threads.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for a setting outside its rule, and what is wrong with the rows.
    fn fit(&self, training: &Training<'_>) -> Result<Self::Model, ModelError>;
}
