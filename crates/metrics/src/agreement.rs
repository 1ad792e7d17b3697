//! How far truth and guess agree beyond what chance would do: Matthews' correlation, Cohen's kappa.

use serde::{Deserialize, Serialize};

use crate::Confusion;
use crate::confusion::others;
use crate::counts::ratio;
use crate::sum::sum;
use crate::weights::power_near;

/// What a wrong guess costs in Cohen's kappa, by how far the two classes are apart in the order of classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KappaWeights {
    /// Every wrong guess the same.
    #[default]
    Plain,
    /// The distance.
    Linear,
    /// The square of the distance.
    Quadratic,
}

impl<L> Confusion<L> {
    /// Matthews' correlation coefficient, of any number of classes: -1 to 1, 0 as by chance, and 0 if all rows are
    /// of one class or told to be.
    #[must_use]
    pub fn matthews(&self) -> f64 {
        let scale = power_near(self.total());
        let scaled = |values: Vec<f64>| values.into_iter().map(|v| v * scale).collect::<Vec<_>>();
        let (truth, guess) = (scaled(self.supports()), scaled(self.predicted()));
        let total = self.total() * scale;
        let right = sum(self.diagonal()) * scale;
        let covariance = right * total - dot(&truth, &guess);
        let spread = |values: &[f64]| dot(values, &others(values));
        ratio(covariance, (spread(&truth) * spread(&guess)).sqrt())
    }

    /// Cohen's kappa: 1 if all is told right, 0 as by chance. `None` if truth and guess have no class but one and the
    /// same: there chance tells all right, too.
    #[must_use]
    pub fn kappa(&self, weights: KappaWeights) -> Option<f64> {
        let (truth, guess) = (self.supports(), self.predicted());
        let total = self.total();
        let (mut observed, mut expected) = (crate::Sum::default(), crate::Sum::default());
        for (t, row) in self.rows().enumerate() {
            for (g, cell) in row.iter().enumerate() {
                let cost = weights.cost(t.abs_diff(g));
                observed.add(cost * cell);
                expected.add(cost * (truth[t] / total) * guess[g]);
            }
        }
        (expected.value() > 0.0).then(|| 1.0 - observed.value() / expected.value())
    }
}

impl KappaWeights {
    fn cost(self, distance: usize) -> f64 {
        let distance = distance as f64;
        match self {
            Self::Plain => f64::from(distance > 0.0),
            Self::Linear => distance,
            Self::Quadratic => distance * distance,
        }
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    sum(left.iter().zip(right).map(|(left, right)| left * right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confusion(cells: [[f64; 2]; 2]) -> Confusion<u32> {
        let weights: Vec<f64> = cells.into_iter().flatten().collect();
        Confusion::of_codes(2, &[0, 0, 1, 1], &[0, 1, 0, 1], Some(&weights)).unwrap()
    }

    #[test]
    fn agreement_beyond_chance_is_told() {
        let some = confusion([[20.0, 5.0], [10.0, 15.0]]);
        assert!((some.kappa(KappaWeights::Plain).unwrap() - 0.4).abs() < 1e-15);
        let expected = (20.0 * 15.0 - 5.0 * 10.0) / (25.0_f64 * 25.0 * 30.0 * 20.0).sqrt();
        assert!((some.matthews() - expected).abs() < 1e-15);
    }

    #[test]
    fn one_class_has_no_kappa_and_no_correlation() {
        let one = confusion([[0.3, 0.0], [0.0, 0.0]]);
        for weights in [KappaWeights::Plain, KappaWeights::Linear, KappaWeights::Quadratic] {
            assert_eq!(one.kappa(weights), None);
        }
        assert_eq!(one.matthews(), 0.0);
        assert_eq!(confusion([[0.3, 0.0], [0.1, 0.0]]).matthews(), 0.0);
        assert_eq!(confusion([[0.3, 0.0], [0.1, 0.0]]).kappa(KappaWeights::Plain), Some(0.0));
    }

    #[test]
    fn the_size_of_weights_does_not_matter() {
        let cells = [[20.0, 5.0], [10.0, 15.0]];
        let some = confusion(cells);
        for size in [1e-290, 1e-160, 1e160, 1e300] {
            let other = confusion(cells.map(|row| row.map(|cell| cell * size)));
            assert!((other.matthews() - some.matthews()).abs() < 1e-14, "{size}");
            let kappa = |of: &Confusion<u32>| of.kappa(KappaWeights::Quadratic).unwrap();
            assert!((kappa(&other) - kappa(&some)).abs() < 1e-14, "{size}");
        }
    }
}
