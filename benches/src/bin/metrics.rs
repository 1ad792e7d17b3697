//! Metrics of many rows, in turns with scikit-learn: `metrics [--rows N] [--rounds N] [--peers PYTHON]` prints a
//! table for the record. Every answer is compared before anything is timed.
//!
//! PYTHON is one that has scikit-learn.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::ffi::OsString;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use netsift_benches::duel::{median, processor_time};
use netsift_metrics::{
    Confusion, MetricError, PrecisionRecall, Report, Roc, log_loss_binary, roc_area,
};
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

/// By default a matter of seconds.
const ROWS: usize = 1_000_000;
const ROUNDS: usize = 5;
const CLASSES: u64 = 15;
/// What is faster is repeated, or the system's clock of processor time is too coarse for it.
const SHORTEST: Duration = Duration::from_millis(100);
/// How far two answers of ten million rows may be apart, as a part of the answer: the rival adds plainly.
const TOLERANCE: f64 = 1e-9;

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::of(std::env::args_os().skip(1))?;
    let rows = Rows::draw(asked.rows);
    let mut rival = asked.peers.map(|python| Rival::start(&python, asked.rows)).transpose()?;
    println!("\n### {} rows, ns of processor time a row\n", asked.rows);
    println!("| case | netsift | scikit-learn | ratio |\n|---|---|---|---|");
    for (name, answer) in CASES {
        compare(name, &|| answer(&rows), rival.as_mut(), asked.rounds, asked.rows)?;
    }
    Ok(())
}

struct Asked {
    rows: usize,
    rounds: usize,
    peers: Option<OsString>,
}

