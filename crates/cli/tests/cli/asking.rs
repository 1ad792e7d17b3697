//! What `netsift predict` and `evaluate` say of tables and captures, good and bad.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::models::Place;
use crate::{run_with_input, text};

/// A place with a capture, a table of its flows, and a model of them.
fn captured() -> Place {
    let place = Place::new();
    place.fine(&["synth", "-o", "a.pcap", "--labels", "rules.csv", "--packets", "4000"]);
    place.fine(&["extract", "a.pcap", "--label-file", "rules.csv", "-o", "a.csv", "-q"]);
    place.fine(&["train", "a.csv", "--label", "Label", "--model", "dummy", "-o", "m.nsm", "-q"]);
    place
}

fn rows(place: &Place, name: &str) -> usize {
    fs::read_to_string(place.path(name)).unwrap().lines().count() - 1
}

#[test]
fn what_came_before_the_end_of_a_cut_capture_is_told_of() {
    let place = captured();
    let whole = fs::read(place.path("a.pcap")).unwrap();
    fs::write(place.path("cut.pcap"), &whole[..whole.len() / 2]).unwrap();
    place.run(&["extract", "cut.pcap", "-o", "cut.csv", "-q"]);
    let run = place.run(&["predict", "m.nsm", "cut.pcap", "-o", "told.csv"]);
    assert_eq!(run.code, 1, "{}", run.errors);
    assert!(
        run.errors.lines().last().unwrap().contains("what came before was read"),
        "{}",
        run.errors
    );
    assert!(run.errors.contains("in all"), "{}", run.errors);
    assert!(run.errors.contains("not whole: what was read until then is in "), "{}", run.errors);
    assert!(!place.path("told.csv").exists());
    assert_eq!(rows(&place, "told.csv.partial"), rows(&place, "cut.csv.partial"));
    assert!(rows(&place, "told.csv.partial") > 10);
}

#[test]
fn captures_are_known_by_what_is_in_them() {
    let place = captured();
    let whole = fs::read(place.path("a.pcap")).unwrap();
    let told = place.fine(&["predict", "m.nsm", "a.pcap", "-q"]).out;
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&whole).unwrap();
    let packed = packed.finish().unwrap();
    fs::write(place.path("traffic.gz"), &packed).unwrap();
    assert_eq!(place.fine(&["predict", "m.nsm", "traffic.gz", "-q"]).out, told);
    let model = place.path("m.nsm");
    for input in [&whole, &packed] {
        let run = run_with_input(&["predict", text(&model), "-", "-q"], input);
        assert_eq!((run.code, run.out.as_str()), (0, told.as_str()), "{}", run.errors);
    }
    let table = fs::read(place.path("a.csv")).unwrap();
    let run = run_with_input(&["predict", text(&model), "-", "-q"], &table);
    assert_eq!(run.out.lines().count(), rows(&place, "a.csv") + 1, "{}", run.errors);
}

