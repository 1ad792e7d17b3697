//! Probabilities that mean what they say, in a training.

use netsift_data::Dataset;

use super::{Trainer, USUAL_FOLDS};
use crate::fitting::Fitted;
use crate::judging::{Calibrated, Calibration, CrossValidation, Fits};
use crate::{ModelError, Recipe};

impl Trainer<'_> {
    /// The same with curves, if they are asked for: learned of what models in folds say of rows that they have not seen.
    pub(super) fn with_curves(
        &self,
        fitted: Fitted,
        recipe: &Recipe,
        train: &Dataset,
    ) -> Result<Fitted, ModelError> {
        let (Some(kind), Some(model)) = (self.calibration, fitted.predictor.model().cloned())
        else {
            return Ok(fitted);
        };
        let count = self.folds.unwrap_or(USUAL_FOLDS);
        let cross = CrossValidation::fitting(self.split.clone(), count, self.fitting.clone());
        let fits = Fits { before: 0, of: count };
        let said = cross.within(recipe, train, &cross.folds(train)?, fits, Ok)?.out_of_fold();
        let calibrated = Calibrated::new(model, Calibration::learned(kind, &said)?)?;
        Ok(Fitted { predictor: fitted.predictor.with_mind(calibrated.into())?, ..fitted })
    }
}
