//! The columns that tell most about the label stay.

use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

use super::Transform;
use super::columns::{Columns, learn_numbers};
use super::removed::{Reason, Removed};
use crate::measure::{Bins, Sorted, cells, each};
use crate::{DataError, Dataset, Labels};

/// Intervals that a column is cut into. More see finer structure, and more of it in columns that have none.
const INTERVALS: usize = 64;

/// Keeps the columns of numbers that tell most about the label ([`mutual_information`]); of equal ones, the first.
/// Columns of texts stay: they can be encoded before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MostInformative {
    columns: Columns,
    count: usize,
}

impl MostInformative {
    /// So many of them; all, if there are no more.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self { columns: Columns::All, count }
    }

    /// Which columns are looked at; the others stay. Default: all of numbers.
    #[must_use]
    pub fn columns(self, columns: Columns) -> Self {
        Self { columns, ..self }
    }
}

impl Transform for MostInformative {
    type Fitted = Removed;

    fn fit(&self, data: &Dataset) -> Result<Removed, DataError> {
        if self.count == 0 {
            return Err(DataError::setting(
                "the number of columns that stay",
                self.count,
                "at least 1",
            ));
        }
        let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
        let mut told = learn_numbers(data, &self.columns, |name, cells| {
            Ok((name.to_owned(), information(cells, labels)))
        })?;
        told.sort_by(|one, other| other.1.total_cmp(&one.1));
        let mut removed = told.split_off(self.count.min(told.len()));
        let place = |name: &str| data.schema().names().position(|other| other == name);
        removed.sort_by_cached_key(|(name, _)| place(name));
        let reason = |(name, information)| (name, Reason::Uninformative { information });
        Ok(Removed::of(removed.into_iter().map(reason)))
    }
}

/// What a column tells about the label, in nats: 0 nothing, the entropy of the labels everything.
///
/// The column is cut into at most 64 intervals of about as many cells each (a column of no more distinct numbers into
/// those themselves, which is exact), missing cells making one more, and the information of intervals about labels is
/// what is answered. It needs no chance and no neighbours, and sees any dependence on order, straight or not.
///
/// Both ways of being wrong are known. What goes on inside an interval is not seen, so that a column of more than 64
/// numbers may tell more than is answered. And chance makes intervals differ: a column that tells nothing is answered
/// about `(i - 1) (c - 1) / 2 n` for `i` intervals that have rows, `c` classes and `n` rows, 0.006 nats at 64, 2 and
/// 5,000, and one that tells something that much too much at most. It is the same for all columns of as many intervals,
/// whose order it does not change; with few rows, columns of few numbers seem to tell less than others.
///
/// # Errors
/// [`DataError::Shape`] if there are other numbers of cells and labels.
pub fn mutual_information(column: ArrayView1<'_, f64>, labels: &Labels) -> Result<f64, DataError> {
    if column.len() != labels.len() {
        let (expected, found) = (column.len(), labels.len());
        return Err(DataError::Shape { what: "labels", expected, found });
    }
    Ok(information(&cells(column), labels))
}

/// What each column tells about the label, in their order, as [`mutual_information`] has it. A column of texts is taken for the
/// numbers of its texts.
///
/// # Errors
/// [`DataError::Unlabelled`] without labels.
pub fn mutual_informations(data: &Dataset) -> Result<Vec<f64>, DataError> {
    let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
    let told = each(data.width(), data.matrix().len(), |place| {
        data.column(place).map(|column| information(&cells(column), labels))
    });
    Ok(told.into_iter().flatten().collect())
}

/// All that can be told about labels, in nats: their entropy. Labels of one class tell nothing.
#[must_use]
pub fn label_entropy(labels: &Labels) -> f64 {
    let counts = labels.counts();
    let rows = counts.iter().sum::<usize>() as f64;
    let shares = counts.iter().filter(|count| **count > 0).map(|&count| count as f64 / rows);
    shares.map(|share| -share * share.ln()).sum::<f64>().max(0.0)
}

fn information(cells: &[f64], labels: &Labels) -> f64 {
    let bins = Bins::of(&Sorted::of(cells), INTERVALS);
    let classes = labels.classes().len();
    let mut joint = vec![0_usize; bins.len() * classes];
    for (&cell, &label) in cells.iter().zip(labels.numbers()) {
        if let Some(count) = joint.get_mut(bins.of_cell(cell) * classes + label as usize) {
            *count += 1;
        }
    }
    of_counts(&joint, classes)
}

