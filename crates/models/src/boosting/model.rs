//! What boosting has learned, and what it answers.

use ndarray::{Array2, ArrayView2, Axis};
use netsift_data::Classes;
use serde::{Deserialize, Deserializer, Serialize};

use super::GradientBoosting;
use super::fit::Boosted;
use super::objective::Objective;
use crate::check::sound;
use crate::classifier::wide;
use crate::explain::{Part, TreeSum};
use crate::tree::flat::{Flat, coverless};
use crate::zoo::Earlier;
use crate::{Checked, Classifier, ModelError, Settings, Training};

/// Boosted trees: margins of classes, added up leaf by leaf.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GradientBoostingModel {
    settings: GradientBoosting,
    classes: Classes,
    width: usize,
    /// Those of the classes that had a row: ascending. The others are never answered.
    known: Vec<u32>,
    /// Where margins begin.
    base: Vec<f64>,
    /// A tree for each margin, round after round.
    trees: Flat,
    gains: Vec<f64>,
    losses: Vec<f64>,
}

impl GradientBoostingModel {
    pub(super) fn new(
        settings: GradientBoosting,
        training: &Training<'_>,
        known: Vec<u32>,
        boosted: Boosted,
    ) -> Self {
        Self {
            settings,
            classes: training.classes().clone(),
            width: training.width(),
            known,
            base: boosted.base,
            trees: boosted.trees,
            gains: boosted.gains,
            losses: boosted.losses,
        }
    }

    /// The settings it was made with.
    #[must_use]
    pub fn settings(&self) -> &GradientBoosting {
        &self.settings
    }

    /// How many rounds have been kept.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.trees.trees().checked_div(self.base.len()).unwrap_or(0)
    }

    /// How much each column's splits have gained, as shares of all: 1 together, or 0 each if there was no split.
    #[must_use]
    pub fn importances(&self) -> Vec<f64> {
        let all: f64 = self.gains.iter().sum();
        self.gains.iter().map(|gain| if all > 0.0 { gain / all } else { 0.0 }).collect()
    }

    /// The log loss on held rows after each round that was made, those after the best included; empty if no rows were
    /// held.
    #[must_use]
    pub fn held_losses(&self) -> &[f64] {
        &self.losses
    }

    /// What is added up for each row: for two classes the log odds of the second, else a margin for each class that had
    /// a row in training.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for rows of another width.
    pub fn margins(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        wide(rows, self.width)?;
        let mut sums = self.base.repeat(rows.nrows());
        self.trees.add(rows, self.base.len(), &mut sums);
        let (expected, found) = (rows.nrows() * self.base.len(), sums.len());
        Array2::from_shape_vec((rows.nrows(), self.base.len()), sums)
            .map_err(|_| ModelError::Shape { what: "margins", expected, found })
    }

    /// What adds up to the margin of a class, if it can be explained: of two classes, that of the first is minus that of the
    /// second. One that had no row in training is infinitely improbable, and has no trees.
    pub(crate) fn sum_for(&self, class: u32) -> Option<TreeSum> {
        let none = Part { first: self.trees.trees(), ..Part::ALL };
        let (part, base) = match (self.known.binary_search(&class), self.objective()) {
            (Err(_), _) => (none, f64::NEG_INFINITY),
            (Ok(_), Objective::Certain) => (none, 0.0),
            (Ok(place), Objective::Logistic) => {
                let times = if place == 0 { -1.0 } else { 1.0 };
                (Part { times, ..Part::ALL }, self.base.first().map_or(0.0, |base| times * base))
            }
            (Ok(first), Objective::Softmax(every)) => {
                let base = self.base.get(first).copied().unwrap_or(0.0);
                (Part { first, every, ..Part::ALL }, base)
            }
        };
        TreeSum::of(&self.trees, part, base)
    }

    fn objective(&self) -> Objective {
        Objective::of(self.known.len())
    }
}

impl Classifier for GradientBoostingModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.width
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let margins = self.margins(rows)?;
        let objective = self.objective();
        let mut told = Array2::zeros((rows.nrows(), self.classes.len()));
        for (margins, mut told) in margins.axis_iter(Axis(0)).zip(told.axis_iter_mut(Axis(0))) {
            let shares = objective.probabilities(margins.as_slice().unwrap_or(&[]));
            for (&class, share) in self.known.iter().zip(shares) {
                if let Some(told) = told.get_mut(class as usize) {
                    *told = share;
                }
            }
        }
        Ok(told)
    }
}

