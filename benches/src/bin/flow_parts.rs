//! What a packet costs by part, from a capture to CSV: `flow_parts CAPTURE [PART]` prints a table for the record,
//! or runs one part once (for a profiler that counts instructions).

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::sink;
use std::path::Path;

use netsift_benches::duel::processor_time;
use netsift_capture::CaptureReader;
use netsift_data::{Column, Rows, Table, TableWriter};
use netsift_flow::{Cells, Columns, Flow, Intake, Kind, Meter, Profile, Scratch};
use netsift_packet::{Frame, FrameSource, Packet};

/// How often each part is run; the median counts.
const ROUNDS: usize = 5;
/// Rows are written once they have so many bytes.
const ENOUGH: usize = 64 << 10;

type Part = fn(&Path) -> Result<u64, Box<dyn Error>>;

const PARTS: [(&str, Part); 10] = [
    ("read", read),
    ("parse", parse),
    ("record", record),
    ("flows, features of the reference's names", |path| flows(path, "reference")),
    ("their rows", |path| rows(path, "reference")),
    ("their text", |path| text(path, "reference")),
    ("flows, all features", |path| flows(path, "all")),
    ("all their rows", |path| rows(path, "all")),
    ("all their text", |path| text(path, "all")),
    ("flows, cic-fixed, to text", cic),
];

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("which capture?")?;
    if let Some(part) = std::env::args().nth(2) {
        let (name, run) = PARTS.get(part.parse::<usize>()?).ok_or("no such part")?;
        println!("{name}: {} packets", run(Path::new(&path))?);
        return Ok(());
    }
    println!("| up to | ns of processor time a packet |");
    println!("|---|---|");
    for (name, part) in PARTS {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let mut told = Ok(0);
            let time = processor_time(&mut || told = part(Path::new(&path)));
            times.push(time.as_nanos() as f64 / told? as f64);
        }
        times.sort_by(f64::total_cmp);
        println!("| {name} | {:.1} |", times[ROUNDS / 2]);
    }
    Ok(())
}

fn each(path: &Path, mut take: impl FnMut(Frame<'_>)) -> Result<u64, Box<dyn Error>> {
    let mut reader = CaptureReader::new(File::open(path)?)?;
    let mut packets = 0;
    while let Some(frame) = reader.next_frame()? {
        packets += 1;
        take(frame);
    }
    Ok(packets)
}

fn read(path: &Path) -> Result<u64, Box<dyn Error>> {
    each(path, |frame| _ = black_box(frame))
}

fn parse(path: &Path) -> Result<u64, Box<dyn Error>> {
    each(path, |frame| _ = black_box(Packet::parse(frame)))
}

fn record(path: &Path) -> Result<u64, Box<dyn Error>> {
    let mut intake = Intake::new(&Columns::reference(Profile::Native).config());
    each(path, |frame| intake.read(frame, |record| _ = black_box(record)))
}

fn metered(
    path: &Path,
    columns: &Columns,
    take: impl FnMut(&Flow) + Send + 'static,
) -> Result<u64, Box<dyn Error>> {
    let mut take = Some(take);
    let mut meter = Meter::new(columns.config(), 1, || take.take().expect("one worker"))?;
    let packets = each(path, |frame| meter.push(frame))?;
    let finished = meter.finish();
    let counts = finished.counts;
    assert_eq!(counts.packets, counts.flow_packets + counts.untold_packets, "no packet is lost");
    Ok(packets)
}

fn flows(path: &Path, names: &str) -> Result<u64, Box<dyn Error>> {
    let columns = Columns::pick(Profile::Native, [names])?;
    metered(path, &columns, |flow| _ = black_box(flow))
}

fn rows(path: &Path, names: &str) -> Result<u64, Box<dyn Error>> {
    let columns = Columns::pick(Profile::Native, [names])?;
    let (told, mut row) = (columns.clone(), Vec::new());
    metered(path, &columns, move |flow| {
        row.clear();
        row.extend(told.numbers(flow));
        black_box(&row);
    })
}

fn text(path: &Path, names: &str) -> Result<u64, Box<dyn Error>> {
    to_text(path, Columns::pick(Profile::Native, [names])?)
}

fn cic(path: &Path) -> Result<u64, Box<dyn Error>> {
    to_text(path, Columns::all(Profile::CicFixed))
}

fn to_text(path: &Path, columns: Columns) -> Result<u64, Box<dyn Error>> {
    let mut out = Out::new(&columns)?;
    metered(path, &columns, move |flow| out.take(flow))
}

struct Out {
    columns: Columns,
    rows: Rows,
    writer: TableWriter<std::io::Sink>,
    scratch: Scratch,
}

impl Out {
    fn new(columns: &Columns) -> Result<Self, Box<dyn Error>> {
        let table = Table::new(columns.headings().map(|(name, kind)| match kind {
            Kind::Text => Column::text(name),
            Kind::Integer => Column::integer(name),
            Kind::Real => Column::real(name),
        }))?;
        let writer = TableWriter::new(sink(), &table)?;
        let (columns, rows) = (columns.clone(), Rows::new(&table));
        Ok(Self { columns, rows, writer, scratch: Scratch::default() })
    }

    fn take(&mut self, flow: &Flow) {
        self.columns.tell(flow, None, &mut Row(&mut self.rows), &mut self.scratch);
        self.rows.end_row().expect("the row is one of the table");
        if self.rows.len_bytes() > ENOUGH {
            self.writer.write(&mut self.rows).expect("a sink takes everything");
        }
    }
}

struct Row<'a>(&'a mut Rows);

impl Cells for Row<'_> {
    fn text(&mut self, text: &str) {
        self.0.text(text);
    }

    fn integer(&mut self, number: i64) {
        self.0.integer(number);
    }

    fn reals(&mut self, numbers: &[f64]) {
        self.0.reals(numbers);
    }

    fn empty(&mut self) {
        self.0.empty();
    }
}
