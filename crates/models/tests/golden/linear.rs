//! Linear models, support vector machines and naive Bayes, against scikit-learn.

use ndarray::{Array2, ArrayView2};
use netsift_data::{Classes, Labels};
use netsift_models::{
    BernoulliNaiveBayes, Classifier, KernelSvm, Learner, LinearSvm, LogisticRegression, NaiveBayes,
    Settings, Training,
};
use serde_json::Value;

const COLUMNS: usize = 4;

/// The rows of a case, drawn as the script has drawn them.
struct Case {
    number: u64,
    rows: Array2<f64>,
    labels: Labels,
    weights: Vec<f64>,
    answers: Value,
}

impl Case {
    fn training(&self) -> Training<'_> {
        let training = Training::new(self.rows.view(), &self.labels).unwrap();
        training.weights(&self.weights[..]).unwrap()
    }

    /// The first rows, as many as the answers are about.
    fn asked(&self, answers: &Value) -> Array2<f64> {
        let places: Vec<usize> = (0..answers.as_array().unwrap().len()).collect();
        self.rows.select(ndarray::Axis(0), &places)
    }

    #[track_caller]
    fn near(&self, what: &str, found: ArrayView2<'_, f64>, expected: &Value, tolerance: f64) {
        let expected = table(expected);
        assert_eq!(found.dim(), expected.dim(), "case {}: {what}", self.number);
        for (found, expected) in found.iter().zip(&expected) {
            let is_near = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
            assert!(is_near, "case {}: {what} is {found}, expected {expected}", self.number);
        }
    }
}

struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 * 2f64.powi(-53)
    }
}

fn cases() -> Vec<Case> {
    let golden: Value = serde_json::from_str(include_str!("linear.json")).unwrap();
    let answers = golden["cases"].as_array().unwrap();
    assert!(answers.len() >= 20);
    (0..).zip(answers).map(|(number, answers)| drawn(number, answers)).collect()
}

