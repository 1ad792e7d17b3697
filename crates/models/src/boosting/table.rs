//! The rows that boosting sees: those that weigh something, and of which classes they are.

use ndarray::{ArrayView2, Axis, CowArray, Ix2};

use super::sums::MOST_ROWS;
use crate::{ModelError, Settings, Training};

/// Rows, classes and weights, without rows that weigh nothing.
pub(super) struct Table<'a> {
    pub(super) rows: CowArray<'a, f64, Ix2>,
    /// Among those classes that have a row: which one each row is of.
    pub(super) classes: Vec<u32>,
    pub(super) weights: Option<Vec<f64>>,
}

impl<'a> Table<'a> {
    /// The rows of some of these classes.
    pub(super) fn of(training: &Training<'a>, known: &[u32]) -> Result<Self, ModelError> {
        let most = MOST_ROWS;
        if training.len() > most {
            let (learner, found) = (super::GradientBoosting::NAME, training.len());
            return Err(ModelError::TooMany { learner, what: "rows", most, found });
        }
        let weighs = |row: usize| training.row_weights().is_none() || training.weight(row) > 0.0;
        let classes = training.labels().iter().map(|&class| place(known, class)).collect();
        let weights = training.row_weights().map(<[f64]>::to_vec);
        let all = Table { rows: training.rows().into(), classes, weights };
        let kept: Vec<usize> = (0..training.len()).filter(|&row| weighs(row)).collect();
        Ok(if kept.len() == training.len() { all } else { all.select(&kept) })
    }

    /// Some of the rows.
    pub(super) fn select(&self, rows: &[usize]) -> Table<'a> {
        let pick = |from: &[f64]| rows.iter().filter_map(|&row| from.get(row).copied()).collect();
        Table {
            rows: self.rows.select(Axis(0), rows).into(),
            classes: rows.iter().filter_map(|&row| self.classes.get(row).copied()).collect(),
            weights: self.weights.as_deref().map(pick),
        }
    }

    /// Those that are held out, and those that are not: the other way round.
    pub(super) fn part(&self, is_held: &[bool]) -> [Table<'a>; 2] {
        let rows = |held: bool| {
            let rows = is_held.iter().enumerate().filter(|&(_, &is_held)| is_held == held);
            rows.map(|(row, _)| row).collect::<Vec<_>>()
        };
        [self.select(&rows(false)), self.select(&rows(true))]
    }

    pub(super) fn view(&self) -> ArrayView2<'_, f64> {
        self.rows.view()
    }

    pub(super) fn len(&self) -> usize {
        self.classes.len()
    }

    /// Each class's share of the weight.
    pub(super) fn shares(&self, classes: usize) -> Vec<f64> {
        let mut shares = vec![0.0; classes];
        let mut all = 0.0;
        for (row, &class) in self.classes.iter().enumerate() {
            let weight = self.weight(row);
            all += weight;
            if let Some(share) = shares.get_mut(class as usize) {
                *share += weight;
            }
        }
        shares.iter_mut().for_each(|share| *share /= all);
        shares
    }

    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights.get(row).copied().unwrap_or(0.0))
    }
}

/// The classes that have a row which weighs something.
pub(super) fn known(training: &Training<'_>) -> Vec<u32> {
    let sums = training.class_sums().into_iter().enumerate();
    sums.filter(|&(_, sum)| sum > 0.0).map(|(class, _)| class as u32).collect()
}

/// Which of the known classes it is; none of them, if it is not.
fn place(known: &[u32], class: u32) -> u32 {
    known.binary_search(&class).map_or(u32::MAX, |place| place as u32)
}
