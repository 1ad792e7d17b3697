//! What a packet costs by part, from a capture to CSV: `flow_parts CAPTURE` prints a table for the record, and
//! `flow_parts CAPTURE COLUMNS PART` goes up to one part once, for a profiler that counts instructions.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::fmt;
use std::hint::black_box;
use std::io::sink;
use std::path::Path;

use netsift::table::{SharedTable, of_flows};
use netsift_benches::duel::{median, processor_time};
use netsift_flow::{Columns, Flow, FlowTable, Intake, Meter, Profile, Sink};
use netsift_packet::{Frame, FrameSource, Packet};

/// How often each part is run; medians count.
const ROUNDS: usize = 5;

/// Columns by the names they are asked for with.
const COLUMNS: [&str; 4] = ["reference", "all", "cic-fixed", "cic"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let path = arguments.next().ok_or("which capture?")?;
    let run = Run { path: Path::new(&path) };
    match (arguments.next(), arguments.next()) {
        (Some(name), Some(part)) => {
            let columns = columns(&name.to_string_lossy())?;
            let part = PARTS.into_iter().find(|(name, _)| part == *name).ok_or("no such part")?.1;
            println!("{}", run.up_to(part, &columns)?);
            Ok(())
        }
        _ => print(&run),
    }
}

/// What is done with a packet, each with all before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Read,
    Parse,
    Record,
    LookUp,
    Update,
    Row,
    Text,
}

const PARTS: [(&str, Part); 7] = [
    ("read", Part::Read),
    ("parse", Part::Parse),
    ("record", Part::Record),
    ("look-up", Part::LookUp),
    ("update", Part::Update),
    ("row", Part::Row),
    ("text", Part::Text),
];

fn columns(name: &str) -> Result<Columns, Box<dyn Error>> {
    Ok(match name {
        "cic" => Columns::all(Profile::Cic),
        "cic-fixed" => Columns::all(Profile::CicFixed),
        name => Columns::pick(Profile::Native, [name])?,
    })
}

/// A table of what each part adds, in nanoseconds of processor time a packet.
fn print(run: &Run<'_>) -> Result<(), Box<dyn Error>> {
    let name = run.path.file_stem().unwrap_or_default().to_string_lossy();
    println!("\n### {name}: ns of processor time a packet that each part adds\n");
    println!("| part | {} |\n|---|---|---|---|---|", COLUMNS.join(" | "));
    let mut told = Vec::new();
    for name in COLUMNS {
        told.push(run.costs(&columns(name)?)?);
    }
    for (at, (name, _)) in PARTS.iter().enumerate() {
        let cells: Vec<_> = told.iter().map(|costs| Cell(costs[at]).to_string()).collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
    let sums = told.iter().map(|costs| Cell(costs.iter().flatten().copied().reduce(|a, b| a + b)));
    let sums: Vec<_> = sums.map(|sum| sum.to_string()).collect();
    println!("| together | {} |", sums.join(" | "));
    Ok(())
}

/// A figure, where there is one.
struct Cell(Option<f64>);

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(nanos) => write!(f, "{nanos:.0}"),
            None => f.write_str("-"),
        }
    }
}

/// Goes through a capture.
struct Run<'a> {
    path: &'a Path,
}

impl Run<'_> {
    /// What each part adds to those before it. All take turns, so that a machine whose speed drifts is fair to them.
    fn costs(&self, columns: &Columns) -> Result<[Option<f64>; PARTS.len()], Box<dyn Error>> {
        let mut added: [Vec<f64>; PARTS.len()] = Default::default();
        for _ in 0..ROUNDS {
            let mut before = 0.0;
            for (added, (_, part)) in added.iter_mut().zip(PARTS) {
                // CICFlowMeter's reading of a frame makes no packet of it.
                if part == Part::Parse && columns.profile() != Profile::Native {
                    continue;
                }
                let nanos = self.nanos(part, columns)?;
                added.push(nanos - before);
                before = nanos;
            }
        }
        Ok(added.map(|added| (!added.is_empty()).then(|| median(added.into_iter()))))
    }

    fn nanos(&self, part: Part, columns: &Columns) -> Result<f64, Box<dyn Error>> {
        let mut packets = Ok(0);
        let time = processor_time(&mut || packets = self.up_to(part, columns));
        Ok(time.as_nanos() as f64 / packets? as f64)
    }

    /// How many packets there were.
    fn up_to(&self, part: Part, columns: &Columns) -> Result<u64, Box<dyn Error>> {
        match part {
            Part::Read => self.each(|frame| _ = black_box(frame)),
            Part::Parse => self.each(|frame| _ = black_box(Packet::parse(frame))),
            Part::Record => {
                let mut intake = Intake::new(&columns.config());
                self.each(|frame| intake.read(frame, |record| _ = black_box(record)))
            }
            Part::LookUp => self.look_up(columns),
            Part::Update => self.metered(columns, || |flow: &Flow| _ = black_box(flow)),
            Part::Row => self.metered(columns, || {
                let (told, mut row) = (columns.clone(), Vec::new());
                move |flow: &Flow| {
                    row.clear();
                    row.extend(told.numbers(flow));
                    black_box(&row);
                }
            }),
            Part::Text => {
                let table = SharedTable::new(sink(), of_flows(columns)?)?;
                let packets = self.metered(columns, || table.flow_rows(columns))?;
                table.finish()?;
                Ok(packets)
            }
        }
    }

    fn each(&self, mut take: impl FnMut(Frame<'_>)) -> Result<u64, Box<dyn Error>> {
        let mut reader = netsift_capture::open(self.path)?;
        let mut packets = 0;
        while let Some(frame) = reader.next_frame()? {
            packets += 1;
            take(frame);
        }
        Ok(packets)
    }

    /// Flows begin, and the other packets only find them.
    fn look_up(&self, columns: &Columns) -> Result<u64, Box<dyn Error>> {
        let config = columns.config();
        let (mut intake, mut table) = (Intake::new(&config), FlowTable::new(config));
        self.each(|frame| {
            intake.read(frame, |record| {
                if black_box(table.find(record)).is_none() {
                    table.push(record, |flow| _ = black_box(flow));
                }
            });
        })
    }

    fn metered<S: Sink>(
        &self,
        columns: &Columns,
        sink: impl FnMut() -> S,
    ) -> Result<u64, Box<dyn Error>> {
        let mut meter = Meter::new(columns.config(), 1, sink)?;
        let packets = self.each(|frame| meter.push(frame))?;
        let counts = meter.finish().counts;
        assert_eq!(counts.packets, counts.flow_packets + counts.untold_packets + counts.dropped);
        Ok(packets)
    }
}
