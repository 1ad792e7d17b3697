//! Gaussian naive Bayes: the cells of a class lie around a mean, nearer or farther by a variance.

use ndarray::{Array2, ArrayView1, ArrayView2};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use super::{Asked, Priors};
use crate::check::sound;
use crate::linear::each_row;
use crate::settings::setting;
use crate::{Checked, Classifier, Learner, ModelError, Parameter, Settings, Training};

/// Learns the mean and variance of each column in each class. The scale of columns does not matter but for the smoothing.
///
/// Cells must be finite, in training and later, and those beyond 1e150 count as that. A row of weight 2 counts as two, one
/// of weight 0 not at all. A class without a row is never told; one with rows is enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NaiveBayes {
    smoothing: f64,
}

impl NaiveBayes {
    /// Which share of the largest variance of a column is added to all: a column that is constant in a class would
    /// otherwise rule out whatever differs. Default: 0.000000001, hardly more than rounding.
    #[must_use]
    pub fn smoothing(mut self, smoothing: f64) -> Self {
        self.smoothing = smoothing;
        self
    }
}

impl Default for NaiveBayes {
    fn default() -> Self {
        Self { smoothing: 1e-9 }
    }
}

impl Settings for NaiveBayes {
    const NAME: &'static str = "naive-bayes";
    const PARAMETERS: &'static [Parameter<Self>] = &[setting!(
        "var-smoothing",
        smoothing,
        "Which share of the largest variance of a column is added to all."
    )];

    fn check(&self) -> Result<(), ModelError> {
        let is_share = self.smoothing.is_finite() && self.smoothing > 0.0;
        ModelError::rule(is_share, "var-smoothing", self.smoothing, "finite, and above 0")
    }
}

impl Learner for NaiveBayes {
    type Model = NaiveBayesModel;

    fn fit(&self, training: &Training<'_>) -> Result<NaiveBayesModel, ModelError> {
        self.check()?;
        let sums = training.class_sums();
        let priors = Priors::of(&sums);
        let moments = Moments::of(training, &priors, &sums)?;
        let smoothing = moments.smoothing(self.smoothing, &sums, &priors);
        let variances = moments.squares.iter().map(|square| square + smoothing).collect();
        Ok(NaiveBayesModel {
            settings: self.clone(),
            classes: training.classes().clone(),
            width: training.width(),
            priors,
            means: moments.means,
            variances,
        })
    }
}

/// Means and mean squared distances from them: for each class that had rows, column after column.
struct Moments {
    width: usize,
    means: Vec<f64>,
    squares: Vec<f64>,
}

impl Moments {
    fn of(training: &Training<'_>, priors: &Priors, sums: &[f64]) -> Result<Self, ModelError> {
        let width = training.width();
        let places = priors.places(sums.len());
        let size = width * priors.known.len();
        // Less the first row of the class: what is constant keeps its value to the last bit.
        let mut firsts = vec![f64::NAN; size];
        let mut means = vec![0.0; size];
        each_row(training, NaiveBayes::NAME, |class, weight, cells| {
            let class = class as usize;
            let from = places[class] * width;
            let (first, mean) = (&mut firsts[from..from + width], &mut means[from..from + width]);
            if first.first().is_some_and(|first| first.is_nan()) {
                first.copy_from_slice(cells);
            }
            let share = weight / sums[class];
            for ((mean, first), cell) in mean.iter_mut().zip(first).zip(cells) {
                *mean += share * (cell - *first);
            }
        })?;
        training.progress(1, 2)?;
        means.iter_mut().zip(&firsts).for_each(|(mean, first)| *mean += first);
        let mut squares = vec![0.0; size];
        each_row(training, NaiveBayes::NAME, |class, weight, cells| {
            let class = class as usize;
            let from = places[class] * width;
            let share = weight / sums[class];
            let means = means[from..from + width].iter().zip(cells);
            for (square, (mean, cell)) in squares[from..from + width].iter_mut().zip(means) {
                *square += share * (cell - mean) * (cell - mean);
            }
        })?;
        training.progress(2, 2)?;
        Ok(Self { width, means, squares })
    }

