//! A search inside of each fold: how good what a search finds is about rows that it has not chosen by.

use std::time::Duration;

use netsift_data::Dataset;
use netsift_data::split::Fold;

use super::{Contender, Found, Search, Trial};
use crate::ModelError;
use crate::judging::cross::Fits;
use crate::judging::{CrossValidation, FoldScore};

/// What came of a search inside of each fold.
#[derive(Debug)]
#[non_exhaustive]
pub struct Nested {
    /// Fold by fold.
    pub folds: Vec<NestedFold>,
}

/// What came of the search in one fold.
#[derive(Debug)]
#[non_exhaustive]
pub struct NestedFold {
    /// What was found in the rows to train with.
    pub found: Found,
    /// How right the best of it is, learned from all of those, about the others.
    pub score: FoldScore,
}

impl Nested {
    /// The mean score of rows that nothing was chosen by.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let scores = self.folds.iter().map(|fold| fold.score.score);
        scores.sum::<f64>() / self.folds.len().max(1) as f64
    }

    /// By how much the scores that settings were chosen by are better than those of rows that nothing was chosen by: what
    /// choosing makes of luck.
    #[must_use]
    pub fn optimism(&self) -> f64 {
        let of = |fold: &NestedFold| {
            let chosen = fold.found.best().map_or(fold.score.score, Trial::mean);
            fold.found.score.merit(chosen) - fold.found.score.merit(fold.score.score)
        };
        self.folds.iter().map(of).sum::<f64>() / self.folds.len().max(1) as f64
    }
}

impl Search<'_> {
    /// Searches in the rows to train with of each fold of `outer`, and judges what was found by the others. Each search has
    /// its part of the budget.
    ///
    /// # Errors
    /// As [`of`](Self::of), and those of [`Found::best`].
    pub fn nested(
        &self,
        outer: &CrossValidation<'_>,
        contenders: &[Contender],
        data: &Dataset,
    ) -> Result<Nested, ModelError> {
        let folds = outer.folds(data)?;
        let inner =
            Search { budget: self.budget.map(|all| part(all, folds.len())), ..self.clone() };
        let in_fold = |fold: &Fold| {
            let [train, _] = fold.datasets(data)?;
            let found = inner.of(contenders, &train)?;
            let (recipe, one) = (&found.best()?.recipe, std::slice::from_ref(fold));
            let crossed = outer.within(recipe, data, one, Fits { before: 0, of: 1 }, Ok)?;
            let score = crossed.scores(self.score)?.into_iter().next();
            let score = score.ok_or(ModelError::TooFewRows { needed: 1, found: 0 })?;
            Ok(NestedFold { found, score })
        };
        Ok(Nested { folds: folds.iter().map(in_fold).collect::<Result<_, ModelError>>()? })
    }
}

fn part(all: Duration, parts: usize) -> Duration {
    all / u32::try_from(parts.max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use netsift_data::split::Split;
    use netsift_data::{Chance, Labels};

    use super::*;
    use crate::Recipe;
    use crate::judging::learning::tests::mixed;
    use crate::judging::{Score, Space, Strategy};

    /// With labels that nothing tells of, the best of many is better than chance where it was chosen, and not elsewhere.
    #[test]
    fn luck_in_choosing_is_no_skill_elsewhere() {
        let mut chance = Chance::seeded(8);
        let labels = Labels::of((0..60).map(|_| ["a", "b"][chance.below(2)]).collect::<Vec<_>>());
        let data = mixed(60, 1).with_labels(labels).unwrap();
        let space = Space::new().said("seed=1..1000").unwrap().said("depth=3").unwrap();
        let tree = Recipe::named("extra-trees").unwrap();
        let space = space.said("trees=1").unwrap();
        let search = Search::new(CrossValidation::new(Split::stratified(1), 2))
            .score(Score::Accuracy)
            .strategy(Strategy::Random { trials: 25 });
        let outer = CrossValidation::new(Split::stratified(2), 4);
        let nested = search.nested(&outer, &[Contender::new(tree, space)], &data).unwrap();
        assert_eq!(nested.folds.len(), 4);
        let sizes = nested.folds.iter().map(|fold| (fold.score.train_rows, fold.score.test_rows));
        assert!(
            sizes.into_iter().all(|(train, test)| train + test == 60 && (14..=16).contains(&test))
        );
        let chosen = |fold: &NestedFold| fold.found.best().unwrap().mean();
        assert!(nested.folds.iter().all(|fold| chosen(fold) > 0.55));
        assert!(
            nested.mean() < 0.66 && nested.optimism() > 0.05,
            "{} {}",
            nested.mean(),
            nested.optimism()
        );
    }
}
