//! Files that somebody has made to do harm.

use netsift_container::{Kind, Writer};
use netsift_models::{Bundle, Drift, Explainer, Fingerprint, ModelError, Trainer};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::unlabelled::{calibrated, detector, detectors};
use crate::zoo_laws::recipes;
use crate::{flows, saved, trained};

/// The file with every checksum right, as far as its lengths lead.
fn mended(file: &[u8]) -> Vec<u8> {
    let mut mended = file.to_vec();
    let mut checksum = crc32fast::Hasher::new();
    let (mut start, mut content) = (0, 14);
    while start + content + 4 <= mended.len() {
        checksum.update(&mended[start..start + content]);
        let sum = checksum.clone().finalize().to_le_bytes();
        mended[start + content..start + content + 4].copy_from_slice(&sum);
        start += content + 4;
        let Some(length) = mended.get(start..).and_then(|rest| rest.first_chunk()) else { break };
        content = 4 + match u32::from_le_bytes(*length) {
            u32::MAX => 8,
            length => length as usize,
        };
    }
    mended
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// However a file of any learner is changed, with its checksums put right: an error, or a bundle that answers.
    #[test]
    fn a_changed_file_is_refused_or_answers(
        file in prop::sample::select(&FILES[..]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut file = file;
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        if let Ok(bundle) = Bundle::load(&mended(&file)[..]) {
            let _ = bundle.score(&flows(9));
            let _ = (bundle.judge(&flows(9), 2), bundle.findings(&flows(9), 2));
            let mut drift = Drift::against(&bundle);
            let counted = drift.observe(&flows(200), &[0.5; 200]);
            let report = drift.report();
            prop_assert!(counted.is_err() || report.number.is_finite() && report.rows == 200);
            let told = Explainer::of(&bundle).unwrap().pairs(2).reasons(&flows(2), &[0; 2], 3);
            prop_assert!(told.is_err() || told.is_ok_and(|told| told.len() == 2));
            let _ = (bundle.card(), bundle.seen(&flows(9)), bundle.to_json(std::io::sink()));
            prop_assert!(Bundle::load(&saved(&bundle)[..]).is_ok());
        }
    }
}

static FILES: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(|| {
    let file = |recipe| saved(&Trainer::new([recipe]).train(&flows(30)).unwrap().bundle);
    let others = detectors().into_iter().chain(calibrated());
    let others = others.map(|bundle| saved(&bundle));
    recipes().into_iter().map(file).chain(others).chain([FILE.clone()]).collect()
});

static FILE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| saved(&trained().bundle));

/// A bundle with one thing changed, through JSON, which tells names.
fn forged(pointer: &str, value: Value) -> Result<Bundle, ModelError> {
    let mut json = serde_json::to_value(trained().bundle).unwrap();
    *json.pointer_mut(pointer).ok_or(pointer).unwrap() = value;
    let bundle: Bundle = match serde_json::from_value(json) {
        Ok(bundle) => bundle,
        Err(_) => return Err(ModelError::Unsound { what: "refused as it is decoded" }),
    };
    Bundle::load(&saved(&bundle)[..])
}

/// What is told of a detector, which a model of classes does not have.
fn alarm_facts() -> Value {
    serde_json::to_value(detector("hbos").bundle).unwrap()["alarm"].clone()
}

/// The same of a detector.
fn forged_detector(pointer: &str, value: Value) -> Result<Bundle, ModelError> {
    let mut json = serde_json::to_value(detector("hbos").bundle).unwrap();
    *json.pointer_mut(pointer).ok_or(pointer).unwrap() = value;
    let bundle: Bundle = match serde_json::from_value(json) {
        Ok(bundle) => bundle,
        Err(_) => return Err(ModelError::Unsound { what: "refused as it is decoded" }),
    };
    Bundle::load(&saved(&bundle)[..])
}

