//! Contributions that need no chance: to what sums of trees say, and to scores that are sums over columns.

use ndarray::ArrayView2;

use super::Contributions;
use super::terms::Additive;
use super::trees::Trees;
use crate::{DetectorModel, Mind, Model, ModelError};

impl Model {
    /// What each column contributes to what is said of one class of each row, exactly: for decision trees, forests and what
    /// they vote for to its probability, for gradient boosting to its margin. These are the columns that the model sees; for
    /// those that go into a bundle there is an [`Explainer`](super::Explainer).
    ///
    /// A column's contribution is Shapley's value: what knowing it changes, on average over all orders in which columns
    /// become known. What a tree says where a column is not known is what it said of the rows it was grown on.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for rows of another width, another number of classes than rows, or a class that there is not;
    /// [`ModelError::NotExact`] for models that are no sums of trees, or of which it is not known what rows their nodes had.
    pub fn contributions(
        &self,
        rows: ArrayView2<'_, f64>,
        classes: &[u32],
    ) -> Result<Contributions, ModelError> {
        Trees::of_model(self).contributions(rows, classes)
    }
}

/// What is known of how answers are made.
pub(super) enum Exact<'m> {
    Trees(Trees<'m>),
    Additive(Additive<'m>),
    /// Nothing, of what has that name.
    None(&'static str),
}

impl<'m> Exact<'m> {
    /// Of whatever has learned.
    pub(super) fn of(mind: &'m Mind) -> Self {
        let alarm = match mind {
            Mind::Model(model) => return Self::Trees(Trees::of_model(model)),
            Mind::Calibrated(calibrated) => return Self::Trees(Trees::of_calibrated(calibrated)),
            Mind::Alarm(alarm) => alarm,
        };
        match alarm.detector() {
            DetectorModel::IsolationForest(forest) => Self::Trees(Trees::of_isolation(forest)),
            detector => Additive::of(detector).map_or(Self::None(mind.name()), Self::Additive),
        }
    }

    /// Whether anything is.
    pub(super) fn is_known(&self) -> bool {
        match self {
            Self::Trees(trees) => trees.are_known(),
            Self::Additive(_) => true,
            Self::None(_) => false,
        }
    }

    pub(super) fn contributions(
        &self,
        rows: ArrayView2<'_, f64>,
        classes: &[u32],
    ) -> Result<Contributions, ModelError> {
        match self {
            Self::Trees(trees) => trees.contributions(rows, classes),
            Self::Additive(terms) => terms.contributions(rows, classes),
            Self::None(learner) => Err(ModelError::NotExact { learner }),
        }
    }
}
