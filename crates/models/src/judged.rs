//! How right a model is about rows whose classes are known.

use netsift_data::{DataError, Dataset};
use netsift_metrics::{
    Bins, CURVE_POINTS, CalibrationBin, Confusion, MAX_CLASSES, ProbabilityReport, Report,
    calibration,
};
use serde::{Deserialize, Serialize};

use crate::check::{is_near, sound};
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
        let mut report = Report::of(&confusion.named(truth.names.clone())?)?;
        // A class that only other rows have makes nobody's mean worse.
        report.macro_average = Report::of(&report.confusion.present())?.macro_average;
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
        let mut cells = confusion.rows().flatten();
        let is_counted = !confusion.is_weighted() && cells.all(|cell| cell.fract() == 0.0);
        sound(is_counted, "a matrix counts rows")?;
        let counted: f64 = confusion.supports().iter().sum();
        sound(counted == self.rows as f64, "a matrix has all rows")?;
        sound(follows(&self.report)?, "scores are those of the matrix")?;
        self.check_calibration()?;
        Quantile::check_all(&self.scores)?;
        let are_shares = self.scores.iter().all(|score| is_share(score.below));
        sound(are_shares, "scores of rows are from 0 to 1")?;
        self.report.probabilities.iter().try_for_each(|told| check_curves(told, classes.len()))
    }
}

impl Judged {
    fn check_calibration(&self) -> Result<(), ModelError> {
        sound(self.calibration.len() <= CALIBRATION_BINS, "a bounded number of bins")?;
        let is_bin = |bin: &CalibrationBin| is_share(bin.predicted) && is_share(bin.observed);
        sound(self.calibration.iter().all(is_bin), "shares of a calibration are from 0 to 1")?;
        let binned: f64 = self.calibration.iter().map(|bin| bin.rows).sum();
        let are_rows = self.calibration.iter().all(|bin| bin.rows >= 0.0);
        sound(are_rows && binned == self.rows as f64, "a calibration has all rows")
    }
}

/// Whether all that a report says of its matrix follows from it.
fn follows(report: &Report) -> Result<bool, ModelError> {
    let mut again = Report::of(&report.confusion)?;
    let is_so = |again: &Report| {
        let (told, expected) = (figures(report), figures(again));
        let are_near = told.iter().zip(&expected).all(|(told, expected)| is_near(*told, *expected));
        report.kappa.is_some() == again.kappa.is_some() && are_near
    };
    // Files of old have means over all classes.
    let is_old = is_so(&again);
    again.macro_average = Report::of(&again.confusion.present())?.macro_average;
    Ok(is_old || is_so(&again))
}

/// All that a report says of its matrix, in some order.
fn figures(report: &Report) -> Vec<f64> {
    let classes = report.classes.iter();
    let supports = classes.clone().map(|class| class.support);
    let averages = [&report.macro_average, &report.weighted_average];
    let scores = classes.map(|class| &class.scores).chain(averages);
    let scores = scores.flat_map(|scores| {
        [scores.precision, scores.recall, scores.f1, scores.false_positive_rate]
    });
    let whole = [report.accuracy, report.balanced_accuracy, report.matthews];
    supports.chain(scores).chain(whole).chain(report.kappa).collect()
}

/// Curves cannot be made again of a matrix: what is in them is of bounded size, and in its range.
fn check_curves(told: &ProbabilityReport, classes: usize) -> Result<(), ModelError> {
    let losses = [told.log_loss, told.brier];
    let are_losses = losses.iter().all(|loss| loss.is_finite() && *loss >= -1e-9);
    sound(are_losses, "losses are finite, and not below 0")?;
    let curves = &told.curves;
    sound(curves.classes.len() == classes, "curves for each class")?;
    let each = || curves.classes.iter().chain([&curves.micro]);
    let mut areas = each().flat_map(|class| {
        [class.roc_area.unwrap_or_default(), class.average_precision, class.pr_area]
    });
    sound(areas.all(is_share), "areas are from 0 to 1")?;
    let means = [&curves.macro_roc, &curves.macro_precision_recall];
    let all = || each().flat_map(|class| [&class.roc, &class.precision_recall]).chain(means);
    sound(all().all(|curve| curve.points.len() <= CURVE_POINTS), "curves of bounded size")?;
    let mut points = all().flat_map(|curve| &curve.points);
    sound(points.all(|point| is_share(point.x) && is_share(point.y)), "rates are from 0 to 1")
}

/// Whether it is from 0 to 1, but for rounding.
fn is_share(number: f64) -> bool {
    (-1e-9..=1.0 + 1e-9).contains(&number)
}

/// The classes that rows are of, by the numbers of a model and behind them those that it does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Truth {
    /// The classes of the model, and behind them those that it does not know.
    pub names: Vec<String>,
    /// The class of each row, by its place among them.
    pub codes: Vec<u32>,
}

impl Truth {
    pub(crate) fn of(predictor: &Predictor, data: &Dataset) -> Result<Self, ModelError> {
        let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
        let classes = predictor.mind().classes();
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
