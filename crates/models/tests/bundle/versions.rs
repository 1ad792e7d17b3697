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

/// Writes the fixtures of the present version, until it is released. Older ones are never made again.
#[test]
#[ignore = "writes files that then stay as they are"]
fn make_the_fixtures() {
    fs::write(fixture(PRESENT, ".netsift"), saved(&trained().bundle)).unwrap();
    let mut answers = BTreeMap::new();
    for recipe in recipes() {
        let bundle = Trainer::new([recipe.clone()]).train(&flows(60)).unwrap().bundle;
        fs::write(fixture(PRESENT, &of_learner(recipe.name())), saved(&bundle)).unwrap();
        answers.insert(recipe.name(), told(&bundle));
    }
    fs::write(fixture(PRESENT, ANSWERS), serde_json::to_string(&answers).unwrap()).unwrap();
    let mut answers = BTreeMap::new();
    for bundle in detectors().into_iter().chain(calibrated()) {
        let name = kind_of(&bundle);
        fs::write(fixture(PRESENT, &of_learner(&name)), saved(&bundle)).unwrap();
        answers.insert(name, told(&bundle));
    }
    fs::write(fixture(PRESENT, OTHER_ANSWERS), serde_json::to_string(&answers).unwrap()).unwrap();
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
