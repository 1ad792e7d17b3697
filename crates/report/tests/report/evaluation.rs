//! Evaluations against scikit-learn's frozen answers, from probabilities to the page and its JSON; and rows, labels and models
//! that nobody friendly chose.

use netsift_data::{Dataset, Labels, Schema};
use netsift_models::judging::Score;
use netsift_models::ndarray::{Array1, Array2};
use netsift_models::{
    Answer, Bundle, DetectorRecipe, DetectorTrainer, Recipe, Trainer, UsualLabels,
};
use netsift_report::{
    Answered, Cell, Evaluation, Evaluator, Look, MOST_STATIC, Made, Said, Section, Strange,
};
use serde_json::Value;

use crate::made::HOSTILE;

const GOLDEN: &str = include_str!("../golden/evaluation.json");

fn golden() -> Value {
    serde_json::from_str(GOLDEN).unwrap()
}

fn numbers(of: &Value) -> Vec<f64> {
    of.as_array().unwrap().iter().map(|it| it.as_f64().unwrap()).collect()
}

fn texts(of: &Value) -> Vec<String> {
    of.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

fn codes(of: &Value) -> Vec<u32> {
    of.as_array().unwrap().iter().map(|it| it.as_u64().unwrap() as u32).collect()
}

fn near(found: &Value, expected: f64, what: &str) {
    let found = found.as_f64();
    assert!(found.is_some_and(|it| (it - expected).abs() < 1e-9), "{what}: {found:?} {expected}");
}

/// The first of the most probable classes is told.
fn answer(rows: &[Vec<f64>]) -> Answer {
    let most = |row: &Vec<f64>| {
        let most = row.iter().copied().fold(0.0, f64::max);
        row.iter().position(|p| *p == most).unwrap() as u32
    };
    let width = rows.first().map_or(0, Vec::len);
    let cells = rows.iter().flatten().copied().collect();
    Answer {
        classes: rows.iter().map(most).collect::<Array1<u32>>(),
        probabilities: Array2::from_shape_vec((rows.len(), width), cells).unwrap(),
    }
}

fn said(truth: Vec<u32>, rows: &[Vec<f64>]) -> Said {
    Said { truth, answer: answer(rows), strange: None }
}

fn answered(name: &str, said: Said) -> Answered {
    Answered { name: name.into(), parts: vec![("test".into(), said)] }
}

/// The evaluation of a task of scikit-learn's, and the same as JSON.
fn of_task(task: &Value) -> (Evaluation, Value) {
    let models = task["models"].as_array().unwrap().iter().enumerate().map(|(at, model)| {
        let rows: Vec<Vec<f64>> =
            model["probabilities"].as_array().unwrap().iter().map(numbers).collect();
        answered(&format!("model {at}"), said(codes(&task["truth"]), &rows))
    });
    let models: Vec<Answered> = models.collect();
    let found = Evaluator::new().of_answers(&texts(&task["classes"]), &models).unwrap();
    let json = serde_json::to_value(&found).unwrap();
    (found, json)
}

#[test]
fn a_class_that_only_others_know_makes_no_mean_worse() {
    let mut task = golden()["tasks"][0].clone();
    let alone = task["models"][0]["macro_f1"].as_f64().unwrap();
    task["classes"].as_array_mut().unwrap().push("of another part".into());
    let (_, json) = of_task(&task);
    near(&json["models"][0]["parts"][0]["report"]["macro_average"]["f1"], alone, "macro F1");
}

#[test]
fn scores_of_classes_are_scikit_learns() {
    for task in golden()["tasks"].as_array().unwrap() {
        let (_, json) = of_task(task);
        for (at, model) in task["models"].as_array().unwrap().iter().enumerate() {
            let part = &json["models"][at]["parts"][0];
            let report = &part["report"];
            let expected = |name: &str| model[name].as_f64().unwrap();
            for name in ["accuracy", "balanced_accuracy", "matthews", "kappa"] {
                near(&report[name], expected(name), name);
            }
            near(&report["macro_average"]["f1"], expected("macro_f1"), "macro F1");
            near(&report["weighted_average"]["f1"], expected("weighted_f1"), "weighted F1");
            near(&part["log_loss"], expected("log_loss"), "log loss");
            near(&part["brier"], expected("brier"), "Brier");
            for (class, _) in task["classes"].as_array().unwrap().iter().enumerate() {
                let told = &report["classes"][class];
                for name in ["precision", "recall", "f1"] {
                    near(&told["scores"][name], numbers(&model[name])[class], name);
                }
                near(&told["support"], numbers(&model["support"])[class], "support");
                let curves = &part["curves"]["classes"][class];
                near(&curves["roc_area"], numbers(&model["roc_area"])[class], "area");
                let average = numbers(&model["average_precision"])[class];
                near(&curves["average_precision"], average, "average precision");
            }
            let curves = &part["curves"];
            near(&curves["macro_roc_area"], expected("macro_roc_area"), "macro area");
            near(&curves["micro"]["roc_area"], expected("micro_roc_area"), "micro area");
            let average = expected("macro_average_precision");
            near(&curves["macro_average_precision"], average, "macro average precision");
            let bins = part["calibration"].as_array().unwrap();
            let expected_bins = model["calibration"].as_array().unwrap();
            assert_eq!(bins.len(), expected_bins.len());
            for (bin, expected) in bins.iter().zip(expected_bins) {
                for (name, expected) in
                    ["predicted", "observed", "rows"].into_iter().zip(numbers(expected))
                {
                    near(&bin[name], expected, name);
                }
            }
        }
    }
}

#[test]
fn thresholds_matrices_and_comparisons_are_scikit_learns() {
    for task in golden()["tasks"].as_array().unwrap() {
        let (found, json) = of_task(task);
        for (at, model) in task["models"].as_array().unwrap().iter().enumerate() {
            let rows: Vec<Vec<f64>> =
                model["confusion"].as_array().unwrap().iter().map(numbers).collect();
            let test = &found.models[at].parts[0];
            let matrix: Vec<Vec<f64>> = test.report.confusion.rows().map(<[f64]>::to_vec).collect();
            assert_eq!(matrix, rows);
            let wrong: f64 = rows.iter().flatten().sum::<f64>()
                - (0..rows.len()).map(|class| rows[class][class]).sum::<f64>();
            assert_eq!(found.models[at].mistakes.count as f64, wrong);
            let recalls = numbers(&model["recall_at_5_percent"]);
            let thresholds = json["models"][at]["parts"][0]["thresholds"].as_array().unwrap();
            for (class, expected) in texts(&task["classes"]).iter().zip(recalls) {
                let is_it = |it: &&Value| {
                    it["class"] == **class && it["aim"]["false_positive_rate"] == 0.05
                };
                let told = thresholds.iter().find(is_it).unwrap();
                near(&told["point"]["recall"], expected, class);
            }
        }
        let (pair, expected) = (&json["compared"][0], &task["mcnemar"]);
        for name in ["only_first", "only_second", "p_value"] {
            near(&pair[name], expected[name].as_f64().unwrap(), name);
        }
        // What lies between the ends is what the scores say.
        let by = pair["difference"].clone();
        let f1 = |at: usize| task["models"][at]["macro_f1"].as_f64().unwrap();
        near(&by["estimate"], f1(0) - f1(1), "difference");
        assert!(by["low"].as_f64() < by["estimate"].as_f64());
        assert!(by["estimate"].as_f64() < by["high"].as_f64());
    }
}

#[test]
fn a_detectors_scores_are_scikit_learns() {
    let golden = golden();
    let expected = &golden["detector"];
    let (truth, scores) = (codes(&expected["truth"]), numbers(&expected["scores"]));
    let threshold = expected["threshold"].as_f64().unwrap();
    let rows: Vec<Vec<f64>> = scores
        .iter()
        .map(|score| if *score > threshold { vec![0.1, 0.9] } else { vec![0.9, 0.1] })
        .collect();
    let strange = Some(Strange { scores, threshold });
    let said = Said { truth, answer: answer(&rows), strange };
    let classes = ["usual".to_owned(), "anomaly".to_owned()];
    let found = Evaluator::new().of_answers(&classes, &[answered("d", said)]).unwrap();
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["task"], "anomalies");
    let part = &json["models"][0]["parts"][0];
    let of = |name: &str| expected[name].as_f64().unwrap();
    let curves = &part["curves"]["classes"][0];
    near(&curves["roc_area"], of("roc_area"), "area");
    near(&curves["average_precision"], of("average_precision"), "average precision");
    near(&part["anomalies"]["precision_at_n"], of("precision_at_n"), "precision at n");
    for name in ["precision", "recall", "f1"] {
        near(&part["report"]["classes"][1]["scores"][name], of(name), name);
    }
    let told: u64 = part["scores"]["counts"][1]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_u64().unwrap())
        .sum();
    assert_eq!(told, codes(&expected["truth"]).iter().map(|it| u64::from(*it)).sum::<u64>());
    let page = found.page("d", Made::default()).unwrap().render(Look::Static).unwrap();
    assert!(page.contains("Precision at n") && page.contains("threshold"));
}

