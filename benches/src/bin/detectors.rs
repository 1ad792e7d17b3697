//! The detectors beside scikit-learn's, pyod's and isotree's, on the same rows: `detectors accuracy|speed --peers PYTHON
//! --data FOLDER [--seeds N] [--tasks A,B] [--detectors A,B]` prints tables for the record.
//!
//! PYTHON is one that has what `peers/requirements_detectors.txt` says; FOLDER holds the tables that `tasks` names. Both
//! sides learn from the same usual rows and the same judge compares how strange they find the others. Times are seconds
//! on the wall; both sides take turns.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::ffi::OsString;
use std::time::Instant;

use ndarray::Axis;
use netsift_benches::asked::Asked;
use netsift_benches::duel::median;
use netsift_benches::hunts::{Field, HUNTS, Hunt};
use netsift_benches::peer::{self, mean, standard_error};
use netsift_benches::tasks::{Round, synthetic};
use netsift_data::Dataset;
use netsift_metrics::AnomalyScores;
use netsift_models::{Detector, DetectorRecipe, Needs, Observer, Sample, in_parallel};

/// How often both sides are timed.
const TURNS: u64 = 3;
/// So many rows are asked about one by one.
const SINGLE: usize = 50;
/// Neighbours and kernels are slow on both sides, so both get no more rows to learn from.
const FEW_ROWS: usize = 10_000;
const SLOW: [&str; 3] = ["lof", "knn-distance", "one-class-svm"];
/// Learning is timed with the scores of the rows learned where the other side tells them by learning.
const SCORES_ITS_OWN: [&str; 4] = ["lof", "knn-distance", "hbos", "ecod"];
/// The other side counts rows that are asked about together as learned, and so is asked about few at once where it is judged:
/// else attacks would be what is usual.
const SEES_OTHERS: [&str; 1] = ["ecod"];
const FEW_OTHERS: usize = 25;
const ALL: usize = 0;
/// Settings that differ from the other side's, made as theirs are.
const AS_THEIRS: [(&str, &str, &str); 1] = [("hbos", "heights", "density")];
/// Nobody else's takes whole tables and tells scores like these.
const PEERLESS: [&str; 1] = ["half-space-trees"];
/// By how much the area and the precision may be lower: this or two standard errors.
const ALLOWED: f64 = 0.01;

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::of(std::env::args_os().skip(1), "--detectors", DetectorRecipe::names())?;
    match asked.what.as_str() {
        "accuracy" => accuracy(&asked),
        "speed" => speed(&asked),
        other => Err(format!("what is {other}? accuracy or speed").into()),
    }
}

fn hunts(asked: &Asked) -> impl Iterator<Item = &'static Hunt> {
    HUNTS.iter().filter(|hunt| asked.is_asked(hunt.task))
}

/// What one side says of one field, and in how many seconds.
struct Said {
    scores: Vec<f64>,
    fit: f64,
    score: f64,
    /// One row by itself.
    one: f64,
}

/// Areas under the curve and precisions of both sides, over several choices of usual rows.
fn accuracy(asked: &Asked) -> Result<(), Box<dyn Error>> {
    println!(
        "| task | anomalies | detector | ROC area | theirs | less by | allowed | precision at n | theirs | less by | allowed | |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for hunt in hunts(asked) {
        let rows = hunt.rows(&asked.data)?;
        let fields: Vec<Field> =
            (0..asked.seeds).map(|seed| hunt.field(&rows, seed)).collect::<Result<_, _>>()?;
        for name in &asked.chosen {
            let at_once = if SEES_OTHERS.contains(&name.as_str()) { FEW_OTHERS } else { ALL };
            let mut pairs = Vec::new();
            for (seed, field) in (0..).zip(&fields) {
                let [training, judged] = rows_for(name, &field.round)?;
                let ours = ours(name, seed, 1, &training, &judged)?;
                pairs.push((ours, theirs(asked, name, seed, 1, [&training, &judged], at_once)?));
            }
            for kind in 0..fields.first().map_or(0, |field| field.kinds.len()) {
                println!("{}", line(hunt.task, name, &fields, kind, &pairs)?);
            }
        }
    }
    Ok(())
}

fn line(
    task: &str,
    name: &str,
    fields: &[Field],
    kind: usize,
    pairs: &[(Said, Option<Said>)],
) -> Result<String, Box<dyn Error>> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (field, (own, other)) in fields.iter().zip(pairs) {
        ours.push(judge(field, kind, &own.scores)?);
        if let Some(other) = other {
            theirs.push(judge(field, kind, &other.scores)?);
        }
    }
    let anomalies = fields.first().and_then(|field| field.kinds.get(kind));
    let anomalies = anomalies.map_or("", |(anomalies, _)| anomalies);
    let mut cells = format!("| {task} | {anomalies} | {name} |");
    let mut holds = true;
    for what in 0..2 {
        let of = |told: &[[f64; 2]]| mean(told.iter().map(|told| told[what]));
        if theirs.is_empty() {
            cells += &format!(" {:.4} | | | |", of(&ours));
            continue;
        }
        let less: Vec<f64> =
            ours.iter().zip(&theirs).map(|(own, other)| other[what] - own[what]).collect();
        let allowed = ALLOWED.max(2.0 * standard_error(&less));
        let less = mean(less.iter().copied());
        holds &= less <= allowed;
        cells += &format!(" {:.4} | {:.4} | {less:.4} | {allowed:.4} |", of(&ours), of(&theirs));
    }
    Ok(cells + if holds { " |" } else { " missed |" })
}

