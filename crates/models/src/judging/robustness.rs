//! What wrong labels and noisy cells do to a learner: scores of rows that it has not learned from, against how much of it.

use netsift_data::Dataset;

use super::altered::{mislabelled, shaken};
use super::cross::Fits;
use super::learning::MOST_CURVE_POINTS;
use super::{CrossValidation, Score};
use crate::{ModelError, Predictor, Recipe};

/// What is made worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Noise {
    /// This share of the rows to train with is said to be of another class; those to judge by are right.
    Labels,
    /// Numbers of the rows to judge by are off by normal noise of so many deviations of their columns.
    Cells,
}

/// Scores against noise.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RobustnessCurve {
    /// What was made worse.
    pub noise: Noise,
    /// In the order that was asked for.
    pub points: Vec<NoisePoint>,
}

/// What comes of so much noise.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NoisePoint {
    /// How much: a share of labels, or deviations.
    pub level: f64,
    /// The score of rows that were not learned from, fold by fold.
    pub held: Vec<f64>,
}

impl CrossValidation<'_> {
    /// Learns with wrong labels, or is asked about noisy cells, at each of these levels. More noise holds the wrong labels of
    /// less, and moves cells into the same direction.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for a share of labels outside of 0 to 1, deviations that are not finite or below 0, or no level
    /// at all; [`ModelError::OneClass`] where labels cannot be wrong, and those of [`of`](Self::of).
    pub fn robustness(
        &self,
        recipe: &Recipe,
        data: &Dataset,
        (noise, levels): (Noise, &[f64]),
        score: Score,
        seed: u64,
    ) -> Result<RobustnessCurve, ModelError> {
        noise.check(levels)?;
        let folds = self.folds(data)?;
        // Noise on cells needs one fit a fold, noise on labels one a level.
        let fits_a_fold = if noise == Noise::Labels { levels.len() } else { 1 };
        let of = folds.len() * fits_a_fold;
        let mut points: Vec<NoisePoint> =
            levels.iter().map(|&level| NoisePoint { level, held: Vec::new() }).collect();
        for (number, fold) in folds.iter().enumerate() {
            let mut fits = Fits { before: number * fits_a_fold, of };
            let mut fitted: Option<Predictor> = None;
            for point in &mut points {
                let one = std::slice::from_ref(fold);
                let held = self.each(recipe, data, one, fits, |train, test, fold| {
                    let (train, test) = match noise {
                        Noise::Labels => (mislabelled(&train, point.level, seed)?, test),
                        Noise::Cells => {
                            let test = shaken(&test, &train, point.level, seed)?;
                            (train, test)
                        }
                    };
                    let predictor = match fitted.take() {
                        Some(predictor) => predictor,
                        None => self.fitting.fit(recipe, &train)?.predictor,
                    };
                    let said = self.said(&predictor, &test, (train.rows(), &fold.test))?;
                    fitted = (noise == Noise::Cells).then_some(predictor);
                    said.score(score)
                })?;
                point.held.extend(held);
                fits.before = (fits.before + 1).min((number + 1) * fits_a_fold - 1);
            }
        }
        Ok(RobustnessCurve { noise, points })
    }
}

impl Noise {
    fn check(self, levels: &[f64]) -> Result<(), ModelError> {
        let (most, rule) = match self {
            Self::Labels => (1.0, "from 0 to 1, one to a thousand of them"),
            Self::Cells => (f64::MAX, "finite and not below 0, one to a thousand of them"),
        };
        let are_levels = levels.iter().all(|level| (0.0..=most).contains(level));
        let is_curve = (1..=MOST_CURVE_POINTS).contains(&levels.len());
        ModelError::rule(are_levels && is_curve, "the list of levels", format!("{levels:?}"), rule)
    }
}

#[cfg(test)]
mod tests {
    use netsift_data::Labels;
    use netsift_data::split::Split;

    use super::*;
    use crate::judging::learning::tests::mixed;

    fn curve(name: &str, noise: Noise, levels: &[f64]) -> Vec<f64> {
        let cross = CrossValidation::new(Split::stratified(2), 3);
        let recipe = Recipe::named(name).unwrap();
        let asked = (noise, levels);
        let told = cross.robustness(&recipe, &mixed(300, 3), asked, Score::Accuracy, 4).unwrap();
        assert!(told.points.iter().all(|point| point.held.len() == 3));
        told.points.iter().map(|point| point.held.iter().sum::<f64>() / 3.0).collect()
    }

    #[test]
    fn wrong_labels_hurt_and_all_wrong_turn_the_answer_round() {
        let told = curve("naive-bayes", Noise::Labels, &[0.0, 0.1, 0.5, 1.0]);
        assert!(told[0] > 0.8 && told[1] > told[0] - 0.05, "{told:?}");
        assert!(told[2] < 0.7 && (told[3] - (1.0 - told[0])).abs() < 0.02, "{told:?}");
    }

    #[test]
    fn noisy_cells_hurt_more_and_more() {
        let told = curve("naive-bayes", Noise::Cells, &[0.0, 0.5, 50.0]);
        assert!(told[0] > told[1] && told[1] > told[2] && told[2] < 0.62, "{told:?}");
        let plain = CrossValidation::new(Split::stratified(2), 3);
        let plain = plain.of(&Recipe::named("naive-bayes").unwrap(), &mixed(300, 3)).unwrap();
        let plain = plain.scores(Score::Accuracy).unwrap();
        assert_eq!(told[0], plain.iter().map(|fold| fold.score).sum::<f64>() / 3.0);
    }

    #[test]
    fn levels_have_limits_and_one_class_cannot_be_mistaken() {
        let cross = CrossValidation::new(Split::plain(2), 3);
        let dummy = Recipe::named("dummy").unwrap();
        let refused = |noise, levels: &[f64], data: &Dataset| {
            cross.robustness(&dummy, data, (noise, levels), Score::Accuracy, 0).unwrap_err()
        };
        let data = mixed(30, 1);
        for wrong in [&[][..], &[-0.1], &[1.1], &[f64::NAN]] {
            assert!(matches!(refused(Noise::Labels, wrong, &data), ModelError::Setting { .. }));
        }
        assert!(matches!(
            refused(Noise::Cells, &[f64::INFINITY], &data),
            ModelError::Setting { .. }
        ));
        let one = data.with_labels(Labels::of(vec!["a"; 30])).unwrap();
        assert!(matches!(refused(Noise::Labels, &[0.1], &one), ModelError::OneClass { .. }));
    }
}
