//! What smartcore is given, once it is checked, and how it is called.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::Builder;

use ::smartcore::error::Failed;
use ndarray::{Array2, ArrayView2, Axis};
use thiserror::Error;

use crate::classifier::wide;
use crate::training::finite;
use crate::{ModelError, Training};

/// The largest cell, either side of 0: squares of differences, over any number of columns, are finite.
pub(super) const MAX_CELL: f64 = 1e100;
/// Room for recursion. The deepest is that of the cover tree: a level for each power of 1.3 between the largest and the
/// smallest distance there can be, 2400, of less than a KiB each.
const STACK: usize = 1 << 26;

/// Rows and classes as smartcore takes them: row by row, and classes without a gap between their numbers.
pub(super) struct Given {
    pub(super) rows: Array2<f64>,
    pub(super) classes: Vec<u32>,
    /// The number of each class that has a row.
    pub(super) present: Vec<u32>,
}

impl Given {
    /// Checks a training, and repeats rows as they weigh.
    pub(super) fn of(
        training: &Training<'_>,
        learner: &'static str,
        most_rows: usize,
    ) -> Result<Self, ModelError> {
        training.progress(0, 1)?;
        training.two_classes(learner)?;
        countable(training.rows(), learner, MAX_CELL)?;
        let taken = taken(training, learner, most_rows)?;
        let present: Vec<u32> = (0..)
            .zip(training.class_sums())
            .filter(|&(_, sum)| sum > 0.0)
            .map(|(class, _)| class)
            .collect();
        let of_row = |&row: &usize| training.labels().get(row).copied().unwrap_or(0);
        let place = |class: u32| present.partition_point(|&other| other < class) as u32;
        let classes = taken.iter().map(of_row).map(place).collect();
        let rows = training.rows().select(Axis(0), &taken);
        Ok(Self { rows: rows.as_standard_layout().into_owned(), classes, present })
    }
}

/// The rows, each as often as it weighs.
fn taken(
    training: &Training<'_>,
    learner: &'static str,
    most: usize,
) -> Result<Vec<usize>, ModelError> {
    let weights = (0..training.len()).map(|row| training.weight(row));
    let mut taken = Vec::with_capacity(training.len());
    for (row, weight) in weights.enumerate() {
        ModelError::rule(
            weight.fract() == 0.0,
            "a weight",
            weight,
            "whole, since smartcore knows none",
        )?;
        let found = taken.len().saturating_add(weight as usize);
        if found > most {
            return Err(ModelError::TooMany { learner, what: "rows", most, found });
        }
        taken.resize(found, row);
    }
    Ok(taken)
}

/// Refuses rows without a column and cells that smartcore cannot count with.
pub(super) fn countable(
    rows: ArrayView2<'_, f64>,
    learner: &'static str,
    most: f64,
) -> Result<(), ModelError> {
    if rows.ncols() == 0 {
        return Err(ModelError::Shape { what: "columns", expected: 1, found: 0 });
    }
    finite(rows, learner)?;
    let large = rows.indexed_iter().find(|(_, cell)| cell.abs() > most);
    match large {
        Some(((row, column), &value)) => {
            Err(ModelError::TooLarge { learner, row, column, value, most })
        }
        None => Ok(()),
    }
}

/// Rows to be asked about, as smartcore takes them.
pub(super) fn asked(
    rows: ArrayView2<'_, f64>,
    width: usize,
    learner: &'static str,
) -> Result<Array2<f64>, ModelError> {
    wide(rows, width)?;
    countable(rows, learner, MAX_CELL)?;
    Ok(rows.as_standard_layout().into_owned())
}

/// Fits where there is room for recursion.
pub(super) fn fitted<T: Send>(
    learner: &'static str,
    fit: impl FnOnce() -> Result<T, Failed> + Send,
) -> Result<T, ModelError> {
    std::thread::scope(|scope| {
        let thread = Builder::new().stack_size(STACK).spawn_scoped(scope, || called(learner, fit));
        let thread =
            thread.map_err(|error| ModelError::Foreign { learner, cause: error.into() })?;
        thread.join().unwrap_or_else(|panic| Err(panicked(learner, panic)))
    })
}

/// Calls smartcore, which panics where others would answer that something is wrong.
pub(super) fn called<T>(
    learner: &'static str,
    call: impl FnOnce() -> Result<T, Failed>,
) -> Result<T, ModelError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(answer) => answer.map_err(|error| ModelError::Foreign { learner, cause: error.into() }),
        Err(panic) => Err(panicked(learner, panic)),
    }
}

