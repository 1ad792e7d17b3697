//! `netsift prepare`: tables in, tables that a model can take out.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::{run, run_with_input, text};

/// Forty flows of two classes and four hosts: a hole, an infinity, a repeated row, a constant, a copy of a column.
fn flows() -> String {
    let mut csv = String::from("Src IP,Protocol,Bytes,Kilobytes,Zero,Rate,Label\n");
    for row in 0..40 {
        let host = row % 4;
        let (protocol, label) = if row % 5 == 0 { ("udp", "scan") } else { ("tcp", "BENIGN") };
        let bytes = 100 * (row + 1);
        let rate = match row {
            3 => String::new(),
            8 => "Infinity".to_owned(),
            _ => format!("{}.5", (row * 7) % 13),
        };
        let kilobytes = f64::from(bytes) / 1e3;
        csv += &format!("10.0.0.{host},{protocol},{bytes},{kilobytes},0,{rate},{label}\n");
    }
    csv + "10.0.0.0,udp,100,0.1,0,0.5,scan\n"
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

    /// What the program says, once it has done its work.
    fn prepare(&self, options: &[&str]) -> String {
        let (table, out) = (self.path("flows.csv"), self.path("out.csv"));
        let mut arguments = vec!["prepare", text(&table), "-o", text(&out)];
        arguments.extend(options);
        let run = run(&arguments);
        assert_eq!(run.code, 0, "{}", run.errors);
        run.errors
    }

    fn rows(&self, name: &str) -> Vec<Vec<String>> {
        rows(&self.path(name))
    }
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let csv = fs::read_to_string(path).unwrap();
    csv.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// The numbers of a column, missing ones left out.
fn numbers(rows: &[Vec<String>], name: &str) -> Vec<f64> {
    let place = rows[0].iter().position(|other| other == name).unwrap();
    rows[1..].iter().filter_map(|row| row[place].parse().ok()).collect()
}

fn classes(rows: &[Vec<String>], class: &str) -> usize {
    rows[1..].iter().filter(|row| row.last().unwrap() == class).count()
}

#[test]
fn a_dry_run_tells_what_is_there_and_writes_nothing() {
    let place = Place::new();
    let table = place.path("flows.csv");
    let run = run(&["prepare", text(&table), "--label", "Label", "--impute", "mean", "--dry-run"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.errors);
    let line = |start: &str| {
        let found = run.errors.lines().find(|line| line.trim_start().starts_with(start));
        found.unwrap_or_else(|| panic!("{start}: {}", run.errors)).to_owned()
    };
    assert!(line("infinite ").contains(" 1 ") && line("infinite ").contains("Rate"));
    assert!(line("Rate ").contains("missing to"));
    assert!(line("in all").contains("41"));
    assert!(line("scan").contains('9'));
    let left = fs::read_dir(table.parent().unwrap()).unwrap().count();
    assert_eq!(left, 1);
}

#[test]
fn without_steps_rows_come_out_as_they_went_in() {
    let place = Place::new();
    place.prepare(&["--label", "Label", "--on", "infinite=keep"]);
    let written = fs::read_to_string(place.path("out.csv")).unwrap();
    assert_eq!(written, flows());
}

#[test]
fn what_is_learned_is_learned_of_the_training() {
    let place = Place::new();
    place.prepare(&[
        "--label",
        "Label",
        "--drop",
        "Src IP",
        "--impute",
        "median",
        "--encode",
        "one-hot",
        "--drop-constant",
        "--drop-correlated",
        "0.99",
        "--scale",
        "standard",
        "--split",
        "0.75",
        "--balance",
        "smote",
        "--seed",
        "7",
    ]);
    let (train, test) = (place.rows("out-train.csv"), place.rows("out-test.csv"));
    assert!(!place.path("out-validate.csv").exists() && !place.path("out.csv").exists());
    assert_eq!(train[0], test[0]);
    assert!(!train[0].iter().any(|name| name == "Zero" || name == "Kilobytes"));
    assert_eq!(test.len(), 1 + 11, "a quarter of 41 rows, none made");
    assert_eq!(classes(&train, "scan"), classes(&train, "BENIGN"));
    assert!(classes(&test, "scan") < classes(&test, "BENIGN"));
    assert!(train.iter().chain(&test).all(|row| row.iter().all(|cell| !cell.is_empty())));
}

#[test]
fn scaling_makes_the_mean_nothing() {
    let place = Place::new();
    place.prepare(&["--label", "Label", "--scale", "standard", "--impute", "mean"]);
    let bytes = numbers(&place.rows("out.csv"), "Bytes");
    let mean = bytes.iter().sum::<f64>() / bytes.len() as f64;
    let spread = bytes.iter().map(|cell| cell * cell).sum::<f64>() / bytes.len() as f64;
    assert!(mean.abs() < 1e-9 && (spread - 1.0).abs() < 1e-9, "{mean} {spread}");
}

#[test]
fn groups_stay_together() {
    let place = Place::new();
    place.prepare(&["--label", "Label", "--group", "Src IP", "--split", "0.5", "--drop", "Rate"]);
    let hosts = |name: &str| {
        let rows = place.rows(name);
        let host = rows[0].iter().position(|name| name == "Src IP").unwrap();
        rows[1..].iter().map(|row| row[host].clone()).collect::<std::collections::BTreeSet<_>>()
    };
    let (train, test) = (hosts("out-train.csv"), hosts("out-test.csv"));
    assert!(train.is_disjoint(&test) && train.len() + test.len() == 4, "{train:?} {test:?}");
}

#[test]
fn labels_are_mapped_and_a_rule_for_nothing_is_told() {
    let place = Place::new();
    let said = place.prepare(&[
        "--label",
        "label",
        "--map-label",
        "BENIGN=normal",
        "--map-label",
        "s*n=attack",
        "--map-label",
        "worm=attack",
        "--dedup",
    ]);
    let rows = place.rows("out.csv");
    assert_eq!((classes(&rows, "attack"), classes(&rows, "normal")), (8, 32));
    assert!(said.contains("worm") && said.contains("matches no label"), "{said}");
}

#[test]
fn the_report_is_json_that_holds_what_was_found() {
    let place = Place::new();
    let report = place.path("cleaning.json");
    place.prepare(&[
        "--label",
        "Label",
        "--impute",
        "0",
        "--split",
        "0.7,0.1,0.2",
        "--report",
        text(&report),
    ]);
    let report: Value = serde_json::from_str(&fs::read_to_string(&report).unwrap()).unwrap();
    assert_eq!(report["read"]["rows"], 41);
    assert_eq!(report["exploration"]["rows"], 41);
    let parts: Vec<u64> =
        (0..3).map(|part| report["parts"][part]["rows"].as_u64().unwrap()).collect();
    assert_eq!(parts.iter().sum::<u64>(), 41);
    assert!(report["preparation"]["steps"].as_array().unwrap().len() >= 2);
    assert!(report["leakage"].is_object());
}

#[test]
fn forms_follow_the_name_and_texts_are_safe_unless_asked() {
    let place = Place::new();
    let table = place.path("evil.csv");
    fs::write(&table, "host,n,Label\n=cmd,1,a\n-x,2,b\n").unwrap();
    let out = |name: &str, more: &[&str]| {
        let out = place.path(name);
        let mut arguments =
            vec!["prepare", text(&table), "-q", "--label", "Label", "-o", text(&out)];
        arguments.extend(more);
        assert_eq!(run(&arguments).fine(), "");
        fs::read_to_string(out).unwrap()
    };
    assert_eq!(out("safe.csv", &[]), "host,n,Label\n\"'=cmd\",1,a\n\"'-x\",2,b\n");
    assert_eq!(out("exact.csv", &["--exact"]), "host,n,Label\n=cmd,1,a\n-x,2,b\n");
    let lines = out("lines.jsonl", &[]);
    assert!(lines.starts_with("{\"host\":\"=cmd\",\"n\":1,\"Label\":\"a\"}\n"), "{lines}");
}

#[test]
fn standard_input_to_standard_output() {
    let arguments = ["prepare", "-", "-o", "-", "-q", "--label", "Label", "--drop", "a"];
    let run = run_with_input(&arguments, b"a,b,Label\n1,2,x\n3,,y\n");
    assert_eq!(run.fine(), "b,Label\n2,x\n,y\n");
}

#[test]
fn what_cannot_be_is_told_in_a_line() {
    let place = Place::new();
    let table = place.path("flows.csv");
    let table = text(&table);
    let empty = place.path("empty.csv");
    fs::write(&empty, "").unwrap();
    let out = place.path("o.csv");
    let out = text(&out);
    let (part, other) = (place.path("p.csv.partial"), place.path("p.csv"));
    fs::write(&part, flows()).unwrap();
    let cases: [(&[&str], i32, &str); 14] = [
        (&["missing.csv", "-o", out], 1, "missing.csv"),
        (&[text(&empty), "-o", out], 1, "empty"),
        (&[table, "-o", out, "--label", "Lable"], 2, "Lable"),
        (&[table, "-o", out, "--drop", "nothing"], 2, "nothing"),
        (&[table, "-o", table], 2, "it would be lost"),
        (&[text(&part), "-o", text(&other)], 2, "it would be lost"),
        (&[table, "-o", "-", "--split", "0.5"], 2, "standard output"),
        (&[table, "-o", out, "--on", "empty=burn"], 2, "is no policy"),
        (&[table, "-o", out, "--split", "2,1,0"], 2, "1 together"),
        (&[table, "-o", out, "--label", "Label", "--balance", "smote"], 2, "--encode"),
        (&[table, "-o", out, "--report", out], 2, "would both go to"),
        (&[table, "-o", out, "--label", "Label", "--group", "Label"], 2, "both name the column"),
        (&[table, "-o", out, "--label", "Label", "--drop", "Label"], 2, "both name the column"),
        (&[table, "-o", out, "--split", "1"], 2, "between 0 and 1"),
    ];
    for (arguments, code, said) in cases {
        let arguments = [&["prepare"], arguments].concat();
        let run = run(&arguments);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.errors);
        assert!(run.errors.contains(said), "{arguments:?}: {}", run.errors);
        assert!(!place.path("o.csv").exists(), "{arguments:?}");
    }
}

#[test]
fn times_are_read_again_as_they_were() {
    let place = Place::new();
    let (first, second, third) = (place.path("1.csv"), place.path("2.csv"), place.path("3.csv"));
    fs::write(&first, "n,when\n1,1750000000.008817444\n2,1750000001\n3,-0.5\n").unwrap();
    for (from, to) in [(&first, &second), (&second, &third)] {
        let run = run(&["prepare", text(from), "-o", text(to), "--time", "when", "-q"]);
        assert_eq!(run.fine(), "");
    }
    assert_eq!(fs::read(&first).unwrap(), fs::read(&second).unwrap());
    assert_eq!(fs::read(&second).unwrap(), fs::read(&third).unwrap());
}

#[test]
fn parts_have_the_same_columns_even_if_rows_were_made() {
    let place = Place::new();
    let said = place.prepare(&[
        "--label",
        "Label",
        "--group",
        "Src IP",
        "--encode",
        "one-hot",
        "--impute",
        "0",
        "--split",
        "0.75",
        "--balance",
        "smote",
    ]);
    assert_eq!(place.rows("out-train.csv")[0], place.rows("out-test.csv")[0]);
    assert!(said.contains("groups are not written"), "{said}");
}

#[cfg(unix)]
#[test]
fn nobody_need_listen_and_names_may_be_long() {
    let place = Place::new();
    let long = place.path("long.csv");
    fs::write(&long, format!("{},b\n1,2\n", "x".repeat(70_000))).unwrap();
    let command = format!(
        "{} prepare {} -o {} 2>&-",
        env!("CARGO_BIN_EXE_netsift"),
        text(&long),
        text(&place.path("o.csv"))
    );
    assert!(std::process::Command::new("sh").args(["-c", &command]).status().unwrap().success());
    let run = run(&["prepare", text(&long), "--dry-run"]);
    assert_eq!(run.code, 0, "{}", run.errors);
}

#[test]
fn kinds_separators_and_blanks_are_as_told() {
    let place = Place::new();
    let table = place.path("t.csv");
    fs::write(&table, "port;n;Label\n80; 1;a \n443;x;a\n").unwrap();
    let out = place.path("t.json");
    let options =
        ["--separator", ";", "--trim", "--texts", "port", "--numbers", "n", "--label", "Label"];
    let arguments = [&["prepare", text(&table), "-q", "-o", text(&out)], &options[..]].concat();
    assert_eq!(run(&arguments).fine(), "");
    let expected = "{\"port\":\"80\",\"n\":1,\"Label\":\"a\"}\n{\"port\":\"443\",\"n\":null,\"Label\":\"a\"}\n";
    assert_eq!(fs::read_to_string(out).unwrap(), expected);
}
