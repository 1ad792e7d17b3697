//! From truth and what a model says to the numbers of a part.

use netsift_metrics::{
    AnomalyScores, Average, Bins, ClassCurves, Confusion, Curve, OneVsRest, Ranking, Report, brier,
    calibration, log_loss,
};
use netsift_models::Answer;
use netsift_models::ndarray::Axis;

use super::distribution;
use super::numbers::{AnomalyNumbers, Curves, NamedCurves, PartNumbers};
use super::thresholds;
use crate::ReportError;

/// Bins of the calibration: tenths, as people draw it.
const CALIBRATION_BINS: usize = 10;
/// Beyond so many classes there are no curves: nobody looks at them.
pub(crate) const MOST_CURVES: usize = 64;

/// What a model says of rows whose classes are known.
#[derive(Clone, Debug)]
pub struct Said {
    /// The class of each row, by its place among all classes: first those that the model knows, then others.
    pub truth: Vec<u32>,
    /// What the model says of each row. Probabilities have a column for each class that it knows.
    pub answer: Answer,
    /// How strange each row is, of a detector: its classes are what is usual, and behind it what is not.
    pub strange: Option<Strange>,
}

/// What a detector says of rows.
#[derive(Clone, Debug)]
pub struct Strange {
    /// How strange each row is.
    pub scores: Vec<f64>,
    /// Rows are told whose score is above this.
    pub threshold: f64,
}

impl PartNumbers {
    /// What is told of the rows of a part, which are of these classes.
    ///
    /// # Errors
    /// [`ReportError::Shape`] unless everything is said of each row, and [`ReportError::Metric`] without rows and for classes
    /// and numbers that are none.
    pub fn of(part: &str, classes: &[String], said: &Said) -> Result<Self, ReportError> {
        said.check(part, classes)?;
        let told = said.answer.classes.to_vec();
        let confusion = Confusion::of_codes(classes.len(), &said.truth, &told, None)?;
        let known = said.of_known()?;
        let is_classifier = said.strange.is_none() && !known.truth.is_empty();
        let probabilities = known.answer.probabilities.view();
        let loss = is_classifier.then(|| log_loss(&known.truth, probabilities, None));
        let brier = is_classifier.then(|| brier(&known.truth, probabilities, None));
        let mut report = Report::of(&confusion.named(classes.to_vec())?)?;
        // A class of which only others know, or another part, makes nobody's mean worse.
        report.macro_average = Report::of(&report.confusion.present())?.macro_average;
        Ok(Self {
            part: part.to_owned(),
            rows: said.truth.len() as u64,
            unknown_rows: (said.truth.len() - known.truth.len()) as u64,
            seen: None,
            log_loss: loss.transpose()?,
            brier: brier.transpose()?,
            curves: known.curves(classes)?,
            calibration: said.calibration()?,
            scores: distribution::of(classes, said),
            thresholds: thresholds::of(classes, &known, &report)?,
            anomalies: said.anomalies()?,
            report,
        })
    }
}

impl Said {
    /// How probable the class is that is told of each row; of a detector, how strange the row is.
    #[must_use]
    pub fn scores(&self) -> Vec<f64> {
        self.strange.as_ref().map_or_else(|| self.answer.scores(), |it| it.scores.clone())
    }

    /// How many classes the model knows.
    pub(super) fn known_classes(&self) -> usize {
        self.answer.probabilities.ncols()
    }

    /// Whether a row is told right.
    pub(super) fn is_right(&self, row: usize) -> bool {
        self.truth.get(row) == self.answer.classes.get(row)
    }

    /// Everything is said of each row, and every class has a name.
    fn check(&self, part: &str, classes: &[String]) -> Result<(), ReportError> {
        let rows = self.truth.len();
        let strange = self.strange.as_ref().map_or(rows, |strange| strange.scores.len());
        let known = self.known_classes();
        for (what, had, needed) in [
            ("answers", self.answer.classes.len(), rows),
            ("probabilities", self.answer.probabilities.nrows(), rows),
            ("scores", strange, rows),
            ("names of the classes that are known", classes.len().min(known), known),
        ] {
            if had != needed {
                return Err(ReportError::Shape { of: part.to_owned(), what, had, needed });
            }
        }
        Ok(())
    }

