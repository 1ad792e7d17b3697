//! Which detectors are meant where several are, or none is named.

use super::{ALL, DetectorRecipe, among};
use crate::ModelError;

/// What is trained where nothing is said: it is quick on any number of rows and columns, and takes them as they are.
impl Default for DetectorRecipe {
    fn default() -> Self {
        Self::IsolationForest(crate::IsolationForest::default())
    }
}

impl DetectorRecipe {
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
