//! One fit: rows prepared, balanced, learned from, and judged.

use std::time::Duration;

use ndarray::ArrayView1;
use netsift_data::balance::{Balance, ClassWeights, Finding};
use netsift_data::{DataError, Dataset, Plan, Preparation};

use crate::judged::Truth;
use crate::{Judged, Learner, ModelError, Predictor, Recipe, Training, Watch};

/// What is done about classes of very different sizes, in the rows to train with.
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub enum Balancing<'a> {
    /// Nothing.
    #[default]
    None,
    /// Rows of small classes weigh more, so that all classes weigh the same.
    Weights,
    /// Rows are added or left out, once they are prepared.
    Rows(&'a dyn Balance),
}

/// How a learner is fitted on whatever rows it is given, in a training as in a fold.
#[derive(Clone)]
pub(crate) struct Fitting<'a> {
    pub(crate) plans: Vec<Plan>,
    /// Whether plans are completed by what a learner usually needs.
    pub(crate) is_completed: bool,
    pub(crate) balance: Balancing<'a>,
    pub(crate) threads: usize,
    pub(crate) watch: &'a dyn Watch,
    pub(crate) clock: &'a dyn Fn() -> Duration,
}

/// What came of a fit.
pub(crate) struct Fitted {
    pub(crate) predictor: Predictor,
    /// How many rows the learner was given.
    pub(crate) rows: u64,
    /// Classes that could not be balanced as was asked for.
    pub(crate) unbalanced: Vec<Finding>,
}

/// What came of asking about rows.
pub(crate) struct Asked {
    pub(crate) judged: Judged,
    /// How probable the class is that is told of each row.
    pub(crate) scores: Vec<f64>,
    pub(crate) took: Duration,
}

/// Rows as they come, one thread, nobody who watches.
impl Default for Fitting<'_> {
    fn default() -> Self {
        Self {
            plans: Vec::new(),
            is_completed: true,
            balance: Balancing::None,
            threads: 1,
            watch: &(),
            clock: &no_clock,
        }
    }
}

impl Fitting<'_> {
    /// Everything is learned from these rows, and from no others.
    pub(crate) fn fit(&self, recipe: &Recipe, train: &Dataset) -> Result<Fitted, ModelError> {
        let (preparation, prepared) = Preparation::fit(&self.plans_for(recipe), train)?;
        let (rows, unbalanced) = match self.balance {
            Balancing::Rows(balance) => {
                let balanced = balance.balanced(&prepared)?;
                (balanced.data, balanced.findings)
            }
            _ => (prepared, Vec::new()),
        };
        let labels = rows.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
        let training = Training::of(&rows)?.threads(self.threads).watched(self.watch);
        let training = match self.balance {
            Balancing::Weights => training.class_weights(&ClassWeights::balanced(labels))?,
            _ => training,
        };
        let model = recipe.fit(&training)?;
        let predictor = Predictor::new(preparation, model)?;
        Ok(Fitted { predictor, rows: rows.rows() as u64, unbalanced })
    }

    /// Asks about these rows, whose classes are known.
    pub(crate) fn judge(&self, predictor: &Predictor, data: &Dataset) -> Result<Asked, ModelError> {
        let truth = Truth::of(predictor, data)?;
        let (answer, took) = timed(self.clock, || predictor.answer(data, self.threads))?;
        Ok(Asked { judged: Judged::compare(&truth, &answer)?, scores: answer.scores(), took })
    }

    fn plans_for(&self, recipe: &Recipe) -> Vec<Plan> {
        if self.is_completed { recipe.completed(&self.plans) } else { self.plans.clone() }
    }
}

/// Refuses rows that do not differ in any column: whatever learns from them knows nothing of how rows may differ.
pub(crate) fn expect_differences(rows: &Dataset) -> Result<(), ModelError> {
    let is_same = |one: f64, other: f64| one == other || one.is_nan() && other.is_nan();
    let differs = |column: ArrayView1<'_, f64>| {
        let first = column.first().copied().unwrap_or(f64::NAN);
        column.iter().any(|&cell| !is_same(cell, first))
    };
    match rows.columns().any(|(_, column)| differs(column)) {
        true => Ok(()),
        false => Err(ModelError::AllAlike { rows: rows.rows() }),
    }
}

/// What is done, and what it took by this clock.
pub(crate) fn timed<T>(
    clock: &dyn Fn() -> Duration,
    work: impl FnOnce() -> Result<T, ModelError>,
) -> Result<(T, Duration), ModelError> {
    let started = clock();
    let done = work()?;
    Ok((done, clock().saturating_sub(started)))
}

/// For whoever is told no times.
pub(crate) fn no_clock() -> Duration {
    Duration::ZERO
}
