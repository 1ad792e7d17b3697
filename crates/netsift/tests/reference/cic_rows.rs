//! Cell by cell, the rows of both CICFlowMeters: from their own packet records, and from the captures.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::path::Path;

use netsift_flow::{Cells, Columns, Flow, FlowTable, Profile, Record, Tcp};
use netsift_packet::cic::{self, Reading};
use netsift_packet::{Protocol, TcpFlags, Timestamp};

use crate::captures::{self, Capture};
use crate::cic_records::{ghosts, table};
use crate::shared;

#[test]
fn rows_of_the_original_equal_ours() {
    compare(Profile::Cic, Reading::Original, "original", 84);
}

#[test]
fn rows_of_the_corrected_fork_equal_ours() {
    compare(Profile::CicFixed, Reading::Fixed, "fixed", 94);
}

fn compare(profile: Profile, reading: Reading, tool: &str, width: usize) {
    let Some(root) = shared("reference/cicflowmeter") else { return };
    let ghosts = ghosts(&root.join("ghost_packets.csv"), tool);
    let captures = captures::in_folder(&root.join("pcaps"));
    assert_eq!(captures.len(), 62);
    let mut tally = Tally::default();
    for path in &captures {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let whole = root.join(format!("{tool}/{name}.csv"));
        let without = root.join(format!("{tool}_noghost/{name}.csv"));
        let right = if without.exists() { &without } else { &whole };
        let records = root.join(format!("packets_{tool}/{name}.csv"));
        tally.take(right, rows_of_records(&records, profile, &ghosts, name), width);
        tally.take(&whole, rows_of_records(&records, profile, &HashSet::new(), name), width);
        tally.take(right, rows_of_capture(path, profile, reading), width);
    }
    println!(
        "{tool}: {} comparisons of {} captures, {} rows, {} cells equal ({} of them numbers)",
        tally.files,
        captures.len(),
        tally.rows,
        tally.cells,
        tally.numbers
    );
}

#[derive(Default)]
struct Tally {
    files: usize,
    rows: usize,
    cells: usize,
    numbers: usize,
}

impl Tally {
    fn take(&mut self, path: &Path, mut ours: Vec<Vec<String>>, width: usize) {
        let text = std::fs::read_to_string(path).unwrap();
        let split = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        let mut theirs: Vec<Vec<String>> = text.lines().skip(1).map(split).collect();
        // Sorted by what rows are told apart by, since numbers may be written in several ways.
        let key =
            |row: &Vec<String>| (row[..7].to_vec(), row[8].clone(), row[7].clone(), row[9].clone());
        ours.sort_by_key(key);
        theirs.sort_by_key(key);
        assert_eq!(ours.len(), theirs.len(), "rows of {}", path.display());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!((ours.len(), theirs.len()), (width, width), "{}", path.display());
            for (column, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                self.cell(
                    ours,
                    theirs,
                    &format!("{} column {column} of {:?}", path.display(), &ours),
                );
            }
            self.rows += 1;
        }
        self.files += 1;
    }

    fn cell(&mut self, ours: &str, theirs: &str, place: &str) {
        self.cells += 1;
        match (ours.parse::<f64>(), theirs.parse::<f64>()) {
            (Ok(ours), Ok(theirs)) => {
                let same = ours.to_bits() == theirs.to_bits() || ours.is_nan() && theirs.is_nan();
                assert!(same, "{place}: {ours} is not {theirs}");
                self.numbers += 1;
            }
            _ => assert_eq!(ours, theirs, "{place}"),
        }
    }
}

/// The rows that the tool's own records add up to.
fn rows_of_records(
    path: &Path,
    profile: Profile,
    ghosts: &HashSet<(String, u64)>,
    name: &str,
) -> Vec<Vec<String>> {
    let mut records: Vec<_> = table(path).into_iter().collect();
    records.retain(|(number, _)| !ghosts.contains(&(name.to_owned(), *number)));
    records.sort_by_key(|(number, _)| *number);
    rows(profile, records.iter().map(|(_, cells)| record(cells)))
}

