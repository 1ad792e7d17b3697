//! What holds of all learners of trees.

use ndarray::{Array2, ArrayView2, Axis, ShapeBuilder as _};
use netsift_container::{Kind, Reader, Writer};
use netsift_data::{Chance, Labels};
use netsift_models::{
    Checked, Classifier, Columns, DecisionTree, ExtraTrees, ForestModel, Growth, Learner,
    ModelError, RandomForest, Training, Watch,
};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A table of mixed columns: many values, few, and missing or infinite ones.
fn table(seed: u64, rows: usize, width: usize, classes: usize) -> (Array2<f64>, Labels) {
    let mut chance = Chance::seeded(seed);
    let cells =
        Array2::from_shape_fn((rows, width), |(_, column)| match (column % 3, chance.below(20)) {
            (2, 0) => f64::NAN,
            (2, 1) => f64::INFINITY,
            (2, 2) => f64::NEG_INFINITY,
            (1, _) => chance.below(5) as f64,
            _ => chance.unit() * 100.0 - 50.0,
        });
    let names: Vec<String> = (0..classes).map(|class| format!("{class:04}")).collect();
    let of = |row: usize| {
        let signal = cells.row(row).iter().take(2).sum::<f64>();
        if chance.below(5) == 0 {
            chance.below(classes)
        } else {
            (signal.abs() / 55.0 * classes as f64) as usize % classes
        }
    };
    let numbers: Vec<usize> = (0..rows).map(of).collect();
    let labels = Labels::of(numbers.iter().map(|&class| names[class].as_str()));
    (cells, labels)
}

fn select(labels: &Labels, rows: &[usize]) -> Labels {
    let numbers: Vec<u32> = rows.iter().map(|&row| labels.numbers()[row]).collect();
    Labels::new(labels.classes().clone(), numbers).unwrap()
}

fn forest() -> RandomForest {
    RandomForest::default().trees(7).out_of_bag(true).seed(3)
}

fn extra() -> ExtraTrees {
    ExtraTrees::default().trees(7).seed(3)
}

fn fit<L: Learner>(learner: &L, rows: ArrayView2<'_, f64>, labels: &Labels) -> L::Model {
    learner.fit(&Training::new(rows, labels).unwrap()).unwrap()
}

const KIND: Kind =
    Kind { tag: *b"TREE", version: 1, name: "trees", max_entry: 1 << 24, max_total: 1 << 24 };

/// As bundles hold them.
fn written(model: &impl Serialize) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &KIND).unwrap();
    writer.put(model).unwrap();
    writer.finish().unwrap()
}

fn loaded<M: DeserializeOwned>(bytes: &[u8]) -> M {
    Reader::new(bytes, &KIND).unwrap().next().unwrap().unwrap()
}

trait Written: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug {}

impl<M: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug> Written for M {}

fn neither_threads_nor_layouts_change<L: Learner<Model: Written>>(learner: &L) {
    let (rows, labels) = table(1, 700, 7, 4);
    let mut turned = Array2::zeros(rows.raw_dim().f());
    turned.assign(&rows);
    let expected = written(&fit(learner, rows.view(), &labels));
    for threads in [1, 2, 3, 16] {
        for rows in [&rows, &turned] {
            let training = Training::new(rows.view(), &labels).unwrap().threads(threads);
            let model = learner.fit(&training).unwrap();
            assert!(written(&model) == expected, "{threads} threads");
        }
    }
}

#[test]
fn threads_and_layouts_change_no_bit() {
    neither_threads_nor_layouts_change(&DecisionTree::default());
    neither_threads_nor_layouts_change(&forest());
    neither_threads_nor_layouts_change(&extra());
}