    /// The rows of classes that the model knows.
    fn of_known(&self) -> Result<Self, ReportError> {
        let count = self.known_classes() as u32;
        let rows: Vec<usize> =
            (0..self.truth.len()).filter(|&row| self.truth[row] < count).collect();
        let strange = self.strange.as_ref().map(|strange| Strange {
            scores: rows.iter().map(|&row| strange.scores[row]).collect(),
            threshold: strange.threshold,
        });
        let answer = Answer {
            classes: self.answer.classes.select(Axis(0), &rows),
            probabilities: self.answer.probabilities.select(Axis(0), &rows),
        };
        let truth = rows.iter().map(|&row| self.truth[row]).collect();
        Ok(Self { truth, answer, strange })
    }

    fn calibration(&self) -> Result<Vec<netsift_metrics::CalibrationBin>, ReportError> {
        if self.strange.is_some() {
            return Ok(Vec::new());
        }
        let is_right: Vec<bool> = (0..self.truth.len()).map(|row| self.is_right(row)).collect();
        let bins = Bins::Uniform(CALIBRATION_BINS);
        Ok(calibration(&is_right, &self.answer.scores(), bins, None)?)
    }

    fn curves(&self, classes: &[String]) -> Result<Option<Curves>, ReportError> {
        if self.truth.is_empty() || self.known_classes() > MOST_CURVES {
            return Ok(None);
        }
        match self.ranking_of_anomalies()? {
            Some(ranking) => Ok(Some(of_anomalies(classes, &ranking))),
            None => Ok(Some(of_classes(
                classes,
                OneVsRest::of(&self.truth, self.answer.probabilities.view(), None)?,
            ))),
        }
    }

    /// Anomalies in the order of how strange rows are, of a detector.
    pub(super) fn ranking_of_anomalies(&self) -> Result<Option<Ranking>, ReportError> {
        let Some(strange) = &self.strange else { return Ok(None) };
        Ok(Some(Ranking::of(&self.are_anomalies(), &strange.scores, None)?))
    }

    fn are_anomalies(&self) -> Vec<bool> {
        self.truth.iter().map(|&class| class == netsift_models::Alarm::ANOMALY).collect()
    }

    fn anomalies(&self) -> Result<Option<AnomalyNumbers>, ReportError> {
        let Some(Strange { scores, threshold }) = &self.strange else { return Ok(None) };
        let are_anomalies = self.are_anomalies();
        let anomalies = are_anomalies.iter().filter(|is| **is).count();
        let ranked = AnomalyScores::of(&are_anomalies, scores, None)?;
        let precision_at_n = (anomalies > 0).then(|| ranked.precision_at(anomalies)).transpose()?;
        let (anomalies, threshold) = (anomalies as u64, *threshold);
        Ok(Some(AnomalyNumbers { anomalies, precision_at_n, threshold }))
    }
}

fn of_classes(classes: &[String], curves: OneVsRest) -> Curves {
    let have_rows = curves.classes.iter().all(|class| class.support > 0.0);
    Curves {
        macro_roc_area: curves.roc_area(Average::Macro),
        weighted_roc_area: curves.roc_area(Average::Weighted),
        macro_average_precision: have_rows.then(|| curves.average_precision(Average::Macro)),
        micro: Some(curves.micro),
        macro_roc: curves.macro_roc,
        macro_precision_recall: curves.macro_precision_recall,
        classes: classes
            .iter()
            .zip(curves.classes)
            .map(|(class, curves)| NamedCurves { class: class.clone(), curves })
            .collect(),
    }
}

fn of_anomalies(classes: &[String], ranking: &Ranking) -> Curves {
    let curves = ClassCurves::of(ranking);
    let class = classes.get(netsift_models::Alarm::ANOMALY as usize).cloned().unwrap_or_default();
    Curves {
        macro_roc_area: curves.roc_area,
        weighted_roc_area: curves.roc_area,
        macro_average_precision: Some(curves.average_precision),
        micro: None,
        macro_roc: Curve::default(),
        macro_precision_recall: Curve::default(),
        classes: vec![NamedCurves { class, curves }],
    }
}
