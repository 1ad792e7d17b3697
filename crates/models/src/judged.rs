//! How right a model is about rows whose classes are known.

use netsift_data::{DataError, Dataset};
use netsift_metrics::{
    Bins, CURVE_POINTS, CalibrationBin, Confusion, MAX_CLASSES, Report, calibration,
};
use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::quantile::Quantile;
use crate::{Answer, Checked, Classifier, ModelError, Predictor};

/// Bins of the calibration: tenths, as people draw it.
const CALIBRATION_BINS: usize = 10;
/// Beyond so many classes no curves are drawn: each takes 25 KB in a file, and nobody looks at more.
const MOST_CURVES: usize = 64;

/// How right a model is about rows whose classes are known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Judged {
    /// How many rows.
    pub rows: u64,
    /// Scores, the matrix, and of up to 64 classes the curves. Classes that the model does not know stand behind its
    /// own.
    pub report: Report,
    /// Of the class that is told, how probable it is said to be, and how often it is it.
    pub calibration: Vec<CalibrationBin>,
    /// How probable the class that is told is, row by row.
    pub scores: Vec<Quantile>,
}

impl Judged {
    /// Asks about these rows and compares with their labels.
    ///
    /// # Errors
    /// [`DataError::Unlabelled`] without labels, [`ModelError::OtherClasses`] if no label is a class of the model, and
    /// what [`Predictor::answer`] says.
    pub fn of(predictor: &Predictor, data: &Dataset, threads: usize) -> Result<Self, ModelError> {
        let truth = Truth::of(predictor, data)?;
        Self::compare(&truth, &predictor.answer(data, threads)?)
    }

    pub(crate) fn compare(truth: &Truth, answer: &Answer) -> Result<Self, ModelError> {
        let told = answer.classes.to_vec();
        let count = truth.names.len();
        let confusion = Confusion::of_codes(count, &truth.codes, &told, None)?;
        let report = Report::of(&confusion.named(truth.names.clone())?)?;
        let all_known = answer.probabilities.ncols() == count;
        let report = if all_known && count <= MOST_CURVES {
            report.with_probabilities(&truth.codes, answer.probabilities.view(), None)?
        } else {
            report
        };
        let scores = answer.scores();
        let is_right: Vec<bool> =
            truth.codes.iter().zip(&told).map(|(truth, told)| truth == told).collect();
        Ok(Self {
            rows: truth.codes.len() as u64,
            report,
            calibration: calibration(&is_right, &scores, Bins::Uniform(CALIBRATION_BINS), None)?,
            scores: Quantile::usual_of(&scores),
        })
    }

    /// The class names that the matrix has.
    pub(crate) fn check_for(&self, classes: &[&str]) -> Result<(), ModelError> {
        let names = self.report.confusion.classes();
        let starts = names.len() >= classes.len()
            && names.iter().zip(classes).all(|(one, other)| one == other);
        sound(starts, "a report is about the classes of the model")?;
        self.check()
    }
}

impl Checked for Judged {
    fn check(&self) -> Result<(), ModelError> {
        let Report { classes, confusion, .. } = &self.report;
        sound(classes.len() <= MAX_CLASSES, "a bounded number of classes")?;
        let names = classes.iter().map(|class| &class.name);
        sound(names.eq(confusion.classes()), "a report has the classes of its matrix")?;
        let scores = [self.report.accuracy, self.report.balanced_accuracy];
        sound(scores.iter().all(|score| (0.0..=1.0).contains(score)), "scores are from 0 to 1")?;
        sound(self.calibration.len() <= CALIBRATION_BINS, "a bounded number of bins")?;
        Quantile::check_all(&self.scores)?;
        let Some(probabilities) = &self.report.probabilities else { return Ok(()) };
        let curves = &probabilities.curves;
        sound(curves.classes.len() == classes.len(), "curves for each class")?;
        let each = curves.classes.iter().chain([&curves.micro]);
        let each = each.flat_map(|class| [&class.roc, &class.precision_recall]);
        let mut all = each.chain([&curves.macro_roc, &curves.macro_precision_recall]);
        sound(all.all(|curve| curve.points.len() <= CURVE_POINTS), "curves of bounded size")
    }
}

/// The classes that rows are of, by the numbers of a model and behind them those that it does not know.
pub(crate) struct Truth {
    pub(crate) names: Vec<String>,
    pub(crate) codes: Vec<u32>,
}

impl Truth {
    pub(crate) fn of(predictor: &Predictor, data: &Dataset) -> Result<Self, ModelError> {
        let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
        let classes = predictor.model().classes();
        let mut names: Vec<String> = classes.names().map(str::to_owned).collect();
        let mut of_label = Vec::with_capacity(labels.classes().len());
        let mut is_known = labels.is_empty();
        for (label, rows) in labels.classes().names().zip(labels.counts()) {
            let number = predictor.class_of(label);
            is_known |= rows > 0 && number.is_some();
            of_label.push(number.unwrap_or(names.len() as u32));
            if number.is_none() {
                names.push(if names.iter().any(|name| name == label) {
                    // A label that was renamed in training now has another's name.
                    format!("{label} (unknown)")
                } else {
                    label.to_owned()
                });
            }
        }
        if !is_known {
            let known = classes.names().take(CLASSES_TOLD).map(str::to_owned).collect();
            return Err(ModelError::OtherClasses { known });
        }
        let code = |number: &u32| of_label.get(*number as usize).copied().unwrap_or(0);
        Ok(Self { names, codes: labels.numbers().iter().map(code).collect() })
    }
}

/// Classes that an error names: enough to see what is meant.
const CLASSES_TOLD: usize = 8;
