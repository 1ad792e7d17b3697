//! Line by line, the tables of both CICFlowMeters: from captures to CSV as a user of the facade gets them.

use std::path::Path;

use netsift::flow::{Columns, Meter, Profile};
use netsift::packet::FrameSource;
use netsift::table::{self, SharedTable};

use crate::captures;
use crate::shared;

#[test]
fn tables_of_both_tools_are_ours() {
    let Some(root) = shared("reference/cicflowmeter") else { return };
    for (profile, tool) in [(Profile::Cic, "original"), (Profile::CicFixed, "fixed")] {
        let mut lines = 0;
        for capture in captures::in_folder(&root.join("pcaps")) {
            let name = capture.file_stem().unwrap().to_str().unwrap();
            let without_ghosts = root.join(format!("{tool}_noghost/{name}.csv"));
            let with = root.join(format!("{tool}/{name}.csv"));
            let right = if without_ghosts.exists() { without_ghosts } else { with };
            let theirs = std::fs::read_to_string(right).unwrap();
            let ours = table(&capture, profile, 1 + lines % 3);
            let (ours_sorted, theirs) = (sorted(&ours), sorted(&theirs));
            assert_eq!(ours_sorted.len(), theirs.len(), "{tool}: {name}");
            for (ours, theirs) in ours_sorted.iter().zip(&theirs) {
                assert_eq!(ours, theirs, "{tool}: {name}");
            }
            lines += ours.lines().count();
        }
        println!("{tool}: {lines} lines equal");
    }
}

fn table(capture: &Path, profile: Profile, workers: usize) -> String {
    let columns = Columns::all(profile);
    let table = SharedTable::new(Vec::new(), table::of_flows(&columns).unwrap()).unwrap();
    let mut meter = Meter::new(columns.config(), workers, || table.flow_rows(&columns)).unwrap();
    let mut capture = netsift::capture::open(capture).unwrap();
    while let Ok(Some(frame)) = capture.next_frame() {
        meter.push(frame);
    }
    meter.finish();
    String::from_utf8(table.finish().unwrap()).unwrap()
}

/// Lines in an order of their own. Of what did not occur both tools write 0 or -1 in some columns and 0.0 or -1.0 in
/// others, which are the same numbers.
fn sorted(table: &str) -> Vec<String> {
    let cell = |cell: &str| match cell {
        "0.0" | "-1.0" => cell[..cell.len() - 2].to_owned(),
        _ => cell.to_owned(),
    };
    let line = |line: &str| line.split(',').map(cell).collect::<Vec<_>>().join(",");
    let mut lines: Vec<String> = table.lines().map(line).collect();
    lines.sort_unstable();
    lines
}
