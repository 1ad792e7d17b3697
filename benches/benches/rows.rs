//! Rows of numbers to text: `data` against the standard library, the csv crate with Ryu, and serde_json.

#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a bench ends at the first surprise

use std::hint::black_box;
use std::io::Write;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use netsift_data::{Column, Format, Reals, Rows, Table};
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

const COLUMNS: usize = 100;
const ROWS: usize = 1_000;

/// What is in a cell, of a hundred.
#[derive(Clone, Copy)]
enum Cells {
    /// 60 zeros and integers to 1,500, 15 to 10^7, 25 means and rates of 15 to 17 digits, in any order.
    Mixed,
    /// The same shares, but by column, as in rows of features: each column has its kind of number.
    ByColumn,
    Small,
    Long,
}

const CASES: [(&str, Cells); 4] = [
    ("mixed", Cells::Mixed),
    ("by-column", Cells::ByColumn),
    ("small-integers", Cells::Small),
    ("long-reals", Cells::Long),
];

fn rows(c: &mut Criterion) {
    let mut group = c.benchmark_group("rows");
    group.throughput(Throughput::Elements((COLUMNS * ROWS) as u64));
    for (name, cells) in CASES {
        let numbers = numbers(cells);
        let mut bench = |implementation: &str, write: &mut dyn FnMut(&[f64]) -> usize| {
            group.bench_function(format!("{name}/{implementation}"), |b| {
                b.iter(|| black_box(write(&numbers)));
            });
        };
        for (implementation, format, reals) in [
            ("netsift-csv", Format::Csv, Reals::Shortest),
            ("netsift-csv-java", Format::Csv, Reals::Java),
            ("netsift-json", Format::JsonLines, Reals::Shortest),
        ] {
            let table = table().format(format).reals(reals);
            reads_back(&table, &numbers);
            let mut rows = Rows::new(&table);
            let mut writer = netsift_data::TableWriter::new(std::io::sink(), &table).unwrap();
            bench(implementation, &mut |numbers| {
                fill(&mut rows, numbers);
                let len = rows.len_bytes();
                writer.write(&mut rows).unwrap();
                len
            });
        }
        let mut bytes = Vec::new();
        for (implementation, write) in RIVALS {
            bytes.clear();
            write(&numbers, &mut bytes);
            assert_eq!(read(&bytes), numbers, "{implementation}");
            bench(implementation, &mut |numbers| {
                bytes.clear();
                write(numbers, &mut bytes);
                bytes.len()
            });
        }
    }
    group.finish();
}

type Rival = (&'static str, fn(&[f64], &mut Vec<u8>));

const RIVALS: [Rival; 4] = [
    ("std-write", std_write),
    ("csv+ryu", csv_ryu),
    ("csv+itoa+ryu", csv_itoa_ryu),
    ("serde_json", json),
];

fn std_write(numbers: &[f64], bytes: &mut Vec<u8>) {
    for row in numbers.chunks_exact(COLUMNS) {
        for (place, number) in row.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(bytes, "{comma}{number}").unwrap();
        }
        bytes.push(b'\n');
    }
}

fn csv_ryu(numbers: &[f64], bytes: &mut Vec<u8>) {
    let mut writer = csv::Writer::from_writer(bytes);
    for row in numbers.chunks_exact(COLUMNS) {
        for number in row {
            writer.write_field(ryu::Buffer::new().format(*number)).unwrap();
        }
        writer.write_record(None::<&[u8]>).unwrap();
    }
    writer.flush().unwrap();
}

/// The same, sparing integers the work of a double.
fn csv_itoa_ryu(numbers: &[f64], bytes: &mut Vec<u8>) {
    let mut writer = csv::Writer::from_writer(bytes);
    for row in numbers.chunks_exact(COLUMNS) {
        for number in row {
            let integer = *number as i64;
            match integer as f64 == *number {
                true => writer.write_field(itoa::Buffer::new().format(integer)).unwrap(),
                false => writer.write_field(ryu::Buffer::new().format(*number)).unwrap(),
            }
        }
        writer.write_record(None::<&[u8]>).unwrap();
    }
    writer.flush().unwrap();
}

/// Arrays, which spare it the names.
fn json(numbers: &[f64], bytes: &mut Vec<u8>) {
    for row in numbers.chunks_exact(COLUMNS) {
        serde_json::to_writer(&mut *bytes, row).unwrap();
        bytes.push(b'\n');
    }
}

fn table() -> Table {
    Table::new((0..COLUMNS).map(|column| Column::real(format!("column {column}")))).unwrap()
}

fn fill(rows: &mut Rows, numbers: &[f64]) {
    for row in numbers.chunks_exact(COLUMNS) {
        rows.reals(row);
        rows.end_row().unwrap();
    }
}

/// What ours writes are the numbers it was given.
fn reads_back(table: &Table, numbers: &[f64]) {
    let mut rows = Rows::new(table);
    fill(&mut rows, numbers);
    let mut writer = netsift_data::TableWriter::new(Vec::new(), table).unwrap();
    writer.write(&mut rows).unwrap();
    let bytes = writer.finish().unwrap();
    let header = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    let behind = if bytes.starts_with(b"{") { &bytes[..] } else { &bytes[header + 1..] };
    assert_eq!(read(behind), numbers);
}

/// The numbers of CSV, of JSON arrays or of JSON objects.
fn read(bytes: &[u8]) -> Vec<f64> {
    let text = str::from_utf8(bytes).unwrap();
    let cells = text.lines().flat_map(|line| line.trim_matches(['[', ']', '{', '}']).split(','));
    cells.map(|cell| cell.rsplit(':').next().unwrap().parse().unwrap()).collect()
}

fn numbers(cells: Cells) -> Vec<f64> {
    let mut chance = SplitMix64::seed_from_u64(7);
    let mut number = |cell: usize| {
        let mut below =
            |limit: u64| ((u128::from(chance.next_u64()) * u128::from(limit)) >> 64) as u64;
        let share = match cells {
            Cells::Mixed => below(100),
            // 37 has no factor of 100: neighbours differ, as features do.
            Cells::ByColumn => (cell % COLUMNS * 37 % 100) as u64,
            Cells::Small => 0,
            Cells::Long => 99,
        };
        match share {
            0..60 => below(2) as f64 * below(1_500) as f64,
            60..75 => below(10_000_000) as f64,
            _ => below(1 << 40) as f64 / (1 + below(10_000)) as f64,
        }
    };
    (0..ROWS * COLUMNS).map(&mut number).collect()
}

criterion_group!(benches, rows);
criterion_main!(benches);
