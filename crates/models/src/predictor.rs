//! What was learned, from raw rows to classes: a preparation and the model behind it.

use std::ops::Range;
use std::thread;

use ndarray::{Array1, Array2};
use netsift_data::prepare::{Fitted, MAX_COLUMNS};
use netsift_data::{DataError, Dataset, Labels, Preparation, Step};
use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::{Alarm, Answer, Checked, Classifier, Finding, Mind, Model, ModelError};

/// Cells that are prepared at a time: what a thread then holds stays near the processor, however many rows there are.
const BLOCK_CELLS: usize = 1 << 21;
/// Rows that are prepared at a time: more save nothing.
const BLOCK_ROWS: usize = 1 << 14;

/// Tells the classes of raw rows: prepares them as those of the training were, and asks the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predictor {
    preparation: Preparation,
    mind: Mind,
}

impl Predictor {
    /// A model, or an alarm, that learned from rows as this preparation makes them.
    ///
    /// # Errors
    /// [`ModelError::Shape`] if it takes another number of columns than come out.
    pub fn new(preparation: Preparation, mind: impl Into<Mind>) -> Result<Self, ModelError> {
        let mind = mind.into();
        let (expected, found) = (mind.width(), preparation.output().len());
        if expected != found {
            return Err(ModelError::Shape { what: "prepared columns", expected, found });
        }
        Ok(Self { preparation, mind })
    }

    /// What is done to rows.
    #[must_use]
    pub fn preparation(&self) -> &Preparation {
        &self.preparation
    }

    /// What is asked about them.
    #[must_use]
    pub fn mind(&self) -> &Mind {
        &self.mind
    }

    /// The model that is asked about them; of an alarm, nothing.
    #[must_use]
    pub fn model(&self) -> Option<&Model> {
        self.mind.model()
    }

    /// The alarm that is asked about them, if it is one.
    ///
    /// # Errors
    /// [`ModelError::NoDetector`] if it is a model of classes.
    pub fn alarm(&self) -> Result<&Alarm, ModelError> {
        self.mind.alarm().ok_or(ModelError::NoDetector { model: self.mind.name() })
    }

    /// The same rows, asked of another mind.
    pub(crate) fn with_mind(self, mind: Mind) -> Result<Self, ModelError> {
        Self::new(self.preparation, mind)
    }

    /// The class of each row and how probable each class is. Columns are found by their names, in any order; others are
    /// left out. The answers are the same with any number of threads.
    ///
    /// # Errors
    /// [`DataError::MissingColumns`] or [`DataError::WrongKind`], naming the columns, and what the model says.
    pub fn answer(&self, data: &Dataset, threads: usize) -> Result<Answer, ModelError> {
        let answers =
            self.in_blocks(data, threads, |prepared| self.mind.answer(prepared.matrix()))?;
        let (mut classes, mut probabilities) = (Vec::new(), Vec::new());
        for answer in answers {
            classes.extend(answer.classes);
            probabilities.extend(answer.probabilities);
        }
        let shape = (data.rows(), self.mind.classes().len());
        let (expected, found) = (shape.0.saturating_mul(shape.1), probabilities.len());
        let wrong = |_| DataError::Shape { what: "probabilities", expected, found };
        let probabilities = Array2::from_shape_vec(shape, probabilities).map_err(wrong)?;
        Ok(Answer { classes: Array1::from(classes), probabilities })
    }

    /// How strange each row is, of a detector: what [`Alarm::findings`] says of it once it is prepared.
    ///
    /// # Errors
    /// [`ModelError::NoDetector`] if it is a model of classes, and as [`answer`](Self::answer).
    pub fn findings(&self, data: &Dataset, threads: usize) -> Result<Vec<Finding>, ModelError> {
        let alarm = self.alarm()?;
        let found = self.in_blocks(data, threads, |prepared| alarm.findings(prepared.matrix()))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Lets a detector learn from more rows.
    pub(crate) fn observe(&mut self, data: &Dataset) -> Result<(), ModelError> {
        let model = self.mind.name();
        let Mind::Alarm(alarm) = &mut self.mind else {
            return Err(ModelError::NoDetector { model });
        };
        // At once: of rows that are flawed, none is learned.
        let prepared = self.preparation.apply(data.bare())?;
        alarm.observe(prepared.matrix())
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
        self.mind.classes().number(&name)
    }

    /// Asks about prepared blocks of the rows on several threads, and tells what was said in the order of the rows.
    fn in_blocks<T: Send>(
        &self,
        data: &Dataset,
        threads: usize,
        ask: impl Fn(Dataset) -> Result<T, ModelError> + Sync,
    ) -> Result<Vec<T>, ModelError> {
        // Of no row, columns are found or missed as of any.
        self.preparation.apply(data.slice(0..0).bare())?;
        let threads = threads.clamp(1, data.rows().max(1));
        let share = data.rows().div_ceil(threads).max(1);
        let shares = (0..threads).map(|thread| thread * share..(thread + 1) * share);
        let told = |rows| self.of_blocks(data, rows, &ask);
        let told: Result<Vec<Vec<T>>, ModelError> = if threads == 1 {
            shares.map(told).collect()
        } else {
            let told = &told;
            thread::scope(|scope| {
                let asked: Vec<_> = shares.map(|rows| scope.spawn(move || told(rows))).collect();
                let told = asked.into_iter().map(|thread| {
                    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                });
                told.collect()
            })
        };
        Ok(told?.into_iter().flatten().collect())
    }

    fn of_blocks<T>(
        &self,
        data: &Dataset,
        rows: Range<usize>,
        ask: &impl Fn(Dataset) -> Result<T, ModelError>,
    ) -> Result<Vec<T>, ModelError> {
        let rows = rows.start..rows.end.min(data.rows());
        let widest = self.widest().max(self.mind.classes().len());
        let block = (BLOCK_CELLS / widest.max(1)).clamp(1, BLOCK_ROWS);
        let told = rows.clone().step_by(block).map(|start| {
            let part = data.slice(start..(start + block).min(rows.end)).bare();
            ask(self.preparation.apply(part)?)
        });
        told.collect()
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
        self.mind.check()?;
        let fits = self.mind.width() == self.preparation.output().len();
        sound(fits, "the model takes the columns that the preparation makes")
    }
}