/// Rows of three classes that two columns tell, and one says nothing.
pub(crate) fn flows(rows: usize, names: [&str; 3], shift: f64) -> Dataset {
    let class = |row: usize| (row * 7 + row / 3) % 3;
    let cell = |(row, column): (usize, usize)| {
        let noise = (row * (31 + column * 17) % 97) as f64 / 40.0;
        match column {
            0 => class(row) as f64 * 1.5 + noise + shift,
            1 => f64::from(u8::from(class(row) == 2)) * 3.0 + noise,
            _ => noise,
        }
    };
    let schema = Schema::numbers(["packets", HOSTILE[0], "noise"]).unwrap();
    let labels = Labels::of((0..rows).map(|row| names[class(row)]).collect::<Vec<_>>());
    let data = Dataset::new(schema, Array2::from_shape_fn((rows, 3), cell)).unwrap();
    data.with_labels(labels).unwrap()
}

pub(crate) fn trained(name: &str, learner: &str, data: &Dataset) -> (String, Bundle) {
    let recipe = Recipe::named(learner).unwrap();
    (name.to_owned(), Trainer::new([recipe]).train(data).unwrap().bundle)
}

fn detector(name: &str, learner: &str, data: &Dataset) -> (String, Bundle) {
    let recipe = DetectorRecipe::named(learner).unwrap();
    (name.to_owned(), DetectorTrainer::new([recipe]).train(&data.bare()).unwrap().bundle)
}

