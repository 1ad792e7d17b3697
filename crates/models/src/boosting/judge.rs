//! When to stop: the loss on rows that no tree was grown on.

use super::objective::Objective;
use super::table::Table;
use crate::tree::flat::Flat;

/// Follows the loss on held rows.
pub(super) struct Judge<'a, 't> {
    held: &'a Table<'t>,
    objective: Objective,
    /// Row by row.
    margins: Vec<f64>,
    losses: Vec<f64>,
    best: Option<Standing>,
}

/// How far learning was when the loss was least.
struct Standing {
    rounds: usize,
    loss: f64,
    gains: Vec<f64>,
}

impl<'a, 't> Judge<'a, 't> {
    pub(super) fn new(held: &'a Table<'t>, objective: Objective, base: &[f64]) -> Self {
        let margins = base.repeat(held.len());
        Self { held, objective, margins, losses: Vec::new(), best: None }
    }

    /// Adds the trees of a round, after which the columns have gained this much.
    pub(super) fn add(&mut self, trees: &Flat, gains: &[f64]) {
        trees.add(self.held.view(), self.objective.margins(), &mut self.margins);
        let loss = self.loss();
        self.losses.push(loss);
        if self.best.as_ref().is_none_or(|best| loss < best.loss) {
            let rounds = self.losses.len();
            self.best = Some(Standing { rounds, loss, gains: gains.to_vec() });
        }
    }

    /// Whether the best round is not longer ago than that.
    pub(super) fn is_patient(&self, patience: Option<usize>) -> bool {
        let since = self.losses.len() - self.best_rounds();
        patience.is_none_or(|patience| since < patience)
    }

    /// Rounds up to the best.
    pub(super) fn best_rounds(&self) -> usize {
        self.best.as_ref().map_or(0, |best| best.rounds)
    }

    /// What columns had gained then.
    pub(super) fn best_gains(&self) -> Vec<f64> {
        self.best.as_ref().map_or(Vec::new(), |best| best.gains.clone())
    }

    /// The loss after each round.
    pub(super) fn losses(self) -> Vec<f64> {
        self.losses
    }

    /// The mean loss, as rows weigh.
    fn loss(&self) -> f64 {
        let rows = self.margins.chunks(self.objective.margins().max(1)).zip(&self.held.classes);
        let (mut loss, mut weight) = (0.0, 0.0);
        for (row, (margins, &class)) in rows.enumerate() {
            let probabilities = self.objective.probabilities(margins);
            let share = probabilities.get(class as usize).copied().unwrap_or(0.0);
            loss += self.held.weight(row) * Objective::loss(share);
            weight += self.held.weight(row);
        }
        // Weights may be so large that they have no sum.
        Some(loss / weight).filter(|mean| mean.is_finite()).unwrap_or(f64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::Labels;

    use super::*;
    use crate::Training;

    /// A tree that adds a number to every margin.
    fn adding(number: f64) -> Flat {
        let mut trees = Flat::new(1);
        let root = trees.plant().unwrap();
        trees.leaf(root, &[number]).unwrap();
        trees
    }

    #[test]
    fn the_best_round_is_kept_as_long_as_patience_lasts() {
        let rows = array![[0.0], [0.0], [0.0]];
        let labels = Labels::of(["a", "b", "b"]);
        let training =
            Training::new(rows.view(), &labels).unwrap().weights(vec![1.0, 2.0, 1.0]).unwrap();
        let held = Table::of(&training, &[0, 1]).unwrap();
        let mut judge = Judge::new(&held, Objective::Logistic, &[0.0]);
        judge.add(&adding(1.0), &[1.0]);
        assert!(judge.is_patient(Some(1)));
        judge.add(&adding(2.0), &[2.0]);
        assert!(judge.is_patient(Some(2)) && judge.is_patient(None));
        assert!(!judge.is_patient(Some(1)));
        judge.add(&adding(-1.9), &[3.0]);
        assert_eq!((judge.best_rounds(), judge.best_gains()), (3, vec![3.0]));
        // Of the weight, a quarter is of the first class.
        let loss =
            |margin: f64| 0.25 * (1.0 + margin.exp()).ln() + 0.75 * (1.0 + (-margin).exp()).ln();
        let losses = judge.losses();
        let expected = [1.0, 3.0, 1.1].map(loss);
        assert!(losses.iter().zip(expected).all(|(loss, told)| (loss - told).abs() < 1e-12));
    }
}
