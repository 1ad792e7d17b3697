//! Gradient boosting: trees that each correct what those before them got wrong.

mod fit;
mod grow;
mod histogram;
mod judge;
mod model;
mod objective;
mod sample;
mod search;
mod split;
mod sums;
mod table;

use netsift_data::Chance;
use serde::{Deserialize, Serialize};

use crate::settings::{Said, name_of, named, setting};
use crate::tree::bins::MOST_BINS;
use crate::{Learner, ModelError, Parameter, Settings, Training};
pub use model::GradientBoostingModel;
use table::Table;

/// Boosts trees by the gradients and hessians of the log loss, as xgboost does: logistic for two classes, softmax for
/// more, a tree for each class and round.
///
/// Columns are binned, and rows without a value (NaN) go the way at each split that gained more in training, or the way
/// of the heavier child where none was missing; infinities are values at the ends of the order. Margins begin at the
/// classes' shares, as xgboost's do by default. Settings have xgboost's meanings, under these names:
///
/// | here | xgboost |
/// |---|---|
/// | `trees` | `n_estimators` (rounds) |
/// | `learning-rate` | `eta` |
/// | `depth`, `leaves` | `max_depth`, `max_leaves` |
/// | `growth` | `grow_policy`: `depthwise`, `lossguide` |
/// | `l1`, `l2` | `alpha`, `lambda` |
/// | `min-gain` | `gamma` |
/// | `min-child-weight` | `min_child_weight` |
/// | `rows`, `columns` | `subsample`, `colsample_bytree` |
/// | `bins` | `max_bin` |
/// | `early-stopping` | `early_stopping_rounds` |
/// | `seed` | `seed` |
///
/// Not as xgboost: gradients are added up as whole numbers (of some 31 bits), `rows` draws exactly that share of them,
/// and `columns` that share of those that are neither constant nor the twin of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GradientBoosting {
    trees: usize,
    learning_rate: f64,
    depth: Option<usize>,
    leaves: Option<usize>,
    growth: GrowthOrder,
    l1: f64,
    l2: f64,
    min_gain: f64,
    min_child_weight: f64,
    rows: f64,
    columns: f64,
    bins: usize,
    early_stopping: Option<usize>,
    validation_share: f64,
    seed: u64,
}

/// Which node of a tree is split next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum GrowthOrder {
    /// All of a level before those of the next; if leaves run out, those whose split gains most.
    #[default]
    DepthWise,
    /// The one whose split gains most, wherever it is.
    LeafWise,
}

/// More rounds than any fit needs; fewer than would number the nodes of trees beyond what a model can hold.
const MOST_TREES: usize = 100_000;

impl Default for GradientBoosting {
    fn default() -> Self {
        Self {
            trees: 100,
            learning_rate: 0.3,
            depth: Some(6),
            leaves: None,
            growth: GrowthOrder::DepthWise,
            l1: 0.0,
            l2: 1.0,
            min_gain: 0.0,
            min_child_weight: 1.0,
            rows: 1.0,
            columns: 1.0,
            bins: MOST_BINS,
            early_stopping: None,
            validation_share: 0.1,
            seed: 0,
        }
    }
}

impl GradientBoosting {
    /// How many rounds, each of a tree, or of a tree for each of more than two classes. Default: 100, as xgboost.
    #[must_use]
    pub fn trees(self, trees: usize) -> Self {
        Self { trees, ..self }
    }

    /// How much of its step each tree goes, above 0 and up to 1. Less needs more trees. Default: 0.3, as xgboost.
    #[must_use]
    pub fn learning_rate(self, learning_rate: f64) -> Self {
        Self { learning_rate, ..self }
    }

    /// How many questions lead to a leaf at most; nothing for no bound. Default: 6, as xgboost.
    #[must_use]
    pub fn depth(self, depth: Option<usize>) -> Self {
        Self { depth, ..self }
    }

    /// How many leaves a tree has at most, 2 at least; nothing for no bound. Default: none, since depth bounds them.
    #[must_use]
    pub fn leaves(self, leaves: Option<usize>) -> Self {
        Self { leaves, ..self }
    }

