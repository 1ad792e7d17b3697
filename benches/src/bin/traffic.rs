//! NetTrafficAnalyzerML's settings done over with its own protocol beside its published figures, and what a search finds:
//! `traffic [--data FOLDER] [--seeds N] [--minutes N]` prints tables for the record; with no minutes nothing is searched.
//!
//! FOLDER holds the tables that `tasks` names. The protocol is a quarter of the rows drawn by chance to test with, and
//! scores weighted by classes; its seed is not known, so each of ours is shown with the range that its seeds give. Beside
//! theirs stands the forest as it is usual here, on the same splits. The row of the SVM contradicts itself (weighted by classes, recall is accuracy), so it cannot be of one run.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use netsift_benches::tasks::TASKS;
use netsift_data::prepare::{Fill, Finite, Impute, Ordinal};
use netsift_data::split::Split;
use netsift_data::{Dataset, Plan};
use netsift_metrics::Report;
use netsift_models::judging::{Contender, CrossValidation, Search, Why};
use netsift_models::{Recipe, Trained, Trainer};

const TASK: &str = "nettrafficanalyzerml";
const SEEDS: u64 = 40;
/// What a search is given, as long as the claim of it says.
const MINUTES: u64 = 10;
const TEST: f64 = 0.25;
const SEED: u64 = 42;
const FOLDS: usize = 5;

/// A model of theirs: how it is set, whether columns are scaled first, and what was published of it, in per cent of the
/// rows to test with and, where it was told, of those to train with: accuracy, F1, precision, recall.
struct Theirs {
    name: &'static str,
    learner: &'static str,
    settings: &'static [(&'static str, &'static str)],
    is_scaled: bool,
    published: &'static [[f64; 4]],
}

const THEIRS: [Theirs; 8] = [
    Theirs {
        name: "most frequent",
        learner: "dummy",
        settings: &[],
        is_scaled: false,
        published: &[[31.22, 14.85, 9.75, 31.22]],
    },
    Theirs {
        name: "kNN",
        learner: "knn",
        settings: &[("neighbours", "3")],
        is_scaled: false,
        published: &[[84.40, 84.45, 84.55, 84.40], [91.87, 91.88, 91.91, 91.87]],
    },
    Theirs {
        name: "forest",
        learner: "random-forest",
        settings: &[
            ("trees", "25"),
            ("criterion", "entropy"),
            ("depth", "15"),
            ("columns", "5"),
            ("seed", "42"),
        ],
        is_scaled: false,
        published: &[[88.93, 88.96, 89.0, 88.93], [99.33, 99.33, 99.34, 99.12]],
    },
    Theirs {
        name: "forest, as usual here",
        learner: "random-forest",
        settings: &[],
        is_scaled: false,
        published: &[],
    },
    Theirs {
        name: "SVM, linear",
        learner: "svm",
        settings: &[("kernel", "linear"), ("probabilities", "false")],
        is_scaled: true,
        published: &[[60.10, 71.71, 71.02, 72.45], [92.06, 93.17, 93.57, 92.86]],
    },
    Theirs {
        name: "SVM, linear, unscaled",
        learner: "svm",
        settings: &[
            ("kernel", "linear"),
            ("probabilities", "false"),
            ("iterations", UNSCALED_STEPS),
        ],
        is_scaled: false,
        published: &[],
    },
    Theirs {
        name: "SVM, square",
        learner: "svm",
        settings: &[("kernel", "poly"), ("degree", "2"), ("probabilities", "false")],
        is_scaled: true,
        published: &[],
    },
    Theirs {
        name: "SVM, square, unscaled",
        learner: "svm",
        settings: &[
            ("kernel", "poly"),
            ("degree", "2"),
            ("probabilities", "false"),
            ("iterations", UNSCALED_STEPS),
        ],
        is_scaled: false,
        published: &[],
    },
];

/// Columns from 0 to 1e9 beside columns from 0 to 1 leave a machine no least cost that it gets to: it is stopped.
const UNSCALED_STEPS: &str = "100000";

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::of(std::env::args_os().skip(1))?;
    let task = TASKS.iter().find(|task| task.name == TASK).ok_or("the task is gone")?;
    let rows = task.rows(&asked.data)?;
    println!("{} rows, {} columns\n", rows.rows(), rows.width());
    protocol(&rows, asked.seeds)?;
    if asked.minutes > 0 { search(&rows, asked.minutes) } else { Ok(()) }
}

struct Asked {
    data: PathBuf,
    seeds: u64,
    minutes: u64,
}

