//! `netsift train`, `evaluate`, `predict` and `cluster`: from tables and captures to what a model says of them.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::{Run, run, text};

/// Rows of two classes that the first column tells, with a hole, an infinity and a row too short.
pub(crate) fn flows(rows: usize) -> String {
    let mut csv = String::from("Bytes,Kind,Rate,Host,Label\n");
    for row in 0..rows {
        let (bytes, label) = if row % 4 == 0 { (9_000 + row, "scan") } else { (row, "benign") };
        let rate = match row {
            3 => String::new(),
            8 => "Infinity".to_owned(),
            _ => format!("{}.5", row * 7 % 13),
        };
        let protocol = ["tcp", "udp"][row % 2];
        csv += &format!("{bytes},{protocol},{rate},10.0.0.{},{label}\n", row % 5);
    }
    csv + "1,2\n"
}

pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::write(place.path("flows.csv"), flows(80)).unwrap();
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The program in this place: words that name files of it are paths.
    pub(crate) fn run(&self, words: &[&str]) -> Run {
        let is_file = |word: &str| word.contains('.') && !word.contains(['=', '/', ' ', ':']);
        let is_number = |word: &str| word.parse::<f64>().is_ok();
        let path = |word: &&str| match is_file(word) && !is_number(word) {
            true => text(&self.path(word)).to_owned(),
            false => (*word).to_owned(),
        };
        let words: Vec<String> = words.iter().map(path).collect();
        run(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub(crate) fn fine(&self, words: &[&str]) -> Run {
        let run = self.run(words);
        assert_eq!(run.code, 0, "{words:?}: {}", run.errors);
        run
    }

    /// A model of nearest neighbours.
    pub(crate) fn trained(&self, options: &[&str]) -> Run {
        let words = ["train", "flows.csv", "--label", "Label", "--drop", "Host", "-o", "m.nsm"];
        self.fine(&[&words, options].concat())
    }

    /// What is wrong, in a line.
    pub(crate) fn refused(&self, words: &[&str], code: i32) -> String {
        let run = self.run(words);
        assert_eq!((run.code, run.errors.lines().count()), (code, 1), "{words:?}: {}", run.errors);
        run.errors.replace(text(self.0.path()), "")
    }
}

pub(crate) fn line(of: &str, start: &str) -> Vec<String> {
    let found = of.lines().find(|line| line.trim_start().starts_with(start));
    assert!(found.is_some(), "{start}: {of}");
    found.unwrap().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn a_class_that_could_not_be_balanced_is_told() {
    let place = Place::new();
    let rows = flows(80) + "5,tcp,1.5,10.0.0.1,rare\n6,tcp,1.5,10.0.0.1,rare\n";
    fs::write(place.path("rare.csv"), rows).unwrap();
    let words = ["train", "rare.csv", "--label", "Label", "--drop", "Host", "--model", "knn"];
    let balance = ["--balance", "smote", "--few", "copy", "--test-size", "0", "-o", "m.nsm"];
    let run = place.fine(&[&words[..], &balance].concat());
    let expected = "class \"rare\" has 2 rows of 6: its rows are copied";
    assert!(run.errors.contains(expected), "{}", run.errors);
}

#[test]
fn a_model_is_trained_judged_and_asked() {
    let place = Place::new();
    let told = place.trained(&["--model", "knn", "--set", "neighbours=3"]);
    assert_eq!(line(&told.errors, "too-short")[1..3], ["1", "1"]);
    assert_eq!(line(&told.out, "On 60 rows to train with")[6..8], ["accuracy", "F1"]);
    assert_eq!(line(&told.out, "On 20 rows to test with")[6..8], ["accuracy", "F1"]);
    assert_eq!(line(&told.out, "knn")[..2], ["knn", "1.0000"]);
    assert_eq!(line(&told.out, "1 benign"), ["1", "benign", "15", "0"]);
    assert_eq!(line(&told.out, "2 scan"), ["2", "scan", "0", "5"]);

    let json = place.fine(&["evaluate", "m.nsm", "flows.csv", "--label", "Label", "--json"]);
    let told: Value = serde_json::from_str(&json.out).unwrap();
    let keys: Vec<&String> = told.as_object().unwrap().keys().collect();
    let expected =
        ["accuracy", "balanced_accuracy", "classes", "confusion", "macro_f1", "per_class", "rows"];
    assert_eq!(keys, expected);
    assert_eq!((&told["rows"], &told["accuracy"]), (&80.into(), &1.0.into()));
    assert_eq!(told["confusion"], serde_json::json!([[60.0, 0.0], [0.0, 20.0]]));
    assert_eq!(told["per_class"]["scan"]["support"], 20.0);
    assert!(json.errors.contains("60 of 80 rows (75.0 %) stand among those it was trained on"));

    place.fine(&["predict", "m.nsm", "flows.csv", "-o", "told.csv", "--keep", "Host", "-q"]);
    let told = fs::read_to_string(place.path("told.csv")).unwrap();
    let mut rows = told.lines();
    assert_eq!(rows.next(), Some("Host,Class,P(benign),P(scan)"));
    assert_eq!(rows.next(), Some("10.0.0.0,scan,0,1"));
    assert_eq!((rows.next(), rows.count()), (Some("10.0.0.1,benign,1,0"), 78));
}

#[test]
fn columns_stand_in_any_order_and_a_missing_one_is_named() {
    let place = Place::new();
    place.trained(&["--model", "knn"]);
    let told = |table: &str| {
        fs::write(place.path("other.csv"), table).unwrap();
        place.fine(&["predict", "m.nsm", "other.csv"]).out
    };
    let one = told("Bytes,Kind,Rate\n9004,tcp,1.5\n5,udp,2\n");
    assert_eq!(one, "Class,P(benign),P(scan)\nscan,0,1\nbenign,1,0\n");
    assert_eq!(told("x,rate,KIND, bytes\n7,1.5,tcp,9004\n7,2,udp,5\n"), one);
    fs::write(place.path("other.csv"), "Bytes,Kind\n1,tcp\n").unwrap();
    let said = place.refused(&["predict", "m.nsm", "other.csv"], 2);
    assert!(said.contains("\"Rate\""), "{said}");
}

#[test]
fn what_is_not_probable_enough_is_unknown() {
    let place = Place::new();
    place.trained(&["--model", "dummy", "--set", "strategy=prior"]);
    let told =
        |least: &str| place.fine(&["predict", "m.nsm", "flows.csv", "--unknown-below", least]).out;
    assert!(told("0.75").lines().skip(1).all(|row| row == "benign,0.75,0.25"));
    assert!(told("0.76").lines().skip(1).all(|row| row == "unknown,0.75,0.25"));
    let said = place.refused(&["predict", "m.nsm", "flows.csv", "--unknown-below", "2"], 2);
    assert_eq!(said, "netsift: --unknown-below is 2, but must be from 0 to 1\n");
}

#[test]
fn drift_is_told_with_the_columns_behind_it() {
    let place = Place::new();
    fs::write(place.path("flows.csv"), flows(2_000)).unwrap();
    place.trained(&["--model", "decision-tree"]);
    let told = |table: String| {
        fs::write(place.path("now.csv"), table).unwrap();
        let words = ["predict", "m.nsm", "now.csv", "-o", "told.csv", "-q", "--drift"];
        let run = place.fine(&[&words[..], &["--drift-json", "drift.json"]].concat());
        let json = fs::read(place.path("drift.json")).unwrap();
        (run.errors, serde_json::from_slice::<Value>(&json).unwrap())
    };
    let (said, json) = told(flows(2_000));
    assert!(said.ends_with(": none to speak of in 2,000 rows\n"), "{said}");
    assert_eq!((&json["level"], json["columns"].as_array().unwrap().len()), (&"stable".into(), 3));
    let (said, json) = told(flows(2_000).replace(",udp,", ",quic,"));
    assert!(said.contains(", great: 2,000 rows are not what it was trained on"), "{said}");
    assert_eq!(line(&said, "Drifted")[1..], ["index", "distance", "where", "usual", "now"]);
    assert_eq!(line(&said, "Kind")[2..], ["other", "texts", "0.0", "%", "50.0", "%"]);
    assert_eq!(json["columns"][0]["name"], "Kind");
    assert_eq!(json["number"], json["columns"][0]["stability"]);
    let (said, _) = told(flows(50));
    assert_eq!(said, "netsift: drift: 50 rows are too few to tell\n");
    let words = ["predict", "m.nsm", "now.csv", "-o", "a.csv", "--drift-json", "a.csv"];
    assert!(place.refused(&words, 2).contains("--drift-json"));
}

#[test]
fn of_several_the_best_in_folds_is_kept() {
    let place = Place::new();
    let told = place.trained(&["--model", "dummy,knn", "--cv", "3", "--card", "card.md"]);
    assert_eq!(line(&told.out, "knn")[..3], ["knn", "(kept)", "1.0000"]);
    assert_eq!(line(&told.out, "On 60 rows to train with")[10..], ["F1", "in", "folds", "fit"]);
    let card = fs::read_to_string(place.path("card.md")).unwrap();
    assert!(card.starts_with("# Model card: knn\n") && card.contains("Means over 3 folds"));
    let told = place.trained(&["--model", "knn", "--test-size", "0", "--export", "m.json"]);
    assert_eq!(
        line(&told.out, "On 80 rows to train with: is")[7..],
        ["and", "was", "told", "1", "2"]
    );
    let json: Value = serde_json::from_slice(&fs::read(place.path("m.json")).unwrap()).unwrap();
    assert_eq!(json["facts"]["split"]["how"], "not at all");
}

#[test]
fn rows_to_test_with_may_come_from_elsewhere_and_leaks_are_told() {
    let place = Place::new();
    fs::write(place.path("tuesday.csv"), flows(20)).unwrap();
    let told = place.trained(&["--model", "knn", "--test", "tuesday.csv"]);
    line(&told.out, "On 80 rows to train with");
    line(&told.out, "On 20 rows to test with: is");
    assert_eq!(line(&told.out, "1 benign"), ["1", "benign", "15", "0"]);
    assert!(told.errors.contains("20 rows to test with stand among those to train with"));
}

#[test]
fn a_capture_goes_through_the_profile_of_the_training() {
    let place = Place::new();
    place.fine(&["synth", "-o", "a.pcap", "--labels", "rules.csv", "--packets", "4000"]);
    place.fine(&["extract", "a.pcap", "--label-file", "rules.csv", "-o", "a.csv", "-q"]);
    let words = ["train", "a.csv", "--label", "Label", "--model", "dummy", "-o", "m.nsm"];
    let told = place.fine(&[&words[..], &["--idle-timeout", "60s"]].concat());
    assert!(told.errors.contains("it takes captures, read with the profile native"));
    assert!(told.errors.contains("learns from what it names): Flow ID, Src IP"));
    let told = place.fine(&["predict", "m.nsm", "a.pcap"]).out;
    let heading = "Flow ID,Src IP,Src Port,Dst IP,Dst Port,Protocol,Timestamp,Class,P(";
    assert!(told.starts_with(heading), "{told}");
    let of_table = place.fine(&["predict", "m.nsm", "a.csv"]).out;
    assert_eq!(told.lines().next(), of_table.lines().next());
    place.fine(&[&words[..], &["--profile", "none"]].concat());
    let said = place.refused(&["predict", "m.nsm", "a.pcap"], 2);
    assert!(said.contains("takes no captures"), "{said}");
    let said = place.refused(&[&words[..], &["--profile", "cic", "-q"]].concat(), 2);
    assert!(said.contains("of flows of the profile cic columns are missing: "), "{said}");
    place.fine(&[
        "extract",
        "a.pcap",
        "--profile",
        "cic",
        "--label-file",
        "rules.csv",
        "-o",
        "c.csv",
        "-q",
    ]);
    place.fine(&["train", "c.csv", "--label", "Label", "--model", "dummy", "-o", "m.nsm"]);
    for asked in
        [&["predict", "m.nsm", "a.csv"][..], &["evaluate", "m.nsm", "a.csv", "--label", "Label"]]
    {
        let said = place.refused(asked, 2);
        assert!(said.contains("of the profile cic, and these are of native"), "{said}");
    }
    let said = place.refused(&["predict", "m.nsm", "a.csv", "a.pcap"], 2);
    assert!(said.contains("cannot be asked about together"), "{said}");
}

#[test]
fn what_cannot_be_done_is_told_in_a_line() {
    let place = Place::new();
    let train = |options: &[&str], code| {
        let words = ["train", "flows.csv", "-o", "m.nsm"];
        let said = place.refused(&[&words, options].concat(), code);
        assert!(!place.path("m.nsm").exists() && !place.path("m.nsm.partial").exists(), "{said}");
        said
    };
    let label = ["--label", "Label"];
    let with = |options: &[&str], code| train(&[&label, options].concat(), code);
    assert!(train(&["--model", "knn"], 2).contains("name their column with --label"));
    assert!(with(&["--model", "knnn"], 2).contains("did you mean knn?; see --list-models"));
    assert!(with(&["--model", "knn", "--set", "k=3"], 2).contains("knn has no setting \"k\""));
    assert!(with(&["--model", "all", "--set", "k=3"], 2).contains("has a setting \"k\""));
    assert!(with(&["--test-size", "1.5"], 2).contains("--test-size"));
    assert!(train(&["--label", "Lable"], 2).contains("\"Label\""));
    fs::write(place.path("empty.csv"), "a,Label\n").unwrap();
    let said = place.refused(&["train", "empty.csv", "--label", "Label", "-o", "m.nsm"], 1);
    assert_eq!(said, "netsift: there are no rows\n");
    let said = place.refused(&["evaluate", "flows.csv", "flows.csv", "--label", "Label"], 1);
    assert!(said.contains("not a model file") && said.contains("name a file that train wrote"));
    place.trained(&["--model", "knn"]);
    let said = place.refused(&["evaluate", "m.nsm", "flows.csv", "--label", "Kind"], 1);
    assert!(said.contains("none of the labels is a class of the model; it knows benign, scan"));
    let said = place.refused(&["train", "flows.csv", "--label", "Label", "-o", "flows.csv"], 2);
    assert!(said.contains("would be lost"), "{said}");
}

#[test]
fn learners_and_their_settings_are_listed() {
    let told = run(&["train", "--list-models"]).fine();
    assert!(told.lines().any(|line| line.starts_with("dummy: ")), "{told}");
    assert!(told.lines().any(|line| line.trim_start().starts_with("neighbours=5  ")), "{told}");
}

#[test]
fn rows_are_grouped_without_labels() {
    let place = Place::new();
    let words = ["cluster", "flows.csv", "--drop", "Host,Rate", "--eps", "0.3", "-o", "out.csv"];
    let told = place.fine(&[&words[..], &["--label", "Label"]].concat());
    assert_eq!(line(&told.errors, "Cluster"), ["Cluster", "rows", "share", "mostly"]);
    let scan = told.errors.lines().find(|line| line.contains("scan (100.0 %)"));
    assert_eq!(
        scan.map(|line| line.split_whitespace().nth(1)),
        Some(Some("20")),
        "{}",
        told.errors
    );
    let rows = fs::read_to_string(place.path("out.csv")).unwrap();
    assert_eq!(rows.lines().next(), Some("Bytes,Kind,Cluster"));
    assert_eq!(rows.lines().count(), 81);
}

#[test]
fn patterns_that_no_shell_has_read_name_captures_and_tables() {
    let place = Place::new();
    for (name, seed) in [("one.pcap", "1"), ("two.pcap", "2")] {
        place.fine(&["synth", "-o", name, "--packets", "2000", "--seed", seed]);
    }
    place.fine(&["synth", "-o", "a.pcap", "--labels", "rules.csv", "--packets", "2000"]);
    place.fine(&["extract", "a.pcap", "--label-file", "rules.csv", "-o", "a.csv", "-q"]);
    place.fine(&["train", "a.csv", "--label", "Label", "--model", "dummy", "-o", "m.nsm"]);
    let both = place.fine(&["predict", "m.nsm", "one.pcap", "two.pcap"]).out;
    assert!(both.lines().count() > 10 && both.lines().skip(1).all(|line| line.contains(':')));
    assert!(place.fine(&["predict", "m.nsm", "[ot]*.pcap"]).out == both);
    fs::copy(place.path("a.csv"), place.path("b.csv")).unwrap();
    let rows = |table: &str| place.fine(&["predict", "m.nsm", table]).out.lines().count();
    assert_eq!(rows("[ab].csv") - 1, 2 * (rows("a.csv") - 1));
    let said = place.refused(&["predict", "m.nsm", "none-*.pcap"], 1);
    assert!(said.contains("none-*.pcap"), "{said}");
    let said = place.refused(&["predict", "m.nsm", "a.*", "-o", "told.csv"], 2);
    assert!(said.contains("cannot be asked about together"), "{said}");
    let words = ["train", "a.csv", "--label", "Label", "--model", "dummy"];
    let said = place.refused(&[&words[..], &["--test", "[b].csv", "-o", "b.csv"]].concat(), 2);
    assert!(said.contains("would be lost"), "{said}");
}

#[test]
fn members_of_composites_are_set_by_name() {
    let place = Place::new();
    let set = |of: &'static str| ["--set", of];
    let voting = [
        ["--model", "voting"],
        set("members=knn(neighbours=3),naive-bayes,random-forest"),
        set("random-forest.trees=5"),
        set("weights=2,1,1"),
        ["--seed", "7"],
        ["--card", "card.md"],
    ];
    place.trained(&voting.concat());
    let card = fs::read_to_string(place.path("card.md")).unwrap();
    let members = "knn(neighbours=3),naive-bayes,random-forest(trees=5)";
    for told in [members, "2,1,1", "seed**: 7"] {
        assert!(card.contains(told), "{told}\n{card}");
    }
    let stacking = [
        ["--model", "stacking,knn"],
        set("members=knn,naive-bayes"),
        set("last=decision-tree(depth=2)"),
        set("knn.neighbours=3"),
        ["--cv", "2"],
    ];
    place.trained(&stacking.concat());
    let words = ["train", "flows.csv", "--label", "Label", "-o", "m.nsm", "--model", "voting"];
    let refused = |set: &str| place.refused(&[&words[..], &["--set", set]].concat(), 2);
    let said = refused("svm.c=1");
    assert!(said.contains("voting has no member \"svm\"; it is made of decision-tree"), "{said}");
    assert!(refused("members=stacking").contains("made of no others"));
}

#[test]
fn a_model_is_held_against_another_that_tells_the_same_classes() {
    let place = Place::new();
    place.trained(&["--model", "knn", "-q"]);
    let guess = ["train", "flows.csv", "--label", "Label", "--drop", "Host,Rate", "-q"];
    place.fine(&[&guess[..], &["--model", "dummy", "-o", "dummy.nsm"]].concat());
    let words = ["evaluate", "m.nsm", "flows.csv", "--label", "Label", "--against", "dummy.nsm"];
    let told = place.fine(&words).out;
    let line = told.lines().last().unwrap();
    assert!(line.starts_with("Against ") && line.contains("dummy.nsm: macro-f1 +0."), "{told}");
    assert!(
        line.contains("right where the other is wrong: 20 rows, and 0 the other way"),
        "{line}"
    );
    let told = place.fine(&[&words[..], &["--json", "--score", "accuracy"]].concat()).out;
    let told: Value = serde_json::from_str(&told).unwrap();
    let against = &told["against"];
    assert_eq!((&against["score"], &against["difference"]), (&"accuracy".into(), &0.25.into()));
    assert_eq!(against["only_first_right"], 20.0);
    assert!(against["low"].as_f64().unwrap() > 0.1 && against["p_value"].as_f64().unwrap() < 1e-4);

    let others = ["train", "flows.csv", "--label", "Kind", "--drop", "Host,Label", "-q"];
    place.fine(&[&others[..], &["--model", "dummy", "-o", "kind.nsm"]].concat());
    let other = ["evaluate", "m.nsm", "flows.csv", "--label", "Label", "--against", "kind.nsm"];
    assert!(place.refused(&other, 2).contains("kind.nsm tells other classes"));
    let alone = ["evaluate", "m.nsm", "flows.csv", "--label", "Label", "--score", "accuracy"];
    assert!(place.refused(&alone, 2).contains("--against"));
    let missing = ["evaluate", "m.nsm", "flows.csv", "--label", "Label", "--against", "no.nsm"];
    assert!(place.refused(&missing, 1).contains("no.nsm"));
}
