//! What is usual: which share of values lies below which.

use serde::{Deserialize, Serialize};

use crate::ModelError;
use crate::check::sound;

/// The shares that are told: the ends, the tails, and the middle half.
pub(crate) const USUAL: [f64; 9] = [0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0];

/// What a share of values is below, or equal to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    /// The share, from 0 to 1.
    pub share: f64,
    /// What they are below.
    pub below: f64,
}

impl Quantile {
    /// The usual ones of finite values, straight between two where they fall between them; none of no values.
    pub(crate) fn usual_of(values: &[f64]) -> Vec<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else { return Vec::new() };
        let at = |place: usize| sorted.get(place.min(last)).copied().unwrap_or(0.0);
        let quantile = |share: f64| {
            let place = share * last as f64;
            let (low, high) = (at(place.floor() as usize), at(place.ceil() as usize));
            // However it is rounded, it is no more than the next.
            Self { share, below: (low + (high - low) * place.fract()).clamp(low, high) }
        };
        USUAL.map(quantile).to_vec()
    }

    pub(crate) fn check_all(quantiles: &[Self]) -> Result<(), ModelError> {
        sound(quantiles.len() <= USUAL.len(), "a bounded number of quantiles")?;
        let are_shares = quantiles.iter().all(|quantile| (0.0..=1.0).contains(&quantile.share));
        sound(are_shares, "shares are from 0 to 1")?;
        let rises = quantiles
            .is_sorted_by(|one, other| one.share < other.share && one.below <= other.below);
        let finite = quantiles.iter().all(|quantile| quantile.below.is_finite());
        sound(rises && finite, "quantiles are finite and rise")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_straight_between_values() {
        let quantiles = Quantile::usual_of(&[3.0, 1.0, 2.0]);
        let below: Vec<f64> = quantiles.iter().map(|quantile| quantile.below).collect();
        let expected = [1.0, 1.02, 1.1, 1.5, 2.0, 2.5, 2.9, 2.98, 3.0];
        assert!(
            below.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-12),
            "{below:?}"
        );
        Quantile::check_all(&quantiles).unwrap();
        assert!(Quantile::usual_of(&[]).is_empty());
    }

    #[test]
    fn quantiles_of_values_that_hardly_differ_rise() {
        for values in [
            vec![-0.1, -0.1_f64.next_down(), -0.1, -0.3, -0.3_f64.next_up()],
            vec![f64::MIN, f64::MAX],
            (0..97_u8).map(|row| -0.7 + f64::from(row % 3) * f64::EPSILON).collect(),
        ] {
            Quantile::check_all(&Quantile::usual_of(&values)).unwrap();
        }
    }

    #[test]
    fn forged_quantiles_are_unsound() {
        let of = |quantiles: &[(f64, f64)]| {
            let quantiles: Vec<_> =
                quantiles.iter().map(|&(share, below)| Quantile { share, below }).collect();
            Quantile::check_all(&quantiles)
        };
        of(&[(0.0, 1.0), (1.0, 1.0)]).unwrap();
        for wrong in [
            &[(0.5, 1.0), (0.5, 2.0)][..],
            &[(0.5, 2.0), (0.6, 1.0)],
            &[(0.5, f64::NAN)],
            &[(1.5, 1.0)],
            &[(0.0, f64::INFINITY)],
        ] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
    }
}
