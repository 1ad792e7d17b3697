//! Calibrations, held against what scikit-learn answers. `make_judging.py` froze its answers, and says of which version
//! they are, in `judging.json`.

use ndarray::{Array1, Array2};
use netsift_data::split::Split;
use netsift_data::{Dataset, Labels, Schema};
use netsift_models::judging::{Calibration, CalibrationKind, CrossValidation, CrossedFold};
use netsift_models::{Answer, Recipe};
use serde_json::Value;

use crate::draw::Draw;

/// As `make_judging.py` draws them: what was said, the classes, and what is asked.
fn draw(case: u64) -> (Array2<f64>, Vec<u32>, Array2<f64>) {
    let mut draw = Draw(5000 + case);
    let (rows, classes) = (40 + draw.below(160), 2 + draw.below(4));
    let steps = [1_u64 << 20, 20][case as usize % 2];
    let label = |draw: &mut Draw| draw.below(classes as u64) as u32;
    let labels: Vec<u32> =
        (0..rows).map(|row| if row < classes { row as u32 } else { label(&mut draw) }).collect();
    let said = table(&mut draw, &labels, classes, steps);
    let others: Vec<u32> = (0..20).map(|_| label(&mut draw)).collect();
    let asked = table(&mut draw, &others, classes, steps);
    let ends = Array2::eye(classes);
    (said, labels, ndarray::concatenate![ndarray::Axis(0), asked, ends])
}

fn table(draw: &mut Draw, labels: &[u32], classes: usize, steps: u64) -> Array2<f64> {
    let mut table = Array2::from_shape_fn((labels.len(), classes), |(row, column)| {
        let leans = if labels[row] as usize == column { 0.4 } else { 0.0 };
        (draw.below(steps) + 1) as f64 / steps as f64 + leans
    });
    table.rows_mut().into_iter().for_each(|mut row| row /= row.sum());
    table
}

/// What was said of rows by those that had not learned from them: a fold in the form that folds have.
fn said(truth: Vec<u32>, probabilities: Array2<f64>) -> CrossedFold {
    let rows = truth.len();
    let data = Dataset::new(Schema::numbers(["x"]).unwrap(), Array2::zeros((rows, 1))).unwrap();
    let names: Vec<String> = truth.iter().map(ToString::to_string).collect();
    let data = data.with_labels(Labels::of(names.iter().map(String::as_str))).unwrap();
    let cross = CrossValidation::new(Split::plain(1), 2);
    let mut fold = cross.of(&Recipe::named("dummy").unwrap(), &data).unwrap().out_of_fold();
    fold.answer = Answer { classes: Array1::zeros(rows), probabilities };
    assert_eq!(fold.truth, truth);
    fold
}

#[test]
fn probabilities_are_calibrated_as_scikit_learns_are() {
    let all: Value = serde_json::from_str(include_str!("judging.json")).unwrap();
    let kinds = [
        ("isotonic", CalibrationKind::Isotonic, 1e-12),
        // Theirs ends where the gradient is small enough, ours a little later.
        ("sigmoid", CalibrationKind::Sigmoid, 2e-5),
    ];
    for (case, expected) in (0..).zip(all["calibrated"].as_array().unwrap()) {
        let (probabilities, truth, asked) = draw(case);
        let said = said(truth, probabilities);
        for (name, kind, near) in kinds {
            let told = Calibration::learned(kind, &said).unwrap();
            let told = told.probabilities(asked.view()).unwrap();
            let expected: Vec<Vec<f64>> = serde_json::from_value(expected[name].clone()).unwrap();
            assert_eq!(told.nrows(), expected.len());
            for (row, expected) in told.rows().into_iter().zip(expected) {
                let is_near =
                    row.iter().zip(&expected).all(|(one, other)| (one - other).abs() < near);
                assert!(
                    is_near && row.len() == expected.len(),
                    "{name} {case}: {row} {expected:?}"
                );
            }
        }
    }
}