#[test]
fn detectors_that_training_cannot_have_made_are_refused() {
    forged_detector("/alarm/rows_a_day", json!(17.5)).unwrap();
    forged_detector("/alarm/limit", json!({"AlertsADay": 3.0})).unwrap();
    for (pointer, value) in [
        ("/alarm", json!(null)),
        ("/alarm/rows_a_day", json!(0.0)),
        ("/alarm/limit", json!({"Contamination": 1.0})),
        ("/alarm/limit", json!({"Contamination": -0.1})),
        ("/alarm/limit", json!({"AlertsADay": -1.0})),
        ("/alarm/limit", json!({"Anomalies": "BestF1"})),
        ("/alarm/limit", json!({"Anomalies": {"FalsePositiveRate": 2.0}})),
        ("/alarm/has_learned_anomalies", json!(true)),
        ("/alarm/train_scores/3/share", json!(2.0)),
        ("/alarm/test_scores/3/below", json!(1e300)),
        ("/alarm/candidates/0/stability/ranks", json!(2.0)),
        ("/alarm/candidates/0/stability/overlap", json!(-0.5)),
        ("/alarm/candidates/0/stability/roc_area", json!(1.5)),
        ("/alarm/candidates", json!(vec![json!({"detector": "x", "stability": null}); 999])),
        ("/facts/learner", json!("ecod")),
        ("/facts/train/report/confusion/classes/0", json!("benign")),
        ("/predictor/mind/alarm/threshold", json!(null)),
        ("/predictor/mind/alarm/classes", json!(["anomaly", "usual"])),
        ("/predictor/mind/alarm/scale/rows", json!(0)),
        ("/predictor/mind/alarm/scale/knots", json!([])),
        ("/predictor/mind/alarm/detector", json!({"hbos": {}})),
    ] {
        assert!(forged_detector(pointer, value).is_err(), "{pointer}");
    }
}

fn folds(accuracy: Value, macro_f1: Value) -> Value {
    json!([{"learner": "dummy", "folds": [{"accuracy": accuracy, "macro_f1": macro_f1}]}])
}

#[test]
fn what_training_cannot_have_made_is_refused() {
    forged("/facts/about/date", json!("2027-01-01")).unwrap();
    forged("/facts/cross_validation", folds(json!(0.5), json!(1.0))).unwrap();
    forged("/fingerprint/hashes", (0..90).collect()).unwrap();
    for (pointer, value) in [
        ("/facts/learner", json!("random-forest")),
        ("/facts/columns/0/name", json!("x")),
        ("/facts/columns", json!([])),
        ("/facts/columns/0/usual/3/below", json!(1e300)),
        ("/facts/split/test_share", json!(1.5)),
        ("/facts/train/report/classes", json!([])),
        ("/facts/train/report/accuracy", json!(7)),
        ("/facts/train/report/confusion/classes/0", json!("x")),
        ("/facts/train/scores/0/share", json!(0.5)),
        ("/facts/test/report/accuracy", json!(7)),
        ("/facts/test/report/classes", json!([])),
        // From 0 to 1, but not what the matrix says.
        ("/facts/test/report/accuracy", json!(1.0)),
        ("/facts/test/report/balanced_accuracy", json!(0.5)),
        ("/facts/test/report/matthews", json!(1.0)),
        ("/facts/test/report/kappa", json!(null)),
        ("/facts/test/report/kappa", json!(0.5)),
        ("/facts/test/report/classes/0/scores/f1", json!(7)),
        ("/facts/test/report/classes/1/support", json!(-5)),
        ("/facts/test/report/macro_average/f1", json!(-3)),
        ("/facts/test/report/weighted_average/recall", json!(1.0)),
        ("/facts/test/report/confusion/is_weighted", json!(true)),
        ("/facts/test/report/confusion/cells/0", json!(9.5)),
        ("/facts/test/report/confusion/cells/0", json!(11)),
        ("/facts/test/rows", json!(9_999_999)),
        ("/facts/test/report/probabilities/log_loss", json!(-1)),
        ("/facts/test/report/probabilities/curves/classes/0/roc_area", json!(7)),
        ("/facts/test/report/probabilities/curves/classes/1/pr_area", json!(-1)),
        ("/facts/test/report/probabilities/curves/macro_roc/points/0/x", json!(2)),
        ("/facts/test/calibration/0/observed", json!(2)),
        ("/facts/test/calibration/0/rows", json!(31)),
        ("/facts/test/calibration", json!([])),
        ("/facts/test/scores/8/below", json!(2)),
        ("/facts/repeated/found", json!(31)),
        ("/facts/repeated/looked_at", json!(31)),
        ("/facts/rows_fitted", json!(0)),
        ("/facts/split/train_rows", json!(1)),
        ("/facts/split/test_rows", json!(9_999_999)),
        ("/facts/test", json!(null)),
        ("/facts/columns/0/missing", json!(91)),
        ("/facts/columns/0/infinite", json!(u64::MAX)),
        ("/facts/cross_validation", folds(json!(1.5), json!(0.5))),
        ("/facts/cross_validation", folds(json!(0.5), json!(-0.5))),
        ("/fingerprint/last", json!(0)),
        ("/fingerprint/hashes", json!([7, 5])),
        ("/fingerprint/hashes", json!([5, 5])),
        ("/fingerprint/hashes", (0..=1 << 16).collect()),
        ("/reference/columns", json!([])),
        ("/reference/columns/0/counts", json!([1])),
        ("/reference/columns/0/bins/Numbers", json!([2.0, 1.0])),
        ("/reference/columns/0/bins", json!({"Texts": ["a"]})),
        ("/reference/score/bins", json!({"Texts": []})),
        ("/fingerprint/hashes", (0..91).collect()),
        ("/fingerprint/hashes", json!([])),
        ("/predictor/mind/model/dummy/width", json!(3)),
        ("/predictor/mind/model/dummy/shares", json!([0.5, 0.5])),
        ("/predictor/mind/model/dummy/shares", json!([1.0, 1.0, 1.0])),
        ("/predictor/mind/model/dummy/classes", json!(["a", "b", "c"])),
        ("/alarm", json!(alarm_facts())),
        ("/predictor/preparation/steps/3/Scale/columns/0/spread", json!(0.0)),
    ] {
        let refused = forged(pointer, value);
        assert!(refused.is_err(), "{pointer}");
    }
}

