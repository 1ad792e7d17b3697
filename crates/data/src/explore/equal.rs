//! Rows of one dataset that are equal.

use std::collections::HashSet;

use crate::measure::first_equals;
use crate::split::Fold;
use crate::{Dataset, Labels};

/// Rows that are equal in all columns, whatever their labels are. Where some of them are learned and others judged by, what
/// was learned by heart looks like skill.
///
/// ```
/// use netsift_data::explore::EqualRows;
/// use netsift_data::split::Split;
/// use netsift_data::{Dataset, Schema};
/// use ndarray::array;
///
/// # fn main() -> Result<(), netsift_data::DataError> {
/// let rows = array![[1.0], [2.0], [1.0], [3.0], [2.0], [1.0]];
/// let data = Dataset::new(Schema::numbers(["packets"])?, rows)?;
/// let equal = EqualRows::of(&data);
/// assert_eq!(equal.repeated(), 3);
///
/// let together = Split::plain(7).equal_together(true);
/// assert_eq!(equal.over(&together.folds(&data, 3)?), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EqualRows {
    /// Of each row the first that is equal to it.
    firsts: Vec<usize>,
}

impl EqualRows {
    /// Those of a dataset.
    #[must_use]
    pub fn of(data: &Dataset) -> Self {
        Self { firsts: first_equals(data) }
    }

    /// How many rows have an equal one before them.
    #[must_use]
    pub fn repeated(&self) -> usize {
        self.firsts.iter().enumerate().filter(|(row, first)| row != *first).count()
    }

    /// How many rows have an equal one of another class: no model can tell all of them rightly.
    #[must_use]
    pub fn over_classes(&self, labels: &Labels) -> usize {
        let class = |row: usize| labels.numbers().get(row).copied();
        let rows = || self.firsts.iter().copied().enumerate();
        let differs = |&(row, first): &(usize, usize)| class(row) != class(first);
        let mixed: HashSet<usize> = rows().filter(differs).map(|(_, first)| first).collect();
        rows().filter(|(_, first)| mixed.contains(first)).count()
    }

    /// How many rows that some fold judges by have an equal one among those that the fold trains with.
    #[must_use]
    pub fn over(&self, folds: &[Fold]) -> usize {
        let first = |row: &usize| self.firsts.get(*row);
        let of_fold = |fold: &Fold| {
            let learned: HashSet<&usize> = fold.train.iter().filter_map(first).collect();
            fold.test.iter().filter_map(first).filter(|first| learned.contains(first)).count()
        };
        folds.iter().map(of_fold).sum()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::split::Split;
    use crate::{Classes, Field, Labels, Schema};

    #[test]
    fn rows_are_equal_cell_by_cell_and_labels_do_not_count() {
        let texts = Classes::new(["tcp", "udp"]).unwrap();
        let schema = Schema::new([Field::number("n"), Field::text("p", texts)]).unwrap();
        let nan = f64::NAN;
        let rows = array![[0.0, 1.0], [nan, 0.0], [-0.0, 1.0], [nan, 0.0], [nan, 1.0], [0.0, nan]];
        let data = Dataset::new(schema, rows).unwrap();
        let data = data.with_labels(Labels::of(["a", "a", "b", "a", "a", "a"])).unwrap();
        let equal = EqualRows::of(&data);
        assert_eq!((equal.firsts.as_slice(), equal.repeated()), (&[0, 1, 0, 1, 4, 5][..], 2));
        assert_eq!(equal.over_classes(data.labels().unwrap()), 2, "the first and the third");
        let bare = Dataset::new(Schema::default(), Array2::zeros((3, 0))).unwrap();
        assert_eq!(EqualRows::of(&bare).firsts, [0, 0, 0]);
        assert_eq!(EqualRows::of(&data.slice(0..0)).repeated(), 0);
    }

    #[test]
    fn rows_are_counted_that_a_fold_has_learned() {
        let cells = Array2::from_shape_fn((90, 1), |(row, _)| (row / 3) as f64);
        let data = Dataset::new(Schema::numbers(["n"]).unwrap(), cells).unwrap();
        let equal = EqualRows::of(&data);
        assert_eq!(equal.repeated(), 60);
        let apart = Split::plain(1).folds(&data, 5).unwrap();
        let by_hand = apart.iter().flat_map(|fold| {
            let is_learned = |row: &&usize| fold.train.iter().any(|one| one / 3 == **row / 3);
            fold.test.iter().filter(is_learned)
        });
        let counted = by_hand.count();
        assert!(counted > 60, "{counted}");
        assert_eq!(equal.over(&apart), counted);
        let together = Split::plain(1).equal_together(true).folds(&data, 5).unwrap();
        assert_eq!(equal.over(&together), 0);
    }
}
