//! Hand-made frames for the unit tests of the layers.

use crate::{Depth, Frame, LinkType, Packet, ParseError, ParseOptions, Timestamp};

pub(crate) fn frame(link: LinkType, bytes: &[u8]) -> Frame<'_> {
    Frame::new(Timestamp::EPOCH, link, bytes)
}

pub(crate) fn parse(link: LinkType, bytes: &[u8]) -> Result<Packet<'_>, ParseError> {
    Packet::parse(frame(link, bytes))
}

pub(crate) fn outermost(link: LinkType, bytes: &[u8]) -> Result<Packet<'_>, ParseError> {
    Packet::parse_with(frame(link, bytes), &ParseOptions::new().depth(Depth::Outermost))
}

/// From 02:..:02 to 02:..:01.
pub(crate) fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let addresses = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    [&addresses[..], &ether_type.to_be_bytes(), payload].concat()
}

/// From 10.0.0.1 to 10.0.0.2.
pub(crate) fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (20 + payload.len() as u16).to_be_bytes();
    let header = [0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    [&header[..], payload].concat()
}

/// From fd00::1 to fd00::2.
pub(crate) fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (payload.len() as u16).to_be_bytes();
    let mut bytes = vec![0x60, 0, 0, 0, high, low, next, 64];
    for last in [1, 2] {
        bytes.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
    }
    [&bytes[..], payload].concat()
}

pub(crate) fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let length = 8 + payload.len() as u16;
    let words = [source, destination, length, 0].map(u16::to_be_bytes);
    [words.as_flattened(), payload].concat()
}

/// Sequence number 0x01020304, acknowledgement 0x05060708, window 0x090a.
pub(crate) fn tcp(
    source: u16,
    destination: u16,
    flags: u16,
    options: &[u8],
    payload: &[u8],
) -> Vec<u8> {
    let ports = [source, destination].map(u16::to_be_bytes);
    let words = 5 + options.len() as u16 / 4;
    let [high, low] = (words << 12 | flags).to_be_bytes();
    let fixed = [1, 2, 3, 4, 5, 6, 7, 8, high, low, 9, 10, 0, 0, 0, 0];
    [ports.as_flattened(), &fixed, options, payload].concat()
}
