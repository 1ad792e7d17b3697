//! CSV to a matrix, in turns with others: `tables [--rounds N] [--rows N] [--peers PYTHON]` prints tables for the record.
//!
//! PYTHON is one that has what `peers/requirements_tables.txt` says. Each reads the same file, which a seed makes; their
//! matrices are compared before anything is timed.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use netsift_benches::duel::{median, processor_time};
use netsift_data::{Dataset, TableReader};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use serde_json::Value;

const ROUNDS: usize = 5;
const ROWS: usize = 500_000;
const COLUMNS: usize = 80;
const SEED: u64 = 20_261_121;
/// pandas rounds some numbers otherwise than the nearest double, so only its sum is compared.
const SAME_SUM: f64 = 1e-9;

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::of(std::env::args_os().skip(1))?;
    let folder = tempfile::tempdir()?;
    let csv = folder.path().join("flows.csv");
    let bytes = make(&csv, asked.rows)?;
    println!("{} rows of {COLUMNS} columns, {} MB\n", asked.rows, bytes / 1_000_000);
    let answer = Answer::of(&read(&csv, 1)?);
    if Answer::of(&read(&csv, 2)?) != answer {
        return Err("two threads read another matrix than one".into());
    }
    threads(&csv, asked.rounds)?;
    match &asked.peers {
        Some(python) => peers(&csv, python, asked.rounds, &answer),
        None => Ok(()),
    }
}

struct Asked {
    peers: Option<PathBuf>,
    rounds: usize,
    rows: usize,
}

impl Asked {
    fn of(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, Box<dyn Error>> {
        let mut asked = Self { peers: None, rounds: ROUNDS, rows: ROWS };
        while let Some(argument) = arguments.next() {
            let value = arguments.next().ok_or("every option has a value")?;
            let number = || value.to_string_lossy().parse::<usize>().map(|number| number.max(1));
            match argument.to_str() {
                Some("--rounds") => asked.rounds = number()?,
                Some("--rows") => asked.rows = number()?,
                Some("--peers") => asked.peers = Some(value.into()),
                _ => return Err(format!("what is {}?", argument.display()).into()),
            }
        }
        Ok(asked)
    }
}

/// What all must agree on: the shape, and the bits of all numbers in whatever order.
#[derive(Debug, PartialEq)]
struct Answer {
    rows: usize,
    columns: usize,
    bits: u64,
    sum: f64,
}

impl Answer {
    fn of(dataset: &Dataset) -> Self {
        let matrix = dataset.matrix();
        let bits = matrix.iter().fold(0u64, |sum, cell| sum.wrapping_add(cell.to_bits()));
        Self { rows: matrix.nrows(), columns: matrix.ncols(), bits, sum: matrix.sum() }
    }
}

fn read(csv: &Path, threads: usize) -> Result<Dataset, Box<dyn Error>> {
    Ok(TableReader::new().threads(threads).read_path(csv)?.0)
}

/// One thread and two take turns, by the clock on the wall.
fn threads(csv: &Path, rounds: usize) -> Result<(), Box<dyn Error>> {
    let mut walls = Vec::new();
    for _ in 0..rounds {
        walls.push((wall(|| read(csv, 1))?, wall(|| read(csv, 2))?));
    }
    println!("| s on the wall, one thread | two | ratio |\n|---|---|---|");
    println!(
        "| {:.2} | {:.2} | {:.2} |\n",
        median(walls.iter().map(|walls| walls.0)),
        median(walls.iter().map(|walls| walls.1)),
        median(walls.iter().map(|walls| walls.0 / walls.1)),
    );
    Ok(())
}

fn wall<T>(work: impl FnOnce() -> Result<T, Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    let made = work()?;
    let seconds = start.elapsed().as_secs_f64();
    drop(made);
    Ok(seconds)
}

/// All take turns on one thread, by the time on the processor.
fn peers(csv: &Path, python: &Path, rounds: usize, answer: &Answer) -> Result<(), Box<dyn Error>> {
    const PEERS: [&str; 2] = ["polars", "pandas"];
    let mut seconds = vec![Vec::new(); PEERS.len()];
    let mut ours = Vec::new();
    let mut versions = Vec::new();
    for round in 0..=rounds {
        let mut dataset = None;
        let own = processor_time(&mut || dataset = read(csv, 1).ok());
        drop(dataset);
        for (peer, seconds) in PEERS.iter().zip(&mut seconds) {
            let told = run(python, peer, csv)?;
            if round == 0 {
                compare(peer, &told, answer)?;
                versions.push(format!("{peer} {}", told["version"].as_str().unwrap_or("?")));
            } else {
                seconds.push(told["seconds"].as_f64().ok_or("no time was told")?);
            }
        }
        if round > 0 {
            ours.push(own.as_secs_f64());
        }
    }
    println!("| CSV to a matrix, one thread | s of processor time | of ours |\n|---|---|---|");
    println!("| netsift | {:.2} | 1.00 |", median(ours.iter().copied()));
    for (version, seconds) in versions.iter().zip(&seconds) {
        let ratio = median(seconds.iter().zip(&ours).map(|(theirs, ours)| theirs / ours));
        println!("| {version} | {:.2} | {ratio:.2} |", median(seconds.iter().copied()));
    }
    Ok(())
}

fn run(python: &Path, peer: &str, csv: &Path) -> Result<Value, Box<dyn Error>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/tables.py");
    let mut command = Command::new(python);
    let output = command.arg(script).arg(peer).arg(csv).env("POLARS_MAX_THREADS", "1").output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn compare(peer: &str, told: &Value, ours: &Answer) -> Result<(), Box<dyn Error>> {
    let is_shape = told["rows"] == ours.rows && told["columns"] == ours.columns;
    let sum = told["sum"].as_f64().unwrap_or(f64::NAN);
    let is_near = ((sum - ours.sum) / ours.sum).abs() < SAME_SUM;
    let is_exact = told["bits"].as_u64() == Some(ours.bits);
    if is_shape && is_near && (is_exact || peer == "pandas") {
        return Ok(());
    }
    Err(format!("{peer} reads {told}, but we read {ours:?}").into())
}

/// What columns of flow tables hold: counts that are often 0, times in microseconds, means and deviations, rates.
fn make(path: &Path, rows: usize) -> Result<u64, Box<dyn Error>> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let names: Vec<String> = (0..COLUMNS).map(|column| format!("feature {column}")).collect();
    writeln!(out, "{}", names.join(","))?;
    let mut row = String::new();
    for _ in 0..rows {
        row.clear();
        for column in 0..COLUMNS {
            let bits = random.next_u64();
            let separator = if column == 0 { "" } else { "," };
            match column % 8 {
                0..=2 => write!(row, "{separator}{}", if bits % 3 == 0 { 0 } else { bits >> 54 }),
                3 => write!(row, "{separator}{}", bits >> 40),
                4 => write!(row, "{separator}{}", (bits >> 46) as f64 / 100.0),
                5 => write!(row, "{separator}{}", (bits >> 44) as f64 / 64.0),
                6 => write!(row, "{separator}{}", (bits >> 11) as f64 / (1u64 << 40) as f64),
                _ => write!(row, "{separator}{}", (bits >> 33) as f64 / 3.0),
            }?;
        }
        row.push('\n');
        out.write_all(row.as_bytes())?;
    }
    out.flush()?;
    Ok(path.metadata()?.len())
}
