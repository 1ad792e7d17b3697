//! Parsing a mix of packets, against etherparse's sliced parser, from cache and from memory.

#![allow(missing_docs, clippy::print_stderr)] // criterion's macros; a skip is said aloud

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use netsift_benches::{Facts, Mix, ours, theirs};
use netsift_packet::{Frame, Packet, Protocol};

/// Larger than the last-level caches of the machines this is run on.
const MEMORY: usize = 512 << 20;
/// One frame in this many stays in the second-level cache.
const CACHE_STEP: usize = 40;

fn parse(c: &mut Criterion) {
    let Some(mix) = Mix::of_reference_captures() else {
        eprintln!("SKIPPED: the shared reference captures are missing");
        return;
    };
    assert_same_answers(&mix);
    let testing = std::env::args().any(|argument| argument == "--test");
    case(c, "parse/cache", &mix.sample(CACHE_STEP));
    case(c, "parse/memory", &mix.grown_to(if testing { 1 } else { MEMORY }));
}

fn case(c: &mut Criterion, name: &str, mix: &Mix) {
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(mix.len() as u64)).sample_size(20);
    group.bench_function("netsift", |b| b.iter(|| read_all(mix, ours)));
    group.bench_function("etherparse", |b| b.iter(|| read_all(mix, theirs)));
    group.finish();
}

fn read_all(mix: &Mix, read: impl Fn(Frame<'_>) -> Option<Facts>) {
    for frame in mix.frames() {
        black_box(read(frame));
    }
}

/// Both tell the same where both can read a frame whole: etherparse enters no tunnel, takes no SCTP
/// and no first fragment apart.
fn assert_same_answers(mix: &Mix) {
    let mut same = 0;
    for frame in mix.frames() {
        let Ok(packet) = Packet::parse(frame) else { continue };
        let beyond = packet.tunnel_depth() > 0
            || packet.fragment().is_some()
            || packet.error().is_some()
            || packet.protocol() == Some(Protocol::SCTP);
        if let (Some(ours), Some(theirs), false) = (ours(frame), theirs(frame), beyond) {
            assert_eq!(ours, theirs);
            same += 1;
        }
    }
    assert!(same * 100 > mix.len() * 90, "only {same} of {} frames compared", mix.len());
}

criterion_group!(benches, parse);
criterion_main!(benches);
