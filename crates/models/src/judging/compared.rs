//! Whether one learner is better than another, or only luckier.

use netsift_data::Dataset;
use netsift_metrics::{Bootstrap, Interval, McNemar, ResampledT};

use super::{Crossed, FoldScore, Score};
use crate::judged::Truth;
use crate::{Answer, Bundle, ModelError};

/// One learner against another, both judged in the same folds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Compared {
    /// By how much the first scores more, fold by fold. It allows for folds having learned from the same rows.
    pub over_folds: ResampledT,
    /// By how much it scores more over all rows that were told, and by chance of which rows these are.
    pub over_rows: Interval,
    /// Which rows only one of them has right.
    pub right: McNemar,
}

impl Compared {
    /// These two by this score, greater or less whichever is better: what is told is first minus second.
    ///
    /// # Errors
    /// [`ModelError::Unpaired`] unless both have told the same rows in the same folds, [`ModelError::Metric`] for scores that
    /// cannot be had, and for fewer than two folds.
    pub fn of(
        first: &Crossed,
        second: &Crossed,
        score: Score,
        bootstrap: Bootstrap,
    ) -> Result<Self, ModelError> {
        let rows = |crossed: &Crossed| -> Vec<Vec<usize>> {
            crossed.folds().iter().map(|fold| fold.rows.clone()).collect()
        };
        if rows(first) != rows(second) || first.classes() != second.classes() {
            return Err(ModelError::Unpaired);
        }
        let over_folds = over_folds(&first.scores(score)?, &second.scores(score)?)?;
        let (one, other) = (first.out_of_fold(), second.out_of_fold());
        let classes = first.classes().len();
        let (over_rows, right) =
            Self::of_answers(&one.truth, classes, [&one.answer, &other.answer], score, bootstrap)?;
        Ok(Self { over_folds, over_rows, right })
    }

    /// Two models by rows that neither has learned from: by how much the first scores more, and which rows only one of them
    /// has right.
    ///
    /// # Errors
    /// [`ModelError::Unpaired`] if they tell other classes, what each says of the rows, and [`ModelError::Metric`] for
    /// scores that cannot be had.
    pub fn on_rows(
        [first, second]: [&Bundle; 2],
        data: &Dataset,
        score: Score,
        bootstrap: Bootstrap,
        threads: usize,
    ) -> Result<(Interval, McNemar), ModelError> {
        if first.classes() != second.classes() {
            return Err(ModelError::Unpaired);
        }
        let truth = Truth::of(first.predictor(), data)?;
        let answers = [first.score_on(data, threads)?, second.score_on(data, threads)?];
        let [one, other] = &answers;
        Self::of_answers(&truth.codes, truth.names.len(), [one, other], score, bootstrap)
    }

    /// The same of what they have said of rows, whose classes are so many.
    ///
    /// # Errors
    /// [`ModelError::Metric`] for scores that cannot be had.
    pub fn of_answers(
        truth: &[u32],
        classes: usize,
        [first, second]: [&Answer; 2],
        score: Score,
        bootstrap: Bootstrap,
    ) -> Result<(Interval, McNemar), ModelError> {
        let of = |answer, rows: &[usize]| score.of_rows(classes, truth, answer, rows);
        let (one, other) = (first.classes.to_vec(), second.classes.to_vec());
        let right = McNemar::of(truth, &one, &other, None)?;
        let rows = truth.len();
        let by = bootstrap.difference(rows, |rows| of(first, rows), |rows| of(second, rows))?;
        Ok((by, right))
    }
}

/// By how much the first scores more in the same folds: Nadeau and Bengio's t.
///
/// # Errors
/// [`ModelError::Unpaired`] for folds of other sizes, [`ModelError::Metric`] for fewer than two of them.
pub fn over_folds(first: &[FoldScore], second: &[FoldScore]) -> Result<ResampledT, ModelError> {
    let sizes = |fold: &FoldScore| (fold.train_rows, fold.test_rows);
    if !first.iter().map(sizes).eq(second.iter().map(sizes)) {
        return Err(ModelError::Unpaired);
    }
    let pairs = first.iter().zip(second);
    let differences: Vec<f64> = pairs.map(|(one, other)| one.score - other.score).collect();
    let sum = |rows: fn(&FoldScore) -> usize| first.iter().map(rows).sum::<usize>() as f64;
    let ratio = sum(|fold| fold.test_rows) / sum(|fold| fold.train_rows).max(1.0);
    Ok(ResampledT::of(&differences, ratio)?)
}

#[cfg(test)]
mod tests {
    use netsift_data::split::Split;

    use super::*;
    use crate::Recipe;
    use crate::judging::CrossValidation;
    use crate::judging::learning::tests::mixed;

    fn crossed(name: &str, seed: u64, score: Score) -> (Crossed, f64) {
        let cross = CrossValidation::new(Split::stratified(seed), 5);
        let crossed = cross.of(&Recipe::named(name).unwrap(), &mixed(400, 1)).unwrap();
        let mean = crossed.scores(score).unwrap().iter().map(|fold| fold.score).sum::<f64>() / 5.0;
        (crossed, mean)
    }

    #[test]
    fn a_better_learner_is_better_in_every_way() {
        let score = Score::Accuracy;
        let (bayes, high) = crossed("naive-bayes", 2, score);
        let (dummy, low) = crossed("dummy", 2, score);
        let bootstrap = Bootstrap::new(1).resamples(200).unwrap();
        let told = Compared::of(&bayes, &dummy, score, bootstrap).unwrap();
        assert!((told.over_folds.difference - (high - low)).abs() < 1e-12);
        let (from, to) = told.over_folds.interval(0.95).unwrap();
        assert!(0.0 < from && from < high - low && high - low < to);
        assert!(told.over_folds.p_value() < 0.01 && told.over_rows.low > 0.1);
        assert!(told.right.p_value() < 1e-6 && told.right.only_first() > told.right.only_second());
        let same = Compared::of(&bayes, &bayes, score, bootstrap).unwrap();
        assert_eq!((same.over_folds.difference, same.over_folds.p_value()), (0.0, 1.0));
        assert_eq!((same.over_rows.low, same.over_rows.high), (0.0, 0.0));
    }

    #[test]
    fn other_folds_are_no_pairs() {
        let (one, _) = crossed("dummy", 2, Score::MacroF1);
        let (other, _) = crossed("dummy", 3, Score::MacroF1);
        let told = Compared::of(&one, &other, Score::MacroF1, Bootstrap::new(1));
        assert!(matches!(told, Err(ModelError::Unpaired)));
        let folds = one.scores(Score::MacroF1).unwrap();
        assert!(matches!(over_folds(&folds, &folds[1..]), Err(ModelError::Unpaired)));
    }
}
