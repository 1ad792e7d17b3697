//! Settings chosen by what they score in folds: on a grid, by chance, or by halving.

mod deadline;
mod found;
mod grid;
mod halving;
mod nested;
mod random;
mod run;

use std::time::Duration;

use netsift_data::{DataError, Dataset};

use super::{CrossValidation, MOST_POINTS, Score, Space, usual};
use crate::fitting::no_clock;
use crate::{ModelError, Recipe};
use deadline::Deadline;
pub use found::{Ended, Found, LeftOut, Trial, Why};
pub use nested::{Nested, NestedFold};
use run::Run;

/// Tries settings of learners, each judged by cross-validation, and tells all that came of it.
///
/// Each learner is tried with its usual settings first. The same seed gives the same trials, with any number of threads;
/// only where a [budget](Self::budget) ends them does the machine decide how many there are.
///
/// ```
/// use ndarray::Array2;
/// use netsift_data::split::Split;
/// use netsift_data::{Dataset, Labels, Schema};
/// use netsift_models::Recipe;
/// use netsift_models::judging::{Contender, CrossValidation, Search, Space, Strategy};
///
/// # fn main() -> Result<(), netsift_models::ModelError> {
/// let rows = Array2::from_shape_fn((60, 1), |(row, _)| row as f64);
/// let labels = Labels::of((0..60).map(|row| ["benign", "scan"][row / 15 % 2]));
/// let data = Dataset::new(Schema::numbers(["packets"])?, rows)?.with_labels(labels)?;
///
/// let cross = CrossValidation::new(Split::stratified(7), 5);
/// let space = Space::new().said("depth=1|2|none")?;
/// let contender = Contender::new(Recipe::named("decision-tree")?, space);
/// let found = Search::new(cross).strategy(Strategy::Grid { values: 3 }).of(&[contender], &data)?;
/// assert_eq!(found.trials.len(), 4);
/// assert!(found.best()?.mean() > found.trials[3].mean() + 0.05);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Search<'a> {
    pub(super) cross: CrossValidation<'a>,
    strategy: Strategy,
    score: Score,
    seed: u64,
    budget: Option<Duration>,
    clock: &'a (dyn Fn() -> Duration + Sync),
}

/// Which settings are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// All of a grid.
    Grid {
        /// How many values of each range.
        values: usize,
    },
    /// Some, by chance. Of many learners those that stay behind are left out round by round, until three go on.
    Random {
        /// How many of each learner.
        trials: usize,
    },
    /// Some, by chance, with few rows to train with; the best of them with more, and so on up to all rows.
    Halving {
        /// How many of each learner at first.
        trials: usize,
        /// By how much rows grow, and one of how many goes on.
        factor: usize,
    },
}

/// A learner, and what its settings may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Contender {
    /// The learner as it is usually set.
    pub recipe: Recipe,
    /// What its settings may be.
    pub space: Space,
}

impl Contender {
    /// This learner in this space.
    #[must_use]
    pub fn new(recipe: Recipe, space: Space) -> Self {
        Self { recipe, space }
    }

    /// This learner in the space that is usually worth trying.
    ///
    /// # Errors
    /// None of a learner of the zoo.
    pub fn usual(recipe: Recipe) -> Result<Self, ModelError> {
        let space = Space::usual(&recipe)?;
        Ok(Self { recipe, space })
    }

    /// The same contenders, the cheapest and most promising first.
    #[must_use]
    pub fn in_turn(mut contenders: Vec<Self>) -> Vec<Self> {
        contenders.sort_by_key(|contender| usual::turn(&contender.recipe));
        contenders
    }
}

/// Trials by chance: enough that one of them is among the best twentieth with a likelihood of two thirds.
const USUAL_TRIALS: usize = 20;

impl<'a> Search<'a> {
    /// By chance, 20 settings of each learner, by macro F1, judged like this.
    pub fn new(cross: CrossValidation<'a>) -> Self {
        Self {
            cross,
            strategy: Strategy::Random { trials: USUAL_TRIALS },
            score: Score::MacroF1,
            seed: 0,
            budget: None,
            clock: &no_clock,
        }
    }

