//! Why bundles say what they say.

use netsift_data::{Dataset, Labels, Preparation};
use netsift_models::explain::{Cell, Importance, Measure, Method, Shuffling};
use netsift_models::judging::CalibrationKind;
use netsift_models::{
    Bundle, Classifier as _, Explainer, Model, ModelError, Predictor, Recipe, Trainer,
};

use crate::unlabelled::{calibrated, detectors};
use crate::zoo_laws::recipes;
use crate::{flows, plans};

const TREES: [&str; 4] = ["decision-tree", "random-forest", "extra-trees", "gradient-boosting"];

fn bundle(recipe: Recipe) -> Bundle {
    Trainer::new([recipe]).plans(plans()).train(&flows(120)).unwrap().bundle
}

fn named(name: &str) -> Bundle {
    bundle(Recipe::named(name).unwrap())
}

/// What a bundle says of a class of each row, in what contributions are measured in.
fn said(bundle: &Bundle, data: &Dataset, classes: &[u32], measure: Measure) -> Vec<f64> {
    let prepared = bundle.preparation().apply(data.bare()).unwrap();
    let (probabilities, margins) = match bundle.model().unwrap() {
        Model::GradientBoosting(model) => (None, model.margins(prepared.matrix()).ok()),
        model => (model.probabilities(prepared.matrix()).ok(), None),
    };
    let told = if measure == Measure::Margin { margins } else { probabilities };
    let told = told.unwrap();
    classes.iter().enumerate().map(|(row, &class)| told[[row, class as usize]]).collect()
}

#[test]
fn contributions_of_every_learner_add_up() {
    let asked = flows(9);
    let classes: Vec<u32> = (0..9).map(|row| row % 3).collect();
    for recipe in recipes() {
        let (name, bundle) = (recipe.name(), bundle(recipe));
        let told = Explainer::of(&bundle).unwrap().pairs(3).explain(&asked, &classes).unwrap();
        let (measure, method) = match name {
            "gradient-boosting" => (Measure::Margin, Method::Exact),
            name if TREES.contains(&name) => (Measure::Probability, Method::Exact),
            _ => (Measure::Probability, Method::Sampled),
        };
        assert_eq!((told.measure, told.method), (measure, method), "{name}");
        assert_eq!(told.values.dim(), (9, 3), "{name}");
        let sums =
            told.values.rows().into_iter().zip(&told.base).map(|(row, base)| base + row.sum());
        for (sum, said) in sums.zip(said(&bundle, &asked, &classes, measure)) {
            assert!((sum - said).abs() < 1e-9, "{name}: {sum} {said}");
        }
    }
}

#[test]
fn contributions_of_every_detector_add_up() {
    let asked = flows(8);
    let classes = [0, 1, 0, 1, 0, 1, 0, 1];
    for bundle in detectors() {
        let name = bundle.mind().name();
        let explainer = Explainer::of(&bundle).unwrap().pairs(3);
        let told = explainer.explain(&asked, &classes).unwrap();
        let expected = match name {
            "isolation-forest" => (Measure::Strangeness, Method::Exact),
            "hbos" | "ecod" | "pca" | "knn-distance" => (Measure::Score, Method::Exact),
            _ => (Measure::Probability, Method::Sampled),
        };
        assert_eq!((told.measure, told.method), expected, "{name}");
        assert_eq!(explainer.method(), told.method, "{name}");
        let probabilities = bundle.score(&asked).unwrap().probabilities;
        let findings = bundle.findings(&asked, 1).unwrap();
        for (row, (values, base)) in told.values.rows().into_iter().zip(&told.base).enumerate() {
            let class = classes[row] as usize;
            let sign = [-1.0, 1.0][class];
            let said = match told.measure {
                Measure::Strangeness => findings[row].score.log2() * sign,
                Measure::Score => findings[row].score * sign,
                _ => probabilities[[row, class]],
            };
            let sum = base + values.sum();
            assert!((sum - said).abs() < 1e-9 * said.abs().max(1.0), "{name}: {sum} {said}");
        }
    }
}

/// The logarithm of the odds that one of two classes has.
fn odds(bundle: &Bundle, data: &Dataset, class: usize) -> Vec<f64> {
    let probabilities = bundle.score(data).unwrap().probabilities;
    let odds = |row: usize| (probabilities[[row, class]] / probabilities[[row, 1 - class]]).ln();
    (0..data.rows()).map(odds).collect()
}