fn rows_are_answered_alike_alone_and_after_loading<L>(learner: &L)
where
    L: Learner<Model: Written + Checked>,
{
    let (rows, labels) = table(2, 300, 5, 3);
    let model = fit(learner, rows.view(), &labels);
    model.check().unwrap();
    let all = model.probabilities(rows.view()).unwrap();
    let alone = rows.axis_chunks_iter(Axis(0), 1).map(|row| model.probabilities(row).unwrap());
    let alone: Vec<_> = alone.collect();
    let alone: Vec<_> = alone.iter().map(|told| told.view()).collect();
    assert_eq!(ndarray::concatenate(Axis(0), &alone).unwrap(), all);
    assert!(all.rows().into_iter().all(|told| (told.sum() - 1.0).abs() < 1e-12));
    let loaded: L::Model = loaded(&written(&model));
    assert_eq!(loaded, model);
    assert_eq!(loaded.probabilities(rows.view()).unwrap(), all);
}

#[test]
fn no_answer_depends_on_the_rows_beside_it() {
    rows_are_answered_alike_alone_and_after_loading(&DecisionTree::default());
    rows_are_answered_alike_alone_and_after_loading(&forest());
    rows_are_answered_alike_alone_and_after_loading(&extra());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_row_of_weight_two_is_two_rows_and_one_of_none_is_none(
        seed in any::<u64>(),
        rows in 2..1_500_usize,
        min_leaf in 0..3_usize,
    ) {
        let (cells, labels) = table(seed, rows, 4, 3);
        let weights: Vec<f64> = (0..rows).map(|row| f64::from(row as u32 % 3)).collect();
        let repeated: Vec<usize> = (0..rows).flat_map(|row| vec![row; row % 3]).collect();
        let repeated_cells = cells.select(Axis(0), &repeated);
        let repeated_labels = select(&labels, &repeated);
        let growth = Growth::default().min_leaf(min_leaf as f64);
        let weighted = Training::new(cells.view(), &labels).unwrap().weights(weights).unwrap();
        let tree = DecisionTree::default().growth(growth.clone());
        let one = tree.fit(&weighted).unwrap();
        prop_assert_eq!(one, fit(&tree, repeated_cells.view(), &repeated_labels));
        let trees = extra().growth(growth.clone());
        let one = trees.fit(&weighted).unwrap();
        prop_assert_eq!(one, fit(&trees, repeated_cells.view(), &repeated_labels));
        let forest = forest().bootstrap(false).out_of_bag(false).growth(growth);
        let one = forest.fit(&weighted).unwrap();
        prop_assert_eq!(one, fit(&forest, repeated_cells.view(), &repeated_labels));
    }
}

fn degenerate_tables_are_learned<L: Learner<Model: Checked>>(learner: &L) {
    let one = Labels::of(["a"]);
    let two = Labels::of(["a", "b"]);
    let many: Vec<String> = (0..40).map(|class| class.to_string()).collect();
    let many = Labels::of(many.iter().map(String::as_str));
    let absent = select(&Labels::of(["a", "b", "a"]), &[0, 2]);
    let cases = [
        (Array2::zeros((1, 3)), &one),
        (Array2::zeros((1, 0)), &one),
        (Array2::zeros((2, 0)), &two),
        (Array2::from_elem((2, 2), 1.0), &two),
        (Array2::from_elem((2, 2), f64::NAN), &two),
        (Array2::from_elem((2, 2), f64::INFINITY), &absent),
        (Array2::from_shape_fn((2, 1), |(row, _)| [f64::NEG_INFINITY, f64::MIN][row]), &two),
        (Array2::from_shape_fn((2, 1), |(row, _)| [f64::MAX, f64::INFINITY][row]), &two),
        (Array2::from_shape_fn((2, 1), |(row, _)| [f64::NAN, f64::INFINITY][row]), &two),
        (Array2::from_shape_fn((2, 1), |(row, _)| [0.0, f64::from_bits(1)][row]), &two),
        (Array2::from_shape_fn((40, 2), |(row, column)| (row * column) as f64), &many),
    ];
    for (rows, labels) in &cases {
        for weight in [f64::MIN_POSITIVE, 1.0, f64::MAX] {
            let training = Training::new(rows.view(), labels).unwrap();
            let training = training.weights(vec![weight; rows.nrows()]).unwrap();
            let model = learner.fit(&training).unwrap();
            model.check().unwrap();
            let told = model.probabilities(rows.view()).unwrap();
            let sums = told.rows().into_iter().map(|told| told.sum());
            assert!(sums.into_iter().all(|sum| (sum - 1.0).abs() < 1e-12), "{rows}: {told}");
            let narrow = Array2::zeros((1, rows.ncols() + 1));
            assert!(matches!(model.probabilities(narrow.view()), Err(ModelError::Shape { .. })));
            let none = rows.slice_axis(Axis(0), (..0).into());
            assert_eq!(model.probabilities(none).unwrap().dim(), (0, labels.classes().len()));
        }
    }
}

