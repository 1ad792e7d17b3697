//! The zoo beside scikit-learn and xgboost, on the same rows: `zoo accuracy|speed|explain --peers PYTHON --data FOLDER
//! [--seeds N] [--tasks A,B] [--models A,B]` prints tables for the record. `explain` stands beside the package shap.
//!
//! PYTHON is one that has what `peers/requirements_zoo.txt` says; FOLDER holds the tables that `tasks` names. Every
//! round's matrices are made once and given to both sides, and the same judge compares what both say of the held rows.
//! Times are seconds on the wall, since with two threads nothing else counts; both sides take turns.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Instant;

use ndarray::{Array2, Axis};
use netsift_benches::asked::Asked;
use netsift_benches::duel::median;
use netsift_benches::explained;
use netsift_benches::peer::{self, mean, standard_error};
use netsift_benches::tasks::{Round, TASKS, Task, synthetic};
use netsift_data::split::{Shares, Split};
use netsift_data::{Dataset, Labels};
use netsift_metrics::{Average, Confusion, log_loss};
use netsift_models::{Classifier, Learner, Model, Recipe, Training, in_parallel};

/// How often both sides are timed, each time on another split.
const TURNS: u64 = 3;
/// So many rows are asked about one by one.
const SINGLE: usize = 200;
/// All who boost trees; trees, depth, rate and bins are those that the zoo has by default.
const BOOSTERS: [&str; 3] = ["gradient-boosting", "lightgbm", "histogram-boosting"];
/// Kernels and stacks are slow on both sides, so both get no more rows to learn from.
const FEW_ROWS: usize = 20_000;
const SLOW: [&str; 2] = ["svm", "stacking"];
/// What is said of how near two cells are means something on one scale only.
const SCALED: [&str; 7] = [
    "knn",
    "linear-svm",
    "svm",
    "logistic-regression",
    "bernoulli-naive-bayes",
    "voting",
    "stacking",
];
const MODELS: [&str; 13] = [
    "dummy",
    "decision-tree",
    "random-forest",
    "extra-trees",
    "gradient-boosting",
    "knn",
    "linear-svm",
    "svm",
    "logistic-regression",
    "naive-bayes",
    "bernoulli-naive-bayes",
    "voting",
    "stacking",
];
/// By how much accuracy and macro-F1 may be lower: this or two standard errors, but never more than the second.
const ALLOWED: [(f64, f64); 2] = [(0.003, 0.01), (0.01, 0.03)];

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::of(std::env::args_os().skip(1), "--models", MODELS)?;
    match asked.what.as_str() {
        "accuracy" => accuracy(&asked),
        "speed" => speed(&asked),
        "explain" => explain(&asked),
        other => Err(format!("what is {other}? accuracy, speed or explain").into()),
    }
}

fn tasks(asked: &Asked) -> impl Iterator<Item = &'static Task> {
    TASKS.iter().filter(|task| asked.is_asked(task.name))
}

/// What one side says of one round, and in how many seconds.
struct Said {
    /// Accuracy and macro-F1.
    scores: [f64; 2],
    /// The log loss on the held rows, if it tells probabilities.
    loss: Option<f64>,
    fit: f64,
    predict: f64,
    /// One row by itself.
    one: f64,
}

/// Accuracy and macro-F1 of both sides, over several splits.
fn accuracy(asked: &Asked) -> Result<(), Box<dyn Error>> {
    println!(
        "| task | model | accuracy | theirs | less by | allowed | macro-F1 | theirs | less by | allowed | |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for task in tasks(asked) {
        let rows = task.rows(&asked.data)?;
        let rounds: Vec<Round> =
            (0..asked.seeds).map(|seed| task.round(&rows, seed)).collect::<Result<_, _>>()?;
        for model in &asked.chosen {
            let mut pairs = Vec::new();
            for (seed, round) in (0..).zip(&rounds) {
                let [training, judged] = rows_for(model, round)?;
                let ours = ours(model, seed, 1, &training, &judged)?;
                pairs.push((ours, theirs(asked, model, seed, 1, &training, &judged)?));
            }
            println!("{}", line(task.name, model, &pairs));
        }
    }
    Ok(())
}

fn line(task: &str, model: &str, pairs: &[(Said, Said)]) -> String {
    let mut cells = format!("| {task} | {model} |");
    let mut holds = true;
    for (score, (small, most)) in ALLOWED.iter().enumerate() {
        let ours = mean(pairs.iter().map(|(ours, _)| ours.scores[score]));
        let theirs = mean(pairs.iter().map(|(_, theirs)| theirs.scores[score]));
        let less: Vec<f64> =
            pairs.iter().map(|(ours, theirs)| theirs.scores[score] - ours.scores[score]).collect();
        let allowed = small.max(2.0 * standard_error(&less)).min(*most);
        let less = mean(less.iter().copied());
        holds &= less <= allowed;
        cells += &format!(" {ours:.4} | {theirs:.4} | {less:.4} | {allowed:.4} |");
    }
    cells + if holds { " |" } else { " missed |" }
}

