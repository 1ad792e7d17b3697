//! What hosts are up to: frames to flows, flows to findings with their evidence.
//!
//! Run it with `cargo run --release --example behaviour [CAPTURE...]`; without a capture it makes traffic of its own.

#![allow(clippy::print_stdout)] // an example is there to print

use std::error::Error;
use std::fs::File;

use netsift::capture::CaptureReader;
use netsift::detect::behaviour::{Behaviour, BehaviourConfig, Observation};
use netsift::flow::{Columns, Flow, FlowTable, Intake, Profile};
use netsift::packet::FrameSource;
use netsift::synth::{Class, Generator, Mix, Scenario};

fn main() -> Result<(), Box<dyn Error>> {
    let captures: Vec<String> = std::env::args().skip(1).collect();
    if captures.is_empty() {
        let mix = Mix::benign().with(Class::SynScan, 4.0).with(Class::SshBruteForce, 4.0);
        return watch(Generator::new(&Scenario::new(1).mix(mix).packets(200_000))?);
    }
    for capture in captures {
        println!("{capture}:");
        watch(CaptureReader::new(File::open(capture)?)?)?;
    }
    Ok(())
}

fn watch<S: FrameSource<Error: Error + 'static>>(mut source: S) -> Result<(), Box<dyn Error>> {
    // A policy changes what it names; the rest is as by default.
    let mut config = BehaviourConfig::default();
    config.bulk_upload.bytes = 10_000_000;
    let mut behaviour = Behaviour::new(config)?;

    // What payloads say is asked for with the groups of columns that tell it.
    let groups = ["volume", "timing", "application", "dns", "http"];
    let config = Columns::pick(Profile::Native, groups)?.config();
    let (mut intake, mut table) = (Intake::new(&config), FlowTable::new(config));
    let mut flows = 0;
    let mut told = |flow: &Flow| {
        flows += 1;
        behaviour.observe(&Observation::of(flow), |finding| println!("  {finding}"));
    };
    while let Some(frame) = source.next_frame()? {
        intake.read(frame, |record| table.push(record, &mut told));
    }
    table.finish(&mut told);
    behaviour.finish(|finding| println!("  {finding}"));
    println!("  {} findings in {flows} flows", behaviour.counts().findings);
    Ok(())
}
