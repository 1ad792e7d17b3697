//! Distinct texts, each with a number.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::DataError;

/// Distinct texts in an order, each numbered by its place in it: the classes of labels, the values of a column of
/// text, the groups that rows belong to. Cheap to clone.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Classes(Arc<Inner>);

#[derive(Default, PartialEq, Eq)]
struct Inner {
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Classes {
    /// Classes of these names, in this order.
    ///
    /// # Errors
    /// [`DataError::RepeatedClass`] for a name that stands twice.
    pub fn new<S: Into<Arc<str>>>(names: impl IntoIterator<Item = S>) -> Result<Self, DataError> {
        let mut inner = Inner::default();
        for name in names {
            let name = name.into();
            let number = inner.names.len() as u32;
            if inner.numbers.insert(Arc::clone(&name), number).is_some() {
                return Err(DataError::RepeatedClass { name: (*name).into() });
            }
            inner.names.push(name);
        }
        Ok(Self(Arc::new(inner)))
    }

    /// The classes of these texts in the order of the alphabet, and the number of each text.
    pub fn sorted<'a>(texts: impl IntoIterator<Item = &'a str> + Clone) -> (Self, Vec<u32>) {
        let mut names: Vec<&str> = texts.clone().into_iter().collect();
        names.sort_unstable();
        names.dedup();
        let inner = Inner::of(names.into_iter().map(Arc::from).collect());
        let numbers = texts.into_iter().filter_map(|text| inner.numbers.get(text).copied());
        let numbers = numbers.collect();
        (Self(Arc::new(inner)), numbers)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.names.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of that number.
    #[must_use]
    pub fn name(&self, number: u32) -> Option<&str> {
        self.0.names.get(number as usize).map(|name| &**name)
    }

    /// The number of that name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u32> {
        self.0.numbers.get(name).copied()
    }

    /// All names, in their order.
    #[must_use]
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.0.names.iter().map(|name| &**name)
    }
}

impl Inner {
    /// Of names that are distinct.
    fn of(names: Vec<Arc<str>>) -> Self {
        let numbers = names.iter().zip(0..).map(|(name, number)| (Arc::clone(name), number));
        Self { numbers: numbers.collect(), names }
    }
}

impl fmt::Debug for Classes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl TryFrom<Vec<String>> for Classes {
    type Error = DataError;

    fn try_from(names: Vec<String>) -> Result<Self, DataError> {
        Self::new(names)
    }
}

impl From<Classes> for Vec<String> {
    fn from(classes: Classes) -> Self {
        classes.names().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_find_each_other() {
        let classes = Classes::new(["drop", "allow"]).unwrap();
        assert_eq!((classes.number("allow"), classes.name(0)), (Some(1), Some("drop")));
        assert_eq!((classes.number("deny"), classes.name(2)), (None, None));
        let (sorted, numbers) = Classes::sorted(["b", "a", "b", "c"]);
        assert_eq!(sorted.names().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(numbers, [1, 0, 1, 2]);
    }

    #[test]
    fn a_name_has_one_number() {
        let error = Classes::new(["a", "b", "a"]).unwrap_err();
        assert!(matches!(error, DataError::RepeatedClass { name } if &*name == "a"));
    }
}
