//! Held against what scikit-learn, imbalanced-learn, NumPy and SciPy answer. `make.py` froze their answers, and says of
//! which versions they are, in `expected.json`.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used)]

mod balance;
mod draw;
mod explore;
mod prepare;
mod split;

use ndarray::ArrayView2;
use serde_json::Value;

/// A part of what is expected: an answer a case.
fn expected(part: &str) -> Vec<Value> {
    let all = all();
    all[part].as_array().unwrap().clone()
}

fn all() -> Value {
    serde_json::from_str(include_str!("expected.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap_or(f64::NAN)).collect()
}

fn counts(value: &Value) -> Vec<usize> {
    numbers(value).into_iter().map(|number| number as usize).collect()
}

/// Equal to 12 digits of the larger, or of 1; or both missing.
fn is_near(one: f64, other: f64) -> bool {
    is_near_beside(1.0, one, other)
}

/// Equal to 12 digits of the larger, or of what took part in the sum; or both missing.
fn is_near_beside(part: f64, one: f64, other: f64) -> bool {
    let size = one.abs().max(other.abs()).max(part);
    (one - other).abs() <= 1e-12 * size || (one.is_nan() && other.is_nan())
}

#[track_caller]
fn assert_near(found: ArrayView2<'_, f64>, expected: &Value, case: &str) {
    let parts = vec![1.0; found.ncols()];
    assert_near_beside(&parts, found, expected, case);
}

#[track_caller]
fn assert_near_beside(parts: &[f64], found: ArrayView2<'_, f64>, expected: &Value, case: &str) {
    let expected = expected.as_array().unwrap();
    assert_eq!(found.nrows(), expected.len(), "{case}");
    for (found, expected) in found.rows().into_iter().zip(expected) {
        let expected = numbers(expected);
        let mut cells = found.iter().zip(&expected).zip(parts);
        let is_equal = found.len() == expected.len()
            && cells.all(|((&found, &expected), &part)| is_near_beside(part, found, expected));
        assert!(is_equal, "{case}: {found} is not {expected:?}");
    }
}