fn drawn(number: u64, answers: &Value) -> Case {
    let mut draws = SplitMix64(number);
    let classes = 2 + number % 3;
    let count = 60 + number;
    let (mut cells, mut labels, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..count {
        let mut label = if row < classes { row } else { draws.below(classes) };
        if number % 2 == 1 && row >= classes && draws.below(3) > 0 {
            label = 0;
        }
        for column in 0..COLUMNS as u64 {
            let shift = ((label * (column + 1)) % 3) as f64;
            cells.push(draws.unit() * 2.0 - 1.0 + 0.375 * shift);
        }
        let weight = draws.below(4);
        let weight = if row < classes { weight.max(1) } else { weight };
        weights.push(if number % 4 < 2 { 1.0 } else { weight as f64 });
        labels.push(label as u32);
    }
    let names = (0..classes).map(|class| class.to_string());
    let case = Case {
        number,
        rows: Array2::from_shape_vec((count as usize, COLUMNS), cells).unwrap(),
        labels: Labels::new(Classes::new(names).unwrap(), labels).unwrap(),
        weights,
        answers: answers.clone(),
    };
    let sum = case.answers["sum"].as_f64().unwrap();
    assert!((case.rows.sum() - sum).abs() < 1e-9, "case {number} is drawn otherwise");
    case
}

fn table(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = serde_json::from_value(value.clone()).unwrap();
    let width = rows.first().map_or(0, Vec::len);
    Array2::from_shape_vec((rows.len(), width), rows.concat()).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// The answers of all cases to one kind of question.
fn each(kind: &str, ask: impl Fn(&Case, &Value)) {
    for case in cases() {
        let answers = case.answers[kind].as_array().unwrap();
        assert!(answers.len() >= 2, "{kind}");
        answers.iter().for_each(|answer| ask(&case, answer));
    }
}

#[test]
fn logistic_regression_is_as_good_and_the_same() {
    each("logistic", |case, answer| {
        let (c, ratio) = (number(&answer["c"]), number(&answer["l1_ratio"]));
        let learner =
            LogisticRegression::default().c(c).l1_ratio(ratio).tolerance(1e-9).iterations(20_000);
        let model = learner.fit(&case.training()).unwrap();
        assert!(model.is_converged(), "case {}: {} steps", case.number, model.iterations());
        let likely = model.probabilities(case.rows.view()).unwrap();
        let rows = likely.outer_iter().zip(case.labels.numbers()).zip(&case.weights);
        let losses = rows.map(|((likely, &class), weight)| -weight * likely[class as usize].ln());
        let squares: f64 = model.coefficients().iter().map(|weight| weight * weight).sum();
        let sizes: f64 = model.coefficients().iter().map(|weight| weight.abs()).sum();
        let cost = c * losses.sum::<f64>() + (1.0 - ratio) / 2.0 * squares + ratio * sizes;
        let expected = number(&answer["objective"]);
        let is_as_good = cost <= expected * (1.0 + 1e-8);
        assert!(is_as_good, "case {}, l1 {ratio}: {cost}, expected {expected}", case.number);
        // Of four classes' sizes, any number between the middle two can be taken off: coefficients are not determined.
        if ratio < 1.0 || case.labels.classes().len() < 4 {
            case.near("coefficients", model.coefficients(), &answer["coefficients"], 1e-4);
        }
        let asked = case.asked(&answer["probabilities"]);
        let told = model.probabilities(asked.view()).unwrap();
        case.near("probabilities", told.view(), &answer["probabilities"], 1e-5);
    });
}

#[test]
fn the_lasso_leaves_the_same_coefficients() {
    each("logistic", |case, answer| {
        if number(&answer["l1_ratio"]) < 1.0 || case.labels.classes().len() == 4 {
            return;
        }
        let learner = LogisticRegression::default().c(number(&answer["c"])).l1_ratio(1.0);
        let model = learner.tolerance(1e-9).iterations(20_000).fit(&case.training()).unwrap();
        let expected = table(&answer["coefficients"]);
        for (found, expected) in model.coefficients().iter().zip(&expected) {
            // Their solver leaves crumbs.
            let is_none = expected.abs() < 1e-6;
            assert_eq!(*found == 0.0, is_none, "case {}: {found} {expected}", case.number);
        }
    });
}

#[test]
fn the_linear_machine_is_as_good_and_the_same() {
    each("linear_svm", |case, answer| {
        let c = number(&answer["c"]);
        let model = LinearSvm::default().c(c).tolerance(1e-10).fit(&case.training()).unwrap();
        let scores = model.scores(case.rows.view()).unwrap();
        let mut cost: f64 = model.coefficients().iter().map(|weight| 0.5 * weight * weight).sum();
        cost += model.intercepts().iter().map(|weight| 0.5 * weight * weight).sum::<f64>();
        for ((scores, &class), weight) in
            scores.outer_iter().zip(case.labels.numbers()).zip(&case.weights)
        {
            for (plane, score) in scores.iter().enumerate() {
                let own = if scores.len() == 1 { 1 } else { plane };
                let sign = if class as usize == own { 1.0 } else { -1.0 };
                cost += c * weight * f64::max(0.0, 1.0 - sign * score).powi(2);
            }
        }
        let expected = number(&answer["objective"]);
        assert!(cost <= expected * (1.0 + 1e-8), "case {}: {cost} {expected}", case.number);
        let asked = model.scores(case.asked(&answer["scores"]).view()).unwrap();
        case.near("scores", asked.view(), &answer["scores"], 1e-5);
        let guess = model.predict(case.rows.view()).unwrap();
        assert_eq!(serde_json::to_value(guess.to_vec()).unwrap(), answer["classes"]);
    });
}

#[test]
fn kernel_machines_score_and_vote_alike() {
    each("svm", |case, answer| {
        let mut learner = KernelSvm::default().tolerance(1e-5).probabilities(false);
        for (name, value) in answer["settings"].as_object().unwrap() {
            learner.set(name, value.as_str().unwrap()).unwrap();
        }
        let model = learner.fit(&case.training()).unwrap();
        assert!(model.is_converged(), "case {}: {:?}", case.number, learner.told());
        let scores = model.scores(case.asked(&answer["scores"]).view()).unwrap();
        case.near(&format!("{:?}", learner.told()), scores.view(), &answer["scores"], 1e-4);
        let guess = model.predict(case.rows.view()).unwrap();
        let expected: Vec<u32> = serde_json::from_value(answer["classes"].clone()).unwrap();
        let other = guess.iter().zip(&expected).filter(|(one, other)| one != other).count();
        assert_eq!(other, 0, "case {}: {:?}", case.number, learner.told());
    });
}

#[test]
fn naive_bayes_is_the_same() {
    each("naive_bayes", |case, answer| {
        let learner = NaiveBayes::default().smoothing(number(&answer["smoothing"]));
        let model = learner.fit(&case.training()).unwrap();
        let asked = case.asked(&answer["probabilities"]);
        let told = model.probabilities(asked.view()).unwrap();
        case.near("probabilities", told.view(), &answer["probabilities"], 1e-9);
    });
    each("bernoulli", |case, answer| {
        let (alpha, threshold) = (number(&answer["alpha"]), number(&answer["threshold"]));
        let learner = BernoulliNaiveBayes::default().alpha(alpha).threshold(threshold);
        let model = learner.fit(&case.training()).unwrap();
        let asked = case.asked(&answer["probabilities"]);
        let told = model.probabilities(asked.view()).unwrap();
        case.near("probabilities", told.view(), &answer["probabilities"], 1e-9);
    });
}
