//! Detectors as bundles: trained without labels, saved, loaded, asked; and probabilities that are calibrated.

use ndarray::Array2;
use netsift_data::split::Split;
use netsift_data::{Chance, DataError, Dataset, Labels, Schema};
use netsift_models::judging::CalibrationKind;
use netsift_models::{
    Bundle, DetectorRecipe, DetectorTrainer, Goal, Limit, ModelError, Recipe, TrainedDetector,
    Trainer, UsualLabels,
};

use crate::{about, flows, saved};

fn recipe(name: &str) -> DetectorRecipe {
    let mut recipe = DetectorRecipe::named(name).unwrap();
    // What they do is seen with few.
    for (setting, value) in [("trees", "7"), ("depth", "4"), ("window", "50")] {
        if recipe.has(setting) {
            recipe.set(setting, value).unwrap();
        }
    }
    recipe
}

/// Trained on flows, whose labels say nothing here.
pub(crate) fn detector(name: &str) -> TrainedDetector {
    let data = flows(90).bare();
    DetectorTrainer::new([recipe(name)]).about(about()).train(&data).unwrap()
}

/// One of each.
pub(crate) fn detectors() -> Vec<Bundle> {
    DetectorRecipe::names().into_iter().map(|name| detector(name).bundle).collect()
}

/// One of each form of curves.
pub(crate) fn calibrated() -> [Bundle; 2] {
    [CalibrationKind::Isotonic, CalibrationKind::Sigmoid].map(|kind| {
        let trainer = Trainer::new([Recipe::named("naive-bayes").unwrap()]).calibrated(kind);
        trainer.train(&flows(120)).unwrap().bundle
    })
}

/// A cloud around 0, and behind every tenth row of it one far away, a row a minute.
fn planted(rows: usize) -> (Dataset, Vec<bool>) {
    let mut chance = Chance::seeded(5);
    let is_anomaly: Vec<bool> = (0..rows).map(|row| row % 10 == 9).collect();
    let matrix = Array2::from_shape_fn((rows, 3), |(row, column)| {
        let near = (0..6).map(|_| chance.unit()).sum::<f64>() - 3.0;
        if is_anomaly[row] { 6.0 * (1.0 + column as f64) + near } else { near }
    });
    let data = Dataset::new(Schema::numbers(["a", "b", "c"]).unwrap(), matrix).unwrap();
    (data, is_anomaly)
}

fn labelled(rows: usize) -> Dataset {
    let (data, is_anomaly) = planted(rows);
    let labels: Vec<&str> =
        is_anomaly.iter().map(|is| if *is { "scan" } else { "Benign" }).collect();
    data.with_labels(Labels::of(labels)).unwrap()
}

/// The same with labels as detectors take them.
fn known(rows: usize) -> Dataset {
    let data = labelled(rows);
    let labels = UsualLabels::known().told(data.labels().unwrap()).unwrap();
    data.with_labels(labels).unwrap()
}

#[test]
fn every_detector_is_saved_loaded_and_finds_the_same() {
    for bundle in detectors() {
        let name = bundle.mind().name();
        let file = saved(&bundle);
        let loaded = Bundle::load(&file[..]).unwrap();
        assert!(loaded == bundle && saved(&loaded) == file, "{name}");
        let [one, other] = [&bundle, &loaded].map(|it| it.findings(&flows(50), 1).unwrap());
        assert_eq!(one, other, "{name}");
        assert_eq!(bundle.findings(&flows(50), 3).unwrap(), one, "{name}");
        let answer = bundle.score(&flows(50)).unwrap();
        let told: Vec<bool> = answer.classes.iter().map(|&class| class == 1).collect();
        assert_eq!(told, one.iter().map(|it| it.is_anomaly).collect::<Vec<_>>(), "{name}");
        assert_eq!(bundle.flows().unwrap().profile, "native");
        let card = bundle.card();
        let threshold = bundle.alarm().unwrap().threshold();
        for said in [
            format!("# Model card: {name}"),
            format!("whose score is above**: {threshold:.4}"),
            "so that 1 % of the rows learned are told".to_owned(),
            "## Stability".to_owned(),
        ] {
            assert!(card.contains(&said), "{said}\n{card}");
        }
        assert!(!card.contains("accuracy"), "{card}");
        let mut json = Vec::new();
        bundle.to_json(&mut json).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(json["alarm"]["candidates"][0]["detector"], name);
    }
}