impl Asked {
    fn of(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, Box<dyn Error>> {
        let mut asked = Self { rows: ROWS, rounds: ROUNDS, peers: None };
        while let Some(argument) = arguments.next() {
            let value = arguments.next().ok_or("an option without its value")?;
            let number = || value.to_string_lossy().parse::<usize>();
            match argument.to_str() {
                Some("--rows") => asked.rows = number()?.max(2),
                Some("--rounds") => asked.rounds = number()?.max(1),
                Some("--peers") => asked.peers = Some(value),
                _ => return Err("--rows N, --rounds N, --peers PYTHON".into()),
            }
        }
        Ok(asked)
    }
}

/// What is measured: most guesses are right, and scores are as good as they say.
struct Rows {
    truth: Vec<u32>,
    guess: Vec<u32>,
    word_truth: Vec<String>,
    word_guess: Vec<String>,
    positive: Vec<bool>,
    scores: Vec<f64>,
    single: Vec<f32>,
    coarse: Vec<f64>,
    weights: Vec<f64>,
}

impl Rows {
    fn draw(rows: usize) -> Self {
        let draws = |seed: u64| {
            let mut draws = SplitMix64::seed_from_u64(seed);
            (0..rows).map(move |_| draws.next_u64())
        };
        let units = |seed| draws(seed).map(|draw| (draw >> 11) as f64 / (1_u64 << 53) as f64);
        let truth: Vec<_> = draws(1).map(|draw| (draw % CLASSES) as u32).collect();
        let others = draws(2).map(|draw| (draw % CLASSES) as u32);
        let others = truth.iter().zip(others).zip(draws(3));
        let guess: Vec<_> = others
            .map(|((truth, other), draw)| if draw % 8 == 0 { other } else { *truth })
            .collect();
        let words = |codes: &[u32]| codes.iter().map(|code| format!("class {code:02}")).collect();
        let scores: Vec<_> = units(4).collect();
        Self {
            word_truth: words(&truth),
            word_guess: words(&guess),
            truth,
            guess,
            positive: units(5).zip(&scores).map(|(unit, score)| unit < *score).collect(),
            single: scores.iter().map(|score| *score as f32).collect(),
            coarse: scores.iter().map(|score| (score * 1000.0).floor() / 1000.0).collect(),
            weights: units(6).collect(),
            scores,
        }
    }
}

type Case = (&'static str, fn(&Rows) -> Result<Value, MetricError>);

const CASES: [Case; 9] = [
    ("report of codes", |rows| {
        report(&Confusion::of_codes(CLASSES as usize, &rows.truth, &rows.guess, None)?)
    }),
    ("report of words", |rows| report(&Confusion::of(&rows.word_truth, &rows.word_guess)?)),
    ("ROC area", |rows| Ok(json!(roc_area(&rows.positive, &rows.scores, None)?))),
    ("ROC area, f32", |rows| Ok(json!(roc_area(&rows.positive, &rows.single, None)?))),
    ("ROC area, a thousand scores", |rows| {
        Ok(json!(roc_area(&rows.positive, &rows.coarse, None)?))
    }),
    ("ROC area, weighted", |rows| {
        Ok(json!(roc_area(&rows.positive, &rows.scores, Some(&rows.weights))?))
    }),
    ("ROC curve", |rows| {
        let roc = Roc::of(&rows.positive, &rows.scores, None)?;
        Ok(json!(roc.true_positive_rates().iter().sum::<f64>()))
    }),
    ("average precision", |rows| {
        Ok(json!(PrecisionRecall::of(&rows.positive, &rows.scores, None)?.average_precision()))
    }),
    ("log loss", |rows| Ok(json!(log_loss_binary(&rows.positive, &rows.scores, None)?))),
];

fn report<L: std::fmt::Display>(confusion: &Confusion<L>) -> Result<Value, MetricError> {
    let right: f64 = (0..confusion.classes().len()).map(|class| confusion.row(class)[class]).sum();
    Ok(json!([Report::of(confusion)?.table(6)?, right]))
}

/// Both take turns, after a first that does not count but whose answers are compared.
fn compare(
    name: &str,
    answer: &dyn Fn() -> Result<Value, MetricError>,
    mut rival: Option<&mut Rival>,
    rounds: usize,
    rows: usize,
) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let ours = answer()?;
    let repeats = (SHORTEST.as_nanos() / began.elapsed().as_nanos().max(1) + 1) as u32;
    if let Some(rival) = &mut rival {
        let (_, theirs) = rival.ask(name)?;
        if !is_same(&ours, &theirs) {
            return Err(format!("{name}: {ours} is not {theirs}").into());
        }
    }
    let mut times = Vec::new();
    for _ in 0..rounds {
        let mut mine = || (0..repeats).for_each(|_| drop(black_box(answer())));
        let mine = (processor_time(&mut mine) / repeats).as_secs_f64();
        let other = rival.as_mut().map(|rival| rival.ask(name)).transpose()?;
        times.push((mine, other.map_or(f64::NAN, |(seconds, _)| seconds)));
    }
    let nanos = 1e9 / rows as f64;
    println!(
        "| {name} | {:.2} | {:.1} | {:.1} |",
        median(times.iter().map(|times| times.0 * nanos)),
        median(times.iter().map(|times| times.1 * nanos)),
        median(times.iter().map(|times| times.1 / times.0)),
    );
    Ok(())
}

fn is_same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(ours, theirs)| is_same(ours, theirs))
        }
        (Value::String(ours), Value::String(theirs)) => ours == theirs,
        _ => match (ours.as_f64(), theirs.as_f64()) {
            (Some(ours), Some(theirs)) => (ours - theirs).abs() <= TOLERANCE * theirs.abs(),
            _ => false,
        },
    }
}

/// scikit-learn in a program of its own, which keeps its rows from question to question.
struct Rival {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Rival {
    fn start(python: &OsString, rows: usize) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(python);
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/peers/metrics.py")).arg(rows.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let questions = child.stdin.take().ok_or("no questions can be asked")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no answers can be read")?);
        Ok(Self { child, questions, answers })
    }

    fn ask(&mut self, name: &str) -> Result<(f64, Value), Box<dyn Error>> {
        writeln!(self.questions, "{name}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let mut answer: Value = serde_json::from_str(&line)?;
        Ok((answer["seconds"].as_f64().ok_or("no time")?, answer["answer"].take()))
    }
}

impl Drop for Rival {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
