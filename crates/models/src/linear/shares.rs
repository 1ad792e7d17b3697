//! Shares of one, out of logarithms of what is to be shared.

use ndarray::{Array2, ArrayView1, Axis};

/// Turns logarithms of weights into shares that sum up to 1. Where the largest is no number to reckon with, all that are
/// as large share alike: numbers out of range have told no more.
pub(crate) fn shares(logs: &mut [f64]) {
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !top.is_finite() {
        for log in logs.iter_mut() {
            *log = if *log == top { 1.0 } else { 0.0 };
        }
    } else {
        for log in logs.iter_mut() {
            // What is no number is no candidate: `max` has passed it over.
            *log = if log.is_nan() { 0.0 } else { (*log - top).exp() };
        }
    }
    let sum: f64 = logs.iter().sum();
    let count = logs.len() as f64;
    for log in logs {
        *log = if sum > 0.0 { *log / sum } else { 1.0 / count };
    }
}

/// How probable all classes are of each row of scores, as those that had rows share it; the others never are.
pub(super) fn of_classes(
    scores: &Array2<f64>,
    known: &[u32],
    classes: usize,
    shares: impl Fn(ArrayView1<'_, f64>) -> Vec<f64>,
) -> Array2<f64> {
    let mut probabilities = Array2::zeros((scores.nrows(), classes));
    for (scores, mut told) in scores.outer_iter().zip(probabilities.axis_iter_mut(Axis(0))) {
        for (&class, share) in known.iter().zip(shares(scores)) {
            told[class as usize] = share;
        }
    }
    probabilities
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared<const N: usize>(mut logs: [f64; N]) -> [f64; N] {
        shares(&mut logs);
        logs
    }

    #[test]
    fn logarithms_become_shares() {
        assert_eq!(shared([0.0, 0.0]), [0.5, 0.5]);
        assert_eq!(
            shared([-1000.0, -1000.0 + 3f64.ln()]).map(|share| share.mul_add(1e9, 0.5) as u64),
            [250_000_000, 750_000_000]
        );
        assert_eq!(shared([-1e308, 1e308]), [0.0, 1.0]);
    }

    #[test]
    fn what_is_out_of_range_is_shared_alike() {
        assert_eq!(shared([f64::NEG_INFINITY; 2]), [0.5, 0.5]);
        assert_eq!(shared([f64::NAN; 2]), [0.5, 0.5]);
        assert_eq!(shared([f64::INFINITY, 3.0]), [1.0, 0.0]);
        assert_eq!(shared([f64::NAN, 3.0]), [0.0, 1.0]);
        assert_eq!(shared([]), [0.0; 0]);
    }
}
