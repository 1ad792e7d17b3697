//! Leaks that are planted: they lift what is scored in the usual careless way, and not what is scored here.

use ndarray::Array2;
use netsift_data::explore::EqualRows;
use netsift_data::prepare::Scale;
use netsift_data::split::Split;
use netsift_data::{Dataset, Defect, Labels, Policy, Preparation, Schema, TableReader};
use netsift_models::judging::{CrossValidation, Score};
use netsift_models::{Judged, Learner as _, Predictor, Recipe, Trainer, Training};

use crate::draw::Draw;

const DAYS: usize = 6;
const ROWS_A_DAY: usize = 60;
/// Columns that go out of all bounds on a day of their own.
const WILD_A_DAY: usize = 4;
/// How far out, where noise is below a half.
const FAR: f64 = 30.0;

/// Days of rows. One column tells the class; on each day some others are where they never were. Who has scaled them by that
/// day, too, does not notice; who has not is far off, and nobody knows which columns it will be on a day to come.
fn days() -> Dataset {
    let mut draw = Draw(11);
    let rows = DAYS * ROWS_A_DAY;
    let cells = Array2::from_shape_fn((rows, 1 + DAYS * WILD_A_DAY), |(row, column)| {
        let noise = draw.unit() - 0.5;
        let day = row / ROWS_A_DAY;
        match column {
            0 => (row % 2) as f64 + noise,
            _ if (column - 1) / WILD_A_DAY == day => FAR + noise,
            _ => noise,
        }
    });
    let names = (0..cells.ncols()).map(|column| format!("c{column}"));
    let labels = |of: &dyn Fn(usize) -> String| {
        let names: Vec<String> = (0..rows).map(of).collect();
        Labels::of(names.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let data = Dataset::new(Schema::numbers(names).unwrap(), cells).unwrap();
    let data = data.with_labels(labels(&|row| ["benign", "scan"][row % 2].to_owned())).unwrap();
    data.with_groups(labels(&|row| (row / ROWS_A_DAY).to_string())).unwrap()
}

fn accuracy(cross: &CrossValidation<'_>, recipe: &Recipe, data: &Dataset) -> f64 {
    let folds = cross.of(recipe, data).unwrap().scores(Score::Accuracy).unwrap();
    folds.iter().map(|fold| fold.score).sum::<f64>() / folds.len() as f64
}

#[test]
fn a_column_that_was_scaled_by_all_rows_lifts_the_naive_score_and_not_ours() {
    let (days, knn) = (days(), Recipe::named("knn").unwrap());
    let (known, to_come) =
        (days.slice(0..(DAYS - 1) * ROWS_A_DAY), days.slice((DAYS - 1) * ROWS_A_DAY..days.rows()));
    let cross = CrossValidation::new(Split::by_group(1), DAYS - 1);

    let scaled = Preparation::fit(&[Scale::standard().into()], &known).unwrap().1;
    let naive = accuracy(&cross.clone().complete_plans(false), &knn, &scaled);
    let ours = accuracy(&cross, &knn, &known);

    // What comes true of it on a day that neither has seen.
    let (preparation, train) = Preparation::fit(&knn.plans(), &known).unwrap();
    let model = knn.fit(&Training::of(&train).unwrap()).unwrap();
    let predictor = Predictor::new(preparation, model).unwrap();
    let truth = Judged::of(&predictor, &to_come, 1).unwrap().report.accuracy;
    assert!(naive > truth + 0.2, "naive {naive}, ours {ours}, in truth {truth}");
    assert!((ours - truth).abs() < 0.1, "naive {naive}, ours {ours}, in truth {truth}");
}

#[test]
fn rows_in_both_halves_lift_the_naive_score_and_not_ours() {
    // A class that nothing tells of, and every row three times.
    let mut draw = Draw(12);
    let mut table = String::from("a,b,Label\n");
    for _ in 0..200 {
        let class = ["benign", "scan"][draw.below(2)];
        table += &format!("{},{},{class}\n", draw.unit(), draw.unit()).repeat(3);
    }
    let read = |reader: TableReader| reader.label("Label").read(table.as_bytes()).unwrap().0;
    let all = read(TableReader::new());
    let each = read(TableReader::new().on(Defect::Duplicate, Policy::Drop));
    assert_eq!((all.rows(), each.rows()), (600, 200));

    let tree = Recipe::named("decision-tree").unwrap();
    let cross = CrossValidation::new(Split::stratified(1), 5);
    let naive = accuracy(&cross, &tree, &all);
    let ours = accuracy(&cross, &tree, &each);
    assert!(naive > 0.9 && (ours - 0.5).abs() < 0.1, "naive {naive}, ours {ours}");

    // It is told of: of nearly every row an equal one is learned.
    let equal = EqualRows::of(&all);
    let over = equal.over(&cross.folds(&all).unwrap());
    assert!(equal.repeated() == 400 && (500..600).contains(&over), "{over}");

    // The same where repeated rows are kept, and stay together: in folds, and where a share is held back.
    let together = CrossValidation::new(Split::stratified(1).equal_together(true), 5);
    assert_eq!(equal.over(&together.folds(&all).unwrap()), 0);
    let ours = accuracy(&together, &tree, &all);
    assert!((ours - 0.5).abs() < 0.1, "{ours}");
    let held = |is_together: bool| {
        let accuracy = |seed| {
            let split = Split::stratified(seed).equal_together(is_together);
            let trained = Trainer::new([tree.clone()]).split(split).train(&all).unwrap();
            trained.bundle.facts().test.as_ref().unwrap().report.accuracy
        };
        (0..8).map(accuracy).sum::<f64>() / 8.0
    };
    let (naive, ours) = (held(false), held(true));
    assert!(naive > 0.9 && (ours - 0.5).abs() < 0.1, "naive {naive}, ours {ours}");
}
