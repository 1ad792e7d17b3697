//! Scalers, imputers, encoders, and what columns tell about labels.

use ndarray::Array1;
use netsift_data::prepare::*;
use netsift_data::{Dataset, Labels};

use crate::draw::{Draw, table, texts};
use crate::{assert_near, assert_near_beside, counts, expected, is_near, numbers};

fn made(transform: &impl Transform, training: &Dataset, other: &Dataset) -> Dataset {
    transform.fit(training).unwrap().apply(other.clone()).unwrap()
}

#[test]
fn scalers_scale_as_scikit_learn_does() {
    let cases = expected("scalers");
    assert!(cases.len() >= 200);
    let scalings = [
        ("standard", Scaling::Standard),
        ("min_max", Scaling::MinMax { low: -1.0, high: 3.0 }),
        ("robust", Scaling::Robust { low: 0.1, high: 0.8 }),
    ];
    for (seed, case) in (0..).zip(&cases) {
        let data = Draw(seed).numbers();
        for (name, scaling) in scalings {
            let found = made(&Scale::new(scaling), &data, &data);
            assert_near_beside(
                &parts(&data),
                found.matrix(),
                &case[name],
                &format!("{name} of {seed}"),
            );
        }
    }
}

/// The largest `4 x / range` of each column: means of large cells are rounded, and `x / range - min / range`, as it is
/// reckoned there, loses digits that `(x - min) / range` keeps.
fn parts(data: &Dataset) -> Vec<f64> {
    let of_column = |column: ndarray::ArrayView1<'_, f64>| {
        let low = column.iter().copied().fold(f64::INFINITY, f64::min);
        let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if low < high { (4.0 * low.abs().max(high.abs()) / (high - low)).max(1.0) } else { 1.0 }
    };
    data.columns().map(|(_, column)| of_column(column)).collect()
}

#[test]
fn imputers_impute_as_scikit_learn_does() {
    let cases = expected("imputers");
    assert!(cases.len() >= 200);
    for (seed, case) in (0..).zip(&cases) {
        let data = Draw(1000 + seed).numbers();
        let nothing = table(vec![vec![f64::NAN]; data.width()]);
        let fills =
            [("mean", Fill::Mean), ("median", Fill::Median), ("most_frequent", Fill::MostFrequent)];
        for (name, fill) in fills {
            let found = made(&Impute::new(fill), &data, &nothing);
            for (&found, expected) in found.matrix().iter().zip(numbers(&case[name])) {
                assert!(is_near(found, expected), "{name} of {seed}: {found} is not {expected}");
            }
        }
        let found = made(&Impute::new(Fill::Mean).indicators(true), &data, &data);
        let expected = counts(&case["indicators"]);
        let names: Vec<String> =
            expected.iter().map(|place| format!("{place} (missing)")).collect();
        assert_eq!(found.schema().names().skip(data.width()).collect::<Vec<_>>(), names);
        for (place, column) in expected.iter().zip(data.width()..) {
            let missing =
                data.column(*place).unwrap().mapv(|cell| f64::from(u8::from(cell.is_nan())));
            assert_eq!(found.column(column).unwrap(), missing);
        }
        let words = Draw(2000 + seed).words(2 + seed % 9, 4);
        let mut nothing = texts(&words).slice(0..1);
        nothing = Dataset::new(
            nothing.schema().clone(),
            Array1::from_elem(1, f64::NAN).insert_axis(ndarray::Axis(1)),
        )
        .unwrap();
        let found = made(&Impute::new(Fill::Mean), &texts(&words), &nothing);
        let number = found.column(0).unwrap()[0] as u32;
        let name = found.schema().fields()[0].texts().unwrap().name(number);
        assert_eq!(name, case["text"].as_str(), "{seed}");
    }
}

#[test]
fn encoders_encode_as_scikit_learn_does() {
    let cases = expected("encoders");
    assert!(cases.len() >= 200);
    let mut rare = 0;
    for (seed, case) in (0..).zip(&cases) {
        let mut draw = Draw(3000 + seed);
        let (rows, most) = (3 + draw.below(9), 1 + draw.below(6));
        let (training, test) = (texts(&draw.words(rows, most)), texts(&draw.words(6, 8)));
        let found = made(&OneHot::new(), &training, &test);
        let names: Vec<_> = found.schema().names().map(|name| name.replace('=', "_")).collect();
        assert_eq!(
            names,
            case["names"]
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap())
                .collect::<Vec<_>>()
        );
        let case_name = format!("case {seed}");
        assert_near(found.matrix(), &case["one_hot"], &case_name);
        let first = made(&OneHot::new().drop_first(true), &training, &test);
        assert_near(first.matrix(), &case["drop_first"], &case_name);
        assert_near(made(&Ordinal::new(), &training, &test).matrix(), &case["ordinal"], &case_name);
        if case["has_rare"] == true {
            let most = made(&OneHot::new().most(2).unknown(Unknown::Own), &training, &test);
            assert_near(most.matrix(), &case["most"], &case_name);
            rare += 1;
        }
    }
    assert!(rare > 50, "only {rare} cases have rare texts");
}

#[test]
fn information_of_few_numbers_is_that_of_scikit_learn() {
    for (seed, expected) in (0..).zip(expected("informations")) {
        let mut draw = Draw(5000 + seed);
        let rows = 5 + draw.below(100);
        let column: Vec<u64> = (0..rows).map(|_| draw.below(6)).collect();
        let labels: Vec<String> =
            column.iter().map(|cell| ((cell + draw.below(3)) % 4).to_string()).collect();
        let column: Array1<f64> = column.into_iter().map(|cell| cell as f64).collect();
        let labels = Labels::of(labels.iter().map(String::as_str));
        let found = mutual_information(column.view(), &labels).unwrap();
        let expected = expected.as_f64().unwrap();
        assert!(is_near(found, expected), "{seed}: {found} is not {expected}");
    }
}

#[test]
fn drawn_tables_have_what_the_cases_are_for() {
    let cells: Vec<f64> = (0..200)
        .flat_map(|seed| Draw(seed).numbers().matrix().iter().copied().collect::<Vec<_>>())
        .collect();
    let missing = cells.iter().filter(|cell| cell.is_nan()).count();
    assert!(
        cells.len() > 1500 && missing > 100 && cells.contains(&0.1),
        "{} cells, {missing} missing",
        cells.len()
    );
}