    /// Which node is split next. Default: depth-wise, as xgboost.
    #[must_use]
    pub fn growth(self, growth: GrowthOrder) -> Self {
        Self { growth, ..self }
    }

    /// What a leaf's gradient is shrunk by. Default: 0, as xgboost.
    #[must_use]
    pub fn l1(self, l1: f64) -> Self {
        Self { l1, ..self }
    }

    /// What a leaf's hessian is increased by. Default: 1, as xgboost.
    #[must_use]
    pub fn l2(self, l2: f64) -> Self {
        Self { l2, ..self }
    }

    /// A split that gains less is not made. Default: 0, as xgboost.
    #[must_use]
    pub fn min_gain(self, min_gain: f64) -> Self {
        Self { min_gain, ..self }
    }

    /// A split that leaves less hessian in a child is not made. Default: 1, as xgboost.
    #[must_use]
    pub fn min_child_weight(self, min_child_weight: f64) -> Self {
        Self { min_child_weight, ..self }
    }

    /// The share of rows that each tree is grown on, drawn without repetition. Default: 1, all.
    #[must_use]
    pub fn rows(self, rows: f64) -> Self {
        Self { rows, ..self }
    }

    /// The share of columns that each tree looks at. Default: 1, all.
    #[must_use]
    pub fn columns(self, columns: f64) -> Self {
        Self { columns, ..self }
    }

    /// How many bins a column's values fall into at most, from 2 to 255. Default: 255, which a byte tells apart.
    #[must_use]
    pub fn bins(self, bins: usize) -> Self {
        Self { bins, ..self }
    }

    /// After how many rounds that did not lessen the loss on held rows to stop, keeping the rounds up to the best;
    /// nothing to make all rounds, with all rows. Default: none.
    #[must_use]
    pub fn early_stopping(self, patience: Option<usize>) -> Self {
        Self { early_stopping: patience, ..self }
    }

    /// The share of each class's rows that is held for early stopping. Default: 0.1.
    #[must_use]
    pub fn validation_share(self, validation_share: f64) -> Self {
        Self { validation_share, ..self }
    }

    /// What decides where chance does. Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Learns from all these rows, and stops by the loss on others, of the same columns and classes. With no patience
    /// set, all rounds are made and the best kept.
    ///
    /// # Errors
    /// As [`fit`](Learner::fit), and [`ModelError::Shape`] for held rows of other columns or classes.
    pub fn fit_held(
        &self,
        training: &Training<'_>,
        held: &Training<'_>,
    ) -> Result<GradientBoostingModel, ModelError> {
        self.check()?;
        for (what, expected, found) in [
            ("columns", training.width(), held.width()),
            ("classes", training.classes().len(), held.classes().len()),
        ] {
            if expected != found {
                return Err(ModelError::Shape { what, expected, found });
            }
        }
        let known = table::known(training);
        let (table, held) = (Table::of(training, &known)?, Table::of(held, &known)?);
        self.boosted(training, known, &table, Some(&held))
    }

    fn boosted(
        &self,
        training: &Training<'_>,
        known: Vec<u32>,
        table: &Table<'_>,
        held: Option<&Table<'_>>,
    ) -> Result<GradientBoostingModel, ModelError> {
        let boosted = fit::boost(self, training, table, held, known.len())?;
        Ok(GradientBoostingModel::new(self.clone(), training, known, boosted))
    }
}

impl Learner for GradientBoosting {
    type Model = GradientBoostingModel;

    fn fit(&self, training: &Training<'_>) -> Result<GradientBoostingModel, ModelError> {
        self.check()?;
        let known = table::known(training);
        let table = Table::of(training, &known)?;
        if self.early_stopping.is_none() {
            return self.boosted(training, known, &table, None);
        }
        let mut chance: Chance = sample::stream(self.seed, sample::Drawn::Held, 0);
        let is_held = sample::held(&table.classes, self.validation_share, &mut chance);
        let [table, held] = table.part(&is_held);
        // Too few rows to hold any of: then all rounds are made.
        let held = (held.len() > 0).then_some(held);
        self.boosted(training, known, &table, held.as_ref())
    }
}