impl Checked for GradientBoostingModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        sound(!self.known.is_empty(), "some class is known")?;
        let ascend = self.known.windows(2).all(|pair| pair[0] < pair[1]);
        sound(ascend, "known classes ascend")?;
        let are_there = self.known.iter().all(|&class| (class as usize) < self.classes.len());
        sound(are_there, "known classes are among all")?;
        sound(self.base.len() == self.objective().margins(), "a base for each margin")?;
        sound(self.base.iter().all(is_margin), "bases are margins")?;
        self.trees.check(self.width)?;
        sound(self.trees.outputs() == 1, "leaves hold a margin")?;
        sound(self.trees.leaves().iter().all(is_margin), "leaves hold margins")?;
        let whole = self.trees.trees() == self.rounds() * self.base.len();
        sound(whole, "a tree for each margin and round")?;
        sound(self.rounds() <= self.settings.trees, "no more rounds than were asked for")?;
        sound(self.gains.len() == self.width, "a gain for each column")?;
        let are_gains = self.gains.iter().all(|gain| gain.is_finite() && *gain >= 0.0);
        sound(are_gains, "gains are finite and not below 0")?;
        sound(self.losses.len() <= self.settings.trees, "a loss for each round at most")?;
        sound(self.losses.iter().all(|loss| loss.is_finite()), "losses are finite")
    }
}

impl Earlier for GradientBoostingModel {
    /// Files of version 1 do not tell what the rows of nodes weighed.
    fn earlier<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(remote = "GradientBoostingModel")]
        struct First {
            settings: GradientBoosting,
            classes: Classes,
            width: usize,
            known: Vec<u32>,
            base: Vec<f64>,
            #[serde(deserialize_with = "coverless")]
            trees: Flat,
            gains: Vec<f64>,
            losses: Vec<f64>,
        }
        First::deserialize(deserializer)
    }
}

/// No margin is larger: sums of as many as there may be are finite, or infinities would cancel out to what is no number.
const LARGEST: f64 = 1e200;

fn is_margin(margin: &f64) -> bool {
    margin.abs() <= LARGEST
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use netsift_data::Labels;

    use super::*;
    use crate::Learner as _;

    fn fitted() -> GradientBoostingModel {
        let rows = Array2::from_shape_fn((30, 2), |(row, column)| (row * (column + 3) % 11) as f64);
        let names: Vec<_> = (0..30).map(|row| ["a", "b", "c"][row % 11 / 4]).collect();
        let labels = Labels::of(names.iter().copied());
        let training = Training::new(rows.view(), &labels).unwrap();
        GradientBoosting::default().trees(3).fit(&training).unwrap()
    }

    #[test]
    fn rows_of_another_width_are_refused() {
        let wrong = fitted().probabilities(Array2::zeros((1, 3)).view());
        assert!(matches!(wrong, Err(ModelError::Shape { expected: 2, found: 3, .. })));
    }

    #[test]
    fn forged_models_are_unsound() {
        let model = fitted();
        model.check().unwrap();
        let cases: [fn(&mut GradientBoostingModel); 15] = [
            |model| model.known = vec![0, 1],
            |model| model.known = vec![0, 2, 1],
            |model| model.known = vec![0, 1, 3],
            |model| model.known.clear(),
            |model| model.base = vec![0.0],
            |model| model.base.clear(),
            |model| model.base[0] = f64::NAN,
            |model| model.base[0] = -f64::MAX,
            |model| model.trees.truncate(8),
            |model| model.width = 1,
            |model| model.gains[0] = -1.0,
            |model| model.gains.push(0.0),
            |model| model.settings = GradientBoosting::default().trees(2),
            |model| model.losses = vec![f64::INFINITY],
            |model| model.losses = vec![0.0; 4],
        ];
        for (number, forge) in cases.into_iter().enumerate() {
            let mut forged = model.clone();
            forge(&mut forged);
            assert!(matches!(forged.check(), Err(ModelError::Unsound { .. })), "{number}");
        }
        let of_one_leaf = |held: f64| {
            let mut forged = model.clone();
            forged.trees = Flat::new(1);
            for _ in 0..9 {
                let root = forged.trees.plant().unwrap();
                forged.trees.leaf(root, &[held]).unwrap();
            }
            forged
        };
        of_one_leaf(1e200).check().unwrap();
        // Nine of them would be infinite, and infinity less infinity is no number.
        assert!(of_one_leaf(f64::MAX).check().is_err());
        let mut forged = model.clone();
        forged.trees = Flat::new(3);
        assert!(forged.check().is_err());
    }
}
