//! What is grouped.

use std::borrow::Cow;

use ndarray::ArrayView2;

use crate::training::check_weights;
use crate::{ModelError, Watch};

/// Rows without labels and what each weighs; with how many threads to group them, and who watches.
#[derive(Clone)]
pub struct Points<'a> {
    pub(super) rows: ArrayView2<'a, f64>,
    pub(super) weights: Option<Cow<'a, [f64]>>,
    pub(super) threads: usize,
    pub(super) watch: &'a dyn Watch,
}

impl<'a> Points<'a> {
    /// These rows; there may be none.
    #[must_use]
    pub fn new(rows: ArrayView2<'a, f64>) -> Self {
        Self { rows, weights: None, threads: 1, watch: &() }
    }

    /// What each row weighs among its neighbours: a row of weight 2 counts as two equal ones, and one of weight 0 not at
    /// all, though it is told its group. Default: 1 each.
    ///
    /// # Errors
    /// [`ModelError::Shape`], or [`ModelError::Setting`] for a weight that is negative or not finite.
    pub fn weights(self, weights: impl Into<Cow<'a, [f64]>>) -> Result<Self, ModelError> {
        let weights = weights.into();
        check_weights(&weights, self.rows.nrows())?;
        Ok(Self { weights: Some(weights), ..self })
    }

    /// With how many threads, 1 at least; the groups are the same with any number. Default: 1, since who embeds this
    /// knows best what else is running.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// Who is told of the progress and may end it. Default: nobody.
    #[must_use]
    pub fn watched(self, watch: &'a dyn Watch) -> Self {
        Self { watch, ..self }
    }
}
