//! Rows that nothing, or hardly anything, can be learned from: every learner of the zoo answers or says what is wrong.

use ndarray::{Array2, ArrayView2, array};
use netsift_data::{Classes, Dataset, Field, Labels, Schema};
use netsift_models::{Checked, Classifier, Learner, ModelError, Needs, Recipe, Trainer, Training};

use crate::flows;
use crate::zoo_laws::recipes;

/// Cells as no table should have them.
const ODD: [f64; 12] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MAX,
    f64::MIN,
    1e300,
    -1e155,
    f64::MIN_POSITIVE,
    5e-324,
    -5e-324,
    -0.0,
    1.0,
];

/// Each with a name, rows, and the class of each row.
fn tables() -> Vec<(&'static str, Array2<f64>, Vec<u32>)> {
    let by = |rows: usize, width: usize, cell: fn(usize, usize) -> f64, classes: u32| {
        let cells = Array2::from_shape_fn((rows, width), |(row, column)| cell(row, column));
        (cells, (0..rows as u32).map(|row| row % classes).collect::<Vec<u32>>())
    };
    let plain = |row: usize, column: usize| ((row * 7 + column * 3) % 11) as f64;
    let odd = |row: usize, column: usize| ODD[(row * 5 + column * 7 + row / 12) % 12];
    let tables = [
        ("one class", by(12, 3, plain, 1)),
        ("one row", by(1, 3, plain, 1)),
        ("two rows", by(2, 3, plain, 2)),
        ("constant columns", by(12, 3, |_, column| column as f64, 2)),
        ("no columns", by(12, 0, plain, 2)),
        ("a class for each row", by(12, 3, plain, 12)),
        ("more columns than rows", by(6, 40, plain, 2)),
        ("nothing known", by(12, 3, |_, _| f64::NAN, 2)),
        ("nothing finite", by(12, 3, |row, _| ODD[1 + row % 2], 3)),
        ("all odd", by(60, 4, odd, 3)),
        ("huge", by(24, 2, |row, _| [f64::MAX, -f64::MAX, 1e300, 2e154][row % 4], 2)),
        ("denormal", by(24, 2, |row, _| [5e-324, 0.0, -5e-324, 1e-310][row % 4], 2)),
        ("all sizes", by(60, 2, |row, _| 10_f64.powi(row as i32 * 10 - 300), 2)),
        ("next to each other", by(24, 1, |row, _| 1.0 + row as f64 * f64::EPSILON, 2)),
    ];
    tables.map(|(name, (rows, classes))| (name, rows, classes)).to_vec()
}

/// One more class than there are rows of, so that one is never seen.
fn labels(classes: &[u32]) -> Labels {
    let count = classes.iter().max().map_or(0, |most| most + 2);
    let names = Classes::new((0..count).map(|class| class.to_string())).unwrap();
    Labels::new(names, classes.to_vec()).unwrap()
}

/// Answers are shares of all classes, whatever is asked.
fn answers(ask: impl Fn() -> Result<Array2<f64>, ModelError>, rows: usize, of: &str) {
    let told = match ask() {
        Ok(told) => told,
        Err(ModelError::NotFinite { .. } | ModelError::TooLarge { .. }) => return,
        Err(error) => panic!("{of}: {error}"),
    };
    assert_eq!(told.nrows(), rows, "{of}");
    for told in told.rows() {
        let are_shares = told.iter().all(|share| (0.0..=1.0 + 1e-9).contains(share));
        assert!(are_shares && (told.sum() - 1.0).abs() < 1e-6, "{of}: {told}");
    }
}

fn odd_questions(width: usize) -> [Array2<f64>; 3] {
    let odd = |(row, column): (usize, usize)| ODD[(row + column * 5) % 12];
    let odd = Array2::from_shape_fn((12, width), odd);
    [odd, Array2::zeros((0, width)), Array2::zeros((3, width))]
}

/// What is wrong is told of the rows, not of ourselves.
fn is_about_rows(error: &ModelError, of: &str) {
    let is_it = matches!(
        error,
        ModelError::OneClass { .. }
            | ModelError::NotFinite { .. }
            | ModelError::TooLarge { .. }
            | ModelError::TooFewRows { .. }
            | ModelError::Setting { .. }
            | ModelError::Shape { what: "columns", .. }
            | ModelError::Data(_)
    );
    assert!(is_it, "{of}: {error}");
}

