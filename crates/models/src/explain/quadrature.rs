//! Gauss' quadrature: an integral over a polynomial as a sum over few of its values.

use std::f64::consts::PI;

/// Points between 0 and 1 with weights: over polynomials of degrees below `2 N`, the weighted sum is the integral from 0 to
/// 1.
pub(super) struct Quadrature<const N: usize> {
    pub(super) points: [f64; N],
    /// 1 less the points.
    pub(super) rests: [f64; N],
    pub(super) weights: [f64; N],
}

/// From where they start, roots are found to the last digit after half as many steps.
const MOST_STEPS: usize = 20;

impl<const N: usize> Quadrature<N> {
    /// The points are the roots of Legendre's polynomial, brought from (-1, 1) to (0, 1).
    pub(super) fn new() -> Self {
        let mut made = Self { points: [0.0; N], rests: [0.0; N], weights: [0.0; N] };
        let Self { points, rests, weights } = &mut made;
        let places = points.iter_mut().zip(rests).zip(weights).enumerate();
        for (place, ((point, rest), weight)) in places {
            let (root, slope) = root(place, N);
            *point = (1.0 - root) / 2.0;
            *rest = (1.0 + root) / 2.0;
            *weight = 1.0 / ((1.0 - root * root) * slope * slope);
        }
        made
    }
}

/// A root of the Legendre polynomial of this degree, the greatest first, and how steep it is there: by Newton's steps from
/// where cosines say.
fn root(place: usize, degree: usize) -> (f64, f64) {
    let mut root = (PI * (place as f64 + 0.75) / (degree as f64 + 0.5)).cos();
    let mut slope = 1.0;
    for _ in 0..MOST_STEPS {
        let value;
        (value, slope) = legendre(degree, root);
        let step = value / slope;
        root -= step;
        if step.abs() < f64::EPSILON {
            break;
        }
    }
    (root, slope)
}

/// The polynomial's value and slope.
fn legendre(degree: usize, at: f64) -> (f64, f64) {
    let (mut before, mut value) = (0.0, 1.0);
    for number in 1..=degree {
        let number = number as f64;
        (before, value) =
            (value, ((2.0 * number - 1.0) * at * value - (number - 1.0) * before) / number);
    }
    (value, degree as f64 * (at * value - before) / (at * at - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_exact<const N: usize>() {
        let rule = Quadrature::<N>::new();
        for degree in 0..2 * N {
            let terms = rule.points.iter().zip(rule.weights);
            let integral: f64 =
                terms.map(|(point, weight)| weight * point.powi(degree as i32)).sum();
            let exact = 1.0 / (degree as f64 + 1.0);
            assert!((integral / exact - 1.0).abs() < 1e-12, "{N}, {degree}: {integral}");
        }
        let sums = rule.points.iter().zip(rule.rests);
        assert!(sums.into_iter().all(|(point, rest)| (point + rest - 1.0).abs() < 1e-15));
    }

    #[test]
    fn polynomials_are_integrated_exactly() {
        is_exact::<2>();
        is_exact::<4>();
        is_exact::<6>();
        is_exact::<16>();
        is_exact::<128>();
    }

    #[test]
    fn a_degree_too_high_is_not_exact() {
        let rule = Quadrature::<2>::new();
        let terms = rule.points.iter().zip(rule.weights);
        let integral: f64 = terms.map(|(point, weight)| weight * point.powi(4)).sum();
        assert!((integral - 0.2).abs() > 1e-3);
    }
}
