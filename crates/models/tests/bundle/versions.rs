//! Files of every version of the format are read for ever.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use netsift_container::{ContainerError, Kind, Writer};
use netsift_data::Dataset;
use netsift_models::drift::Level;
use netsift_models::explain::Method;
use netsift_models::{Bundle, DetectorRecipe, Drift, Explainer, ModelError, Recipe, Trainer};

use crate::unlabelled::{calibrated, detectors};
use crate::zoo_laws::recipes;
use crate::{flows, saved, trained};

fn fixture(version: u16, name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    PathBuf::from(folder).join(format!("bundle-{version}{name}"))
}

/// The version that is written.
const PRESENT: u16 = 2;

fn of_learner(learner: &str) -> String {
    format!("-{}.netsift", learner.replace('/', "-"))
}

/// What files of all learners answer, beside them.
const ANSWERS: &str = "-answers.json";
/// And those of all others.
const OTHER_ANSWERS: &str = "-other-answers.json";

/// The probabilities of some rows.
fn told(bundle: &Bundle) -> Vec<Vec<f64>> {
    let answer = bundle.score(&flows(9)).unwrap();
    answer.probabilities.outer_iter().map(|row| row.to_vec()).collect()
}

/// Writes those fixtures of the present version that are missing. What is there stays as it is: it says what was written once.
#[test]
#[ignore = "writes files that then stay as they are"]
fn make_the_fixtures() {
    let plain = fixture(PRESENT, ".netsift");
    if !plain.exists() {
        fs::write(plain, saved(&trained().bundle)).unwrap();
    }
    let is_missing = |name: &str| !fixture(PRESENT, &of_learner(name)).exists();
    let learners = recipes().into_iter().filter(|recipe| is_missing(recipe.name()));
    add(
        ANSWERS,
        learners.map(|recipe| {
            let name = recipe.name().to_owned();
            (name, Trainer::new([recipe]).train(&flows(60)).unwrap().bundle)
        }),
    );
    let others = detectors().into_iter().chain(calibrated());
    let others = others.map(|bundle| (kind_of(&bundle), bundle));
    add(OTHER_ANSWERS, others.filter(|(name, _)| is_missing(name)));
}

/// Writes files, and what they answer behind the answers that are there, whose digits stay.
fn add(answers: &str, bundles: impl Iterator<Item = (String, Bundle)>) {
    let path = fixture(PRESENT, answers);
    let mut text = fs::read_to_string(&path).unwrap_or_else(|_| "{}".to_owned());
    let known: BTreeMap<String, Vec<Vec<f64>>> = serde_json::from_str(&text).unwrap();
    for (name, bundle) in bundles {
        assert!(!known.contains_key(&name), "{name} has answers without a file: take them out");
        fs::write(fixture(PRESENT, &of_learner(&name)), saved(&bundle)).unwrap();
        let open = text.trim_end().strip_suffix('}').unwrap();
        let comma = if open.ends_with('{') { "" } else { "," };
        let told = serde_json::to_string(&told(&bundle)).unwrap();
        text = format!("{open}{comma}{}:{told}}}", serde_json::to_string(&name).unwrap());
        fs::write(&path, &text).unwrap();
    }
}

/// What is in a file beside models of classes.
fn kind_of(bundle: &Bundle) -> String {
    match bundle.mind().calibrated() {
        Some(calibrated) => format!("calibrated-{}", calibrated.calibration().kind().name()),
        None => bundle.mind().name().to_owned(),
    }
}

/// Since version 2 there are detectors, and models whose probabilities are calibrated.
#[test]
fn every_detector_is_read_and_answers_as_it_did() {
    for version in 2..=PRESENT {
        let answers = fs::read(fixture(version, OTHER_ANSWERS)).unwrap();
        let answers: BTreeMap<String, Vec<Vec<f64>>> = serde_json::from_slice(&answers).unwrap();
        let kinds = ["calibrated-isotonic", "calibrated-sigmoid"];
        for kind in DetectorRecipe::names().into_iter().chain(kinds) {
            answers_as_before(version, kind, &answers);
        }
    }
}

#[test]
fn every_version_of_every_learner_is_read_and_answers_as_it_did() {
    for version in 1..=PRESENT {
        let answers = fs::read(fixture(version, ANSWERS)).unwrap();
        let answers: BTreeMap<String, Vec<Vec<f64>>> = serde_json::from_slice(&answers).unwrap();
        if version == PRESENT {
            assert_eq!(answers.len(), Recipe::names().len(), "a fixture for every learner");
        }
        for learner in answers.keys() {
            answers_as_before(version, learner, &answers);
        }
    }
}