impl Asked {
    fn of(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, Box<dyn Error>> {
        let mut asked = Self { data: "../shared/data".into(), seeds: SEEDS, minutes: MINUTES };
        while let Some(argument) = arguments.next() {
            let value = arguments.next().ok_or("every option has a value")?;
            let number = || value.to_string_lossy().parse::<u64>();
            match argument.to_str() {
                Some("--data") => asked.data = value.into(),
                Some("--seeds") => asked.seeds = number()?.max(1),
                Some("--minutes") => asked.minutes = number()?,
                _ => return Err(format!("what is {}?", argument.display()).into()),
            }
        }
        Ok(asked)
    }
}

/// Their models, by as many splits as there are seeds.
fn protocol(rows: &Dataset, seeds: u64) -> Result<(), Box<dyn Error>> {
    println!(
        "In per cent, weighted by classes: published, and the least, mean and greatest of {seeds} seeds.\n"
    );
    println!("| model | | accuracy | F1 | precision | recall |\n|---|---|---|---|---|---|");
    for theirs in &THEIRS {
        for (published, of) in theirs.published.iter().zip(["test", "train"]) {
            let cells = published.map(|score| format!("{score:.2}")).join(" | ");
            println!("| {} | published, {of} | {cells} |", theirs.name);
        }
        let mut runs = Vec::new();
        for seed in 0..seeds {
            let trainer = Trainer::new([theirs.recipe()?]).split(Split::plain(seed));
            runs.push(scores(&theirs.prepared(trainer).train(rows)?));
        }
        for (side, of) in ["test", "train"].into_iter().enumerate() {
            let cells = [0, 1, 2, 3].map(|score| range(runs.iter().map(|run| run[side][score])));
            println!("| {} | ours, {of} | {} |", theirs.name, cells.join(" | "));
        }
    }
    println!();
    Ok(())
}

/// The least, the mean and the greatest.
fn range(scores: impl Iterator<Item = f64> + Clone) -> String {
    let least = scores.clone().fold(f64::INFINITY, f64::min);
    let greatest = scores.clone().fold(f64::NEG_INFINITY, f64::max);
    let mean = scores.clone().sum::<f64>() / scores.count().max(1) as f64;
    format!("{least:.2} - {mean:.2} - {greatest:.2}")
}

impl Theirs {
    fn recipe(&self) -> Result<Recipe, Box<dyn Error>> {
        let mut recipe = Recipe::named(self.learner)?;
        for (name, value) in self.settings {
            recipe.set(name, value)?;
        }
        Ok(recipe)
    }

    /// Rows as they prepared them.
    fn prepared<'a>(&self, trainer: Trainer<'a>) -> Trainer<'a> {
        let trainer = trainer.test_share(TEST).threads(threads());
        trainer.plans(zeros()).complete_plans(self.is_scaled)
    }
}

/// What is no number is 0.
fn zeros() -> [Plan; 3] {
    [Finite::new().into(), Impute::new(Fill::Number(0.0)).into(), Ordinal::new().into()]
}

/// Of the rows to test and to train with: accuracy, F1, precision, recall.
fn scores(trained: &Trained) -> [[f64; 4]; 2] {
    let facts = trained.bundle.facts();
    let of = |report: &Report| {
        let of = &report.weighted_average;
        [report.accuracy, of.f1, of.precision, of.recall].map(|score| score * 100.0)
    };
    [of(&facts.test.as_ref().unwrap_or(&facts.train).report), of(&facts.train.report)]
}

/// The best that a search finds in the rows to train with, judged by the others.
fn search(rows: &Dataset, minutes: u64) -> Result<(), Box<dyn Error>> {
    let split = Split::stratified(SEED);
    let trainer = |recipe: Recipe| {
        Trainer::new([recipe]).split(split.clone()).test_share(TEST).threads(threads())
    };
    let (train, test) = trainer(Recipe::default()).parts(rows)?;
    let started = Instant::now();
    let clock = || started.elapsed();
    let cross = CrossValidation::new(split.clone(), FOLDS).threads(threads());
    let contenders: Result<Vec<_>, _> = Recipe::all().into_iter().map(Contender::usual).collect();
    let search = Search::new(cross).seed(SEED).clock(&clock);
    let search = search.budget(Duration::from_secs(minutes * 60));
    let found = search.of(&Contender::in_turn(contenders?), &train)?;
    println!(
        "{} trials in {:.0} s, {:?}.\n",
        found.trials.len(),
        clock().as_secs_f64(),
        found.ended
    );
    println!("| learner | macro-F1 in folds | settings |\n|---|---|---|");
    for trial in found.trials.iter().take(10) {
        let said = trial.settings.iter().map(|(name, value)| format!("{name}={value}"));
        let said = said.collect::<Vec<_>>().join(" ");
        println!("| {} | {:.4} | {said} |", trial.recipe.name(), trial.mean());
    }
    let failed = found.left_out.iter().filter_map(|left| match &left.why {
        Why::Failed(error) => Some((left.recipe.name(), error)),
        _ => None,
    });
    failed.for_each(|(name, error)| println!("{name}: {error}"));
    println!("\nOn the rows held back, in per cent, weighted by classes:\n");
    println!("| model | accuracy | F1 | precision | recall |\n|---|---|---|---|---|");
    let best = trainer(found.best()?.recipe.clone());
    println!("| the best that was found | {} |", held(&best.train_on(&train, test.as_ref())?));
    for forest in THEIRS.iter().filter(|theirs| theirs.name.starts_with("forest")) {
        let trainer = forest.prepared(trainer(forest.recipe()?));
        println!("| {} | {} |", forest.name, held(&trainer.train_on(&train, test.as_ref())?));
    }
    Ok(())
}

/// The scores of the rows to test with, in a line of a table.
fn held(trained: &Trained) -> String {
    scores(trained)[0].map(|score| format!("{score:.2}")).join(" | ")
}

fn threads() -> usize {
    available_parallelism().map_or(1, Into::into)
}
