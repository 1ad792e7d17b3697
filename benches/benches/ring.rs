//! The last packets kept: what a frame costs with a ring and without, and what is asked of a full one.

#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a bench ends at the first surprise

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use netsift_benches::Mix;
use netsift_detect::ring::Ring;
use netsift_detect::{PathBuilder, Verdict};
use netsift_flow::{FlowConfig, Intake, Profile};
use netsift_synth::{Generator, Scenario};

const PACKETS: u64 = 200_000;

fn ring(c: &mut Criterion) {
    let testing = std::env::args().any(|argument| argument == "--test");
    let packets = if testing { 5_000 } else { PACKETS };
    let mix = Mix::of(&mut Generator::new(&Scenario::new(33).packets(packets)).unwrap()).unwrap();
    let mut group = c.benchmark_group("ring/frames");
    group.throughput(Throughput::Elements(mix.len() as u64)).sample_size(20);
    group.bench_function("without", |b| b.iter(|| black_box(read(&mix, None))));
    // Full from the first round on.
    let ring = Ring::new(Ring::BYTES / 4).unwrap();
    assert_eq!(read(&mix, Some(&ring)), ring.counts().frames + ring.counts().gone);
    group.bench_function("kept", |b| b.iter(|| black_box(read(&mix, Some(&ring)))));
    group.finish();
    behind(c, &mix);
}

/// Frames to records, and into a ring; so many were read.
fn read(mix: &Mix, ring: Option<&Ring>) -> u64 {
    let mut intake = Intake::new(&FlowConfig::new(Profile::Native));
    for frame in mix.frames() {
        intake.read(frame, |record| match ring {
            Some(ring) => ring.keep(&frame, record),
            None => drop(black_box(*record)),
        });
    }
    intake.counts().records
}

/// The frames behind a flow, out of a ring that holds all.
fn behind(c: &mut Criterion, mix: &Mix) {
    let ring = Ring::new(Ring::BYTES * 4).unwrap();
    let (told, verdicts) = std::sync::mpsc::channel();
    let path = PathBuilder::new().ring(ring.clone());
    let mut path = path.start(move |verdict, _| drop(told.send(verdict.clone()))).unwrap();
    mix.frames().for_each(|frame| path.push(frame));
    path.finish();
    let verdicts: Vec<Verdict> = verdicts.iter().step_by(50).collect();
    let found = |verdict: &Verdict| ring.behind(verdict).frames().len();
    assert!(!verdicts.is_empty() && verdicts.iter().all(|verdict| found(verdict) > 0));
    let mut group = c.benchmark_group("ring/behind");
    group.throughput(Throughput::Elements(verdicts.len() as u64)).sample_size(10);
    group.bench_function("netsift", |b| {
        b.iter(|| verdicts.iter().map(|verdict| black_box(found(verdict))).sum::<usize>());
    });
    group.finish();
}

criterion_group!(benches, ring);
criterion_main!(benches);