fn is_asked(recipe: &Recipe, table: &str, rows: ArrayView2<'_, f64>, labels: &Labels) {
    let of = format!("{} of {table}", recipe.name());
    let model = match recipe.fit(&Training::new(rows, labels).unwrap()) {
        Ok(model) => model,
        Err(error) => return is_about_rows(&error, &of),
    };
    model.check().unwrap_or_else(|error| panic!("{of}: {error}"));
    answers(|| model.probabilities(rows), rows.nrows(), &of);
    for asked in odd_questions(rows.ncols()) {
        answers(|| model.probabilities(asked.view()), asked.nrows(), &of);
        if let Ok(guesses) = model.predict(asked.view()) {
            let count = model.classes().len() as u32;
            assert!(guesses.iter().all(|&class| class < count), "{of}");
        }
    }
    let wider = Array2::zeros((2, rows.ncols() + 1));
    assert!(matches!(model.predict(wider.view()), Err(ModelError::Shape { .. })), "{of}");
}

#[test]
fn rows_as_they_are_are_learned_from_or_refused() {
    for recipe in recipes() {
        for (table, rows, classes) in tables() {
            is_asked(&recipe, table, rows.view(), &labels(&classes));
        }
    }
}

#[test]
fn cells_that_are_not_finite_are_taken_or_named_as_the_needs_of_a_learner_say() {
    let known = Array2::from_shape_fn((24, 3), |(row, column)| (row * 7 % 11 + column) as f64);
    let labels = labels(&(0..24).map(|row| row % 2).collect::<Vec<u32>>());
    for recipe in recipes() {
        let model = recipe.fit(&Training::new(known.view(), &labels).unwrap()).unwrap();
        for cell in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut rows = known.clone();
            rows[[5, 1]] = cell;
            let training = Training::new(rows.view(), &labels).unwrap();
            let fitted = recipe.fit(&training).map(drop);
            let asked = model.probabilities(rows.view()).map(drop);
            for done in [fitted, asked] {
                let is_as_said = match recipe.needs() {
                    Needs::Raw => done.is_ok(),
                    _ => matches!(done, Err(ModelError::NotFinite { row: 5, column: 1, .. })),
                };
                assert!(is_as_said, "{} with {cell}: {done:?}", recipe.name());
            }
        }
    }
}

/// Tables that every learner takes once they are prepared as it needs them.
const LEARNABLE: [&str; 5] =
    ["constant columns", "nothing known", "nothing finite", "denormal", "next to each other"];

#[test]
fn prepared_rows_are_learned_from() {
    for (table, rows, classes) in tables() {
        let names: Vec<String> = (0..rows.ncols()).map(|column| format!("c{column}")).collect();
        let data = Dataset::new(Schema::numbers(names).unwrap(), rows).unwrap();
        let data = data.with_labels(labels(&classes)).unwrap();
        for recipe in recipes() {
            let of = format!("{} of {table}", recipe.name());
            let trained = Trainer::new([recipe.clone()]).test_share(0.0).train(&data);
            match trained {
                Ok(trained) => {
                    let ask = || trained.bundle.score(&data).map(|answer| answer.probabilities);
                    answers(ask, data.rows(), &of);
                }
                Err(error) => {
                    assert!(!LEARNABLE.contains(&table), "{of}: {error}");
                    is_about_rows(&error, &of);
                }
            }
        }
    }
}

#[test]
fn texts_and_cells_that_training_did_not_have_are_answered() {
    let texts = Classes::new(["icmp", "sctp", "udp"]).unwrap();
    let fields =
        [Field::number("Flow Duration"), Field::text("Protocol", texts), Field::number("Bytes")];
    let rows = array![
        [1.0, 0.0, 2.0],
        [f64::NAN, 1.0, f64::INFINITY],
        [1e12, f64::NAN, -1e12],
        [5e-324, 2.0, f64::NEG_INFINITY]
    ];
    let asked = Dataset::new(Schema::new(fields).unwrap(), rows).unwrap();
    for recipe in recipes() {
        let name = recipe.name();
        let trained = Trainer::new([recipe]).train(&flows(120)).unwrap();
        let answer = trained.bundle.score(&asked);
        let answer = answer.unwrap_or_else(|error| panic!("{name}: {error}"));
        answers(|| Ok(answer.probabilities.clone()), 4, name);
    }
}
