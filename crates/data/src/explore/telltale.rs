//! Single columns that give the label away.

use serde::{Deserialize, Serialize};

use crate::measure::{Bins, Sorted, cells, each};
use crate::{Dataset, Labels};

/// Intervals of a column that each tell one class: as many as a small tree of one column has leaves.
const INTERVALS: usize = 32;

/// A column that nearly gives the label away by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Telltale {
    /// Its name.
    pub column: String,
    /// The share of rows to test with whose class it tells rightly.
    pub accuracy: f64,
    /// The share of them that is of the class most frequent in training: what telling nothing but that comes to.
    pub majority: f64,
}

/// The columns that take away at least that share of the errors that always telling the majority makes. Each is cut
/// into intervals by the rows to train with; each interval tells the class it has most rows of.
pub(super) fn telltales(train: &Dataset, test: &Dataset, threshold: f64) -> Vec<Telltale> {
    let (Some(labels), Some(truth)) = (train.labels(), test.labels()) else { return Vec::new() };
    let Some(majority) = most(&labels.counts()) else { return Vec::new() };
    // The classes of training, under the numbers of the rows to test with.
    let names: Vec<Option<u32>> =
        labels.classes().names().map(|name| truth.classes().number(name)).collect();
    let right = |told: usize, truth: u32| names.get(told) == Some(&Some(truth));
    let rows = truth.len() as f64;
    let majority =
        truth.numbers().iter().filter(|&&truth| right(majority, truth)).count() as f64 / rows;
    let found = each(train.width(), train.matrix().len(), |place| {
        let field = train.schema().fields().get(place)?;
        let column = cells(train.column(place)?);
        let other = test.column(test.schema().place(&field.name).ok()?)?;
        let other_texts =
            test.schema().fields().get(test.schema().place(&field.name).ok()?)?.texts();
        let numbers = field.texts().zip(other_texts).map(|(texts, others)| {
            others
                .names()
                .map(|text| texts.number(text).map_or(f64::NAN, f64::from))
                .collect::<Vec<_>>()
        });
        let as_trained = |cell: f64| match &numbers {
            Some(numbers) if !cell.is_nan() => {
                numbers.get(cell as usize).copied().unwrap_or(f64::NAN)
            }
            _ => cell,
        };
        let bins = Bins::of(&Sorted::of(&column), INTERVALS);
        let told = told(&column, labels, &bins);
        let hits = other.iter().zip(truth.numbers()).filter(|&(&cell, &truth)| {
            told.get(bins.of_cell(as_trained(cell)))
                .copied()
                .flatten()
                .is_some_and(|told| right(told, truth))
        });
        let accuracy = hits.count() as f64 / rows;
        let is_telltale =
            accuracy > majority && accuracy - majority >= threshold * (1.0 - majority);
        is_telltale.then(|| Telltale { column: field.name.clone(), accuracy, majority })
    });
    found.into_iter().flatten().collect()
}

/// The class that each interval tells; of an interval without rows, the majority's.
fn told(column: &[f64], labels: &Labels, bins: &Bins) -> Vec<Option<usize>> {
    let classes = labels.classes().len();
    let mut counts = vec![0; bins.len() * classes];
    for (&cell, &label) in column.iter().zip(labels.numbers()) {
        if let Some(count) = counts.get_mut(bins.of_cell(cell) * classes + label as usize) {
            *count += 1;
        }
    }
    let majority = most(&labels.counts());
    counts.chunks_exact(classes.max(1)).map(|counts| most(counts).or(majority)).collect()
}

/// The place of the largest count, the first of several; none if all are zero.
fn most(counts: &[usize]) -> Option<usize> {
    let largest = counts.iter().zip(0..).filter(|(count, _)| **count > 0);
    largest.max_by_key(|&(count, place)| (count, std::cmp::Reverse(place))).map(|(_, place)| place)
}
