//! Steps one behind the other, as they are saved with a model.

use serde::{Deserialize, Serialize};

use super::limits::{MAX_COLUMNS, MAX_STEPS};
use super::{Effect, Fitted, Plan, Step, Transform};
use crate::{Classes, DataError, Dataset, Field, Schema};

/// Steps that were fitted one behind the other, and the columns that go in and come out.
///
/// What was loaded from bytes is checked as it is loaded: names, finite numbers, sizes, and that every step finds the
/// columns it was learned with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Preparation {
    input: Schema,
    steps: Vec<Step>,
    output: Schema,
}

#[derive(Serialize, Deserialize)]
struct Unchecked {
    input: Schema,
    steps: Vec<Step>,
}

impl Preparation {
    /// Fits plans one behind the other, each on the rows that the ones before it make of the training. With what came
    /// of it, the training's rows as they come out.
    ///
    /// # Errors
    /// What is wrong with a plan or with the rows it is fitted on; [`DataError::TooMany`] beyond [`MAX_STEPS`] or
    /// [`MAX_COLUMNS`].
    pub fn fit(plans: &[Plan], training: &Dataset) -> Result<(Self, Dataset), DataError> {
        let mut data = training.clone();
        let mut steps = Vec::with_capacity(plans.len());
        for plan in plans {
            let step = plan.fit(&data)?;
            data = step.apply(data)?;
            steps.push(step);
        }
        let preparation = Self::new(without_texts(training.schema())?, steps)?;
        Ok((preparation, data))
    }

    /// Rows as they come out, whatever the order of their columns; columns that the training did not have are left out.
    /// Labels, where there are any, get the names and numbers of the training.
    ///
    /// # Errors
    /// [`DataError::MissingColumns`] or [`DataError::WrongKind`], naming the columns; what a step says of cells.
    pub fn apply(&self, data: Dataset) -> Result<Dataset, DataError> {
        let data = self.in_order(data)?;
        self.steps.iter().try_fold(data, |data, step| step.apply(data))
    }

    /// The columns that go in. Of columns of texts, it is not told which texts.
    #[must_use]
    pub fn input(&self) -> &Schema {
        &self.input
    }

    /// The columns that come out, in their order.
    #[must_use]
    pub fn output(&self) -> &Schema {
        &self.output
    }

    /// Of each column that comes out, the place of the one that goes in of which it is made.
    ///
    /// # Errors
    /// None that a preparation has which was fitted or loaded.
    pub fn sources(&self) -> Result<Vec<usize>, DataError> {
        let mut schema = self.input.clone();
        let mut sources: Vec<usize> = (0..schema.len()).collect();
        for step in &self.steps {
            let before = step.sources(&schema)?;
            sources = before.iter().filter_map(|&place| sources.get(place).copied()).collect();
            schema = step.columns(&schema)?;
        }
        Ok(sources)
    }

    /// What the steps do to which column, one behind the other, for people to read.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.steps.iter().flat_map(Fitted::effects).collect()
    }

    /// The steps in their order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    fn new(input: Schema, steps: Vec<Step>) -> Result<Self, DataError> {
        limited("steps", steps.len(), MAX_STEPS)?;
        limited("columns", input.len(), MAX_COLUMNS)?;
        let mut output = input.clone();
        for step in &steps {
            step.check()?;
            output = step.columns(&output)?;
            limited("columns", output.len(), MAX_COLUMNS)?;
        }
        Ok(Self { output: without_texts(&output)?, input, steps })
    }

    /// The columns that go in, as they lie in the training.
    fn in_order(&self, data: Dataset) -> Result<Dataset, DataError> {
        let places = data.schema().places(self.input.names())?;
        let found = |place: &usize| data.schema().fields().get(*place);
        for (field, expected) in places.iter().filter_map(found).zip(self.input.fields()) {
            if field.texts().is_some() != expected.texts().is_some() {
                return Err(DataError::WrongKind {
                    name: field.name.as_str().into(),
                    expected: holds(expected),
                    found: holds(field),
                });
            }
        }
        let is_in_order =
            places.len() == data.width() && places.iter().copied().eq(0..data.width());
        if is_in_order { Ok(data) } else { data.at(&places) }
    }
}

impl TryFrom<Unchecked> for Preparation {
    type Error = DataError;

    fn try_from(unchecked: Unchecked) -> Result<Self, DataError> {
        Self::new(without_texts(&unchecked.input)?, unchecked.steps)
    }
}

impl From<Preparation> for Unchecked {
    fn from(preparation: Preparation) -> Self {
        Self { input: preparation.input, steps: preparation.steps }
    }
}

