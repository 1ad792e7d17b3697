//! Why a model says what it says, as `netsift predict --explain` and `evaluate --importance` tell it.

use std::fs;

use serde_json::Value;

use crate::models::{Place, line};
use crate::{Run, text};

fn place(model: &str) -> Place {
    let place = Place::new();
    place.trained(&["--model", model, "-q"]);
    place
}

#[test]
fn the_columns_that_speak_for_a_class_stand_beside_it() {
    for (model, scan) in [
        // 20 of 80 rows are scans, of which the forest is sure.
        ("random-forest", "+0."),
        // Log odds.
        ("gradient-boosting", "+"),
        ("naive-bayes", "+0."),
    ] {
        let place = place(model);
        let told = place.fine(&["predict", "m.nsm", "flows.csv", "--explain", "2", "-q"]).out;
        let mut rows = told.lines();
        assert_eq!(rows.next(), Some("Class,P(benign),P(scan),Reason 1,Reason 2"), "{model}");
        let first = rows.next().unwrap();
        let starts = "\"Bytes 9,000 (usual ";
        assert!(first.starts_with("scan,") && first.contains(starts), "{model}: {first}");
        assert!(first.contains(&format!(") {scan}")), "{model}: {first}");
        assert_eq!(rows.count(), 79);
    }
}

#[test]
fn it_is_said_where_reasons_are_sampled() {
    for (model, is_sampled) in [("naive-bayes", true), ("gradient-boosting", false)] {
        let place = place(model);
        let told = place.fine(&["predict", "m.nsm", "flows.csv", "--explain", "1"]).errors;
        let said = format!("the reasons of {model} are sampled");
        assert_eq!(told.contains(&said), is_sampled, "{told}");
    }
    let place = Place::new();
    for (model, is_sampled) in [("hbos", false), ("pca", false), ("lof", true)] {
        let words = ["train", "flows.csv", "--drop", "Label,Kind,Host", "--model", model];
        place.fine(&[&words[..], &["-o", "d.nsm", "-q"]].concat());
        let told = place.fine(&["predict", "d.nsm", "flows.csv", "--explain", "2"]);
        assert_eq!(told.errors.contains("are sampled"), is_sampled, "{}", told.errors);
        let first = told.out.lines().nth(1).unwrap();
        assert!(first.contains(" (usual "), "{model}: {first}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_long_explanation_in_order() {
    let place = place("knn");
    let header = fs::read_to_string(place.path("flows.csv")).unwrap();
    let (header, rows) = header.split_once('\n').unwrap();
    fs::write(place.path("many.csv"), format!("{header}\n{}", rows.repeat(2_000))).unwrap();
    let [model, many, out] = ["m.nsm", "many.csv", "told.csv"].map(|name| place.path(name));
    let words =
        ["predict", text(&model), text(&many), "--explain", "3", "-o", text(&out), "-t", "1"];
    let child = crate::on_a_pipe(&words, b"");
    crate::pause(1_500);
    crate::interrupt(&child, "-INT");
    let run = Run::of(&child.wait_with_output().unwrap());
    assert_eq!(run.code, 130, "{}", run.errors);
    assert!(run.errors.contains("interrupted: nothing is written"), "{}", run.errors);
    assert!(!out.exists() && !place.path("told.csv.partial").exists());
}

#[test]
fn reasons_are_texts_of_their_own_in_json() {
    let place = place("random-forest");
    let told = place.fine(&["predict", "m.nsm", "flows.csv", "--explain", "3", "--json", "-q"]).out;
    let row: Value = serde_json::from_str(told.lines().nth(3).unwrap()).unwrap();
    let reasons = ["Reason 1", "Reason 2", "Reason 3"].map(|name| row[name].as_str());
    assert!(reasons[0].is_some_and(|reason| reason.starts_with("Bytes 3 (usual ")), "{row}");
    let texts = told
        .lines()
        .filter(|line| line.contains(r#""Kind \"tcp\" "#) || line.contains(r#"Kind \"udp\" "#));
    assert!(texts.count() > 0, "{told}");
    assert!(told.contains("Rate missing (usual "), "{told}");
}

#[test]
fn rows_are_explained_whatever_their_number_and_threads() {
    let place = place("random-forest");
    let few = place.fine(&["predict", "m.nsm", "flows.csv", "--explain", "1", "-t", "1"]).out;
    let many = place.fine(&["predict", "m.nsm", "flows.csv", "--explain", "1", "-t", "3"]).out;
    assert_eq!(few, many);
    let header = fs::read_to_string(place.path("flows.csv")).unwrap();
    let (header, rows) = header.split_once('\n').unwrap();
    let third = rows.lines().nth(2).unwrap();
    fs::write(place.path("third.csv"), format!("{header}\n{third}\n")).unwrap();
    let alone = place.fine(&["predict", "m.nsm", "third.csv", "--explain", "1"]).out;
    assert_eq!(alone.lines().nth(1), few.lines().nth(3));
    fs::write(place.path("none.csv"), format!("{header}\n")).unwrap();
    let none = place.fine(&["predict", "m.nsm", "none.csv", "--explain", "1", "-q"]).out;
    assert_eq!(none, "Class,P(benign),P(scan),Reason 1\n");
}

#[test]
fn no_reasons_and_too_many_are_not_asked_for() {
    let place = place("dummy");
    for count in ["0", "100", "-1", "all"] {
        let words = ["predict", "m.nsm", "flows.csv", "--explain", count];
        assert_eq!(place.run(&words).code, 2);
    }
    // What looks at no column has no reason.
    let told = place.fine(&["predict", "m.nsm", "flows.csv", "--explain", "1", "-q"]).out;
    assert!(told.lines().skip(1).all(|row| row.ends_with(',')), "{told}");
}

#[test]
fn what_columns_count_is_told_with_the_figures() {
    let place = place("random-forest");
    let words = ["evaluate", "m.nsm", "flows.csv", "--label", "Label", "--importance"];
    let told = place.fine(&words).out;
    let bytes: f64 = line(&told, "Bytes")[1].parse().unwrap();
    let rate: f64 = line(&told, "Rate")[1].parse().unwrap();
    assert!(bytes > 0.2 && rate < 0.1, "{told}");
    let told = place.fine(&[&words[..], &["--json"]].concat()).out;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["importance"][0]["column"], "Bytes");
    assert!((told["importance"][0]["importance"].as_f64().unwrap() - bytes).abs() < 1e-4);
    assert_eq!(told["importance"].as_array().unwrap().len(), 3);
}

#[test]
fn flows_of_captures_are_explained_by_their_features() {
    let place = Place::new();
    place.fine(&["synth", "-o", "a.pcap", "--labels", "rules.csv", "--packets", "4000"]);
    place.fine(&["extract", "a.pcap", "--label-file", "rules.csv", "-o", "a.csv", "-q"]);
    let train =
        ["train", "a.csv", "--label", "Label", "--model", "extra-trees", "-o", "m.nsm", "-q"];
    place.fine(&[&train[..], &["--set", "trees=10"]].concat());
    let told = place.fine(&["predict", "m.nsm", "a.pcap", "--explain", "2", "-q"]).out;
    let heading = told.lines().next().unwrap();
    assert!(heading.ends_with(",Reason 1,Reason 2"), "{heading}");
    let explained = told.lines().skip(1).filter(|row| row.contains("(usual "));
    assert!(explained.count() > 10, "{told}");
}