#[test]
fn calibrated_contributions_add_up_where_the_curve_is_straight_in_the_odds() {
    let (asked, classes) = (flows(8), [1; 8]);
    for bundle in calibrated() {
        let told = Explainer::of(&bundle).unwrap().pairs(3).explain(&asked, &classes).unwrap();
        assert_eq!((told.measure, told.method), (Measure::Probability, Method::Sampled));
        let said = bundle.score(&asked).unwrap().probabilities;
        for (row, (values, base)) in told.values.rows().into_iter().zip(&told.base).enumerate() {
            assert!((base + values.sum() - said[[row, 1]]).abs() < 1e-9);
        }
    }
    for (learner, kind, is_exact) in [
        ("random-forest", CalibrationKind::Sigmoid, true),
        ("random-forest", CalibrationKind::Isotonic, false),
        ("gradient-boosting", CalibrationKind::Sigmoid, false),
        ("knn", CalibrationKind::Sigmoid, false),
    ] {
        let trainer = Trainer::new([Recipe::named(learner).unwrap()]).calibrated(kind);
        let bundle = trainer.plans(plans()).train(&two_classes()).unwrap().bundle;
        let explainer = Explainer::of(&bundle).unwrap().pairs(3);
        let method = if is_exact { Method::Exact } else { Method::Sampled };
        assert_eq!(explainer.method(), method, "{learner} {kind:?}");
        for class in [0, 1] {
            let told = explainer.explain(&asked, &[class; 8]).unwrap();
            let is_margin = told.measure == Measure::Margin;
            assert_eq!((told.method, is_margin), (method, is_exact));
            let rows = told.values.rows().into_iter().zip(&told.base);
            for ((values, base), said) in rows.zip(odds(&bundle, &asked, class as usize)) {
                let sum = base + values.sum();
                assert!(!is_exact || (sum - said).abs() < 1e-9, "{learner} {class}: {sum} {said}");
            }
        }
    }
}

/// Flows of the first two classes alone.
fn two_classes() -> Dataset {
    let all = flows(180);
    let labels = all.labels().unwrap();
    let (names, numbers) = (labels.classes(), labels.numbers());
    let rows: Vec<usize> = (0..180).filter(|&row| numbers[row] < 2).collect();
    let told = Labels::of(rows.iter().map(|&row| names.name(numbers[row]).unwrap()));
    all.select(&rows).unwrap().bare().with_labels(told).unwrap()
}

#[test]
fn votes_of_trees_are_explained_by_their_parts() {
    let (asked, classes) = (flows(20), [2; 20]);
    let vote = |members: &str, settings: &[(&str, &str)]| {
        let mut vote = Recipe::named("voting").unwrap();
        vote.set("members", members).unwrap();
        settings.iter().for_each(|(name, value)| vote.set(name, value).unwrap());
        bundle(vote)
    };
    let told = |bundle: &Bundle| {
        Explainer::of(bundle).unwrap().pairs(2).explain(&asked, &classes).unwrap()
    };
    let both = told(&vote("random-forest,decision-tree", &[("weights", "3,1")]));
    let [forest, tree] = ["random-forest", "decision-tree"].map(|name| told(&named(name)));
    assert_eq!((both.method, both.measure), (Method::Exact, Measure::Probability));
    let apart = &both.values - &(&forest.values * 0.75 + &tree.values * 0.25);
    assert!(apart.iter().all(|apart| apart.abs() < 1e-12));
    let apart = &both.base - &(&forest.base * 0.75 + &tree.base * 0.25);
    assert!(apart.iter().all(|apart| apart.abs() < 1e-12));
    // Who does not count need not be a tree; one class each, and what is no tree, do not add up.
    let silent = vote("decision-tree,naive-bayes", &[("weights", "1,0")]);
    assert_eq!(told(&silent).method, Method::Exact);
    for other in [
        vote("random-forest,decision-tree", &[("ballot", "hard")]),
        vote("random-forest,naive-bayes", &[]),
        vote("gradient-boosting", &[]),
    ] {
        assert_eq!(told(&other).method, Method::Sampled);
    }
}

#[test]
fn the_greatest_are_told_in_words() {
    let bundle = named("random-forest");
    let asked = flows(40);
    let answer = bundle.score(&asked).unwrap();
    let explainer = Explainer::of(&bundle).unwrap();
    let reasons = explainer.reasons(&asked, &answer.classes.to_vec(), 2).unwrap();
    assert!(reasons.len() == 40 && reasons.iter().all(|row| row.len() <= 2));
    // Its thousands tell the class.
    let first = &reasons[2][0];
    assert!(first.column == "Flow Duration" && first.contribution > 0.0, "{first}");
    // More than one of twenty durations is infinite, so that no number is above so many.
    assert_eq!((&first.cell, first.usual), (&Cell::Number(2_074.0), None));
    assert!(first.to_string().starts_with("Flow Duration 2,074 +0."), "{first}");
    let all = explainer.reasons(&asked, &[0; 40], 9).unwrap();
    let of = |column: &str| {
        let reasons = all.iter().flatten().filter(|reason| reason.column == column);
        reasons.map(ToString::to_string).collect::<Vec<_>>()
    };
    assert!(of("Protocol").iter().any(|said| said.starts_with("Protocol \"tcp\" ")));
    assert!(of("Bytes").iter().all(|said| said.contains(" (usual 0.")), "{:?}", of("Bytes"));
    assert!(of("Flow Duration")[3].starts_with("Flow Duration missing "));
}