#[test]
fn the_share_that_is_told_is_the_share_that_was_asked_for() {
    let (data, _) = planted(2_000);
    for share in [0.01, 0.05, 0.2] {
        let trainer = DetectorTrainer::new([recipe("ecod")]).limit(Limit::Contamination(share));
        let trained = trainer.train(&data).unwrap();
        let outcome = trained.candidates[0].outcome.as_ref().unwrap();
        assert!((outcome.train_share - share).abs() < 1e-3, "{share}: {outcome:?}");
        assert!((outcome.test_share.unwrap() - share).abs() < 0.03, "{share}: {outcome:?}");
        // Of rows of which nothing is known, the facts count those that are told.
        let matrix = &trained.bundle.facts().train.report.confusion;
        assert_eq!(matrix.supports(), [1_500.0, 0.0]);
    }
}

#[test]
fn as_many_rows_a_day_are_told_as_was_asked_for() {
    let (data, _) = planted(2_880);
    // A row a minute: two days.
    let times: Vec<i64> = (0..2_880).map(|minute| minute * 60_000_000_000).collect();
    let trainer = DetectorTrainer::new([recipe("pca")]).limit(Limit::AlertsADay(72.0));
    let trainer = trainer.test_share(0.0);
    let refused = trainer.train(&data).unwrap_err();
    assert!(matches!(refused, ModelError::NoRate { why: "they have no times" }), "{refused}");
    let timed = data.clone().with_times(times).unwrap();
    let bundle = trainer.train(&timed).unwrap().bundle;
    let told = |bundle: &Bundle| {
        bundle.findings(&data, 1).unwrap().iter().filter(|finding| finding.is_anomaly).count()
    };
    assert!((140..=148).contains(&told(&bundle)), "{}", told(&bundle));
    let rate = bundle.alarm_facts().unwrap().rows_a_day.unwrap();
    assert!((rate / 1_440.0 - 1.0).abs() < 1e-3, "{rate}");
    // Another threshold is had without the rows.
    let fewer = bundle.clone().limited(Limit::AlertsADay(10.0)).unwrap();
    assert!((18..=22).contains(&told(&fewer)), "{}", told(&fewer));
    assert_eq!(Bundle::load(&saved(&fewer)[..]).unwrap(), fewer);
    assert_eq!(told(&bundle.clone().limited(Limit::Score(f64::MAX)).unwrap()), 0);
    // An alert in two days is one row of those learned: fewer are nothing that they can tell.
    assert_eq!(told(&bundle.clone().limited(Limit::AlertsADay(0.5003)).unwrap()), 1);
    assert_eq!(told(&bundle.clone().limited(Limit::AlertsADay(0.0)).unwrap()), 0);
    let refused = bundle.clone().limited(Limit::AlertsADay(0.2)).unwrap_err();
    assert!(matches!(refused, ModelError::TooFewAlerts { rows: 2_880, .. }), "{refused}");
    let trainer = trainer.limit(Limit::AlertsADay(0.2));
    let refused = trainer.train(&timed).unwrap_err();
    assert!(matches!(refused, ModelError::TooFewAlerts { rows: 2_880, .. }), "{refused}");
    assert!(bundle.clone().limited(Limit::Contamination(2.0)).is_err());
    assert!(bundle.limited(Limit::Anomalies(Goal::BestF1)).is_err());
    let untimed = detector("hbos").bundle.limited(Limit::AlertsADay(1.0));
    assert!(matches!(untimed, Err(ModelError::NoRate { .. })));
}

