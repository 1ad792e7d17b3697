//! Guesses that look at no column: what every other model has to beat.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use netsift_data::{Chance, Classes};
use serde::{Deserialize, Serialize};

use crate::check::{are_shares, sound};
use crate::classifier::{greatest, wide};
use crate::settings::{Said, name_of, named, setting};
use crate::{Checked, Classifier, Learner, ModelError, Parameter, Settings, Training};

/// Guesses by the classes' frequencies alone.
///
/// Cells may be anything, and are not looked at; but if guesses are drawn, the bits of a row's cells decide, in their order.
/// A row of weight 2 counts as two, one of weight 0 not at all. A class without a row is never told; one with rows is
/// enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    strategy: Strategy,
    seed: u64,
}

/// How a [`Baseline`] guesses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Strategy {
    /// Always the most frequent class, and sure of it.
    #[default]
    MostFrequent,
    /// The most frequent class, each as probable as it is frequent.
    Prior,
    /// Any class, as often as it is frequent: drawn by the seed and the row's own cells, so that the same row gets the
    /// same answer wherever it stands.
    Stratified,
}

impl Baseline {
    /// Always the most frequent class.
    #[must_use]
    pub fn most_frequent() -> Self {
        Self::default()
    }

    /// How to guess. Default: the most frequent class.
    #[must_use]
    pub fn strategy(self, strategy: Strategy) -> Self {
        Self { strategy, ..self }
    }

    /// What decides where chance does. Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}

impl Settings for Baseline {
    const NAME: &'static str = "dummy";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("strategy", strategy, "How to guess: most-frequent, prior or stratified."),
        setting!("seed", seed, "What decides where chance does."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        Ok(())
    }
}

impl Strategy {
    const NAMES: [(&'static str, Self); 3] = [
        ("most-frequent", Self::MostFrequent),
        ("prior", Self::Prior),
        ("stratified", Self::Stratified),
    ];
}

impl Said for Strategy {
    const RULE: &'static str = "most-frequent, prior or stratified";

    fn said(text: &str) -> Option<Self> {
        named(&Self::NAMES, text)
    }

    fn text(&self) -> String {
        name_of(&Self::NAMES, self)
    }
}

impl Learner for Baseline {
    type Model = BaselineModel;

    fn fit(&self, training: &Training<'_>) -> Result<BaselineModel, ModelError> {
        let sums = training.class_sums();
        let all: f64 = sums.iter().sum();
        Ok(BaselineModel {
            settings: self.clone(),
            classes: training.classes().clone(),
            width: training.width(),
            shares: sums.iter().map(|sum| sum / all).collect(),
        })
    }
}

/// The classes' frequencies in training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaselineModel {
    settings: Baseline,
    classes: Classes,
    width: usize,
    /// One for each class, 1 together.
    shares: Vec<f64>,
}

impl BaselineModel {
    fn drawn(&self, row: ArrayView1<'_, f64>) -> usize {
        // Odd multipliers and a rotation keep the order of cells; the generator's seeding mixes all bits.
        let mixed = row.iter().fold(self.settings.seed, |sum, cell| {
            sum.rotate_left(23).wrapping_add(cell.to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        let mut left = Chance::seeded(mixed).unit();
        let is_it = |&(_, share): &(usize, &f64)| {
            left -= share;
            left < 0.0
        };
        self.shares.iter().enumerate().find(is_it).map_or(self.most_frequent(), |(class, _)| class)
    }

    fn most_frequent(&self) -> usize {
        greatest(&self.shares).0
    }
}

impl Classifier for BaselineModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.width
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        wide(rows, self.width)?;
        let mut probabilities = Array2::zeros((rows.nrows(), self.classes.len()));
        for (row, mut told) in rows.axis_iter(Axis(0)).zip(probabilities.axis_iter_mut(Axis(0))) {
            let sure = match self.settings.strategy {
                Strategy::Prior => {
                    told.iter_mut().zip(&self.shares).for_each(|(told, share)| *told = *share);
                    continue;
                }
                Strategy::MostFrequent => self.most_frequent(),
                Strategy::Stratified => self.drawn(row),
            };
            if let Some(told) = told.get_mut(sure) {
                *told = 1.0;
            }
        }
        Ok(probabilities)
    }
}

impl Checked for BaselineModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        sound(self.shares.len() == self.classes.len(), "a share for each class")?;
        sound(are_shares(&self.shares), "shares are of one")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::Labels;

    use super::*;

    fn fitted(strategy: Strategy) -> BaselineModel {
        let rows = Array2::zeros((4, 1));
        let labels = Labels::of(["a", "b", "b", "b"]);
        let training = Training::new(rows.view(), &labels).unwrap();
        Baseline::default().strategy(strategy).fit(&training).unwrap()
    }

    #[test]
    fn guesses_follow_frequencies() {
        let rows = array![[1.0], [2.0]];
        let sure = fitted(Strategy::MostFrequent).probabilities(rows.view()).unwrap();
        assert_eq!(sure, array![[0.0, 1.0], [0.0, 1.0]]);
        let prior = fitted(Strategy::Prior).probabilities(rows.view()).unwrap();
        assert_eq!(prior, array![[0.25, 0.75], [0.25, 0.75]]);
    }

    #[test]
    fn drawn_guesses_are_as_frequent_and_each_row_keeps_its_own() {
        let rows = Array2::from_shape_fn((10_000, 1), |(row, _)| row as f64);
        let model = fitted(Strategy::Stratified);
        let guesses = model.predict(rows.view()).unwrap();
        let first = guesses.iter().filter(|&&class| class == 0).count();
        assert!((2_350..2_650).contains(&first), "{first}");
        let alone = model.predict(rows.slice_axis(Axis(0), (77..78).into())).unwrap();
        assert_eq!(alone[0], guesses[77]);
    }

    #[test]
    fn weights_count_as_rows() {
        let rows = Array2::zeros((2, 0));
        let labels = Labels::of(["a", "b"]);
        let training =
            Training::new(rows.view(), &labels).unwrap().weights(vec![3.0, 1.0]).unwrap();
        let model = Baseline::default().strategy(Strategy::Prior).fit(&training).unwrap();
        assert_eq!(model.probabilities(rows.view()).unwrap().row(0), array![0.75, 0.25]);
    }

    #[test]
    fn forged_models_are_unsound() {
        let model = fitted(Strategy::Prior);
        model.check().unwrap();
        for shares in
            [vec![1.0], vec![f64::NAN, 0.0], vec![2.0, 0.0], vec![1.0, 1.0], vec![0.0, 0.0]]
        {
            assert!(BaselineModel { shares, ..model.clone() }.check().is_err());
        }
    }
}
