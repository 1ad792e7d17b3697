//! Captures made by hand, byte by byte, as the formats' specifications say; and what must hold for any bytes.

mod bytes;
mod compression;
mod cut;
mod pcap;
mod pcapng;
mod properties;
mod set;
mod writer;
