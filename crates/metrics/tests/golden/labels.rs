//! Scores of labels, and the report's text.

use netsift_metrics::{Average, Beta, Confusion, Counts, KappaWeights, Report};

use crate::{Case, SplitMix64, cases, weights_of};

const FILE: &str = "labels.json";

struct Input {
    classes: Vec<u32>,
    truth: Vec<u32>,
    guess: Vec<u32>,
    weights: Vec<f64>,
    beta: Beta,
}

fn draw(case: usize) -> Input {
    let mut draws = SplitMix64(1_000 + case as u64);
    let shape = case % 6;
    let some = 2 + draws.below(4);
    let classes = match shape {
        0 => 2,
        5 => 7,
        _ => some,
    };
    let rows = 1 + draws.below(40) as usize;
    let beta = [0.5, 1.0, 2.0, 3.5][draws.below(4) as usize];
    let (mut truth, mut guess, mut weights) = (vec![], vec![], vec![]);
    for row in 0..rows {
        let seen = if shape == 1 { classes - 1 } else { classes };
        let (mut t, mut g) = (draws.below(seen), draws.below(seen));
        if draws.below(2) == 0 {
            g = t;
        }
        if matches!(shape, 2 | 3) {
            t = 0;
        }
        if shape == 3 {
            g = 0;
        }
        if shape == 4 && g == 0 {
            g = 1;
        }
        truth.push(t as u32);
        guess.push(g as u32);
        weights.push(draws.weight(case / 6, row));
    }
    let (classes, beta) = ((0..classes as u32).collect(), Beta::new(beta).unwrap());
    Input { classes, truth, guess, weights, beta }
}

fn each_case(mut check: impl FnMut(&Case<'_>, &Input, Option<&[f64]>, &Confusion<u32>)) {
    for (number, answers) in cases(FILE).iter().enumerate() {
        let input = draw(number);
        let weights = weights_of(number / 6, &input.weights);
        let confusion =
            Confusion::among(&input.classes, &input.truth, &input.guess, weights).unwrap();
        check(&Case { file: FILE, number, answers }, &input, weights, &confusion);
    }
}

#[test]
fn matrices_are_the_same_by_labels_by_codes_and_by_words() {
    each_case(|case, input, weights, confusion| {
        let Input { classes, truth, guess, .. } = input;
        case.expect("matrix", confusion.rows().map(<[f64]>::to_vec).collect::<Vec<_>>());
        case.expect("support", confusion.supports());
        let codes = Confusion::of_codes(classes.len(), truth, guess, weights).unwrap();
        assert_eq!(*confusion, codes);
        let words = |codes: &[u32]| codes.iter().map(u32::to_string).collect::<Vec<_>>();
        let [classes, truth, guess] = [classes, truth, guess].map(|codes| words(codes));
        let named = Confusion::among(&classes, &truth, &guess, weights).unwrap();
        assert_eq!(named, codes.named(classes).unwrap());
    });
}

#[test]
fn single_numbers_are_the_same() {
    each_case(|case, _, _, confusion| {
        case.expect("accuracy", confusion.accuracy());
        case.expect("balanced", confusion.balanced_accuracy());
        case.expect("mcc", confusion.matthews());
        case.expect("kappa", confusion.kappa(KappaWeights::Plain));
        case.expect("linear", confusion.kappa(KappaWeights::Linear));
        case.expect("quadratic", confusion.kappa(KappaWeights::Quadratic));
    });
}

#[test]
fn precision_recall_and_f_are_the_same_for_each_class_and_on_average() {
    each_case(|case, input, _, confusion| {
        let counts = confusion.counts();
        let each = |score: fn(&Counts) -> f64| counts.iter().map(score).collect::<Vec<_>>();
        let f = counts.iter().map(|counts| counts.f_beta(input.beta)).collect();
        case.expect("each", [each(Counts::precision), each(Counts::recall), f]);
        for (name, average) in AVERAGES {
            let f = confusion.f_beta(input.beta, average);
            case.expect(name, [confusion.precision(average), confusion.recall(average), f]);
            if input.beta == Beta::ONE {
                assert_eq!(confusion.f1(average), f);
            }
        }
    });
}

#[test]
fn specificity_and_false_positive_rate_are_the_same() {
    each_case(|case, _, _, confusion| {
        let counts = confusion.counts();
        let each = |score: fn(&Counts) -> f64| counts.iter().map(score).collect::<Vec<_>>();
        let rates = [each(Counts::specificity), each(Counts::false_positive_rate)];
        case.expect("negatives.each", rates);
        for (name, average) in AVERAGES {
            let scores = [Counts::specificity, Counts::false_positive_rate];
            let rates = scores.map(|score| confusion.average(average, score));
            case.expect(&format!("negatives.{name}"), rates);
        }
    });
}

#[test]
fn reports_are_the_same_to_the_letter() {
    let mut compared = 0;
    each_case(|case, input, _, confusion| {
        let Some(expected) = case.answers["report"].as_str() else { return };
        let name = |class: &u32| match class {
            1 => "a class of a long name".to_owned(),
            _ => format!("class {class}"),
        };
        let confusion = confusion.named(input.classes.iter().map(name).collect()).unwrap();
        let report = Report::of(&confusion).unwrap();
        let text = report.table(2 + case.number % 3).unwrap();
        // scikit-learn counts in fractions where nothing was told right.
        let is_wrong = !confusion.is_weighted() && confusion.accuracy() == 0.0;
        let expected = if is_wrong { whole(expected) } else { expected.to_owned() };
        assert_eq!(text, expected, "{FILE} {}", case.number);
        compared += 1;
    });
    assert!(compared >= 200, "{compared} reports");
}

/// The same table with `  3` for `3.0` at the ends of its lines.
fn whole(table: &str) -> String {
    let line = |line: &str| match line.strip_suffix(".0").and_then(|line| line.rsplit_once(' ')) {
        Some((before, count)) => format!("{before}   {count}\n"),
        None => format!("{line}\n"),
    };
    table.lines().map(line).collect()
}

const AVERAGES: [(&str, Average); 3] =
    [("micro", Average::Micro), ("macro", Average::Macro), ("weighted", Average::Weighted)];