/// Refuses what has grown beyond all numbers.
pub(super) fn refuse_endless(learner: &'static str, is_finite: bool) -> Result<(), ModelError> {
    let error = || ModelError::Foreign { learner, cause: Endless.into() };
    if is_finite { Ok(()) } else { Err(error()) }
}

/// smartcore has not noticed that it went wrong.
#[derive(Debug, Error)]
#[error("smartcore's answer is not finite")]
struct Endless;

/// What a panic said.
#[derive(Debug, Error)]
#[error("smartcore panicked: {said}")]
struct Panicked {
    said: Box<str>,
}

fn panicked(learner: &'static str, panic: Box<dyn Any + Send>) -> ModelError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let said = text.unwrap_or("nothing").into();
    ModelError::Foreign { learner, cause: Panicked { said }.into() }
}

#[cfg(test)]
pub(super) mod tests {
    use std::error::Error;

    use ndarray::array;
    use netsift_data::{Chance, Labels};

    use super::*;
    use crate::Classifier;

    /// Classes that overlap, each around a place of its own.
    pub(in crate::smartcore) fn clouds(
        rows: usize,
        columns: usize,
        classes: usize,
    ) -> (Array2<f64>, Labels) {
        let mut chance = Chance::seeded(rows as u64);
        let cells = Array2::from_shape_fn((rows, columns), |(row, column)| {
            (row % classes * (column + 1)) as f64 * 0.4 + chance.unit() * 2.0
        });
        let names = (0..rows).map(|row| ["a", "b", "c", "d"][row % classes]);
        (cells, Labels::of(names.collect::<Vec<_>>()))
    }

    /// Whether a model says what smartcore says.
    #[track_caller]
    pub(in crate::smartcore) fn is_as(
        model: &impl Classifier,
        rows: &Array2<f64>,
        expected: &[u32],
    ) {
        assert_eq!(model.predict(rows.view()).unwrap().as_slice().unwrap(), expected);
        let sums = model.probabilities(rows.view()).unwrap().sum_axis(Axis(1));
        assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-12), "{sums}");
    }

    #[test]
    fn rows_are_given_as_often_as_they_weigh_and_classes_without_gaps() {
        let rows = array![[1.0], [2.0], [3.0]];
        let labels = Labels::of(["a", "b", "c"]);
        let training = Training::new(rows.view(), &labels).unwrap();
        let given = |weights: [f64; 3], most| {
            Given::of(&training.clone().weights(weights.to_vec()).unwrap(), "x", most)
        };
        let two = given([2.0, 0.0, 1.0], 3).unwrap();
        assert_eq!(two.rows, array![[1.0], [1.0], [3.0]]);
        assert_eq!((two.classes, two.present), (vec![0, 0, 1], vec![0, 2]));
        assert!(matches!(given([2.0, 0.0, 2.0], 3), Err(ModelError::TooMany { found: 4, .. })));
        assert!(matches!(given([1e300, 0.0, 1.0], 3), Err(ModelError::TooMany { .. })));
        assert!(matches!(given([1.5, 0.0, 1.0], 3), Err(ModelError::Setting { .. })));
        assert!(matches!(given([1.0, 0.0, 0.0], 3), Err(ModelError::OneClass { .. })));
    }

    #[test]
    fn what_cannot_be_counted_with_is_refused() {
        let refused = |rows: Array2<f64>| asked(rows.view(), 1, "x").unwrap_err();
        assert!(matches!(refused(array![[f64::NAN]]), ModelError::NotFinite { .. }));
        assert!(matches!(refused(array![[0.0], [-1e101]]), ModelError::TooLarge { row: 1, .. }));
        assert!(matches!(refused(array![[0.0, 1.0]]), ModelError::Shape { found: 2, .. }));
        let bare = asked(Array2::zeros((2, 0)).view(), 0, "x").unwrap_err();
        assert!(matches!(bare, ModelError::Shape { found: 0, .. }));
    }

    #[test]
    fn panics_are_errors() {
        let error = fitted("x", || -> Result<(), Failed> { panic!("of {}", "old") }).unwrap_err();
        assert_eq!(error.source().unwrap().to_string(), "smartcore panicked: of old");
        let error = called("x", || Err::<(), _>(Failed::fit("no"))).unwrap_err();
        assert!(error.source().unwrap().to_string().contains("no"));
    }
}