const NAMES: [&str; 3] = ["benign", "scan", HOSTILE[1]];

/// The page of two models, with everything on it.
pub(crate) fn two_models() -> netsift_report::Page {
    let (train, test) = (flows(600, NAMES, 0.0), flows(300, NAMES, 0.3));
    let models = [
        trained("forest.nsm", "random-forest", &train),
        trained(HOSTILE[3], "naive-bayes", &train),
    ];
    let evaluator = Evaluator::new().learning_curve(true).keep(vec!["noise".to_owned()]);
    let numbers = evaluator.ask(&models, &test, Some(&train)).unwrap().numbers().unwrap();
    numbers.page("two models on test.csv", Made::default()).unwrap()
}

#[test]
fn a_page_of_two_models_holds_all_that_was_promised_and_stays_small() {
    let page = two_models();
    let titles: Vec<&str> = page.sections().iter().map(Section::title).collect();
    let expected = [
        "Overview",
        "How right",
        "Classes",
        "ROC and precision-recall",
        "Calibration and scores",
        "Thresholds",
        "Mistakes",
        "What counts",
        "Contributions",
        "Learning curves",
        "Drift",
        "Model cards",
    ];
    assert_eq!(titles, expected);
    let html = page.render(Look::Static).unwrap();
    assert!(html.len() < MOST_STATIC && !html.contains("Parts that were left out"));
    for hostile in [HOSTILE[0], HOSTILE[1], HOSTILE[3]] {
        assert!(!html.contains(hostile), "{hostile} is markup");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.text(100).lines().all(|line| !line.contains('\u{1b}')));
}

