//! Contributions of columns, beside those of the package shap, over trees of scikit-learn and xgboost.

use ndarray::{Array2, Axis};
use netsift_models::explain::{Measure, Method};
use netsift_models::{Checked as _, Model};
use serde_json::Value;

/// No further are they apart.
const NEAR: f64 = 1e-6;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn matrix(rows: &Value) -> Array2<f64> {
    let rows = rows.as_array().unwrap();
    let width = rows[0].as_array().unwrap().len();
    Array2::from_shape_fn((rows.len(), width), |(row, column)| number(&rows[row][column]))
}

#[test]
fn contributions_are_those_of_shap() {
    let golden: Value = serde_json::from_str(include_str!("shap.json")).unwrap();
    let mut farthest = 0.0_f64;
    for (place, case) in golden["cases"].as_array().unwrap().iter().enumerate() {
        let model: Model = serde_json::from_value(case["model"].clone()).unwrap();
        model.check().unwrap();
        let rows = matrix(&case["rows"]);
        for answer in case["answers"].as_array().unwrap() {
            let class = answer["class"].as_u64().unwrap() as u32;
            let told = model.contributions(rows.view(), &vec![class; rows.nrows()]).unwrap();
            let measure = match model {
                Model::GradientBoosting(_) => Measure::Margin,
                _ => Measure::Probability,
            };
            assert_eq!((told.measure, told.method), (measure, Method::Exact));
            let apart = (&told.values - &matrix(&answer["values"])).mapv(f64::abs);
            let most = apart.into_iter().fold(0.0, f64::max);
            let base = told.base.iter().map(|base| (base - number(&answer["base"])).abs());
            farthest = base.fold(farthest.max(most), f64::max);
            assert!(farthest < NEAR, "case {place}, class {class}: {farthest}");
        }
    }
    assert!(farthest > 0.0, "nothing was compared");
}

#[test]
fn both_classes_of_two_mirror_each_other() {
    let golden: Value = serde_json::from_str(include_str!("shap.json")).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        let model: Model = serde_json::from_value(case["model"].clone()).unwrap();
        let rows = matrix(&case["rows"]);
        let classes = case["answers"].as_array().unwrap().len() as u32;
        let told = |class| model.contributions(rows.view(), &vec![class; rows.nrows()]).unwrap();
        let sums =
            (0..classes).map(|class| told(class).values).reduce(|all, own| all + own).unwrap();
        // Margins of more than two classes are each by itself.
        if classes == 2 || !matches!(model, Model::GradientBoosting(_)) {
            assert!(sums.iter().all(|sum| sum.abs() < 1e-12));
        }
        assert_eq!(sums.len_of(Axis(1)), rows.ncols());
    }
}
