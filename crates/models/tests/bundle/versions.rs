//! Files of every version of the format are read for ever.

use std::fs;
use std::path::PathBuf;

use netsift_container::{ContainerError, Kind, Writer};
use netsift_models::{Bundle, ModelError};

use crate::{flows, saved, trained};

fn fixture(version: u16) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    PathBuf::from(folder).join(format!("bundle-{version}.netsift"))
}

/// Writes the fixture of the present version: once, when it is new. Older ones are never made again.
#[test]
#[ignore = "writes a file that then stays as it is"]
fn make_the_fixture() {
    fs::write(fixture(1), saved(&trained().bundle)).unwrap();
}

#[test]
fn version_1_is_read() {
    let file = fs::read(fixture(1)).unwrap();
    let bundle = Bundle::load(&file[..]).unwrap();
    assert_eq!(bundle.facts().learner, "dummy");
    assert_eq!(bundle.facts().about, crate::about());
    assert_eq!(bundle.facts().split.seed, 42);
    let answer = bundle.score(&flows(6)).unwrap();
    assert_eq!(answer.classes.to_vec(), [0; 6]);
    assert!(answer.probabilities.iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-15));
    let seen = bundle.seen(&flows(120)).unwrap();
    assert_eq!((seen.looked_at, seen.found), (120, 90));
}

#[test]
fn a_newer_file_and_another_kind_are_named() {
    let empty = |tag: [u8; 4], version| {
        let kind = Kind { tag, version, name: "x", max_entry: 9, max_total: 99 };
        Writer::new(Vec::new(), &kind).unwrap().finish().unwrap()
    };
    let error = Bundle::load(&empty(*b"BNDL", 9)[..]).unwrap_err();
    let said = "the model file is of version 9, and this program reads versions up to 1";
    assert_eq!(error.to_string(), said);
    let error = Bundle::load(&empty(*b"FLOW", 1)[..]).unwrap_err();
    assert!(matches!(error, ModelError::File(ContainerError::OtherKind { .. })), "{error}");
    let error = Bundle::load(&b"a,b,c\n1,2,3\n"[..]).unwrap_err();
    assert_eq!(error.to_string(), "not a model file: it starts with a,b,c\\n1,");
    assert!(Bundle::load(&empty(*b"BNDL", 1)[..]).is_err());
}