#[test]
fn degenerate_tables_are_no_trouble() {
    degenerate_tables_are_learned(&DecisionTree::default());
    degenerate_tables_are_learned(&forest());
    degenerate_tables_are_learned(&extra());
}

#[test]
fn values_that_can_be_told_apart_are() {
    let pairs = [
        [f64::NEG_INFINITY, 0.0],
        [0.0, f64::INFINITY],
        [f64::MAX, f64::INFINITY],
        [f64::NEG_INFINITY, f64::INFINITY],
        [f64::NAN, f64::INFINITY],
        [0.0, f64::NAN],
        [0.0, f64::from_bits(1)],
        [f64::MIN, f64::MAX],
    ];
    for pair in pairs {
        let rows = Array2::from_shape_fn((2, 1), |(row, _)| pair[row]);
        let labels = Labels::of(["a", "b"]);
        let tree = fit(&DecisionTree::default(), rows.view(), &labels);
        assert_eq!(tree.predict(rows.view()).unwrap().to_vec(), [0, 1], "{pair:?}");
        let trees = fit(&extra(), rows.view(), &labels);
        assert_eq!(trees.predict(rows.view()).unwrap().to_vec(), [0, 1], "{pair:?}");
    }
}

#[test]
fn the_rules_of_growth_are_kept() {
    let (rows, labels) = table(5, 400, 4, 3);
    let leaves = |growth: Growth| {
        fit(&DecisionTree::default().growth(growth), rows.view(), &labels).leaves()
    };
    let full = leaves(Growth::default());
    assert!(full > 60, "{full}");
    assert!(leaves(Growth::default().depth(3)) <= 8);
    assert_eq!(leaves(Growth::default().leaves(11)), 11);
    assert!(leaves(Growth::default().min_leaf(20.0)) <= 20);
    assert!(leaves(Growth::default().min_split(100.0)) < full / 2);
    assert!(leaves(Growth::default().min_gain(0.02)) < 20);
    assert!(leaves(Growth::default().pruning(0.02)) < 20);
    assert_eq!(leaves(Growth::default().pruning(1.0)), 1);
}

#[test]
fn rows_left_out_judge_as_rows_kept_aside_do() {
    let (rows, labels) = table(6, 3_000, 4, 3);
    let (train, test): (Vec<usize>, Vec<usize>) = (0..3_000).partition(|row| row % 3 != 0);
    let forest = RandomForest::default().trees(60).out_of_bag(true);
    let model = fit(&forest, rows.select(Axis(0), &train).view(), &select(&labels, &train));
    let told = model.predict(rows.select(Axis(0), &test).view()).unwrap();
    let expected = select(&labels, &test);
    let right =
        told.iter().zip(expected.numbers()).filter(|(told, expected)| told == expected).count();
    let aside = right as f64 / test.len() as f64;
    let out_of_bag = model.out_of_bag().unwrap();
    assert!((out_of_bag - aside).abs() < 0.05 && aside < 0.95, "{out_of_bag} {aside}");
    // Rows that weigh nothing are not judged.
    let weights: Vec<f64> = (0..train.len()).map(|row| f64::from(u8::from(row > 0))).collect();
    let (rows, labels) = (rows.select(Axis(0), &train), select(&labels, &train));
    let training = Training::new(rows.view(), &labels).unwrap().weights(weights).unwrap();
    assert!(forest.fit(&training).unwrap().out_of_bag().is_some());
}