/// The area under the curve, and the precision among as many rows as there are anomalies: of one kind among usual rows.
fn judge(field: &Field, kind: usize, scores: &[f64]) -> Result<[f64; 2], Box<dyn Error>> {
    let anomalies = field.kinds.get(kind).map_or(&[][..], |(_, places)| places);
    let places: Vec<usize> = (0..field.usual).chain(anomalies.iter().copied()).collect();
    let is_anomaly: Vec<bool> = places.iter().map(|&place| place >= field.usual).collect();
    let told: Option<Vec<f64>> = places.iter().map(|&place| scores.get(place).copied()).collect();
    let told = AnomalyScores::of(&is_anomaly, &told.ok_or("a score for each row")?, None)?;
    Ok([told.roc_area().ok_or("usual rows and anomalies")?, told.precision_at(anomalies.len())?])
}

/// Seconds of both sides with one thread and two, in turns.
fn speed(asked: &Asked) -> Result<(), Box<dyn Error>> {
    let mut rounds = Vec::new();
    for hunt in hunts(asked) {
        rounds.push((hunt.task, hunt.field(&hunt.rows(&asked.data)?, 0)?.round));
    }
    if asked.is_asked("synthetic") {
        rounds.push(("synthetic", synthetic(0)?));
    }
    println!(
        "| rows | detector | threads | fit, s | theirs | of ours | scores, s | theirs | of ours | one row, us | theirs | of ours |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for (rows, round) in &rounds {
        for name in &asked.chosen {
            let [training, judged] = rows_for(name, round)?;
            for threads in [1, 2] {
                let mut turns = Vec::new();
                for seed in 0..TURNS {
                    let own = ours(name, seed, threads, &training, &judged)?;
                    turns.push((
                        own,
                        theirs(asked, name, seed, threads, [&training, &judged], ALL)?,
                    ));
                }
                println!("| {rows} | {name} | {threads} |{}", times(&turns));
            }
        }
    }
    Ok(())
}

type Clock = fn(&Said) -> f64;

/// What is timed, and in which part of a second it is told.
const TIMES: [(Clock, f64); 3] =
    [(|said| said.fit, 1.0), (|said| said.score, 1.0), (|said| said.one, 1e6)];

fn times(turns: &[(Said, Option<Said>)]) -> String {
    let mut line = String::new();
    for (seconds, unit) in TIMES {
        let ours = median(turns.iter().map(|(own, _)| seconds(own))) * unit;
        let pairs = || turns.iter().filter_map(|(own, other)| Some((own, other.as_ref()?)));
        let theirs = median(pairs().map(|(_, other)| seconds(other))) * unit;
        let ratio = median(pairs().map(|(own, other)| seconds(other) / seconds(own)));
        line += &match pairs().next() {
            Some(_) => format!(" {ours:.4} | {theirs:.4} | {ratio:.2} |"),
            None => format!(" {ours:.4} | | |"),
        };
    }
    line
}

/// What both sides get to learn from, and what they are judged by.
fn rows_for(name: &str, round: &Round) -> Result<[Dataset; 2], Box<dyn Error>> {
    let is_scaled = DetectorRecipe::named(name)?.needs() == Needs::Scaled;
    let [training, judged] = if is_scaled { &round.scaled } else { &round.raw };
    let few = if SLOW.contains(&name) { FEW_ROWS } else { usize::MAX };
    Ok([training.slice(0..few.min(training.rows())), judged.clone()])
}

fn ours(
    name: &str,
    seed: u64,
    threads: usize,
    training: &Dataset,
    judged: &Dataset,
) -> Result<Said, Box<dyn Error>> {
    let mut recipe = DetectorRecipe::named(name)?.seeded(seed)?;
    for (_, setting, value) in AS_THEIRS.iter().filter(|(of, ..)| *of == name) {
        recipe.set(setting, value)?;
    }
    let sample = Sample::of(training)?.threads(threads);
    let start = Instant::now();
    let detector = match SCORES_ITS_OWN.contains(&name) {
        true => recipe.fit_scored(&sample)?.0,
        false => recipe.fit(&sample)?,
    };
    let fit = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let scores = in_parallel(judged.matrix(), threads, |part| detector.scores(part))?.to_vec();
    let score = start.elapsed().as_secs_f64();
    let singles = judged.matrix().as_standard_layout().into_owned();
    let start = Instant::now();
    for row in singles.axis_chunks_iter(Axis(0), 1).take(SINGLE) {
        detector.scores(row)?;
    }
    let one = start.elapsed().as_secs_f64() / SINGLE as f64;
    Ok(Said { scores, fit, score, one })
}

/// The other side, asked in a process of its own; nothing where there is none. Its scores are of so many rows at once.
fn theirs(
    asked: &Asked,
    name: &str,
    seed: u64,
    threads: usize,
    [training, judged]: [&Dataset; 2],
    at_once: usize,
) -> Result<Option<Said>, Box<dyn Error>> {
    if PEERLESS.contains(&name) {
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    peer::write_rows(&folder.path().join("train.f64"), training.matrix())?;
    peer::write_rows(&folder.path().join("test.f64"), judged.matrix())?;
    let facts = [seed as usize, training.width(), threads, SINGLE, at_once];
    let facts = facts.map(|number| number.to_string().into());
    let arguments = [folder.path().into(), OsString::from(name)].into_iter().chain(facts);
    let told = peer::ask(&asked.peers, "detectors.py", arguments, threads)?;
    let scores = peer::read_numbers(&folder.path().join("scores.f64"))?;
    let seconds = |name: &str| told[name].as_f64().ok_or("no time was told");
    Ok(Some(Said { scores, fit: seconds("fit")?, score: seconds("score")?, one: seconds("one")? }))
}
