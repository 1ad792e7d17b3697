//! Making labelled traffic, and writing it.

#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a bench is a test

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use netsift_capture::{CaptureWriter, WriterOptions};
use netsift_packet::FrameSource;
use netsift_synth::{Class, Generator, Mix, Scenario};

const PACKETS: u64 = 200_000;

fn synth(c: &mut Criterion) {
    let testing = std::env::args().any(|argument| argument == "--test");
    let packets = if testing { 2_000 } else { PACKETS };
    let default = Scenario::new(1).packets(packets);
    let flood = default.clone().mix(Mix::only(Class::SynFlood)).warm_up(0.0);
    let mut group = c.benchmark_group("synth");
    group.throughput(Throughput::Elements(packets)).sample_size(10);
    for (name, scenario) in [("default-mix", default), ("syn-flood", flood)] {
        assert_eq!(made(&scenario), packets);
        group.bench_function(format!("{name}/netsift"), |b| b.iter(|| black_box(made(&scenario))));
    }
    group.finish();
}

/// Frames that the scenario made and a capture took.
fn made(scenario: &Scenario) -> u64 {
    let mut generator = Generator::labelled(scenario).unwrap();
    let mut writer = CaptureWriter::new(std::io::sink(), WriterOptions::new()).unwrap();
    let mut frames = 0;
    while let Ok(Some(frame)) = generator.next_frame() {
        writer.write(&frame).unwrap();
        frames += 1;
        generator.ended_flows().for_each(|flow| _ = black_box(flow));
    }
    writer.finish().unwrap();
    frames
}

criterion_group!(benches, synth);
criterion_main!(benches);
