//! Why bundles say what they say.

use netsift_data::{Dataset, Preparation};
use netsift_models::explain::{Cell, Importance, Measure, Method, Shuffling};
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
    for bundle in detectors().into_iter().chain(calibrated()) {
        let name = bundle.mind().name();
        let told = Explainer::of(&bundle).unwrap().pairs(3).explain(&asked, &classes).unwrap();
        let probabilities = bundle.score(&asked).unwrap().probabilities;
        let is_forest = name == "isolation-forest";
        let expected = if is_forest { Method::Exact } else { Method::Sampled };
        assert_eq!(told.method, expected, "{name}");
        for (row, (values, base)) in told.values.rows().into_iter().zip(&told.base).enumerate() {
            let class = classes[row] as usize;
            let said = match is_forest {
                false => probabilities[[row, class]],
                true => bundle.findings(&asked, 1).unwrap()[row].score.log2() * [-1.0, 1.0][class],
            };
            let sum = base + values.sum();
            assert!((sum - said).abs() < 1e-9, "{name}: {sum} {said}");
        }
    }
}

#[test]
fn what_is_sampled_comes_near_to_what_is_exact() {
    let forest = named("random-forest");
    let asked = flows(30);
    let classes = vec![0; 30];
    let exact = Explainer::of(&forest).unwrap().explain(&asked, &classes).unwrap();
    // A vote of one forest says the same, and is no sum of trees.
    let mut vote = Recipe::named("voting").unwrap();
    vote.set("members", "random-forest").unwrap();
    let vote = bundle(vote);
    let sampled = |pairs| {
        let told = Explainer::of(&vote).unwrap().pairs(pairs).explain(&asked, &classes).unwrap();
        assert_eq!(told.method, Method::Sampled);
        let apart = (&told.values - &exact.values).mapv(|apart| apart * apart);
        (apart.sum() / apart.len() as f64).sqrt()
    };
    let (few, many) = (sampled(4), sampled(400));
    assert!(many < 0.05 && many < few, "{few} {many}");
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
