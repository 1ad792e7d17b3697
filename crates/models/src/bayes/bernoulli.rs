//! Bernoulli naive Bayes: a cell is above a threshold or it is not, more or less often in each class.

use ndarray::{Array2, ArrayView2};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use super::{Asked, Priors};
use crate::check::sound;
use crate::linear::each_row;
use crate::settings::setting;
use crate::{Checked, Classifier, Learner, ModelError, Parameter, Settings, Training};

/// Learns how often each column is above a threshold in each class.
///
/// Cells must be finite, in training and later, of any size. A row of weight 2 counts as two, one of weight 0 not at all. A
/// class without a row is never told; one with rows is enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BernoulliNaiveBayes {
    alpha: f64,
    threshold: f64,
}

impl BernoulliNaiveBayes {
    /// How many rows more each class is taken to have had above the threshold, and as many not: what was never seen is
    /// improbable instead of impossible. Default: 1, as Laplace has it.
    #[must_use]
    pub fn alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// Which cells count: those above. Default: 0, which suits counts and flags, and columns of mean 0.
    #[must_use]
    pub fn threshold(self, threshold: f64) -> Self {
        Self { threshold, ..self }
    }
}

impl Default for BernoulliNaiveBayes {
    fn default() -> Self {
        Self { alpha: 1.0, threshold: 0.0 }
    }
}

impl Settings for BernoulliNaiveBayes {
    const NAME: &'static str = "bernoulli-naive-bayes";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!(
            "alpha",
            alpha,
            "How many rows more each class is taken to have had of either kind."
        ),
        setting!("binarize", threshold, "The threshold: cells above it count."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        // Less would be rounded away beside a row.
        let is_alpha = self.alpha.is_finite() && self.alpha >= 1e-10;
        ModelError::rule(is_alpha, "alpha", self.alpha, "finite, and not below 1e-10")?;
        ModelError::rule(self.threshold.is_finite(), "binarize", self.threshold, "finite")
    }
}

impl Learner for BernoulliNaiveBayes {
    type Model = BernoulliNaiveBayesModel;

    fn fit(&self, training: &Training<'_>) -> Result<BernoulliNaiveBayesModel, ModelError> {
        self.check()?;
        let sums = training.class_sums();
        let priors = Priors::of(&sums);
        let (width, places) = (training.width(), priors.places(sums.len()));
        let mut above = vec![0.0; width * priors.known.len()];
        each_row(training, Self::NAME, |class, weight, cells| {
            let from = places[class as usize] * width;
            for (sum, &cell) in above[from..from + width].iter_mut().zip(cells) {
                *sum += if cell > self.threshold { weight } else { 0.0 };
            }
        })?;
        training.progress(1, 1)?;
        let (mut always, mut odds) = (priors.logs.clone(), Vec::with_capacity(above.len()));
        for ((class, base), above) in
            priors.known.iter().zip(&mut always).zip(above.chunks_exact(width.max(1)))
        {
            let sum = sums[*class as usize];
            let all = (sum + 2.0 * self.alpha).ln();
            for &above in above {
                let not = ((sum - above).max(0.0) + self.alpha).ln() - all;
                *base += not;
                odds.push((above + self.alpha).ln() - all - not);
            }
        }
        let settings = self.clone();
        let classes = training.classes().clone();
        Ok(BernoulliNaiveBayesModel { settings, classes, width, priors, always, odds })
    }
}

/// What Bernoulli naive Bayes has learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BernoulliNaiveBayesModel {
    settings: BernoulliNaiveBayes,
    classes: Classes,
    width: usize,
    priors: Priors,
    /// How likely a row with no cell above is in each class that had rows: a logarithm, the class's share included.
    always: Vec<f64>,
    /// What a cell above adds: for each class that had rows, column after column.
    odds: Vec<f64>,
}

impl BernoulliNaiveBayesModel {
    /// The classes that had rows. The others are never probable.
    #[must_use]
    pub fn known(&self) -> &[u32] {
        &self.priors.known
    }
}

impl Classifier for BernoulliNaiveBayesModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.width
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let learner = BernoulliNaiveBayes::NAME;
        let asked = Asked { learner, width: self.width, classes: &self.classes };
        self.priors.probabilities(rows, &asked, |cells, logs| {
            logs.copy_from_slice(&self.always);
            for (log, odds) in logs.iter_mut().zip(self.odds.chunks_exact(self.width.max(1))) {
                let added = cells.iter().zip(odds);
                let added = added.map(
                    |(&cell, &odds)| {
                        if cell > self.settings.threshold { odds } else { 0.0 }
                    },
                );
                *log += added.sum::<f64>();
            }
        })
    }
}

impl Checked for BernoulliNaiveBayesModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        self.priors.check(&self.classes)?;
        let known = self.priors.known.len();
        sound(self.always.len() == known, "a number for each class that had rows")?;
        let size = known.checked_mul(self.width);
        sound(size == Some(self.odds.len()), "odds for each class and column")?;
        let mut logs = self.always.iter().chain(&self.odds);
        sound(logs.all(|log| log.is_finite()), "logarithms are finite")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::Labels;

    use super::*;

    fn fitted(rows: &Array2<f64>, names: &[&str], weights: Vec<f64>) -> BernoulliNaiveBayesModel {
        let labels = Labels::of(names.iter().copied());
        let training = Training::new(rows.view(), &labels).unwrap().weights(weights).unwrap();
        let model = BernoulliNaiveBayes::default().fit(&training).unwrap();
        model.check().unwrap();
        model
    }

    #[test]
    fn cells_count_by_the_threshold() {
        let rows = array![[1.0, 0.0], [9.0, 0.0], [0.0, 0.5]];
        let model = fitted(&rows, &["a", "a", "b"], vec![1.0; 3]);
        let probabilities = model.probabilities(array![[5.0, -1.0]].view()).unwrap();
        // 2/3 * 3/4 * 3/4 against 1/3 * 1/3 * 1/3.
        let (first, second) = (0.375, 1.0 / 27.0);
        assert!((probabilities[(0, 0)] - first / (first + second)).abs() < 1e-12);
    }

    #[test]
    fn weights_count_as_rows() {
        let rows = array![[1.0], [0.0], [1.0], [f64::NAN]];
        let weighted = fitted(&rows, &["a", "b", "b", "a"], vec![1.0, 2.0, 1.0, 0.0]);
        let rows = array![[1.0], [0.0], [0.0], [1.0]];
        let repeated = fitted(&rows, &["a", "b", "b", "b"], vec![1.0; 4]);
        assert_eq!((weighted.always, weighted.odds), (repeated.always, repeated.odds));
    }

    #[test]
    fn without_columns_classes_keep_their_shares() {
        let model = fitted(&Array2::zeros((4, 0)), &["a", "b", "b", "b"], vec![1.0; 4]);
        let probabilities = model.probabilities(Array2::zeros((1, 0)).view()).unwrap();
        assert!((probabilities[(0, 1)] - 0.75).abs() < 1e-12, "{probabilities}");
    }

    #[test]
    fn forged_models_are_unsound() {
        let model = fitted(&array![[1.0], [2.0]], &["a", "b"], vec![1.0; 2]);
        assert!(BernoulliNaiveBayesModel { width: 2, ..model.clone() }.check().is_err());
        assert!(BernoulliNaiveBayesModel { always: vec![0.0], ..model.clone() }.check().is_err());
        let odds = vec![f64::INFINITY, 0.0];
        assert!(BernoulliNaiveBayesModel { odds, ..model }.check().is_err());
    }
}
