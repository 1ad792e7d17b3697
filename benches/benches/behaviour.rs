//! Flows to findings: what following hosts costs a flow, at work and under attack.

#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a bench ends at the first surprise

use std::hint::black_box;
use std::net::Ipv4Addr;

use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group};
use criterion::{criterion_main, measurement::WallTime};
use netsift_detect::behaviour::{Behaviour, BehaviourConfig, Kind, Observation, Opening};
use netsift_flow::{Columns, Flow, FlowTable, Intake, Profile};
use netsift_packet::{FrameSource, Protocol, Timestamp};
use netsift_synth::{Generator, Scenario};

const FLOWS: usize = 20_000;

fn behaviour(c: &mut Criterion) {
    let testing = std::env::args().any(|argument| argument == "--test");
    let count = if testing { 2_000 } else { FLOWS };
    let mut group = c.benchmark_group("behaviour/observe");
    group.throughput(Throughput::Elements(count as u64)).sample_size(20);
    let flows = mixed(count);
    let seen: Vec<Observation<'_>> = flows.iter().map(Observation::of).collect();
    one(&mut group, "mix", &seen, Kind::VerticalScan);
    let flood: Vec<Observation<'_>> = (0..count as u32).map(forged).collect();
    one(&mut group, "flood", &flood, Kind::SynFlood);
    group.bench_function("facts", |b| {
        b.iter(|| flows.iter().map(Observation::of).filter(|seen| seen.has_ended).count());
    });
    group.finish();
}

fn one(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, seen: &[Observation<'_>], kind: Kind) {
    assert!(kinds(&mut new(), seen).contains(&kind), "{name}");
    group.bench_function(name, |b| {
        b.iter_batched_ref(
            new,
            |behaviour| black_box(kinds(behaviour, seen)),
            BatchSize::LargeInput,
        );
    });
}

fn new() -> Behaviour {
    // Small enough that the flood makes subjects go.
    let config = BehaviourConfig { tracks: 4_096, ..BehaviourConfig::default() };
    Behaviour::new(config).unwrap()
}

fn kinds(behaviour: &mut Behaviour, seen: &[Observation<'_>]) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for observation in seen {
        behaviour.observe(observation, |finding| kinds.push(finding.kind));
    }
    kinds
}

/// Flows of every class, as they are told.
fn mixed(count: usize) -> Vec<Flow> {
    let scenario = Scenario::new(31).flows_per_second(500.0).packets_per_flow(8.0);
    let mut generator = Generator::new(&scenario).unwrap();
    let config = Columns::all(Profile::Native).config();
    let (mut intake, mut table) = (Intake::new(&config), FlowTable::new(config));
    let mut flows = Vec::new();
    while flows.len() < count {
        let frame = generator.next_frame().unwrap().unwrap();
        intake.read(frame, |record| table.push(record, |flow| flows.push(flow.clone())));
    }
    flows.truncate(count);
    flows
}

/// A connection of a flood, from a sender that nobody has seen.
fn forged(step: u32) -> Observation<'static> {
    let sender = Ipv4Addr::from_bits(step.wrapping_mul(2_654_435_761));
    let (source, victim) = ((sender, 1_024).into(), ([10, 0, 0, 1], 443).into());
    let time = Timestamp::from_micros(i64::from(step) * 10);
    let mut seen = Observation::new(source, victim, Protocol::TCP, time);
    seen.opening = Opening::Unanswered;
    seen
}

criterion_group!(benches, behaviour);
criterion_main!(benches);
