//! Whether rows are still those of a training.

use ndarray::Array2;
use netsift_data::{Chance, Classes, DataError, Dataset, Field, Labels, Schema};
use netsift_models::drift::{ColumnDrift, DriftReport, Level, Part};
use netsift_models::{Bundle, Drift, DriftWindow, ModelError, Recipe, Trainer};
use proptest::prelude::*;

use crate::{flows, trained};

/// Columns of chance, each in its own range: even numbers, few numbers, mostly zeros, texts.
fn drawn(seed: u64, rows: usize) -> Dataset {
    let mut chance = Chance::seeded(seed);
    let mut row = || {
        let zeros = if chance.unit() < 0.7 { 0.0 } else { chance.unit() * 1e6 };
        [chance.unit(), chance.below(5) as f64, zeros, chance.below(3) as f64]
    };
    let cells: Vec<f64> = (0..rows).flat_map(|_| row()).collect();
    let texts = Classes::new(["tcp", "udp", "icmp", "sctp"]).unwrap();
    let numbers = ["even", "few", "zeros"].map(Field::number);
    let fields = numbers.into_iter().chain([Field::text("text", texts)]);
    let matrix = Array2::from_shape_vec((rows, 4), cells).unwrap();
    Dataset::new(Schema::new(fields).unwrap(), matrix).unwrap()
}

fn bundle_of(data: &Dataset) -> Bundle {
    let labels: Vec<&str> = (0..data.rows()).map(|row| ["a", "b"][row % 2]).collect();
    let data = data.clone().with_labels(Labels::of(labels)).unwrap();
    let trainer = Trainer::new([Recipe::named("dummy").unwrap()]).test_share(0.0);
    trainer.train(&data).unwrap().bundle
}

fn report(bundle: &Bundle, data: &Dataset) -> DriftReport {
    let mut drift = Drift::against(bundle);
    drift.observe(data, &vec![0.5; data.rows()]).unwrap();
    drift.report()
}

fn column<'a>(report: &'a DriftReport, name: &str) -> &'a ColumnDrift {
    report.columns.iter().find(|column| column.name == name).unwrap()
}

/// The rows with something else in a column.
fn changed(data: &Dataset, name: &str, change: impl Fn(usize, f64) -> f64) -> Dataset {
    let place = data.schema().place(name).unwrap();
    let mut matrix = data.matrix().to_owned();
    matrix.column_mut(place).iter_mut().enumerate().for_each(|(row, it)| *it = change(row, *it));
    Dataset::new(data.schema().clone(), matrix).unwrap()
}

#[test]
fn chance_alone_raises_no_alarm_whatever_the_number_of_rows() {
    for (seed, trained_on) in [(1, 40), (2, 400), (3, 20_000)] {
        let bundle = bundle_of(&drawn(seed, trained_on));
        for rows in [1, 99, 100, 150, 1_000, 10_000] {
            for again in 0..12 {
                let report = report(&bundle, &drawn(1_000 + again, rows));
                assert!(report.behind().is_empty(), "{trained_on}, {rows}: {report:?}");
                assert!(!report.is_alarm() && report.number < 0.1);
                assert_eq!(report.level == Level::Unknown, rows < 100);
            }
        }
    }
}

#[test]
fn a_trifle_raises_no_alarm_in_any_number_of_rows() {
    let usual = drawn(1, 20_000);
    let bundle = bundle_of(&usual);
    let trifle = changed(&drawn(2, 200_000), "even", |_, cell| cell.mul_add(0.97, 0.03));
    let report = report(&bundle, &trifle);
    assert_eq!((report.level, report.behind().len()), (Level::Stable, 0));
    let even = column(&report, "even");
    assert!(!even.is_chance && even.stability < 0.05 && report.number == even.stability);
    let distance = even.distance.unwrap();
    assert!(distance.at_least > distance.by_chance, "{distance:?}");
}

