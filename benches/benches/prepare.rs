//! Transforms of a table as wide as flows are, rows made for a small class, and nearest neighbours, against plain loops.

#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a bench ends at the first surprise

use std::hint::black_box;
use std::num::NonZero;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::{Array2, Axis, ShapeBuilder, Slice};
use netsift_data::balance::{Balance as _, Smote, SmoteKind};
use netsift_data::nearest::{Metric, Nearest};
use netsift_data::prepare::{Fill, Impute, OneHot, Scale};
use netsift_data::{Classes, Dataset, Field, Fitted, Labels, Plan, Schema, Transform as _};
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

const COLUMNS: usize = 80;
const WORDS: usize = 20;
/// Columns that texts stand in, where texts are encoded.
const TEXTS: usize = 4;

/// Numbers of rows: as they are timed, and as they are tried.
fn rows(timed: usize) -> usize {
    if std::env::args().any(|argument| argument == "--test") { timed / 100 } else { timed }
}

fn transforms(c: &mut Criterion) {
    let data = table(rows(100_000));
    let mut group = c.benchmark_group("prepare");
    group.throughput(Throughput::Elements(data.matrix().len() as u64)).sample_size(10);
    let plans: [(&str, Plan); 3] = [
        ("scale", Scale::standard().into()),
        ("impute", Impute::new(Fill::Median).into()),
        ("one-hot", OneHot::new().into()),
    ];
    for (name, plan) in plans {
        let fitted = plan.fit(&data).unwrap();
        let made = fitted.apply(data.clone()).unwrap();
        is_made_as_asked(name, &data, &made);
        group.bench_function(BenchmarkId::new(format!("{name}-fit"), "netsift"), |b| {
            b.iter(|| black_box(plan.fit(&data).unwrap()));
        });
        group.bench_function(BenchmarkId::new(format!("{name}-apply"), "netsift"), |b| {
            let copy = || data.select(&(0..data.rows()).collect::<Vec<_>>()).unwrap();
            b.iter_batched(copy, |data| fitted.apply(data).unwrap(), BatchSize::PerIteration);
        });
    }
    let (means, deviations) = scaling(&data);
    group.bench_function("scale-apply/row-by-row", |b| {
        b.iter_batched(
            || data.matrix().to_owned(),
            |matrix| (matrix - &means) / &deviations,
            BatchSize::PerIteration,
        );
    });
}

fn balancing(c: &mut Criterion) {
    let data = points(rows(50_000), 11);
    let wanted = data.labels().unwrap().counts().into_iter().max().unwrap();
    let mut group = c.benchmark_group("balance");
    group.throughput(Throughput::Elements(data.rows() as u64)).sample_size(10);
    for (name, kind) in [("smote", SmoteKind::Plain), ("borderline", SmoteKind::Borderline1)] {
        let smote = Smote::new(7).kind(kind);
        let counts = smote.balance(&data).unwrap().labels().unwrap().counts();
        assert!(counts.iter().all(|&count| count == wanted), "{counts:?}");
        group.bench_function(BenchmarkId::new(name, "netsift"), |b| {
            b.iter(|| black_box(smote.balance(&data).unwrap()));
        });
    }
}

fn neighbours(c: &mut Criterion) {
    let mut group = c.benchmark_group("nearest");
    for columns in [11, 80] {
        let data = points(rows(10_000), columns);
        let (matrix, workers) = (data.matrix(), NonZero::<usize>::MIN);
        let rows: Vec<usize> = (0..data.rows()).collect();
        let found = |points: &Nearest| points.neighbours_of_rows(&rows, 5, workers).unwrap();
        let points = Nearest::of(matrix, Metric::Euclidean).unwrap();
        let plain = by_plain_loop(&matrix.as_standard_layout().into_owned(), 5);
        let same = found(&points)
            .iter()
            .zip(&plain)
            .all(|(found, plain)| found.iter().map(|found| found.row).eq(plain.iter().copied()));
        assert!(same, "{columns} columns");
        let case = format!("{columns}-columns");
        group.throughput(Throughput::Elements(data.rows() as u64)).sample_size(10);
        group.bench_function(BenchmarkId::new(&case, "netsift"), |b| {
            b.iter(|| black_box(found(&Nearest::of(matrix, Metric::Euclidean).unwrap())));
        });
        group.bench_function(BenchmarkId::new(&case, "plain-loop"), |b| {
            let matrix = matrix.as_standard_layout().into_owned();
            b.iter(|| black_box(by_plain_loop(&matrix, 5)));
        });
    }
}

