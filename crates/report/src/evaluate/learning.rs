//! What more rows would do: the learner of a model fitted again on parts of the rows to train with.

use netsift_data::Dataset;
use netsift_data::split::Split;
use netsift_models::Bundle;
use netsift_models::judging::{CrossValidation, LearningPoint, Score};

use super::numbers::{Learning, LearningNumbers};
use crate::ReportError;

/// Where curves bend: few rows tell most.
const SHARES: [f64; 6] = [0.05, 0.1, 0.2, 0.4, 0.7, 1.0];
/// Each share is learned so often.
const FOLDS: usize = 3;

impl Learning {
    /// Of the learner and the settings that the model has, on rows prepared as it prepares them. Its file does not hold how
    /// classes were balanced and what calibrated its probabilities, so neither is done again.
    pub(super) fn of(
        bundle: &Bundle,
        train: &Dataset,
        score: Score,
        (seed, threads): (u64, usize),
    ) -> Result<Self, ReportError> {
        let recipe = bundle.recipe()?;
        let prepared = bundle.preparation().apply(train.clone())?;
        let split = Split::stratified(seed).allow_rare(true);
        let cross = CrossValidation::new(split, FOLDS).complete_plans(false).threads(threads);
        let curve = cross.learning_curve(&recipe, &prepared, &SHARES, score, seed)?;
        let points = curve.points.iter().map(LearningNumbers::of).collect();
        Ok(Self { score: score.name(), folds: FOLDS, points })
    }
}

impl LearningNumbers {
    fn of(point: &LearningPoint) -> Self {
        let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len().max(1) as f64;
        let rows: Vec<f64> = point.rows.iter().map(|&rows| rows as f64).collect();
        let held = point.held.iter();
        let between = held.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), &held| {
            (least.min(held), most.max(held))
        });
        Self {
            rows: mean(&rows),
            train: mean(&point.train),
            held: mean(&point.held),
            held_between: between,
        }
    }
}
