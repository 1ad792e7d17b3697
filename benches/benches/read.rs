//! Reading and parsing a whole capture, against pcap-parser with etherparse and against a bare walk.

#![allow(missing_docs, clippy::print_stderr, clippy::unwrap_used)] // criterion's macros; a skip is said aloud

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use netsift_benches::Mix;
use netsift_benches::reading::{read_ours, read_theirs, walk_bare, write_capture};

const PACKETS: u64 = 500_000;
const PACKETS_IN_TESTS: u64 = 1_000;

fn read(c: &mut Criterion) {
    let Some(mix) = Mix::of_reference_captures() else {
        eprintln!("SKIPPED: the shared reference captures are missing");
        return;
    };
    let testing = std::env::args().any(|argument| argument == "--test");
    let packets = if testing { PACKETS_IN_TESTS } else { PACKETS };
    let path = std::env::temp_dir().join(format!("netsift-bench-{}.pcap", std::process::id()));
    write_capture(&mix, packets, &path).unwrap();
    assert_eq!(read_ours(&path).unwrap(), packets);
    assert_eq!(read_theirs(&path).unwrap(), packets);
    assert_eq!(walk_bare(&path).unwrap(), packets);
    let mut group = c.benchmark_group("read+parse/capture");
    group.throughput(Throughput::Elements(packets)).sample_size(20);
    group.bench_function("netsift", |b| b.iter(|| black_box(read_ours(&path))));
    group.bench_function("pcap-parser+etherparse", |b| b.iter(|| black_box(read_theirs(&path))));
    group.bench_function("bare-walk", |b| b.iter(|| black_box(walk_bare(&path))));
    group.finish();
    std::fs::remove_file(&path).unwrap();
}

criterion_group!(benches, read);
criterion_main!(benches);
