//! `report`: models judged by the same rows, as a summary, a page, JSON, plots and a table of mistakes.

use std::fs;

use serde_json::Value;

use crate::models::{Place, flows};

/// A place with two models and rows that neither has seen.
fn place() -> Place {
    let place = Place::new();
    place.trained(&["--model", "decision-tree"]);
    let words = ["train", "flows.csv", "--label", "Label", "--drop", "Host", "-o", "bayes.nsm"];
    place.fine(&[&words[..], &["--model", "naive-bayes"]].concat());
    // Of each scan one is called otherwise, so that there are mistakes.
    let wrong = flows(120).replace("9000,tcp,0.5,10.0.0.0,scan", "9000,tcp,0.5,10.0.0.0,benign");
    fs::write(place.path("test.csv"), wrong).unwrap();
    place
}

const LABEL: [&str; 2] = ["--label", "Label"];

#[test]
fn the_summary_tells_how_right_models_are_and_which_is_better() {
    let place = place();
    let words = [&["report", "m.nsm", "bayes.nsm", "test.csv"], &LABEL[..]].concat();
    let told = place.fine(&words);
    for said in ["Rows, test", "120", "Macro F1, m.nsm", "McNemar", "Models by macro-f1", "█"] {
        assert!(told.out.contains(said), "{said} in {}", told.out);
    }
    assert!(told.errors.contains("too-short"), "{}", told.errors);
    // Which is a model is told by content, wherever it stands.
    let turned = [&["report", "test.csv", "m.nsm"], &LABEL[..], &["bayes.nsm"]].concat();
    let turned = place.fine(&turned).out;
    assert!(turned.starts_with("m.nsm, bayes.nsm on test.csv"), "{turned}");
    assert_eq!(turned, told.out);
}

#[test]
fn a_page_json_plots_and_mistakes_tell_the_same() {
    let place = place();
    let rest = [
        "--train",
        "flows.csv",
        "--learning-curve",
        "-o",
        "page.html",
        "--static",
        "--json",
        "--errors-csv",
        "wrong.csv",
        "--keep",
        "Rate",
    ];
    let plots = place.path("plots");
    let plots = ["--plots", crate::text(&plots)];
    let words = [&["report", "m.nsm", "test.csv"], &LABEL[..], &rest, &plots].concat();
    let told = place.fine(&words);
    let numbers: Value = serde_json::from_str(&told.out).unwrap();
    let model = &numbers["models"][0];
    assert_eq!((&model["name"], &model["parts"][0]["rows"]), (&"m.nsm".into(), &120.into()));
    assert_eq!(model["parts"][1]["part"], "training");
    assert_eq!(model["inside"]["learning"]["points"].as_array().unwrap().len(), 6);
    let page = fs::read_to_string(place.path("page.html")).unwrap();
    for said in ["Confusion", "ROC and precision-recall", "Learning curve", "BLAKE3", "test.csv"] {
        assert!(page.contains(said), "{said}");
    }
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    let count = model["mistakes"]["count"].as_u64().unwrap();
    let wrong = fs::read_to_string(place.path("wrong.csv")).unwrap();
    assert!(count > 0 && wrong.lines().count() as u64 == count + 1, "{count}: {wrong}");
    assert!(wrong.starts_with("Model,Row,Is,Told,Score,Rate,"), "{wrong}");
    assert!(wrong.lines().nth(1).unwrap().starts_with("m.nsm,1,benign,scan,"), "{wrong}");
    let drawn = fs::read_dir(place.path("plots")).unwrap().count();
    assert!(drawn >= 20 && drawn.is_multiple_of(2), "{drawn}");
    // The same numbers as evaluate tells.
    let words = [&["evaluate", "m.nsm", "test.csv", "--json"], &LABEL[..]].concat();
    let judged: Value = serde_json::from_str(&place.fine(&words).out).unwrap();
    assert_eq!(judged["accuracy"], model["parts"][0]["report"]["accuracy"]);
}

