//! Labels get the numbers they had in training.

use serde::{Deserialize, Serialize};

use super::limits::MAX_CATEGORIES;
use super::{Effect, Fitted, StepKind, Transform};
use crate::{Classes, DataError, Dataset, Labels, Schema};

/// Numbers the classes that rows of training have, in the order of the alphabet, from 0. Elsewhere, labels get the same
/// numbers whatever theirs were; rows without labels pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelEncode {}

/// The classes of the training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncodedLabels {
    classes: Classes,
}

impl LabelEncode {
    /// The classes of the training alone: another label elsewhere is an error.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Transform for LabelEncode {
    type Fitted = EncodedLabels;

    fn fit(&self, data: &Dataset) -> Result<EncodedLabels, DataError> {
        let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
        let counts = labels.counts();
        let used = labels.classes().names().zip(&counts).filter(|(_, count)| **count > 0);
        let (classes, _) = Classes::sorted(used.map(|(name, _)| name));
        if classes.len() > MAX_CATEGORIES {
            return Err(DataError::TooMany {
                what: "classes",
                found: classes.len(),
                most: MAX_CATEGORIES,
            });
        }
        Ok(EncodedLabels { classes })
    }
}

impl EncodedLabels {
    /// The classes of the training, by their numbers.
    #[must_use]
    pub fn classes(&self) -> &Classes {
        &self.classes
    }
}

impl Fitted for EncodedLabels {
    fn columns(&self, input: &Schema) -> Result<Schema, DataError> {
        Ok(input.clone())
    }

    fn apply(&self, data: Dataset) -> Result<Dataset, DataError> {
        let Some(labels) = data.labels() else { return Ok(data) };
        let renamed = renamed(labels, &self.classes, |name| self.classes.number(name))?;
        data.with_labels(renamed)
    }

    fn check(&self) -> Result<(), DataError> {
        match self.classes.len() <= MAX_CATEGORIES {
            true => Ok(()),
            false => Err(DataError::Unsound { what: "too many classes" }),
        }
    }

    fn effects(&self) -> Vec<Effect> {
        vec![Effect::on_labels(
            StepKind::LabelEncode,
            format!("numbered as {} classes", self.classes.len()),
        )]
    }
}

/// Labels of other classes: `number` says which each becomes. Refused is a class that has rows and becomes none.
pub(super) fn renamed(
    labels: &Labels,
    classes: &Classes,
    number: impl Fn(&str) -> Option<u32>,
) -> Result<Labels, DataError> {
    let numbers: Vec<Option<u32>> = labels.classes().names().map(number).collect();
    let becomes = |old: &u32| numbers.get(*old as usize).copied().flatten();
    let new: Option<Vec<u32>> = labels.numbers().iter().map(becomes).collect();
    match new {
        Some(new) => Labels::new(classes.clone(), new),
        None => {
            let all = labels.numbers();
            let unknown = all.iter().find(|old| becomes(old).is_none());
            let name = unknown.and_then(|&old| labels.classes().name(old)).unwrap_or_default();
            Err(DataError::UnknownLabel { name: name.into() })
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn labelled(classes: &[&str], numbers: &[u32]) -> Dataset {
        let labels =
            Labels::new(Classes::new(classes.iter().copied()).unwrap(), numbers.to_vec()).unwrap();
        let data = Dataset::new(Schema::default(), Array2::zeros((numbers.len(), 0))).unwrap();
        data.with_labels(labels).unwrap()
    }

    #[test]
    fn labels_keep_the_numbers_of_the_training() {
        let fitted =
            LabelEncode::new().fit(&labelled(&["scan", "never", "benign"], &[0, 2, 0])).unwrap();
        assert_eq!(fitted.classes().names().collect::<Vec<_>>(), ["benign", "scan"]);
        let made = fitted.apply(labelled(&["flood", "scan", "benign"], &[2, 1, 1])).unwrap();
        assert_eq!(made.labels().unwrap().numbers(), array![0, 1, 1]);
        let error = fitted.apply(labelled(&["flood", "scan"], &[1, 0])).unwrap_err();
        assert!(matches!(error, DataError::UnknownLabel { name } if &*name == "flood"));
    }

    #[test]
    fn rows_without_labels_pass() {
        let fitted = LabelEncode::new().fit(&labelled(&["benign"], &[0])).unwrap();
        let live = Dataset::new(Schema::default(), Array2::zeros((3, 0))).unwrap();
        assert!(fitted.apply(live).unwrap().labels().is_none());
    }
}
