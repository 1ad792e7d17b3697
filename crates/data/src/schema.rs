//! What the columns of a dataset are called, and what they hold.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Classes, DataError};

/// A column of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name, which no other column has.
    pub name: String,
    /// What its cells mean.
    pub kind: FieldKind,
}

/// What the cells of a column mean. A cell of which nothing is known is not a number, whatever the kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum FieldKind {
    /// Numbers.
    Number,
    /// Texts: a cell holds the number of one of these.
    Text(Classes),
}

impl Field {
    /// A column of numbers.
    #[must_use]
    pub fn number(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: FieldKind::Number }
    }

    /// A column of texts, told by their numbers.
    #[must_use]
    pub fn text(name: impl Into<String>, texts: Classes) -> Self {
        Self { name: name.into(), kind: FieldKind::Text(texts) }
    }

    /// The texts that its cells stand for, if it holds texts.
    #[must_use]
    pub fn texts(&self) -> Option<&Classes> {
        match &self.kind {
            FieldKind::Number => None,
            FieldKind::Text(texts) => Some(texts),
        }
    }
}

/// The columns of a dataset, in their order. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Field>", into = "Vec<Field>")]
pub struct Schema(Arc<[Field]>);

impl Schema {
    /// Columns of different names. There may be none: a table of labels alone is one.
    ///
    /// # Errors
    /// [`DataError::UnnamedColumn`] or [`DataError::DuplicateColumn`].
    pub fn new(fields: impl IntoIterator<Item = Field>) -> Result<Self, DataError> {
        let fields: Arc<[Field]> = fields.into_iter().collect();
        let mut places = HashMap::with_capacity(fields.len());
        for (place, Field { name, .. }) in fields.iter().enumerate() {
            if name.is_empty() {
                return Err(DataError::UnnamedColumn { column: place });
            }
            if let Some(first) = places.insert(name.as_str(), place) {
                let name = name.as_str().into();
                return Err(DataError::DuplicateColumn { name, first, second: place });
            }
        }
        Ok(Self(fields))
    }

    /// Columns of numbers with these names.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn numbers<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Result<Self, DataError> {
        Self::new(names.into_iter().map(Field::number))
    }

    /// How many columns there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The columns.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.0
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.0.iter().map(|field| field.name.as_str())
    }

    /// The place of the column of that name.
    ///
    /// # Errors
    /// [`DataError::UnknownColumn`], with the name that comes closest.
    pub fn place(&self, name: &str) -> Result<usize, DataError> {
        let found = self.names().position(|other| other == name);
        found.ok_or_else(|| DataError::UnknownColumn {
            name: name.into(),
            near: self.names().find(|other| is_near(other, name)).map(Into::into),
        })
    }

    /// The places of the columns of these names, in their order.
    ///
    /// # Errors
    /// [`DataError::MissingColumns`], with every name that is not there.
    pub fn places<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<usize>, DataError> {
        let mut places = Vec::new();
        let mut missing = Vec::new();
        // Mostly they stand in the same order here: the next is looked at before all.
        let mut next = 0;
        for name in names {
            let here = |place: &usize| self.0.get(*place).is_some_and(|field| field.name == name);
            match Some(next).filter(here).or_else(|| self.names().position(|other| other == name)) {
                Some(place) => {
                    places.push(place);
                    next = place + 1;
                }
                None => missing.push(name.into()),
            }
        }
        if missing.is_empty() {
            Ok(places)
        } else {
            Err(DataError::MissingColumns { names: missing })
        }
    }

    /// The columns at these places.
    pub(crate) fn at(&self, places: &[usize]) -> Self {
        Self(places.iter().filter_map(|&place| self.0.get(place)).cloned().collect())
    }
}

/// Whether two names differ in nothing but case and what is neither letter nor digit.
fn is_near(one: &str, other: &str) -> bool {
    let letters = |name: &str| -> Vec<char> {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    letters(one) == letters(other)
}

impl TryFrom<Vec<Field>> for Schema {
    type Error = DataError;

    fn try_from(fields: Vec<Field>) -> Result<Self, DataError> {
        Self::new(fields)
    }
}

impl From<Schema> for Vec<Field> {
    fn from(schema: Schema) -> Self {
        schema.0.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_their_names_alone() {
        let schema = Schema::numbers(["Flow Duration", "SYN Flag Count"]).unwrap();
        assert_eq!(schema.place("SYN Flag Count").unwrap(), 1);
        match schema.place("syn_flag_count").unwrap_err() {
            DataError::UnknownColumn { near, .. } => {
                assert_eq!(near.as_deref(), Some("SYN Flag Count"));
            }
            other => panic!("{other}"),
        }
    }

    #[test]
    fn names_are_there_and_differ() {
        let error = Schema::numbers(["a", "b", "a"]).unwrap_err();
        assert!(matches!(error, DataError::DuplicateColumn { first: 0, second: 2, .. }));
        let error = Schema::numbers(["a", ""]).unwrap_err();
        assert!(matches!(error, DataError::UnnamedColumn { column: 1 }));
    }
}
