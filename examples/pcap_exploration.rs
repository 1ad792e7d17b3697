//! What a capture holds: who talked most, protocols, traffic over time, which packets are strange. Beside it what a notebook of
//! scapy, pandas and scikit-learn says of the same capture, if its tables lie beside it, and where that is wrong.
//!
//! Run it with `cargo run --release --example pcap_exploration [scan.pcap]`; without a capture it makes traffic of its own.

#![allow(clippy::print_stdout)] // an example is there to print

use std::error::Error;
use std::path::{Path, PathBuf};

use netsift::data::{Dataset, Labels, TableReader};
use netsift::detect::lists::Lists;
use netsift::explored::{self, Explored};
use netsift::report::{AnomalySearch, Explorer, Made, Subject};
use netsift::synth::Scenario;

fn main() -> Result<(), Box<dyn Error>> {
    let capture = std::env::args().nth(1).map(PathBuf::from);
    let explorer = Explorer::new().anomalies(AnomalySearch::new(Subject::Packets));
    let (title, explored) = match &capture {
        Some(path) => (path.display().to_string(), explored::of_captures(&[path], explorer)?),
        None => {
            let scenario = Scenario::new(1).packets(3_000);
            ("made traffic".into(), explored::of_traffic(&scenario, explorer)?)
        }
    };
    let page = explored.numbers.page(explored.anomalies.as_ref(), title, Made::default())?;
    println!("{}", page.text(100));
    match capture.filter(|path| path.with_file_name("packet_data.csv").exists()) {
        Some(capture) => compare(&explored, &capture),
        None => Ok(()),
    }
}

/// What the notebook wrote, held against the capture.
fn compare(explored: &Explored, capture: &Path) -> Result<(), Box<dyn Error>> {
    let numbers = &explored.numbers;
    let packets = table(&capture.with_file_name("packet_data.csv"), "src_ip")?;
    println!("{:<30}{:>26}{:>26}", "", "notebook", "netsift");
    let line = |of: &str, theirs: String, ours: String| println!("{of:<30}{theirs:>26}{ours:>26}");
    line("packets", packets.rows().to_string(), numbers.frames.all.packets.to_string());
    for carried in numbers.protocols.iter().flat_map(|link| &link.carries) {
        let theirs = if carried.name == "IPv4" { packets.rows() } else { 0 };
        let what = format!("  of {}", carried.name);
        line(&what, theirs.to_string(), carried.volume.packets.to_string());
    }
    let (name, sent) = most(packets.labels())?;
    let ours = &numbers.sources.by_packets[0];
    let ours = format!("{} {}", ours.address, ours.sent.packets);
    line("busiest sender, packets sent", format!("{name} {sent}"), ours);
    let strange = table(&capture.with_file_name("anomalies.csv"), "dst_ip")?;
    let found = explored.anomalies.as_ref().ok_or("nothing was looked for")?;
    line("anomalies", strange.rows().to_string(), found.found.to_string());
    let times = strange.column(strange.schema().place("timestamp")?).ok_or("no times")?;
    let last = numbers.frames.last.ok_or("there is no frame")?;
    let late = times.iter().filter(|time| **time > last.as_secs() as f64 + 1.0).count();
    let ours = found.strangest.iter().filter(|it| it.who.time > last).count();
    line("  after the capture's end", late.to_string(), ours.to_string());
    let to = found.strangest.iter().map(|it| it.who.destination.map(|to| to.ip().to_string()));
    let to = Labels::of(to.flatten().collect::<Vec<_>>().iter().map(String::as_str));
    line("  most of them to", most(strange.labels())?.0, most(Some(&to))?.0);
    // Its list of malicious addresses is made of those that talk most, and says nothing of flows.
    let talkers = Lists::default().with(numbers.talkers(10)?);
    let listed = explored::of_captures(&[capture], Explorer::new().lists(talkers))?.numbers;
    let listed = format!("{} of {}", listed.matches.flows, listed.flows.flows);
    line("flows of the ten busiest", "-".into(), listed);
    Ok(())
}

/// A table, with a column that is asked how often each of its texts is there.
fn table(path: &Path, counted: &str) -> Result<Dataset, Box<dyn Error>> {
    Ok(TableReader::new().label(counted).read_path(path)?.0)
}

fn most(labels: Option<&Labels>) -> Result<(String, usize), Box<dyn Error>> {
    let labels = labels.ok_or("nothing is counted")?;
    let counts = labels.classes().names().zip(labels.counts());
    let most = counts.max_by_key(|it| it.1).map(|(name, count)| (name.to_owned(), count));
    Ok(most.ok_or("there is no row")?)
}