#[test]
fn what_has_drifted_is_told_with_where() {
    let bundle = bundle_of(&drawn(1, 10_000));
    type Change = fn(usize, f64) -> f64;
    let cases: [(&str, Change, Part); 6] = [
        ("even", |row, cell| if row % 2 == 0 { f64::NAN } else { cell }, Part::Missing),
        ("even", |row, cell| if row % 3 == 0 { -f64::INFINITY } else { cell }, Part::Infinite),
        ("few", |row, cell| if row % 2 == 0 { 3.0 } else { cell }, Part::Exactly(3.0)),
        (
            "few",
            |row, cell| if row % 4 == 0 { 1.5 } else { cell },
            Part::Between { above: Some(1.0), up_to: Some(2_f64.next_down()) },
        ),
        ("text", |row, cell| if row % 2 == 0 { 2.0 } else { cell }, Part::Text("icmp".into())),
        ("text", |row, cell| if row % 2 == 0 { 3.0 } else { cell }, Part::OtherTexts),
    ];
    for (name, change, part) in cases {
        let report = report(&bundle, &changed(&drawn(2, 1_000), name, change));
        let behind = report.behind();
        assert_eq!((behind.len(), behind[0].name.as_str()), (1, name), "{behind:?}");
        assert_eq!((report.number, report.level), (behind[0].stability, behind[0].level));
        let shift = behind[0].shift.clone().unwrap();
        assert!(shift.part == part && shift.now > shift.usual + 0.15, "{shift:?}");
        assert_eq!(report.columns[0], *behind[0]);
    }
}

#[test]
fn the_score_is_compared_with_that_of_rows_held_back() {
    let bundle = trained().bundle;
    let data = flows(120);
    let scores = bundle.score(&data).unwrap().scores();
    let report = |scores: &[f64]| {
        let mut drift = Drift::against(&bundle);
        drift.observe(&data, scores).unwrap();
        drift.report()
    };
    assert_eq!(report(&scores).score.unwrap().stability, 0.0);
    let other = report(&[0.9; 120]);
    assert_eq!((other.behind()[0].name.as_str(), other.level), ("score", Level::Great));
}

#[test]
fn parts_in_any_order_of_columns_add_up_to_the_whole() {
    let bundle = bundle_of(&drawn(1, 500));
    let data = drawn(2, 700);
    let turned = data.pick(["text", "zeros", "few", "even"]).unwrap();
    let whole = report(&bundle, &data);
    let (mut one, mut other) = (Drift::against(&bundle), Drift::against(&bundle));
    for start in (0..700).step_by(70) {
        let part = if start % 140 == 0 { &mut one } else { &mut other };
        part.observe(&turned.slice(start..start + 70), &[0.5; 70]).unwrap();
    }
    one.merge(&other).unwrap();
    assert_eq!(one.report(), whole);
    let elsewhere = Drift::against(&bundle_of(&drawn(9, 500)));
    assert!(matches!(one.merge(&elsewhere), Err(ModelError::OtherTraining)));
    assert_eq!(one.report(), whole);
}

#[test]
fn counts_end_where_numbers_do() {
    let bundle = bundle_of(&drawn(1, 500));
    let mut drift = Drift::against(&bundle);
    drift.observe(&drawn(2, 500), &[0.5; 500]).unwrap();
    // Each time twice as many: beyond 2^64.
    for _ in 0..70 {
        let same = drift.clone();
        drift.merge(&same).unwrap();
    }
    assert_eq!(drift.rows(), u64::MAX);
    let report = drift.report();
    assert!(report.number.is_finite() && report.columns.iter().all(|it| it.stability.is_finite()));
}