/// Of how often each interval (a row of counts) meets each class.
fn of_counts(joint: &[usize], classes: usize) -> f64 {
    let total: usize = joint.iter().sum();
    let mut of_class = vec![0; classes];
    for row in joint.chunks_exact(classes.max(1)) {
        of_class.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
    }
    let mut information = 0.0;
    for row in joint.chunks_exact(classes.max(1)) {
        let of_row = row.iter().sum::<usize>() as f64;
        for (&count, &of_class) in row.iter().zip(&of_class).filter(|(count, _)| **count > 0) {
            let (count, expected) = (count as f64, of_row * of_class as f64 / total as f64);
            information += count / total as f64 * (count / expected).ln();
        }
    }
    information.max(0.0)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;
    use crate::Schema;

    fn told(column: Vec<f64>, labels: &[&str]) -> f64 {
        mutual_information(Array1::from(column).view(), &Labels::of(labels.iter().copied()))
            .unwrap()
    }

    #[test]
    fn information_is_what_the_formula_says() {
        let labels = ["x", "x", "y", "y"];
        assert!((told(vec![1.0, 1.0, 2.0, 2.0], &labels) - 2_f64.ln()).abs() < 1e-15);
        assert_eq!(told(vec![1.0, 2.0, 1.0, 2.0], &labels), 0.0);
        // Three of four cells are 1: 2/4 ln(2/4 / (3/4 2/4)) + 1/4 ln(1/4 / (3/4 2/4)) + 1/4 ln(1/4 / (1/4 2/4)).
        let expected = 0.5 * (4.0_f64 / 3.0).ln() + 0.25 * (2.0_f64 / 3.0).ln() + 0.25 * 2_f64.ln();
        assert!((told(vec![1.0, 1.0, 1.0, 2.0], &labels) - expected).abs() < 1e-15);
        let missing = told(vec![f64::NAN, f64::NAN, 2.0, 2.0], &labels);
        assert!((missing - 2_f64.ln()).abs() < 1e-15, "missing cells tell too");
    }

    #[test]
    fn a_dependence_that_is_not_straight_is_seen() {
        let column: Vec<f64> = (0..4000).map(|row| f64::from((row * 7919) % 4001)).collect();
        let in_the_middle = |cell: &f64| if (1000.0..3000.0).contains(cell) { "in" } else { "out" };
        let labels: Vec<_> = column.iter().map(in_the_middle).collect();
        let chance: Vec<_> = (0..4000).map(|row| if row % 2 == 0 { "in" } else { "out" }).collect();
        assert!(told(column.clone(), &labels) > 0.65);
        assert!(told(column, &chance) < 0.02);
    }

    #[test]
    fn all_columns_are_told_and_none_tells_more_than_there_is() {
        let rows = array![[1.0, 7.0], [1.0, 7.0], [2.0, 7.0], [2.0, 7.0]];
        let data = Dataset::new(Schema::numbers(["all", "nothing"]).unwrap(), rows).unwrap();
        assert!(matches!(mutual_informations(&data), Err(DataError::Unlabelled { .. })));
        let labels = Labels::of(["x", "x", "y", "y"]);
        assert!((label_entropy(&labels) - 2_f64.ln()).abs() < 1e-15);
        assert_eq!(label_entropy(&Labels::of(["x", "x"])), 0.0);
        let told = mutual_informations(&data.with_labels(labels).unwrap()).unwrap();
        assert!((told[0] - 2_f64.ln()).abs() < 1e-15 && told[1] == 0.0 && told.len() == 2);
    }

    /// The excess that the documentation says, as the mean of many columns of chance.
    #[test]
    fn columns_of_chance_seem_to_tell_what_intervals_and_classes_say() {
        const ROWS: usize = 2000;
        let mut chance = crate::chance::Chance::seeded(4);
        let mut column_of_chance = || {
            let labels: Vec<_> = (0..ROWS).map(|_| ["x", "y", "z"][chance.below(3)]).collect();
            told((0..ROWS).map(|_| chance.unit()).collect(), &labels)
        };
        let mean = (0..50).map(|_| column_of_chance()).sum::<f64>() / 50.0;
        let expected = 63.0 * 2.0 / (2 * ROWS) as f64;
        assert!((mean / expected - 1.0).abs() < 0.1, "{mean} is not {expected}");
    }

    #[test]
    fn the_columns_that_tell_most_stay_in_their_order() {
        let schema = Schema::numbers(["nothing", "all", "half", "copy"]).unwrap();
        let rows = array![
            [0.0, 1.0, 5.0, 1.0],
            [1.0, 1.0, 5.0, 1.0],
            [0.0, 2.0, 5.0, 2.0],
            [1.0, 2.0, 6.0, 2.0],
        ];
        let data = Dataset::new(schema, rows).unwrap();
        assert!(matches!(MostInformative::new(1).fit(&data), Err(DataError::Unlabelled { .. })));
        let data = data.with_labels(Labels::of(["x", "x", "y", "y"])).unwrap();
        let removed = |count| {
            let fitted = MostInformative::new(count).fit(&data).unwrap();
            fitted.columns().iter().map(|removal| removal.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(removed(1), ["nothing", "half", "copy"]);
        assert_eq!(removed(2), ["nothing", "half"]);
        assert!(removed(9).is_empty());
    }
}