    /// Which settings are tried. Default: 20 by chance.
    pub fn strategy(self, strategy: Strategy) -> Self {
        Self { strategy, ..self }
    }

    /// What settings are compared by: the mean over folds. Default: macro F1.
    pub fn score(self, score: Score) -> Self {
        Self { score, ..self }
    }

    /// What decides which settings are drawn and which rows come first. Default: 0.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How long it may take, by the [clock](Self::clock): then the fit at hand is ended, and what was not tried is told.
    /// Default: as long as it takes.
    pub fn budget(self, budget: Duration) -> Self {
        Self { budget: Some(budget), ..self }
    }

    /// A clock: the time since any moment. Default: none, times are zero and no budget is ever used up but one of zero.
    pub fn clock(self, clock: &'a (dyn Fn() -> Duration + Sync)) -> Self {
        Self { clock, ..self }
    }

    /// Tries them on these rows. A search that is cancelled, or whose time is up, tells what it has found till then.
    ///
    /// # Errors
    /// [`ModelError::UnknownSetting`] or [`ModelError::Setting`] for a space that a learner does not have or a strategy
    /// without trials, [`ModelError::TooMany`] for a grid of too many points, and what is wrong with the split or the rows.
    pub fn of(&self, contenders: &[Contender], data: &Dataset) -> Result<Found, ModelError> {
        let deadline = Deadline::starting(self.cross.fitting.watch, self.clock, self.budget);
        self.check(contenders, data)?;
        let mut run = Run::new(self, &deadline, data)?;
        match self.strategy {
            Strategy::Grid { values } => grid::through(&mut run, contenders, values)?,
            Strategy::Random { trials } => random::through(&mut run, contenders, trials),
            Strategy::Halving { trials, factor } => {
                halving::through(&mut run, contenders, trials, factor);
            }
        }
        Ok(run.found())
    }

