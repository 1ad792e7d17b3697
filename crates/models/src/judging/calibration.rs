//! Curves from what models say to how probable it is, learned from rows that they have not learned from.

use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut1};
use netsift_metrics::{MAX_CLASSES, is_class};
use serde::{Deserialize, Serialize};

use super::CrossedFold;
use super::isotonic::Isotonic;
use crate::ModelError;
use crate::check::sound;
use crate::svm::Sigmoid;

/// The form of the curves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CalibrationKind {
    /// Any that never falls: follows every bend, and needs a thousand rows or so to tell bends from chance.
    Isotonic,
    /// Platt's, of two parameters: for few rows, and for scores that are too bold or too shy all along.
    Sigmoid,
}

impl CalibrationKind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Isotonic => "isotonic",
            Self::Sigmoid => "sigmoid",
        }
    }
}

/// A curve for each class against the rest; of two classes, one for the second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    classes: usize,
    curves: Vec<Curve>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Curve {
    Isotonic(Isotonic),
    Sigmoid(Sigmoid),
}

impl Calibration {
    /// Learned from what was said of rows [out of fold](super::Crossed::out_of_fold): what a model says of rows that it has
    /// learned from is too sure of itself.
    ///
    /// # Errors
    /// [`ModelError::TooFewRows`] without rows, [`ModelError::OneClass`] with fewer than two classes, and
    /// [`ModelError::Shape`] for answers that do not fit the rows.
    pub fn learned(kind: CalibrationKind, said: &CrossedFold) -> Result<Self, ModelError> {
        let probabilities = said.answer.probabilities.view();
        let (expected, found) = (said.truth.len(), probabilities.nrows());
        if expected != found {
            return Err(ModelError::Shape { what: "answers", expected, found });
        }
        if found == 0 {
            return Err(ModelError::TooFewRows { needed: 1, found });
        }
        let classes = probabilities.ncols();
        if classes < 2 {
            return Err(ModelError::OneClass { learner: "a calibration" });
        }
        let curve = |class: usize| {
            let scores = probabilities.column(class).to_vec();
            Curve::of(kind, &scores, &is_class(&said.truth, &(class as u32)))
        };
        let first = usize::from(classes == 2);
        Ok(Self { classes, curves: (first..classes).map(curve).collect() })
    }

    /// The form of the curves.
    #[must_use]
    pub fn kind(&self) -> CalibrationKind {
        match self.curves.first() {
            Some(Curve::Sigmoid(_)) => CalibrationKind::Sigmoid,
            _ => CalibrationKind::Isotonic,
        }
    }

    /// How many classes it is for.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// What the odds' logarithm of the second of two classes is at its probability: so much for each, and so much more. Nothing
    /// where curves bend or three classes share out what is probable.
    pub(crate) fn line(&self) -> Option<(f64, f64)> {
        match self.curves.as_slice() {
            [Curve::Sigmoid(curve)] => Some(curve.line()),
            _ => None,
        }
    }

    /// Probabilities in place of these, each row summing up to 1. Where no curve finds its class probable at all, all are.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for another number of classes.
    pub fn probabilities(&self, said: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let (expected, found) = (self.classes, said.ncols());
        if expected != found {
            return Err(ModelError::Shape { what: "classes", expected, found });
        }
        let mut told = Array2::zeros(said.dim());
        let first = self.classes.saturating_sub(self.curves.len());
        for (place, curve) in self.curves.iter().enumerate() {
            let scores = said.column(first + place);
            let column: Array1<f64> =
                scores.iter().map(|&score| curve.probability(score)).collect();
            told.column_mut(first + place).assign(&column);
        }
        told.rows_mut().into_iter().for_each(|row| whole(row, first == 1));
        Ok(told)
    }

    /// Whether it can have been learned.
    pub(super) fn check(&self) -> Result<(), ModelError> {
        sound(
            (2..=MAX_CLASSES).contains(&self.classes),
            "a calibration is for two classes or more",
        )?;
        let curves = if self.classes == 2 { 1 } else { self.classes };
        sound(self.curves.len() == curves, "a curve for each class")?;
        let is_sigmoid = |curve: &Curve| matches!(curve, Curve::Sigmoid(_));
        let sigmoids = self.curves.iter().filter(|curve| is_sigmoid(curve)).count();
        sound(sigmoids == 0 || sigmoids == curves, "curves of one form")?;
        self.curves.iter().try_for_each(Curve::check)
    }
}

