//! Runs fuzz targets over seeded mutations of their corpora, without a coverage tool.
//!
//! `mutate --target packet --inputs 10000000 --seed 1` says how many inputs a second it ran. An input
//! that breaks a law, or that takes longer than a second, is written to a file, and the program fails.

// A program speaks through its output.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use netsift_fuzz_bodies::mutation::Mutator;
use netsift_fuzz_bodies::{TARGETS, Target};

/// An input that takes longer hangs: the slowest honest ones take a few milliseconds. It is the processor's time, where the
/// system tells it, for a busy machine may let a program wait for seconds; by the clock it may be so many times as long.
const PATIENCE: Duration = Duration::from_secs(1);
const WAITING: u32 = 60;
/// How many inputs pass between two looks at the clock.
const BETWEEN_LOOKS: u64 = 256;
const USAGE: &str = "usage: mutate --target NAME|all [--inputs N] [--seed N] [--seconds N]
       mutate --target NAME --file PATH
  --target   which target to run, or all of them one after the other
  --inputs   how many inputs each gets (default 200000)
  --seed     which inputs those are (default 1)
  --seconds  ends each target's run after this time, whatever is left to do
  --file     runs this one input, as it was written when it failed";

fn main() -> ExitCode {
    let wish = match Wish::of(std::env::args().skip(1)) {
        Ok(wish) => wish,
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let outcome = wish.targets.iter().try_for_each(|target| match &wish.file {
        Some(path) => run_file(target, path),
        None => run(target, &wish),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

struct Wish {
    targets: Vec<&'static Target>,
    inputs: u64,
    seed: u64,
    limit: Duration,
    file: Option<PathBuf>,
}

impl Wish {
    fn of(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut wish = Self {
            targets: Vec::new(),
            inputs: 200_000,
            seed: 1,
            limit: Duration::MAX,
            file: None,
        };
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--target" => wish.targets = targets(&value)?,
                "--inputs" => wish.inputs = number(&name, &value)?,
                "--seed" => wish.seed = number(&name, &value)?,
                "--seconds" => wish.limit = Duration::from_secs(number(&name, &value)?),
                "--file" => wish.file = Some(value.into()),
                _ => return Err(format!("{name} is not an option")),
            }
        }
        if wish.targets.is_empty() { Err("--target is missing".into()) } else { Ok(wish) }
    }
}

fn targets(name: &str) -> Result<Vec<&'static Target>, String> {
    if name == "all" {
        return Ok(TARGETS.iter().collect());
    }
    let known = TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
    let target = Target::named(name);
    target.map(|target| vec![target]).ok_or_else(|| format!("{name} is not among {known}"))
}

fn number<N: FromStr>(name: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|_| format!("{name} takes a number, not {value}"))
}

fn run_file(target: &Target, path: &PathBuf) -> Result<(), String> {
    let input = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    (target.body)(&input);
    println!("{}: {} holds", target.name, path.display());
    Ok(())
}

fn run(target: &'static Target, wish: &Wish) -> Result<(), String> {
    let corpus =
        target.corpus().map_err(|error| format!("the corpus of {}: {error}", target.name))?;
    let files = corpus.len();
    let mutator = Arc::new(Mutator::new(corpus, wish.seed));
    let current = watched(target, Arc::clone(&mutator));
    let (start, mut input, mut number) = (Instant::now(), Vec::new(), 0);
    while number < wish.inputs {
        if number % BETWEEN_LOOKS == 0 && start.elapsed() >= wish.limit {
            break;
        }
        current.store(number, Ordering::Relaxed);
        mutator.make(number, &mut input);
        if catch_unwind(AssertUnwindSafe(|| (target.body)(&input))).is_err() {
            let kept = keep(target, &mutator, number);
            return Err(format!("{}: input {number} breaks a law; {kept}", target.name));
        }
        number += 1;
    }
    current.store(DONE, Ordering::Relaxed);
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{}: {number} inputs of seed {} out of {files} files in {seconds:.1} s, {:.0} a second",
        target.name,
        wish.seed,
        number as f64 / seconds.max(1e-9)
    );
    Ok(())
}

/// No input has this number.
const DONE: u64 = u64::MAX;

/// Starts a thread that ends the program when one input takes too long, and gives it the number to
/// watch. It makes the input anew: that hangs on its number alone.
fn watched(target: &'static Target, mutator: Arc<Mutator>) -> Arc<AtomicU64> {
    let current = Arc::new(AtomicU64::new(0));
    let watching = Arc::clone(&current);
    thread::spawn(move || {
        let (mut last, mut since, mut before) = (0, Instant::now(), worked());
        while last != DONE {
            thread::sleep(PATIENCE / 10);
            let now = watching.load(Ordering::Relaxed);
            if now != last {
                (last, since, before) = (now, Instant::now(), worked());
                continue;
            }
            let work = worked().zip(before).map(|(after, before)| after.saturating_sub(before));
            let is_waiting = since.elapsed() > PATIENCE * WAITING;
            if is_waiting || work.unwrap_or_else(|| since.elapsed()) > PATIENCE {
                let kept = keep(target, &mutator, now);
                eprintln!("{}: input {now} takes longer than {PATIENCE:?}; {kept}", target.name);
                std::process::exit(3);
            }
        }
    });
    current
}

/// The processor's time that this program has had, where the system tells it in a file: in hundredths of a second, behind the
/// program's name, which may hold anything.
fn worked() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, told) = told.rsplit_once(')')?;
    let own = told.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().ok());
    Some(Duration::from_millis(own.sum::<Option<u64>>()? * 10))
}

/// Writes a failing input to a file, and says where and how to run it again.
fn keep(target: &Target, mutator: &Mutator, number: u64) -> String {
    let mut input = Vec::new();
    mutator.make(number, &mut input);
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../artifacts"));
    let path = folder.join(format!("{}-{number}", target.name));
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, &input));
    match written {
        Ok(()) => format!("again with --target {} --file {}", target.name, path.display()),
        Err(error) => {
            format!("it cannot be written to {}: {error}; it is {input:02x?}", path.display())
        }
    }
}