    /// A share of the largest variance that a column has over all classes. Where none has any, no column tells classes
    /// apart, and any number does.
    fn smoothing(&self, share: f64, sums: &[f64], priors: &Priors) -> f64 {
        let all: f64 = sums.iter().sum();
        let shares: Vec<f64> =
            priors.known.iter().map(|&class| sums[class as usize] / all).collect();
        let of_column = |column: usize| {
            let at = |place: usize| place * self.width + column;
            let sum = |of: &dyn Fn(usize) -> f64| -> f64 {
                shares.iter().enumerate().map(|(place, share)| share * of(at(place))).sum()
            };
            let first = self.means[column];
            let mean = sum(&|at| self.means[at] - first) + first;
            sum(&|at| self.squares[at] + (self.means[at] - mean) * (self.means[at] - mean))
        };
        let largest = (0..self.width).map(of_column).fold(0.0, f64::max);
        let smoothing = share * largest;
        if smoothing > 0.0 { smoothing.max(f64::MIN_POSITIVE) } else { share }
    }
}

/// What Gaussian naive Bayes has learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NaiveBayesModel {
    settings: NaiveBayes,
    classes: Classes,
    width: usize,
    priors: Priors,
    /// For each class that had rows, column after column.
    means: Vec<f64>,
    variances: Vec<f64>,
}

impl NaiveBayesModel {
    /// The classes that had rows. The others are never probable.
    #[must_use]
    pub fn known(&self) -> &[u32] {
        &self.priors.known
    }

    /// The mean of each column in each known class: a row each.
    #[must_use]
    pub fn means(&self) -> ArrayView2<'_, f64> {
        self.by_class(&self.means)
    }

    /// The variance of each column in each known class, what was added included: a row each.
    #[must_use]
    pub fn variances(&self) -> ArrayView2<'_, f64> {
        self.by_class(&self.variances)
    }

    fn by_class<'a>(&self, cells: &'a [f64]) -> ArrayView2<'a, f64> {
        // A shape that does not fit is refused by `check`.
        ArrayView2::from_shape((self.priors.known.len(), self.width), cells)
            .unwrap_or_else(|_| ArrayView2::from(&[[]; 0]))
    }
}

impl Classifier for NaiveBayesModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.width
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let rates: Vec<f64> = self.variances.iter().map(|variance| variance.recip()).collect();
        // What 2 pi adds is the same for all classes.
        let spread = |variances: ArrayView1<'_, f64>| -> f64 {
            variances.iter().map(|variance| -0.5 * variance.ln()).sum()
        };
        let spreads: Vec<f64> = self.variances().outer_iter().map(spread).collect();
        let of_class = self.means.chunks_exact(self.width.max(1));
        let of_class = of_class.zip(rates.chunks_exact(self.width.max(1)));
        let asked = Asked { learner: NaiveBayes::NAME, width: self.width, classes: &self.classes };
        self.priors.probabilities(rows, &asked, |cells, logs| {
            for ((log, spread), (means, rates)) in
                logs.iter_mut().zip(&spreads).zip(of_class.clone())
            {
                *log += spread - 0.5 * distance(cells, means, rates);
            }
        })
    }
}

/// The squared distance of cells from means, each times a rate, in four sums so that none waits for the other.
fn distance(cells: &[f64], means: &[f64], rates: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let chunks = cells.chunks(4).zip(means.chunks(4)).zip(rates.chunks(4));
    for ((cells, means), rates) in chunks {
        for (sum, ((cell, mean), rate)) in sums.iter_mut().zip(cells.iter().zip(means).zip(rates)) {
            *sum += (cell - mean) * (cell - mean) * rate;
        }
    }
    sums.iter().sum()
}

