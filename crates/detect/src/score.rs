//! How bad it is, from 0 to 100.
//!
//! Each term is a risk: how probable it makes it, by itself, that something is wrong. What speaks independently is put
//! together as independent chances are: nothing is wrong only if none of them is right.
//!
//! ```text
//! score = 100 (1 - (1 - risk of one) (1 - risk of another) ...)
//!
//! risk of a class     = its probability x the severity of the class
//! risk of an anomaly  = weight x how far its quantile is from `from` to 1
//! risk of a list      = the severity of the list
//! risk of a behaviour = the severity of the behaviour; of a flood of n datagrams this x log10 n / 4, at most 1
//! risk of a host      = what it was found to do lately, at most what all the others come to
//! ```
//!
//! What a host was found to do (scans, guesses, calls home) makes worse what is said of it, and says nothing alone: that a
//! flow is one of a bad host does not make it bad. It is put together as terms are, and loses half in each half-life.
//!
//! So a score rises with every term, never exceeds 100, does not depend on the order of terms, and one term alone scores
//! its risk. Severities and weights are the policy's.

/// The score of these risks; what is no number from 0 to 1 is brought there, and NaN counts as nothing.
#[must_use]
pub fn points(risks: impl IntoIterator<Item = f64>) -> f64 {
    // Not by the product of what is safe: of 0.2 alone that makes 19.999..., which is not 20.
    let any = |before: f64, risk| before + share(risk) * (1.0 - before);
    100.0 * risks.into_iter().fold(0.0, any)
}

/// How far a quantile is on the way from `from` to 1.
#[must_use]
pub fn beyond(quantile: f64, from: f64) -> f64 {
    if from >= 1.0 { 0.0 } else { share((quantile - from) / (1.0 - from)) }
}

/// A number brought to 0 to 1.
fn share(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number.clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_halves_are_three_quarters() {
        assert_eq!(points([]), 0.0);
        for risk in [0.2, 0.3, 0.45, 0.7, 0.9] {
            assert_eq!(points([risk]), 100.0 * risk, "a list of this severity");
        }
        assert_eq!(points([0.5, 0.5]), 75.0);
        assert_eq!(points([1.0, 0.2]), 100.0);
        assert_eq!(points([f64::NAN, -3.0]), 0.0);
        assert_eq!([0.98, 0.99, 0.995, 1.0].map(|it| beyond(it, 0.99)), [0.0, 0.0, 0.5, 1.0]);
        assert_eq!(beyond(1.0, 1.0), 0.0);
    }

    proptest! {
        #[test]
        fn a_score_rises_with_every_term(risks in prop::collection::vec(0.0..1.0, 0..9), more in 0.0..1.0) {
            let before = points(risks.iter().copied());
            let after = points(risks.iter().copied().chain([more]));
            prop_assert!((0.0..=100.0).contains(&after) && after >= before - 1e-9);
            let turned = points(risks.iter().rev().copied());
            prop_assert!((turned - before).abs() < 1e-9);
        }
    }
}
