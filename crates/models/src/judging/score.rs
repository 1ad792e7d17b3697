//! What makes one model better than another: one number of truth and answer.

use ndarray::Axis;
use netsift_metrics::{
    Average, Bootstrap, Confusion, Interval, brier, is_class, log_loss, roc_area,
};

use crate::settings::{name_of, named};
use crate::{Answer, ModelError};

/// What models are compared by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Score {
    /// The mean F1 of the classes: small classes count as much as large ones, as they should among attacks.
    #[default]
    MacroF1,
    /// The mean F1 of the classes by their rows.
    WeightedF1,
    /// How much is told right.
    Accuracy,
    /// The mean recall of the classes that have rows.
    BalancedAccuracy,
    /// Matthews' correlation.
    Matthews,
    /// The mean area under the ROC curve of each class against the rest, of those that have rows on both sides.
    RocArea,
    /// The mean of minus the logarithm of the probability of what was: the less, the better.
    LogLoss,
    /// The mean squared distance of probabilities from what was: the less, the better.
    Brier,
}

impl Score {
    /// All of them, by their names.
    pub const NAMES: [(&str, Self); 8] = [
        ("macro-f1", Self::MacroF1),
        ("weighted-f1", Self::WeightedF1),
        ("accuracy", Self::Accuracy),
        ("balanced-accuracy", Self::BalancedAccuracy),
        ("matthews", Self::Matthews),
        ("roc-area", Self::RocArea),
        ("log-loss", Self::LogLoss),
        ("brier", Self::Brier),
    ];

    /// The score of that name.
    ///
    /// # Errors
    /// [`ModelError::Setting`], which tells the names.
    pub fn named(name: &str) -> Result<Self, ModelError> {
        let rule = "macro-f1, weighted-f1, accuracy, balanced-accuracy, matthews, roc-area, log-loss or brier";
        let unknown = || ModelError::Setting { parameter: "the score", value: name.into(), rule };
        named(&Self::NAMES, name).ok_or_else(unknown)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> String {
        name_of(&Self::NAMES, &self)
    }

    /// Whether less is better.
    #[must_use]
    pub const fn is_loss(self) -> bool {
        matches!(self, Self::LogLoss | Self::Brier)
    }

    /// Of the classes of rows, which are so many, and what a model says of the same rows.
    ///
    /// # Errors
    /// [`ModelError::Metric`] without rows, for a class of truth that probabilities have no column for where they are
    /// asked for, and of the ROC area if all rows are of one class.
    pub fn of(self, classes: usize, truth: &[u32], answer: &Answer) -> Result<f64, ModelError> {
        let probabilities = answer.probabilities.view();
        Ok(match self {
            Self::LogLoss => log_loss(truth, probabilities, None)?,
            Self::Brier => brier(truth, probabilities, None)?,
            Self::RocArea => area(truth, answer)?,
            _ => {
                let told = answer.classes.to_vec();
                self.of_counts(&Confusion::of_codes(classes, truth, &told, None)?)
            }
        })
    }

    /// The same with an interval, by drawing the rows again.
    ///
    /// # Errors
    /// Those of [`of`](Self::of), and of [`Bootstrap::interval`].
    pub fn interval(
        self,
        classes: usize,
        truth: &[u32],
        answer: &Answer,
        bootstrap: Bootstrap,
    ) -> Result<Interval, ModelError> {
        let of = |rows: &[usize]| self.of_rows(classes, truth, answer, rows);
        Ok(bootstrap.interval(truth.len(), of)?)
    }

    /// Of some of the rows; nothing where it has no number for them.
    pub(super) fn of_rows(
        self,
        classes: usize,
        truth: &[u32],
        answer: &Answer,
        rows: &[usize],
    ) -> Option<f64> {
        let truth: Vec<u32> = rows.iter().filter_map(|&row| truth.get(row).copied()).collect();
        // Most scores ask for classes alone, and are drawn for a thousand times.
        let asked = if self.asks_for_probabilities() { rows } else { &[] };
        let answer = Answer {
            classes: answer.classes.select(Axis(0), rows),
            probabilities: answer.probabilities.select(Axis(0), asked),
        };
        self.of(classes, &truth, &answer).ok()
    }

    const fn asks_for_probabilities(self) -> bool {
        matches!(self, Self::LogLoss | Self::Brier | Self::RocArea)
    }

    /// What is the greater, the better.
    pub(crate) fn merit(self, score: f64) -> f64 {
        if self.is_loss() { -score } else { score }
    }

    fn of_counts(self, confusion: &Confusion<u32>) -> f64 {
        match self {
            Self::WeightedF1 => confusion.f1(Average::Weighted),
            Self::Accuracy => confusion.accuracy(),
            Self::BalancedAccuracy => confusion.balanced_accuracy(),
            Self::Matthews => confusion.matthews(),
            // Of rows drawn again some classes are missing: they make nobody worse.
            _ => confusion.present().f1(Average::Macro),
        }
    }
}

fn area(truth: &[u32], answer: &Answer) -> Result<f64, ModelError> {
    let mut areas = Vec::new();
    for (class, column) in (0..).zip(answer.probabilities.columns()) {
        let is_of = is_class(truth, &class);
        if is_of.contains(&true) && is_of.contains(&false) {
            areas.push(roc_area(&is_of, &column.to_vec(), None)?);
        }
    }
    if areas.is_empty() {
        return Err(ModelError::OneClass { learner: "the area under a ROC curve" });
    }
    Ok(areas.iter().sum::<f64>() / areas.len() as f64)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn every_name_is_its_scores() {
        for (name, score) in Score::NAMES {
            assert_eq!((Score::named(name).unwrap(), score.name().as_str()), (score, name));
            let told = Score::named("f2").unwrap_err().to_string();
            assert!(told.contains(name), "{told}");
        }
    }

    #[test]
    fn scores_are_those_of_the_metrics() {
        let answer = Answer {
            classes: array![0, 1, 1, 1],
            probabilities: array![[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]],
        };
        let of = |score: Score| score.of(2, &[0, 0, 1, 1], &answer).unwrap();
        assert_eq!(of(Score::Accuracy), 0.75);
        assert_eq!(of(Score::BalancedAccuracy), 0.75);
        assert!((of(Score::MacroF1) - (2.0 / 3.0 + 0.8) / 2.0).abs() < 1e-12);
        assert_eq!(of(Score::RocArea), 1.0);
        assert!((of(Score::Brier) - (0.01 + 0.36 + 0.04 + 0.09) / 4.0).abs() < 1e-12);
        assert!(of(Score::LogLoss) > 0.0 && Score::LogLoss.merit(0.5) < Score::LogLoss.merit(0.4));
    }

    #[test]
    fn an_area_needs_two_classes() {
        let answer = Answer { classes: array![0], probabilities: array![[0.9, 0.1]] };
        assert!(matches!(Score::RocArea.of(2, &[0], &answer), Err(ModelError::OneClass { .. })));
        assert!(Score::Accuracy.of(2, &[], &answer).is_err());
    }
}