#[test]
fn known_anomalies_choose_the_threshold_and_are_not_learned() {
    let data = known(1_000);
    let limit = Limit::Anomalies(Goal::BestF1);
    let trainer = DetectorTrainer::new([recipe("knn-distance")]).limit(limit);
    let trainer = trainer.split(Split::stratified(7));
    let trained = trainer.train(&data).unwrap();
    let outcome = trained.candidates[0].outcome.as_ref().unwrap();
    let judged = outcome.judged.as_ref().unwrap();
    assert_eq!((judged.rows, judged.anomalies), (250, 25));
    assert!(judged.roc_area > 0.999 && judged.precision_at_n > 0.95, "{judged:?}");
    assert!(judged.report.classes[1].scores.f1 > 0.95, "{}", judged.report);
    // They lie apart: the best threshold tells these 75 of 750, and no other row.
    let told = outcome.train_judged.as_ref().unwrap();
    let rows: Vec<&[f64]> = told.report.confusion.rows().collect();
    assert_eq!(rows, [[675.0, 0.0], [0.0, 75.0]]);
    assert_eq!(outcome.train_share, 0.1);
    assert_eq!(trained.bundle.facts().rows_fitted, 675);
    assert!(trained.bundle.card().contains("75, which were not learned"));
    let again = trained.bundle.judge_anomalies(&labelled(1_000), &UsualLabels::known(), 2).unwrap();
    assert!(again.roc_area > 0.999 && again.anomalies == 100, "{again:?}");

    // Who learns them finds them as usual as others, and each near others of its kind: nothing tells them but to tell all.
    let both = trainer.clone().learn_anomalies(true);
    let refused = both.train(&data).unwrap_err();
    let is_told = matches!(refused, ModelError::NotToldApart { anomalies: 75, usual: 675, .. });
    assert!(is_told, "{refused}");
    let few = both.limit(Limit::Anomalies(Goal::FalsePositiveRate(0.1))).train(&data).unwrap();
    assert_eq!(few.bundle.facts().rows_fitted, 750);
    let trained = trainer.train(&data.bare());
    let unlabelled = ModelError::Data(DataError::Unlabelled { what: "labels" });
    assert_eq!(trained.unwrap_err().to_string(), unlabelled.to_string());
    assert!(matches!(trainer.train(&labelled(100)), Err(ModelError::OtherClasses { .. })));
}

#[test]
fn what_labels_do_not_choose_does_not_depend_on_them() {
    let trainer = DetectorTrainer::new([recipe("hbos")]).learn_anomalies(true);
    let [with, without] = [known(300), known(300).bare()].map(|data| {
        let bundle = trainer.train(&data).unwrap().bundle;
        bundle.findings(&data, 1).unwrap()
    });
    assert_eq!(with, without);
}

#[test]
fn of_several_the_one_is_kept_that_the_rule_says() {
    let recipes = || ["ecod", "knn-distance", "half-space-trees"].map(recipe);
    let trainer = DetectorTrainer::new(recipes());
    let trained = trainer.train(&planted(600).0).unwrap();
    let stability =
        |trained: &TrainedDetector, place: usize| trained.candidates[place].stability.unwrap();
    let numbers: Vec<f64> = (0..3).map(|place| stability(&trained, place).number()).collect();
    assert!(numbers.iter().all(|number| *number <= numbers[trained.chosen]), "{numbers:?}");
    assert_eq!(trained.bundle.facts().learner, recipes()[trained.chosen].name());
    let facts = trained.bundle.alarm_facts().unwrap();
    let told: Vec<f64> = facts.candidates.iter().map(|it| it.stability.unwrap().number()).collect();
    assert_eq!(told, numbers);

    let trained = trainer.train(&known(600)).unwrap();
    let areas: Vec<f64> =
        (0..3).map(|place| stability(&trained, place).roc_area.unwrap()).collect();
    assert!(areas.iter().all(|area| *area <= areas[trained.chosen]), "{areas:?}");

    let one = |resamples| DetectorTrainer::new([recipe("ecod")]).resamples(resamples);
    let trained = one(0).train(&planted(60).0).unwrap();
    assert_eq!(trained.candidates[0].stability, None);
    assert!(matches!(one(1).train(&planted(60).0), Err(ModelError::Setting { .. })));
    let none: [DetectorRecipe; 0] = [];
    assert!(DetectorTrainer::new(none).train(&planted(60).0).is_err());
}

#[test]
fn the_rows_held_back_choose_nothing() {
    let (train, test) = (known(400), known(900).slice(400..900));
    let trainer = DetectorTrainer::new(["ecod", "knn-distance"].map(recipe));
    let trainer = trainer.limit(Limit::Anomalies(Goal::BestF1)).test_share(0.0);
    let with = trainer.train_on(&train, Some(&test)).unwrap();
    let without = trainer.train_on(&train, None).unwrap();
    assert_eq!(with.chosen, without.chosen);
    assert_eq!(with.bundle.alarm(), without.bundle.alarm());
    assert_eq!(with.bundle.facts().split.how, "given apart");
}

