//! Which detectors are meant where several are, or none is named.

use super::{ALL, DetectorRecipe, among};
use crate::ModelError;

/// What is trained where nothing is said: the first of these that there is. It is quick on any number of rows and columns,
/// and takes them of any sizes.
const USUAL: [&str; 2] = ["isolation-forest", "hbos"];

impl Default for DetectorRecipe {
    fn default() -> Self {
        let usual = USUAL.into_iter().find_map(|name| Self::named(name).ok());
        usual.unwrap_or_else(|| crate::Hbos::default().into())
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

    #[test]
    fn the_usual_one_is_the_first_that_there_is() {
        let first = USUAL.into_iter().find(|name| DetectorRecipe::names().contains(name));
        assert_eq!(Some(DetectorRecipe::default().name()), first);
    }
}
