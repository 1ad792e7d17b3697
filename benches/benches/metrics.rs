//! Confusion and ROC area of many rows, against the obvious ways.

#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a bench ends at the first surprise

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use netsift_metrics::{Confusion, roc_area};
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

const ROWS: usize = 100_000;
const CLASSES: u32 = 15;

fn confusion(c: &mut Criterion) {
    let mut draws = SplitMix64::seed_from_u64(1);
    let mut codes = || (0..ROWS).map(|_| draws.next_u32() % CLASSES).collect::<Vec<_>>();
    let (truth, guess) = (codes(), codes());
    let by_codes = || Confusion::of_codes(CLASSES as usize, &truth, &guess, None).unwrap();
    let by_labels = || Confusion::of(&truth, &guess).unwrap();
    let by_map = || {
        let mut cells = BTreeMap::new();
        truth.iter().zip(&guess).for_each(|pair| *cells.entry(pair).or_insert(0_u32) += 1);
        cells
    };
    assert_eq!(by_codes(), by_labels());
    let cells: Vec<f64> = by_map().into_values().map(f64::from).collect();
    assert_eq!(by_codes().rows().flatten().copied().collect::<Vec<_>>(), cells);

    let mut group = c.benchmark_group("metrics");
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("confusion/codes", |b| b.iter(|| black_box(by_codes())));
    group.bench_function("confusion/labels", |b| b.iter(|| black_box(by_labels())));
    group.bench_function("confusion/map", |b| b.iter(|| black_box(by_map())));
}

fn area(c: &mut Criterion) {
    let mut draws = SplitMix64::seed_from_u64(2);
    let scores: Vec<f64> = (0..ROWS).map(|_| f64::from(draws.next_u32())).collect();
    let truth: Vec<bool> = (0..ROWS).map(|_| draws.next_u32() % 3 == 0).collect();
    let ours = || roc_area(&truth, &scores, None).unwrap();
    let by_ranks = || area_by_ranks(&truth, &scores);
    assert!((ours() - by_ranks()).abs() < 1e-12);

    let mut group = c.benchmark_group("metrics");
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("roc-area/sides", |b| b.iter(|| black_box(ours())));
    group.bench_function("roc-area/ranks", |b| b.iter(|| black_box(by_ranks())));
}

/// The area by the mean rank of the positives: rows sorted by place, ties averaged.
fn area_by_ranks(truth: &[bool], scores: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..truth.len()).collect();
    order.sort_unstable_by(|left, right| scores[*left].total_cmp(&scores[*right]));
    let (mut ranks, mut place) = (0.0, 0.0);
    for tied in order.chunk_by(|left, right| scores[*left] == scores[*right]) {
        let rank = place + (tied.len() as f64 + 1.0) / 2.0;
        ranks += rank * tied.iter().filter(|row| truth[**row]).count() as f64;
        place += tied.len() as f64;
    }
    let positives = truth.iter().filter(|is_positive| **is_positive).count() as f64;
    let least = positives * (positives + 1.0) / 2.0;
    (ranks - least) / (positives * (truth.len() as f64 - positives))
}

criterion_group!(benches, confusion, area);
criterion_main!(benches);
