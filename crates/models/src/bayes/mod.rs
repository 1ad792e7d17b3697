//! Naive Bayes: what a class makes likely is learned of each column by itself, and multiplied.

mod bernoulli;
mod gaussian;

pub use bernoulli::{BernoulliNaiveBayes, BernoulliNaiveBayesModel};
pub use gaussian::{NaiveBayes, NaiveBayesModel};

use ndarray::{Array2, ArrayView2, Axis};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use crate::ModelError;
use crate::check::sound;
use crate::linear::{bounded, known_classes, shares};

/// How often each class is to be expected before a row is looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Priors {
    /// The classes that had rows, ascending.
    known: Vec<u32>,
    /// The logarithm of the share of each.
    logs: Vec<f64>,
}

impl Priors {
    fn of(sums: &[f64]) -> Self {
        let all: f64 = sums.iter().sum();
        let had_rows = || (0..).zip(sums).filter(|(_, sum)| **sum > 0.0);
        Self {
            known: had_rows().map(|(class, _)| class).collect(),
            logs: had_rows().map(|(_, sum)| (sum / all).ln()).collect(),
        }
    }

    /// Where each class stands among those that had rows.
    fn places(&self, classes: usize) -> Vec<usize> {
        let mut places = vec![0; classes];
        for (place, &class) in self.known.iter().enumerate() {
            places[class as usize] = place;
        }
        places
    }

    /// How probable each class is for rows, by what `add` adds to the logarithms of a row.
    fn probabilities(
        &self,
        rows: ArrayView2<'_, f64>,
        asked: &Asked<'_>,
        add: impl Fn(&[f64], &mut [f64]),
    ) -> Result<Array2<f64>, ModelError> {
        let rows = bounded(rows, asked.width, asked.learner)?;
        let mut probabilities = Array2::zeros((rows.nrows(), asked.classes.len()));
        let mut cells = vec![0.0; asked.width];
        let mut logs = self.logs.clone();
        for (row, mut told) in rows.outer_iter().zip(probabilities.axis_iter_mut(Axis(0))) {
            cells.iter_mut().zip(row).for_each(|(cell, &value)| *cell = value);
            logs.copy_from_slice(&self.logs);
            add(&cells, &mut logs);
            shares(&mut logs);
            for (&class, share) in self.known.iter().zip(&logs) {
                told[class as usize] = *share;
            }
        }
        Ok(probabilities)
    }

    fn check(&self, classes: &Classes) -> Result<(), ModelError> {
        known_classes(&self.known, classes, 1)?;
        sound(self.logs.len() == self.known.len(), "a share for each class that had rows")?;
        let are_shares = self.logs.iter().all(|log| log.is_finite() && *log <= 1e-9);
        sound(are_shares, "shares are from 0 to 1")
    }
}

/// Who is asked.
struct Asked<'a> {
    learner: &'static str,
    width: usize,
    classes: &'a Classes,
}
