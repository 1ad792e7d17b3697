//! `netsift tune`: from tables to the settings that tell classes best.

use std::fs;
use std::path::PathBuf;

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
        let run = place.tuned(&[&TREE[..], &words].concat());
        let settings = |line: &str| line.split_whitespace().skip(6).collect::<Vec<_>>().join(" ");
        run.out.lines().take(5).map(settings).collect::<Vec<_>>()
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
