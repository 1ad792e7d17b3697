//! What is true of every metric, whatever its value.

use ndarray::Array2;
use netsift_metrics::{
    AnomalyScores, Average, Beta, Bins, Bootstrap, Confusion, KappaWeights, McNemar, OneVsRest,
    PrecisionRecall, Ranking, Roc, brier, brier_binary, calibration, log_loss, log_loss_binary,
    roc_area, top_k_accuracy,
};
use proptest::prelude::*;

const CLASSES: usize = 3;

/// A row: its class, what three columns say of it, what a second model guesses, its weight.
type Row = (u32, [u8; CLASSES], u32, u8);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0..CLASSES as u32, any::<[u8; CLASSES]>(), 0..CLASSES as u32, 0_u8..4);
    prop::collection::vec(row, 2..40)
}

/// Rows as the metrics take them.
struct Input {
    truth: Vec<u32>,
    guess: Vec<u32>,
    second: Vec<u32>,
    is_first: Vec<bool>,
    /// Of few values, so that some tie.
    table: Array2<f64>,
    column: Vec<f64>,
}

fn input(rows: &[Row]) -> Input {
    let of = |(row, column): (usize, usize)| f64::from(rows[row].1[column] / 16) / 15.0;
    let table = Array2::from_shape_fn((rows.len(), CLASSES), of);
    let best = |cells: &[u8; CLASSES]| (0..CLASSES).max_by_key(|column| cells[*column]).unwrap();
    Input {
        truth: rows.iter().map(|row| row.0).collect(),
        guess: rows.iter().map(|row| best(&row.1) as u32).collect(),
        second: rows.iter().map(|row| row.2).collect(),
        is_first: rows.iter().map(|row| row.0 == 0).collect(),
        column: table.column(0).to_vec(),
        table,
    }
}

/// Every number there is.
fn numbers(rows: &[Row], weights: Option<&[f64]>) -> Vec<(&'static str, Option<f64>)> {
    let mut numbers = of_labels(&input(rows), weights);
    numbers.extend(of_scores(&input(rows), weights));
    numbers.extend(of_tables(&input(rows), weights));
    numbers
}

fn of_labels(of: &Input, weights: Option<&[f64]>) -> Vec<(&'static str, Option<f64>)> {
    let confusion = Confusion::among(&[0, 1, 2], &of.truth, &of.guess, weights).unwrap();
    let test = McNemar::of(&of.truth, &of.guess, &of.second, weights).unwrap();
    let mut numbers = vec![
        ("accuracy", Some(confusion.accuracy())),
        ("balanced accuracy", Some(confusion.balanced_accuracy())),
        ("Matthews", Some(confusion.matthews())),
        ("kappa", confusion.kappa(KappaWeights::Plain)),
        ("quadratic kappa", confusion.kappa(KappaWeights::Quadratic)),
        ("exact", Some(test.exact().unwrap())),
        ("chi squared", Some(test.chi_squared().p_value)),
        ("p", Some(test.p_value())),
    ];
    for average in [Average::Micro, Average::Macro, Average::Weighted] {
        numbers.push(("precision", Some(confusion.precision(average))));
        numbers.push(("recall", Some(confusion.recall(average))));
        numbers.push(("F", Some(confusion.f_beta(Beta::TWO, average))));
    }
    numbers
}

fn of_scores(of: &Input, weights: Option<&[f64]>) -> Vec<(&'static str, Option<f64>)> {
    let (truth, scores) = (&of.is_first, &of.column);
    let ranking = Ranking::of(truth, scores, weights).unwrap();
    let curve = PrecisionRecall::of(truth, scores, weights).unwrap();
    let anomalies = AnomalyScores::of(truth, scores, weights).unwrap();
    let mut numbers = vec![
        ("ROC area", Roc::of(truth, scores, weights).ok().map(|roc| roc.area())),
        ("ROC area alone", roc_area(truth, scores, weights).ok()),
        ("average precision", Some(curve.average_precision())),
        ("PR area", Some(curve.area())),
        ("recall at a rate", ranking.at_false_positive_rate(0.2).ok().map(|point| point.recall)),
        ("threshold", ranking.at_recall(0.7).ok().and_then(|point| point.threshold)),
        ("precision at 3", Some(anomalies.precision_at(3).unwrap())),
        ("recall at 3", Some(anomalies.recall_at(3).unwrap())),
        ("log loss", Some(log_loss_binary(truth, scores, weights).unwrap())),
        ("Brier", Some(brier_binary(truth, scores, weights).unwrap())),
    ];
    for bins in [Bins::Uniform(3), Bins::Quantile(3)] {
        for bin in calibration(truth, scores, bins, weights).unwrap() {
            numbers.push(("predicted", Some(bin.predicted)));
            numbers.push(("observed", Some(bin.observed)));
        }
    }
    numbers
}

