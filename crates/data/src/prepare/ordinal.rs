//! A column of texts becomes a column of numbers.

use serde::{Deserialize, Serialize};

use super::categories::{Categories, Unknown, by_place, number};
use super::columns::{Columns, check_columns};
use super::limits::MAX_CATEGORIES;
use super::{Effect, Fitted, StepKind, Transform};
use crate::measure::cells;
use crate::{DataError, Dataset, Field, Schema};

/// Numbers the texts of a column in the order of the alphabet, from 0: for trees, which do not mind what is between.
/// Missing cells stay missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ordinal {
    columns: Columns,
    unknown: Unknown,
    most: usize,
}

/// The texts that have numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrdinalEncoded {
    columns: Vec<Categories>,
    unknown: Unknown,
}

impl Default for Ordinal {
    fn default() -> Self {
        Self { columns: Columns::All, unknown: Unknown::Blank, most: MAX_CATEGORIES }
    }
}

impl Ordinal {
    /// Of all columns of texts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Which columns. Default: all of texts.
    #[must_use]
    pub fn columns(self, columns: Columns) -> Self {
        Self { columns, ..self }
    }

    /// What texts become that were not there in training, or too rare. Default: [`Unknown::Blank`], which is -1, since
    /// live traffic brings new ones. [`Unknown::Own`] is the number behind the last.
    #[must_use]
    pub fn unknown(self, unknown: Unknown) -> Self {
        Self { unknown, ..self }
    }

    /// How many texts of a column get a number: the most frequent; of equally frequent ones, the last of the alphabet. Default, and at
    /// most: [`MAX_CATEGORIES`].
    #[must_use]
    pub fn most(self, most: usize) -> Self {
        Self { most, ..self }
    }
}

impl Transform for Ordinal {
    type Fitted = OrdinalEncoded;

    fn fit(&self, data: &Dataset) -> Result<OrdinalEncoded, DataError> {
        if !(1..=MAX_CATEGORIES).contains(&self.most) {
            return Err(DataError::setting(
                "the most texts with a code",
                self.most,
                "from 1 to 4096",
            ));
        }
        let columns = Categories::learn(data, &self.columns, self.most, self.unknown)?;
        Ok(OrdinalEncoded { columns, unknown: self.unknown })
    }
}

impl OrdinalEncoded {
    /// By the numbers of a column's texts, what their cells become.
    fn codes(&self, categories: &Categories, field: &Field) -> Vec<f64> {
        let unknown = match self.unknown {
            Unknown::Own => categories.texts.len() as f64,
            Unknown::Blank | Unknown::Refuse => -1.0,
        };
        categories.codes(field).into_iter().map(|code| code.map_or(unknown, f64::from)).collect()
    }
}

impl Fitted for OrdinalEncoded {
    fn columns(&self, input: &Schema) -> Result<Schema, DataError> {
        let learned = by_place(input, &self.columns)?;
        let fields =
            input.fields().iter().zip(learned).map(|(field, categories)| match categories {
                Some(_) => Field::number(field.name.clone()),
                None => field.clone(),
            });
        Schema::new(fields)
    }

    fn apply(&self, data: Dataset) -> Result<Dataset, DataError> {
        let schema = self.columns(data.schema())?;
        let learned = by_place(data.schema(), &self.columns)?;
        let mut codes = Vec::with_capacity(data.width());
        for ((field, column), categories) in data.columns().zip(learned) {
            if let (Some(categories), Unknown::Refuse) = (categories, self.unknown) {
                categories.refuse_unknown(field, &cells(column))?;
            }
            codes.push(categories.map(|categories| self.codes(categories, field)));
        }
        if codes.iter().all(Option::is_none) {
            return data.with_schema(schema);
        }
        let coded = data.changed(|place, cells| {
            let Some(Some(codes)) = codes.get(place) else { return };
            for cell in cells {
                let code = number(*cell, codes.len()).and_then(|number| codes.get(number));
                *cell = code.copied().unwrap_or(f64::NAN);
            }
        })?;
        coded.with_schema(schema)
    }

    fn check(&self) -> Result<(), DataError> {
        check_columns(&self.columns, Categories::is_sound)
    }

    fn effects(&self) -> Vec<Effect> {
        let told = |learned: &Categories| {
            Effect::on(
                &learned.name,
                StepKind::Ordinal,
                format!("a number for each of {}", learned.told()),
            )
        };
        self.columns.iter().map(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::Classes;

    fn services(texts: &[&str], cells: &[f64]) -> Dataset {
        let schema = Schema::new([Field::text("s", Classes::new(texts.iter().copied()).unwrap())]);
        let matrix = Array2::from_shape_vec((cells.len(), 1), cells.to_vec()).unwrap();
        Dataset::new(schema.unwrap(), matrix).unwrap()
    }

    #[test]
    fn texts_are_numbered_by_the_alphabet_whatever_their_numbers_were() {
        let training = services(&["http", "dns", "ssh"], &[0.0, 1.0, 2.0]);
        let live = services(&["ssh", "ftp", "dns"], &[0.0, 1.0, 2.0, f64::NAN]);
        for (unknown, expected) in [(Unknown::Blank, -1.0), (Unknown::Own, 3.0)] {
            let fitted = Ordinal::new().unknown(unknown).fit(&training).unwrap();
            let made = fitted.apply(live.clone()).unwrap();
            let column = made.column(0).unwrap().to_vec();
            assert_eq!(column[..3], [2.0, expected, 0.0]);
            assert!(column[3].is_nan() && made.schema().fields()[0].texts().is_none());
        }
        let strict = Ordinal::new().unknown(Unknown::Refuse).fit(&training).unwrap();
        assert!(matches!(strict.apply(live), Err(DataError::UnknownText { .. })));
    }
}
