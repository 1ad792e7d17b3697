//! Classes of very different sizes, brought nearer to each other: by copies, by leaving out, by made rows, by weights.
//!
//! Only rows to train with are balanced: rows to judge by stay as they come.

mod finding;
mod made;
mod over;
mod smote;
mod target;
mod under;
mod weights;

use crate::{DataError, Dataset};

pub use finding::{Answer, Cause, Finding};
pub use made::MAX_COMPARISONS;
pub use over::OverSample;
pub use smote::{Few, Smote, SmoteKind};
pub use target::Target;
pub use under::UnderSample;
pub use weights::ClassWeights;

/// A way to change how many rows classes have.
pub trait Balance {
    /// The rows with other numbers of them in each class, and what became of classes otherwise than was asked for. The
    /// same seed gives the same rows.
    ///
    /// # Errors
    /// [`DataError::Unlabelled`] without labels, [`DataError::Setting`] for a target that cannot be reached, and what each
    /// way says.
    fn balanced(&self, data: &Dataset) -> Result<Balanced, DataError>;

    /// The rows of [`balanced`](Self::balanced) alone, for whoever need not know what became of classes.
    ///
    /// # Errors
    /// As [`balanced`](Self::balanced).
    fn balance(&self, data: &Dataset) -> Result<Dataset, DataError> {
        Ok(self.balanced(data)?.data)
    }
}

/// What balancing comes to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Balanced {
    /// The rows.
    pub data: Dataset,
    /// Classes that could not be balanced as was asked for.
    pub findings: Vec<Finding>,
}

/// The rows of each class, by its number.
fn rows_of_classes(data: &Dataset) -> Result<Vec<Vec<usize>>, DataError> {
    let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
    let mut of_class = vec![Vec::new(); labels.classes().len()];
    for (row, &number) in labels.numbers().iter().enumerate() {
        if let Some(rows) = of_class.get_mut(number as usize) {
            rows.push(row);
        }
    }
    Ok(of_class)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::{Labels, Schema};

    fn labelled(classes: &[u8]) -> Dataset {
        let names: Vec<String> = classes.iter().map(u8::to_string).collect();
        let matrix = Array2::from_shape_fn((classes.len(), 1), |(row, _)| row as f64);
        let data = Dataset::new(Schema::numbers(["row"]).unwrap(), matrix).unwrap();
        data.with_labels(Labels::of(names.iter().map(String::as_str))).unwrap()
    }

    #[test]
    fn rows_without_labels_cannot_be_balanced() {
        let bare = Dataset::new(Schema::default(), Array2::zeros((3, 0))).unwrap();
        for way in [&OverSample::new(1) as &dyn Balance, &UnderSample::new(1), &Smote::new(1)] {
            assert!(matches!(way.balance(&bare), Err(DataError::Unlabelled { .. })));
        }
    }

    proptest! {
        #[test]
        fn copies_are_of_their_class_and_nothing_is_lost(classes in prop::collection::vec(0_u8..4, 0..60), seed in any::<u64>()) {
            let data = labelled(&classes);
            let largest = data.labels().unwrap().counts().into_iter().max().unwrap_or(0);
            let rows = OverSample::new(seed).rows(&data).unwrap();
            prop_assert!(rows[..classes.len()].iter().copied().eq(0..classes.len()));
            let balanced = OverSample::new(seed).balance(&data).unwrap();
            prop_assert!(balanced.labels().unwrap().counts().iter().all(|&count| count == largest));
        }

        #[test]
        fn rows_that_stay_are_those_of_before_in_their_order(classes in prop::collection::vec(0_u8..4, 0..60), seed in any::<u64>()) {
            let data = labelled(&classes);
            let smallest = data.labels().unwrap().counts().into_iter().min().unwrap_or(0);
            let rows = UnderSample::new(seed).rows(&data).unwrap();
            prop_assert!(rows.windows(2).all(|pair| pair[0] < pair[1]));
            let balanced = UnderSample::new(seed).balance(&data).unwrap();
            prop_assert!(balanced.labels().unwrap().counts().iter().all(|&count| count == smallest));
        }
    }
}
