//! What was learned, from raw rows to classes: a preparation and the model behind it.

use std::ops::Range;
use std::thread;

use ndarray::{Array1, Array2};
use netsift_data::prepare::{Fitted, MAX_COLUMNS};
use netsift_data::{DataError, Dataset, Labels, Preparation, Step};
use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::{Answer, Checked, Classifier, Model, ModelError};

/// Cells that are prepared at a time: what a thread then holds stays near the processor, however many rows there are.
const BLOCK_CELLS: usize = 1 << 21;
/// Rows that are prepared at a time: more save nothing.
const BLOCK_ROWS: usize = 1 << 14;

/// Tells the classes of raw rows: prepares them as those of the training were, and asks the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predictor {
    preparation: Preparation,
    model: Model,
}

impl Predictor {
    /// A model that learned from rows as this preparation makes them.
    ///
    /// # Errors
    /// [`ModelError::Shape`] if the model takes another number of columns than come out.
    pub fn new(preparation: Preparation, model: Model) -> Result<Self, ModelError> {
        let (expected, found) = (model.width(), preparation.output().len());
        if expected != found {
            return Err(ModelError::Shape { what: "prepared columns", expected, found });
        }
        Ok(Self { preparation, model })
    }

    /// What is done to rows.
    #[must_use]
    pub fn preparation(&self) -> &Preparation {
        &self.preparation
    }

    /// What is asked about them.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The class of each row and how probable each class is. Columns are found by their names, in any order; others are
    /// left out. The answers are the same with any number of threads.
    ///
    /// # Errors
    /// [`DataError::MissingColumns`] or [`DataError::WrongKind`], naming the columns, and what the model says.
    pub fn answer(&self, data: &Dataset, threads: usize) -> Result<Answer, ModelError> {
        // Of no row, columns are found or missed as of any.
        self.preparation.apply(data.slice(0..0).bare())?;
        let threads = threads.clamp(1, data.rows().max(1));
        let share = data.rows().div_ceil(threads).max(1);
        let shares = (0..threads).map(|thread| thread * share..(thread + 1) * share);
        let told: Result<Vec<Told>, ModelError> = if threads == 1 {
            shares.map(|rows| self.told(data, rows)).collect()
        } else {
            thread::scope(|scope| {
                let asked: Vec<_> =
                    shares.map(|rows| scope.spawn(move || self.told(data, rows))).collect();
                let told = asked.into_iter().map(|thread| {
                    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                });
                told.collect()
            })
        };
        let told: Told = told?.into_iter().fold(Told::default(), Told::and);
        told.answer((data.rows(), self.model.classes().len()))
    }

    /// The class that a label means: under the name that training gave it.
    #[must_use]
    pub fn class_of(&self, label: &str) -> Option<u32> {
        let renamed = |name: String, step: &Step| {
            let Step::LabelMap(map) = step else { return Some(name) };
            let labels = map.map(&Labels::of([name.as_str()])).ok()?;
            let number = labels.numbers().first().copied()?;
            labels.classes().name(number).map(str::to_owned)
        };
        let name = self.preparation.steps().iter().try_fold(label.to_owned(), renamed)?;
        self.model.classes().number(&name)
    }

    fn told(&self, data: &Dataset, rows: Range<usize>) -> Result<Told, ModelError> {
        let (mut told, rows) = (Told::default(), rows.start..rows.end.min(data.rows()));
        let widest = self.widest().max(self.model.classes().len());
        let block = (BLOCK_CELLS / widest.max(1)).clamp(1, BLOCK_ROWS);
        for start in rows.clone().step_by(block) {
            let part = data.slice(start..(start + block).min(rows.end)).bare();
            let prepared = self.preparation.apply(part)?;
            let answer = self.model.answer(prepared.matrix())?;
            told.classes.extend(answer.classes);
            told.probabilities.extend(answer.probabilities);
        }
        Ok(told)
    }

    /// How many columns rows have on their way, at most.
    fn widest(&self) -> usize {
        let mut schema = self.preparation.input().clone();
        let mut widest = schema.len();
        for step in self.preparation.steps() {
            let Ok(made) = step.columns(&schema) else { return MAX_COLUMNS };
            widest = widest.max(made.len());
            schema = made;
        }
        widest
    }
}

impl Checked for Predictor {
    /// What the preparation needs is checked as it is loaded.
    fn check(&self) -> Result<(), ModelError> {
        self.model.check()?;
        let fits = self.model.width() == self.preparation.output().len();
        sound(fits, "the model takes the columns that the preparation makes")
    }
}

/// What is told of some rows, one behind the other.
#[derive(Default)]
struct Told {
    classes: Vec<u32>,
    probabilities: Vec<f64>,
}

impl Told {
    fn and(mut self, mut other: Self) -> Self {
        if self.classes.is_empty() {
            return other;
        }
        self.classes.append(&mut other.classes);
        self.probabilities.append(&mut other.probabilities);
        self
    }

    fn answer(self, shape: (usize, usize)) -> Result<Answer, ModelError> {
        let (expected, found) = (shape.0.saturating_mul(shape.1), self.probabilities.len());
        let wrong = |_| DataError::Shape { what: "probabilities", expected, found };
        let probabilities = Array2::from_shape_vec(shape, self.probabilities).map_err(wrong)?;
        Ok(Answer { classes: Array1::from(self.classes), probabilities })
    }
}
