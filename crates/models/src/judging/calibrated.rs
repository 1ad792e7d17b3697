//! A model whose probabilities mean what they say.

use ndarray::{Array2, ArrayView2};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use super::Calibration;
use crate::check::sound;
use crate::{Checked, Classifier, Model, ModelError};

/// A model, and curves that its probabilities are read off. The class of a row is the most probable by them.
///
/// ```
/// use ndarray::Array2;
/// use netsift_data::split::Split;
/// use netsift_data::{Dataset, Labels, Schema};
/// use netsift_models::judging::{Calibrated, Calibration, CalibrationKind, CrossValidation};
/// use netsift_models::{Classifier, Learner, Recipe, Training};
///
/// # fn main() -> Result<(), netsift_models::ModelError> {
/// let rows = Array2::from_shape_fn((60, 1), |(row, _)| row as f64);
/// let labels = Labels::of((0..60).map(|row| ["benign", "scan"][(row * 7 % 60) / 30]));
/// let data = Dataset::new(Schema::numbers(["packets"])?, rows)?.with_labels(labels)?;
///
/// let recipe = Recipe::named("decision-tree")?;
/// let cross = CrossValidation::new(Split::stratified(1), 5);
/// let said = cross.of(&recipe, &data)?.out_of_fold();
/// let calibration = Calibration::learned(CalibrationKind::Sigmoid, &said)?;
/// let model = Calibrated::new(recipe.fit(&Training::of(&data)?)?, calibration)?;
/// // The tree knows all rows by heart and is sure; of rows like these it is right by chance.
/// assert!(model.probabilities(data.matrix())?.iter().all(|&share| share < 0.8));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibrated<M = Model> {
    model: M,
    calibration: Calibration,
}

impl<M: Classifier> Calibrated<M> {
    /// This model with these curves, which were learned of the same learner.
    ///
    /// # Errors
    /// [`ModelError::Shape`] if they are for another number of classes.
    pub fn new(model: M, calibration: Calibration) -> Result<Self, ModelError> {
        let (expected, found) = (model.classes().len(), calibration.classes());
        if expected != found {
            return Err(ModelError::Shape { what: "classes", expected, found });
        }
        Ok(Self { model, calibration })
    }

    /// The curves that its probabilities are read off.
    #[must_use]
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// What is asked.
    #[must_use]
    pub fn model(&self) -> &M {
        &self.model
    }
}

impl<M: Classifier> Classifier for Calibrated<M> {
    fn classes(&self) -> &Classes {
        self.model.classes()
    }

    fn width(&self) -> usize {
        self.model.width()
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        self.calibration.probabilities(self.model.probabilities(rows)?.view())
    }

    fn is_converged(&self) -> bool {
        self.model.is_converged()
    }
}

impl<M: Classifier + Checked> Checked for Calibrated<M> {
    fn check(&self) -> Result<(), ModelError> {
        self.model.check()?;
        self.calibration.check()?;
        let fits = self.model.classes().len() == self.calibration.classes();
        sound(fits, "a calibration is for the classes of its model")
    }
}

#[cfg(test)]
mod tests {
    use netsift_data::split::Split;
    use netsift_metrics::log_loss;

    use super::*;
    use crate::judging::learning::tests::mixed;
    use crate::judging::{CalibrationKind, CrossValidation};
    use crate::{Learner, Recipe, Training};

    fn calibrated(kind: CalibrationKind) -> Calibrated {
        let (data, recipe) = (mixed(800, 1), Recipe::named("knn").unwrap());
        let said = CrossValidation::new(Split::stratified(2), 5).of(&recipe, &data).unwrap();
        let calibration = Calibration::learned(kind, &said.out_of_fold()).unwrap();
        let model = recipe.fit(&Training::of(&data).unwrap()).unwrap();
        Calibrated::new(model, calibration).unwrap()
    }

    #[test]
    fn probabilities_of_new_rows_are_nearer_to_what_is() {
        let new = mixed(400, 99);
        let truth = new.labels().unwrap().numbers().to_vec();
        for kind in [CalibrationKind::Isotonic, CalibrationKind::Sigmoid] {
            let model = calibrated(kind);
            let loss = |table: Array2<f64>| log_loss(&truth, table.view(), None).unwrap();
            let bold = loss(model.model().probabilities(new.matrix()).unwrap());
            let mild = loss(model.probabilities(new.matrix()).unwrap());
            assert!(mild < 0.9 * bold, "{kind:?}: {mild} {bold}");
        }
    }

    #[test]
    fn it_is_saved_and_a_forged_one_is_unsound() {
        let model = calibrated(CalibrationKind::Isotonic);
        model.check().unwrap();
        let json = serde_json::to_value(&model).unwrap();
        let read: Calibrated = serde_json::from_value(json.clone()).unwrap();
        let rows = mixed(9, 5);
        assert_eq!(read.answer(rows.matrix()).unwrap(), model.answer(rows.matrix()).unwrap());
        let mut forged = json;
        forged["calibration"]["classes"] = 7.into();
        assert!(serde_json::from_value::<Calibrated>(forged).unwrap().check().is_err());
    }
}
