//! What `netsift train` can be asked for, and what comes of it.

use std::fs;

use crate::models::{Place, line};

#[test]
fn steps_are_done_in_the_order_in_which_they_are_asked_for() {
    let place = Place::new();
    let steps = |transform: &[&str]| {
        let options = ["--model", "knn", "--card", "card.md"];
        place.trained(&[&options[..], transform].concat());
        let card = fs::read_to_string(place.path("card.md")).unwrap();
        let of_bytes = card.lines().filter(|line| line.starts_with("| Bytes | "));
        let steps = of_bytes.filter_map(|line| line.split(" | ").nth(1).map(str::to_owned));
        // Behind the column's own facts.
        steps.skip(1).collect::<Vec<_>>()
    };
    let one =
        steps(&["--transform", "finite,impute:mean,log:Bytes", "--transform", "standard,one-hot"]);
    assert_eq!(one, ["finite", "impute", "log", "scale"]);
    let other = steps(&["--transform", "finite,standard,log:Bytes"]);
    assert_eq!(other[..3], ["finite", "scale", "log"]);
    let words = ["train", "flows.csv", "--label", "Label", "-o", "n.nsm"];
    let refused = |options: &[&str]| place.run(&[&words[..], options].concat());
    let run = refused(&["--transform", "log:all", "--scale", "robust"]);
    assert_eq!(run.code, 2);
    assert!(run.errors.contains("cannot be used with"), "{}", run.errors);
    let run = refused(&["--transform", "logs"]);
    assert!(run.errors.contains("no step is named \"logs\"; there are finite, "), "{}", run.errors);
}

#[test]
fn tables_are_prepared_by_the_same_steps() {
    let place = Place::new();
    let words = ["prepare", "flows.csv", "-o", "out.csv", "--keep", "Bytes,Kind", "-q"];
    place.fine(&[&words[..], &["--transform", "one-hot,clip:0:0.5,min-max"]].concat());
    let rows = fs::read_to_string(place.path("out.csv")).unwrap();
    assert_eq!(rows.lines().next(), Some("Bytes,Kind=tcp,Kind=udp"));
    let large = rows.lines().skip(1).filter(|row| row.starts_with("1,"));
    assert_eq!(large.count(), 40);
}

#[test]
fn a_tree_is_printed_and_drawn_and_what_counts_is_told() {
    let place = Place::new();
    let options = ["--model", "decision-tree", "--rules", "tree.txt", "--graphviz", "tree.dot"];
    let told = place.trained(&[&options[..], &["--card", "card.md"]].concat());
    assert_eq!(line(&told.out, "Bytes"), ["Bytes", "1.0000"]);
    let rules = fs::read_to_string(place.path("tree.txt")).unwrap();
    assert!(rules.lines().next().unwrap().starts_with("Bytes <= "), "{rules}");
    assert!(fs::read_to_string(place.path("tree.dot")).unwrap().starts_with("digraph"));
    let card = fs::read_to_string(place.path("card.md")).unwrap();
    assert!(card.contains("## What counts") && card.contains("| Bytes | 1.0000 |"), "{card}");
    let words = ["train", "flows.csv", "--label", "Label", "-o", "n.nsm", "--model", "knn"];
    let said = place.refused(&[&words[..], &["--rules", "knn.txt"]].concat(), 2);
    assert!(said.contains("--rules is of --model decision-tree alone"), "{said}");
}

#[test]
fn the_score_out_of_bag_is_told() {
    let place = Place::new();
    let options = ["--model", "random-forest", "--set", "trees=20", "--card", "card.md"];
    let told = place.trained(&[&options[..], &["--set", "out-of-bag=true"]].concat());
    let heading = line(&told.out, "On 60 rows to train with");
    assert_eq!(heading[10..], ["out", "of", "bag", "fit"]);
    let score: f64 = line(&told.out, "random-forest")[5].parse().unwrap();
    assert!((0.9..=1.0).contains(&score), "{}", told.out);
    let card = fs::read_to_string(place.path("card.md")).unwrap();
    assert!(card.contains(&format!("grown without**: {score:.4}")), "{card}");
}

#[test]
fn learning_that_was_ended_is_told() {
    let place = Place::new();
    let options = ["--model", "logistic-regression", "--set"];
    let ended = place.trained(&[&options[..], &["iterations=1"]].concat()).errors;
    assert!(ended.contains("logistic-regression did not converge"), "{ended}");
    let rested = place.trained(&[&options[..], &["iterations=1000"]].concat()).errors;
    assert!(!rested.contains("converge"), "{rested}");
}

#[test]
fn what_is_told_fits_a_terminal() {
    let place = Place::new();
    let row = |row: usize| format!("{row},host-{}\n", row / 4);
    let many: String = (0..400).map(row).collect();
    fs::write(place.path("flows.csv"), format!("Bytes,Label\n{many}")).unwrap();
    let words = ["train", "flows.csv", "--label", "Label", "--model", "dummy,knn", "--cv", "2"];
    let told = place.fine(&[&words[..], &["-o", "m.nsm"]].concat()).out;
    assert!(told.lines().all(|line| line.chars().count() <= 100), "{told}");
    assert!(told.lines().count() < 40 && told.contains("On 100 rows to test with: is"), "{told}");
    let told = place.fine(&["evaluate", "m.nsm", "flows.csv", "--label", "Label"]).out;
    assert!(told.contains("On 400 rows: is") && !told.contains("is, and was told"), "{told}");
    let all = ["--model", "dummy", "--test-size", "0", "-o", "m.nsm"];
    let told = place.fine(&[&words[..4], &all].concat()).out;
    assert!(told.contains("On 400 rows to train with: is"), "{told}");
}

