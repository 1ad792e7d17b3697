//! `explore` of tables: the same forms as of captures, and what is refused.

use std::fs;
use std::io::Write;

use serde_json::Value;

use crate::captures::{Folder, all_kinds, pcap};
use crate::{run, run_with_input, text};

/// Rows of two classes that one column tells, with a far cell and one that is missing.
fn table() -> String {
    let mut csv = "Bytes,Rate,Proto,Class\n".to_owned();
    for row in 0..200 {
        let class = if row % 5 == 0 { "scan" } else { "benign" };
        let bytes = if row % 5 == 0 { 30 + row % 7 } else { row % 20 };
        let rate = if row == 9 { "1e9".to_owned() } else { (row * 31 % 17).to_string() };
        let rate = if row == 3 { "NaN".to_owned() } else { rate };
        csv += &format!("{bytes},{rate},{},{class}\n", ["tcp", "udp"][row % 2]);
    }
    csv
}

fn folder() -> Folder {
    let folder = Folder::new();
    fs::write(folder.path("flows.csv"), table()).unwrap();
    folder
}

#[test]
fn the_summary_tells_classes_and_what_tells_them() {
    let folder = folder();
    let told = run(&["explore", text(&folder.path("flows.csv"))]);
    assert_eq!(told.code, 0, "{}", told.errors);
    assert_eq!(told.errors.lines().count(), 1, "{}", told.errors);
    assert!(told.errors.contains("the column Class is taken for the labels"), "{}", told.errors);
    for said in [
        "Rows",
        "200",
        "Rows of each class",
        "benign",
        "Mutual information",
        "row 10, 1 outlier: Rate",
    ] {
        assert!(told.out.contains(said), "{said} in {}", told.out);
    }
    let named = run(&["explore", text(&folder.path("flows.csv")), "--label", "class"]).fine();
    assert_eq!(named, told.out, "a label that is named is the same, and nothing has to be said");
}

#[test]
fn a_page_json_plots_and_a_table_tell_the_same() {
    let folder = folder();
    let file = |name| folder.path(name);
    let (page, strange, plots) = (file("flows.html"), file("strange.csv"), file("plots"));
    let told = run(&[
        "explore",
        text(&file("flows.csv")),
        "--label",
        "Class",
        "-o",
        text(&page),
        "--static",
        "--anomalies-csv",
        text(&strange),
        "--plots",
        text(&plots),
        "--json",
    ])
    .fine();
    let numbers: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&numbers["rows"], &numbers["cells"]["missing"]), (&200.into(), &1.into()));
    assert_eq!(numbers["label"]["classes"][0]["rows"], 160);
    assert_eq!(numbers["leakage"]["telltales"][0]["column"], "Bytes");
    assert_eq!(numbers["outliers"]["strangest"][0]["number"], 10);
    assert_eq!(numbers["columns"][1]["name"], "Rate");

    let page = fs::read_to_string(&page).unwrap();
    assert!(page.contains("flows.csv") && page.contains("--anomalies-csv"));
    assert!(page.contains("not-a-number") && page.contains("Tells rightly alone"));
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    let strange = fs::read_to_string(&strange).unwrap();
    assert!(strange.starts_with("Row,Class,Outliers,Furthest\n10,benign,1,"), "{strange}");
    let drawn: Vec<_> = fs::read_dir(&plots).unwrap().map(|file| file.unwrap().path()).collect();
    for ending in ["svg", "png"] {
        let of = drawn.iter().filter(|path| path.extension().is_some_and(|it| it == ending));
        assert!(of.count() >= 6, "{drawn:?}");
    }
}

