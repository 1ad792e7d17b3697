//! Which detectors are meant where several are, or none is named.

use netsift_data::Plan;
use netsift_data::prepare::Log;

use super::{ALL, DetectorRecipe, among};
use crate::ModelError;

/// What is trained where nothing is said. Of all it finds most attacks of all kinds among flows, planted and real ones, and
/// as many as any other in tables of connections (`planted` in the benches tells); it is quick to ask, and its file is small.
impl Default for DetectorRecipe {
    fn default() -> Self {
        Self::Pca(crate::Pca::default())
    }
}

impl DetectorRecipe {
    /// Bytes, packets and times span many sizes. A detector that sees them as they are knows the few largest apart, and little of
    /// all others; by their logarithms flows are found better that are not merely large. ECOD goes by ranks, and does not mind.
    pub(super) fn first() -> Option<Plan> {
        Some(Log::new().into())
    }

    /// The name that stands for all of them.
    pub const ALL: &'static str = ALL;

    /// The detectors of these names, each once, with their usual settings. [`ALL`](Self::ALL) names all there are.
    ///
    /// # Errors
    /// [`ModelError::UnknownLearner`], with the names that come near.
    pub fn among<S: AsRef<str>>(
        names: impl IntoIterator<Item = S>,
    ) -> Result<Vec<Self>, ModelError> {
        among(names, Self::all, &Self::all(), Self::name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_meant_by_one_name() {
        let all = DetectorRecipe::among(["hbos", "all"]).unwrap();
        assert_eq!(all.len(), DetectorRecipe::all().len());
        assert_eq!(all[0].name(), "hbos");
        let error = DetectorRecipe::among(["loff"]).unwrap_err().to_string();
        assert_eq!(error, "no learner is named \"loff\": did you mean lof?");
    }
}
