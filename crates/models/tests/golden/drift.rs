//! Drift beside what scipy says of the raw numbers, and numpy of the index. `make_drift.py` froze it in `drift.json`.

use std::array;

use ndarray::Array2;
use netsift_data::{Classes, Dataset, Field, Labels, Schema};
use netsift_models::drift::ColumnDrift;
use netsift_models::{Drift, Recipe, Trainer};
use serde_json::Value;

use crate::draw::Draw;

const TEXT: usize = 4;

fn rows(draw: &mut Draw, count: usize, shift: f64) -> Array2<f64> {
    let mut row = || {
        let even = draw.unit() + shift;
        let few = if draw.unit() < shift { 0.25 } else { draw.below(12) as f64 * 0.25 };
        let zeros = if draw.unit() < 0.6 - shift { 0.0 } else { draw.unit() * 100.0 };
        let odd = if draw.unit() < 0.2 + shift {
            [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][draw.below(3)]
        } else {
            draw.unit()
        };
        let text = if draw.unit() < shift { 6 } else { draw.below(6) };
        [even, few, zeros, odd, text as f64]
    };
    let cells: Vec<f64> = (0..count).flat_map(|_| row()).collect();
    Array2::from_shape_vec((count, 5), cells).unwrap()
}

fn dataset(matrix: Array2<f64>) -> Dataset {
    let names: [&str; 5] = ["even", "few", "zeros", "odd", "text"];
    let texts = || Classes::new((0..7).map(|text| text.to_string())).unwrap();
    let fields: [Field; 5] = array::from_fn(|place| match place {
        TEXT => Field::text(names[place], texts()),
        _ => Field::number(names[place]),
    });
    Dataset::new(Schema::new(fields).unwrap(), matrix).unwrap()
}

fn found(case: usize) -> (usize, Vec<ColumnDrift>) {
    let mut draw = Draw(4000 + case as u64);
    let shift = [0.0, 0.03, 0.1, 0.4][case % 4];
    let count = 50 + draw.below(2000);
    let usual = dataset(rows(&mut draw, count, 0.0));
    let later = 100 + draw.below(1000);
    let now = dataset(rows(&mut draw, later, shift));
    let labels = Labels::of(vec!["any"; count]);
    let trainer = Trainer::new([Recipe::named("dummy").unwrap()]).test_share(0.0);
    let bundle = trainer.train(&usual.with_labels(labels).unwrap()).unwrap().bundle;
    let mut drift = Drift::against(&bundle);
    drift.observe(&now, &vec![1.0; later]).unwrap();
    let report = drift.report();
    assert!(report.score.is_none());
    let column = |field: &Field| {
        let found = report.columns.iter().find(|column| column.name == field.name);
        found.unwrap().clone()
    };
    (count, now.schema().fields().iter().map(column).collect())
}

#[test]
fn drift_is_what_scipy_says_of_the_raw_numbers() {
    let all: Value = serde_json::from_str(include_str!("drift.json")).unwrap();
    let cases = all["cases"].as_array().unwrap();
    assert!(cases.len() >= 40);
    for (number, case) in cases.iter().enumerate() {
        let (count, columns) = found(number);
        for (column, expected) in columns.iter().zip(case.as_array().unwrap()) {
            let at = format!("case {number}, {column:?}, {expected}");
            let near = |found: f64, expected: &Value, within: f64| {
                let expected = expected.as_f64().unwrap();
                assert!((found - expected).abs() <= within * expected.abs().max(1e-3), "{at}");
            };
            near(column.stability, &expected["stability"], 1e-9);
            near(column.chance, &expected["chance"], 1e-6);
            let Some(distance) = column.distance else {
                assert!(expected["distance"].is_null(), "{at}");
                continue;
            };
            let exact = expected["distance"].as_f64().unwrap();
            let held = distance.at_least - 1e-12..=distance.at_most + 1e-12;
            assert!(held.contains(&exact), "{at}");
            // A hundredth of the known numbers, as far as they can be parted.
            let finest = 0.01 + 1.0 / (count as f64 * 0.7);
            assert!(distance.at_most - distance.at_least <= finest, "{at}");
            near(distance.by_chance, &expected["by_chance"], 1e-6);
        }
    }
}