impl Settings for GradientBoosting {
    const NAME: &'static str = "gradient-boosting";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!(
            "trees",
            trees,
            "Rounds: a tree each, or a tree for each of more than two classes."
        ),
        setting!(
            "learning-rate",
            learning_rate,
            "How much of its step each tree goes, above 0 and up to 1."
        ),
        setting!(
            "depth",
            depth,
            "How many questions lead to a leaf at most, or none for no bound."
        ),
        setting!("leaves", leaves, "How many leaves a tree has at most, or none for no bound."),
        setting!("growth", growth, "Which node is split next: depth-wise or leaf-wise."),
        setting!("l1", l1, "What a leaf's gradient is shrunk by."),
        setting!("l2", l2, "What a leaf's hessian is increased by."),
        setting!("min-gain", min_gain, "A split that gains less is not made."),
        setting!(
            "min-child-weight",
            min_child_weight,
            "A split that leaves less hessian in a child is not made."
        ),
        setting!("rows", rows, "The share of rows that each tree is grown on."),
        setting!("columns", columns, "The share of columns that each tree looks at."),
        setting!("bins", bins, "How many bins a column's values fall into at most, from 2 to 255."),
        setting!(
            "early-stopping",
            early_stopping,
            "After how many rounds without a smaller loss on held rows to stop, or none."
        ),
        setting!(
            "validation-share",
            validation_share,
            "The share of each class's rows that is held for early stopping."
        ),
        setting!("seed", seed, "What decides where chance does."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        let trees = (1..=MOST_TREES).contains(&self.trees);
        ModelError::rule(trees, "trees", self.trees, "from 1 to 100000")?;
        is_share("learning-rate", self.learning_rate)?;
        let depth = self.depth.is_none_or(|depth| depth >= 1);
        ModelError::rule(depth, "depth", self.depth.text(), "1 at least, or none")?;
        let leaves = self.leaves.is_none_or(|leaves| leaves >= 2);
        ModelError::rule(leaves, "leaves", self.leaves.text(), "2 at least, or none")?;
        is_weight("l1", self.l1)?;
        is_weight("l2", self.l2)?;
        is_weight("min-gain", self.min_gain)?;
        is_weight("min-child-weight", self.min_child_weight)?;
        is_share("rows", self.rows)?;
        is_share("columns", self.columns)?;
        let bins = (2..=MOST_BINS).contains(&self.bins);
        ModelError::rule(bins, "bins", self.bins, "from 2 to 255")?;
        let patience = self.early_stopping.is_none_or(|patience| patience >= 1);
        let rule = "1 at least, or none";
        ModelError::rule(patience, "early-stopping", self.early_stopping.text(), rule)?;
        let held = 0.0 < self.validation_share && self.validation_share < 1.0;
        ModelError::rule(held, "validation-share", self.validation_share, "above 0 and below 1")
    }
}

fn is_share(name: &'static str, value: f64) -> Result<(), ModelError> {
    ModelError::rule(0.0 < value && value <= 1.0, name, value, "above 0 and up to 1")
}

fn is_weight(name: &'static str, value: f64) -> Result<(), ModelError> {
    ModelError::rule(value.is_finite() && value >= 0.0, name, value, "finite, and not below 0")
}

