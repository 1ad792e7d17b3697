//! The chi-square distribution: how probable a sum of squares is by chance alone.

/// Turns after which neither sum changes any more: the slowest of the largest freedom takes some 1,500.
const MOST_TURNS: u32 = 10_000;
/// Stands for a divisor of zero in the continued fraction.
const TINY: f64 = 1e-300;

/// How probable a sum of so many squares of standard normal numbers is to be `statistic` or more; not a number of one
/// that is none.
///
/// ```
/// // Abramowitz and Stegun, table 26.8: 5 % lie above 16.919 of 9 degrees of freedom.
/// assert!((netsift_metrics::chi_square_tail(16.919, 9) - 0.05).abs() < 1e-5);
/// ```
#[must_use]
pub fn chi_square_tail(statistic: f64, freedom: u16) -> f64 {
    let (shape, at) = (f64::from(freedom) / 2.0, statistic / 2.0);
    if statistic.is_nan() {
        f64::NAN
    } else if at <= 0.0 {
        1.0
    } else if freedom == 0 || at.is_infinite() {
        0.0
    } else {
        let scale = (shape * at.ln() - at - libm::lgamma(shape)).exp();
        let tail = if at < shape + 1.0 {
            1.0 - scale * below(shape, at)
        } else {
            scale * above(shape, at)
        };
        tail.clamp(0.0, 1.0)
    }
}

/// The series of the lower incomplete gamma function, which ends soonest below the mean (DLMF 8.11.4).
fn below(shape: f64, at: f64) -> f64 {
    let (mut term, mut sum) = (1.0 / shape, 1.0 / shape);
    for turn in 1..MOST_TURNS {
        term *= at / (shape + f64::from(turn));
        let before = sum;
        sum += term;
        if sum == before {
            break;
        }
    }
    sum
}

/// The continued fraction of the upper one, which ends soonest above the mean (DLMF 8.9.2, from the front).
fn above(shape: f64, at: f64) -> f64 {
    let mut bottom = at + 1.0 - shape;
    let (mut front, mut back) = (1.0 / TINY, 1.0 / nonzero(bottom));
    let mut fraction = back;
    for turn in 1..MOST_TURNS {
        let top = f64::from(turn) * (shape - f64::from(turn));
        bottom += 2.0;
        back = 1.0 / nonzero(top * back + bottom);
        front = nonzero(bottom + top / front);
        let factor = front * back;
        fraction *= factor;
        if (factor - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    fraction
}

fn nonzero(number: f64) -> f64 {
    if number.abs() < TINY { TINY } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_scipy() {
        // scipy.stats.chi2.sf of scipy 1.17.1.
        for (statistic, freedom, expected) in [
            (0.5, 1, 0.47950012218695337),
            (3.84, 1, 0.05004352124870519),
            (0.001, 3, 0.9999915920809419),
            (16.9, 9, 0.0503051901243108),
            (9.0, 9, 0.43727418891386693),
            (80.0, 9, 1.61613141565346e-13),
            (300.0, 12, 4.6959578959561177e-57),
            (120.0, 100, 0.08440668109369177),
            (40.0, 100, 0.9999999875410739),
            (1100.0, 1000, 0.014614408126295192),
            (65535.0, 65535, 0.4992653724170944),
            (66500.0, 65535, 0.003973081602588411),
            (1400.0, 24, 4.961970458740969e-281),
        ] {
            let found = chi_square_tail(statistic, freedom);
            let off = (found - expected).abs() / expected;
            assert!(off < 1e-9, "{statistic} of {freedom}: {found}, not {expected}");
        }
    }

    #[test]
    fn ends_and_what_is_no_statistic_have_an_answer() {
        for freedom in [0, 1, 2, 9, u16::MAX] {
            assert_eq!(chi_square_tail(0.0, freedom), 1.0);
            assert_eq!(chi_square_tail(-1.0, freedom), 1.0);
            assert_eq!(chi_square_tail(f64::INFINITY, freedom), 0.0);
            assert_eq!(chi_square_tail(f64::MAX, freedom), 0.0);
            assert!(chi_square_tail(f64::NAN, freedom).is_nan());
            assert!(chi_square_tail(f64::MIN_POSITIVE, freedom) >= 0.0);
        }
        assert_eq!(chi_square_tail(1e-9, 0), 0.0);
    }
}
