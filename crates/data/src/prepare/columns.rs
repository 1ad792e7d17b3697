//! Which columns a transform works on, and how it finds them again elsewhere.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::limits::MAX_COLUMNS;
use crate::measure::{cells, each};
use crate::{DataError, Dataset, Field, Schema};

/// The columns that a transform works on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Columns {
    /// All of the kind that the transform is for: numbers, or texts.
    #[default]
    All,
    /// Those of these names.
    Named(Vec<String>),
    /// All of the kind that the transform is for but those of these names.
    Except(Vec<String>),
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Numbers,
    Texts,
}

/// What was learned of one column.
pub(super) trait Named {
    fn name(&self) -> &str;
}

/// A column of which its name alone was learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Name(pub(super) String);

impl Named for Name {
    fn name(&self) -> &str {
        &self.0
    }
}

impl Columns {
    /// Those of these names.
    #[must_use]
    pub fn named<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self::Named(names.into_iter().map(Into::into).collect())
    }

    /// All but those of these names.
    #[must_use]
    pub fn except<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self::Except(names.into_iter().map(Into::into).collect())
    }

    /// Their places.
    pub(super) fn places(&self, schema: &Schema, needed: Holds) -> Result<Vec<usize>, DataError> {
        let fitting = || {
            (0..schema.len())
                .filter(|&place| schema.fields().get(place).is_some_and(|field| needed.is(field)))
        };
        match self {
            Self::All => Ok(fitting().collect()),
            Self::Named(names) => found(schema, names.iter().map(String::as_str), needed),
            Self::Except(names) => {
                let left_out = schema.places(names.iter().map(String::as_str))?;
                let left_out: HashSet<usize> = left_out.into_iter().collect();
                Ok(fitting().filter(|place| !left_out.contains(place)).collect())
            }
        }
    }
}

impl Holds {
    fn is(self, field: &Field) -> bool {
        (self == Self::Texts) == field.texts().is_some()
    }

    fn says(self) -> &'static str {
        match self {
            Self::Numbers => "numbers",
            Self::Texts => "texts",
        }
    }

    fn of(field: &Field) -> Self {
        if field.texts().is_some() { Self::Texts } else { Self::Numbers }
    }
}

/// The places of the columns of these names, if each holds what is needed.
pub(super) fn found<'a>(
    schema: &Schema,
    names: impl IntoIterator<Item = &'a str>,
    needed: Holds,
) -> Result<Vec<usize>, DataError> {
    let places = schema.places(names)?;
    let fields = places.iter().filter_map(|&place| schema.fields().get(place));
    match fields.into_iter().find(|field| !needed.is(field)) {
        Some(field) => Err(DataError::WrongKind {
            name: field.name.as_str().into(),
            expected: needed.says(),
            found: Holds::of(field).says(),
        }),
        None => Ok(places),
    }
}

/// What `learn` makes of each of the columns of numbers that were chosen.
pub(super) fn learn_numbers<C: Send>(
    data: &Dataset,
    chosen: &Columns,
    learn: impl Fn(&str, &[f64]) -> Result<C, DataError> + Sync,
) -> Result<Vec<C>, DataError> {
    let places = chosen.places(data.schema(), Holds::Numbers)?;
    if places.len() > MAX_COLUMNS {
        return Err(DataError::TooMany { what: "columns", found: places.len(), most: MAX_COLUMNS });
    }
    let learned = each(places.len(), places.len().saturating_mul(data.rows()), |number| {
        let &place = places.get(number)?;
        Some(learn(&data.schema().fields().get(place)?.name, &cells(data.column(place)?)))
    });
    learned.into_iter().flatten().collect()
}

/// The columns of numbers that were chosen, for steps that need to learn no more of them.
pub(super) fn chosen_numbers(data: &Dataset, chosen: &Columns) -> Result<Vec<Name>, DataError> {
    learn_numbers(data, chosen, |name, _| Ok(Name(name.to_owned())))
}

/// Changes columns of numbers in place, each by what was learned of it.
pub(super) fn change_numbers<C: Named + Sync>(
    data: Dataset,
    learned: &[C],
    change: impl Fn(&C, &mut [f64]) + Sync,
) -> Result<Dataset, DataError> {
    let places = found(data.schema(), learned.iter().map(C::name), Holds::Numbers)?;
    let mut changes = vec![None; data.width()];
    for (place, column) in places.into_iter().zip(learned) {
        if let Some(entry) = changes.get_mut(place) {
            *entry = Some(column);
        }
    }
    data.changed(|place, cells| {
        if let Some(Some(column)) = changes.get(place) {
            change(column, cells);
        }
    })
}

/// The columns that come out of a step that changes numbers in place: the same, if those it changes are there.
pub(super) fn same_columns<C: Named>(input: &Schema, learned: &[C]) -> Result<Schema, DataError> {
    found(input, learned.iter().map(C::name), Holds::Numbers)?;
    Ok(input.clone())
}

/// Whether names are there, differ, and are not too many.
pub(super) fn check_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<(), DataError> {
    let mut seen = HashSet::new();
    for name in names {
        if name.is_empty() || !seen.insert(name) {
            return Err(DataError::Unsound {
                what: "columns of a step without a name, or of one name",
            });
        }
    }
    if seen.len() > MAX_COLUMNS {
        return Err(DataError::Unsound { what: "a step with too many columns" });
    }
    Ok(())
}

/// Whether what was learned of columns has names as it should, and numbers that are finite.
pub(super) fn check_columns<'a, C: Named + 'a>(
    learned: &'a [C],
    is_sound: impl Fn(&C) -> bool,
) -> Result<(), DataError> {
    check_names(learned.iter().map(C::name))?;
    match learned.iter().all(is_sound) {
        true => Ok(()),
        false => {
            Err(DataError::Unsound { what: "a column's numbers are not finite, or out of order" })
        }
    }
}

/// Refuses what is not finite: it cannot be saved, and makes every cell missing.
pub(super) fn finite(name: &str, what: &'static str, number: f64) -> Result<f64, DataError> {
    if number.is_finite() {
        Ok(number)
    } else {
        Err(DataError::NotFinite { name: name.into(), what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Classes;

    fn schema() -> Schema {
        let texts = Classes::new(["tcp"]).unwrap();
        Schema::new([Field::number("a"), Field::text("protocol", texts), Field::number("b")])
            .unwrap()
    }

    #[test]
    fn columns_are_chosen_by_kind_and_name() {
        let places = |columns: Columns, needed| columns.places(&schema(), needed).unwrap();
        assert_eq!(places(Columns::All, Holds::Numbers), [0, 2]);
        assert_eq!(places(Columns::All, Holds::Texts), [1]);
        assert_eq!(places(Columns::named(["b", "a"]), Holds::Numbers), [2, 0]);
        assert_eq!(places(Columns::except(["a"]), Holds::Numbers), [2]);
    }

    #[test]
    fn wrong_and_missing_columns_are_named() {
        let places = |columns: Columns| columns.places(&schema(), Holds::Numbers).unwrap_err();
        let error = places(Columns::named(["x", "a", "y"]));
        assert_eq!(error.to_string(), r#"columns are missing: "x", "y""#);
        let error = places(Columns::named(["protocol"]));
        assert_eq!(error.to_string(), r#"column "protocol" holds texts, but numbers are needed"#);
        assert!(matches!(places(Columns::except(["z"])), DataError::MissingColumns { .. }));
    }

    #[test]
    fn names_that_repeat_are_not_sound() {
        assert!(check_names(["a", "b"]).is_ok());
        assert!(check_names(["a", "a"]).is_err() && check_names([""]).is_err());
    }
}
