//! A SYN flood against the cap on flows: `flood [--packets N] [--workers N]` prints what it took, and fails if it
//! took too much or a packet was lost.
//!
//! Every frame is the first of a flow of its own, so a table that is full evicts one a packet. Rows of all
//! features go to CSV, which goes nowhere.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::io::sink;
use std::time::Instant;

use netsift::table::{FlowRows, SharedTable, of_flows};
use netsift_benches::process::resident;
use netsift_flow::{Columns, Flow, Meter, Profile, Sink};
use netsift_packet::{Frame, LinkType, Timestamp};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

const PACKETS: u64 = 10_000_000;
const MAX_FLOWS: usize = 1_000_000;
/// What is promised of a million flows with all features.
const MOST: u64 = 3 << 29;
/// Nanoseconds from packet to packet: no flow is silent for long enough to end by itself.
const PACE: i64 = 1_000;

/// Ethernet, IPv4 and TCP with SYN; addresses and ports are filled in.
const SYN: [u8; 54] = [
    2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, // Ethernet
    0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // IPv4
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0xfa, 0xf0, 0, 0, 0, 0, // TCP
];
/// Where they stand: source, destination, and both ports.
const TUPLE: std::ops::Range<usize> = 26..38;

fn main() -> Result<(), Box<dyn Error>> {
    let (packets, workers) = asked()?;
    let columns = Columns::all(Profile::Native);
    let table = SharedTable::new(sink(), of_flows(&columns)?)?;
    let config = columns.config().max_flows(MAX_FLOWS)?;
    let started = Instant::now();
    let mut meter =
        Meter::new(config, workers, || Audited { rows: table.flow_rows(&columns), packets: 0 })?;
    flood(packets, |frame| meter.push(frame));
    let finished = meter.finish();
    table.flush();
    let told: u64 = finished.sinks.iter().map(|sink| sink.packets).sum();
    let rejected: u64 = finished.intake.rejects.values().sum();
    let (rows, evictions) = (table.rows(), finished.counts.evictions);
    println!(
        "{packets} SYNs, {workers} workers: {rows} rows of {told} packets, {rejected} frames rejected, {} flows \
         evicted, {:.1} s",
        evictions.over + evictions.single + evictions.settled,
        started.elapsed().as_secs_f64(),
    );
    check("packets told and rejected", told + rejected, packets)?;
    check("flows told in rows", rows, finished.counts.flows)?;
    match resident() {
        Some((_, peak)) if peak > MOST => Err(format!("{} MiB were resident", peak >> 20).into()),
        Some((_, peak)) => {
            println!("peak of resident memory: {} MiB of {} MiB", peak >> 20, MOST >> 20);
            Ok(())
        }
        None => Err("the system does not tell how much memory was resident".into()),
    }
}

fn asked() -> Result<(u64, usize), Box<dyn Error>> {
    let (mut packets, mut workers) = (PACKETS, 1);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let number = arguments.next().ok_or("how many?")?;
        match argument.as_str() {
            "--packets" => packets = number.parse()?,
            "--workers" => workers = number.parse()?,
            _ => return Err(format!("what is {argument}?").into()),
        }
    }
    Ok((packets, workers))
}

fn flood(packets: u64, mut take: impl FnMut(Frame<'_>)) {
    let mut chance = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut bytes = SYN;
    for nth in 0..packets {
        chance.fill_bytes(&mut bytes[TUPLE]);
        let time = Timestamp::from_nanos(nth as i64 * PACE);
        let (link, wire_len) = (LinkType::ETHERNET, bytes.len() as u32);
        take(Frame { time, wire_len, link, data: &bytes });
    }
}

/// Rows, and the packets that are in them by the flows' own word.
struct Audited {
    rows: FlowRows<std::io::Sink>,
    packets: u64,
}

impl Sink for Audited {
    fn take(&mut self, flow: &Flow) {
        self.packets += flow.packets();
        self.rows.take(flow);
    }
}

fn check(what: &str, counted: u64, expected: u64) -> Result<(), Box<dyn Error>> {
    match counted == expected {
        true => Ok(()),
        false => Err(format!("{what}: {counted} instead of {expected}").into()),
    }
}
