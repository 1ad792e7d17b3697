//! Any estimator of smartcore as a learner.

use std::fmt;
use std::marker::PhantomData;

use ::smartcore::api::{Predictor, SupervisedEstimator};
use ndarray::{Array2, ArrayView2};
use netsift_data::Classes;

use super::given::{Given, asked, called, fitted};
use crate::{Classifier, Learner, ModelError, Training};

/// An estimator and its parameters, both of smartcore or of anybody else who keeps to its traits. Rows and weights are taken
/// as [all classifiers here](crate::smartcore) do.
///
/// ```
/// use ndarray::{Array2, array};
/// use netsift_data::Labels;
/// use netsift_models::{Classifier, Learner, ModelError, Training, smartcore::Adapter};
/// use smartcore::naive_bayes::bernoulli::{BernoulliNB, BernoulliNBParameters};
///
/// # fn main() -> Result<(), ModelError> {
/// type Estimator = BernoulliNB<f64, u32, Array2<f64>, Vec<u32>>;
/// let learner: Adapter<Estimator, _> = Adapter::new("bernoulli", BernoulliNBParameters::default());
/// let rows = array![[0.0, 1.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]];
/// let labels = Labels::of(["a", "a", "b", "b"]);
/// let model = learner.fit(&Training::new(rows.view(), &labels)?)?;
/// assert_eq!(model.predict(array![[1.0, 0.0]].view())?[0], 1);
/// # Ok(())
/// # }
/// ```
pub struct Adapter<E, P> {
    name: &'static str,
    parameters: P,
    most_rows: usize,
    estimator: PhantomData<fn() -> E>,
}

impl<E, P> Adapter<E, P> {
    /// By these parameters; errors tell the name.
    #[must_use]
    pub fn new(name: &'static str, parameters: P) -> Self {
        Self { name, parameters, most_rows: usize::MAX, estimator: PhantomData }
    }

    /// More rows are refused. Default: none are, since what an estimator does with many is its own.
    #[must_use]
    pub fn most_rows(self, most_rows: usize) -> Self {
        Self { most_rows, ..self }
    }
}

impl<E, P: Clone> Clone for Adapter<E, P> {
    fn clone(&self) -> Self {
        Self { parameters: self.parameters.clone(), ..*self }
    }
}

impl<E, P: fmt::Debug> fmt::Debug for Adapter<E, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(self.name).field("parameters", &self.parameters).finish_non_exhaustive()
    }
}

impl<E, P> Learner for Adapter<E, P>
where
    E: SupervisedEstimator<Array2<f64>, Vec<u32>, P> + Send,
    P: Clone + Send,
{
    type Model = AdapterModel<E>;

    fn fit(&self, training: &Training<'_>) -> Result<AdapterModel<E>, ModelError> {
        let given = Given::of(training, self.name, self.most_rows)?;
        let parameters = self.parameters.clone();
        let fit = || E::fit(&given.rows, &given.classes, parameters);
        let model = AdapterModel {
            name: self.name,
            estimator: fitted(self.name, fit)?,
            classes: training.classes().clone(),
            present: given.present,
            width: training.width(),
        };
        training.progress(1, 1)?;
        Ok(model)
    }
}

/// A fitted estimator. It is sure of every answer, since smartcore has no way to probabilities that all go. It lives in
/// memory alone: what a file would give back cannot be checked by who does not know the estimator.
#[derive(Debug)]
pub struct AdapterModel<E> {
    name: &'static str,
    estimator: E,
    classes: Classes,
    present: Vec<u32>,
    width: usize,
}

impl<E: Predictor<Array2<f64>, Vec<u32>>> Classifier for AdapterModel<E> {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.width
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let mut probabilities = Array2::zeros((rows.nrows(), self.classes.len()));
        let asked = asked(rows, self.width, self.name)?;
        if asked.nrows() == 0 {
            return Ok(probabilities);
        }
        let guesses = called(self.name, || self.estimator.predict(&asked))?;
        let (expected, found) = (rows.nrows(), guesses.len());
        if expected != found {
            return Err(ModelError::Shape { what: "answers", expected, found });
        }
        for (mut told, guess) in probabilities.rows_mut().into_iter().zip(guesses) {
            let class = self.present.get(guess as usize);
            if let Some(told) = class.and_then(|&class| told.get_mut(class as usize)) {
                *told = 1.0;
            }
        }
        Ok(probabilities)
    }
}

#[cfg(test)]
mod tests {
    use ::smartcore::error::Failed;
    use ndarray::array;
    use netsift_data::{Classes, Labels};

    use super::*;

    /// Guesses the class of the row nearest in its first column.
    struct Nearest(Array2<f64>, Vec<u32>);

    impl Predictor<Array2<f64>, Vec<u32>> for Nearest {
        fn predict(&self, rows: &Array2<f64>) -> Result<Vec<u32>, Failed> {
            let off = |row: &f64, other: usize| (self.0[[other, 0]] - row).abs();
            let nearest = |row: &f64| {
                (0..self.1.len()).min_by(|&a, &b| off(row, a).total_cmp(&off(row, b))).unwrap()
            };
            Ok(rows.column(0).iter().map(|row| self.1[nearest(row)]).collect())
        }
    }

    impl SupervisedEstimator<Array2<f64>, Vec<u32>, bool> for Nearest {
        fn new() -> Self {
            Self(Array2::zeros((0, 0)), Vec::new())
        }

        fn fit(rows: &Array2<f64>, classes: &Vec<u32>, panics: bool) -> Result<Self, Failed> {
            assert!(!panics, "as it was told");
            Ok(Self(rows.clone(), classes.clone()))
        }
    }

    #[test]
    fn who_keeps_to_the_traits_is_a_learner() {
        let rows = array![[1.0, 0.0], [5.0, 0.0], [9.0, 0.0]];
        let classes = Classes::new(["none", "low", "high"]).unwrap();
        let labels = Labels::new(classes, vec![1, 1, 2]).unwrap();
        let training = Training::new(rows.view(), &labels).unwrap();
        let learner: Adapter<Nearest, bool> = Adapter::new("nearest", false);
        let model = learner.fit(&training).unwrap();
        let asked = array![[8.0, 0.0], [2.0, 7.0]];
        assert_eq!(model.predict(asked.view()).unwrap(), array![2, 1]);
        assert_eq!(model.probabilities(Array2::zeros((0, 2)).view()).unwrap().dim(), (0, 3));
        assert!(matches!(
            model.predict(array![[1.0]].view()),
            Err(ModelError::Shape { expected: 2, found: 1, .. })
        ));
        assert!(learner.clone().most_rows(2).fit(&training).is_err());
        let panics: Adapter<Nearest, bool> = Adapter::new("nearest", true);
        assert!(matches!(panics.fit(&training), Err(ModelError::Foreign { .. })));
    }
}
