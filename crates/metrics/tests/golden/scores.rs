//! Scores and probabilities of rows that are positive or not.

use ndarray::Array2;
use netsift_metrics::{
    AnomalyScores, Bins, MetricError, PrecisionRecall, Ranking, Roc, brier, brier_binary,
    calibration, log_loss, log_loss_binary, roc_area,
};

use crate::{Case, Found, SplitMix64, cases, weights_of};

const FILE: &str = "scores.json";

struct Input {
    truth: Vec<bool>,
    scores: Vec<f64>,
    weights: Vec<f64>,
    limit: f64,
    bins: usize,
    n: usize,
}

fn draw(case: usize) -> Input {
    let mut draws = SplitMix64(2_000 + case as u64);
    let rows = 2 + draws.below(26);
    let limit = draws.unit();
    let bins = 2 + draws.below(9) as usize;
    let n = 1 + draws.below(rows) as usize;
    let (mut truth, mut scores, mut weights) = (vec![], vec![], vec![]);
    for row in 0..rows as usize {
        let mut score = draws.unit();
        match case % 5 {
            2 => score = (score * 5.0).floor() / 4.0,
            3 => score = (score * 2.0).floor(),
            4 => score = 4.0 * score - 2.0,
            _ => {}
        }
        let mut is_positive = draws.unit() < 0.2 + 0.5 * score;
        if row < 2 {
            is_positive = row == 0;
        }
        if matches!(case % 10, 7 | 8) {
            is_positive = case % 10 == 7;
        }
        truth.push(is_positive);
        scores.push(score);
        weights.push(draws.weight(case / 5, if row < 2 { 0 } else { row }));
    }
    Input { truth, scores, weights, limit, bins, n }
}

fn each_case(mut check: impl FnMut(&Case<'_>, &Input, Option<&[f64]>)) {
    for (number, answers) in cases(FILE).iter().enumerate() {
        let input = draw(number);
        let weights = weights_of(number / 5, &input.weights);
        check(&Case { file: FILE, number, answers }, &input, weights);
    }
}

#[test]
fn roc_curves_and_areas_are_the_same() {
    each_case(|case, input, weights| {
        let Input { truth, scores, .. } = input;
        let roc = Roc::of(truth, scores, weights);
        let area = roc_area(truth, scores, weights);
        if !case.has("roc_area") {
            let missing = if truth[0] { "negative" } else { "positive" };
            assert_eq!(roc, Err(MetricError::OneClass { missing }));
            return assert_eq!(area, Err(MetricError::OneClass { missing }));
        }
        let roc = roc.unwrap();
        case.expect("fpr", roc.false_positive_rates());
        case.expect("tpr", roc.true_positive_rates());
        case.expect("cuts", roc.thresholds());
        case.expect("roc_area", roc.area());
        case.expect("roc_area", area.unwrap());
        case.expect("roc_area", AnomalyScores::of(truth, scores, weights).unwrap().roc_area());
    });
}

#[test]
fn precision_recall_curves_and_areas_are_the_same() {
    each_case(|case, Input { truth, scores, .. }, weights| {
        let curve = PrecisionRecall::of(truth, scores, weights).unwrap();
        let turned = |values: &[f64]| values.iter().rev().copied().collect::<Vec<_>>();
        case.expect("precision", turned(curve.precisions()));
        case.expect("recall", turned(curve.recalls()));
        case.expect("average_precision", curve.average_precision());
        case.expect("pr_area", curve.area());
        let anomalies = AnomalyScores::of(truth, scores, weights).unwrap();
        case.expect("average_precision", anomalies.average_precision());
        case.expect("pr_area", anomalies.pr_area());
    });
}

#[test]
fn operating_points_are_the_same() {
    each_case(|case, Input { truth, scores, limit, .. }, weights| {
        let ranking = Ranking::of(truth, scores, weights).unwrap();
        if !case.has("roc_area") {
            return;
        }
        let point = ranking.at_false_positive_rate(*limit).unwrap();
        assert!(point.false_positive_rate <= *limit);
        case.expect("at_rate", [Some(point.recall), point.threshold]);
        let point = ranking.at_recall(*limit).unwrap();
        case.expect("at_recall", [point.threshold, Some(point.false_positive_rate)]);
        let point = ranking.at_precision(*limit).unwrap();
        let found = point.map_or(Found::Number(None), |p| [p.threshold, Some(p.recall)].into());
        case.expect("at_precision", found);
    });
}

#[test]
fn strangest_rows_are_the_same() {
    each_case(|case, Input { truth, scores, n, .. }, weights| {
        let anomalies = AnomalyScores::of(truth, scores, weights).unwrap();
        let found = [anomalies.precision_at(*n).unwrap(), anomalies.recall_at(*n).unwrap()];
        case.expect("at_n", found);
    });
}

#[test]
fn losses_are_the_same_as_a_column_and_as_a_table() {
    each_case(|case, Input { truth, scores, .. }, weights| {
        if !case.has("log_loss") {
            let refused = log_loss_binary(truth, scores, weights);
            let is_refused = matches!(refused, Err(MetricError::Probability { .. }));
            return assert!(is_refused || scores.iter().all(|score| (0.0..=1.0).contains(score)));
        }
        let codes: Vec<u32> = truth.iter().map(|is_positive| u32::from(*is_positive)).collect();
        let of = |(row, column): (usize, usize)| [1.0 - scores[row], scores[row]][column];
        let table = Array2::from_shape_fn((truth.len(), 2), of);
        case.expect("log_loss", log_loss(&codes, table.view(), weights).unwrap());
        case.expect("log_loss", log_loss_binary(truth, scores, weights).unwrap());
        let single = table.mapv(|probability| probability as f32);
        case.expect("log_loss_single", log_loss(&codes, single.view(), weights).unwrap());
        case.expect("brier", brier(&codes, table.view(), weights).unwrap());
        case.expect("brier", brier_binary(truth, scores, weights).unwrap());
    });
}

#[test]
fn calibration_is_the_same() {
    let mut compared = 0;
    each_case(|case, Input { truth, scores, bins, .. }, weights| {
        if !case.has("calibration") {
            return;
        }
        // Weights that are not whole are no rows that stand several times: then it was asked without.
        let weights = weights.filter(|_| case.number / 5 % 4 == 1);
        for (name, bins) in [("uniform", Bins::Uniform(*bins)), ("quantile", Bins::Quantile(*bins))]
        {
            let bins = calibration(truth, scores, bins, weights).unwrap();
            let observed: Vec<f64> = bins.iter().map(|bin| bin.observed).collect();
            let predicted: Vec<f64> = bins.iter().map(|bin| bin.predicted).collect();
            case.expect(&format!("calibration.{name}"), [observed, predicted]);
            compared += 1;
        }
    });
    assert!(compared >= 400, "{compared} curves");
}

/// scikit-learn's curve takes no weights: fractions of rows are held against bins that are summed one by one.
#[test]
fn calibration_by_fractions_of_rows_is_what_two_passes_find() {
    let mut compared = 0;
    each_case(|case, Input { truth, scores, bins, .. }, weights| {
        let Some(weights) = weights.filter(|_| case.has("calibration")) else { return };
        let uniform = (1..*bins).map(|edge| edge as f64 * (1.0 / *bins as f64)).collect();
        let quantile = weighted_quantiles(scores, weights, *bins);
        for (edges, bins) in [(uniform, Bins::Uniform(*bins)), (quantile, Bins::Quantile(*bins))] {
            let found = calibration(truth, scores, bins, Some(weights)).unwrap();
            let found: Vec<_> =
                found.iter().map(|bin| [bin.predicted, bin.observed, bin.rows]).collect();
            let expected = in_two_passes(truth, scores, weights, &edges);
            assert_eq!(found.len(), expected.len(), "{}: {bins:?}", case.number);
            for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
                assert!((found - expected).abs() < 1e-12, "{}: {bins:?}", case.number);
            }
            compared += 1;
        }
    });
    assert!(compared >= 300, "{compared} curves");
}

