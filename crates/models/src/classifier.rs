//! What all fitted classifiers have in common.

use std::num::NonZeroUsize;

use ndarray::{Array, Array1, Array2, ArrayView2, Axis, Dimension, RemoveAxis};
use netsift_data::Classes;

use crate::ModelError;

/// What a model says of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The class of each row, by its number.
    pub classes: Array1<u32>,
    /// How probable each class is for each row.
    pub probabilities: Array2<f64>,
}

impl Answer {
    /// How probable the class is that is told of each row.
    #[must_use]
    pub fn scores(&self) -> Vec<f64> {
        let rows = self.probabilities.rows().into_iter().zip(&self.classes);
        rows.map(|(row, &class)| row.get(class as usize).copied().unwrap_or(0.0)).collect()
    }

    /// The class of each row, or nothing where no class is as probable as `least`: the row is unlike what was learned, or
    /// lies between classes.
    ///
    /// The most probable class decides, not the one that is told. They are one for most models; but a machine that tells
    /// the class which wins most pairs can tell another, and then a row that is near to a class would be unknown, of two
    /// classes even below a half.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for a `least` outside of 0 to 1.
    pub fn known(&self, least: f64) -> Result<Array1<Option<u32>>, ModelError> {
        let is_share = (0.0..=1.0).contains(&least);
        ModelError::rule(is_share, "the least probability", least, "from 0 to 1")?;
        let rows = self.probabilities.rows().into_iter().zip(&self.classes);
        Ok(rows.map(|(row, &class)| (greatest(row).1 >= least).then_some(class)).collect())
    }
}

/// Tells the classes of rows.
pub trait Classifier {
    /// The classes it knows, those without a row in training included.
    fn classes(&self) -> &Classes;

    /// How many columns rows must have.
    fn width(&self) -> usize;

    /// How probable each class is for each row: a row each, a column for each class, each row summing up to 1. No row's
    /// answer depends on the rows beside it.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for rows of another width, and what the model says of cells.
    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError>;

    /// The class of each row, by its number. Where nothing else is said it is the most probable one, of equals the first.
    ///
    /// # Errors
    /// As [`probabilities`](Self::probabilities).
    fn predict(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<u32>, ModelError> {
        Ok(likeliest(&self.probabilities(rows)?))
    }

    /// Both at once, at the price of one. A model that has a `predict` of its own has an `answer` of its own, too.
    ///
    /// # Errors
    /// As [`probabilities`](Self::probabilities).
    fn answer(&self, rows: ArrayView2<'_, f64>) -> Result<Answer, ModelError> {
        let probabilities = self.probabilities(rows)?;
        Ok(Answer { classes: likeliest(&probabilities), probabilities })
    }

    /// The class of each row, or nothing where no class is as probable as `least`: see [`Answer::known`].
    ///
    /// # Errors
    /// As [`probabilities`](Self::probabilities), and [`ModelError::Setting`] for a `least` outside of 0 to 1.
    fn predict_or_unknown(
        &self,
        rows: ArrayView2<'_, f64>,
        least: f64,
    ) -> Result<Array1<Option<u32>>, ModelError> {
        self.answer(rows)?.known(least)
    }

    /// Whether learning came to rest by itself; if not, it was ended after as many steps as were allowed, and more of them
    /// might make another model. What does not learn in steps towards something has come to rest.
    fn is_converged(&self) -> bool {
        true
    }
}

/// The place of the greatest number of each row, of equals the first.
pub(crate) fn likeliest(probabilities: &Array2<f64>) -> Array1<u32> {
    probabilities.rows().into_iter().map(|row| greatest(row).0 as u32).collect()
}

/// The place of the greatest of these numbers, of equals the first, and the number.
pub(crate) fn greatest<'a>(numbers: impl IntoIterator<Item = &'a f64>) -> (usize, f64) {
    let none = (0, f64::NEG_INFINITY);
    numbers.into_iter().enumerate().fold(
        none,
        |best, (place, &number)| {
            if number > best.1 { (place, number) } else { best }
        },
    )
}