impl GrowthOrder {
    const NAMES: [(&'static str, Self); 2] =
        [("depth-wise", Self::DepthWise), ("leaf-wise", Self::LeafWise)];
}

impl Said for GrowthOrder {
    const RULE: &'static str = "depth-wise or leaf-wise";

    fn said(text: &str) -> Option<Self> {
        named(&Self::NAMES, text)
    }

    fn text(&self) -> String {
        name_of(&Self::NAMES, self)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use ndarray::{Array2, Axis, array};
    use netsift_container::{Kind, Reader, Writer};
    use netsift_data::{Chance, Classes, Labels};
    use proptest::prelude::*;

    use super::*;
    use crate::{Checked as _, Classifier as _, Watch};

    /// Rows of some classes that overlap, with cells of all kinds.
    fn any_rows(seed: u64, count: usize, classes: u32) -> (Array2<f64>, Labels) {
        let mut chance = Chance::seeded(seed);
        let numbers: Vec<u32> = (0..count).map(|_| chance.below(classes as usize) as u32).collect();
        let rows = Array2::from_shape_fn((count, 6), |(row, column)| {
            let near = f64::from(numbers[row] % (column as u32 + 2)) + 1.5 * chance.unit();
            match chance.below(25) {
                0 => f64::NAN,
                1 => f64::INFINITY,
                2 => f64::NEG_INFINITY,
                _ => (near * 20.0).round(),
            }
        });
        let classes = Classes::new((0..classes).map(|class| format!("c{class}"))).unwrap();
        (rows, Labels::new(classes, numbers).unwrap())
    }

    fn small() -> GradientBoosting {
        GradientBoosting::default().trees(8).depth(Some(3))
    }

    fn fitted(
        learner: &GradientBoosting,
        rows: &Array2<f64>,
        labels: &Labels,
    ) -> GradientBoostingModel {
        let model = learner.fit(&Training::new(rows.view(), labels).unwrap()).unwrap();
        model.check().unwrap();
        model
    }

    const KIND: Kind =
        Kind { tag: *b"TEST", version: 1, name: "test", max_entry: 1 << 24, max_total: 1 << 24 };

    fn bytes(model: &GradientBoostingModel) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), &KIND).unwrap();
        writer.put(model).unwrap();
        writer.finish().unwrap()
    }

    fn accuracy(model: &GradientBoostingModel, rows: &Array2<f64>, labels: &Labels) -> f64 {
        let guesses = model.predict(rows.view()).unwrap();
        let right = guesses.iter().zip(labels.numbers()).filter(|(guess, class)| guess == class);
        right.count() as f64 / rows.nrows() as f64
    }

    #[test]
    fn two_rounds_are_as_by_hand() {
        // Shares are even, so margins begin at 0: gradients are half, hessians a quarter.
        let rows = array![[1.0], [2.0], [3.0], [4.0]];
        let labels = Labels::of(["a", "a", "b", "b"]);
        let learner = GradientBoosting::default().depth(Some(1)).min_child_weight(0.4);
        let model = fitted(&learner.clone().trees(1), &rows, &labels);
        // On each side a gradient of 1 and a hessian of 0.5: 1 / (0.5 + 1) times 0.3.
        let margins = model.margins(rows.view()).unwrap();
        let near = |found: f64, told: f64| assert!((found - told).abs() < 1e-9, "{found} {told}");
        margins.iter().zip([-0.2, -0.2, 0.2, 0.2]).for_each(|(&margin, told)| near(margin, told));
        let model = fitted(&learner.trees(2), &rows, &labels);
        let share = 1.0 / (1.0 + 0.2_f64.exp());
        let second = 0.3 * 2.0 * share / (2.0 * share * (1.0 - share) + 1.0);
        near(model.margins(array![[9.0]].view()).unwrap()[[0, 0]], 0.2 + second);
        near(model.margins(array![[2.5]].view()).unwrap()[[0, 0]], -0.2 - second);
        assert_eq!((model.rounds(), model.importances()), (2, vec![1.0]));
    }

    #[test]
    fn what_is_missing_goes_the_learned_way() {
        let none = f64::NAN;
        let rows = array![[1.0], [1.0], [1.0], [9.0], [9.0], [9.0], [none], [none], [none]];
        let side = |missing| {
            let names = ["a", "a", "a", "b", "b", "b", missing, missing, missing];
            let learner = small().min_child_weight(0.0).depth(Some(1));
            let model = fitted(&learner, &rows, &Labels::of(names));
            model.predict(array![[none], [1.0], [9.0]].view()).unwrap().to_vec()
        };
        assert_eq!((side("a"), side("b")), (vec![0, 0, 1], vec![1, 0, 1]));
        // Values and what is missing, told apart, whatever the value.
        let labels = Labels::of(["a", "a", "a", "a", "a", "a", "b", "b", "b"]);
        let model = fitted(&small().min_child_weight(0.0).depth(Some(1)), &rows, &labels);
        let asked = array![[none], [f64::INFINITY], [f64::MAX], [f64::NEG_INFINITY]];
        assert_eq!(model.predict(asked.view()).unwrap().to_vec(), [1, 0, 0, 0]);
    }

