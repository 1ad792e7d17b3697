//! The whole path so far, in memory: labelled traffic is made and written as a capture, the capture is
//! read back, and every packet is parsed and counted.
//!
//! Run it with `cargo run --release --example quickstart`.

// An example is there to print.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::error::Error;

use netsift::capture::{CaptureReader, CaptureWriter, WriterOptions};
use netsift::packet::{FrameSource, Packet};
use netsift::synth::{Generator, LabelledFlow, Scenario};

fn main() -> Result<(), Box<dyn Error>> {
    let (capture, flows) = make(Scenario::new(7).packets(20_000))?;
    print_made(&capture, &flows);
    print_seen(&capture)
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
fn print_seen(capture: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut protocols = BTreeMap::new();
    let mut rejects = BTreeMap::new();
    let mut reader = CaptureReader::new(capture)?;
    while let Some(frame) = reader.next_frame()? {
        match Packet::parse(frame) {
            Ok(packet) => {
                let name = packet.protocol().map_or("no IP".into(), |name| name.to_string());
                let (packets, bytes) = protocols.entry(name).or_insert((0, 0));
                *packets += 1;
                *bytes += u64::from(packet.wire_len());
            }
            Err(error) => *rejects.entry(error.reason()).or_insert(0) += 1,
        }
    }
    println!("\nRead {} packets back:\n", reader.stats().frames());
    println!("  {:<16} {:>8} {:>12}", "protocol", "packets", "bytes");
    for (name, (packets, bytes)) in protocols {
        println!("  {name:<16} {packets:>8} {bytes:>12}");
    }
    println!("\nRejected: {}", if rejects.is_empty() { "none" } else { "" });
    rejects.iter().for_each(|(reason, frames)| println!("  {reason}: {frames}"));
    Ok(())
}