#[test]
fn training_and_test_stand_side_by_side_and_rows_seen_before_are_told() {
    let train = flows(300, NAMES, 0.0);
    let models = [trained("tree", "decision-tree", &train)];
    let evaluator = Evaluator::new();
    let found = evaluator.ask(&models, &train, Some(&train)).unwrap().numbers().unwrap();
    let parts = &found.models[0].parts;
    assert_eq!((parts[0].part.as_str(), parts[1].part.as_str()), ("test", "training"));
    assert_eq!(parts[0].report, parts[1].report);
    assert!(found.warnings().iter().any(|it| it.contains("stand among those it was trained on")));
    let inside = found.models[0].inside.as_ref().unwrap();
    assert_eq!(inside.importances.shuffled.len(), 3);
    assert!(inside.contributions.is_exact && inside.contributions.classes.len() == 3);
    assert!(inside.learning.is_none() && inside.card.judged.len() == 2);
}

#[test]
fn classes_in_another_order_are_the_same_classes() {
    let data = flows(300, ["a", "b", "c"], 0.0);
    let turned = flows(300, ["a", "b", "c"], 0.0);
    let labels = turned.labels().unwrap();
    let classes = netsift_data::Classes::new(["c", "a", "b"]).unwrap();
    let numbers: Vec<u32> = labels.numbers().iter().map(|class| (class + 1) % 3).collect();
    let turned = turned.with_labels(Labels::new(classes, numbers).unwrap()).unwrap();
    let models = [trained("one", "naive-bayes", &data), trained("other", "naive-bayes", &turned)];
    assert_ne!(models[0].1.classes(), models[1].1.classes());
    let evaluator = Evaluator::new();
    let found = evaluator.ask(&models, &data, None).unwrap().numbers().unwrap();
    let [one, other] = &found.models[..] else { panic!("two models") };
    assert!(one.parts[0].report.accuracy > 0.6);
    let gap = one.parts[0].report.accuracy - other.parts[0].report.accuracy;
    assert!(gap.abs() < 0.05, "{gap}");
    let areas = |it: &netsift_report::ModelNumbers| {
        it.parts[0].curves.as_ref().unwrap().macro_roc_area.unwrap()
    };
    assert!((areas(one) - areas(other)).abs() < 0.05);
}

#[test]
fn models_that_cannot_be_compared_are_refused_by_name() {
    let data = flows(200, NAMES, 0.0);
    let other = flows(200, ["x", "y", "z"], 0.0);
    let evaluator = Evaluator::new();
    let refused = |models: &[(String, Bundle)], data: &Dataset| {
        evaluator.ask(models, data, None).unwrap_err().to_string()
    };
    let one = || trained("one.nsm", "decision-tree", &data);
    let told = refused(&[one(), trained("other.nsm", "dummy", &other)], &data);
    assert!(told.starts_with("other.nsm does not tell the classes that one.nsm tells"), "{told}");
    let told = refused(&[one(), detector("strange.nsm", "hbos", &data)], &data);
    assert!(told.starts_with("strange.nsm does not tell"), "{told}");
    let less = data.pick(["packets", "noise"]).unwrap();
    let told = refused(&[one()], &less);
    assert!(told.starts_with("one.nsm: ") && told.contains("alert(1)"), "{told}");
    let told = refused(&[one()], &other);
    assert!(told.starts_with("one.nsm: "), "no label is a class of it: {told}");
    assert!(refused(&[one()], &data.bare()).contains("label"));
    assert!(refused(&[], &data).contains("the number of models"));
    let many: Vec<_> = (0..9).map(|_| one()).collect();
    assert!(refused(&many, &data).contains("the number of models is 9"));
}