#[test]
fn rows_that_cannot_be_compared_are_refused_and_none_is_counted() {
    let bundle = bundle_of(&drawn(1, 200));
    let data = drawn(2, 50);
    let mut drift = Drift::against(&bundle);
    let mut window = DriftWindow::of_rows(&drift, 100).unwrap();
    let mut error = |data: &Dataset, scores: &[f64]| {
        let error = window.observe(data, scores).unwrap_err().to_string();
        assert_eq!(drift.observe(data, scores).unwrap_err().to_string(), error);
        assert_eq!((drift.rows(), window.rows()), (0, 0));
        error
    };
    assert_eq!(error(&data, &[0.5; 49]), "there are 49 scores, but there should be 50");
    let few = data.without(["few", "text"]).unwrap();
    assert_eq!(error(&few, &[0.5; 50]), r#"columns are missing: "few", "text""#);
    let numbers = Schema::numbers(["even", "few", "zeros", "text"]).unwrap();
    let numbers = Dataset::new(numbers, data.matrix().to_owned()).unwrap();
    let said = r#"column "text" holds numbers, but texts are needed"#;
    assert_eq!(error(&numbers, &[0.5; 50]), said);
    assert!(matches!(
        drift.observe(&few, &[0.5; 50]),
        Err(ModelError::Data(DataError::MissingColumns { .. }))
    ));
}

#[test]
fn columns_without_a_number_and_constants_have_an_answer() {
    let usual = drawn(1, 300);
    for (was, is) in [(f64::NAN, f64::NAN), (7.0, 7.0), (f64::INFINITY, f64::INFINITY)] {
        let bundle = bundle_of(&changed(&usual, "even", |_, _| was));
        let same = report(&bundle, &changed(&usual, "even", |_, _| is));
        assert_eq!((same.level, column(&same, "even").stability), (Level::Stable, 0.0));
        for other in [f64::NAN, f64::MAX, f64::NEG_INFINITY, -0.0] {
            let report = report(&bundle, &changed(&usual, "even", |_, _| other));
            let is_same = other.to_bits() == is.to_bits();
            assert_eq!(report.level == Level::Stable, is_same, "{was} to {other}");
        }
    }
    let none = report(&bundle_of(&usual), &usual.slice(0..0));
    assert_eq!((none.rows, none.number, none.level), (0, 0.0, Level::Unknown));
    assert!(none.columns.iter().all(|column| column.distance.is_none()));
    let narrow = usual.pick([]).unwrap();
    assert_eq!(report(&bundle_of(&narrow), &narrow).level, Level::Stable);
}

#[test]
fn a_window_of_rows_forgets_those_before() {
    let bundle = bundle_of(&drawn(1, 2_000));
    let mut window = DriftWindow::of_rows(&Drift::against(&bundle), 1_600).unwrap();
    let other = changed(&drawn(2, 3_000), "even", |_, cell| cell + 0.5);
    window.observe(&other, &[0.5; 3_000]).unwrap();
    assert_eq!((window.rows(), window.report().level), (1_700, Level::Great));
    let mut seen = 0;
    for start in (0..1_650).step_by(33) {
        window.observe(&drawn(3, 1_650).slice(start..start + 33), &[0.5; 33]).unwrap();
        seen = window.rows();
        assert!((1_600..1_700 + 33).contains(&seen), "{seen}");
    }
    assert!(seen >= 1_600);
    window.observe(&drawn(4, 50), &[0.5; 50]).unwrap();
    assert_eq!(window.report().level, Level::Stable);
    assert!(DriftWindow::of_rows(&Drift::against(&bundle), 15).is_err());
}

#[test]
fn a_window_of_time_forgets_what_is_old_and_survives_wrong_clocks() {
    let bundle = bundle_of(&drawn(1, 2_000));
    let hour = 3_600_000_000_000_i64;
    let mut window = DriftWindow::of_time(&Drift::against(&bundle), hour).unwrap();
    let mut at = |time: i64| {
        window.advance(time);
        window.observe(&drawn(2, 10), &[0.5; 10]).unwrap();
        window.rows()
    };
    let start = 1_770_000_000_000_000_000_i64 / hour * hour;
    assert_eq!([0, 1, 2].map(|sixth| at(start + sixth * hour / 6)), [10, 20, 30]);
    // A little back counts as now.
    assert_eq!(at(start), 40);
    // An hour and a sixth behind the first: that one is gone, and those of the next hour stay.
    assert_eq!(at(start + hour + hour / 16), 40);
    assert_eq!(at(start + 9 * hour), 10);
    // A leap of forged time, and back: rows count and grow old as before.
    assert_eq!([i64::MAX, start + 9 * hour].map(&mut at), [10, 20]);
    assert_eq!([10, 11].map(|hours| at(start + hours * hour)), [10, 10]);
    assert_eq!([i64::MIN, i64::MAX, i64::MIN].map(at), [20, 10, 20]);
    assert!(DriftWindow::of_time(&Drift::against(&bundle), 15).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is in the cells: figures are figures, and each is told of every column.
    #[test]
    fn any_cells_are_compared(
        usual in prop::collection::vec(any::<f64>(), 1..60),
        now in prop::collection::vec(any::<f64>(), 0..300),
    ) {
        let data = |cells: &[f64]| {
            let column = Array2::from_shape_vec((cells.len(), 1), cells.to_vec()).unwrap();
            Dataset::new(Schema::numbers(["a"]).unwrap(), column).unwrap()
        };
        let found = report(&bundle_of(&data(&usual)), &data(&now));
        let column = &found.columns[0];
        prop_assert!(column.stability >= 0.0 && column.stability.is_finite());
        prop_assert!((0.0..=1.0).contains(&column.chance));
        if let Some(distance) = column.distance {
            prop_assert!(0.0 <= distance.at_least && distance.at_least <= distance.at_most);
            prop_assert!(distance.at_most <= 1.0);
        }
        prop_assert!(found.number == 0.0 || found.number == column.stability);
    }
}