#[test]
fn threads_change_no_byte() {
    for name in ["hbos", "knn-distance", "lof"] {
        let train = |threads| {
            let trainer = DetectorTrainer::new([recipe(name)]).threads(threads);
            saved(&trainer.train(&flows(120).bare()).unwrap().bundle)
        };
        assert!(train(1) == train(3), "{name}");
    }
}

#[test]
fn half_space_trees_go_on_learning() {
    let (data, is_anomaly) = planted(1_000);
    let usual: Vec<usize> = (0..1_000).filter(|&row| !is_anomaly[row]).collect();
    let others: Vec<usize> = (0..1_000).filter(|&row| is_anomaly[row]).collect();
    let [usual, others] = [usual, others].map(|rows| data.select(&rows).unwrap());
    // The space holds what comes later, too.
    let all = trainer_of("half-space-trees").train(&data).unwrap().bundle;
    let mean = |bundle: &Bundle| {
        let found = bundle.findings(&others, 1).unwrap();
        found.iter().map(|finding| finding.score).sum::<f64>() / found.len() as f64
    };
    let mut later = all.clone();
    later.observe(&others).unwrap();
    assert!(mean(&later) < mean(&all) - 0.1, "{} {}", mean(&later), mean(&all));
    assert_eq!(Bundle::load(&saved(&later)[..]).unwrap(), later);
    assert_eq!(later.alarm().unwrap().threshold(), all.alarm().unwrap().threshold());
    later.observe(&usual).unwrap();
    assert!(mean(&later) > mean(&all) - 0.05, "{} {}", mean(&later), mean(&all));

    let mut other = trainer_of("hbos").train(&usual).unwrap().bundle;
    let refused = other.observe(&others);
    assert!(matches!(refused, Err(ModelError::NotOnline { detector: "hbos" })), "{refused:?}");
    let mut class = crate::trained().bundle;
    assert!(matches!(class.observe(&flows(3)), Err(ModelError::NoDetector { model: "dummy" })));
}

fn trainer_of(name: &str) -> DetectorTrainer<'static> {
    DetectorTrainer::new([recipe(name)])
}

#[test]
fn rows_that_cannot_be_learned_from_are_refused() {
    let trainer = DetectorTrainer::new([recipe("hbos")]).test_share(0.0);
    let none = planted(10).0.slice(0..0);
    assert!(matches!(trainer.train(&none), Err(ModelError::TooFewRows { .. })));
    let all = known(50).select(&[9, 19, 29]).unwrap();
    assert!(matches!(trainer.train(&all), Err(ModelError::TooFewRows { .. })));
    // Two rows are learned, and halves of them are not.
    let two = trainer.train(&planted(10).0.slice(0..2)).unwrap();
    assert_eq!(two.candidates[0].stability, None);
    saved(&two.bundle);
    // One tells nothing of how others may differ, and neither do many that are the same.
    for rows in [vec![3], vec![3; 500]] {
        let alike = trainer.train(&planted(10).0.select(&rows).unwrap());
        let count = rows.len();
        assert!(matches!(alike, Err(ModelError::AllAlike { rows }) if rows == count), "{alike:?}");
    }
    let class = crate::trained().bundle;
    assert!(matches!(class.findings(&flows(3), 1), Err(ModelError::NoDetector { .. })));
    assert!(class.limited(Limit::Score(1.0)).is_err());
}

#[test]
fn calibrated_models_are_saved_and_mean_what_they_say() {
    for bundle in calibrated() {
        let curves = bundle.mind().calibrated().unwrap().calibration().kind().name();
        let loaded = Bundle::load(&saved(&bundle)[..]).unwrap();
        assert_eq!(loaded, bundle);
        let answer = loaded.score(&flows(60)).unwrap();
        assert!(answer.probabilities.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-9));
        assert_eq!(bundle.facts().learner, "naive-bayes");
        let said = format!("calibrated**: by {curves} curves");
        assert!(bundle.card().contains(&said), "{}", bundle.card());
        let plain = Trainer::new([Recipe::named("naive-bayes").unwrap()]);
        let plain = plain.train(&flows(120)).unwrap().bundle;
        // The same model, which learned from all rows to train with.
        assert_eq!(bundle.model(), plain.model());
        assert_ne!(
            bundle.score(&flows(60)).unwrap().probabilities,
            plain.score(&flows(60)).unwrap().probabilities
        );
    }
}