#[test]
fn what_is_read_is_told_by_its_bytes_or_by_whoever_asks() {
    let folder = folder();
    let packed = folder.path("flows.bin");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(table().as_bytes()).unwrap();
    fs::write(&packed, gzip.finish().unwrap()).unwrap();
    fs::write(folder.path("capture.csv"), pcap(&all_kinds())).unwrap();
    let rows = |input: &[&str]| {
        let told = run(&[&["explore", "--json"], input].concat());
        assert_eq!(told.code, 0, "{}", told.errors);
        serde_json::from_str::<Value>(&told.out).unwrap()["rows"].as_u64()
    };
    assert_eq!(rows(&[text(&packed)]), Some(200));
    assert_eq!(rows(&[text(&packed), text(&folder.path("flows.csv"))]), Some(400));
    assert_eq!(rows(&[text(&folder.path("capture.csv"))]), None, "a capture, whatever its name");
    let piped = run_with_input(&["explore", "--json", "--label", "Class", "-"], table().as_bytes());
    let piped: Value = serde_json::from_str(&piped.fine()).unwrap();
    assert_eq!(piped["rows"], 200);
    let wrong = run(&["explore", "--read-as", "captures", text(&folder.path("flows.csv"))]);
    assert!(wrong.code == 1 && wrong.errors.contains("capture"), "{}", wrong.errors);
}

#[test]
fn what_is_of_the_other_kind_is_refused() {
    let folder = folder();
    let made = folder.path("made.pcap");
    fs::write(&made, pcap(&all_kinds())).unwrap();
    let (table, capture, page) = (folder.path("flows.csv"), made, folder.path("page.html"));
    let (table, capture) = (text(&table), text(&capture));
    for (input, wrong, said) in [
        (&[table][..], &["--busiest", "3"][..], "--busiest is of captures, and these are tables"),
        (&[table], &["--packets-csv", "p.csv"], "--packets-csv is of captures"),
        (&[table], &["--anomalies", "none"], "--anomalies is of captures"),
        (&[table], &["--contamination", "0.1"], "--contamination is of captures"),
        (&[table], &["--lists", "l.txt"], "--lists is of captures"),
        (&[table], &["--exact", "1000"], "--exact is of captures"),
        (&[table], &["--workers", "1"], "--workers is of captures"),
        (&[table], &["--filter", "tcp"], "--filter is of captures"),
        (&[capture], &["--label", "Class"], "--label is of tables, and these are captures"),
        (&[capture], &["--dedup"], "--dedup is of tables"),
        (&[capture, table], &[], "captures and tables cannot be explored together"),
        (&[table], &["--label", "Bytes", "--group", "Bytes"], "both name the column"),
        (&[table], &["--label", "nowhere"], "nowhere"),
        (&[table], &["--top", "0"], "1 to 1000000"),
    ] {
        let told = run(&[&["explore", "-o", text(&page)], input, wrong].concat());
        assert!(told.code != 0 && told.errors.contains(said), "{wrong:?}: {}", told.errors);
        assert!(!page.exists() && !folder.path("page.html.partial").exists(), "{wrong:?}");
    }
    assert_eq!(run(&["explore", table, "-o", table]).code, 2);
    assert_eq!(run(&["explore", text(&folder.path("none.csv"))]).code, 1);
}

#[test]
fn the_options_of_readers_are_those_of_others() {
    let folder = folder();
    let path = folder.path("flows.csv");
    let numbers = |options: &[&str]| {
        let arguments = [&["explore", "--json", "--label", "Class", text(&path)], options].concat();
        serde_json::from_str::<Value>(&run(&arguments).fine()).unwrap()
    };
    let dropped = numbers(&["--drop", "Bytes,Rate"]);
    assert_eq!(dropped["columns"].as_array().unwrap().len(), 1);
    assert_eq!(numbers(&["--keep", "Bytes"])["columns"].as_array().unwrap().len(), 1);
    assert_eq!(numbers(&["--texts", "Bytes"])["columns"][0]["is_text"], true);
    assert_eq!(numbers(&["--on", "not-a-number=drop"])["rows"], 199);
}

#[test]
fn tables_of_nothing_say_so() {
    let told = run_with_input(&["explore", "-"], b"a,label\n");
    assert!(told.code == 0 && told.out.contains("Rows               0"), "{}", told.out);
    let told = run_with_input(&["explore", "-"], b"");
    assert!(told.errors.lines().count() <= 1, "{}", told.errors);
}
