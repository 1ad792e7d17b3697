//! `netsift tune`: from tables to the settings that tell classes best.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::{Run, run, text};

/// Two classes in stripes that a deep tree tells, a tree of one question does not, and a column of noise.
fn stripes() -> String {
    let mut csv = String::from("Bytes,Noise,Day,Label\n");
    for row in 0..160_u32 {
        let label = ["benign", "scan"][(row / 20 % 2) as usize];
        let noise = row.wrapping_mul(2_654_435_761) >> 20;
        csv += &format!("{row},{noise},d{},{label}\n", row % 4);
    }
    csv
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::write(place.path("stripes.csv"), stripes()).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn tune(&self, options: &[&str]) -> Run {
        let (table, model) = (self.path("stripes.csv"), self.path("m.nsm"));
        let words = ["tune", text(&table), "--label", "Label", "-o", text(&model)];
        run(&[&words[..], options].concat())
    }

    fn tuned(&self, options: &[&str]) -> Run {
        let run = self.tune(options);
        assert_eq!(run.code, 0, "{options:?}: {}", run.errors);
        assert!(self.path("m.nsm").exists());
        run
    }

    /// What is wrong, in the last line; and no model is left.
    fn refused(&self, options: &[&str], code: i32) -> String {
        let run = self.tune(options);
        assert_eq!(run.code, code, "{options:?}: {}", run.errors);
        assert!(!self.path("m.nsm").exists(), "{options:?}");
        run.errors.lines().last().unwrap_or_default().to_owned()
    }
}

const TREE: [&str; 4] = ["--model", "decision-tree", "--drop", "Day"];

fn first_trial(run: &Run) -> Vec<&str> {
    let lines: Vec<&str> = run.out.lines().collect();
    let heading = lines.iter().position(|line| line.starts_with("Learner")).unwrap();
    lines[heading + 1].split_whitespace().collect()
}

#[test]
fn the_best_settings_are_found_told_and_saved() {
    let place = Place::new();
    let grid = ["--space", "depth=1|2|8", "--search", "grid", "--set", "min-leaf=2"];
    let told = place.tuned(&[&TREE[..], &grid].concat());
    assert_eq!(told.out.lines().filter(|line| line.starts_with("  decision-tree")).count(), 6);
    assert_eq!(first_trial(&told)[0], "decision-tree");
    assert!(told.out.contains("4 trials.\n"), "{}", told.out);
    assert!(told.out.lines().any(|line| line.contains("depth=1")), "{}", told.out);
    let model = place.path("m.nsm");
    let table = place.path("stripes.csv");
    let judged = run(&["evaluate", text(&model), text(&table), "--label", "Label"]).out;
    assert!(judged.starts_with("accuracy 0.9") || judged.starts_with("accuracy 1.0"), "{judged}");
}

#[test]
fn a_better_choice_is_held_against_the_usual_one() {
    let place = Place::new();
    let words = ["--set", "depth=1", "--space", "depth=8|9", "--search", "grid", "--cv", "4"];
    let told = place.tuned(&[&TREE[..], &words].concat());
    assert!(first_trial(&told).last().unwrap().starts_with("depth="), "{}", told.out);
    let folds =
        "Against the usual settings of decision-tree, in the folds it was chosen by: macro-f1 +0.";
    assert!(told.out.contains(folds), "{}", told.out);
    let held = "Against the usual settings, on the rows held back: macro-f1 +0.";
    assert!(told.out.contains(held), "{}", told.out);
}

#[test]
fn the_same_seed_finds_the_same_with_any_number_of_threads() {
    let place = Place::new();
    let told = |threads| {
        let words = ["--trials", "4", "--search", "halving", "-t", threads, "--score", "log-loss"];
        let mut told = json(&place.tuned(&[&TREE[..], &words, &["--json"]].concat()));
        let trials = told["trials"].as_array_mut().unwrap();
        trials.iter_mut().for_each(|trial| drop(trial["seconds"].take()));
        told
    };
    assert_eq!(told("1"), told("2"));
}

#[test]
fn many_learners_and_days_that_stay_together() {
    let place = Place::new();
    let words =
        ["--model", "dummy,knn,decision-tree,naive-bayes", "--group", "Day", "--trials", "2"];
    let told = place.tuned(&[&words[..], &["--cv", "3"]].concat());
    assert!(
        told.errors.contains("dummy: no more settings are tried, since others are ahead"),
        "{}",
        told.errors
    );
    assert_ne!(first_trial(&told)[0], "dummy");
}

