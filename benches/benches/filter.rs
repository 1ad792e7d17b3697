//! Filters over a mix of frames.

#![allow(missing_docs, clippy::print_stderr, clippy::unwrap_used)] // criterion's macros; a skip is said aloud

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use netsift_benches::Mix;
use netsift_packet::{Filter, Packet, Protocol};

/// Expressions of growing length.
const EXPRESSIONS: [(&str, &str); 3] = [
    ("protocol", "tcp"),
    ("port", "tcp port 443"),
    ("composite", "(tcp or udp) and not port 53 and (net 10.0.0.0/8 or net 192.168.0.0/16)"),
];

fn filter(c: &mut Criterion) {
    let Some(mix) = Mix::of_reference_captures() else {
        eprintln!("SKIPPED: the shared reference captures are missing");
        return;
    };
    let mix = mix.sample(40);
    assert_tcp_is_tcp(&mix);
    let mut group = c.benchmark_group("filter");
    group.throughput(Throughput::Elements(mix.len() as u64));
    for (name, expression) in EXPRESSIONS {
        let filter = Filter::compile(expression).unwrap();
        group.bench_function(format!("{name}/netsift"), |b| {
            b.iter(|| mix.frames().filter(|frame| black_box(filter.matches(frame))).count());
        });
    }
    group.finish();
}

/// On whole frames without tunnels the filter's `tcp` and the parser's are the same.
fn assert_tcp_is_tcp(mix: &Mix) {
    let filter = Filter::compile("tcp").unwrap();
    for frame in mix.frames() {
        let Ok(packet) = Packet::parse(frame) else { continue };
        let plain = packet.tunnel_depth() == 0
            && packet.vlans().as_slice().is_empty()
            && packet.error().is_none()
            && packet.ip_version() == Some(4);
        if plain {
            assert_eq!(filter.matches(&frame), packet.protocol() == Some(Protocol::TCP));
        }
    }
}

criterion_group!(benches, filter);
criterion_main!(benches);
