//! Files of every version of the format are read for ever.

use std::fs;
use std::path::PathBuf;

use netsift_container::{ContainerError, Kind, Writer};
use netsift_data::Dataset;
use netsift_models::drift::Level;
use netsift_models::{Bundle, Drift, ModelError};

use crate::{flows, saved, trained};

fn fixture(version: u16) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    PathBuf::from(folder).join(format!("bundle-{version}.netsift"))
}

/// The version that is written.
const PRESENT: u16 = 2;

/// Writes the fixture of the present version, until it is released. Older ones are never made again.
#[test]
#[ignore = "writes a file that then stays as it is"]
fn make_the_fixture() {
    fs::write(fixture(PRESENT), saved(&trained().bundle)).unwrap();
}

#[test]
fn every_version_is_read() {
    for version in 1..=PRESENT {
        let file = fs::read(fixture(version)).unwrap();
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
        let bundle = Bundle::load(&fs::read(fixture(version)).unwrap()[..]).unwrap();
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