#[test]
fn a_learner_that_this_build_does_not_know_is_named() {
    let kind = Kind { tag: *b"BNDL", version: 1, name: "model", max_entry: 99, max_total: 999 };
    let mut writer = Writer::new(Vec::new(), &kind).unwrap();
    writer.put(&("oracle", 7_u64)).unwrap();
    let error = Bundle::load(&writer.finish().unwrap()[..]).unwrap_err();
    assert!(matches!(error, ModelError::UnknownLearner { name, .. } if &*name == "oracle"));
}

/// A file written entry by entry: of five, the first so many and as many more.
fn written(learner: &str, interface: u64, entries: usize) -> Vec<u8> {
    let bundle = trained().bundle;
    let fingerprint = Fingerprint::of(&flows(90), bundle.input()).unwrap();
    let kind =
        Kind { tag: *b"BNDL", version: 1, name: "model", max_entry: 1 << 20, max_total: 1 << 20 };
    let mut writer = Writer::new(Vec::new(), &kind).unwrap();
    for entry in 0..entries {
        match entry {
            0 => writer.put(&(learner, interface)),
            1 => writer.put(bundle.facts()),
            2 => writer.put(&fingerprint),
            3 => writer.put(bundle.preparation()),
            4 => writer.put(bundle.model().unwrap()),
            _ => writer.put(&()),
        }
        .unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn entries_that_do_not_belong_together_are_refused() {
    let interface = trained().bundle.interface();
    let loaded = |learner, interface, entries| {
        Bundle::load(&written(learner, interface, entries)[..]).map(drop)
    };
    loaded("dummy", interface, 5).unwrap();
    for (learner, interface, entries) in
        [("knn", interface, 5), ("dummy", interface + 1, 5), ("dummy", interface, 6)]
    {
        let refused = loaded(learner, interface, entries);
        assert!(matches!(refused, Err(ModelError::Unsound { .. })), "{learner} {entries}");
    }
    for entries in 0..5 {
        assert!(loaded("dummy", interface, entries).is_err(), "{entries}");
    }
}

#[test]
fn a_file_of_strangers_can_be_bounded() {
    let error = Bundle::load_within(&FILE[..], 1_000).unwrap_err().to_string();
    assert!(error.contains("and 1000 are allowed"), "{error}");
    Bundle::load_within(&FILE[..], FILE.len() as u64).unwrap();
}
