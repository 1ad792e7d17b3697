//! How bundles come about.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use netsift_data::balance::{Balance, Balanced, OverSample};
use netsift_data::split::Split;
use netsift_data::{DataError, Dataset, Labels};
use netsift_models::{Balancing, ModelError, Recipe, Trainer, Watch};

use crate::{flows, plans, prior, saved, trained};

#[test]
fn the_same_training_gives_the_same_bytes() {
    let file = saved(&trained().bundle);
    assert_eq!(saved(&trained().bundle), file);
    let trainer = Trainer::new([prior()]).plans(plans()).about(crate::about());
    let trained = trainer.threads(3).train(&flows(120)).unwrap();
    assert_eq!(saved(&trained.bundle), file);
}

#[test]
fn the_best_in_cross_validation_is_kept() {
    let mut never = Recipe::named("dummy").unwrap();
    never.set("strategy", "stratified").unwrap();
    let most = Recipe::named("dummy").unwrap();
    // Nine of ten rows are of one class: to guess any is worse than to guess always that one, but finds others, too.
    let labels: Vec<&str> =
        (0..300).map(|row| if row % 10 == 0 { "rare" } else { "usual" }).collect();
    let data = flows(300).with_labels(Labels::of(labels)).unwrap();
    let trained = Trainer::new([most, never]).train(&data).unwrap();
    let facts = &trained.bundle.facts().cross_validation;
    let mean = |number: usize| facts[number].mean(|fold| fold.macro_f1).unwrap();
    assert_eq!((facts.len(), facts[0].folds.len()), (2, 5));
    let accuracy = |number: usize| facts[number].mean(|fold| fold.accuracy).unwrap();
    assert!(accuracy(0) > accuracy(1) && mean(1) > mean(0), "{facts:?}");
    assert_eq!(trained.chosen, 1);
    assert_eq!(&trained.bundle.facts().settings, &{
        let told = trained.candidates[trained.chosen].recipe.told();
        told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Vec<_>>()
    });
    assert!(trained.candidates.iter().all(|candidate| candidate.outcome.is_ok()));
}

#[test]
fn rows_to_test_with_do_not_decide_which_is_kept() {
    let (train, test) = (flows(90), flows(120).slice(90..120));
    // As one that always tells the first class would have it.
    let test = test.with_labels(Labels::of(["DoS Hulk"; 30])).unwrap();
    for names in [["dummy", "decision-tree"], ["decision-tree", "dummy"]] {
        let recipes = names.map(|name| Recipe::named(name).unwrap());
        let trained = Trainer::new(recipes).train_on(&train, Some(&test)).unwrap();
        assert_eq!(trained.bundle.facts().learner, "decision-tree");
        let right = |name: &str| {
            let mut candidates = trained.candidates.iter();
            let candidate = candidates.find(|other| other.recipe.name() == name).unwrap();
            candidate.outcome.as_ref().unwrap().test.as_ref().unwrap().report.accuracy
        };
        assert!(right("dummy") == 1.0 && right("decision-tree") < 0.5);
    }
}

/// Cannot balance the rows of one fit, by its number from 0.
struct Failing(AtomicUsize, usize);

impl Balance for Failing {
    fn balanced(&self, data: &Dataset) -> Result<Balanced, DataError> {
        if self.0.fetch_add(1, Ordering::Relaxed) == self.1 {
            return Err(DataError::Unlabelled { what: "times" });
        }
        OverSample::new(1).balanced(data)
    }
}

#[test]
fn who_is_best_in_folds_and_fails_then_leaves_it_to_the_next_best() {
    let train = |fails: usize| {
        let recipes = ["decision-tree", "dummy"].map(|name| Recipe::named(name).unwrap());
        let balance = Failing(AtomicUsize::new(0), fails);
        let trainer = Trainer::new(recipes).folds(2).balance(Balancing::Rows(&balance));
        trainer.train(&flows(60)).unwrap()
    };
    let is_ok = |trained: &netsift_models::Trained| {
        trained.candidates.iter().map(|candidate| candidate.outcome.is_ok()).collect::<Vec<_>>()
    };
    // Two folds of each, and then both once more.
    let trained = train(6);
    assert_eq!((trained.chosen, is_ok(&trained)), (0, vec![true, true]));
    let trained = train(4);
    assert_eq!((trained.chosen, is_ok(&trained)), (1, vec![false, true]));
    assert_eq!(trained.bundle.facts().learner, "dummy");
    assert_eq!(trained.bundle.facts().cross_validation[0].folds.len(), 2);
    let trained = train(0);
    assert_eq!((trained.chosen, is_ok(&trained)), (1, vec![false, true]));
    assert_eq!(trained.bundle.facts().cross_validation[0].folds.len(), 0);
    assert!(trained.bundle.card().contains("Means over 2 folds"), "{}", trained.bundle.card());
}

#[test]
fn nothing_is_learned_from_rows_to_test_with() {
    let trainer = Trainer::new([prior()]).test_share(0.0).plans(plans());
    let (train, test) = (flows(90), flows(120).slice(90..120));
    let alone = trainer.train(&train).unwrap();
    let judged = trainer.train_on(&train, Some(&test)).unwrap();
    assert_eq!(judged.bundle.preparation(), alone.bundle.preparation());
    assert_eq!(judged.bundle.model(), alone.bundle.model());
    assert_eq!(alone.bundle.facts().split.how, "not at all");
    assert_eq!(judged.bundle.facts().split.how, "given apart");
    assert_eq!(judged.bundle.facts().test.as_ref().unwrap().rows, 30);
    assert_eq!(alone.bundle.facts().split.train_rows, 90);
}