#[test]
fn what_cannot_be_tuned_is_told_in_a_line() {
    let place = Place::new();
    let refused = |options: &[&str], code| place.refused(&[&TREE[..], options].concat(), code);
    assert!(refused(&["--space", "trees=1..9"], 2).contains("has a setting \"trees\""));
    assert!(refused(&["--space", "depth=9..1"], 2).contains("what a setting may be is"));
    assert!(refused(&["--space", "depth=0..9"], 2).contains("depth is 0"));
    assert!(refused(&["--score", "f2"], 2).contains("macro-f1"));
    assert!(refused(&["--nested", "1"], 2).contains("--nested"));
    assert!(refused(&["--curve", "rows"], 2).contains("learning, label-noise, cell-noise"));
    assert!(refused(&["--curve", "learning=2"], 2).contains("shares of the rows"));
    assert!(refused(&["--budget=-1"], 2).contains("--budget"));
    assert!(refused(&["--budget", "0"], 1).contains("the time was up before one trial was done"));
    assert!(refused(&["--cv", "1"], 2).contains("the number of folds is 1"));
    assert!(refused(&["--search", "grid", "--trials", "0"], 2).contains("values of a range"));
    fs::write(
        place.path("stripes.csv"),
        "a,Label,Day\n1,x,1\n2,x,1\n3,x,2\n4,x,2\n5,x,1\n6,x,1\n7,x,1\n8,x,1\n",
    )
    .unwrap();
    let said = place.refused(&["--model", "logistic-regression", "--cv", "2"], 1);
    assert!(said.contains("labelled \"x\", and there is nothing to tell apart"), "{said}");
}

/// The object that is printed with --json.
fn json(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}", run.errors);
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn without_a_model_the_whole_zoo_is_tried_as_it_usually_is() {
    let place = Place::new();
    let told = json(&place.tuned(&["--drop", "Day", "--cv", "2", "--json"]));
    let trials = told["trials"].as_array().unwrap();
    let learners: Vec<&str> =
        trials.iter().map(|trial| trial["learner"].as_str().unwrap()).collect();
    assert!(learners.contains(&"dummy") && learners.contains(&"stacking"), "{learners:?}");
    assert!(learners.iter().all(|name| !name.contains('/')), "{learners:?}");
    assert!(trials.iter().all(|trial| trial["settings"] == serde_json::json!({})));
    let means: Vec<f64> = trials.iter().map(|trial| trial["mean"].as_f64().unwrap()).collect();
    assert!(means.is_sorted_by(|one, next| one >= next), "{means:?}");
    assert_eq!(told["best"]["learner"], learners[0]);
    assert_eq!(told["best"]["test"]["rows"], 40);
    assert_eq!((&told["ended"], &told["score"]), (&"whole".into(), &"macro-f1".into()));
    // Each is held against the best.
    let last = &trials[trials.len() - 1]["to_the_best"];
    let behind = ["difference", "low", "high"].map(|of| last[of].as_f64().unwrap());
    assert!(behind[0] < -0.1 && behind[1] < behind[0] && behind[0] < behind[2], "{behind:?}");
    assert!((behind[0] - (means[means.len() - 1] - means[0])).abs() < 1e-9, "{behind:?}");
    assert!(trials[0].get("to_the_best").is_none());
}

#[test]
fn a_search_is_done_again_in_folds_to_tell_what_it_is_worth() {
    let place = Place::new();
    let words = ["--set", "depth=1", "--space", "depth=8|9", "--search", "grid", "--nested", "3"];
    let told = place.tuned(&[&TREE[..], &words].concat());
    let folds = told.out.lines().skip_while(|line| !line.starts_with("Search in fold"));
    let folds: Vec<&str> = folds.collect();
    assert!(folds[1].contains("decision-tree  depth=") && folds.len() == 5, "{}", told.out);
    assert!(folds[4].starts_with("Such a search is worth macro-f1 0.9"), "{}", told.out);
    let told = json(&place.tuned(&[&TREE[..], &words, &["--json"]].concat()));
    let (nested, folds) = (&told["nested"], told["nested"]["folds"].as_array().unwrap());
    assert!(folds.len() == 3 && nested["optimism"].is_f64());
    let mean = folds.iter().map(|fold| fold["score"].as_f64().unwrap()).sum::<f64>() / 3.0;
    assert!((nested["mean"].as_f64().unwrap() - mean).abs() < 1e-12 && mean > 0.8);
    assert!(folds.iter().all(|fold| fold["test_rows"] == 40 && fold["best"]["mean"].is_f64()));
}

#[test]
fn curves_tell_what_more_rows_wrong_labels_and_noise_do() {
    let place = Place::new();
    let curves =
        ["--curve", "learning=0.1,1", "--curve", "label-noise", "--curve", "cell-noise=0,9"];
    let words = [&TREE[..], &["--trials", "0"], &curves].concat();
    let told = place.tuned(&words).out;
    for heading in ["Learned from", "Wrong labels", "Noise in deviations"] {
        assert_eq!(told.lines().filter(|line| line.starts_with(heading)).count(), 1, "{told}");
    }
    let whole = told.lines().find(|line| line.starts_with("  100 %")).unwrap();
    let whole: Vec<&str> = whole.split_whitespace().collect();
    assert_eq!(whole[2..4], ["96", "1.0000"], "{told}");
    let told = json(&place.tuned(&[&words[..], &["--json"]].concat()));
    let curves = told["curves"].as_array().unwrap();
    let names: Vec<&Value> = curves.iter().map(|curve| &curve["what"]).collect();
    assert_eq!(names, ["learning", "label-noise", "cell-noise"]);
    // The first and the last level of each, over five folds.
    for (curve, is_better_at_the_end) in curves.iter().zip([true, false, false]) {
        let points = curve["points"].as_array().unwrap();
        let held = |point: &Value| {
            let folds: Vec<f64> = serde_json::from_value(point["held"].clone()).unwrap();
            folds.iter().sum::<f64>() / 5.0
        };
        let [first, last] = [held(&points[0]), held(&points[points.len() - 1])];
        let gain = if is_better_at_the_end { last - first } else { first - last };
        assert!(gain > 0.1, "{curve}");
    }
    assert_eq!(curves[0]["points"][0]["train_rows"], 10);
}

