//! Student's t distribution: shares and the places below which they lie.

/// A continued fraction has settled when a step changes less.
const SETTLED: f64 = 1e-16;
/// Steps to settle in; far fewer are needed where it is asked for.
const MOST_STEPS: usize = 1_000;
/// Stands in for a zero that would be divided by.
const TINY: f64 = 1e-300;
/// Halvings that find every digit of a double.
const HALVINGS: usize = 1_100;

/// How much lies farther out than this, on both sides together.
pub(crate) fn share_beyond(t: f64, degrees: f64) -> f64 {
    if t.is_infinite() {
        return 0.0;
    }
    incomplete_beta(degrees / (degrees + t * t), t * t / (degrees + t * t), degrees / 2.0, 0.5)
}

/// From where on so much lies farther out, on both sides together.
pub(crate) fn place_of(share: f64, degrees: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while share_beyond(high, degrees) > share && high < f64::MAX / 4.0 {
        (low, high) = (high, high * 2.0);
    }
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if share_beyond(middle, degrees) > share { low = middle } else { high = middle }
    }
    high
}

/// The regularised incomplete beta function at `x`, with `rest` for 1 - x, by its continued fraction (Lentz's way).
fn incomplete_beta(x: f64, rest: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || rest <= 0.0 {
        return f64::from(rest <= 0.0);
    }
    // On either side of its middle the fraction settles fast for one of the two.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(rest, x, b, a);
    }
    let gammas = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b);
    (gammas + a * x.ln() + b * rest.ln()).exp() / a * fraction(x, a, b)
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let safe = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut denominator = 1.0 / safe(1.0 - (a + b) * x / (a + 1.0));
    let (mut numerator, mut value) = (1.0, denominator);
    for step in 1..MOST_STEPS {
        let m = step as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            denominator = 1.0 / safe(1.0 + term * denominator);
            numerator = safe(1.0 + term / numerator);
            change = denominator * numerator;
            value *= change;
        }
        if (change - 1.0).abs() < SETTLED {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    /// `scipy.stats.t`: `2 * sf(t, degrees)` and `isf(share / 2, degrees)`.
    #[test]
    fn shares_and_places_are_those_of_others() {
        for (t, degrees, expected) in [
            (0.0, 4.0, 1.0),
            (1.0, 1.0, 0.5),
            (2.776_445_105_197_793, 4.0, 0.05),
            (2.262_157_162_740_992, 9.0, 0.05),
            (1.960_201_263_621_357_7, 9_999.0, 0.05),
            (3.0, 2.0, 0.095_465_966_266_709_04),
            (25.0, 9.0, 1.258_945_037_899_036_8e-9),
        ] {
            let found = share_beyond(t, degrees);
            assert!((found / expected - 1.0).abs() < 1e-9, "{t} {degrees} {found}");
        }
        for (share, degrees, expected) in [
            (0.05, 4.0, 2.776_445_105_197_793),
            (0.05, 1.0, 12.706_204_736_174_694),
            (0.01, 9.0, 3.249_835_541_592_126_3),
            (1.0, 3.0, 0.0),
        ] {
            assert!(
                (place_of(share, degrees) - expected).abs() < 1e-9,
                "{share} {degrees} {}",
                place_of(share, degrees)
            );
        }
    }

    #[test]
    fn one_degree_has_a_closed_form() {
        for t in [1e-8, 0.1, 1.0, 7.0, 1e6] {
            let expected = 1.0 - 2.0 * f64::atan(t) / PI;
            assert!((share_beyond(t, 1.0) - expected).abs() < 1e-14, "{t}");
        }
        assert_eq!(share_beyond(f64::INFINITY, 3.0), 0.0);
    }
}
