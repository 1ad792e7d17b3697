//! Decision trees, beside scikit-learn's.

use ndarray::Array2;
use netsift_data::Labels;
use netsift_models::{
    Checked as _, Classifier as _, DecisionTree, Learner as _, Settings as _, Training,
};
use serde_json::Value;

/// Questions of each case.
const ASKED: usize = 10;

struct SplitMix64(u64);

impl SplitMix64 {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

struct Case {
    rows: Array2<f64>,
    labels: Labels,
    weights: Vec<f64>,
    asked: Array2<f64>,
}

/// As `make_trees.py` draws it.
fn draw(case: u64) -> Case {
    let mut draws = SplitMix64(7_000 + case);
    let kind = case % 3;
    let count = [1_500, 120, 120][kind as usize] + draws.below(50) as usize;
    let classes = 2 + draws.below(3);
    let values = if kind == 0 { 12 } else { 1 << 20 };
    let all = Array2::from_shape_fn((count + ASKED, 4), |_| {
        let value = draws.below(values);
        let is_missing = draws.below(8) == 0 && kind == 2;
        if is_missing { f64::NAN } else { value as f64 / 64.0 }
    });
    let (rows, asked) = all.view().split_at(ndarray::Axis(0), count);
    let (mut labels, mut weights) = (Vec::new(), Vec::new());
    for row in rows.rows() {
        let first = row.iter().take(3).filter(|&&value| value * 128.0 > values as f64).count();
        let noise = draws.below(4) == 0;
        labels.push(if noise { draws.below(classes) } else { first as u64 % classes });
        weights.push(if case.is_multiple_of(4) { 1.0 + draws.below(3) as f64 } else { 1.0 });
    }
    let names: Vec<String> = labels.iter().map(|label| format!("class {label}")).collect();
    let labels = Labels::of(names.iter().map(String::as_str));
    assert_eq!(labels.classes().len() as u64, classes, "a row of each class");
    Case { rows: rows.to_owned(), labels, weights, asked: asked.to_owned() }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn trees_are_those_of_scikit_learn() {
    let golden: Value = serde_json::from_str(include_str!("trees.json")).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() >= 60);
    for expected in cases {
        let number = expected["case"].as_u64().unwrap();
        let case = draw(number);
        let mut learner = DecisionTree::default();
        for (name, value) in expected["settings"].as_object().unwrap() {
            learner.set(name, value.as_str().unwrap()).unwrap();
        }
        let training = Training::new(case.rows.view(), &case.labels).unwrap();
        let training = training.weights(case.weights).unwrap();
        let model = learner.fit(&training).unwrap();
        model.check().unwrap();
        assert_eq!(model.leaves() as u64, expected["leaves"].as_u64().unwrap(), "case {number}");
        let told = model.probabilities(case.asked.view()).unwrap();
        let rows = expected["told"].as_array().unwrap();
        let pairs = told.rows().into_iter().zip(rows).flat_map(|(told, expected)| {
            told.to_vec().into_iter().zip(numbers(expected)).collect::<Vec<_>>()
        });
        let importances =
            model.importances().iter().copied().zip(numbers(&expected["importances"]));
        for (found, expected) in pairs.chain(importances) {
            assert!((found - expected).abs() < 1e-12, "case {number}: {found} is not {expected}");
        }
    }
}
