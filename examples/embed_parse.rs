//! Parsing alone: the bytes of a frame, from wherever a program has them, to the facts in them. Only `netsift-packet` is used.
//!
//! Run it with `cargo run --release --example embed_parse [HEX]`; without bytes it parses a question for a name.

#![allow(clippy::print_stdout)] // an example is there to print

use std::error::Error;

use netsift_packet::{Frame, LinkType, Packet, Timestamp};

/// Ethernet, IPv4, UDP, and a question for example.com.
const FRAME: &str = "0200000000020200000000010800450000390000400040112cb30a000001\
                     0a00000235e300350025000012340100000100000000000007657861\
                     6d706c6503636f6d0000010001";

fn main() -> Result<(), Box<dyn Error>> {
    let hex = std::env::args().nth(1).unwrap_or_else(|| FRAME.into());
    let bytes = bytes_of(&hex).ok_or("these are no bytes in hexadecimal")?;
    let time = Timestamp::from_secs_nanos(1_750_000_000, 0);
    match Packet::parse(Frame::new(time, LinkType::ETHERNET, &bytes)) {
        Ok(packet) => tell(&packet),
        // What is malformed is no failure of the program: it says where it broke.
        Err(error) => println!("rejected: {} ({error})", error.reason()),
    }
    Ok(())
}

fn tell(packet: &Packet<'_>) {
    println!("from     {:?}", packet.src());
    println!("to       {:?}", packet.dst());
    println!("protocol {:?}", packet.protocol());
    println!("payload  {} bytes", packet.payload().len());
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        hex.chars().map(|digit| Some(digit.to_digit(16)? as u8)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
