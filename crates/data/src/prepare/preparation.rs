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
