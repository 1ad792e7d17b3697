//! Lists of a million networks and names: loaded, and asked, beside a hash table for each length of a prefix.

#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a bench ends at the first surprise

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use netsift_detect::lists::{
    AddressRange, AllowEntry, AllowList, Entry, List, ListOptions, Subject,
};
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

const ENTRIES: usize = 1_000_000;
/// Enough that what is asked for stays in no cache between two rounds.
const ASKED: usize = 1 << 16;

type Group<'a> = BenchmarkGroup<'a, criterion::measurement::WallTime>;

fn networks(c: &mut Criterion) {
    let mut group = c.benchmark_group("lists");
    let v4 = |draws: &mut SplitMix64| {
        IpAddr::from(Ipv4Addr::from_bits(0x0b00_0000 + draws.next_u32() % 0x5500_0000))
    };
    // As registries give networks out: what differs stands in the middle.
    let v6 = |draws: &mut SplitMix64| {
        IpAddr::from(Ipv6Addr::from_bits((0x2a00 << 112) | (u128::from(draws.next_u64()) << 45)))
    };
    family(&mut group, "v4", (16, 32), v4);
    family(&mut group, "v6", (32, 64), v6);
}

fn family(
    group: &mut Group<'_>,
    name: &str,
    lengths: (u8, u8),
    draw: impl Fn(&mut SplitMix64) -> IpAddr,
) {
    let mut draws = SplitMix64::seed_from_u64(7);
    let mut networks = HashMap::new();
    let mut text = String::new();
    while networks.len() < ENTRIES {
        // Most are narrow, as in lists of threats.
        let steps = u32::from(lengths.1 - lengths.0);
        let length = lengths.1 - (draws.next_u32() % steps).min(draws.next_u32() % steps) as u8;
        let network = AddressRange::network(draw(&mut draws), length).unwrap();
        if networks.insert((network.first(), length), networks.len()).is_none() {
            writeln!(text, "{network}").unwrap();
        }
    }
    let list = load(group, name, &text);
    assert!(list.memory() <= ENTRIES * 96, "{} bytes", list.memory());
    let misses: Vec<IpAddr> =
        drawn(&mut draws, |draws| draw(draws), |address| list.address(address).is_none());
    let known: Vec<_> = networks.keys().collect();
    let hit = |draws: &mut SplitMix64| known[draws.next_u64() as usize % ENTRIES].0;
    let hits: Vec<IpAddr> = drawn(&mut draws, hit, |_| true);
    let by_lengths = |address: IpAddr| {
        let lengths = (lengths.0..=lengths.1).rev();
        let mut networks_of =
            lengths.map(|length| (AddressRange::network(address, length).unwrap().first(), length));
        networks_of.find(|network| networks.contains_key(network))
    };
    for (case, asked) in [("hits", &hits), ("misses", &misses)] {
        for address in asked.iter().take(2_000) {
            let found = list.address(*address).map(|hit| hit.entry());
            let expected = by_lengths(*address)
                .map(|(first, length)| AddressRange::network(first, length).unwrap());
            assert_eq!(found, expected.map(Entry::Addresses));
        }
        group.throughput(Throughput::Elements(ASKED as u64));
        group.bench_function(format!("lookup/{name}-{case}/netsift"), |b| {
            b.iter(|| {
                asked.iter().filter(|address| black_box(list.address(**address)).is_some()).count()
            });
        });
        group.bench_function(format!("lookup/{name}-{case}/hash-table-a-length"), |b| {
            b.iter(|| {
                asked.iter().filter(|address| black_box(by_lengths(**address)).is_some()).count()
            });
        });
    }
}

fn names(c: &mut Criterion) {
    let mut group = c.benchmark_group("lists");
    let mut draws = SplitMix64::seed_from_u64(8);
    let mut text = String::new();
    let name = |number: u64| {
        format!("{:x}.host-{}.example", number.wrapping_mul(0x9e37_79b9_7f4a_7c15), number % 1_000)
    };
    for number in 0..ENTRIES as u64 {
        let star = if number % 2 == 0 { "*." } else { "" };
        writeln!(text, "{star}{}", name(number)).unwrap();
    }
    let list = load(&mut group, "names", &text);
    let asked =
        |draws: &mut SplitMix64, shift: u64| name(shift + draws.next_u64() % ENTRIES as u64);
    let cases = [
        ("names-hits", 1.0, drawn(&mut draws, |draws| asked(draws, 0), |_| true)),
        (
            "names-below",
            0.5,
            drawn(&mut draws, |draws| format!("www.{}", asked(draws, 0)), |_| true),
        ),
        ("names-misses", 0.0, drawn(&mut draws, |draws| asked(draws, 1 << 40), |_| true)),
    ];
    for (case, expected, asked) in cases {
        let found = asked.iter().filter(|name| list.domain(name.as_bytes()).is_some()).count();
        let share = found as f64 / ASKED as f64;
        assert!((share - expected).abs() < 0.02, "{case}: {share}");
        group.throughput(Throughput::Elements(ASKED as u64));
        group.bench_function(format!("lookup/{case}/netsift"), |b| {
            b.iter(|| {
                asked
                    .iter()
                    .filter(|name| black_box(list.domain(name.as_bytes())).is_some())
                    .count()
            });
        });
    }
}

fn allowed(c: &mut Criterion) {
    let network = |number: u32| format!("10.{}.{}.0/24", number / 256, number % 256);
    let entry = |number| AllowEntry {
        network: Some(network(number)),
        port: Some(443),
        ..AllowEntry::default()
    };
    let list = AllowList::new((0..1_000).map(entry)).unwrap();
    let subject = Subject::between([192, 0, 2, 1].into(), [192, 0, 2, 2].into()).port(443);
    assert!(list.allows(&subject).is_none());
    let mut group = c.benchmark_group("lists");
    group.throughput(Throughput::Elements(1));
    group.bench_function("allow/thousand-entries/netsift", |b| {
        b.iter(|| black_box(list.allows(&subject)).is_some());
    });
}

fn load(group: &mut Group<'_>, name: &str, text: &str) -> List {
    let read = || ListOptions::new(name).read(text.as_bytes()).unwrap();
    let list = read();
    assert_eq!(list.len(), ENTRIES, "{}", list.report());
    group.sample_size(10).throughput(Throughput::Elements(ENTRIES as u64));
    group.bench_function(format!("load/{name}/netsift"), |b| b.iter(read));
    group.sample_size(20);
    list
}

fn drawn<T: Clone>(
    draws: &mut SplitMix64,
    draw: impl Fn(&mut SplitMix64) -> T,
    is_wanted: impl Fn(T) -> bool,
) -> Vec<T> {
    let all = std::iter::repeat_with(|| draw(draws));
    all.filter(|asked| is_wanted(asked.clone())).take(ASKED).collect()
}

criterion_group!(benches, networks, names, allowed);
criterion_main!(benches);
