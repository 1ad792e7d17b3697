//! `netsift prepare`: what becomes of its files, whole or interrupted, of this run or the one before.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

#[cfg(unix)]
use crate::{Run, interrupt, on_a_pipe, pause};
use crate::{run, text, unpacked};

/// Sixty flows of three hosts, of which one has half; three rows are of a class of its own.
fn flows() -> String {
    let mut csv = String::from("host,when,\"a,b\",n,Label\n");
    for row in 0..60 {
        let host = if row % 2 == 0 { 0 } else { 1 + row / 2 % 2 };
        let label = if row < 3 { "rare" } else { "usual" };
        csv += &format!("h{host},7/{}/2017,{row},{},{label}\n", 1 + row % 28, row * row);
    }
    csv
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::write(place.path("flows.csv"), flows()).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The exit code, and what is said.
    fn prepare(&self, output: &str, options: &[&str]) -> (i32, String) {
        let (table, output) = (self.path("flows.csv"), self.path(output));
        let run = run(&[&["prepare", text(&table), "-o", text(&output)], options].concat());
        (run.code, run.errors)
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name != "flows.csv").collect();
        names.sort();
        names
    }
}

#[test]
fn tables_are_packed_as_their_names_say() {
    let place = Place::new();
    for (name, part) in [("x.csv.gz", "x-test.csv.gz"), ("x.jsonl.zst", "x-test.jsonl.zst")] {
        let plain = name.rsplit_once('.').unwrap().0;
        let options = ["--label", "Label", "--split", "0.5", "--by", "chance"];
        for name in [name, plain] {
            assert_eq!(place.prepare(name, &options).0, 0);
        }
        let plain = fs::read_to_string(place.path(part.rsplit_once('.').unwrap().0)).unwrap();
        assert_eq!(unpacked(&place.path(part)), plain);
        assert!(plain.lines().count() >= 30);
    }
}

#[test]
fn a_form_that_is_not_written_is_refused_with_those_that_are() {
    let place = Place::new();
    for (name, said) in [
        ("x.arff", "not written as .arff; choose .csv, .jsonl or .parquet"),
        ("x.xlsx", "not written as .xlsx"),
        ("x.parquet.gz", "compresses by itself"),
    ] {
        for more in [&[][..], &["--dry-run"]] {
            let (code, errors) = place.prepare(name, more);
            assert_eq!((code, errors.lines().count()), (2, 1), "{errors}");
            assert!(errors.contains(said), "{errors}");
        }
    }
    assert_eq!(place.prepare("x.arff", &["--csv", "-q"]), (0, String::new()));
    assert_eq!(fs::read_to_string(place.path("x.arff")).unwrap(), flows());
}

#[test]
fn files_of_an_earlier_run_are_told_and_stay() {
    let place = Place::new();
    assert_eq!(place.prepare("x.csv", &["--split", "0.5,0.2,0.3"]).0, 0);
    let stale = |said: &str| said.lines().filter(|line| line.contains("earlier run")).count();
    let (_, said) = place.prepare("x.csv", &["--split", "0.5,0.2,0.3"]);
    assert_eq!(stale(&said), 0, "{said}");
    let (_, said) = place.prepare("x.csv", &["--split", "0.5"]);
    assert!(stale(&said) == 1 && said.contains("x-validate.csv is from an earlier run"), "{said}");
    let (_, said) = place.prepare("x.csv", &[]);
    assert_eq!(stale(&said), 3, "{said}");
    let (_, said) = place.prepare("x.csv", &["--split", "0.5"]);
    assert_eq!(stale(&said), 2, "{said}");
    assert_eq!(place.files(), ["x-test.csv", "x-train.csv", "x-validate.csv", "x.csv"]);
    // What is read is not of an earlier run, whatever its name.
    let (_, said) = place.prepare("flows.csv", &["--split", "0.5"]);
    assert_eq!(stale(&said), 0, "{said}");
}

#[test]
fn nothing_is_written_if_not_everything_can_be() {
    let place = Place::new();
    let report = place.path("missing/report.json");
    let (code, said) = place.prepare("x.csv", &["--split", "0.5", "--report", text(&report)]);
    assert!(code == 1 && said.contains("make its folder first"), "{said}");
    let (code, said) = place.prepare("x.csv", &["--label", "Label", "--balance", "smote"]);
    assert!(code == 2 && said.contains("--balance: column \"host\" holds texts"), "{said}");
    let missing = place.path("x.csv.partial");
    let (code, said) = place.prepare("x.csv", &[text(&missing)]);
    assert!(code == 1 && said.contains("check its name"), "{said}");
    assert!(place.files().is_empty(), "{:?}", place.files());
}

