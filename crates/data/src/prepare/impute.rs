//! Missing cells become known ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::categories::counts;
use super::columns::{Holds, Named, check_columns, check_names, finite, found};
use super::effect::Short;
use super::{Effect, Fitted, StepKind, Transform};
use crate::measure::{Moments, Sorted, cells, each};
use crate::{Classes, DataError, Dataset, Field, Schema};

/// Puts something into missing cells, column by column.
///
/// By default, columns of numbers get what [`new`](Self::new) is given, and columns of texts their most frequent text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Impute {
    numbers: Fill,
    texts: Fill,
    columns: BTreeMap<String, Fill>,
    except: Vec<String>,
    when_empty: Option<f64>,
    indicators: bool,
}

/// What missing cells become. All of it is learned of the cells that are known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Fill {
    /// The mean.
    Mean,
    /// The median.
    Median,
    /// The most frequent number or text: of several, the smallest, or the first of the alphabet.
    MostFrequent,
    /// This number.
    Number(f64),
    /// This text.
    Text(String),
}

/// What missing cells of each column become.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imputed {
    columns: Vec<Filled>,
    /// Columns that get another one behind all, which says where cells were missing.
    indicators: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Filled {
    name: String,
    with: With,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum With {
    Number(f64),
    Text(String),
}

impl Impute {
    /// Columns of numbers get this.
    #[must_use]
    pub fn new(numbers: Fill) -> Self {
        Self {
            numbers,
            texts: Fill::MostFrequent,
            columns: BTreeMap::new(),
            except: Vec::new(),
            when_empty: None,
            indicators: false,
        }
    }

    /// Columns of texts get this. Default: their most frequent text.
    #[must_use]
    pub fn texts(self, texts: Fill) -> Self {
        Self { texts, ..self }
    }

    /// This column gets that. Default: what others of its kind get.
    #[must_use]
    pub fn column(mut self, name: impl Into<String>, fill: Fill) -> Self {
        self.columns.insert(name.into(), fill);
        self
    }

    /// These columns keep their missing cells. Default: none does.
    #[must_use]
    pub fn except<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Self {
        Self { except: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// Columns of numbers without a known cell get this, and those of texts keep their missing cells unless they are to get
    /// a text that was named. Default: both are an error, since nothing can be learned.
    #[must_use]
    pub fn when_empty(self, number: f64) -> Self {
        Self { when_empty: Some(number), ..self }
    }

    /// Each column that misses cells in training gets another behind all columns, named `... (missing)`: 1 where a
    /// cell was missing, else 0. Default: no, since few models gain by it.
    #[must_use]
    pub fn indicators(self, indicators: bool) -> Self {
        Self { indicators, ..self }
    }

    fn fill(&self, field: &Field) -> &Fill {
        let usual = if field.texts().is_some() { &self.texts } else { &self.numbers };
        self.columns.get(&field.name).unwrap_or(usual)
    }

    fn filled(&self, field: &Field, column: &[f64]) -> Result<Filled, DataError> {
        let with = match field.texts() {
            Some(texts) => With::Text(text(field, self.fill(field), texts, column)?),
            None => With::Number(self.number(field, column)?),
        };
        Ok(Filled { name: field.name.clone(), with })
    }

    /// Whether there is no text to put into a column of texts, and that is no error.
    fn stays_empty(&self, field: &Field, column: &[f64]) -> bool {
        let is_learned = *self.fill(field) == Fill::MostFrequent && field.texts().is_some();
        is_learned && self.when_empty.is_some() && column.iter().all(|cell| cell.is_nan())
    }

    fn number(&self, field: &Field, column: &[f64]) -> Result<f64, DataError> {
        let name = field.name.as_str();
        let (what, number) = match self.fill(field) {
            Fill::Number(number) if number.is_finite() => return Ok(*number),
            Fill::Number(number) => {
                return Err(DataError::setting(
                    "what a missing cell becomes",
                    number,
                    "a finite number",
                ));
            }
            Fill::Text(_) => return Err(wrong_kind(name, "numbers", "texts")),
            Fill::Mean => ("mean", Moments::of(column).mean),
            Fill::Median => ("median", Sorted::of(column).quantile(0.5)),
            Fill::MostFrequent => {
                let most = Sorted::of(column).most_frequent();
                ("most frequent number", most.map_or(f64::NAN, |(number, _)| number))
            }
        };
        match self.when_empty {
            Some(number) if column.iter().all(|cell| cell.is_nan()) => {
                finite(name, "stand-in", number)
            }
            None if column.iter().all(|cell| cell.is_nan()) => {
                Err(DataError::NothingKnown { name: name.into() })
            }
            _ => finite(name, what, number),
        }
    }
}

impl Transform for Impute {
    type Fitted = Imputed;

    fn fit(&self, data: &Dataset) -> Result<Imputed, DataError> {
        let schema = data.schema();
        schema.places(self.columns.keys().map(String::as_str))?;
        schema.places(self.except.iter().map(String::as_str))?;
        let learned = each(data.width(), data.matrix().len(), |place| {
            let field = schema.fields().get(place)?;
            let column = cells(data.column(place)?);
            let is_missing = self.indicators && column.iter().any(|cell| cell.is_nan());
            let chosen = !self.except.contains(&field.name) && !self.stays_empty(field, &column);
            chosen.then(|| Ok((self.filled(field, &column)?, is_missing)))
        });
        let learned: Vec<(Filled, bool)> =
            learned.into_iter().flatten().collect::<Result<_, DataError>>()?;
        let indicators = learned.iter().filter(|(_, is_missing)| *is_missing);
        let indicators = indicators.map(|(filled, _)| filled.name.clone()).collect();
        let fitted = Imputed {
            columns: learned.into_iter().map(|(filled, _)| filled).collect(),
            indicators,
        };
        fitted.columns(schema)?;
        Ok(fitted)
    }
}

impl Imputed {
    /// The columns as they come out, and by their places what missing cells become.
    fn outcome(&self, input: &Schema) -> Result<(Schema, Vec<Option<f64>>), DataError> {
        let of_kind = |texts: bool| {
            let filled = self
                .columns
                .iter()
                .filter(move |filled| matches!(filled.with, With::Text(_)) == texts);
            filled.map(Named::name)
        };
        found(input, of_kind(false), Holds::Numbers)?;
        found(input, of_kind(true), Holds::Texts)?;
        let places = input.places(self.columns.iter().map(Named::name))?;
        let mut fields = input.fields().to_vec();
        let mut fills = vec![None; fields.len()];
        for (place, filled) in places.into_iter().zip(&self.columns) {
            if let (Some(field), Some(fill)) = (fields.get_mut(place), fills.get_mut(place)) {
                *fill = Some(filled.number_in(field)?);
            }
        }
        fields
            .extend(self.indicators.iter().map(|name| Field::number(format!("{name} (missing)"))));
        Ok((Schema::new(fields)?, fills))
    }
}

impl Fitted for Imputed {
    fn columns(&self, input: &Schema) -> Result<Schema, DataError> {
        self.outcome(input).map(|(schema, _)| schema)
    }

    fn sources(&self, input: &Schema) -> Result<Vec<usize>, DataError> {
        let watched = input.places(self.indicators.iter().map(String::as_str))?;
        Ok((0..input.len()).chain(watched).collect())
    }

    fn apply(&self, data: Dataset) -> Result<Dataset, DataError> {
        let (schema, fills) = self.outcome(data.schema())?;
        let fill = |place: usize, cells: &mut [f64]| {
            if let Some(&Some(number)) = fills.get(place) {
                cells
                    .iter_mut()
                    .for_each(|cell| *cell = if cell.is_nan() { number } else { *cell });
            }
        };
        if self.indicators.is_empty() {
            return data.changed(fill)?.with_schema(schema);
        }
        let watched = data.schema().places(self.indicators.iter().map(String::as_str))?;
        let (width, source) = (data.width(), &data);
        source.rebuilt(schema, |place, cells| {
            let is_indicator = place >= width;
            let from = if is_indicator { watched.get(place - width).copied() } else { Some(place) };
            let Some(column) = from.and_then(|from| source.column(from)) else { return };
            for (cell, &was) in cells.iter_mut().zip(column) {
                *cell = if is_indicator { f64::from(u8::from(was.is_nan())) } else { was };
            }
            fill(place, cells);
        })
    }

    fn check(&self) -> Result<(), DataError> {
        check_columns(&self.columns, |filled| match filled.with {
            With::Number(number) => number.is_finite(),
            With::Text(_) => true,
        })?;
        check_names(self.indicators.iter().map(String::as_str))
    }

    fn effects(&self) -> Vec<Effect> {
        let told = |Filled { name, with }: &Filled| match with {
            With::Number(number) => {
                Effect::on(name, StepKind::Impute, format!("missing to {}", Short(*number)))
            }
            With::Text(text) => Effect::on(name, StepKind::Impute, format!("missing to {text:?}")),
        };
        let indicators = self
            .indicators
            .iter()
            .map(|name| Effect::on(name, StepKind::Impute, "told where missing"));
        self.columns.iter().map(told).chain(indicators).collect()
    }
}

impl Filled {
    /// What a missing cell of this column becomes; a text that the column does not have yet joins its texts.
    fn number_in(&self, field: &mut Field) -> Result<f64, DataError> {
        let (text, texts) = match (&self.with, field.texts()) {
            (With::Text(text), Some(texts)) => (text, texts),
            (With::Number(number), _) => return Ok(*number),
            (With::Text(_), None) => return Err(wrong_kind(&self.name, "texts", "numbers")),
        };
        if let Some(number) = texts.number(text) {
            return Ok(f64::from(number));
        }
        let number = texts.len() as f64;
        let texts = Classes::new(texts.names().chain([text.as_str()]))?;
        *field = Field::text(field.name.clone(), texts);
        Ok(number)
    }
}

impl Named for Filled {
    fn name(&self) -> &str {
        &self.name
    }
}

fn text(field: &Field, fill: &Fill, texts: &Classes, column: &[f64]) -> Result<String, DataError> {
    match fill {
        Fill::Text(text) => Ok(text.clone()),
        Fill::MostFrequent => {
            let counted = counts(column, texts.len()).into_iter().zip(texts.names());
            let most = counted
                .filter(|&(count, _)| count > 0)
                .max_by(|one, other| one.0.cmp(&other.0).then(other.1.cmp(one.1)));
            let nothing = || DataError::NothingKnown { name: field.name.as_str().into() };
            most.map(|(_, text)| text.to_owned()).ok_or_else(nothing)
        }
        Fill::Mean | Fill::Median | Fill::Number(_) => {
            Err(wrong_kind(&field.name, "texts", "numbers"))
        }
    }
}

fn wrong_kind(name: &str, found: &'static str, expected: &'static str) -> DataError {
    DataError::WrongKind { name: name.into(), expected, found }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    const NONE: f64 = f64::NAN;

    fn column(cells: &[f64]) -> Dataset {
        let matrix = Array2::from_shape_vec((cells.len(), 1), cells.to_vec()).unwrap();
        Dataset::new(Schema::numbers(["a"]).unwrap(), matrix).unwrap()
    }

    fn services(texts: &[&str], cells: &[f64]) -> Dataset {
        let texts = Classes::new(texts.iter().copied()).unwrap();
        column(cells).with_schema(Schema::new([Field::text("service", texts)]).unwrap()).unwrap()
    }

    #[test]
    fn each_fill_is_learned_from_the_training_alone() {
        let training = column(&[1.0, NONE, 2.0, 1.0, 8.0]);
        let fills = [Fill::Mean, Fill::Median, Fill::MostFrequent, Fill::Number(-7.0)];
        for (fill, expected) in fills.into_iter().zip([3.0, 1.5, 1.0, -7.0]) {
            let fitted = Impute::new(fill).fit(&training).unwrap();
            let made = fitted.apply(column(&[100.0, NONE])).unwrap();
            assert_eq!(made.column(0).unwrap(), array![100.0, expected]);
        }
    }

    #[test]
    fn texts_are_found_by_what_they_are_and_not_by_their_numbers() {
        let training = services(&["ssh", "dns", "http"], &[1.0, NONE, 2.0, 1.0, 2.0]);
        let fitted = Impute::new(Fill::Mean).fit(&training).unwrap();
        let made = fitted.apply(services(&["http", "dns"], &[0.0, NONE])).unwrap();
        assert_eq!(made.column(0).unwrap(), array![0.0, 1.0]);
        let made = fitted.apply(services(&["ftp"], &[0.0, NONE])).unwrap();
        assert_eq!(made.column(0).unwrap(), array![0.0, 1.0]);
        assert_eq!(made.schema().fields()[0].texts().unwrap().name(1), Some("dns"));
    }

    #[test]
    fn indicators_stand_behind_all_columns() {
        let schema = Schema::numbers(["a", "b", "c"]).unwrap();
        let data = Dataset::new(schema, array![[NONE, 2.0, 3.0], [4.0, 5.0, NONE]]).unwrap();
        let fitted = Impute::new(Fill::Mean).indicators(true).fit(&data).unwrap();
        let made = fitted.apply(data).unwrap();
        assert_eq!(
            made.schema().names().collect::<Vec<_>>(),
            ["a", "b", "c", "a (missing)", "c (missing)"]
        );
        assert_eq!(made.matrix(), array![[4.0, 2.0, 3.0, 1.0, 0.0], [4.0, 5.0, 3.0, 0.0, 1.0]]);
    }

    #[test]
    fn columns_may_differ_or_stay_as_they_are() {
        let schema = Schema::numbers(["a", "b", "c"]).unwrap();
        let data = Dataset::new(schema, array![[NONE, NONE, NONE], [4.0, 5.0, 6.0]]).unwrap();
        let impute = Impute::new(Fill::Mean).column("b", Fill::Number(0.0)).except(["c"]);
        let made = impute.fit(&data).unwrap().apply(data.clone()).unwrap();
        assert_eq!(made.matrix().row(0).to_vec()[..2], [4.0, 0.0]);
        assert!(made.matrix()[[0, 2]].is_nan());
        assert!(matches!(
            impute.column("d", Fill::Mean).fit(&data),
            Err(DataError::MissingColumns { .. })
        ));
    }

    #[test]
    fn texts_of_which_none_is_known_stay_missing() {
        let impute = Impute::new(Fill::Mean);
        let empty = || services(&["x"], &[NONE, NONE]);
        assert!(matches!(impute.fit(&empty()), Err(DataError::NothingKnown { .. })));
        let impute = impute.when_empty(0.0);
        let fitted = impute.fit(&empty()).unwrap();
        assert!(fitted.apply(empty()).unwrap().matrix().iter().all(|cell| cell.is_nan()));
        let known = services(&["x"], &[0.0, 0.0]);
        assert_eq!(fitted.apply(known.clone()).unwrap(), known);
        let named = impute.texts(Fill::Text("y".to_owned())).fit(&empty()).unwrap();
        assert_eq!(named.apply(empty()).unwrap().matrix(), array![[1.0], [1.0]]);
    }

    #[test]
    fn what_cannot_be_learned_is_refused() {
        let mean = Impute::new(Fill::Mean);
        assert!(matches!(mean.fit(&column(&[NONE])), Err(DataError::NothingKnown { .. })));
        let stand_in = mean.clone().when_empty(5.0).fit(&column(&[NONE])).unwrap();
        assert_eq!(stand_in.apply(column(&[NONE])).unwrap().column(0).unwrap(), array![5.0]);
        assert!(matches!(
            mean.fit(&column(&[f64::INFINITY, NONE])),
            Err(DataError::NotFinite { .. })
        ));
        let text = Impute::new(Fill::Text("x".to_owned())).fit(&column(&[NONE]));
        assert!(matches!(text, Err(DataError::WrongKind { .. })));
        let number = Impute::new(Fill::Mean).texts(Fill::Median).fit(&services(&["x"], &[0.0]));
        assert!(matches!(number, Err(DataError::WrongKind { .. })));
    }
}