fn answers_as_before(version: u16, learner: &str, answers: &BTreeMap<String, Vec<Vec<f64>>>) {
    let file = fs::read(fixture(version, &of_learner(learner))).unwrap();
    let bundle = Bundle::load(&file[..]);
    let bundle = bundle.unwrap_or_else(|error| panic!("{version}, {learner}: {error}"));
    let expected = answers.get(learner).unwrap_or_else(|| panic!("no answers: {learner}"));
    // Exponentials and logarithms differ by a last digit from machine to machine.
    let is_near = |(one, other): (&f64, &f64)| (one - other).abs() < 1e-9;
    let told = told(&bundle);
    assert_eq!(told.len(), expected.len());
    let mut both = told.iter().flatten().zip(expected.iter().flatten());
    assert!(both.all(is_near), "{version}, {learner}: {told:?}, but {expected:?}");
}

#[test]
fn every_version_is_read() {
    for version in 1..=PRESENT {
        let file = fs::read(fixture(version, ".netsift")).unwrap();
        answers_as_it_was_trained(&Bundle::load(&file[..]).unwrap());
    }
}

fn answers_as_it_was_trained(bundle: &Bundle) {
    assert_eq!(bundle.facts().learner, "dummy");
    assert_eq!(bundle.facts().about, crate::about());
    assert_eq!(bundle.facts().split.seed, 42);
    let answer = bundle.score(&flows(6)).unwrap();
    assert_eq!(answer.classes.to_vec(), [0; 6]);
    assert!(answer.probabilities.iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-15));
    let seen = bundle.seen(&flows(120)).unwrap();
    assert_eq!((seen.looked_at, seen.found), (120, 90));
    assert_eq!(&Bundle::load(&saved(bundle)[..]).unwrap(), bundle);
}

/// Version 1 has not kept how rows were spread, but quantiles.
#[test]
fn drift_from_a_bundle_of_version_1_is_rough() {
    for (version, is_rough) in [(1, true), (2, false)] {
        let bundle = Bundle::load(&fs::read(fixture(version, ".netsift")).unwrap()[..]).unwrap();
        let report = |data: &Dataset| {
            let mut drift = Drift::against(&bundle);
            drift.observe(data, &bundle.score(&flows(500)).unwrap().scores()).unwrap();
            drift.report()
        };
        let same = report(&flows(500));
        assert_eq!((same.is_rough, same.level), (is_rough, Level::Stable), "{same:?}");
        let other = flows(500);
        let other = other.with_matrix(other.schema().clone(), &other.matrix() * 3.0).unwrap();
        let names: Vec<String> =
            report(&other).behind().iter().map(|column| column.name.clone()).collect();
        assert!(names.contains(&"Bytes".to_owned()), "{version}: {names:?}");
    }
}

/// Version 1 has not kept what the rows of nodes weighed, but of decision trees.
#[test]
fn trees_of_version_1_are_explained_by_samples() {
    for (learner, first) in [
        ("decision-tree", Method::Exact),
        ("random-forest", Method::Sampled),
        ("extra-trees", Method::Sampled),
        ("gradient-boosting", Method::Sampled),
    ] {
        for (version, method) in [(1, first), (2, Method::Exact)] {
            let file = fs::read(fixture(version, &of_learner(learner))).unwrap();
            let bundle = Bundle::load(&file[..]).unwrap();
            let explainer = Explainer::of(&bundle).unwrap().pairs(4);
            let told = explainer.explain(&flows(2), &[0, 1]).unwrap();
            assert_eq!(told.method, method, "{version}, {learner}");
            assert!(told.values.iter().all(|value| value.is_finite()));
            let again = Bundle::load(&saved(&bundle)[..]).unwrap();
            assert_eq!(again, bundle, "{version}, {learner}");
        }
    }
}

#[test]
fn a_newer_file_and_another_kind_are_named() {
    let empty = |tag: [u8; 4], version| {
        let kind = Kind { tag, version, name: "x", max_entry: 9, max_total: 99 };
        Writer::new(Vec::new(), &kind).unwrap().finish().unwrap()
    };
    let error = Bundle::load(&empty(*b"BNDL", 9)[..]).unwrap_err();
    let said = "the model file is of version 9, and this program reads versions up to 2";
    assert_eq!(error.to_string(), said);
    let error = Bundle::load(&empty(*b"FLOW", 1)[..]).unwrap_err();
    assert!(matches!(error, ModelError::File(ContainerError::OtherKind { .. })), "{error}");
    let error = Bundle::load(&b"a,b,c\n1,2,3\n"[..]).unwrap_err();
    assert_eq!(error.to_string(), "not a model file: it starts with a,b,c\\n1,");
    assert!(Bundle::load(&empty(*b"BNDL", 1)[..]).is_err());
}