    #[test]
    fn rows_are_learned() {
        for classes in [2, 3, 5] {
            let (rows, labels) = any_rows(1, 800, classes);
            for growth in [GrowthOrder::DepthWise, GrowthOrder::LeafWise] {
                let learner = GradientBoosting::default().trees(30).growth(growth).leaves(Some(12));
                let found = accuracy(&fitted(&learner, &rows, &labels), &rows, &labels);
                assert!(found > 0.9, "{classes} classes: {found}");
            }
        }
    }

    #[test]
    fn threads_change_no_byte() {
        for classes in [2, 3] {
            let (rows, labels) = any_rows(2, 2000, classes);
            for learner in
                [small(), small().rows(0.6).columns(0.5), small().early_stopping(Some(2))]
            {
                let fitted = |threads| {
                    let training = Training::new(rows.view(), &labels).unwrap().threads(threads);
                    bytes(&learner.fit(&training).unwrap())
                };
                let one = fitted(1);
                assert!([2, 3, 8].into_iter().all(|threads| fitted(threads) == one));
            }
        }
    }

    #[test]
    fn neither_layout_nor_neighbours_change_an_answer() {
        let (rows, labels) = any_rows(3, 500, 3);
        let model = fitted(&small(), &rows, &labels);
        let turned = rows.t().as_standard_layout().into_owned();
        assert_eq!(fitted(&small(), &turned.t().to_owned(), &labels), model);
        let all = model.probabilities(rows.view()).unwrap();
        assert_eq!(model.probabilities(turned.t()).unwrap(), all);
        for row in [0, 77, 499] {
            let alone = rows.slice_axis(Axis(0), (row..=row).into());
            assert_eq!(model.probabilities(alone).unwrap().row(0), all.row(row));
        }
        assert!(all.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-12));
    }

    #[test]
    fn saved_and_loaded_it_answers_the_same() {
        let (rows, labels) = any_rows(4, 300, 3);
        let model = fitted(&small(), &rows, &labels);
        let bytes = bytes(&model);
        let loaded: GradientBoostingModel =
            Reader::new(&bytes[..], &KIND).unwrap().next().unwrap().unwrap();
        loaded.check().unwrap();
        assert_eq!(loaded, model);
    }

    #[test]
    fn chance_draws_rows_and_columns() {
        let (rows, labels) = any_rows(5, 900, 2);
        let learner = small().rows(0.5).columns(0.4).trees(30);
        let model = fitted(&learner, &rows, &labels);
        assert_eq!(fitted(&learner, &rows, &labels), model);
        let others = |learner: GradientBoosting| {
            let other = fitted(&learner, &rows, &labels);
            other.margins(rows.view()).unwrap() != model.margins(rows.view()).unwrap()
        };
        assert!(others(learner.clone().seed(1)) && others(learner.clone().rows(1.0)));
        assert!(others(learner.columns(1.0)) && accuracy(&model, &rows, &labels) > 0.9);
        let one = fitted(&small().columns(0.01).trees(1).depth(Some(4)), &rows, &labels);
        assert_eq!(one.importances().iter().filter(|&&share| share > 0.0).count(), 1);
    }

    #[test]
    fn rounds_stop_when_held_rows_are_told_no_better() {
        let (rows, labels) = any_rows(6, 600, 3);
        let learner = GradientBoosting::default().trees(200).early_stopping(Some(5));
        let model = fitted(&learner, &rows, &labels);
        let losses = model.held_losses();
        let best = losses.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        assert!(model.rounds() < 150 && model.rounds() == best + 1, "{}", model.rounds());
        assert_eq!(losses.len(), model.rounds() + 5);
        assert!((model.importances().iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn held_rows_can_be_given() {
        let (rows, labels) = any_rows(7, 600, 3);
        let (others, other_labels) = any_rows(8, 200, 3);
        let training = Training::new(rows.view(), &labels).unwrap();
        let held = Training::new(others.view(), &other_labels).unwrap();
        let learner = small().trees(60);
        let model = learner.fit_held(&training, &held).unwrap();
        assert_eq!(model.held_losses().len(), 60);
        // Told by the kept rounds alone, the loss is the least of all.
        let told = model.probabilities(others.view()).unwrap();
        let of = other_labels.numbers();
        let shares = told.rows().into_iter().zip(of).map(|(row, &class)| row[class as usize]);
        let loss = shares.map(|share| -share.ln()).sum::<f64>() / 200.0;
        let least = model.held_losses().iter().fold(f64::MAX, |least, &loss| least.min(loss));
        assert!((loss - least).abs() < 1e-12);
        let kept = fitted(&learner.trees(model.rounds()), &rows, &labels);
        assert_eq!(kept.margins(rows.view()).unwrap(), model.margins(rows.view()).unwrap());
        assert_eq!(kept.importances(), model.importances());
        let narrow =
            Training::new(others.slice_axis(Axis(1), (..2).into()), &other_labels).unwrap();
        assert!(matches!(small().fit_held(&training, &narrow), Err(ModelError::Shape { .. })));
        let (few, few_labels) = any_rows(8, 200, 2);
        let few = Training::new(few.view(), &few_labels).unwrap();
        assert!(matches!(small().fit_held(&training, &few), Err(ModelError::Shape { .. })));
    }

    #[test]
    fn odd_tables_have_answers() {
        let answers = |rows: Array2<f64>, names: &[&str], learner: GradientBoosting| {
            let model = fitted(&learner, &rows, &Labels::of(names.iter().copied()));
            let told = model.probabilities(rows.view()).unwrap();
            assert!(told.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-12));
            told.row(0).to_vec()
        };
        for learner in
            [small(), small().early_stopping(Some(1)), small().l2(0.0).min_child_weight(0.0)]
        {
            let told = |rows, names| answers(rows, names, learner.clone());
            assert_eq!(told(array![[1.0], [2.0]], &["a", "a"]), [1.0]);
            assert_eq!(told(array![[1.0]], &["a"]), [1.0]);
            for columns in [0, 3] {
                let told = told(Array2::zeros((4, columns)), &["a", "b", "b", "b"]);
                assert!((told[0] - 0.25).abs() < 1e-12, "{told:?}");
            }
            assert_eq!(told(Array2::from_elem((2, 2), f64::NAN), &["a", "b"]), [0.5, 0.5]);
            told(Array2::from_elem((3, 2), f64::INFINITY), &["a", "b", "c"]);
            told(array![[1.0], [f64::INFINITY], [f64::NAN]], &["a", "b", "c"]);
            told(array![[f64::MIN], [f64::MAX]], &["a", "b"]);
        }
    }

    #[test]
    fn classes_without_rows_are_never_answered() {
        let classes = Classes::new(["x", "a", "y", "b", "z", "v", "w"]).unwrap();
        let labels = Labels::new(classes, vec![1, 3, 3, 1]).unwrap();
        let rows = array![[1.0], [5.0], [6.0], [2.0]];
        let model = fitted(&small().min_child_weight(0.0), &rows, &labels);
        let told = model.probabilities(rows.view()).unwrap();
        assert!(
            [0, 2, 4, 5, 6].into_iter().all(|class| told.column(class).iter().all(|&t| t == 0.0))
        );
        assert_eq!(model.predict(rows.view()).unwrap().to_vec(), [1, 3, 3, 1]);
    }

    #[test]
    fn enormous_and_tiny_weights_do_no_harm() {
        let (rows, labels) = any_rows(1, 60, 3);
        for weight in [1e300, 1e-300, f64::MAX] {
            let training = Training::new(rows.view(), &labels).unwrap();
            let training = training.weights(vec![weight; 60]).unwrap();
            let model = small().l2(0.0).min_child_weight(0.0).fit(&training).unwrap();
            let told = model.probabilities(rows.view()).unwrap();
            assert!(told.iter().all(|share| (0.0..=1.0).contains(share)), "{weight}");
        }
    }

    #[test]
    fn a_watched_fit_tells_and_ends() {
        struct Until(AtomicUsize);
        impl Watch for Until {
            fn progress(&self, done: usize, of: usize) {
                assert!(done <= of);
                self.0.store(done, Ordering::Relaxed);
            }
            fn is_cancelled(&self) -> bool {
                self.0.load(Ordering::Relaxed) == 3
            }
        }
        let (rows, labels) = any_rows(1, 100, 2);
        let watch = Until(AtomicUsize::new(0));
        let training = Training::new(rows.view(), &labels).unwrap().watched(&watch);
        assert!(matches!(small().fit(&training), Err(ModelError::Cancelled)));
        assert!(small().trees(2).fit(&training).is_ok());
    }

    #[test]
    fn settings_have_names_and_rules() {
        let mut learner = GradientBoosting::default();
        for (name, value) in [
            ("trees", "7"),
            ("learning-rate", "0.1"),
            ("depth", "none"),
            ("leaves", "31"),
            ("growth", "leaf-wise"),
            ("l1", "0.5"),
            ("l2", "2"),
            ("min-gain", "0.25"),
            ("min-child-weight", "3"),
            ("rows", "0.75"),
            ("columns", "0.5"),
            ("bins", "64"),
            ("early-stopping", "9"),
            ("validation-share", "0.2"),
            ("seed", "5"),
        ] {
            learner.set(name, value).unwrap();
            assert!(learner.told().contains(&(name, value.to_owned())), "{name}");
        }
        let built = GradientBoosting::default().trees(7).learning_rate(0.1).depth(None);
        let built = built.leaves(Some(31)).growth(GrowthOrder::LeafWise).l1(0.5).l2(2.0);
        let built = built.min_gain(0.25).min_child_weight(3.0).rows(0.75).columns(0.5).bins(64);
        let built = built.early_stopping(Some(9)).validation_share(0.2).seed(5);
        assert_eq!(learner, built);
        for (name, value) in [
            ("trees", "0"),
            ("learning-rate", "0"),
            ("learning-rate", "nan"),
            ("depth", "0"),
            ("leaves", "1"),
            ("l2", "-1"),
            ("l1", "inf"),
            ("rows", "1.1"),
            ("columns", "0"),
            ("bins", "256"),
            ("early-stopping", "0"),
            ("validation-share", "1"),
        ] {
            let refused = learner.set(name, value);
            assert!(matches!(refused, Err(ModelError::Setting { .. })), "{name} {value}");
        }
        let (rows, labels) = any_rows(1, 10, 2);
        let training = Training::new(rows.view(), &labels).unwrap();
        assert!(small().bins(1).fit(&training).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn a_row_of_weight_two_is_two_rows_and_one_of_none_is_none(seed: u64, classes in 2..4_u32) {
            let (rows, labels) = any_rows(seed, 90, classes);
            let weights: Vec<f64> = (0..90).map(|row| f64::from(row % 3)).collect();
            let repeated: Vec<usize> = (0..90).flat_map(|row| vec![row; row % 3]).collect();
            let training = Training::new(rows.view(), &labels).unwrap().weights(weights).unwrap();
            let weighted = small().fit(&training).unwrap().probabilities(rows.view()).unwrap();
            let numbers: Vec<u32> = repeated.iter().map(|&row| labels.numbers()[row]).collect();
            let twice = Labels::new(labels.classes().clone(), numbers).unwrap();
            let model = fitted(&small(), &rows.select(Axis(0), &repeated), &twice);
            let found = model.probabilities(rows.view()).unwrap();
            prop_assert!((found - weighted).iter().all(|off| off.abs() < 1e-9));
        }
    }
}
