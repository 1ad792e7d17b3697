//! What a loaded bundle answers.

use netsift_data::{DataError, Dataset, Labels, Schema};
use netsift_models::{Bundle, ModelError, Recipe, Seen, Trainer};
use serde_json::Value;

use crate::{flows, saved, trained};

#[test]
fn what_was_saved_answers_bit_for_bit_and_saves_to_the_same_bytes() {
    let bundle = trained().bundle;
    let file = saved(&bundle);
    let loaded = Bundle::load(&file[..]).unwrap();
    assert_eq!(loaded, bundle);
    assert_eq!(saved(&loaded), file);
    let (one, other) = (bundle.score(&flows(50)).unwrap(), loaded.score(&flows(50)).unwrap());
    assert_eq!(one.classes, other.classes);
    let bits = |answer: &netsift_models::Answer| -> Vec<u64> {
        answer.probabilities.iter().map(|cell| cell.to_bits()).collect()
    };
    assert_eq!(bits(&one), bits(&other));
}

#[test]
fn columns_are_found_by_name_in_any_order_and_on_any_number_of_threads() {
    let (bundle, data) = (trained().bundle, flows(1_000));
    let answer = bundle.score(&data).unwrap();
    let turned = data.pick(["Bytes", "Flow Duration", "Protocol"]).unwrap();
    assert_eq!(bundle.score(&turned).unwrap(), answer);
    for threads in [2, 3, 5_000] {
        assert_eq!(bundle.score_on(&turned, threads).unwrap(), answer, "{threads} threads");
    }
    assert_eq!(bundle.score(&data.slice(0..0)).unwrap().probabilities.dim(), (0, 3));
}

#[test]
fn a_missing_column_is_named() {
    let bundle = trained().bundle;
    for rows in [10, 0] {
        let data = flows(rows).without(["Bytes"]).unwrap();
        match bundle.score(&data).unwrap_err() {
            ModelError::Data(DataError::MissingColumns { names }) => {
                assert_eq!(&*names[0], "Bytes");
            }
            other => panic!("{other}"),
        }
    }
    let numbers = Schema::numbers(["Flow Duration", "Protocol", "Bytes"]).unwrap();
    let data = Dataset::new(numbers, flows(3).matrix().to_owned()).unwrap();
    let error = bundle.score(&data).unwrap_err().to_string();
    assert_eq!(error, r#"column "Protocol" holds numbers, but texts are needed"#);
}

#[test]
fn a_profile_is_compared() {
    let bundle = trained().bundle;
    bundle.expect_profile("native").unwrap();
    let error = bundle.expect_profile("cic").unwrap_err().to_string();
    assert_eq!(error, "the model was trained on flows of the profile native, and these are of cic");
}

#[test]
fn labels_are_judged_under_the_names_of_the_training() {
    let bundle = trained().bundle;
    assert_eq!(bundle.classes().names().collect::<Vec<_>>(), ["dos", "benign", "scan"]);
    let judged = bundle.judge(&flows(30), 1).unwrap();
    assert_eq!((judged.rows, judged.report.confusion.row(0)), (30, &[10.0, 0.0, 0.0][..]));
    assert!(judged.report.probabilities.is_some());
    // A class that nobody has seen is always told wrong; curves of it there are none.
    let data = flows(4).with_labels(Labels::of(["flood", "dos", "benign", "DoS Slow"])).unwrap();
    let judged = bundle.judge(&data, 1).unwrap();
    let names: Vec<&str> = judged.report.classes.iter().map(|class| class.name.as_str()).collect();
    assert_eq!(names, ["dos", "benign", "scan", "flood"]);
    assert_eq!((judged.report.accuracy, judged.report.probabilities.is_none()), (0.5, true));
    let other = flows(2).with_labels(Labels::of(["x", "y"])).unwrap();
    let error = bundle.judge(&other, 1).unwrap_err().to_string();
    assert_eq!(error, "none of the labels is a class of the model; it knows dos, benign, scan");
    assert!(bundle.judge(&flows(2).bare(), 1).is_err() && bundle.judge(&flows(0), 1).is_err());
}

#[test]
fn rows_of_the_training_are_noticed() {
    let trained = trained();
    let data = flows(120);
    let seen = trained.bundle.seen(&data).unwrap();
    assert_eq!((seen.looked_at, seen.found), (120, 90));
    assert_eq!(trained.bundle.facts().repeated.found, 0);
    let none = Seen::default();
    assert_eq!(trained.bundle.seen(&data.slice(0..0)).unwrap(), none);
}

#[test]
fn people_can_read_it() {
    let bundle = trained().bundle;
    let card = bundle.card();
    for line in [
        "# Model card: dummy",
        "- **date**: 2026-05-04",
        "- **flow profile**: native",
        "- **idle timeout**: 120 s",
        "- **classes**: dos, benign, scan",
        "- **tables**: made \\| by hand",
        "- **to train with**: 90",
        "- **held back to test with**: 30",
        "- **accuracy**: 0.3333",
        "| dos | 10 | 0 | 0 |",
        "| Flow Duration | µs | 6 | 5.81 | 1066.5 |  |",
    ] {
        assert!(card.lines().any(|other| other == line), "{line}\n{card}");
    }
    let mut json = Vec::new();
    bundle.to_json(&mut json).unwrap();
    let json: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["facts"]["learner"], "dummy");
    assert_eq!(json["facts"]["train"]["rows"], 90);
    assert_eq!(json["predictor"]["mind"]["model"]["dummy"]["width"], 4);
    assert_eq!(json["effects"][0]["what"], "DoS* to dos");
}

#[test]
fn a_threshold_without_end_is_told_in_the_export() {
    let schema = Schema::numbers(["a"]).unwrap();
    let cells = [1.0, f64::NAN, 2.0, f64::NAN, 3.0, f64::NAN];
    let rows = ndarray::Array2::from_shape_vec((6, 1), cells.to_vec()).unwrap();
    let data = Dataset::new(schema, rows).unwrap();
    let data = data.with_labels(Labels::of(["here", "not", "here", "not", "here", "not"])).unwrap();
    let trainer = Trainer::new([Recipe::named("decision-tree").unwrap()]).test_share(0.0);
    let bundle = trainer.train(&data).unwrap().bundle;
    let mut json = Vec::new();
    bundle.to_json(&mut json).unwrap();
    let json: Value = serde_json::from_slice(&json).unwrap();
    // Every number is at most that: what is parted is what is missing.
    let model = json["predictor"]["mind"]["model"]["decision-tree"].to_string();
    assert!(model.contains("\"inf\"") && !model.contains("null"), "{model}");
}