#[test]
fn a_split_tells_what_each_part_got_beside_what_was_asked_for() {
    let place = Place::new();
    let report = place.path("report.json");
    let options = ["--group", "host", "--split", "0.9", "--report", text(&report)];
    let (code, said) = place.prepare("x.csv", &options);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("Split by group") && said.contains("75.0 %     90.0 %"), "{said}");
    let report: Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    let train = &report["split"]["parts"][0];
    assert_eq!((train["share"].as_f64(), train["asked"].as_f64()), (Some(0.75), Some(0.9)));
}

#[test]
fn a_name_with_a_comma_can_be_said() {
    let place = Place::new();
    let (code, said) =
        place.prepare("x.csv", &["--drop", r#"host,"a,b""#, "--drop", "Label", "-q"]);
    assert_eq!((code, said.as_str()), (0, ""));
    assert!(fs::read_to_string(place.path("x.csv")).unwrap().starts_with("when,n\n"));
    let (code, said) = place.prepare("x.csv", &["--keep", r#""a,b"#]);
    assert!(code == 2 && said.contains("a quote is not closed"), "{said}");
    let (code, said) = place.prepare("x.csv", &["--label", "Labl"]);
    assert!(code == 2 && said.contains("did you mean \"Label\"?"), "{said}");
}

#[test]
fn what_becomes_of_a_small_class_can_be_chosen() {
    let place = Place::new();
    let balance = |more: &[&str]| {
        let smote = ["--label", "Label", "--drop", "host,when", "--balance", "smote"];
        place.prepare("x.csv", &[&smote, more].concat())
    };
    let rare = || {
        let csv = fs::read_to_string(place.path("x.csv")).unwrap();
        let rows = csv.lines().filter(|line| line.ends_with("rare")).map(str::to_owned);
        rows.collect::<Vec<_>>()
    };
    for more in [&[][..], &["--few", "refuse"]] {
        let (code, said) = balance(more);
        assert!(code == 2 && said.contains("too few rows: 3") && said.contains("--few"), "{said}");
    }
    let old = |rows: &[String]| rows.iter().filter(|row| flows().contains(row.as_str())).count();
    assert_eq!(balance(&["--few", "copy"]).0, 0);
    assert_eq!((rare().len(), old(&rare())), (57, 57));
    assert_eq!(balance(&["--few", "fewer"]).0, 0);
    assert!(rare().len() == 57 && old(&rare()) < 10, "{:?}", rare());
    let (code, said) =
        place.prepare("x.csv", &["--label", "Label", "--balance", "over", "--few", "copy"]);
    assert!(code == 2 && said.contains("smote"), "{said}");
}

#[test]
fn how_times_are_written_can_be_said() {
    let place = Place::new();
    let when = |form: &[&str]| {
        let options = ["--time", "when", "--keep", "n", "-q"];
        let (code, said) = place.prepare("x.csv", &[&options, form].concat());
        assert_eq!((code, said.as_str()), (0, ""));
        let csv = fs::read_to_string(place.path("x.csv")).unwrap();
        csv.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    // As `date -u -d` says of the second of July, and of the seventh of February.
    assert_eq!(when(&["--time-form", "month-first"])[2], "1,1498953600");
    assert_eq!(when(&[])[2], "1,1486425600");
}

#[test]
fn that_no_row_is_left_is_told_with_the_reason() {
    let place = Place::new();
    let (code, said) = place.prepare("x.csv", &["--time", "host", "--split", "0.5"]);
    assert_eq!((code, said.lines().count()), (1, 1), "{said}");
    let expected = "no row is left: 60 left out for bad-time, the first at line 2, host\n";
    assert!(said.ends_with(expected), "{said}");
    fs::write(place.path("flows.csv"), "a,b\n").unwrap();
    let (code, said) = place.prepare("x.csv", &["--split", "0.5"]);
    assert_eq!((code, said.as_str()), (1, "netsift: there are no rows\n"));
    assert!(place.files().is_empty());
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_files_as_they_were() {
    for signal in ["-INT", "-TERM"] {
        let place = Place::new();
        let (output, report) = (place.path("x.csv"), place.path("x.json"));
        fs::write(place.path("x-train.csv"), "of yesterday").unwrap();
        let arguments =
            ["prepare", "-", "-o", text(&output), "--split", "0.5", "--report", text(&report)];
        let mut child = on_a_pipe(&arguments, flows().as_bytes());
        while !place.path("x.json.partial").exists() {
            pause(5);
        }
        // What listens for signals is there soon after.
        pause(200);
        let open = child.stdin.take();
        interrupt(&child, signal);
        let told = Run::of(&child.wait_with_output().unwrap());
        drop(open);
        let expected =
            "netsift: interrupted: nothing is written; files of earlier runs are as they were\n";
        assert_eq!((told.code, told.errors.as_str()), (130, expected));
        assert_eq!(place.files(), ["x-train.csv"]);
        assert_eq!(fs::read_to_string(place.path("x-train.csv")).unwrap(), "of yesterday");
    }
}