/// Every bin goes through all rows: once for its weight, once for its means.
fn in_two_passes(truth: &[bool], scores: &[f64], weights: &[f64], edges: &[f64]) -> Vec<[f64; 3]> {
    let ends = edges.iter().copied().chain([f64::INFINITY]);
    let starts = [f64::NEG_INFINITY].into_iter().chain(edges.iter().copied());
    let bin = |(start, end): (f64, f64)| {
        let inside = |row: &usize| scores[*row] > start && scores[*row] <= end;
        let rows: Vec<usize> = (0..scores.len()).filter(inside).collect();
        let weight: f64 = rows.iter().map(|row| weights[*row]).sum();
        let mean = |value: &dyn Fn(usize) -> f64| {
            rows.iter().map(|row| weights[*row] / weight * value(*row)).sum::<f64>()
        };
        let means = [mean(&|row| scores[row]), mean(&|row| f64::from(truth[row]))];
        (weight > 0.0).then(|| [means[0], means[1], weight])
    };
    starts.zip(ends).filter_map(bin).collect()
}

/// Rows laid out one behind the other, each as long as it weighs: what stands at places that are found by going there.
fn weighted_quantiles(scores: &[f64], weights: &[f64], bins: usize) -> Vec<f64> {
    let mut rows: Vec<usize> = (0..scores.len()).collect();
    rows.sort_by(|one, other| scores[*one].total_cmp(&scores[*other]));
    let at = |place: f64| {
        let mut end = 0.0;
        let covering = rows.iter().find(|row| {
            end += weights[**row];
            end > place
        });
        scores[*covering.unwrap_or(&rows[rows.len() - 1])]
    };
    let last = (weights.iter().sum::<f64>() - 1.0).max(0.0);
    let edge = |edge: usize| {
        // Rounded as NumPy rounds: near a row, the last digit says which bin it is in.
        let place = edge as f64 * (1.0 / bins as f64) * 100.0 / 100.0 * last;
        let (low, high, part) = (at(place.floor()), at(place.floor() + 1.0), place.fract());
        if part < 0.5 { low + (high - low) * part } else { high - (high - low) * (1.0 - part) }
    };
    (1..bins).map(edge).collect()
}