#[test]
fn neither_threads_nor_other_rows_change_a_contribution() {
    for name in ["gradient-boosting", "naive-bayes"] {
        let bundle = named(name);
        let (asked, classes) = (flows(20), vec![1; 20]);
        let explainer = || Explainer::of(&bundle).unwrap().pairs(3).seed(5);
        let all = explainer().explain(&asked, &classes).unwrap();
        assert_eq!(explainer().threads(3).explain(&asked, &classes).unwrap(), all, "{name}");
        let alone = explainer().explain(&asked.slice(7..8), &classes[..1]).unwrap();
        assert_eq!(alone.values.row(0), all.values.row(7), "{name}");
        let turned = asked.pick(["Bytes", "Protocol", "Flow Duration"]).unwrap();
        assert_eq!(explainer().explain(&turned, &classes).unwrap(), all, "{name}");
        let none = explainer().threads(4).explain(&asked.slice(0..0), &[]).unwrap();
        assert_eq!(none.values.dim(), (0, 3));
    }
}

#[test]
fn what_is_asked_wrongly_is_refused() {
    let bundle = named("decision-tree");
    let explainer = Explainer::of(&bundle).unwrap();
    let few = explainer.explain(&flows(3), &[0, 1]);
    assert!(matches!(few, Err(ModelError::Shape { expected: 3, found: 2, .. })));
    let unknown = explainer.explain(&flows(2), &[0, 3]);
    assert!(matches!(unknown, Err(ModelError::UnknownClass { class: 3, known: 3 })));
    let missing = explainer.explain(&flows(1).pick(["Bytes"]).unwrap(), &[0]);
    assert!(matches!(missing, Err(ModelError::Data(_))));
    let prepared = bundle.preparation().apply(flows(1)).unwrap();
    let knn = named("knn");
    let told = knn.model().unwrap().contributions(prepared.matrix(), &[0]);
    assert!(matches!(told, Err(ModelError::NotExact { learner: "knn" })));
}

#[test]
fn what_is_no_bundle_is_explained_beside_rows() {
    let trained = named("logistic-regression");
    let predictor =
        Predictor::new(trained.preparation().clone(), trained.model().unwrap().clone()).unwrap();
    let (usual, asked) = (flows(200), flows(5));
    let told = Explainer::beside(&predictor, &usual).unwrap().pairs(50);
    let told = told.explain(&asked, &[0; 5]).unwrap();
    let base = trained.score(&usual.slice(0..50)).unwrap().probabilities.column(0).mean().unwrap();
    assert!((told.base[0] - base).abs() < 1e-12);
    // Nothing is prepared: what goes in is what the model sees.
    let forest = named("random-forest");
    let prepared = forest.preparation().apply(asked.clone()).unwrap();
    let (none, _) = Preparation::fit(&[], &prepared.bare()).unwrap();
    let predictor = Predictor::new(none, forest.model().unwrap().clone()).unwrap();
    let explainer = Explainer::beside(&predictor, &prepared).unwrap();
    let told = explainer.explain(&prepared, &[2; 5]).unwrap();
    assert_eq!(told, forest.model().unwrap().contributions(prepared.matrix(), &[2; 5]).unwrap());
}

#[test]
fn columns_that_tell_the_class_count_by_either_measure() {
    let asked = flows(200);
    for name in ["random-forest", "gradient-boosting", "knn"] {
        let bundle = named(name);
        let splits = Importance::by_splits(&bundle).unwrap();
        if TREES.contains(&name) {
            assert_eq!((splits[0].column.as_str(), splits.len()), ("Flow Duration", 3), "{name}");
            let sum: f64 = splits.iter().map(|column| column.importance).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{name}: {sum}");
        } else {
            assert!(splits.is_empty());
        }
        let shuffling = Shuffling::new().repeats(3).seed(1);
        let told = shuffling.of(&bundle, &asked).unwrap();
        assert_eq!(told[0].column, "Flow Duration", "{name}");
        assert!(told[0].importance > 0.3 && told[0].deviation.is_some_and(|it| it > 0.0));
        assert!(told[1..].iter().all(|column| column.importance < 0.2), "{name}: {told:?}");
        assert_eq!(shuffling.clone().threads(3).of(&bundle, &asked).unwrap(), told);
    }
    let unlabelled = Shuffling::new().of(&named("knn"), &asked.bare());
    assert!(matches!(unlabelled, Err(ModelError::Data(_))));
}
