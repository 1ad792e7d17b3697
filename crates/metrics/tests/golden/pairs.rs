//! Two models on the same rows: McNemar's test, intervals of an accuracy and of a difference.

use netsift_metrics::{Bootstrap, IntervalKind, McNemar};

use crate::{Case, Found, SplitMix64, cases};

const FILE: &str = "pairs.json";

struct Input {
    truth: Vec<u64>,
    guesses: [Vec<u64>; 2],
}

fn draw(case: usize) -> Input {
    let mut draws = SplitMix64(4_000 + case as u64);
    let rows = 1 + draws.below(120);
    let skill = [draws.unit(), draws.unit()];
    let (mut truth, mut guesses) = (vec![], [vec![], vec![]]);
    for _ in 0..rows {
        let t = draws.below(3);
        truth.push(t);
        for (skill, guesses) in skill.into_iter().zip(&mut guesses) {
            let is_right = draws.unit() < skill;
            let other = draws.below(2);
            guesses.push(if is_right { t } else { (t + 1 + other) % 3 });
        }
    }
    Input { truth, guesses }
}

fn each_case(mut check: impl FnMut(&Case<'_>, &Input)) {
    for (number, answers) in cases(FILE).iter().enumerate() {
        check(&Case { file: FILE, number, answers }, &draw(number));
    }
}

#[test]
fn mcnemars_test_is_the_same() {
    let (mut compared, mut exact) = (0, 0);
    each_case(|case, Input { truth, guesses: [first, second] }| {
        let test = McNemar::of(truth, first, second, None).unwrap();
        case.expect("discordant", [test.only_first(), test.only_second()]);
        let twice = McNemar::of(truth, first, second, Some(&vec![2.0; truth.len()])).unwrap();
        assert_eq!(twice.only_first(), 2.0 * test.only_first());
        if !case.has("exact") {
            return assert_eq!(test.p_value(), 1.0);
        }
        case.expect("exact", test.exact().unwrap());
        let plain = test.chi_squared_uncorrected();
        case.expect("plain", [plain.statistic, plain.p_value]);
        let corrected = test.chi_squared();
        if test.only_first() == test.only_second() {
            // statsmodels corrects beyond no difference there.
            assert_eq!((corrected.statistic, corrected.p_value), (0.0, 1.0));
        } else {
            case.expect("corrected", [corrected.statistic, corrected.p_value]);
        }
        let is_exact = test.only_first() + test.only_second() < 25.0;
        case.expect("exact", if is_exact { test.p_value() } else { test.exact().unwrap() });
        assert!(is_exact || test.p_value() == corrected.p_value);
        exact += usize::from(is_exact);
        compared += 1;
    });
    assert!(compared >= 200 && exact >= 50 && compared - exact >= 50, "{exact} of {compared}");
}

#[test]
fn intervals_are_the_same() {
    each_case(|case, Input { truth, guesses: [first, second] }| {
        let accuracy = |guess: &[u64], rows: &[usize]| {
            let right = rows.iter().filter(|row| guess[**row] == truth[**row]).count();
            Some(right as f64 / rows.len() as f64)
        };
        let bootstrap = Bootstrap::new(case.number as u64).resamples(40).unwrap();
        let bootstrap = bootstrap.confidence(0.9).unwrap();
        let of_first = |rows: &[usize]| accuracy(first, rows);
        let one = bootstrap.interval(truth.len(), of_first).unwrap();
        let both = bootstrap.difference(truth.len(), of_first, |rows| accuracy(second, rows));
        let both = both.unwrap();
        case.expect("interval", [[one.low, one.high], [both.low, both.high]]);
    });
}

#[test]
fn corrected_intervals_are_the_same() {
    let mut compared = 0;
    each_case(|case, Input { truth, guesses: [first, second] }| {
        let accuracy = |guess: &[u64], rows: &[usize]| {
            let right = rows.iter().filter(|row| guess[**row] == truth[**row]).count();
            Some(right as f64 / rows.len() as f64)
        };
        let bootstrap = Bootstrap::new(case.number as u64).kind(IntervalKind::BiasCorrected);
        let bootstrap = bootstrap.resamples(40).unwrap().confidence(0.9).unwrap();
        let of_first = |rows: &[usize]| accuracy(first, rows);
        let one = bootstrap.interval(truth.len(), of_first);
        let both = bootstrap.difference(truth.len(), of_first, |rows| accuracy(second, rows));
        for (place, found) in [one, both].into_iter().enumerate() {
            let expected = &case.answers["corrected_interval"][place];
            // scipy has none where all are equal, where there is one row, and where all are on one side.
            if let (Ok(found), Some(_)) = (&found, expected[0].as_f64()) {
                let found = Found::from([found.low, found.high]);
                assert!(found.is(expected), "{}: {found:?} is not {expected}", case.number);
                compared += 1;
            }
            assert!(found.is_ok() || expected[0].is_null(), "{}: {found:?}", case.number);
        }
    });
    assert!(compared >= 400, "{compared} intervals");
}
