//! Contributions to what sums of trees say, of the columns that they ask about.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::layout::TreeSum;
use super::{Contributions, Measure, Method, check_classes};
use crate::classifier::wide;
use crate::judging::Calibrated;
use crate::{
    Alarm, Classifier, Detector, IsolationForest, IsolationForestModel, MemberModel, Model,
    ModelError, Settings,
};

/// Rows that are walked at a time: their cells stay near the processor.
const BLOCK: usize = 256;

impl Model {
    /// What adds up to what is said of a class, and what that is; nothing of what is no sum of trees.
    fn sum_for(&self, class: u32) -> Option<TreeSum> {
        match self {
            Self::DecisionTree(tree) => tree.sum_for(class),
            Self::RandomForest(forest) | Self::ExtraTrees(forest) => forest.sum_for(class),
            Self::GradientBoosting(trees) => trees.sum_for(class),
            Self::Voting(votes) => votes.sum_for(|member| member.sum_for(class)),
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

impl MemberModel {
    /// What adds up to the probability of a class: votes are counted in no other measure.
    fn sum_for(&self, class: u32) -> Option<TreeSum> {
        match self {
            Self::DecisionTree(tree) => tree.sum_for(class),
            Self::RandomForest(forest) | Self::ExtraTrees(forest) => forest.sum_for(class),
            _ => None,
        }
    }
}

impl Calibrated {
    /// What adds up to the logarithm of the odds of a class, where the curve is straight in it: of two classes, Platt's is in
    /// the probability that the model says.
    fn sum_for(&self, class: u32) -> Option<TreeSum> {
        let (slope, shift) = self.calibration().line()?;
        let sum = match self.model().measure() {
            Measure::Probability => self.model().sum_for(Self::SECOND)?,
            _ => return None,
        };
        let sign = if class == Self::SECOND { 1.0 } else { -1.0 };
        Some(sum.times(sign * slope).plus(sign * shift))
    }

    /// The class that the curve of two classes is of.
    const SECOND: u32 = 1;
}

/// Whose trees add up.
enum Source<'m> {
    Model(&'m Model),
    Calibrated(&'m Calibrated),
    Isolation(&'m IsolationForestModel),
}

impl Source<'_> {
    fn sum_for(&self, class: u32) -> Option<TreeSum> {
        match self {
            Self::Model(model) => model.sum_for(class),
            Self::Calibrated(calibrated) => calibrated.sum_for(class),
            Self::Isolation(forest) => forest.sum_for(class == Alarm::ANOMALY),
        }
    }

    fn measure(&self) -> Measure {
        match self {
            Self::Model(model) => model.measure(),
            Self::Calibrated(_) => Measure::Margin,
            Self::Isolation(_) => Measure::Strangeness,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Model(model) => model.name(),
            Self::Calibrated(calibrated) => calibrated.model().name(),
            Self::Isolation(_) => IsolationForest::NAME,
        }
    }
}

/// Sums of trees, each laid out when it is first asked about.
pub(super) struct Trees<'m> {
    source: Source<'m>,
    width: usize,
    sums: Vec<OnceLock<Option<TreeSum>>>,
}

impl<'m> Trees<'m> {
    pub(super) fn of_model(model: &'m Model) -> Self {
        Self::new(Source::Model(model), model.width(), model.classes().len())
    }

    pub(super) fn of_calibrated(calibrated: &'m Calibrated) -> Self {
        let classes = calibrated.classes().len();
        Self::new(Source::Calibrated(calibrated), calibrated.width(), classes)
    }

    pub(super) fn of_isolation(forest: &'m IsolationForestModel) -> Self {
        Self::new(Source::Isolation(forest), forest.width(), Alarm::CLASSES)
    }

    fn new(source: Source<'m>, width: usize, classes: usize) -> Self {
        Self { source, width, sums: (0..classes).map(|_| OnceLock::new()).collect() }
    }

    /// Whether there is a sum: what is no sum for one class is none for any.
    pub(super) fn are_known(&self) -> bool {
        self.sum(0).is_ok()
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