#[test]
fn classes_are_balanced_in_the_rows_to_train_with() {
    let labels: Vec<&str> =
        (0..120).map(|row| if row % 6 == 0 { "rare" } else { "usual" }).collect();
    let data = flows(120).with_labels(Labels::of(labels)).unwrap();
    let over = OverSample::new(1);
    for (balance, fitted) in
        [(Balancing::None, 90), (Balancing::Weights, 90), (Balancing::Rows(&over), 150)]
    {
        let trained = Trainer::new([prior()]).balance(balance).train(&data).unwrap();
        let facts = trained.bundle.facts();
        assert_eq!((facts.rows_fitted, facts.split.train_rows), (fitted, 90));
        assert_eq!(facts.test.as_ref().unwrap().report.confusion.supports(), [5.0, 25.0]);
        let share = trained.bundle.score(&data).unwrap().probabilities[[0, 0]];
        let expected = if matches!(balance, Balancing::None) { 15.0 / 90.0 } else { 0.5 };
        assert!((share - expected).abs() < 1e-12, "{share}");
    }
}

struct Counting(AtomicUsize, usize);

impl Watch for Counting {
    fn begins(&self, _: &'static str, fit: usize, of: usize) {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        assert_eq!((fit, of), (before, self.1));
    }
}

#[test]
fn fits_are_counted_and_timed() {
    let (watch, time) = (Counting(AtomicUsize::new(0), 8), Cell::new(0));
    let clock = || {
        time.set(time.get() + 1);
        Duration::from_secs(time.get())
    };
    let trainer = Trainer::new([prior(), prior()]).folds(3).watched(&watch).clock(&clock);
    let trained = trainer.train(&flows(60)).unwrap();
    assert_eq!(watch.0.into_inner(), 8);
    let outcome = trained.candidates[1].outcome.as_ref().unwrap();
    assert_eq!(
        (outcome.fit_time, outcome.predict_time),
        (Duration::from_secs(1), Duration::from_secs(1))
    );
}

#[test]
fn learning_that_was_cut_short_is_told() {
    let train = |name: &str, settings: &[(&str, &str)]| {
        let mut recipe = Recipe::named(name).unwrap();
        settings.iter().for_each(|(name, value)| recipe.set(name, value).unwrap());
        let trained = Trainer::new([recipe]).train(&flows(120)).unwrap();
        let is_converged = trained.candidates[0].outcome.as_ref().unwrap().is_converged;
        assert_eq!(trained.bundle.card().contains("- **converged**: no"), !is_converged, "{name}");
        is_converged
    };
    for name in ["logistic-regression", "linear-svm", "svm"] {
        assert!(train(name, &[]), "{name}");
        assert!(!train(name, &[("iterations", "1")]), "{name}");
    }
    assert!(train("knn", &[]));
    let members = ("members", "naive-bayes,logistic-regression(iterations=1)");
    assert!(!train("voting", &[members]) && !train("stacking", &[members]));
    assert!(!train(
        "stacking",
        &[("members", "naive-bayes"), ("logistic-regression.iterations", "1")]
    ));
}

#[test]
fn what_cannot_be_trained_is_an_error_that_says_why() {
    let error = |trainer: Trainer<'_>, data: &Dataset| trainer.train(data).unwrap_err();
    let data = flows(60);
    let one = || Trainer::new([prior()]);
    let unlabelled = error(one(), &data.bare());
    assert!(matches!(unlabelled, ModelError::Data(DataError::Unlabelled { .. })), "{unlabelled}");
    assert!(matches!(error(Trainer::new([]), &data), ModelError::Setting { .. }));
    assert!(matches!(
        error(one().test_share(1.5), &data),
        ModelError::Data(DataError::Setting { .. })
    ));
    let empty = error(one().test_share(0.0), &data.slice(0..0));
    assert!(matches!(empty, ModelError::TooFewRows { .. }), "{empty}");
    assert!(matches!(error(one().folds(1), &data), ModelError::Data(DataError::Setting { .. })));
    let timeless = error(one().split(Split::by_time()), &data);
    assert!(matches!(timeless, ModelError::Data(DataError::Unlabelled { .. })), "{timeless}");
}

#[test]
fn small_and_odd_tables_are_trained_on_or_refused() {
    let of_one = ["a"; 8];
    let of_each = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for rows in 0..8 {
        for labels in [of_one, of_each] {
            let data = flows(rows).with_labels(Labels::of(labels[..rows].iter().copied())).unwrap();
            for (share, folds, needed) in [(0.0, None, 1), (0.25, None, 2), (0.0, Some(3), 3)] {
                let trainer = Trainer::new([prior()]).test_share(share);
                let trainer = folds.into_iter().fold(trainer, Trainer::folds);
                match trainer.train(&data) {
                    Ok(trained) => {
                        assert!(rows >= needed, "{rows} rows, {share} of them to test with");
                        let answer = trained.bundle.score(&data).unwrap();
                        let sums = answer.probabilities.sum_axis(ndarray::Axis(1));
                        assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-12), "{sums}");
                    }
                    Err(ModelError::TooFewRows { .. } | ModelError::Data(_)) => {
                        assert!(rows < needed, "{rows} rows, {share} of them to test with");
                    }
                    Err(error) => panic!("{rows} rows, {share} of them to test with: {error}"),
                }
            }
        }
    }
    let alone = flows(1).with_labels(Labels::of(["a"])).unwrap();
    let trained = Trainer::new([prior()]).test_share(0.0).train(&alone).unwrap();
    assert_eq!(trained.bundle.score(&alone).unwrap().probabilities[[0, 0]], 1.0);
    let none = flows(9).pick([]).unwrap();
    let trained = Trainer::new([prior()]).train(&none).unwrap();
    assert_eq!(trained.bundle.score(&none).unwrap().classes.len(), 9);
}