#[test]
fn labels_that_no_model_knows_are_wrong_and_in_no_curve() {
    let data = flows(300, NAMES, 0.0);
    let models = [trained("tree", "decision-tree", &data)];
    let new = flows(300, ["benign", "scan", "\u{1b}[31mnew"], 0.0);
    let evaluator = Evaluator::new();
    let found = evaluator.ask(&models, &new, None).unwrap().numbers().unwrap();
    let test = &found.models[0].parts[0];
    assert_eq!((found.classes.len(), found.known_classes, test.unknown_rows), (4, 3, 100));
    assert!(test.report.accuracy < 0.7 && found.models[0].mistakes.count >= 100);
    let curves = test.curves.as_ref().unwrap();
    assert_eq!(curves.classes.iter().map(|it| it.curves.support).sum::<f64>(), 200.0);
    assert!(found.warnings()[0].starts_with("Classes that no model knows"));
    let page = found.page("t", Made::default()).unwrap();
    assert!(!page.render(Look::Static).unwrap().contains('\u{1b}'));
}

/// Rows of so many classes, each told rightly.
fn of_many_classes(classes: usize) -> netsift_report::Page {
    let names: Vec<String> = (0..classes).map(|class| format!("class {class}")).collect();
    let truth: Vec<u32> = (0..2 * classes as u32).map(|row| row % classes as u32).collect();
    let probable = |row: &u32| (0..classes).map(|class| f64::from(class as u32 == *row)).collect();
    let rows: Vec<Vec<f64>> = truth.iter().map(probable).collect();
    let models = [answered("sure", said(truth, &rows))];
    let found = Evaluator::new().of_answers(&names, &models).unwrap();
    found.page("t", Made::default()).unwrap()
}

#[test]
fn curves_that_are_not_drawn_are_told() {
    let page = of_many_classes(20);
    let of_each = page.charts().into_iter().filter(|it| it.title().contains("each class"));
    let notes: Vec<_> = of_each.map(|chart| chart.notes().to_vec()).collect();
    assert_eq!(notes.len(), 2);
    assert!(notes.iter().all(|it| it == &["the first 16 of 20 lines are shown"]), "{notes:?}");
    let text = of_many_classes(65).text(400);
    assert!(text.contains("sure: of more than 64 classes no curves are drawn."), "{text}");
}

#[test]
fn rows_of_one_class_and_models_that_tell_one_have_a_page() {
    let data = flows(300, NAMES, 0.0);
    let models = [trained("dummy", "dummy", &data), trained("tree", "decision-tree", &data)];
    let first: Vec<usize> =
        (0..300).filter(|row| data.labels().unwrap().numbers()[*row] == 0).collect();
    let one = data.select(&first).unwrap();
    let evaluator = Evaluator::new().score(Score::RocArea);
    for (rows, warning) in
        [(&one, "All rows are of one class"), (&data, "the same class of every row")]
    {
        let found = evaluator.ask(&models, rows, None).unwrap().numbers().unwrap();
        let told = found.warnings();
        assert!(told.iter().any(|it| it.contains(warning)), "{told:?}");
        let html = found.page("t", Made::default()).unwrap().render(Look::Static).unwrap();
        assert!(html.contains("McNemar"));
        let json = serde_json::to_string(&found).unwrap();
        assert!(!json.contains("NaN") && !json.contains("inf"));
    }
    let few = data.slice(0..1);
    let found = evaluator.ask(&models, &few, None).unwrap().numbers().unwrap();
    found.page("one row", Made::default()).unwrap().render(Look::Static).unwrap();
    assert!(evaluator.ask(&models, &data.slice(0..0), None).unwrap().numbers().is_err());
}

