//! Probabilities of several classes out of those of each two (Wu, Lin and Weng, 2004, their second way).

/// Nothing is surer than this between two: more would be rounded to certainty.
const LEAST: f64 = 1e-7;
const LEAST_STEPS: usize = 100;
/// How near to the solution is near enough, for one class.
const TOLERANCE: f64 = 0.005;

/// Of so many classes, where `first(one, other)` is how probable the one is if it is the one or the other.
pub(super) fn coupled(classes: usize, first: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let likely = |one: usize, other: usize| {
        let likely = if one < other { first(one, other) } else { 1.0 - first(other, one) };
        likely.clamp(LEAST, 1.0 - LEAST)
    };
    let cell = |one: usize, other: usize| {
        if one == other {
            let others = (0..classes).filter(|&other| other != one);
            others.map(|other| likely(other, one) * likely(other, one)).sum()
        } else {
            -likely(other, one) * likely(one, other)
        }
    };
    let matrix: Vec<Vec<f64>> =
        (0..classes).map(|one| (0..classes).map(|other| cell(one, other)).collect()).collect();
    let mut shares = vec![1.0 / classes as f64; classes];
    for _ in 0..LEAST_STEPS.max(classes) {
        let product = |row: &Vec<f64>| row.iter().zip(&shares).map(|(a, b)| a * b).sum();
        let mut products: Vec<f64> = matrix.iter().map(product).collect();
        let mut all: f64 = products.iter().zip(&shares).map(|(a, b)| a * b).sum();
        let worst = products.iter().fold(0.0, |worst: f64, one| worst.max((one - all).abs()));
        if worst < TOLERANCE / classes as f64 {
            break;
        }
        for one in 0..classes {
            let own = matrix[one][one];
            let step = (all - products[one]) / own;
            let sum = 1.0 + step;
            all = (all + step * (step * own + 2.0 * products[one])) / (sum * sum);
            shares[one] += step;
            for (other, cell) in matrix[one].iter().enumerate() {
                products[other] = (products[other] + step * cell) / sum;
                shares[other] /= sum;
            }
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_consistent_is_found_again() {
        let shares = [0.5, 0.3, 0.2];
        let found = coupled(3, |one, other| shares[one] / (shares[one] + shares[other]));
        for (found, expected) in found.iter().zip(shares) {
            assert!((found - expected).abs() < 0.005, "{found} {expected}");
        }
        let found = coupled(2, |_, _| 0.8);
        assert!((found[0] - 0.8).abs() < 0.005 && (found[0] + found[1] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn contradictions_are_settled() {
        // Each beats the next, and the last the first.
        let found = coupled(3, |one, other| if other == one + 1 { 0.9 } else { 0.1 });
        assert!(found.iter().all(|share| (share - 1.0 / 3.0).abs() < 0.01), "{found:?}");
        let found = coupled(3, |one, _| if one == 0 { 1.0 } else { 0.5 });
        assert!(found[0] > 0.99 && (found.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{found:?}");
    }
}