#[test]
fn detectors_have_a_page_of_their_own() {
    let place = place();
    place.fine(&["train", "flows.csv", "--drop", "Host,Label", "--model", "hbos", "-o", "h.nsm"]);
    let words = [&["report", "h.nsm", "test.csv", "--usual", "benign"], &LABEL[..]].concat();
    let told = place.fine(&[&words[..], &["-o", "page.html", "--static"]].concat());
    assert!(told.out.contains("Anomalies") && told.out.contains("ROC area"), "{}", told.out);
    assert!(fs::read_to_string(place.path("page.html")).unwrap().contains("Precision at n"));
    let refused = |words: &[&str], said: &str| {
        let run = place.run(words);
        assert!(
            run.code == 2 && run.errors.lines().last().unwrap().contains(said),
            "{}",
            run.errors
        );
    };
    let learning = [&words[..], &["--train", "flows.csv", "--learning-curve"]].concat();
    refused(&learning, "--learning-curve is of models of classes");
    let both = [&["report", "h.nsm", "m.nsm", "test.csv"], &LABEL[..]].concat();
    refused(&both, "m.nsm does not tell the classes that h.nsm tells");
}

#[test]
fn what_cannot_be_reported_is_refused_in_a_line_and_leaves_nothing_behind() {
    let place = place();
    fs::write(place.path("empty.csv"), "Bytes,Kind,Rate,Host,Label\n").unwrap();
    fs::write(place.path("short.csv"), "Bytes,Rate,Label\n1,2,benign\n").unwrap();
    fs::write(place.path("other.csv"), flows(20).replace("benign", "x").replace("scan", "y"))
        .unwrap();
    fs::write(place.path("cut.nsm"), &fs::read(place.path("m.nsm")).unwrap()[..40]).unwrap();
    for (files, code, said) in [
        (&["m.nsm"][..], 2, "no table is named"),
        (&["test.csv"], 2, "no model that train wrote is named"),
        (&["m.nsm", "m.nsm", "test.csv"], 2, "named twice"),
        (&["m.nsm", "empty.csv"], 1, "no rows"),
        (&["m.nsm", "short.csv"], 2, "m.nsm: there is no column \"Kind\""),
        (&["m.nsm", "other.csv"], 1, "m.nsm: "),
        (&["cut.nsm", "test.csv"], 1, "cut.nsm"),
        (&["m.nsm", "nowhere.csv"], 1, "nowhere.csv"),
        (&["m.nsm", "test.csv", "--usual", "benign"], 2, ""),
        (&["m.nsm", "test.csv", "--keep", "Nothing"], 2, "Nothing"),
        (&["m.nsm", "test.csv", "--score", "beauty"], 2, "macro-f1"),
        (&["m.nsm", "test.csv", "--learning-curve"], 2, "--train"),
        (&["m.nsm", "test.csv", "--errors-csv", "page.html"], 2, "both go to"),
    ] {
        let words = [&["report"], files, &LABEL, &["-o", "page.html"]].concat();
        let run = place.run(&words);
        assert_eq!(run.code, code, "{words:?}: {}", run.errors);
        let last = run.errors.lines().last().unwrap_or_default();
        assert!(last.contains(said), "{words:?}: {}", run.errors);
        let left = place.path("page.html").exists() || place.path("page.html.partial").exists();
        assert!(!left, "{words:?}");
    }
    let told = place.run(&["report", "m.nsm", "test.csv", "--label", "Nothing"]);
    assert!(told.code != 0 && told.errors.contains("Nothing"), "{}", told.errors);
}

#[test]
fn rows_without_a_label_are_left_out_and_told() {
    let place = place();
    let table = flows(40) + "5,tcp,1.5,10.0.0.1,\n6,udp,1.5,10.0.0.1,\n";
    fs::write(place.path("some.csv"), table).unwrap();
    let told = place.fine(&[&["report", "m.nsm", "some.csv", "--json"], &LABEL[..]].concat());
    let numbers: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(numbers["models"][0]["parts"][0]["rows"], 40);
    assert!(told.errors.contains("empty-label"), "{}", told.errors);
}
