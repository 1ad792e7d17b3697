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

/// Weights that are at most so many times the least.
const MOST_REPEATS: f64 = 1024.0;

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

    /// How often each row stands for one of the least weight, if all weights are multiples of it: not too often, and
    /// not too often together.
    pub(super) fn repeats(&self) -> Option<Vec<u32>> {
        let weights = self.weights.as_ref()?;
        let least = weights.iter().fold(f64::INFINITY, |least, &weight| weight.min(least));
        let repeats = weights.iter().map(|weight| weight / least);
        let are_whole = repeats.clone().all(|times| times.fract() == 0.0 && times <= MOST_REPEATS);
        (are_whole && repeats.clone().sum::<f64>() <= MOST_ROWS as f64)
            .then(|| repeats.map(|times| times as u32).collect())
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

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::{Classes, Labels};

    use super::*;

    #[test]
    fn rows_without_weight_and_classes_without_rows_are_not_there() {
        let rows = array![[1.0], [2.0], [3.0], [4.0]];
        let classes = Classes::new(["a", "b", "c", "d"]).unwrap();
        let labels = Labels::new(classes, vec![3, 1, 0, 3]).unwrap();
        let training =
            Training::new(rows.view(), &labels).unwrap().weights(vec![1.0, 2.0, 0.0, 5.0]).unwrap();
        let known = known(&training);
        assert_eq!(known, [1, 3]);
        let table = Table::of(&training, &known).unwrap();
        assert_eq!(
            (table.view(), &table.classes[..]),
            (array![[1.0], [2.0], [4.0]].view(), &[1, 0, 1][..])
        );
        assert_eq!(
            (table.weights.as_deref(), table.shares(2)),
            (Some(&[1.0, 2.0, 5.0][..]), vec![0.25, 0.75])
        );
        assert_eq!(table.repeats(), Some(vec![1, 2, 5]));
        let [learned, held] = table.part(&[false, true, false]);
        assert_eq!((held.view(), &held.classes[..]), (array![[2.0]].view(), &[0][..]));
        assert_eq!((learned.classes, learned.weights), (vec![1, 1], Some(vec![1.0, 5.0])));
    }

    #[test]
    fn only_whole_multiples_are_repeats() {
        let repeats = |weights: &[f64]| {
            let rows = CowArray::from(ndarray::Array2::zeros((weights.len(), 0)));
            Table { rows, classes: vec![0; weights.len()], weights: Some(weights.to_vec()) }
                .repeats()
        };
        assert_eq!(repeats(&[0.5, 1.5, 0.5]), Some(vec![1, 3, 1]));
        assert_eq!(repeats(&[1.0, 1024.0]), Some(vec![1, 1024]));
        assert_eq!((repeats(&[1.0, 1025.0]), repeats(&[1.0, 1.5])), (None, None));
    }
}