#[test]
fn columns_that_say_nothing_are_not_important() {
    let (rows, labels) = table(7, 2_000, 4, 2);
    let forest: ForestModel =
        fit(&RandomForest::default().columns(Columns::All), rows.view(), &labels);
    assert_eq!(forest.trees(), 100);
    let importances = forest.importances();
    assert!((importances.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(importances[0] > 2.0 * importances[3], "{importances:?}");
}

/// All numbers of a value.
fn numbers<'v>(value: &'v mut Value, found: &mut Vec<&'v mut Value>) {
    match value {
        Value::Number(_) => found.push(value),
        Value::Array(all) => all.iter_mut().for_each(|value| numbers(value, found)),
        Value::Object(all) => all.values_mut().for_each(|value| numbers(value, found)),
        _ => {}
    }
}

/// A forged model is refused, or answers whatever it is asked.
fn forged_models_do_no_harm<L: Learner<Model: Written + Checked>>(learner: &L) {
    let rows = Array2::from_shape_fn((60, 3), |(row, column)| (row * (column + 2) % 17) as f64);
    let names: Vec<String> = (0..60).map(|row| (row * row % 3).to_string()).collect();
    let labels = Labels::of(names.iter().map(String::as_str));
    let honest = serde_json::to_value(fit(learner, rows.view(), &labels)).unwrap();
    let mut chance = Chance::seeded(1);
    let (mut refused, mut answered) = (0, 0);
    for _ in 0..3_000 {
        let mut forged = honest.clone();
        let mut all = Vec::new();
        numbers(&mut forged, &mut all);
        let place = chance.below(all.len());
        *all[place] = match chance.below(4) {
            0 => Value::from(chance.below(12)),
            1 => Value::from(u32::MAX - chance.below(3) as u32),
            2 => Value::from(1_u32 << chance.below(32)),
            _ => Value::from(chance.unit() * 4.0 - 2.0),
        };
        let Ok(model) = serde_json::from_value::<L::Model>(forged) else { continue };
        if model.check().is_err() {
            refused += 1;
            continue;
        }
        answered += 1;
        // Of another width or number of classes: an error is an answer too.
        let _ = model.probabilities(rows.view());
    }
    assert!(refused > 100 && answered > 100, "{refused} refused, {answered} answered");
}

#[test]
fn forged_models_are_refused_or_harmless() {
    forged_models_do_no_harm(&DecisionTree::default());
    forged_models_do_no_harm(&RandomForest::default().trees(2));
}

struct Impatient(std::sync::atomic::AtomicUsize);

impl Watch for Impatient {
    fn progress(&self, done: usize, _: usize) {
        self.0.fetch_max(done, std::sync::atomic::Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed) >= 3
    }
}

#[test]
fn fits_end_when_nobody_waits_for_them() {
    let (rows, labels) = table(8, 500, 4, 3);
    for threads in [1, 2] {
        let watch = || Impatient(0.into());
        let (one, other, third) = (watch(), watch(), watch());
        let training = || Training::new(rows.view(), &labels).unwrap().threads(threads);
        let cancelled = [
            DecisionTree::default().fit(&training().watched(&one)).err(),
            RandomForest::default().fit(&training().watched(&other)).err(),
            ExtraTrees::default().fit(&training().watched(&third)).err(),
        ];
        assert!(cancelled.iter().all(|error| matches!(error, Some(ModelError::Cancelled))));
        let done = other.0.load(std::sync::atomic::Ordering::Relaxed);
        assert!((3..10).contains(&done), "{done}");
    }
}

#[test]
fn settings_that_make_no_sense_fit_nothing() {
    let (rows, labels) = table(9, 20, 2, 2);
    let training = Training::new(rows.view(), &labels).unwrap();
    let refused = [
        RandomForest::default().trees(0).fit(&training).err(),
        RandomForest::default().bootstrap(false).out_of_bag(true).fit(&training).err(),
        ExtraTrees::default().columns(Columns::Count(0)).fit(&training).err(),
        RandomForest::default().growth(Growth::default().min_leaf(f64::NAN)).fit(&training).err(),
    ];
    assert!(refused.iter().all(|error| matches!(error, Some(ModelError::Setting { .. }))));
}
