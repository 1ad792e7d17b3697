//! Classes of very different sizes, brought nearer to each other: by copies, by leaving out, by made rows, by weights.
//!
//! Only rows to train with are balanced: rows to judge by stay as they come.

mod neighbours;
mod over;
mod smote;
mod target;
mod under;
mod weights;

use crate::{DataError, Dataset};

pub use neighbours::MAX_COMPARISONS;
pub use over::OverSample;
pub use smote::{Few, Smote, SmoteKind};
pub use target::Target;
pub use under::UnderSample;
pub use weights::ClassWeights;

/// A way to change how many rows classes have.
pub trait Balance {
    /// The rows with other numbers of them in each class. The same seed gives the same rows.
    ///
    /// # Errors
    /// [`DataError::Unlabelled`] without labels, [`DataError::Setting`] for a target that cannot be reached, and what each
    /// way says.
    fn balance(&self, data: &Dataset) -> Result<Dataset, DataError>;
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
