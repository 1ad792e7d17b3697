//! Rows of small classes weigh more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Classes, DataError, Labels};

/// What a row of each class weighs in training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassWeights {
    classes: Classes,
    weights: Vec<f64>,
}

impl ClassWeights {
    /// All classes that have rows weigh the same together, and rows weigh 1 on average: the rows of all, over the rows
    /// of a class times the number of classes with rows. Classes without rows weigh 0.
    #[must_use]
    pub fn balanced(labels: &Labels) -> Self {
        let counts = labels.counts();
        let used = counts.iter().filter(|&&count| count > 0).count();
        let share = labels.len() as f64 / used.max(1) as f64;
        let weight = |&count: &usize| if count == 0 { 0.0 } else { share / count as f64 };
        Self { classes: labels.classes().clone(), weights: counts.iter().map(weight).collect() }
    }

    /// As said, by the names of classes; classes that are not named weigh 1.
    ///
    /// # Errors
    /// [`DataError::UnknownLabel`], or [`DataError::Setting`] for a weight that is negative or not finite.
    pub fn given(classes: &Classes, given: &BTreeMap<String, f64>) -> Result<Self, DataError> {
        let mut weights = vec![1.0; classes.len()];
        for (name, &weight) in given {
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(DataError::setting(
                    "the weight of a class",
                    weight,
                    "finite, and not below 0",
                ));
            }
            let number = classes.number(name);
            match number.and_then(|number| weights.get_mut(number as usize)) {
                Some(entry) => *entry = weight,
                None => return Err(DataError::UnknownLabel { name: name.as_str().into() }),
            }
        }
        Ok(Self { classes: classes.clone(), weights })
    }

    /// By the numbers of classes.
    #[must_use]
    pub fn of_classes(&self) -> &[f64] {
        &self.weights
    }

    /// What each row weighs, by the name of its class.
    ///
    /// # Errors
    /// [`DataError::UnknownLabel`] for a label without a weight.
    pub fn of_rows(&self, labels: &Labels) -> Result<Vec<f64>, DataError> {
        let weight = |name| self.weights.get(self.classes.number(name)? as usize).copied();
        let of_class: Vec<Option<f64>> = labels.classes().names().map(weight).collect();
        let of_row = |&number: &u32| {
            let unknown = || DataError::UnknownLabel {
                name: labels.classes().name(number).unwrap_or_default().into(),
            };
            of_class.get(number as usize).copied().flatten().ok_or_else(unknown)
        };
        labels.numbers().iter().map(of_row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_weigh_the_same_together() {
        let labels = Labels::of(["a", "a", "a", "b"]);
        let weights = ClassWeights::balanced(&labels);
        assert_eq!(weights.of_classes(), [4.0 / 6.0, 2.0]);
        assert_eq!(weights.of_rows(&Labels::of(["b", "a"])).unwrap(), [2.0, 4.0 / 6.0]);
        assert!(weights.of_rows(&Labels::of(["c"])).is_err());
        let classes = Classes::new(["never", "a"]).unwrap();
        let unused = ClassWeights::balanced(&Labels::new(classes, vec![1, 1]).unwrap());
        assert_eq!(unused.of_classes(), [0.0, 1.0]);
    }

    #[test]
    fn weights_are_given_by_name() {
        let classes = Classes::new(["a", "b"]).unwrap();
        let given = |name: &str, weight| {
            ClassWeights::given(&classes, &BTreeMap::from([(name.to_owned(), weight)]))
        };
        assert_eq!(given("b", 5.0).unwrap().of_classes(), [1.0, 5.0]);
        assert!(matches!(given("c", 1.0), Err(DataError::UnknownLabel { .. })));
        assert!(matches!(given("a", -1.0), Err(DataError::Setting { .. })));
    }
}