fn of_tables(of: &Input, weights: Option<&[f64]>) -> Vec<(&'static str, Option<f64>)> {
    let (truth, table) = (&of.truth, of.table.view());
    let curves = OneVsRest::of(truth, table, weights).unwrap();
    let mut numbers = vec![
        ("log loss of classes", Some(log_loss(truth, table, weights).unwrap())),
        ("Brier of classes", Some(brier(truth, table, weights).unwrap())),
        ("top 2", Some(top_k_accuracy(truth, table, 2, weights).unwrap())),
    ];
    for average in [Average::Micro, Average::Macro, Average::Weighted] {
        numbers.push(("area of classes", curves.roc_area(average)));
        numbers.push(("AP of classes", Some(curves.average_precision(average))));
        numbers.push(("PR area of classes", Some(curves.pr_area(average))));
    }
    for curve in [&curves.macro_roc, &curves.macro_precision_recall] {
        numbers.extend(curve.points.iter().map(|point| ("mean curve", Some(point.y))));
    }
    numbers
}

fn are_the_same(
    left: &[(&str, Option<f64>)],
    right: &[(&str, Option<f64>)],
) -> Result<(), TestCaseError> {
    prop_assert_eq!(left.len(), right.len());
    for ((name, left), (_, right)) in left.iter().zip(right) {
        match (left, right) {
            (Some(left), Some(right)) => {
                prop_assert!((left - right).abs() < 1e-12, "{}: {} and {}", name, left, right);
            }
            _ => prop_assert_eq!(left, right, "{}", name),
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn weights_of_one_are_no_weights(rows in rows()) {
        let ones = vec![1.0; rows.len()];
        are_the_same(&numbers(&rows, Some(&ones)), &numbers(&rows, None))?;
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        (rows, turned) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        let weights = |rows: &[Row]| -> Vec<f64> {
            rows.iter().map(|row| f64::from(row.3) + 1.0).collect()
        };
        are_the_same(&numbers(&rows, None), &numbers(&turned, None))?;
        let (left, right) = (weights(&rows), weights(&turned));
        are_the_same(&numbers(&rows, Some(&left)), &numbers(&turned, Some(&right)))?;
    }

    #[test]
    fn a_row_of_weight_three_stands_three_times(rows in rows()) {
        let weights: Vec<f64> = rows.iter().map(|row| f64::from(row.3)).collect();
        let repeated = rows.iter().flat_map(|row| std::iter::repeat_n(*row, row.3.into()));
        let repeated: Vec<Row> = repeated.collect();
        if !repeated.is_empty() {
            are_the_same(&numbers(&rows, Some(&weights)), &numbers(&repeated, None))?;
        }
    }

    #[test]
    fn areas_and_rates_lie_between_nothing_and_all(
        rows in rows(),
        weights in prop::collection::vec(1e-9..1e9, 40),
    ) {
        let mut numbers = numbers_of_shares(&rows, &weights[..rows.len()]);
        numbers.extend(numbers_of_shares(&rows, &vec![0.1; rows.len()]));
        for (name, number) in numbers {
            prop_assert!(number.is_none_or(|number| (0.0..=1.0).contains(&number)), "{} {:?}", name, number);
        }
    }

    #[test]
    fn a_seed_tells_the_same_interval(rows in rows(), seed: u64) {
        let Input { is_first, column, .. } = input(&rows);
        let area = |rows: &[usize]| {
            let truth: Vec<bool> = rows.iter().map(|row| is_first[*row]).collect();
            let scores: Vec<f64> = rows.iter().map(|row| column[*row]).collect();
            roc_area(&truth, &scores, None).ok()
        };
        let bootstrap = Bootstrap::new(seed).resamples(30).unwrap();
        let interval = bootstrap.interval(rows.len(), area);
        prop_assert_eq!(&interval, &bootstrap.interval(rows.len(), area));
        if let Ok(interval) = interval {
            prop_assert!(0.0 <= interval.low && interval.low <= interval.high && interval.high <= 1.0);
        }
    }
}

fn numbers_of_shares(rows: &[Row], weights: &[f64]) -> Vec<(&'static str, Option<f64>)> {
    let of = input(rows);
    let mut numbers = of_scores(&of, Some(weights));
    numbers.retain(|(name, _)| *name != "log loss");
    let curves = OneVsRest::of(&of.truth, of.table.view(), Some(weights)).unwrap();
    for average in [Average::Micro, Average::Macro, Average::Weighted] {
        numbers.push(("area of classes", curves.roc_area(average)));
        numbers.push(("AP of classes", Some(curves.average_precision(average))));
    }
    let confusion = Confusion::weighted(&of.truth, &of.guess, Some(weights)).unwrap();
    numbers.push(("accuracy", Some(confusion.accuracy())));
    numbers.push(("balanced accuracy", Some(confusion.balanced_accuracy())));
    numbers
}