/// The same columns: which texts they hold is what steps remember, and other columns of texts may have a great many.
fn without_texts(schema: &Schema) -> Result<Schema, DataError> {
    Schema::new(schema.fields().iter().map(|field| match field.texts() {
        Some(_) => Field::text(field.name.clone(), Classes::default()),
        None => field.clone(),
    }))
}

fn holds(field: &Field) -> &'static str {
    if field.texts().is_some() { "texts" } else { "numbers" }
}

fn limited(what: &'static str, found: usize, most: usize) -> Result<(), DataError> {
    if found <= most { Ok(()) } else { Err(DataError::TooMany { what, found, most }) }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use ndarray::Array2;
    use netsift_container::{Kind, Reader, Writer};
    use proptest::prelude::*;

    use super::*;
    use crate::Labels;
    use crate::prepare::*;

    /// Numbers with missing and infinite cells, a constant, a copy, and texts.
    fn rows(seeds: &[u8], texts: &[&str]) -> Dataset {
        let classes = Classes::new(texts.iter().copied()).unwrap();
        let fields = [
            Field::number("a"),
            Field::text("s", classes),
            Field::number("same"),
            Field::number("b"),
            Field::number("copy"),
        ];
        let cell = |row: usize, column: usize| {
            let seed = f64::from(seeds[row]);
            match column {
                0 if seeds[row].is_multiple_of(5) => f64::INFINITY,
                0 => seed * 1.5,
                1 => f64::from(seeds[row] % texts.len() as u8),
                2 => 7.0,
                _ if seeds[row].is_multiple_of(7) => f64::NAN,
                3 => (seed - 100.0).powi(2),
                _ => 3.0 - 2.0 * (seed - 100.0).powi(2),
            }
        };
        let matrix = Array2::from_shape_fn((seeds.len(), 5), |(row, column)| cell(row, column));
        let labels: Vec<&str> =
            seeds.iter().map(|seed| if seed % 3 == 0 { "DoS Hulk" } else { "BENIGN" }).collect();
        let data = Dataset::new(Schema::new(fields).unwrap(), matrix).unwrap();
        data.with_labels(Labels::of(labels)).unwrap()
    }

    fn training() -> Dataset {
        rows(
            &(0..=250).step_by(2).map(|seed| seed as u8).collect::<Vec<_>>(),
            &["dns", "http", "ssh"],
        )
    }

    fn plans() -> Vec<Plan> {
        vec![
            LabelMap::new(Otherwise::Become("attack".into())).rule("BENIGN", "benign").into(),
            LabelEncode::new().into(),
            Finite::new().into(),
            ConstantColumns::new().into(),
            Impute::new(Fill::Median).indicators(true).into(),
            CorrelatedColumns::new(0.99).into(),
            Clip::to_quantiles(0.01, 0.99).into(),
            Log::new().columns(Columns::named(["b"])).into(),
            OneHot::new().unknown(Unknown::Own).into(),
            MostInformative::new(6).into(),
            Scale::standard().into(),
        ]
    }

    fn fitted() -> &'static (Preparation, Dataset) {
        static FITTED: LazyLock<(Preparation, Dataset)> =
            LazyLock::new(|| Preparation::fit(&plans(), &training()).unwrap());
        &FITTED
    }

    /// Through a file, as models are saved: JSON, as it is read by default, changes last bits.
    fn saved_and_loaded<T: Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
        let kind = Kind {
            tag: *b"PREP",
            version: 1,
            name: "test",
            max_entry: 1 << 20,
            max_total: 1 << 20,
        };
        let mut writer = Writer::new(Vec::new(), &kind).unwrap();
        writer.put(value).unwrap();
        let file = writer.finish().unwrap();
        Reader::new(&file[..], &kind).unwrap().next().unwrap().unwrap()
    }

    #[test]
    fn what_comes_out_of_the_training_is_what_applying_makes_of_it() {
        let (preparation, made) = fitted();
        assert_eq!(&preparation.apply(training()).unwrap(), made);
        assert_eq!(
            preparation.output().names().collect::<Vec<_>>(),
            made.schema().names().collect::<Vec<_>>()
        );
        assert_eq!(
            preparation.input().names().collect::<Vec<_>>(),
            ["a", "s", "same", "b", "copy"]
        );
        assert!(made.width() == 6 && made.matrix().iter().all(|cell| cell.is_finite()));
        let classes = made.labels().unwrap().classes().clone();
        assert_eq!(classes.names().collect::<Vec<_>>(), ["attack", "benign"]);
    }

    #[test]
    fn columns_are_found_by_name_in_any_order_and_others_are_left_out() {
        let (preparation, _) = fitted();
        let live = rows(&[1, 2, 3, 4, 5], &["ssh", "ftp", "dns"]);
        let expected = preparation.apply(live.clone()).unwrap();
        let turned = live.pick(["copy", "b", "same", "s", "a"]).unwrap();
        assert_eq!(preparation.apply(turned).unwrap(), expected);
        let mut fields = live.schema().fields().to_vec();
        fields.push(Field::number("new"));
        let wider = live.rebuilt(Schema::new(fields).unwrap(), |place, cells| {
            let Some(column) = live.column(place) else { return };
            cells.iter_mut().zip(column).for_each(|(cell, was)| *cell = *was);
        });
        assert_eq!(preparation.apply(wider.unwrap()).unwrap(), expected);
        let error = preparation.apply(live.without(["b", "s"]).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), r#"columns are missing: "s", "b""#);
        let numbers =
            live.with_schema(Schema::numbers(["a", "s", "same", "b", "copy"]).unwrap()).unwrap();
        let error = preparation.apply(numbers).unwrap_err();
        assert_eq!(error.to_string(), r#"column "s" holds numbers, but texts are needed"#);
    }

    #[test]
    fn every_column_is_made_of_one() {
        let (preparation, made) = fitted();
        let input: Vec<&str> = preparation.input().names().collect();
        let sources = preparation.sources().unwrap();
        assert_eq!(sources.len(), made.width());
        for (name, &source) in made.schema().names().zip(&sources) {
            let behind = name.strip_prefix(input[source]);
            let is_of = behind.is_some_and(|rest| rest.is_empty() || rest.starts_with(['=', ' ']));
            assert!(is_of, "{name} of {}", input[source]);
        }
        let data = rows(&[2, 5, 7], &["dns", "http"]);
        let plans = [Impute::new(Fill::Median).indicators(true).into(), OneHot::new().into()];
        let (preparation, _) = Preparation::fit(&plans, &data).unwrap();
        // a, s=dns, s=http, same, b, copy; and where a cell of b and copy was missing.
        assert_eq!(preparation.sources().unwrap(), [0, 1, 1, 2, 3, 4, 3, 4]);
    }

    #[test]
    fn what_was_saved_does_the_same() {
        let (preparation, made) = fitted();
        let loaded = saved_and_loaded(preparation);
        assert_eq!(&loaded, preparation);
        assert_eq!(&loaded.apply(training()).unwrap(), made);
        assert_eq!(saved_and_loaded(&plans()), plans());
    }

    #[test]
    fn what_fitting_cannot_have_made_is_not_loaded() {
        let (preparation, _) = fitted();
        let saved = serde_json::to_string(&preparation).unwrap();
        let spread = |text: &str| text.replacen(r#""spread":"#, r#""spread":-"#, 1);
        let forged = [
            spread(&saved),
            saved.replacen(r#"{"name":"copy""#, r#"{"name":"nowhere""#, 1),
            saved.replacen(r#"{"name":"copy""#, r#"{"name":"b""#, 1),
            saved.replacen(r#""name":"a","low":"#, r#""name":"a","low":1e300,"x":"#, 1),
            saved.replace(r#"["dns","http","ssh"]"#, r#"["dns","dns"]"#),
        ];
        for text in forged {
            assert_ne!(text, saved);
            assert!(serde_json::from_str::<Preparation>(&text).is_err(), "{text}");
        }
        let steps = vec![Step::Finite(Finite::new().fit(&training()).unwrap()); MAX_STEPS + 1];
        let long = serde_json::to_string(&Unchecked { input: training().schema().clone(), steps })
            .unwrap();
        assert!(
            serde_json::from_str::<Preparation>(&long)
                .unwrap_err()
                .to_string()
                .contains("too many")
        );
    }

    proptest! {
        /// Fitting sees the training alone, and applying takes each row by itself.
        #[test]
        fn no_row_depends_on_the_rows_beside_it(seeds in prop::collection::vec(any::<u8>(), 1..20), at in any::<prop::sample::Index>()) {
            let (preparation, _) = fitted();
            let row = at.index(seeds.len());
            let all = preparation.apply(rows(&seeds, &["http", "ssh", "x"])).unwrap();
            let alone = preparation.apply(rows(&seeds[row..=row], &["http", "ssh", "x"])).unwrap();
            prop_assert!(all.matrix().row(row) == alone.matrix().row(0));
        }

        /// However a saved preparation is damaged, it is refused or applies without a panic.
        #[test]
        fn damage_is_an_error_or_harmless(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
            let mut saved = serde_json::to_vec(&fitted().0).unwrap();
            let at = at.index(saved.len());
            if cut { saved.truncate(at) } else { saved[at] = byte }
            if let Ok(loaded) = serde_json::from_slice::<Preparation>(&saved) {
                let _ = loaded.apply(rows(&[1, 2, 35], &["ssh", "ftp"]));
            }
        }
    }
}
