//! Packets to flows, and flows to rows: `flow` by profile, and flowscope from the same frames.
//!
//! flowscope takes frames only, so it is compared from there on; what netsift's table alone costs is beside it.

#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a bench ends at the first surprise

use std::hint::black_box;
use std::io::sink;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flowscope::PacketView;
use netsift::table::{SharedTable, of_flows};
use netsift_benches::Mix;
use netsift_benches::flowscope::{Event, features, tracker, write_line};
use netsift_flow::{Columns, Flow, FlowTable, Intake, Meter, Profile, Record, Sink as _};
use netsift_synth::{Generator, Scenario};

const PACKETS: u64 = 200_000;
const PACKETS_A_FLOW: f64 = 11.0;

fn flow(c: &mut Criterion) {
    let testing = std::env::args().any(|argument| argument == "--test");
    let packets = if testing { 5_000 } else { PACKETS };
    let scenario = Scenario::new(30).packets(packets).packets_per_flow(PACKETS_A_FLOW);
    let mix = Mix::of(&mut Generator::new(&scenario).unwrap()).unwrap();
    from_frames(c, &mix);
    update(c, &mix);
    rows(c, &mix);
}

/// Columns by profile, under the names that results are kept by.
fn picks() -> [(&'static str, Columns); 4] {
    [
        ("reference", Columns::reference(Profile::Native)),
        ("all", Columns::all(Profile::Native)),
        ("cic", Columns::all(Profile::Cic)),
        ("cic-fixed", Columns::all(Profile::CicFixed)),
    ]
}

/// Frames to flows that have ended.
fn from_frames(c: &mut Criterion, mix: &Mix) {
    let mut group = c.benchmark_group("flow/frames");
    group.throughput(Throughput::Elements(mix.len() as u64)).sample_size(20);
    for (name, columns) in picks() {
        let (packets, _) = ours(mix, &columns);
        // The profiles that read as CICFlowMeter leave out what is no IPv4.
        let least = if columns.profile() == Profile::Native { mix.len() } else { mix.len() / 2 };
        assert!(packets >= least as u64, "{name}: {packets} packets of {}", mix.len());
        group.bench_function(format!("netsift-{name}"), |b| b.iter(|| ours(mix, &columns)));
    }
    let (packets, flows) = theirs(mix);
    let (_, ours) = ours(mix, &Columns::reference(Profile::Native));
    assert!(packets * 100 > mix.len() as u64 * 90, "flowscope: {packets} of {}", mix.len());
    assert!(flows.abs_diff(ours) * 10 < ours, "flowscope: {flows} flows, netsift: {ours}");
    group.bench_function("flowscope", |b| b.iter(|| theirs(mix)));
    group.finish();
}

/// Packets in flows, and flows.
fn ours(mix: &Mix, columns: &Columns) -> (u64, u64) {
    let told = |flow: &Flow| _ = black_box(flow);
    let mut meter = Meter::new(columns.config(), 1, || told).unwrap();
    mix.frames().for_each(|frame| meter.push(frame));
    let counts = meter.finish().counts;
    (counts.flow_packets, counts.flows)
}

fn theirs(mix: &Mix) -> (u64, u64) {
    events(mix).iter().fold((0, 0), |(packets, flows), event| match black_box(features(event)) {
        Some((_, of_flow)) => (packets + of_flow, flows + 1),
        None => (packets, flows),
    })
}

fn events(mix: &Mix) -> Vec<Event> {
    let mut tracker = tracker();
    let mut ended = Vec::new();
    for frame in mix.frames() {
        let nanos = u64::try_from(frame.time.as_nanos()).unwrap();
        let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        let time = flowscope::Timestamp::new(seconds as u32, rest as u32);
        ended.extend(tracker.track(PacketView::new(frame.data, time)));
    }
    ended.extend(tracker.finish());
    ended
}

/// Records in memory to flows that have ended.
fn update(c: &mut Criterion, mix: &Mix) {
    let mut group = c.benchmark_group("flow/update");
    for (name, columns) in picks() {
        let records = records(mix, &columns);
        let (packets, _) = ours(mix, &columns);
        assert_eq!(met(&records, &columns), packets, "{name}");
        group.throughput(Throughput::Elements(records.len() as u64)).sample_size(20);
        group.bench_function(format!("netsift-{name}"), |b| b.iter(|| met(&records, &columns)));
    }
    group.finish();
}

fn records<'a>(mix: &'a Mix, columns: &Columns) -> Vec<Record<'a>> {
    let mut intake = Intake::new(&columns.config());
    let mut records = Vec::new();
    mix.frames().for_each(|frame| intake.read(frame, |record| records.push(*record)));
    records
}

fn met(records: &[Record<'_>], columns: &Columns) -> u64 {
    let mut table = FlowTable::new(columns.config());
    let told = |flow: &Flow| _ = black_box(flow);
    records.iter().for_each(|record| table.push(record, told));
    table.finish(told);
    table.counts().flow_packets
}

/// Flows in memory to rows: their numbers, and as text.
fn rows(c: &mut Criterion, mix: &Mix) {
    let mut group = c.benchmark_group("flow/rows");
    group.sample_size(20);
    for (name, columns) in picks() {
        let flows = flows(mix, &columns);
        group.throughput(Throughput::Elements(flows.len() as u64));
        assert_eq!(sums(&flows, &columns), flows.len() * columns.features().len());
        group.bench_function(format!("{name}-numbers/netsift"), |b| {
            b.iter(|| sums(&flows, &columns));
        });
        assert_eq!(written(&flows, &columns), flows.len() as u64);
        group.bench_function(format!("{name}-text/netsift"), |b| {
            b.iter(|| written(&flows, &columns));
        });
    }
    let ended = events(mix);
    group.throughput(Throughput::Elements(ended.len() as u64));
    let numbers = || ended.iter().filter_map(|event| black_box(features(event))).count();
    assert_eq!(numbers(), ended.len());
    group.bench_function("48-numbers/flowscope", |b| b.iter(numbers));
    let text = || ended.iter().for_each(|event| write_line(event, &mut sink()).unwrap());
    group.bench_function("48-text/flowscope", |b| b.iter(text));
    group.finish();
}

fn flows(mix: &Mix, columns: &Columns) -> Vec<Flow> {
    let mut table = FlowTable::new(columns.config());
    let mut flows = Vec::new();
    let mut keep = |flow: &Flow| flows.push(flow.clone());
    records(mix, columns).iter().for_each(|record| table.push(record, &mut keep));
    table.finish(&mut keep);
    flows
}

/// How many numbers there are that are none of these.
fn sums(flows: &[Flow], columns: &Columns) -> usize {
    let numbers = flows.iter().flat_map(|flow| columns.numbers(flow));
    numbers.filter(|number| !black_box(*number).is_subnormal()).count()
}

fn written(flows: &[Flow], columns: &Columns) -> u64 {
    let table = SharedTable::new(sink(), of_flows(columns).unwrap()).unwrap();
    let mut rows = table.flow_rows(columns);
    flows.iter().for_each(|flow| rows.take(flow));
    table.flush();
    table.rows()
}

criterion_group!(benches, flow);
criterion_main!(benches);