#[test]
fn detectors_are_evaluated_by_what_is_usual() {
    let data = flows(400, NAMES, 0.0);
    let models = [detector("hbos", "hbos", &data), detector("pca", "pca", &data)];
    let evaluator = Evaluator::new().usual(UsualLabels::named(["benign", "scan"]));
    let found = evaluator.ask(&models, &data, Some(&data)).unwrap().numbers().unwrap();
    let test = &found.models[0].parts[0];
    assert!(test.calibration.is_empty() && test.log_loss.is_none() && test.curves.is_some());
    let anomalies = test.anomalies.unwrap();
    assert!((100..200).contains(&anomalies.anomalies) && anomalies.precision_at_n.is_some());
    assert_eq!(found.models[0].inside.as_ref().unwrap().importances.score, "roc-area");
    let html = found.page("d", Made::default()).unwrap().render(Look::Static).unwrap();
    assert!(html.contains("Average precision") && !html.contains("Parts that were left out"));
    let usual = Evaluator::new().usual(UsualLabels::named(NAMES));
    let refused = usual.ask(&models, &data, None).unwrap_err().to_string();
    assert!(refused.contains("anomaly"), "{refused}");
}

#[test]
fn mistakes_are_counted_whole_listed_in_part_and_written_all() {
    let data = flows(3_000, NAMES, 0.0);
    let models = [trained("=dummy", "dummy", &data)];
    let evaluator = Evaluator::new().keep(vec!["noise".to_owned()]);
    let asked = evaluator.ask(&models, &data, None).unwrap();
    let found = asked.numbers().unwrap();
    let mistakes = &found.models[0].mistakes;
    assert!(mistakes.count > 1_900 && mistakes.listed.len() == 100, "{}", mistakes.count);
    assert_eq!(mistakes.listed[0].cells[0].0, "noise");
    let csv = String::from_utf8(asked.mistakes_to_csv(Vec::new()).unwrap()).unwrap();
    let heads = csv.lines().next().unwrap();
    assert!(heads.starts_with("Model,Row,Is,Told,Score,noise,packets,"), "{heads}");
    assert_eq!(csv.lines().count() as u64, mistakes.count + 1);
    assert!(!csv.lines().skip(1).any(|line| line.starts_with('=')), "a formula");
    let page = found.page("t", Made::default()).unwrap();
    let blocks = page.sections().iter().flat_map(Section::blocks);
    let totals = blocks.filter_map(|block| match block {
        netsift_report::Block::Table(table) if table.title() == "Mistakes" => Some(table.total()),
        _ => None,
    });
    assert_eq!(totals.collect::<Vec<_>>(), [mistakes.count as usize]);
}

#[test]
fn what_is_said_in_other_numbers_is_refused() {
    let classes = ["a".to_owned(), "b".to_owned()];
    let rows = vec![vec![0.2, 0.8], vec![0.9, 0.1]];
    let refused = |said: Said| {
        Evaluator::new().of_answers(&classes, &[answered("m", said)]).unwrap_err().to_string()
    };
    assert!(refused(said(vec![0], &rows)).contains("answers are 2, and must be 1"));
    assert!(
        refused(said(vec![], &[])).contains("names of the classes")
            || refused(said(vec![], &[])).contains("row")
    );
    assert!(refused(said(vec![0, 7], &rows)).len() > 5);
    let strange = Some(Strange { scores: vec![1.0], threshold: 0.5 });
    assert!(refused(Said { strange, ..said(vec![0, 1], &rows) }).contains("scores are 1"));
    let strange = Some(Strange { scores: vec![f64::NAN, 1.0], threshold: 0.5 });
    assert!(refused(Said { strange, ..said(vec![0, 1], &rows) }).len() > 5);
    let wide = vec![vec![0.2, 0.3, 0.5]; 2];
    assert!(refused(said(vec![0, 1], &wide)).contains("names of the classes"));
    let none = Answered { name: "m".into(), parts: Vec::new() };
    assert!(Evaluator::new().of_answers(&classes, &[none]).is_err());
    assert!(matches!(Cell::from(None::<f64>), Cell::Absent));
}