#[test]
fn options_that_mean_nothing_are_refused() {
    let place = Place::new();
    let words = ["train", "flows.csv", "--label", "Label", "-o", "m.nsm", "--model", "dummy"];
    let refused = |options: &[&str]| place.refused(&[&words[..], options].concat(), 2);
    let said = refused(&["--idle-timeout", "60s"]);
    assert!(said.contains("--idle-timeout is of flows of the profile native, and no"), "{said}");
    let said = refused(&["--group", "Host", "--time", "Bytes"]);
    assert!(said.contains("by --group or by --time, and not by both; say with --by"), "{said}");
    let by = ["--group", "Host", "--time", "Bytes", "--by", "group"];
    place.fine(&[&words[..], &by].concat());
}

#[test]
fn all_but_those_of_smartcore_are_compared() {
    let place = Place::new();
    let words = ["train", "flows.csv", "--label", "Label", "--drop", "Host", "-o", "m.nsm"];
    let run = place.fine(&[&words[..], &["--model", "all,smartcore/knn", "--cv", "2"]].concat());
    let told = |name: &str| run.out.lines().filter(|line| line.contains(name)).count();
    assert_eq!((told("bernoulli-naive-bayes"), told("smartcore/")), (2, 2), "{}", run.out);
    assert_eq!(told("smartcore/knn"), 2);
}

#[test]
fn rows_are_shared_out_as_is_asked_for() {
    let place = Place::new();
    let how = |options: &[&str]| {
        let all = ["--model", "decision-tree", "--export", "m.json"];
        place.trained(&[&all[..], options].concat());
        let json = fs::read(place.path("m.json")).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        json["facts"]["split"].clone()
    };
    let by_class = how(&[]);
    assert_eq!((&by_class["train_rows"], &by_class["test_rows"]), (&60.into(), &20.into()));
    let by_time = how(&["--time", "Bytes"]);
    assert_ne!(by_time["how"], by_class["how"]);
    let by_group = how(&["--group", "Kind", "--test-size", "0.5"]);
    assert_eq!((&by_group["train_rows"], &by_group["test_rows"]), (&40.into(), &40.into()));
    assert_ne!(by_group["how"], by_time["how"]);
    assert_eq!(how(&["--group", "Kind", "--by", "class"])["how"], by_class["how"]);
}

#[test]
fn small_classes_can_be_made_to_count() {
    let place = Place::new();
    let learned = |options: &[&str]| {
        let all = ["--model", "dummy", "--set", "strategy=prior", "--export", "m.json"];
        place.trained(&[&all[..], options].concat());
        let told = place.fine(&["predict", "m.nsm", "flows.csv"]).out;
        let json = fs::read(place.path("m.json")).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        (json["facts"]["rows_fitted"].as_u64(), told.lines().nth(1).unwrap().to_owned())
    };
    assert_eq!(learned(&[]), (Some(60), "benign,0.75,0.25".into()));
    let weighed = learned(&["--weigh-classes"]).1;
    let shares = weighed.split(',').skip(1).map(|share| share.parse::<f64>().unwrap());
    assert!(shares.map(|share| (share - 0.5).abs()).sum::<f64>() < 1e-12, "{weighed}");
    assert_eq!(learned(&["--balance", "over"]), (Some(90), "benign,0.5,0.5".into()));
    assert_eq!(learned(&["--balance", "under"]), (Some(30), "benign,0.5,0.5".into()));
    assert_eq!(
        learned(&["--balance", "smote", "--transform", "finite,impute:median,one-hot"]).0,
        Some(90)
    );
}

#[test]
fn settings_of_boosting_and_forests_change_the_model() {
    let place = Place::new();
    let model = |options: &[&str]| {
        place.trained(options);
        fs::read(place.path("m.nsm")).unwrap()
    };
    for (name, one, other) in [
        ("gradient-boosting", "trees=3", "trees=9"),
        ("random-forest", "depth=1", "depth=3"),
        ("extra-trees", "trees=3", "trees=5"),
    ] {
        let options = |set: &'static str| ["--model", name, "--set", set];
        assert!(model(&options(one)) == model(&options(one)), "{name}");
        assert!(model(&options(one)).len() < model(&options(other)).len(), "{name}");
    }
}

#[test]
fn texts_in_another_encoding_are_told_of() {
    let place = Place::new();
    let rows = b"1,caf\xe9,a\n2,tcp,b\n".repeat(9);
    fs::write(place.path("latin.csv"), [&b"Bytes,Kind,Label\n"[..], &rows].concat()).unwrap();
    let words = ["train", "latin.csv", "--label", "Label", "-o", "m.nsm", "--model", "dummy"];
    assert_eq!(line(&place.fine(&words).errors, "not-utf8")[1..3], ["9", "0"]);
}
