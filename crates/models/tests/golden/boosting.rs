//! Gradient boosting beside xgboost and LightGBM, whose sums are of single precision or of another order.

use std::path::Path;

use ndarray::Array2;
use netsift_data::{Classes, Labels};
use netsift_models::{Classifier, GradientBoosting, Learner, Settings, Training};
use serde_json::Value;

const TOLERANCE: f64 = 1e-6;

#[test]
fn probabilities_are_those_of_xgboost_and_lightgbm() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/boosting.json");
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() >= 30);
    for (number, case) in cases.iter().enumerate() {
        let off = furthest(&found(case), &case["probabilities"]);
        assert!(off < TOLERANCE, "case {number}, {}: off by {off}", case["judge"]);
    }
}

fn found(case: &Value) -> Array2<f64> {
    let mut learner = GradientBoosting::default();
    for (name, value) in case["settings"].as_object().unwrap() {
        learner.set(name, value.as_str().unwrap()).unwrap();
    }
    let rows = matrix(&case["rows"]);
    let numbers: Vec<u32> = list(&case["labels"]).map(|label| label as u32).collect();
    let classes = numbers.iter().max().unwrap() + 1;
    let classes = Classes::new((0..classes).map(|class| class.to_string())).unwrap();
    let labels = Labels::new(classes, numbers).unwrap();
    let weights: Vec<f64> = list(&case["weights"]).collect();
    let training = Training::new(rows.view(), &labels).unwrap().weights(weights).unwrap();
    learner.fit(&training).unwrap().probabilities(rows.view()).unwrap()
}

/// Numbers; `null` is none.
fn list(value: &Value) -> impl Iterator<Item = f64> {
    value.as_array().unwrap().iter().map(|cell| cell.as_f64().unwrap_or(f64::NAN))
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> =
        value.as_array().unwrap().iter().map(|row| list(row).collect()).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| rows[row][column])
}

fn furthest(found: &Array2<f64>, expected: &Value) -> f64 {
    let expected = matrix(expected);
    assert_eq!(found.dim(), expected.dim());
    (found - &expected).iter().fold(0.0, |most, off| off.abs().max(most))
}
