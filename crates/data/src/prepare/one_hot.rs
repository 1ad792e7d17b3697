//! A column of texts becomes a column of zeros and ones for each text.

use serde::{Deserialize, Serialize};

use super::categories::{Categories, Unknown, by_place, number};
use super::columns::{Columns, check_columns};
use super::limits::{MAX_CATEGORIES, MAX_COLUMNS};
use super::{Effect, Fitted, StepKind, Transform};
use crate::measure::cells;
use crate::{DataError, Dataset, Field, Schema};

/// Texts that have a column of their own unless more are asked for.
const DEFAULT_MOST: usize = 256;

/// Puts in the place of each column of texts a column for each text, named `column=text`: 1 in rows of that text, else
/// 0. Missing cells are zeros everywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneHot {
    columns: Columns,
    unknown: Unknown,
    drop_first: bool,
    most: usize,
}

/// The texts that have columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneHotEncoded {
    columns: Vec<Categories>,
    unknown: Unknown,
    drop_first: bool,
}

/// What fills a column that comes out: the column it comes from, and the code that is 1 in it.
#[derive(Clone, Copy)]
enum Made {
    Copy { from: usize },
    Code { from: usize, code: Option<u32> },
}

impl Default for OneHot {
    fn default() -> Self {
        Self {
            columns: Columns::All,
            unknown: Unknown::Blank,
            drop_first: false,
            most: DEFAULT_MOST,
        }
    }
}

impl OneHot {
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

    /// What texts become that were not there in training, or too rare. Default: [`Unknown::Blank`], since live traffic
    /// brings new ones. [`Unknown::Own`] makes a column named `column (other)`.
    #[must_use]
    pub fn unknown(self, unknown: Unknown) -> Self {
        Self { unknown, ..self }
    }

    /// Whether the first text of each column gets none, which linear models without regularization ask for; an unknown
    /// text that is left blank then looks like it. Default: no.
    #[must_use]
    pub fn drop_first(self, drop_first: bool) -> Self {
        Self { drop_first, ..self }
    }

    /// How many texts of a column get one: the most frequent; of equally frequent ones, the last of the alphabet. Default: 256;
    /// at most [`MAX_CATEGORIES`].
    #[must_use]
    pub fn most(self, most: usize) -> Self {
        Self { most, ..self }
    }
}

impl Transform for OneHot {
    type Fitted = OneHotEncoded;

    fn fit(&self, data: &Dataset) -> Result<OneHotEncoded, DataError> {
        if !(1..=MAX_CATEGORIES).contains(&self.most) {
            return Err(DataError::setting(
                "the most texts with a code",
                self.most,
                "from 1 to 4096",
            ));
        }
        let columns = Categories::learn(data, &self.columns, self.most, self.unknown)?;
        let fitted = OneHotEncoded { columns, unknown: self.unknown, drop_first: self.drop_first };
        fitted.columns(data.schema())?;
        Ok(fitted)
    }
}

impl OneHotEncoded {
    /// The columns as they come out, and how each is made.
    fn outcome(&self, input: &Schema) -> Result<(Schema, Vec<Made>), DataError> {
        let mut fields = Vec::new();
        let mut made = Vec::new();
        let learned = by_place(input, &self.columns)?;
        for (from, (field, categories)) in input.fields().iter().zip(learned).enumerate() {
            let Some(categories) = categories else {
                fields.push(field.clone());
                made.push(Made::Copy { from });
                continue;
            };
            let coded = categories.texts.names().zip(0..).skip(usize::from(self.drop_first));
            for (text, code) in coded {
                fields.push(Field::number(format!("{}={text}", field.name)));
                made.push(Made::Code { from, code: Some(code) });
            }
            if self.unknown == Unknown::Own {
                fields.push(Field::number(format!("{} (other)", field.name)));
                made.push(Made::Code { from, code: None });
            }
            if fields.len() > MAX_COLUMNS {
                return Err(DataError::TooMany {
                    what: "columns",
                    found: fields.len(),
                    most: MAX_COLUMNS,
                });
            }
        }
        Ok((Schema::new(fields)?, made))
    }
}

impl Fitted for OneHotEncoded {
    fn columns(&self, input: &Schema) -> Result<Schema, DataError> {
        self.outcome(input).map(|(schema, _)| schema)
    }

    fn sources(&self, input: &Schema) -> Result<Vec<usize>, DataError> {
        let source = |made| match made {
            Made::Copy { from } | Made::Code { from, .. } => from,
        };
        self.outcome(input).map(|(_, made)| made.into_iter().map(source).collect())
    }