    fn check(&self, contenders: &[Contender], data: &Dataset) -> Result<(), ModelError> {
        let is_some = !contenders.is_empty();
        ModelError::rule(is_some, "the number of learners", 0, "1 at least")?;
        for Contender { recipe, space } in contenders {
            recipe.check()?;
            space.check(recipe)?;
        }
        if let Strategy::Random { trials } | Strategy::Halving { trials, .. } = self.strategy {
            let is_bounded = trials <= MOST_POINTS;
            ModelError::rule(is_bounded, "the number of trials", trials, "100000 at most")?;
        }
        if let Strategy::Halving { factor, .. } = self.strategy {
            ModelError::rule(factor >= 2, "the factor of halving", factor, "2 at least")?;
        }
        data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use netsift_data::Labels;
    use netsift_data::split::Split;

    use super::*;
    use crate::Watch;
    use crate::judging::learning::tests::mixed;

    fn cross<'a>() -> CrossValidation<'a> {
        CrossValidation::new(Split::stratified(1), 3)
    }

    fn contender(name: &str, space: &str) -> Contender {
        Contender::new(Recipe::named(name).unwrap(), Space::new().said(space).unwrap())
    }

    fn told(found: &Found) -> Vec<(String, f64, f64)> {
        let value = |trial: &Trial| trial.settings.first().map(|(_, value)| value.clone());
        let trials = found.trials.iter();
        trials.map(|trial| (value(trial).unwrap_or_default(), trial.share, trial.mean())).collect()
    }

    /// Ends everything at the fit of this number.
    struct Ending(usize, AtomicUsize);

    impl Watch for Ending {
        fn begins(&self, _: &'static str, fit: usize, of: usize) {
            assert!(fit < of, "{fit} of {of}");
            self.1.store(fit, Ordering::Relaxed);
        }

        fn is_cancelled(&self) -> bool {
            self.1.load(Ordering::Relaxed) >= self.0
        }
    }

    #[test]
    fn every_strategy_finds_more_neighbours_and_threads_change_nothing() {
        let data = mixed(300, 1);
        let knn = [contender("knn", "neighbours=1..40")];
        for strategy in [
            Strategy::Grid { values: 4 },
            Strategy::Random { trials: 5 },
            Strategy::Halving { trials: 6, factor: 2 },
        ] {
            let found = |threads| {
                let search = Search::new(cross().threads(threads)).strategy(strategy).seed(3);
                search.of(&knn, &data).unwrap()
            };
            let (one, two) = (found(1), found(2));
            assert_eq!(told(&one), told(&two));
            let best = one.best().unwrap();
            assert!(
                best.settings[0].1.parse::<usize>().unwrap() > 5,
                "{strategy:?}: {:?}",
                told(&one)
            );
            assert!(best.mean() >= one.usual().unwrap().mean(), "{strategy:?}");
            assert_eq!((one.left_out.len(), one.ended), (0, Ended::Whole));
        }
    }

    #[test]
    fn a_loss_is_better_the_less_it_is() {
        let search =
            Search::new(cross()).score(Score::LogLoss).strategy(Strategy::Grid { values: 3 });
        let found = search.of(&[contender("knn", "neighbours=1|30")], &mixed(200, 1)).unwrap();
        assert_eq!(told(&found)[0].0, "30");
        assert_eq!(told(&found)[2].0, "1");
    }

    #[test]
    fn halving_gives_few_rows_to_many_and_all_to_few() {
        let search = Search::new(cross()).strategy(Strategy::Halving { trials: 8, factor: 3 });
        let found = search.of(&[contender("knn", "neighbours=1..99")], &mixed(600, 1)).unwrap();
        let shares: Vec<f64> = told(&found).iter().map(|trial| trial.1).collect();
        let whole = shares.iter().filter(|share| **share == 1.0).count();
        assert!((3..=4).contains(&whole), "{shares:?}");
        assert_eq!(shares.len() - whole, 9);
        // Those that go on were the best with few rows.
        let goes_on = |trial: &&Trial| {
            found.trials[..whole].iter().any(|other| other.settings == trial.settings)
        };
        let (on, out): (Vec<&Trial>, Vec<&Trial>) = found.trials[whole..]
            .iter()
            .filter(|trial| !trial.settings.is_empty())
            .partition(goes_on);
        let worst = on.iter().map(|trial| trial.mean()).fold(f64::INFINITY, f64::min);
        assert!(out.iter().all(|trial| trial.mean() <= worst), "{found:?}");
        assert!(
            found.trials[whole..].iter().all(|trial| trial.folds[0].train_rows == 134),
            "{found:?}"
        );
    }

    #[test]
    fn a_space_that_is_used_up_is_tried_once() {
        let search = Search::new(cross()).strategy(Strategy::Random { trials: 50 });
        let found = search.of(&[contender("knn", "neighbours=3|7|5")], &mixed(60, 1)).unwrap();
        // Five neighbours are usual.
        assert_eq!(found.trials.len(), 3);
        let none = Contender::new(Recipe::named("knn").unwrap(), Space::new());
        assert_eq!(search.of(&[none], &mixed(60, 1)).unwrap().trials.len(), 1);
    }

    #[test]
    fn of_many_learners_those_behind_are_left_out_and_told() {
        let names = [
            "dummy",
            "decision-tree",
            "random-forest",
            "naive-bayes",
            "knn",
            "bernoulli-naive-bayes",
        ];
        let of = |name| Contender::usual(Recipe::named(name).unwrap()).unwrap();
        let search = Search::new(cross()).strategy(Strategy::Random { trials: 2 });
        let found = search.of(&names.map(of), &mixed(120, 1)).unwrap();
        let behind: Vec<&str> = found.left_out.iter().map(|left| left.recipe.name()).collect();
        assert!(found.left_out.iter().all(|left| matches!(left.why, Why::Behind)));
        assert!(behind.len() == 3 && behind.contains(&"dummy"), "{behind:?}");
        // Naive Bayes has one setting, and every other three trials.
        assert_eq!(found.trials.len(), 6 + 3 * 2);
    }

    #[test]
    fn what_fails_is_told_beside_what_does_not() {
        let search = Search::new(cross()).strategy(Strategy::Grid { values: 2 });
        let asked =
            [contender("random-forest", "bootstrap=false"), contender("dummy", "strategy=prior")];
        let mut forest = asked[0].clone();
        forest.recipe.set("out-of-bag", "true").unwrap();
        forest.recipe.set("trees", "3").unwrap();
        let refused = search.of(&[forest, asked[1].clone()], &mixed(60, 1));
        assert!(
            matches!(refused, Err(ModelError::Setting { .. })),
            "the end of a space breaks a rule"
        );
        let one = mixed(60, 1).with_labels(Labels::of(vec!["a"; 60])).unwrap();
        let of = |name| Contender::usual(Recipe::named(name).unwrap()).unwrap();
        let found = search.of(&[of("logistic-regression"), of("dummy")], &one).unwrap();
        assert_eq!(found.best().unwrap().recipe.name(), "dummy");
        let why = &found.left_out[0].why;
        assert!(matches!(why, Why::Failed(ModelError::OneClass { .. })), "{why:?}");
        let none = search.of(&[of("logistic-regression")], &one).unwrap();
        assert!(matches!(
            none.best(),
            Err(ModelError::NoTrial { first: "logistic-regression", .. })
        ));
    }

    #[test]
    fn nonsense_is_refused_before_anything_is_tried() {
        let data = mixed(60, 1);
        let search = || Search::new(cross());
        let knn = || [contender("knn", "neighbours=1..9")];
        let refused = |search: Search<'_>, asked: &[Contender]| {
            assert!(search.of(asked, &data).is_err());
        };
        refused(search(), &[]);
        refused(search(), &[contender("knn", "trees=1..9")]);
        refused(search(), &[contender("knn", "neighbours=0..9")]);
        refused(search().strategy(Strategy::Grid { values: 0 }), &knn());
        refused(search().strategy(Strategy::Grid { values: usize::MAX }), &knn());
        refused(search().strategy(Strategy::Random { trials: usize::MAX }), &knn());
        refused(search().strategy(Strategy::Halving { trials: 3, factor: 1 }), &knn());
        refused(Search::new(CrossValidation::new(Split::stratified(1), 1)), &knn());
        assert!(search().of(&knn(), &data.bare()).is_err());
    }