/// Refuses rows of another width than a model was fitted on.
pub(crate) fn wide(rows: ArrayView2<'_, f64>, expected: usize) -> Result<(), ModelError> {
    let found = rows.ncols();
    if found == expected {
        Ok(())
    } else {
        Err(ModelError::Shape { what: "columns", expected, found })
    }
}

/// Asks about parts of the rows on several threads: the answers are those of all at once.
///
/// # Errors
/// What `ask` says, of the first part about which it says so.
pub fn in_parallel<T: Send + Clone, D: Dimension + RemoveAxis>(
    rows: ArrayView2<'_, f64>,
    threads: usize,
    ask: impl Fn(ArrayView2<'_, f64>) -> Result<Array<T, D>, ModelError> + Sync,
) -> Result<Array<T, D>, ModelError> {
    let threads = NonZeroUsize::new(threads).map_or(1, NonZeroUsize::get).min(rows.nrows());
    if threads <= 1 {
        return ask(rows);
    }
    let part = rows.nrows().div_ceil(threads);
    let ask = &ask;
    let answers = std::thread::scope(|scope| {
        let asked: Vec<_> = rows
            .axis_chunks_iter(Axis(0), part)
            .map(|part| scope.spawn(move || ask(part)))
            .collect();
        let answers = asked
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        answers.collect::<Result<Vec<_>, _>>()
    })?;
    let parts: Vec<_> = answers.iter().map(|answer| answer.view()).collect();
    let (expected, found) = (rows.nrows(), parts.iter().map(|part| part.len_of(Axis(0))).sum());
    ndarray::concatenate(Axis(0), &parts).map_err(|_| ModelError::Shape {
        what: "answers",
        expected,
        found,
    })
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    struct Echo(Classes);

    impl Classifier for Echo {
        fn classes(&self) -> &Classes {
            &self.0
        }

        fn width(&self) -> usize {
            2
        }

        fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
            wide(rows, 2)?;
            Ok(rows.to_owned())
        }
    }

    #[test]
    fn unlikely_answers_are_unknown() {
        let model = Echo(Classes::new(["a", "b"]).unwrap());
        let rows = array![[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]];
        assert_eq!(model.predict(rows.view()).unwrap(), array![0, 1, 0]);
        let known = model.predict_or_unknown(rows.view(), 0.8).unwrap();
        assert_eq!(known, array![None, Some(1), Some(0)]);
        assert!(model.predict_or_unknown(rows.view(), 1.1).is_err());
        assert!(model.predict(array![[1.0]].view()).is_err());
    }

    #[test]
    fn the_most_probable_class_makes_a_row_known_though_another_is_told() {
        let answer = Answer {
            classes: array![0, 1, 0],
            probabilities: array![[0.48, 0.52], [0.4, 0.6], [0.7, 0.3]],
        };
        assert_eq!(answer.known(0.5).unwrap(), array![Some(0), Some(1), Some(0)]);
        assert_eq!(answer.known(0.55).unwrap(), array![None, Some(1), Some(0)]);
        assert_eq!(answer.scores(), [0.48, 0.6, 0.7]);
        assert!(answer.known(f64::NAN).is_err());
    }

    #[test]
    fn threads_change_no_answer() {
        let model = Echo(Classes::new(["a", "b"]).unwrap());
        let rows = Array2::from_shape_fn((7, 2), |(row, column)| (row * 2 + column) as f64);
        for threads in 0..9 {
            let all = in_parallel(rows.view(), threads, |part| model.probabilities(part)).unwrap();
            assert_eq!(all, rows, "{threads} threads");
        }
        let narrow = rows.slice_axis(Axis(1), (..1).into());
        assert!(in_parallel(narrow, 3, |part| model.probabilities(part)).is_err());
    }
}
