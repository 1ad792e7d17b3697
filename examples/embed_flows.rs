//! Flows alone: packets that a program has seen by its own means become flows and rows of features. Only `netsift-flow` is
//! used, and the types of `netsift-packet` that it takes.
//!
//! Run it with `cargo run --release --example embed_flows`.

#![allow(clippy::print_stdout)] // an example is there to print

use std::error::Error;

use netsift_flow::{Columns, Flow, FlowTable, Intake, Profile};
use netsift_packet::{Frame, LinkType, Timestamp};

fn main() -> Result<(), Box<dyn Error>> {
    let names = ["Total Fwd Packet", "Total Bwd packets", "Flow Duration", "Flow IAT Mean"];
    let columns = Columns::pick(Profile::Native, names)?;
    let (mut intake, mut table) =
        (Intake::new(&columns.config()), FlowTable::new(columns.config()));
    let mut told = |flow: &Flow| {
        println!("{} -> {}", flow.source(), flow.destination());
        // They come in the order of the table, however they were asked for.
        for (feature, value) in columns.features().iter().zip(columns.numbers(flow)) {
            println!("  {:<18} {value} {}", feature.name.current, feature.unit);
        }
    };
    for step in 0..20 {
        // Datagrams to and fro, a tenth of a second apart.
        let bytes = datagram(step % 2 == 1);
        let time = Timestamp::from_nanos(i64::from(step) * 100_000_000);
        intake
            .read(Frame::new(time, LinkType::RAW, &bytes), |record| table.push(record, &mut told));
    }
    // Flows leave when they end, when they have been silent for long, or here.
    table.finish(&mut told);
    Ok(())
}

/// IPv4 and UDP between two hosts, with eight bytes.
fn datagram(is_answer: bool) -> [u8; 36] {
    let mut bytes = [0; 36];
    bytes[..12].copy_from_slice(&[0x45, 0, 0, 36, 0, 0, 0x40, 0, 64, 17, 0, 0]);
    let (here, there) = ([10, 0, 0, 1], [10, 0, 0, 2]);
    let (source, destination) = if is_answer { (there, here) } else { (here, there) };
    bytes[12..16].copy_from_slice(&source);
    bytes[16..20].copy_from_slice(&destination);
    let (own, called) = (40_000_u16.to_be_bytes(), 5_000_u16.to_be_bytes());
    let ports = if is_answer { [called, own] } else { [own, called] };
    bytes[20..24].copy_from_slice(&ports.concat());
    bytes[25] = 16;
    bytes
}