#[test]
fn several_threads_tell_the_same_of_captures() {
    let place = captured();
    let told = |threads: &str| {
        let run = place.fine(&["predict", "m.nsm", "a.pcap", "-q", "--threads", threads]);
        let mut lines: Vec<String> = run.out.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    assert!(told("1").len() > 10);
    assert_eq!(told("1"), told("3"));
}

#[test]
fn a_class_named_unknown_is_not_taken_for_a_row_without_one() {
    let place = Place::new();
    let table = fs::read_to_string(place.path("flows.csv")).unwrap().replace("scan", "unknown");
    fs::write(place.path("flows.csv"), table).unwrap();
    place.trained(&["--model", "knn", "--set", "neighbours=4"]);
    let words = ["predict", "m.nsm", "flows.csv", "-o", "told.csv", "--unknown-below", "0.9"];
    let run = place.fine(&words);
    let told = fs::read_to_string(place.path("told.csv")).unwrap();
    let of = |class: &str| told.lines().filter(|row| row.starts_with(&format!("{class},"))).count();
    let doubtful = |row: &&str| {
        let mut shares = row.split(',').skip(1).map(|cell| cell.parse::<f64>().unwrap());
        shares.all(|share| share < 0.9)
    };
    let expected = told.lines().skip(1).filter(doubtful).count();
    assert_eq!(of("(unknown)"), expected);
    assert_eq!(of("benign") + of("unknown") + of("(unknown)"), 80);
    assert!(of("unknown") > 0 && run.errors.contains("  unknown "), "{}", run.errors);
}

#[test]
fn what_calling_rows_unknown_is_worth_is_told() {
    let place = Place::new();
    place.trained(&["--model", "dummy", "--set", "strategy=prior"]);
    let words = ["evaluate", "m.nsm", "flows.csv", "--label", "Label", "--unknown-below"];
    let told = place.fine(&[&words[..], &["0.8"]].concat()).out;
    let expected = "below 0.8: 80 rows (100.0 %) are unknown; nothing can be said of others\n";
    assert!(told.contains(expected), "{told}");
    let json = place.fine(&[&words[..], &["0.75", "--json"]].concat()).out;
    let told: serde_json::Value = serde_json::from_str(&json).unwrap();
    let known = &told["known"];
    assert_eq!((&known["unknown"], &known["rows"]), (&0.into(), &80.into()));
    assert_eq!((&known["accuracy"], &told["accuracy"]), (&0.75.into(), &0.75.into()));
    let said = place.refused(&[&words[..], &["1.5"]].concat(), 2);
    assert!(said.contains("--unknown-below is 1.5"), "{said}");
}

#[test]
fn a_column_of_the_wrong_kind_is_not_answered_for() {
    let place = Place::new();
    place.trained(&["--model", "knn"]);
    let wrong = |cell: &str| {
        let rows = format!("{cell},tcp,1.5,benign\n").repeat(20);
        fs::write(place.path("wrong.csv"), format!("Bytes,Kind,Rate,Label\n{rows}")).unwrap();
    };
    wrong("abc");
    for words in [
        &["predict", "m.nsm", "wrong.csv", "-o", "told.csv"][..],
        &["evaluate", "m.nsm", "wrong.csv", "--label", "Label"],
    ] {
        let said = place.refused(words, 1);
        assert!(said.contains("no cell of \"Bytes\" can be read"), "{said}");
        assert!(!place.path("told.csv").exists());
    }
    // What is missing may be.
    wrong("");
    place.fine(&["predict", "m.nsm", "wrong.csv", "-o", "told.csv"]);
}

#[test]
fn model_files_are_read_up_to_a_bound() {
    let place = Place::new();
    // As many cells as make a file of more than a megabyte, in rows that are searched at once.
    let cells = |row: usize| -> String {
        (0..150).map(|column| (row * column % 997).to_string() + ",").collect()
    };
    let rows: String = (0..1_000).map(|row| cells(row) + ["x\n", "y\n"][row % 2]).collect();
    let names: String = (0..150).map(|column| format!("c{column},")).collect();
    fs::write(place.path("many.csv"), format!("{names}Label\n{rows}")).unwrap();
    let words = ["train", "many.csv", "--label", "Label", "--model", "knn", "-q", "-o", "m.nsm"];
    place.fine(&[&words[..], &["--test-size", "0"]].concat());
    assert!(fs::metadata(place.path("m.nsm")).unwrap().len() > 1 << 20);
    let predict = ["predict", "m.nsm", "flows.csv", "--max-model"];
    let said = place.refused(&[&predict[..], &["1"]].concat(), 1);
    assert!(said.contains("1048576 are allowed") && said.contains("allow more"), "{said}");
    let said = place.refused(&[&predict[..], &["2"]].concat(), 2);
    assert!(said.contains("no column \"c0\""), "{said}");
}

#[test]
fn rows_are_grouped_around_centres() {
    let place = Place::new();
    let words = ["cluster", "flows.csv", "--keep", "Bytes", "--label", "Label"];
    let means = ["--method", "smartcore/k-means", "--clusters", "2", "--seed", "1"];
    let told = place.fine(&[&words[..], &means].concat()).errors;
    assert!(told.contains("benign (100.0 %)") && told.contains("scan (100.0 %)"), "{told}");
    assert!(!told.contains("noise"), "{told}");
    let said = place.refused(&[&words[..], &["--clusters", "2"]].concat(), 2);
    assert!(said.contains("--clusters is of --method smartcore/k-means alone"), "{said}");
    let said = place.refused(&[&words[..], &means, &["--eps", "1"]].concat(), 2);
    assert!(said.contains("--eps is of --method dbscan alone"), "{said}");
}