fn rows_of_capture(path: &Path, profile: Profile, reading: Reading) -> Vec<Vec<String>> {
    let capture = Capture::read(path).unwrap();
    let frames = capture.frames();
    rows(profile, frames.filter_map(|frame| cic::read(&frame, reading).ok()).map(Record::from))
}

fn rows<'a>(profile: Profile, records: impl Iterator<Item = Record<'a>>) -> Vec<Vec<String>> {
    let columns = Columns::all(profile);
    let mut table = FlowTable::new(columns.config());
    let mut rows = Vec::new();
    let mut scratch = String::new();
    let mut told = |flow: &Flow| {
        let mut row = Row(Vec::new());
        columns.tell(flow, None, &mut row, &mut scratch);
        rows.push(row.0);
    };
    for record in records {
        table.push(&record, &mut told);
    }
    table.finish(told);
    rows
}

/// A record in the reference's notation, without the frame number.
fn record(cells: &[String]) -> Record<'static> {
    let number = |at: usize| cells.get(at).and_then(|cell| cell.parse::<i64>().ok()).unwrap_or(0);
    let address = |at: usize| cells[at].parse::<IpAddr>().unwrap();
    let time = Timestamp::from_micros(number(0));
    let mut record = Record::new(time, address(1), address(2), Protocol(number(5) as u8));
    (record.src_port, record.dst_port) = (number(3) as u16, number(4) as u16);
    (record.payload_len, record.header_len) = (number(6) as u32, number(7) as u32);
    let flags = cells[8].bytes().enumerate().filter(|(_, letter)| *letter != b'-');
    let flags = TcpFlags(flags.map(|(bit, _)| 1 << bit).sum());
    let (seq, ack) = (number(12) as u32, number(13) as u32);
    record.tcp = Tcp { flags, window: number(9) as u16, seq, ack };
    let code = |at: usize| cells.get(at).and_then(|cell| cell.parse::<u8>().ok());
    record.icmp = code(10).zip(code(11));
    record
}

/// A row as texts.
struct Row(Vec<String>);

impl Cells for Row {
    fn text(&mut self, text: &str) {
        self.0.push(text.to_owned());
    }

    fn integer(&mut self, number: i64) {
        self.0.push(number.to_string());
    }

    fn real(&mut self, number: f64) {
        self.0.push(format!("{number:?}"));
    }

    fn empty(&mut self) {
        self.0.push(String::new());
    }
}

/// Every capture has a file of theirs, and the spellings of the header are theirs.
#[test]
fn headers_are_spelt_as_theirs() {
    use netsift_flow::Spelling;
    let Some(root) = shared("reference/cicflowmeter") else { return };
    let text = std::fs::read_to_string(root.join("headers.csv")).unwrap();
    let mut theirs: HashMap<&str, Vec<(usize, &str)>> = HashMap::new();
    for (place, line) in text.lines().skip(1).enumerate() {
        let cells: Vec<&str> = line.splitn(4, ',').collect();
        let Ok(position) = cells[0].parse::<usize>() else { continue };
        theirs.entry("2017").or_default().push((position, cells[1]));
        if position != 62 {
            theirs.entry("2018").or_default().push((place, cells[2]));
            theirs.entry("current").or_default().push((place, cells[3].split(',').next().unwrap()));
        }
    }
    for (spelling, name, width) in [
        (Spelling::In2017, "2017", 85),
        (Spelling::In2018, "2018", 84),
        (Spelling::Current, "current", 84),
    ] {
        let theirs = theirs.get_mut(name).unwrap();
        theirs.sort_unstable();
        let columns = Columns::all(Profile::Cic).spelt(spelling);
        let ours: Vec<&str> = columns.headings().map(|(name, _)| name).collect();
        let theirs: Vec<&str> = theirs.iter().map(|(_, name)| *name).collect();
        assert_eq!((ours, width), (theirs.clone(), theirs.len()));
    }
    let file = std::fs::read_to_string(root.join("fixed/ndpi_ftp.csv")).unwrap();
    let ours: Vec<&str> =
        Columns::all(Profile::CicFixed).headings().map(|(name, _)| name).collect();
    assert_eq!(ours.join(","), file.lines().next().unwrap());
}