    fn apply(&self, data: Dataset) -> Result<Dataset, DataError> {
        let (schema, made) = self.outcome(data.schema())?;
        let learned = by_place(data.schema(), &self.columns)?;
        let mut codes = Vec::with_capacity(data.width());
        for ((field, column), categories) in data.columns().zip(&learned) {
            if let (Some(categories), Unknown::Refuse) = (categories, self.unknown) {
                categories.refuse_unknown(field, &cells(column))?;
            }
            codes.push(categories.map(|categories| categories.codes(field)).unwrap_or_default());
        }
        let source = &data;
        source.rebuilt(schema, |place, cells| {
            let Some(&(Made::Copy { from } | Made::Code { from, .. })) = made.get(place) else {
                return;
            };
            let (Some(column), Some(codes)) = (source.column(from), codes.get(from)) else {
                return;
            };
            let cells = cells.iter_mut().zip(column);
            match made.get(place) {
                Some(Made::Code { code, .. }) => cells.for_each(|(cell, &was)| {
                    let is_code = number(was, codes.len())
                        .is_some_and(|number| codes.get(number) == Some(code));
                    *cell = f64::from(u8::from(is_code));
                }),
                _ => cells.for_each(|(cell, &was)| *cell = was),
            }
        })
    }

    fn check(&self) -> Result<(), DataError> {
        check_columns(&self.columns, Categories::is_sound)
    }

    fn effects(&self) -> Vec<Effect> {
        let told = |learned: &Categories| {
            Effect::on(
                &learned.name,
                StepKind::OneHot,
                format!("a column for each of {}", learned.told()),
            )
        };
        self.columns.iter().map(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::Classes;

    fn services(texts: &[&str], cells: &[f64]) -> Dataset {
        let texts = Classes::new(texts.iter().copied()).unwrap();
        let schema = Schema::new([Field::number("n"), Field::text("s", texts), Field::number("m")]);
        let matrix = Array2::from_shape_fn((cells.len(), 3), |(row, column)| {
            if column == 1 { cells[row] } else { column as f64 }
        });
        Dataset::new(schema.unwrap(), matrix).unwrap()
    }

    fn training() -> Dataset {
        services(&["http", "dns", "ssh"], &[0.0, 1.0, 1.0, 2.0, f64::NAN])
    }

    #[test]
    fn a_column_for_each_text_stands_in_the_place_of_theirs() {
        let made = OneHot::new().fit(&training()).unwrap().apply(training()).unwrap();
        assert_eq!(
            made.schema().names().collect::<Vec<_>>(),
            ["n", "s=dns", "s=http", "s=ssh", "m"]
        );
        assert_eq!(made.matrix().row(0), array![0.0, 0.0, 1.0, 0.0, 2.0]);
        assert_eq!(made.matrix().row(4), array![0.0, 0.0, 0.0, 0.0, 2.0]);
    }

    #[test]
    fn unknown_texts_are_blank_have_their_own_column_or_are_refused() {
        let live = || services(&["ftp", "dns"], &[0.0, 1.0, f64::NAN]);
        let codes = |unknown| {
            let fitted = OneHot::new().unknown(unknown).fit(&training()).unwrap();
            fitted.apply(live()).map(|made| {
                made.matrix().rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>()
            })
        };
        let blank = codes(Unknown::Blank).unwrap();
        assert_eq!(blank[0], [0.0, 0.0, 0.0, 0.0, 2.0]);
        assert_eq!(blank[1], [0.0, 1.0, 0.0, 0.0, 2.0]);
        let own = codes(Unknown::Own).unwrap();
        assert_eq!(own[0], [0.0, 0.0, 0.0, 0.0, 1.0, 2.0]);
        assert_eq!(own[2], [0.0, 0.0, 0.0, 0.0, 0.0, 2.0], "missing is not unknown");
        let error = codes(Unknown::Refuse).unwrap_err();
        assert!(matches!(error, DataError::UnknownText { text, .. } if &*text == "ftp"));
    }

    #[test]
    fn the_first_text_and_rare_ones_may_go_without() {
        let first = OneHot::new().drop_first(true).fit(&training()).unwrap();
        let names = |fitted: &OneHotEncoded| {
            let schema = fitted.columns(training().schema()).unwrap();
            schema.names().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(names(&first), ["n", "s=http", "s=ssh", "m"]);
        let most = OneHot::new().most(1).unknown(Unknown::Own).fit(&training()).unwrap();
        assert_eq!(names(&most), ["n", "s=dns", "s (other)", "m"]);
        let made = most.apply(training()).unwrap();
        assert_eq!(made.column(2).unwrap(), array![1.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(
            most.effects()[0].what,
            "a column for each of 1 texts kept of 3; 2 cells hold others"
        );
        assert_eq!(first.effects()[0].what, "a column for each of 3 texts");
        assert!(matches!(OneHot::new().most(0).fit(&training()), Err(DataError::Setting { .. })));
    }
}