    #[test]
    fn a_search_that_is_ended_tells_what_it_has() {
        let knn = [contender("knn", "neighbours=1..9")];
        let ended = |at| {
            let watch = Ending(at, AtomicUsize::new(0));
            let search =
                Search::new(cross().watched(&watch)).strategy(Strategy::Grid { values: 9 });
            search.of(&knn, &mixed(60, 1)).unwrap()
        };
        let some = ended(7);
        assert_eq!((some.trials.len(), some.left_out.len(), some.ended), (2, 8, Ended::Cancelled));
        assert!(some.best().is_ok());
        assert!(matches!(ended(0).best(), Err(ModelError::Cancelled)));
        let search = Search::new(cross()).budget(Duration::ZERO);
        let none = search.of(&knn, &mixed(60, 1)).unwrap();
        assert_eq!((none.trials.len(), none.ended), (0, Ended::OutOfTime));
        assert!(matches!(none.best(), Err(ModelError::OutOfTime)));
        assert!(matches!(none.leading(), Err(ModelError::OutOfTime)));
        // Of halving that never got to all rows there is something, and it is not called the best.
        let watch = Ending(4, AtomicUsize::new(0));
        let halving = Strategy::Halving { trials: 9, factor: 3 };
        let search = Search::new(cross().watched(&watch)).strategy(halving);
        let few = search.of(&knn, &mixed(600, 1)).unwrap();
        assert!(matches!(few.best(), Err(ModelError::Cancelled)));
        assert!(few.leading().is_ok_and(|trial| trial.share < 1.0), "{few:?}");
    }
}
