//! What pandas and scikit-learn answer about the same tables. `make.py` has asked them; tables are drawn here again in the same
//! order, answers are read from the JSON file beside it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Write;
use std::path::Path;

use netsift_data::TableReader;
use netsift_data::explore::{Distinct, Distribution};
use netsift_report::{ColumnNumbers, TableExplorer, TableNumbers};
use serde_json::Value;

/// How far an answer may be off, of its size or absolutely.
const TOLERANCE: f64 = 1e-11;
/// What the file has at least.
const CASES: usize = 40;
const NUMBERS: [&str; 5] = ["real", "whole", "heavy", "going", "same"];
const TEXTS: [&str; 4] = ["tcp", "udp", "icmp", "arp"];

#[test]
fn numbers_of_tables_are_those_of_pandas() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tables.json");
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() >= CASES);
    for (number, answers) in cases.iter().enumerate() {
        let csv = table(number as u64);
        let reader = TableReader::new().label("label");
        let (data, read) = reader.read(csv.as_bytes()).unwrap();
        compare(number, &TableExplorer::new().look(&data, Some(read)).unwrap(), answers);
    }
}

fn compare(case: usize, numbers: &TableNumbers, answers: &Value) {
    let label = numbers.label.as_ref().unwrap();
    expect(case, "rows", numbers.rows as f64, &answers["rows"]);
    expect(case, "entropy", label.entropy, &answers["entropy"]);
    for class in &label.classes {
        expect(case, "class", class.rows as f64, &answers["classes"][&class.class]);
    }
    expect(case, "repeated", numbers.equal.repeated as f64, &answers["repeated"]);
    let over = numbers.equal.over_classes.unwrap();
    expect(case, "over classes", over as f64, &answers["over_classes"]);
    for (at, name) in NUMBERS.iter().enumerate() {
        of_numbers(case, numbers, &numbers.columns[at], &answers["columns"][name]);
    }
    let text = &numbers.columns[5];
    for told in &text.distribution.as_ref().unwrap().texts {
        expect(case, "text", told.rows as f64, &answers["texts"][&told.text]);
    }
    expect(case, "missing texts", text.summary.missing as f64, &answers["text_missing"]);
    expect(case, "text tells", text.information.unwrap(), &answers["text_information"]);
    let of = numbers.correlations.as_ref().unwrap();
    let place = |name: &str| of.columns.iter().position(|other| other == name).unwrap();
    for (one, row) in answers["pearson"].as_array().unwrap().iter().enumerate() {
        for (other, answer) in row.as_array().unwrap().iter().enumerate() {
            let found = of.pearson[place(NUMBERS[one])][place(NUMBERS[other])].unwrap();
            expect(case, "pearson", found, answer);
        }
    }
    let spearman = of.spearman[place("whole")][place("going")].unwrap();
    expect(case, "spearman", spearman, &answers["spearman"]);
}

fn of_numbers(case: usize, numbers: &TableNumbers, of: &ColumnNumbers, answers: &Value) {
    let summary = &of.summary;
    let Distinct::Exactly(distinct) = summary.distinct else { panic!("not counted") };
    let counts = [("count", summary.count), ("missing", summary.missing), ("distinct", distinct)];
    counts.iter().for_each(|(name, count)| expect(case, name, *count as f64, &answers[name]));
    let told = [
        ("min", summary.min),
        ("max", summary.max),
        ("mean", summary.mean),
        ("deviation", summary.deviation),
        ("information", of.information),
    ];
    told.iter().for_each(|(name, number)| expect(case, name, number.unwrap(), &answers[name]));
    for (quantile, answer) in summary.quantiles.iter().zip(answers["quantiles"].as_array().unwrap())
    {
        expect(case, "quantile", quantile.below.unwrap(), answer);
    }
    match numbers.outliers.columns.iter().find(|it| it.column == summary.name) {
        Some(outliers) => {
            expect(case, "below", outliers.below as f64, &answers["below"]);
            expect(case, "above", outliers.above as f64, &answers["above"]);
        }
        None => assert!(answers["below"].is_null(), "{case}: {}", summary.name),
    }
    by_class(case, of.distribution.as_ref().unwrap(), answers);
}

fn by_class(case: usize, of: &Distribution, answers: &Value) {
    let cells: usize = of.bins.iter().map(|bin| bin.cells).sum();
    expect(case, "cells in bins", (cells + of.zeros) as f64, &answers["count"]);
    for class in &of.classes {
        let of = |answer: &str| &answers[answer][&class.class];
        expect(case, "count of a class", class.count as f64, of("class_count"));
        expect(case, "mean of a class", class.mean.unwrap(), of("class_mean"));
        expect(case, "median of a class", class.quantiles[2].below.unwrap(), of("class_median"));
    }
}

fn expect(case: usize, what: &str, found: f64, answer: &Value) {
    let expected = answer.as_f64().unwrap_or_else(|| panic!("{case}: no answer to {what}"));
    let off = (found - expected).abs();
    assert!(
        off <= TOLERANCE * expected.abs().max(1.0),
        "{case}: {what} is {found}, not {expected}"
    );
}

/// The table of a case, as `make.py` draws it.
fn table(case: u64) -> String {
    let mut draws = SplitMix64(case);
    let mut rows: Vec<String> = Vec::new();
    let mut csv = format!("{},text,label\n", NUMBERS.join(","));
    for row in 0..30 + draws.below(500) {
        let real = draws.unit() * 100.0 - 50.0;
        let whole = draws.below(12);
        let heavy = 1.0 / (draws.unit() + 0.001);
        let going = real * 0.5 + draws.unit() * 10.0;
        let text = TEXTS[draws.below(TEXTS.len() as u64) as usize];
        // What decides whether a class is drawn comes first.
        let drawn = draws.unit() < 0.5;
        let class = if drawn { draws.below(3) } else { whole / 4 };
        let missing = [(); 3].map(|()| draws.unit() < 0.1);
        let or_none =
            |cell: String, is_missing: bool| if is_missing { String::new() } else { cell };
        let (real, heavy) =
            (or_none(real.to_string(), missing[0]), or_none(heavy.to_string(), missing[1]));
        let mut cells =
            format!("{real},{whole},{heavy},{going},7,{}", or_none(text.into(), missing[2]));
        let (again, which) = (draws.unit() < 0.15, draws.below(row + 1));
        if again && which < row {
            cells.clone_from(&rows[which as usize]);
        }
        writeln!(csv, "{cells},{}", ["a", "b", "c"][class as usize]).unwrap();
        rows.push(cells);
    }
    csv
}

/// The generator of tables, as `make.py` has it.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
