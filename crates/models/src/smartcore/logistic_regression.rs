//! smartcore's logistic regression.

use ::smartcore::linear::logistic_regression::{
    LogisticRegression as Foreign, LogisticRegressionParameters, LogisticRegressionSolverName,
};
use ndarray::{Array2, ArrayView2, ArrayViewMut1};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use super::given::{Given, asked, fitted, refuse_endless};
use crate::check::sound;
use crate::settings::setting;
use crate::{Checked, Classifier, Learner, ModelError, Parameter, Settings, Training};

/// More rows are refused: nobody waits for that.
const MAX_ROWS: usize = 1 << 24;
/// The largest coefficient, either side of 0: with the largest cells, sums over any number of columns are finite.
const MAX_COEFFICIENT: f64 = 1e150;

/// A sum over columns for each class, by the L-BFGS method. Columns should be scaled. Rows
/// and weights are taken as [all classifiers here](crate::smartcore) do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogisticRegression {
    alpha: f64,
}

impl LogisticRegression {
    /// With all settings as they are by default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How much squares of coefficients count, beside the log loss of all rows. Default: 1, as elsewhere; with 0, which
    /// smartcore has, there is no end to the coefficients of classes that can be told apart, and smartcore may panic.
    #[must_use]
    pub fn alpha(self, alpha: f64) -> Self {
        Self { alpha }
    }
}

impl Default for LogisticRegression {
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}

impl Settings for LogisticRegression {
    const NAME: &'static str = "smartcore/logistic-regression";
    const PARAMETERS: &'static [Parameter<Self>] = &[setting!(
        "alpha",
        alpha,
        "How much squares of coefficients count, beside the log loss of all rows."
    )];

    fn check(&self) -> Result<(), ModelError> {
        let is_weight = (0.0..=1e12).contains(&self.alpha);
        ModelError::rule(is_weight, "alpha", self.alpha, "from 0 to 1e12")
    }
}

impl Learner for LogisticRegression {
    type Model = LogisticRegressionModel;

    fn fit(&self, training: &Training<'_>) -> Result<LogisticRegressionModel, ModelError> {
        self.check()?;
        let Given { rows, classes, present } = Given::of(training, Self::NAME, MAX_ROWS)?;
        let solver = LogisticRegressionSolverName::LBFGS;
        let parameters = LogisticRegressionParameters { solver, alpha: self.alpha };
        let regression = fitted(Self::NAME, || Foreign::fit(&rows, &classes, parameters))?;
        let model = LogisticRegressionModel {
            settings: self.clone(),
            classes: training.classes().clone(),
            width: training.width(),
            present,
            coefficients: regression.coefficients().iter().copied().collect(),
            intercepts: regression.intercept().iter().copied().collect(),
        };
        refuse_endless(Self::NAME, model.check().is_ok())?;
        training.progress(1, 1)?;
        Ok(model)
    }
}

/// The coefficients that smartcore has found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogisticRegressionModel {
    settings: LogisticRegression,
    classes: Classes,
    width: usize,
    /// The classes that have a row.
    present: Vec<u32>,
    /// Class by class; if there are two, of the second alone.
    coefficients: Vec<f64>,
    intercepts: Vec<f64>,
}

impl Classifier for LogisticRegressionModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.width
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let rows = asked(rows, self.width, LogisticRegression::NAME)?;
        let shape = (self.intercepts.len(), self.width);
        let coefficients = ArrayView2::from_shape(shape, &self.coefficients);
        let coefficients = coefficients.map_err(|_| MISSHAPEN)?;
        let sums = rows.dot(&coefficients.t());
        let mut probabilities = Array2::zeros((rows.nrows(), self.classes.len()));
        for (sums, mut told) in sums.rows().into_iter().zip(probabilities.rows_mut()) {
            let sums = sums.iter().zip(&self.intercepts).map(|(sum, intercept)| sum + intercept);
            if self.present.len() == 2 {
                self.tell([0.0].into_iter().chain(sums), &mut told);
            } else {
                self.tell(sums, &mut told);
            }
        }
        Ok(probabilities)
    }
}

impl LogisticRegressionModel {
    /// The shares of the exponentials of sums.
    fn tell(&self, sums: impl Iterator<Item = f64> + Clone, told: &mut ArrayViewMut1<'_, f64>) {
        let most = sums.clone().fold(f64::NEG_INFINITY, f64::max);
        let powers = sums.map(|sum| (sum - most).exp());
        let all: f64 = powers.clone().sum();
        for (power, &class) in powers.zip(&self.present) {
            if let Some(told) = told.get_mut(class as usize) {
                *told = power / all;
            }
        }
    }
}

const MISSHAPEN: ModelError = ModelError::Unsound { what: "a coefficient for each column" };

impl Checked for LogisticRegressionModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        let count = if self.present.len() == 2 { 1 } else { self.present.len() };
        sound(self.present.len() >= 2, "two classes at least")?;
        sound(self.intercepts.len() == count, "a sum for each class")?;
        let is_class = |&class: &u32| (class as usize) < self.classes.len();
        sound(self.present.iter().all(is_class), "known classes")?;
        sound(self.present.is_sorted_by(|one, other| one < other), "classes in their order")?;
        let coefficients = count.checked_mul(self.width);
        sound(coefficients == Some(self.coefficients.len()), "a coefficient for each column")?;
        let mut numbers = self.coefficients.iter().chain(&self.intercepts);
        let is_number = |number: &f64| (-MAX_COEFFICIENT..=MAX_COEFFICIENT).contains(number);
        sound(numbers.all(is_number), "finite coefficients")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smartcore::given::tests::{clouds, is_as};

    #[test]
    fn answers_are_smartcores() {
        for classes in [2, 3] {
            let (rows, labels) = clouds(150, 3, classes);
            let (asked, _) = clouds(400, 3, classes);
            let learner = LogisticRegression::new();
            let model = learner.fit(&Training::new(rows.view(), &labels).unwrap()).unwrap();
            let parameters = LogisticRegressionParameters::default().with_alpha(1.0);
            let regression = Foreign::fit(&rows, &labels.numbers().to_vec(), parameters).unwrap();
            is_as(&model, &asked, &regression.predict(&asked).unwrap());
            model.check().unwrap();
        }
    }

    #[test]
    fn sums_far_from_zero_are_shared() {
        let (rows, labels) = clouds(90, 2, 3);
        let model =
            LogisticRegression::new().fit(&Training::new(rows.view(), &labels).unwrap()).unwrap();
        let far = Array2::from_shape_fn((2, 2), |(row, _)| [1e99, -1e99][row]);
        let told = model.probabilities(far.view()).unwrap();
        assert!(told.rows().into_iter().all(|row| row.sum() == 1.0), "{told}");
    }

    #[test]
    fn forged_models_are_unsound() {
        let (rows, labels) = clouds(90, 2, 3);
        let model =
            LogisticRegression::new().fit(&Training::new(rows.view(), &labels).unwrap()).unwrap();
        let forged = |change: fn(&mut LogisticRegressionModel)| {
            let mut model = model.clone();
            change(&mut model);
            model.check().is_err()
        };
        assert!(!forged(|_| ()));
        assert!(forged(|model| model.width = 3));
        assert!(forged(|model| model.width = usize::MAX));
        assert!(forged(|model| model.present[2] = 3));
        assert!(forged(|model| model.present[2] = 1));
        assert!(forged(|model| model.present.clear()));
        assert!(forged(|model| model.coefficients[0] = f64::NAN));
        assert!(forged(|model| model.intercepts[0] = f64::INFINITY));
        assert!(forged(|model| model.intercepts.push(1.0)));
    }
}
