//! What a model is learned from.

use std::borrow::Cow;

use ndarray::{ArrayView1, ArrayView2, Axis};
use netsift_data::balance::ClassWeights;
use netsift_data::{Classes, Dataset, Labels};

use crate::{ModelError, Watch};

/// Rows, the class of each and what each weighs; with how many threads to learn, and who watches.
#[derive(Clone)]
pub struct Training<'a> {
    rows: ArrayView2<'a, f64>,
    labels: &'a Labels,
    weights: Option<Cow<'a, [f64]>>,
    threads: usize,
    watch: &'a dyn Watch,
}

impl<'a> Training<'a> {
    /// These rows, each of its class.
    ///
    /// # Errors
    /// [`ModelError::Shape`] if there are more labels than rows, or fewer; [`ModelError::TooFewRows`] if there are none.
    pub fn new(rows: ArrayView2<'a, f64>, labels: &'a Labels) -> Result<Self, ModelError> {
        let (expected, found) = (rows.nrows(), labels.len());
        if expected != found {
            return Err(ModelError::Shape { what: "labels", expected, found });
        }
        if found == 0 {
            return Err(ModelError::TooFewRows { needed: 1, found });
        }
        Ok(Self { rows, labels, weights: None, threads: 1, watch: &() })
    }

    /// All rows of a dataset.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`ModelError::Data`] if it has no labels.
    pub fn of(data: &'a Dataset) -> Result<Self, ModelError> {
        let labels = data.labels().ok_or(netsift_data::DataError::Unlabelled { what: "labels" })?;
        Self::new(data.matrix(), labels)
    }

    /// What each row weighs: a row of weight 2 counts as two equal ones. Default: 1 each. Given several times, weights
    /// multiply.
    ///
    /// # Errors
    /// [`ModelError::Shape`], [`ModelError::Setting`] for a weight that is negative or not finite, or
    /// [`ModelError::NoWeight`] if all are 0.
    pub fn weights(self, weights: impl Into<Cow<'a, [f64]>>) -> Result<Self, ModelError> {
        let mut weights = weights.into();
        check_weights(&weights, self.rows.nrows())?;
        if let Some(before) = &self.weights {
            let weights = weights.to_mut().iter_mut();
            weights.zip(before.iter()).for_each(|(weight, before)| *weight *= before);
        }
        if weights.iter().all(|&weight| weight == 0.0) {
            return Err(ModelError::NoWeight);
        }
        Ok(Self { weights: Some(weights), ..self })
    }

    /// What a row of each class weighs, beside what it weighs by itself.
    ///
    /// # Errors
    /// As [`weights`](Self::weights), and [`ModelError::Data`] for a class without a weight.
    pub fn class_weights(self, weights: &ClassWeights) -> Result<Self, ModelError> {
        let weights = weights.of_rows(self.labels)?;
        self.weights(weights)
    }

    /// With how many threads to learn, 1 at least; the model is the same with any number. Default: 1, since who embeds
    /// a learner knows best what else is running.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// Who is told of the progress and may end the fit. Default: nobody.
    #[must_use]
    pub fn watched(self, watch: &'a dyn Watch) -> Self {
        Self { watch, ..self }
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> ArrayView2<'a, f64> {
        self.rows
    }

    /// How many columns they have.
    #[must_use]
    pub fn width(&self) -> usize {
        self.rows.ncols()
    }

