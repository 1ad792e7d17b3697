//! The whole path so far, in memory: labelled traffic is made and written as a capture, the capture is read
//! back, its packets become flows, and the flows a table of features.
//!
//! Run it with `cargo run --release --example quickstart`.

// An example is there to print.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::error::Error;

use netsift::capture::{CaptureReader, CaptureWriter, WriterOptions};
use netsift::flow::{Columns, Meter, Profile};
use netsift::packet::FrameSource;
use netsift::synth::{Generator, LabelledFlow, Scenario};
use netsift::table::{self, SharedTable};

fn main() -> Result<(), Box<dyn Error>> {
    let (capture, flows) = make(Scenario::new(7).packets(20_000))?;
    print_made(&capture, &flows);
    print_extracted(&capture)
}

/// A capture, and what every flow in it was.
fn make(scenario: Scenario) -> Result<(Vec<u8>, Vec<LabelledFlow>), Box<dyn Error>> {
    let mut generator = Generator::labelled(&scenario)?;
    let mut writer = CaptureWriter::new(Vec::new(), WriterOptions::new())?;
    while let Some(frame) = generator.next_frame()? {
        writer.write(&frame)?;
    }
    Ok((writer.finish()?, generator.ended_flows().collect()))
}

fn print_made(capture: &[u8], flows: &[LabelledFlow]) {
    let mut classes = BTreeMap::new();
    for flow in flows {
        let (count, packets) = classes.entry(flow.class).or_insert((0, 0));
        *count += 1;
        *packets += flow.packets;
    }
    println!("Made {} flows in a capture of {} bytes:\n", flows.len(), capture.len());
    println!("  {:<16} {:<20} {:>6} {:>8}", "class", "family", "flows", "packets");
    for (class, (flows, packets)) in classes {
        println!("  {:<16} {:<20} {flows:>6} {packets:>8}", class.name(), class.family().name());
    }
}

/// The same capture as if it came from elsewhere.
fn print_extracted(capture: &[u8]) -> Result<(), Box<dyn Error>> {
    let columns = Columns::pick(Profile::Native, ["reference", "end", "application"])?;
    let table = SharedTable::new(Vec::new(), table::of_flows(&columns)?)?;
    let mut meter = Meter::new(columns.config(), 1, || table.flow_rows(&columns))?;
    let mut reader = CaptureReader::new(capture)?;
    while let Some(frame) = reader.next_frame()? {
        meter.push(frame);
    }
    let finished = meter.finish();
    let csv = String::from_utf8(table.finish()?)?;
    let rejected: u64 = finished.intake.rejects.values().sum();
    println!("\nRead {} packets back, {rejected} rejected.", finished.intake.frames);
    println!("Put together {} flows of {} columns each.", finished.counts.flows, columns.len());
    println!("\nThe first of them, in part:\n");
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap_or_default();
    let first = lines.next().unwrap_or_default();
    for (name, cell) in header.iter().zip(first).filter(|(_, cell)| !["", "0"].contains(cell)) {
        println!("  {name:<28} {cell}");
    }
    Ok(())
}
