//! What more rows would do: scores of the rows to train with and of the others, against how many were learned from.

use netsift_data::Dataset;

use super::altered::sampled;
use super::cross::Fits;
use super::{CrossValidation, Score};
use crate::{ModelError, Recipe};

/// More points than anybody looks at.
pub(super) const MOST_CURVE_POINTS: usize = 1_000;

/// Scores against rows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LearningCurve {
    /// In the order that was asked for.
    pub points: Vec<LearningPoint>,
}

/// What comes of so many rows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LearningPoint {
    /// The share of the rows to train with.
    pub share: f64,
    /// How many that was, fold by fold.
    pub rows: Vec<usize>,
    /// The score of those that were learned from, fold by fold. Where it is far better than the other, more rows help.
    pub train: Vec<f64>,
    /// The score of the rows of the fold that were not.
    pub held: Vec<f64>,
}

impl CrossValidation<'_> {
    /// Learns from each of these shares of the rows to train with, fold by fold; classes keep their shares, and more rows
    /// hold all of fewer.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for a share outside of 0 to 1 or none at all, and those of [`of`](Self::of).
    pub fn learning_curve(
        &self,
        recipe: &Recipe,
        data: &Dataset,
        shares: &[f64],
        score: Score,
        seed: u64,
    ) -> Result<LearningCurve, ModelError> {
        let are_shares = shares.iter().all(|share| *share > 0.0 && *share <= 1.0);
        let is_curve = (1..=MOST_CURVE_POINTS).contains(&shares.len());
        let rule = "above 0 and up to 1, one to a thousand of them";
        ModelError::rule(
            are_shares && is_curve,
            "the list of shares",
            format!("{shares:?}"),
            rule,
        )?;
        let folds = self.folds(data)?;
        let point = |(number, &share): (usize, &f64)| {
            let fits = Fits { before: number * folds.len(), of: shares.len() * folds.len() };
            let said = self.each(recipe, data, &folds, fits, |train, test, fold| {
                let train = sampled(&train, share, seed)?;
                let predictor = self.fitting.fit(recipe, &train)?.predictor;
                let of = |data: &Dataset, rows: &[usize]| {
                    self.said(&predictor, data, (train.rows(), rows))?.score(score)
                };
                Ok((train.rows(), of(&train, &[])?, of(&test, &fold.test)?))
            })?;
            Ok(LearningPoint {
                share,
                rows: said.iter().map(|(rows, ..)| *rows).collect(),
                train: said.iter().map(|(_, train, _)| *train).collect(),
                held: said.iter().map(|(.., held)| *held).collect(),
            })
        };
        let points = shares.iter().enumerate().map(point);
        Ok(LearningCurve { points: points.collect::<Result<_, ModelError>>()? })
    }
}

#[cfg(test)]
pub(in crate::judging) mod tests {
    use ndarray::Array2;
    use netsift_data::split::Split;
    use netsift_data::{Chance, Labels, Schema};

    use super::*;

    /// Two classes beside each other that noise mixes: what is learned by heart does not help.
    pub(in crate::judging) fn mixed(rows: usize, seed: u64) -> Dataset {
        let mut chance = Chance::seeded(seed);
        let classes: Vec<&str> = (0..rows).map(|row| ["benign", "scan"][row % 2]).collect();
        let cells = Array2::from_shape_fn((rows, 3), |(row, column)| {
            let told = if column < 2 { (row % 2) as f64 } else { 0.0 };
            told + 1.5 * (chance.unit() + chance.unit() - 1.0)
        });
        let data = Dataset::new(Schema::numbers(["a", "b", "c"]).unwrap(), cells).unwrap();
        data.with_labels(Labels::of(classes)).unwrap()
    }

    fn mean(scores: &[f64]) -> f64 {
        scores.iter().sum::<f64>() / scores.len() as f64
    }

    #[test]
    fn more_rows_help_a_learner_that_learns_by_heart() {
        let (data, recipe) = (mixed(600, 1), Recipe::named("knn").unwrap());
        let cross = CrossValidation::new(Split::stratified(2), 4);
        let curve = |seed| {
            cross.learning_curve(&recipe, &data, &[0.02, 0.2, 1.0], Score::Accuracy, seed).unwrap()
        };
        let told = curve(5);
        assert_eq!(told.points[2].rows, [450; 4]);
        assert_eq!(told.points[0].rows, [10; 4]);
        assert!(mean(&told.points[0].held) + 0.02 < mean(&told.points[2].held), "{told:?}");
        assert!(mean(&told.points[2].train) > mean(&told.points[2].held), "{told:?}");
        assert_eq!(told, curve(5));
        assert_ne!(told, curve(6));
    }

    #[test]
    fn shares_are_shares() {
        let (data, recipe) = (mixed(40, 1), Recipe::named("dummy").unwrap());
        let cross = CrossValidation::new(Split::stratified(2), 4);
        for wrong in [&[][..], &[0.0], &[1.1], &[f64::NAN], &[0.5, -1.0], &[0.5; 1_001]] {
            let refused = cross.learning_curve(&recipe, &data, wrong, Score::Accuracy, 0);
            assert!(matches!(refused, Err(ModelError::Setting { .. })));
        }
    }
}
