//! Captures to tables by whole programs, in turns: `flow_ratios [--rounds N] [--peers PYTHON] CAPTURE...` prints
//! tables for the record.
//!
//! The programs `netsift` and `flows_flowscope` are those beside this one; PYTHON is one that has nfstream.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use netsift_benches::duel::median;
use netsift_benches::process::{Cost, run};
use netsift_packet::FrameSource;

const ROUNDS: usize = 7;
/// The slowest are not made to run more often than this.
const SLOW_ROUNDS: usize = 3;
/// How many of the programs are our own, to be compared with: those of the promises.
const OURS: usize = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::of(std::env::args_os().skip(1))?;
    let folder = tempfile::tempdir()?;
    let programs = programs(asked.peers.as_deref())?;
    for capture in &asked.captures {
        let case = Case { capture, packets: packets(capture)?, folder: folder.path() };
        case.compare(&programs, asked.rounds)?;
        case.workers(asked.rounds)?;
    }
    Ok(())
}

struct Asked {
    captures: Vec<PathBuf>,
    peers: Option<PathBuf>,
    rounds: usize,
}

impl Asked {
    fn of(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, Box<dyn Error>> {
        let mut asked = Self { captures: Vec::new(), peers: None, rounds: ROUNDS };
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--rounds") => {
                    let rounds = arguments.next().ok_or("how many rounds?")?;
                    asked.rounds = rounds.to_string_lossy().parse::<usize>()?.max(1);
                }
                Some("--peers") => asked.peers = arguments.next().map(Into::into),
                _ => asked.captures.push(argument.into()),
            }
        }
        if asked.captures.is_empty() { Err("which captures?".into()) } else { Ok(asked) }
    }
}

/// A program that turns a capture into a table: the command lacks both.
struct Program {
    name: &'static str,
    path: PathBuf,
    before: Vec<&'static str>,
    between: Vec<&'static str>,
    behind: Vec<&'static str>,
    rounds: usize,
    /// Whether its table has a line of names.
    has_header: bool,
}

fn programs(peers: Option<&Path>) -> Result<Vec<Program>, Box<dyn Error>> {
    let mut programs = vec![
        netsift("netsift, the reference's names", &["--features", "reference"])?,
        netsift("netsift, all features", &["--features", "all"])?,
        netsift("netsift, `cic-fixed`", &["--profile", "cic-fixed"])?,
        Program {
            name: "flowscope 0.22, 48 features, JSON",
            path: beside("flows_flowscope")?,
            before: vec![],
            between: vec![],
            behind: vec![],
            rounds: usize::MAX,
            has_header: false,
        },
    ];
    if let Some(python) = peers {
        programs.push(nfstream("nfstream 6.6, nothing dissected", python, "0"));
        programs.push(nfstream("nfstream 6.6, its default", python, "20"));
    }
    Ok(programs)
}

fn netsift(name: &'static str, options: &[&'static str]) -> Result<Program, Box<dyn Error>> {
    Ok(Program {
        name,
        path: beside("netsift")?,
        before: vec!["extract", "--quiet"],
        between: vec!["-o"],
        behind: options.to_vec(),
        rounds: usize::MAX,
        has_header: true,
    })
}

fn nfstream(name: &'static str, python: &Path, dissections: &'static str) -> Program {
    Program {
        name,
        path: python.to_owned(),
        before: vec![concat!(env!("CARGO_MANIFEST_DIR"), "/peers/flows_nfstream.py")],
        between: vec![],
        behind: vec!["--dissections", dissections],
        rounds: SLOW_ROUNDS,
        has_header: true,
    }
}

impl Program {
    fn run(&self, capture: &Path, out: &Path) -> Result<Cost, Box<dyn Error>> {
        let mut command = Command::new(&self.path);
        command.args(&self.before).arg(capture).args(&self.between).arg(out).args(&self.behind);
        Ok(run(&mut command)?)
    }
}

