//! What scikit-learn, statsmodels and NumPy answer to the same questions. `make.py` has asked them; inputs are drawn
//! here again in the same order, answers are read from the JSON files beside it. `laws` holds what needs no other judge.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod classes;
mod labels;
mod laws;
mod pairs;
mod scores;

use std::path::Path;

use serde_json::Value;

/// How far an answer may be off, absolutely: all of them are near 1.
const TOLERANCE: f64 = 1e-12;
/// What every file has at least.
const CASES: usize = 200;

/// The cases of a file, in their order.
fn cases(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let mut golden: Value = serde_json::from_str(&text).unwrap();
    let Value::Array(cases) = golden["cases"].take() else { panic!("no cases in {file}") };
    assert!(cases.len() >= CASES, "{file} has {} cases", cases.len());
    cases
}

/// One case of one file, to name it where it fails.
struct Case<'a> {
    file: &'static str,
    number: usize,
    answers: &'a Value,
}

impl Case<'_> {
    /// Compares numbers, or lists of them, with an answer. `None` stands for what is not a number or infinite.
    fn expect(&self, answer: &str, found: impl Into<Found>) {
        let mut expected = &self.answers[answer.split('.').next().unwrap_or(answer)];
        for key in answer.split('.').skip(1) {
            expected = &expected[key];
        }
        assert!(!self.missing(answer, expected), "{} {}: no {answer}", self.file, self.number);
        let found = found.into();
        assert!(
            found.is(expected),
            "{} {}: {answer} is {found:?}, expected {expected}",
            self.file,
            self.number
        );
    }

    /// Answers that are not there, unlike those that are no number.
    fn missing(&self, answer: &str, expected: &Value) -> bool {
        expected.is_null() && !answer.contains('.') && self.answers.get(answer).is_none()
    }

    fn has(&self, answer: &str) -> bool {
        self.answers.get(answer).is_some_and(|answer| !answer.is_null())
    }
}

/// What is compared.
#[derive(Debug)]
enum Found {
    Number(Option<f64>),
    List(Vec<Found>),
}

impl Found {
    fn is(&self, expected: &Value) -> bool {
        match (self, expected) {
            (Self::Number(None), Value::Null) => true,
            (Self::Number(Some(found)), Value::Number(expected)) => {
                (found - expected.as_f64().unwrap()).abs() <= TOLERANCE
            }
            (Self::List(found), Value::Array(expected)) => {
                found.len() == expected.len()
                    && found.iter().zip(expected).all(|(found, expected)| found.is(expected))
            }
            _ => false,
        }
    }
}

impl From<f64> for Found {
    fn from(number: f64) -> Self {
        Self::Number(number.is_finite().then_some(number))
    }
}

impl From<Option<f64>> for Found {
    fn from(number: Option<f64>) -> Self {
        Self::Number(number)
    }
}

impl<T: Clone + Into<Found>> From<&[T]> for Found {
    fn from(list: &[T]) -> Self {
        Self::List(list.iter().cloned().map(Into::into).collect())
    }
}

impl<T: Into<Found>> From<Vec<T>> for Found {
    fn from(list: Vec<T>) -> Self {
        Self::List(list.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Found>, const N: usize> From<[T; N]> for Found {
    fn from(list: [T; N]) -> Self {
        Self::List(list.into_iter().map(Into::into).collect())
    }
}

/// The generator of inputs, as `make.py` has it.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// By case: none, whole (zeros among them), quarters, real. Row 0 counts.
    fn weight(&mut self, case: usize, row: usize) -> f64 {
        let unit = self.unit();
        let whole = (unit * 4.0).floor() + f64::from(row == 0);
        [1.0, whole, whole / 4.0, unit + 0.01][case % 4]
    }
}

/// Where a case has weights.
fn weights_of(case: usize, weights: &[f64]) -> Option<&[f64]> {
    (!case.is_multiple_of(4)).then_some(weights)
}