/// Every pair, and the nearest of each row by sorting a few.
fn by_plain_loop(points: &Array2<f64>, count: usize) -> Vec<Vec<usize>> {
    let nearest = |row: usize| {
        let point = points.row(row);
        let mut found: Vec<(f64, usize)> = Vec::with_capacity(count + 1);
        for (other, candidate) in points.rows().into_iter().enumerate().filter(|(o, _)| *o != row) {
            let sum = point.iter().zip(candidate).map(|(one, two)| (one - two) * (one - two)).sum();
            if found.len() < count || found.last().is_some_and(|last| sum < last.0) {
                found.insert(found.partition_point(|found| found.0 <= sum), (sum, other));
                found.truncate(count);
            }
        }
        found.into_iter().map(|(_, row)| row).collect()
    };
    (0..points.nrows()).map(nearest).collect()
}

/// What each transform promises, held against what came of it.
fn is_made_as_asked(name: &str, data: &Dataset, made: &Dataset) {
    let from_to = |from, to| made.matrix().slice_axis_move(Axis(1), Slice::new(from, to, 1));
    match name {
        "scale" => {
            let means = from_to(TEXTS as isize, None).mean_axis(Axis(0)).unwrap();
            // Missing cells stay missing: the columns that have some have no mean here.
            let known = means.iter().filter(|mean| !mean.is_nan());
            assert!(known.clone().count() > 20 && known.clone().all(|mean| mean.abs() < 1e-9));
        }
        "impute" => assert!(made.matrix().iter().all(|cell| cell.is_finite())),
        _ => {
            assert_eq!(made.width(), data.width() - TEXTS + TEXTS * WORDS);
            let codes: f64 = from_to(0, Some((TEXTS * WORDS) as isize)).sum();
            assert_eq!(codes, (data.rows() * TEXTS) as f64);
        }
    }
}

fn scaling(data: &Dataset) -> (ndarray::Array1<f64>, ndarray::Array1<f64>) {
    (data.matrix().mean_axis(Axis(0)).unwrap(), data.matrix().std_axis(Axis(0), 0.0))
}

/// Some columns of texts, and numbers of which every second column lacks a cell now and then.
fn table(rows: usize) -> Dataset {
    let mut draws = SplitMix64::seed_from_u64(1);
    let texts = Classes::new((0..WORDS).map(|word| format!("word {word:02}"))).unwrap();
    let fields = (0..COLUMNS).map(|column| match column < TEXTS {
        true => Field::text(format!("text {column}"), texts.clone()),
        false => Field::number(format!("number {column}")),
    });
    let mut cells = Vec::with_capacity(rows * COLUMNS);
    for column in 0..COLUMNS {
        cells.extend((0..rows).map(|_| match draws.next_u32() {
            draw if column < TEXTS => f64::from(draw % WORDS as u32),
            draw if column % 2 == 0 && draw % 50 == 0 => f64::NAN,
            draw => f64::from(draw % 10_000) * 0.25,
        }));
    }
    let matrix = Array2::from_shape_vec((rows, COLUMNS).f(), cells).unwrap();
    Dataset::new(Schema::new(fields).unwrap(), matrix).unwrap()
}

/// Two classes that overlap, one of ten rows in the smaller; columns go together, as those of flows do.
fn points(rows: usize, columns: usize) -> Dataset {
    let mut draws = SplitMix64::seed_from_u64(2);
    let mut unit = || f64::from(draws.next_u32()) / f64::from(u32::MAX);
    let hidden = Array2::from_shape_simple_fn((rows, 5), &mut unit);
    let mixing = Array2::from_shape_simple_fn((5, columns), &mut unit);
    let matrix = hidden.dot(&mixing) + Array2::from_shape_simple_fn((rows, columns), unit) * 0.05;
    let labels = (0..rows).map(|row| if row % 10 == 0 { "attack" } else { "benign" });
    let names = (0..columns).map(|column| column.to_string());
    let data = Dataset::new(Schema::numbers(names).unwrap(), matrix).unwrap();
    data.with_labels(Labels::of(labels)).unwrap()
}

criterion_group!(benches, transforms, balancing, neighbours);
criterion_main!(benches);