/// Seconds of both sides with one thread and two, in turns.
fn speed(asked: &Asked) -> Result<(), Box<dyn Error>> {
    let timed = ["firewall", "cicids 16 classes"];
    let mut rounds = Vec::new();
    if asked.is_asked("synthetic") {
        let turns = (0..TURNS).map(synthetic).collect::<Result<Vec<_>, _>>()?;
        rounds.push(("synthetic", turns));
    }
    for task in tasks(asked).filter(|task| timed.contains(&task.name)) {
        let rows = task.rows(&asked.data)?;
        let turns =
            (0..TURNS).map(|seed| task.round(&rows, seed)).collect::<Result<Vec<_>, _>>()?;
        rounds.push((task.name, turns));
    }
    println!(
        "| rows | model | threads | fit, s | theirs | of ours | predict, s | theirs | of ours | one row, us | theirs | of ours | log loss | theirs | of ours |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for (name, turns) in &rounds {
        for model in &asked.chosen {
            for threads in [1, 2] {
                compare(asked, name, model, threads, turns)?;
            }
        }
    }
    Ok(())
}

/// What each column contributes to what a forest says, of both sides in turns.
fn explain(asked: &Asked) -> Result<(), Box<dyn Error>> {
    println!("{}", explained::HEADING);
    for task in tasks(asked) {
        // What scikit-learn keeps of cells, both sides get.
        let exact = |rows: &Dataset| {
            let cells = rows.matrix().mapv(|cell| f64::from(cell as f32));
            rows.with_matrix(rows.schema().clone(), cells)
        };
        let [training, judged] = &task.round(&task.rows(&asked.data)?, 0)?.raw;
        let [training, judged] = [exact(training)?, exact(judged)?];
        let folder = tempfile::tempdir()?;
        write(folder.path(), "train", &training)?;
        write(folder.path(), "test", &judged)?;
        let line = explained::compare(&asked.peers, folder.path(), task.name, judged.matrix())?;
        println!("{line}");
    }
    Ok(())
}

fn compare(
    asked: &Asked,
    rows: &str,
    model: &str,
    threads: usize,
    turns: &[Round],
) -> Result<(), Box<dyn Error>> {
    let peers: &[&str] = if model == "gradient-boosting" { &BOOSTERS } else { &[model] };
    let mut own = Vec::new();
    let mut others: Vec<Vec<Said>> = peers.iter().map(|_| Vec::new()).collect();
    for (seed, round) in (0..).zip(turns) {
        let [training, judged] = rows_for(model, round)?;
        own.push(ours(model, seed, threads, &training, &judged)?);
        for (peer, others) in peers.iter().zip(&mut others) {
            others.push(theirs(asked, peer, seed, threads, &training, &judged)?);
        }
    }
    for (peer, others) in peers.iter().zip(&others) {
        let mut line = format!("| {rows} | {model} beside {peer} | {threads} |");
        for (seconds, unit) in TIMES {
            let time = |said: &[Said]| median(said.iter().map(seconds));
            let ratio =
                median(own.iter().zip(others).map(|(own, other)| seconds(other) / seconds(own)));
            line +=
                &format!(" {:.3} | {:.3} | {ratio:.2} |", time(&own) * unit, time(others) * unit);
        }
        println!("{line}{}", losses(&own, others));
    }
    Ok(())
}

/// Mean log losses of both sides, if both tell probabilities.
fn losses(ours: &[Said], theirs: &[Said]) -> String {
    let loss = |said: &[Said]| {
        let losses: Option<Vec<f64>> = said.iter().map(|said| said.loss).collect();
        losses.map(|losses| mean(losses.iter().copied()))
    };
    match (loss(ours), loss(theirs)) {
        (Some(ours), Some(theirs)) => format!(" {ours:.5} | {theirs:.5} | {:.3} |", theirs / ours),
        _ => " | | |".to_owned(),
    }
}

type Clock = fn(&Said) -> f64;

/// What is timed, and in which part of a second it is told.
const TIMES: [(Clock, f64); 3] =
    [(|said| said.fit, 1.0), (|said| said.predict, 1.0), (|said| said.one, 1e6)];

/// What both sides get to learn from, and what they are judged by.
fn rows_for(model: &str, round: &Round) -> Result<[Dataset; 2], Box<dyn Error>> {
    let [training, judged] = if SCALED.contains(&model) { &round.scaled } else { &round.raw };
    let training = if SLOW.contains(&model) && training.rows() > FEW_ROWS {
        // Of every class its share: tables are in order of their classes.
        let share = FEW_ROWS as f64 / training.rows() as f64;
        let few = Split::stratified(0).allow_rare(true).parts(training, Shares::test(share)?)?;
        training.select(&few.test)?
    } else {
        training.clone()
    };
    Ok([training, judged.clone()])
}

