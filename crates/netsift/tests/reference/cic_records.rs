//! Frame by frame, the records and the discards of both CICFlowMeters.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use netsift_packet::cic::{self, CicRecord, Reading};

use crate::captures::{self, Capture};
use crate::shared;

#[test]
fn records_of_the_original_equal_ours() {
    compare(Reading::Original, "original");
}

#[test]
fn records_of_the_corrected_fork_equal_ours() {
    compare(Reading::Fixed, "fixed");
}

fn compare(reading: Reading, tool: &str) {
    let Some(root) = shared("reference/cicflowmeter") else { return };
    let ghosts = ghosts(&root.join("ghost_packets.csv"), tool);
    let captures = captures::in_folder(&root.join("pcaps"));
    assert_eq!(captures.len(), 62);
    let [mut frames, mut records, mut fields] = [0; 3];
    for path in &captures {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let mut theirs = table(&root.join(format!("packets_{tool}/{name}.csv")));
        theirs.retain(|number, _| !ghosts.contains(&(name.to_owned(), *number)));
        records += theirs.len();
        for (number, frame) in (1..).zip(Capture::read(path).unwrap().frames()) {
            frames += 1;
            let ours = cic::read(&frame, reading).ok().map(|record| cells(&record, reading));
            let theirs = theirs.remove(&number);
            fields += theirs.as_ref().map_or(0, Vec::len);
            assert_eq!(ours, theirs, "{tool}: frame {number} of {name}");
        }
        assert!(theirs.is_empty(), "{tool}: frames beyond the end of {name}");
    }
    println!(
        "{tool}: {} captures, {frames} frames, {records} records, {fields} fields, {} discards, {} ghosts left out",
        captures.len(),
        frames - records,
        ghosts.len()
    );
}

/// The record in the reference's notation, without the frame number.
fn cells(record: &CicRecord, reading: Reading) -> Vec<String> {
    let mut cells = vec![
        record.time.as_micros().to_string(),
        record.src.to_string(),
        record.dst.to_string(),
        record.src_port.to_string(),
        record.dst_port.to_string(),
        record.protocol.0.to_string(),
        record.payload_len.to_string(),
        record.header_len.to_string(),
        letters(record.flags.0),
        record.window.to_string(),
    ];
    if reading == Reading::Fixed {
        let (code, kind) = record.icmp.map_or((-1, -1), |(c, t)| (i32::from(c), i32::from(t)));
        cells.extend([code.to_string(), kind.to_string()]);
        let is_tcp = record.protocol.0 == 6;
        cells.extend(
            [record.seq, record.ack].map(|n| if is_tcp { n.to_string() } else { String::new() }),
        );
    }
    cells
}

fn letters(flags: u16) -> String {
    "FSRPAUEC".char_indices().map(|(bit, c)| if flags >> bit & 1 == 1 { c } else { '-' }).collect()
}

pub(crate) fn table(path: &Path) -> HashMap<u64, Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().skip(1).map(|line| {
        let (number, rest) = line.split_once(',').unwrap();
        (number.parse().unwrap(), rest.split(',').map(str::to_owned).collect())
    });
    rows.collect()
}

pub(crate) fn ghosts(path: &Path, tool: &str) -> HashSet<(String, u64)> {
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    rows.filter(|row| row[0] == tool)
        .map(|row| (row[1].to_owned(), row[2].parse().unwrap()))
        .collect()
}