/// Every row three times, of a class that nothing tells.
fn repeated() -> String {
    let mut csv = String::from("Bytes,Label\n");
    for row in 0..120_u32 {
        let label = ["benign", "scan"][(row.wrapping_mul(2_654_435_761) >> 30 & 1) as usize];
        csv += &format!("{row},{label}\n").repeat(3);
    }
    csv
}

#[test]
fn equal_rows_over_folds_are_told_of_and_kept_together() {
    let place = Place::new();
    fs::write(place.path("stripes.csv"), repeated()).unwrap();
    let tree = ["--model", "decision-tree", "--trials", "0", "--json"];
    let accuracy = ["--score", "accuracy"];
    let mean = |run: &Run| json(run)["trials"][0]["mean"].as_f64().unwrap();
    let naive = place.tuned(&[&tree[..], &accuracy].concat());
    assert!(mean(&naive) > 0.8, "{}", naive.out);
    let said = "rows that folds are judged by,";
    let told = naive.errors.lines().find(|line| line.contains(said)).unwrap();
    assert!(told.contains("--equal-together keeps equal rows in one fold"), "{told}");
    let together = place.tuned(&[&tree[..], &accuracy, &["--equal-together"]].concat());
    assert!((mean(&together) - 0.5).abs() < 0.15, "{}", together.out);
    assert!(!together.errors.contains("equal"), "{}", together.errors);
    assert!(!together.errors.contains("stand among"), "{}", together.errors);
    // Where there is nothing to tell of, nothing is told.
    let dedup = place.tuned(&[&tree[..], &accuracy, &["--dedup"]].concat());
    assert!((mean(&dedup) - 0.5).abs() < 0.15 && !dedup.errors.contains(said), "{}", dedup.errors);
    // The same of train, where there are folds.
    let (table, model) = (place.path("stripes.csv"), place.path("t.nsm"));
    let train = |options: &[&str]| {
        let words = ["train", text(&table), "--label", "Label", "-o", text(&model)];
        run(&[&words[..], &["--model", "decision-tree"], options].concat())
    };
    assert!(train(&["--cv", "4"]).errors.contains(said));
    assert!(!train(&["--cv", "4", "--equal-together"]).errors.contains(said));
    assert!(!train(&[]).errors.contains(said));
    let refused = train(&["--equal-together", "--time", "Bytes", "--by", "time"]);
    assert_eq!(refused.code, 2, "{}", refused.errors);
    assert!(refused.errors.contains("choose another --by"), "{}", refused.errors);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_search_and_keeps_the_best() {
    let place = Place::new();
    let rows = stripes();
    let (header, rows) = rows.split_once('\n').unwrap();
    fs::write(place.path("many.csv"), format!("{header}\n{}", rows.repeat(20))).unwrap();
    let (table, model) = (place.path("many.csv"), place.path("m.nsm"));
    let words = ["tune", text(&table), "--label", "Label", "--drop", "Day", "-o", text(&model)];
    let many = ["--model", "decision-tree", "--trials", "9999", "--json"];
    // Where the machine is slow, nothing may have been tried as soon as that.
    let interrupted = [2_000, 8_000, 30_000].into_iter().map(|wait| {
        let child = crate::on_a_pipe(&[&words[..], &many].concat(), b"");
        crate::pause(wait);
        crate::interrupt(&child, "-INT");
        let run = Run::of(&child.wait_with_output().unwrap());
        assert_eq!(run.code, 130, "{}", run.errors);
        run
    });
    let mut found = interrupted.skip_while(|run| run.errors.contains("nothing is written"));
    let run = found.next().unwrap();
    let last = run.errors.lines().last().unwrap();
    assert!(last.contains("interrupted: the ") && last.contains("m.nsm; more of them"), "{last}");
    let told: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(told["ended"], "interrupted");
    assert!(!told["trials"].as_array().unwrap().is_empty());
    let judged = crate::run(&["evaluate", text(&model), text(&table), "--label", "Label"]);
    assert_eq!(judged.code, 0, "{}", judged.errors);
    assert!(!place.path("m.nsm.partial").exists());
}

#[test]
fn the_help_says_what_is_true_of_tune() {
    let help = run(&["tune", "--help"]).fine();
    for untrue in ["without --label", "captures and folders", "halves of them"] {
        assert!(!help.contains(untrue), "{untrue}: {help}");
    }
    assert!(run(&["train", "--help"]).fine().contains("without --label"));
}