fn ours(
    model: &str,
    seed: u64,
    threads: usize,
    training: &Dataset,
    judged: &Dataset,
) -> Result<Said, Box<dyn Error>> {
    let mut recipe = Recipe::named(model)?;
    if recipe.told().iter().any(|(name, _)| *name == "seed") {
        recipe.set("seed", &seed.to_string())?;
    }
    if recipe.told().iter().any(|(name, _)| *name == "probabilities") {
        // The other side's machines tell none unless asked, which takes five more fits.
        recipe.set("probabilities", "false")?;
    }
    let start = Instant::now();
    let fitted: Model = recipe.fit(&Training::of(training)?.threads(threads))?;
    let fit = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let guess = in_parallel(judged.matrix(), threads, |part| fitted.predict(part))?;
    let predict = start.elapsed().as_secs_f64();
    let singles = judged.matrix().as_standard_layout().into_owned();
    let start = Instant::now();
    for row in singles.axis_chunks_iter(Axis(0), 1).take(SINGLE) {
        fitted.predict(row)?;
    }
    let one = start.elapsed().as_secs_f64() / SINGLE as f64;
    let scores = judge(judged, guess.as_slice().unwrap_or_default())?;
    let loss = loss(judged, &fitted.probabilities(judged.matrix())?)?;
    Ok(Said { scores, loss: Some(loss), fit, predict, one })
}

/// Accuracy and macro-F1, over the classes that truth or guess name.
fn judge(judged: &Dataset, guess: &[u32]) -> Result<[f64; 2], Box<dyn Error>> {
    let truth = judged.labels().map(Labels::numbers).ok_or("no labels")?.to_vec();
    let confusion = Confusion::of(&truth, guess)?;
    Ok([confusion.accuracy(), confusion.f1(Average::Macro)])
}

/// The log loss of what was told of each class of each row; means of many may be above 1 by a rounding.
fn loss(judged: &Dataset, told: &Array2<f64>) -> Result<f64, Box<dyn Error>> {
    let truth = judged.labels().map(Labels::numbers).ok_or("no labels")?.to_vec();
    Ok(log_loss(&truth, told.mapv(|share| share.clamp(0.0, 1.0)).view(), None)?)
}

/// The other side, asked in a process of its own.
fn theirs(
    asked: &Asked,
    model: &str,
    seed: u64,
    threads: usize,
    training: &Dataset,
    judged: &Dataset,
) -> Result<Said, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    write(folder.path(), "train", training)?;
    write(folder.path(), "test", judged)?;
    let facts = [seed as usize, training.width(), classes(judged)?, threads, SINGLE];
    let facts = facts.map(|number| number.to_string().into());
    let arguments = [folder.path().into(), OsString::from(model)].into_iter().chain(facts);
    let told = peer::ask(&asked.peers, "zoo.py", arguments, threads)?;
    let guess = fs::read(folder.path().join("guess.u32"))?;
    let (guess, _) = guess.as_chunks::<4>();
    let guess: Vec<u32> = guess.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
    let seconds = |name: &str| told[name].as_f64().ok_or("no time was told");
    Ok(Said {
        scores: judge(judged, &guess)?,
        loss: probabilities(folder.path(), judged)?.map(|told| loss(judged, &told)).transpose()?,
        fit: seconds("fit")?,
        predict: seconds("predict")?,
        one: seconds("one")?,
    })
}

/// What the other side says of each class of each row, if it says any such thing.
fn probabilities(folder: &Path, judged: &Dataset) -> Result<Option<Array2<f64>>, Box<dyn Error>> {
    let path = folder.join("told.f64");
    if !path.exists() {
        return Ok(None);
    }
    let told = peer::read_numbers(&path)?;
    Ok(Some(Array2::from_shape_vec((judged.rows(), classes(judged)?), told)?))
}

fn classes(rows: &Dataset) -> Result<usize, Box<dyn Error>> {
    Ok(rows.labels().map(|labels| labels.classes().len()).ok_or("no labels")?)
}

/// Rows and their classes as numbers that any language reads.
fn write(folder: &Path, part: &str, rows: &Dataset) -> Result<(), Box<dyn Error>> {
    peer::write_rows(&folder.join(format!("{part}.f64")), rows.matrix())?;
    let labels = rows.labels().map(Labels::numbers).ok_or("no labels")?;
    let labels = labels.iter().flat_map(|label| label.to_le_bytes()).collect::<Vec<u8>>();
    fs::write(folder.join(format!("{part}.u32")), labels)?;
    Ok(())
}
