//! The whole zoo, tried in the time there is.

use std::time::Duration;

use netsift_data::Dataset;

use super::search::{Contender, Found, Search, Strategy};
use super::{CrossValidation, Score, Space};
use crate::{ModelError, Predictor, Recipe};

/// Tries every learner of the zoo with its usual settings, the cheapest and most promising first, each judged by
/// cross-validation, and learns the best from all rows.
///
/// ```
/// use ndarray::Array2;
/// use netsift_data::split::Split;
/// use netsift_data::{Dataset, Labels, Schema};
/// use netsift_models::Recipe;
/// use netsift_models::judging::{AutoZoo, CrossValidation};
///
/// # fn main() -> Result<(), netsift_models::ModelError> {
/// let rows = Array2::from_shape_fn((60, 1), |(row, _)| row as f64);
/// let labels = Labels::of((0..60).map(|row| ["benign", "scan"][row / 5 % 2]));
/// let data = Dataset::new(Schema::numbers(["packets"])?, rows)?.with_labels(labels)?;
///
/// let cross = CrossValidation::new(Split::stratified(7), 3);
/// let few = ["dummy", "decision-tree", "naive-bayes"].map(Recipe::named);
/// let few: Vec<Recipe> = few.into_iter().collect::<Result<_, _>>()?;
/// let zoo = AutoZoo::new(cross).learners(few).fit(&data)?;
/// assert_eq!(zoo.found.trials.len(), 3);
/// assert_eq!(zoo.found.best()?.recipe.name(), "decision-tree");
/// assert_eq!(zoo.predictor.answer(&data, 1)?.classes.len(), 60);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct AutoZoo<'a> {
    search: Search<'a>,
    learners: Vec<Recipe>,
}

/// What came of trying the zoo.
#[derive(Debug)]
#[non_exhaustive]
pub struct FittedZoo {
    /// What was tried, the best first, and what was left out and why.
    pub found: Found,
    /// The best, learned from all rows.
    pub predictor: Predictor,
}

impl<'a> AutoZoo<'a> {
    /// All learners, judged like this.
    pub fn new(cross: CrossValidation<'a>) -> Self {
        let search = Search::new(cross).strategy(Strategy::Random { trials: 0 });
        Self { search, learners: Recipe::all() }
    }

    /// Which learners are tried. Default: all, with their usual settings.
    pub fn learners(self, learners: impl IntoIterator<Item = Recipe>) -> Self {
        Self { learners: learners.into_iter().collect(), ..self }
    }

    /// What they are compared by: the mean over folds. Default: macro F1.
    pub fn score(self, score: Score) -> Self {
        Self { search: self.search.score(score), ..self }
    }

    /// How long trying may take, by the [clock](Self::clock); learning the best from all rows comes behind, and takes
    /// little more than one of its folds. Default: as long as it takes.
    pub fn budget(self, budget: Duration) -> Self {
        Self { search: self.search.budget(budget), ..self }
    }

    /// A clock: the time since any moment. Default: none.
    pub fn clock(self, clock: &'a (dyn Fn() -> Duration + Sync)) -> Self {
        Self { search: self.search.clock(clock), ..self }
    }

    /// Tries them on these rows.
    ///
    /// # Errors
    /// As [`Search::of`], and those of [`Found::best`] if nothing could be tried to the end.
    pub fn fit(&self, data: &Dataset) -> Result<FittedZoo, ModelError> {
        let contender = |recipe: &Recipe| Contender::new(recipe.clone(), Space::new());
        let contenders = Contender::in_turn(self.learners.iter().map(contender).collect());
        let found = self.search.of(&contenders, data)?;
        let predictor = self.search.cross.fitting.fit(&found.best()?.recipe, data)?.predictor;
        Ok(FittedZoo { found, predictor })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use netsift_data::split::Split;

    use super::*;
    use crate::judging::learning::tests::mixed;
    use crate::judging::{Ended, Trial, Why};

    fn zoo<'a>() -> AutoZoo<'a> {
        AutoZoo::new(CrossValidation::new(Split::stratified(1), 2))
    }

    #[test]
    fn the_whole_zoo_is_tried_and_the_best_comes_first() {
        let zoo = zoo().fit(&mixed(80, 1)).unwrap();
        assert_eq!((zoo.found.trials.len(), zoo.found.left_out.len()), (Recipe::all().len(), 0));
        let means: Vec<f64> = zoo.found.trials.iter().map(Trial::mean).collect();
        assert!(means.is_sorted_by(|one, other| one >= other), "{means:?}");
        assert_eq!(zoo.predictor.mind().name(), zoo.found.trials[0].recipe.name());
    }

    #[test]
    fn what_there_was_no_time_for_is_told() {
        // Every look at the clock takes a second.
        let looks = AtomicU64::new(0);
        let clock = || Duration::from_secs(looks.fetch_add(1, Ordering::Relaxed));
        let names = ["svm", "naive-bayes", "dummy"].map(|name| Recipe::named(name).unwrap());
        let timed = |seconds| {
            let timed =
                zoo().learners(names.clone()).clock(&clock).budget(Duration::from_secs(seconds));
            timed.fit(&mixed(80, 1))
        };
        let some = timed(8).unwrap().found;
        assert_eq!(some.ended, Ended::OutOfTime);
        let left: Vec<&str> = some.left_out.iter().map(|left| left.recipe.name()).collect();
        assert!(left.contains(&"svm") && !some.trials.is_empty(), "{some:?}");
        assert!(some.left_out.iter().all(|left| matches!(left.why, Why::OutOfTime)));
        assert!(matches!(timed(0), Err(ModelError::OutOfTime)));
    }
}