impl Checked for NaiveBayesModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        self.priors.check(&self.classes)?;
        let size = self.priors.known.len().checked_mul(self.width);
        sound(size == Some(self.means.len()), "a mean for each class and column")?;
        sound(size == Some(self.variances.len()), "a variance for each class and column")?;
        sound(self.means.iter().all(|mean| mean.is_finite()), "means are finite")?;
        let is_variance = |variance: &f64| variance.is_normal() && *variance > 0.0;
        sound(self.variances.iter().all(is_variance), "variances are finite, and above 0")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::Labels;

    use super::*;

    fn fitted(rows: &Array2<f64>, names: &[&str], weights: Vec<f64>) -> NaiveBayesModel {
        let labels = Labels::of(names.iter().copied());
        let training = Training::new(rows.view(), &labels).unwrap().weights(weights).unwrap();
        let model = NaiveBayes::default().fit(&training).unwrap();
        model.check().unwrap();
        model
    }

    #[test]
    fn classes_have_means_and_variances() {
        let rows = array![[1.0, 7.0], [3.0, 7.0], [10.0, 8.0], [14.0, 8.0]];
        let model = fitted(&rows, &["a", "a", "b", "b"], vec![1.0; 4]);
        assert_eq!(model.means(), array![[2.0, 7.0], [12.0, 8.0]]);
        // The variance of the first column over all is 27.5.
        let smoothing = 27.5e-9;
        assert!((model.variances()[(0, 0)] - 1.0 - smoothing).abs() < 1e-12);
        assert!((model.variances()[(1, 1)] - smoothing).abs() < 1e-20);
        assert_eq!(model.predict(rows.view()).unwrap(), array![0, 0, 1, 1]);
    }

    #[test]
    fn weights_count_as_rows() {
        let rows = array![[1.0], [2.0], [4.0], [f64::NAN]];
        let weighted = fitted(&rows, &["a", "b", "b", "a"], vec![1.0, 2.0, 1.0, 0.0]);
        let rows = array![[1.0], [2.0], [2.0], [4.0]];
        let repeated = fitted(&rows, &["a", "b", "b", "b"], vec![1.0; 4]);
        let rows = array![[0.0], [3.0]];
        let (one, other) =
            (weighted.probabilities(rows.view()), repeated.probabilities(rows.view()));
        for (one, other) in one.unwrap().iter().zip(&other.unwrap()) {
            assert!((one - other).abs() < 1e-12, "{one} {other}");
        }
    }

    #[test]
    fn what_tells_nothing_leaves_the_classes_shares() {
        for width in [0, 2] {
            let rows = Array2::from_elem((4, width), 0.1);
            let model = fitted(&rows, &["a", "b", "b", "b"], vec![1.0; 4]);
            let probabilities = model.probabilities(rows.view()).unwrap();
            assert!((probabilities[(0, 1)] - 0.75).abs() < 1e-12, "{probabilities}");
        }
        let rows = array![[1e308, -1e308], [-1e308, 1e308]];
        let model = fitted(&rows, &["a", "b"], vec![1.0; 2]);
        assert_eq!(model.predict(rows.view()).unwrap(), array![0, 1]);
        let alone = fitted(&array![[3.0]], &["a"], vec![1.0]);
        assert_eq!(alone.probabilities(array![[9.0]].view()).unwrap(), array![[1.0]]);
    }

    #[test]
    fn forged_models_are_unsound() {
        let rows = array![[1.0], [2.0]];
        let model = fitted(&rows, &["a", "b"], vec![1.0; 2]);
        assert!(NaiveBayesModel { width: 2, ..model.clone() }.check().is_err());
        assert!(NaiveBayesModel { means: vec![f64::NAN, 1.0], ..model.clone() }.check().is_err());
        assert!(NaiveBayesModel { variances: vec![0.0, 1.0], ..model.clone() }.check().is_err());
        let priors = Priors { known: vec![0, 2], logs: vec![-0.7, -0.7] };
        assert!(NaiveBayesModel { priors, ..model }.check().is_err());
        let flawed = array![[f64::NAN], [2.0]];
        let labels = Labels::of(["a", "b"]);
        let refused = NaiveBayes::default().fit(&Training::new(flawed.view(), &labels).unwrap());
        assert!(matches!(refused, Err(ModelError::NotFinite { row: 0, column: 0, .. })));
    }
}