/// Makes a row sum up to 1; of two classes the first is what the second leaves.
fn whole(mut row: ArrayViewMut1<'_, f64>, is_of_two: bool) {
    if is_of_two {
        let second = row.get(1).copied().unwrap_or(0.0);
        row.iter_mut().take(1).for_each(|first| *first = 1.0 - second);
        return;
    }
    let sum = row.sum();
    let equal = 1.0 / row.len() as f64;
    row.mapv_inplace(|share| if sum > 0.0 { share / sum } else { equal });
}

impl Curve {
    fn of(kind: CalibrationKind, scores: &[f64], is_of_class: &[bool]) -> Self {
        match kind {
            CalibrationKind::Isotonic => Self::Isotonic(Isotonic::of(scores, is_of_class)),
            CalibrationKind::Sigmoid => {
                let signs: Vec<f64> =
                    is_of_class.iter().map(|is| if *is { 1.0 } else { -1.0 }).collect();
                Self::Sigmoid(Sigmoid::of(scores, &signs, &vec![1.0; scores.len()]))
            }
        }
    }

    fn probability(&self, score: f64) -> f64 {
        match self {
            Self::Isotonic(curve) => curve.probability(score),
            Self::Sigmoid(curve) => curve.probability(score),
        }
    }

    fn check(&self) -> Result<(), ModelError> {
        match self {
            Self::Isotonic(curve) => curve.check(),
            Self::Sigmoid(curve) => curve.check(),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Answer;

    fn said(truth: Vec<u32>, probabilities: Array2<f64>) -> CrossedFold {
        let classes = Array1::zeros(probabilities.nrows());
        let rows = (0..truth.len()).collect();
        CrossedFold { train_rows: 0, rows, truth, answer: Answer { classes, probabilities } }
    }

    #[test]
    fn rows_sum_up_to_one_and_follow_what_was() {
        let bold = array![[0.9, 0.1, 0.0], [0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.0, 0.1, 0.9]];
        for kind in [CalibrationKind::Isotonic, CalibrationKind::Sigmoid] {
            let learned =
                Calibration::learned(kind, &said(vec![0, 1, 1, 2], bold.clone())).unwrap();
            learned.check().unwrap();
            let told = learned.probabilities(bold.view()).unwrap();
            assert!(told.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-12), "{told}");
            assert!(told[[0, 0]] < 0.9 && told[[0, 1]] > 0.1, "{told}");
        }
    }

    #[test]
    fn where_nothing_is_probable_all_is() {
        let never = array![[0.5, 0.3, 0.2], [0.4, 0.3, 0.3]];
        let learned =
            Calibration::learned(CalibrationKind::Isotonic, &said(vec![9, 9], never.clone()))
                .unwrap();
        let told = learned.probabilities(never.view()).unwrap();
        assert!(told.iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-12));
    }

    #[test]
    fn what_cannot_be_calibrated_is_refused() {
        let kind = CalibrationKind::Sigmoid;
        let none = Calibration::learned(kind, &said(vec![], Array2::zeros((0, 2))));
        assert!(matches!(none, Err(ModelError::TooFewRows { .. })));
        let one = Calibration::learned(kind, &said(vec![0], array![[1.0]]));
        assert!(matches!(one, Err(ModelError::OneClass { .. })));
        let short = Calibration::learned(kind, &said(vec![0, 1], array![[1.0, 0.0]]));
        assert!(matches!(short, Err(ModelError::Shape { .. })));
        let two =
            Calibration::learned(kind, &said(vec![0, 1], array![[1.0, 0.0], [0.1, 0.9]])).unwrap();
        assert!(two.probabilities(array![[1.0, 0.0, 0.0]].view()).is_err());
        assert!(Calibration { classes: 3, ..two.clone() }.check().is_err());
        assert!(Calibration { classes: 0, ..two }.check().is_err());
    }
}
