//! What kernel machines are set to if nothing is said, and what that may be, whatever they learn.

use super::Gamma;
use super::kernel::MOST_DEGREE;
use crate::ModelError;
use crate::settings::Said as _;

pub(crate) const DEGREE: usize = 3;
pub(crate) const TOLERANCE: f64 = 1e-3;
pub(crate) const STEPS: usize = 1_000_000;
pub(crate) const MEGABYTES: usize = 200;
/// More than a machine's memory, in megabytes, so that their bytes are a number.
const MOST_MEGABYTES: usize = 1 << 20;

/// The settings that all of them have.
pub(crate) struct Shared {
    pub(crate) gamma: Gamma,
    pub(crate) degree: usize,
    pub(crate) offset: f64,
    pub(crate) tolerance: f64,
    pub(crate) iterations: usize,
    pub(crate) cache_megabytes: usize,
}

impl Shared {
    /// Holds each against its rule.
    pub(crate) fn check(&self) -> Result<(), ModelError> {
        let is_gamma =
            !matches!(self.gamma, Gamma::Given(gamma) if !(gamma.is_finite() && gamma >= 0.0));
        ModelError::rule(is_gamma, "gamma", self.gamma.text(), "finite, and not below 0")?;
        let is_degree = self.degree <= MOST_DEGREE;
        ModelError::rule(is_degree, "degree", self.degree, "64 at most")?;
        ModelError::rule(self.offset.is_finite(), "coef0", self.offset, "finite")?;
        let is_tolerance = self.tolerance.is_finite() && self.tolerance > 0.0;
        ModelError::rule(is_tolerance, "tolerance", self.tolerance, "finite, and above 0")?;
        ModelError::rule(self.iterations > 0, "iterations", self.iterations, "above 0")?;
        let is_cache = self.cache_megabytes <= MOST_MEGABYTES;
        ModelError::rule(is_cache, "cache-megabytes", self.cache_megabytes, "1048576 at most")
    }
}