    /// How many rows there are: one at least.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.nrows()
    }

    /// Whether there are none, which never is so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.nrows() == 0
    }

    /// The class of each row, by its number.
    #[must_use]
    pub fn labels(&self) -> ArrayView1<'a, u32> {
        self.labels.numbers()
    }

    /// The classes there are; not every one needs to have a row.
    #[must_use]
    pub fn classes(&self) -> &'a Classes {
        self.labels.classes()
    }

    /// What each row weighs; nothing if all weigh 1.
    #[must_use]
    pub fn row_weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// What a row weighs.
    #[must_use]
    pub fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights.get(row).copied().unwrap_or(0.0))
    }

    /// With how many threads to learn.
    #[must_use]
    pub fn thread_count(&self) -> usize {
        self.threads
    }

    /// Who watches, for those who learn in parts.
    pub(crate) fn watch(&self) -> &'a dyn Watch {
        self.watch
    }

    /// The same of other columns, for those who make columns of columns. There are as many rows.
    #[cfg(feature = "smartcore")]
    pub(crate) fn over<'b>(&'b self, rows: ArrayView2<'b, f64>) -> Training<'b> {
        Training { rows, ..self.beside(self.watch) }
    }

    /// The same, watched by somebody else, for those who learn in parts.
    pub(crate) fn beside<'b>(&'b self, watch: &'b dyn Watch) -> Training<'b> {
        Training {
            rows: self.rows.reborrow(),
            labels: self.labels,
            weights: self.weights.as_deref().map(Cow::Borrowed),
            threads: self.threads,
            watch,
        }
    }

    /// Tells the watcher how far the fit is.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`] if the watcher wants no more.
    pub fn progress(&self, done: usize, of: usize) -> Result<(), ModelError> {
        self.watch.progress(done, of);
        if self.watch.is_cancelled() { Err(ModelError::Cancelled) } else { Ok(()) }
    }

    /// What the rows of each class weigh together.
    #[must_use]
    pub fn class_sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.classes().len()];
        for (row, &class) in self.labels().iter().enumerate() {
            if let Some(sum) = sums.get_mut(class as usize) {
                *sum += self.weight(row);
            }
        }
        sums
    }

    /// Refuses rows that hold anything but finite numbers.
    pub(crate) fn all_finite(&self, learner: &'static str) -> Result<(), ModelError> {
        finite(self.rows, learner)
    }

    /// Refuses rows that are, with their weights, of fewer than two classes.
    pub(crate) fn two_classes(&self, learner: &'static str) -> Result<(), ModelError> {
        let classes = self.class_sums().iter().filter(|&&sum| sum > 0.0).count();
        if classes < 2 { Err(ModelError::OneClass { learner }) } else { Ok(()) }
    }
}

/// Refuses weights that are not one for each row, and any that is negative or not finite.
pub(crate) fn check_weights(weights: &[f64], rows: usize) -> Result<(), ModelError> {
    let (expected, found) = (rows, weights.len());
    if expected != found {
        return Err(ModelError::Shape { what: "weights", expected, found });
    }
    weights.iter().try_for_each(|&weight| {
        let is_weight = weight.is_finite() && weight >= 0.0;
        ModelError::rule(is_weight, "a weight", weight, "finite, and not below 0")
    })
}

/// Refuses rows that hold anything but finite numbers.
pub(crate) fn finite(rows: ArrayView2<'_, f64>, learner: &'static str) -> Result<(), ModelError> {
    for (row, cells) in rows.axis_iter(Axis(0)).enumerate() {
        if let Some((column, &value)) = cells.iter().enumerate().find(|(_, cell)| !cell.is_finite())
        {
            return Err(ModelError::NotFinite { learner, row, column, value });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn weights_of_rows_and_of_classes_multiply() {
        let rows = array![[1.0], [2.0], [3.0]];
        let labels = Labels::of(["a", "b", "b"]);
        let training = Training::new(rows.view(), &labels).unwrap();
        assert_eq!((training.weight(0), training.row_weights()), (1.0, None));
        let training = training.weights(vec![2.0, 0.0, 1.0]).unwrap();
        let training = training.class_weights(&ClassWeights::balanced(&labels)).unwrap();
        assert_eq!(training.row_weights().unwrap(), [3.0, 0.0, 0.75]);
        assert_eq!(training.class_sums(), [3.0, 0.75]);
    }

    #[test]
    fn what_cannot_be_learned_from_is_refused() {
        let labels = Labels::of(["a", "b"]);
        let rows = array![[1.0], [f64::NAN]];
        let training = || Training::new(rows.view(), &labels).unwrap();
        assert!(matches!(training().weights(vec![0.0, 0.0]), Err(ModelError::NoWeight)));
        assert!(matches!(training().weights(vec![1.0, -1.0]), Err(ModelError::Setting { .. })));
        assert!(matches!(training().weights(vec![1.0]), Err(ModelError::Shape { .. })));
        let flawed = training().all_finite("x");
        assert!(matches!(flawed, Err(ModelError::NotFinite { row: 1, column: 0, .. })));
        let alone = training().weights(vec![1.0, 0.0]).unwrap().two_classes("x");
        assert!(matches!(alone, Err(ModelError::OneClass { .. })));
        let none = Array2::zeros((0, 1));
        assert!(Training::new(none.view(), &labels).is_err());
        assert!(Training::new(none.view(), &Labels::of([])).is_err());
    }
}