/// A program that was built into the folder of this one.
fn beside(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let path = std::env::current_exe()?
        .with_file_name(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    let missing = || format!("{} is missing: build it with the same profile", path.display());
    path.is_file().then_some(path.clone()).ok_or_else(|| missing().into())
}

fn packets(capture: &Path) -> Result<u64, Box<dyn Error>> {
    let mut reader = netsift_capture::open(capture)?;
    let mut packets = 0;
    while reader.next_frame()?.is_some() {
        packets += 1;
    }
    Ok(packets)
}

/// A capture, and where its tables go.
struct Case<'a> {
    capture: &'a Path,
    packets: u64,
    folder: &'a Path,
}

impl Case<'_> {
    /// All programs take turns, after a first that does not count but tells how many flows each finds.
    fn compare(&self, programs: &[Program], rounds: usize) -> Result<(), Box<dyn Error>> {
        let out = self.folder.join("flows");
        let mut flows = Vec::new();
        for program in programs {
            program.run(self.capture, &out)?;
            flows.push(lines(&out)? - u64::from(program.has_header));
        }
        let mut costs = vec![Vec::new(); programs.len()];
        for round in 0..rounds {
            for (program, costs) in programs.iter().zip(&mut costs) {
                if round < program.rounds {
                    costs.push(program.run(self.capture, &out)?.processor.as_secs_f64());
                }
            }
        }
        self.print(programs, &flows, &costs);
        Ok(())
    }

    fn print(&self, programs: &[Program], flows: &[u64], costs: &[Vec<f64>]) {
        let name = self.capture.file_stem().unwrap_or_default().to_string_lossy();
        println!("\n### {name}: {} packets, whole programs\n", self.packets);
        println!(
            "| program | flows | ns of processor time a packet | of the reference's names | of all features |"
        );
        println!("|---|---|---|---|---|");
        for ((program, flows), spent) in programs.iter().zip(flows).zip(costs) {
            let nanos = median(spent.iter().map(|spent| spent * 1e9 / self.packets as f64));
            print!("| {} | {flows} | {nanos:.0} |", program.name);
            for ours in &costs[..OURS] {
                let ratios = spent.iter().zip(ours).map(|(theirs, ours)| theirs / ours);
                print!(" {:.2} |", median(ratios));
            }
            println!();
        }
    }

    /// One worker and two take turns, by the clock on the wall.
    fn workers(&self, rounds: usize) -> Result<(), Box<dyn Error>> {
        println!("\n| all features | s on the wall, one worker | two | ratio |\n|---|---|---|---|");
        let one = netsift("", &["--features", "all", "--workers", "1"])?;
        let two = netsift("", &["--features", "all", "--workers", "2"])?;
        let outs = [self.folder.join("one"), self.folder.join("two")];
        let mut walls = Vec::new();
        for round in 0..=rounds {
            let wall = [&one, &two].into_iter().zip(&outs).map(|(program, out)| {
                program.run(self.capture, out).map(|cost| cost.wall.as_secs_f64())
            });
            match wall.collect::<Result<Vec<_>, _>>()?[..] {
                [one, two] if round > 0 => walls.push((one, two)),
                _ => {}
            }
        }
        let is_same = sorted(&outs[0])? == sorted(&outs[1])?;
        println!(
            "| {} | {:.2} | {:.2} | {:.2} |",
            if is_same { "rows the same" } else { "ROWS DIFFER" },
            median(walls.iter().map(|walls| walls.0)),
            median(walls.iter().map(|walls| walls.1)),
            median(walls.iter().map(|walls| walls.1 / walls.0)),
        );
        if is_same { Ok(()) } else { Err("two workers tell other rows than one".into()) }
    }
}

fn lines(path: &Path) -> Result<u64, Box<dyn Error>> {
    let mut lines = 0;
    let mut reader = BufReader::with_capacity(1 << 20, std::fs::File::open(path)?);
    loop {
        let piece = reader.fill_buf()?;
        let len = piece.len();
        if len == 0 {
            return Ok(lines);
        }
        lines += piece.iter().filter(|byte| **byte == b'\n').count() as u64;
        reader.consume(len);
    }
}

fn sorted(path: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut rows: Vec<_> = std::fs::read_to_string(path)?.lines().map(str::to_owned).collect();
    rows.sort_unstable();
    Ok(rows)
}
