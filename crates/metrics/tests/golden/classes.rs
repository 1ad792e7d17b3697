//! Probabilities of many classes.

use ndarray::Array2;
use netsift_metrics::{Average, OneVsOne, OneVsRest, brier, log_loss, top_k_accuracy};

use crate::{Case, SplitMix64, cases, weights_of};

const FILE: &str = "classes.json";

struct Input {
    truth: Vec<u32>,
    table: Array2<f64>,
    weights: Vec<f64>,
}

fn draw(case: usize) -> Input {
    let mut draws = SplitMix64(3_000 + case as u64);
    let shape = case % 6;
    let classes = if shape == 5 { 2 } else { 3 + draws.below(4) as usize };
    let rows = classes + draws.below(30) as usize;
    let (mut truth, mut cells, mut weights) = (vec![], vec![], vec![]);
    for row in 0..rows {
        let mut t =
            if row < classes { row % classes } else { draws.below(classes as u64) as usize };
        if shape == 2 && t == classes - 1 {
            t = 0;
        }
        if shape == 3 {
            t = 1;
        }
        let mut values: Vec<f64> = (0..classes).map(|_| draws.unit()).collect();
        if shape == 4 {
            values.iter_mut().for_each(|value| *value = (*value * 4.0).floor());
        }
        values[t] += 0.5;
        let total: f64 = values.iter().sum();
        truth.push(t as u32);
        cells.extend(values.iter().map(|value| value / total));
        weights.push(draws.weight(case / 6, if row < classes { 0 } else { row }));
    }
    let table = Array2::from_shape_vec((rows, classes), cells).unwrap();
    Input { truth, table, weights }
}

fn each_case(mut check: impl FnMut(&Case<'_>, &Input, Option<&[f64]>)) {
    for (number, answers) in cases(FILE).iter().enumerate() {
        let input = draw(number);
        let weights = weights_of(number / 6, &input.weights);
        check(&Case { file: FILE, number, answers }, &input, weights);
    }
}

#[test]
fn losses_are_the_same() {
    each_case(|case, Input { truth, table, .. }, weights| {
        case.expect("log_loss", log_loss(truth, table.view(), weights).unwrap());
        case.expect("brier", brier(truth, table.view(), weights).unwrap());
    });
}

#[test]
fn areas_are_the_same_for_each_class_and_on_average() {
    each_case(|case, Input { truth, table, .. }, weights| {
        let curves = OneVsRest::of(truth, table.view(), weights).unwrap();
        let each: Vec<_> = curves.classes.iter().map(|class| class.roc_area).collect();
        case.expect("roc_each", each);
        let each: Vec<_> = curves.classes.iter().map(|class| class.average_precision).collect();
        case.expect("ap_each", each);
        for (name, average) in
            [("micro", Average::Micro), ("macro", Average::Macro), ("weighted", Average::Weighted)]
        {
            case.expect(&format!("roc_{name}"), curves.roc_area(average));
            case.expect(&format!("ap_{name}"), curves.average_precision(average));
        }
    });
}

#[test]
fn areas_of_each_two_classes_are_the_same() {
    let mut compared = 0;
    each_case(|case, Input { truth, table, weights }, _| {
        let areas = OneVsOne::of(truth, table.view(), None).unwrap();
        if case.has("ovo_macro") {
            case.expect("ovo_macro", areas.macro_area());
            case.expect("ovo_weighted", areas.weighted_area());
            compared += 1;
        }
        let weighted = OneVsOne::of(truth, table.view(), Some(weights)).unwrap();
        assert!(weighted.pairs.len() <= areas.pairs.len());
    });
    assert!(compared >= 200, "{compared} cases");
}

#[test]
fn top_k_accuracy_is_the_same() {
    let mut compared = 0;
    each_case(|case, Input { truth, table, .. }, weights| {
        if case.has("top") {
            let top = [1, 2, 3].map(|k| top_k_accuracy(truth, table.view(), k, weights).unwrap());
            case.expect("top", top);
            compared += 1;
        }
    });
    assert!(compared >= 200, "{compared} cases");
}
