//! Contributions to what sums of trees say, of the columns that they ask about.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::layout::TreeSum;
use super::{Contributions, Measure, Method, check_classes};
use crate::classifier::wide;
use crate::{
    Alarm, Classifier, DetectorModel, IsolationForest, IsolationForestModel, Mind, Model,
    ModelError, Settings,
};

/// Rows that are walked at a time: their cells stay near the processor.
const BLOCK: usize = 256;

impl Model {
    /// What each column contributes to what is said of one class of each row, exactly: for decision trees and forests to its
    /// probability, for gradient boosting to its margin. These are the columns that the model sees; for those that go into
    /// a bundle there is an [`Explainer`](super::Explainer).
    ///
    /// A column's contribution is Shapley's value: what knowing it changes, on average over all orders in which columns
    /// become known. What a tree says where a column is not known is what it said of the rows it was grown on.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for rows of another width, another number of classes than rows, or a class that there is not;
    /// [`ModelError::NotExact`] for models that are no sums of trees, or of which it is not known what rows their nodes had.
    pub fn contributions(
        &self,
        rows: ArrayView2<'_, f64>,
        classes: &[u32],
    ) -> Result<Contributions, ModelError> {
        Exact::new(Sums::Model(self), self.width(), self.classes().len())
            .contributions(rows, classes)
    }

    fn sum_for(&self, class: u32) -> Option<TreeSum> {
        match self {
            Self::DecisionTree(tree) => tree.sum_for(class),
            Self::RandomForest(forest) | Self::ExtraTrees(forest) => forest.sum_for(class),
            Self::GradientBoosting(trees) => trees.sum_for(class),
            _ => None,
        }
    }

    fn measure(&self) -> Measure {
        match self {
            Self::GradientBoosting(_) => Measure::Margin,
            _ => Measure::Probability,
        }
    }
}

/// What adds up over trees.
enum Sums<'m> {
    Model(&'m Model),
    Isolation(&'m IsolationForestModel),
    /// Nothing does, of what has that name.
    None(&'static str),
}

impl Sums<'_> {
    fn sum_for(&self, class: u32) -> Option<TreeSum> {
        match self {
            Self::Model(model) => model.sum_for(class),
            Self::Isolation(forest) => forest.sum_for(class == Alarm::ANOMALY),
            Self::None(_) => None,
        }
    }

    fn measure(&self) -> Measure {
        match self {
            Self::Model(model) => model.measure(),
            _ => Measure::Strangeness,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Model(model) => model.name(),
            Self::Isolation(_) => IsolationForest::NAME,
            Self::None(name) => name,
        }
    }
}

/// Sums, each laid out when it is first asked about.
pub(super) struct Exact<'m> {
    source: Sums<'m>,
    width: usize,
    sums: Vec<OnceLock<Option<TreeSum>>>,
}

impl<'m> Exact<'m> {
    /// Of whatever has learned: what curves make of probabilities is no sum.
    pub(super) fn of(mind: &'m Mind) -> Self {
        let source = match mind {
            Mind::Model(model) => Sums::Model(model),
            Mind::Alarm(alarm) => match alarm.detector() {
                DetectorModel::IsolationForest(forest) => Sums::Isolation(forest),
                _ => Sums::None(mind.name()),
            },
            Mind::Calibrated(_) => Sums::None(mind.name()),
        };
        Self::new(source, mind.width(), mind.classes().len())
    }

    fn new(source: Sums<'m>, width: usize, classes: usize) -> Self {
        Self { source, width, sums: (0..classes).map(|_| OnceLock::new()).collect() }
    }

    pub(super) fn contributions(
        &self,
        rows: ArrayView2<'_, f64>,
        classes: &[u32],
    ) -> Result<Contributions, ModelError> {
        let width = self.width;
        wide(rows, width)?;
        check_classes(rows.nrows(), classes, self.sums.len())?;
        let mut made = Contributions {
            measure: self.source.measure(),
            method: Method::Exact,
            base: Array1::zeros(rows.nrows()),
            values: Array2::zeros((rows.nrows(), width)),
        };
        let (mut cells, mut told) = (Vec::new(), Vec::new());
        for (class, numbers) in by_class(classes) {
            let sum = self.sum(class)?;
            for numbers in numbers.chunks(BLOCK) {
                cells.clear();
                numbers.iter().for_each(|&row| cells.extend(rows.index_axis(Axis(0), row)));
                told.clear();
                told.resize(cells.len(), 0.0);
                sum.add(&cells, width, &mut told);
                for (place, &row) in numbers.iter().enumerate() {
                    let own = told.iter().skip(place * width);
                    made.values.row_mut(row).iter_mut().zip(own).for_each(|(to, &own)| *to = own);
                    made.base[row] = sum.base();
                }
            }
        }
        Ok(made)
    }

    fn sum(&self, class: u32) -> Result<&TreeSum, ModelError> {
        let sum = self.sums.get(class as usize);
        let sum = sum.and_then(|sum| sum.get_or_init(|| self.source.sum_for(class)).as_ref());
        sum.ok_or(ModelError::NotExact { learner: self.source.name() })
    }
}

/// The numbers of the rows of each class.
fn by_class(classes: &[u32]) -> BTreeMap<u32, Vec<usize>> {
    let mut rows: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    classes.iter().enumerate().for_each(|(row, class)| rows.entry(*class).or_default().push(row));
    rows
}
