//! Fixed heads of datagram protocols: RTP (RFC 3550), CoAP (RFC 7252), NTP (RFC 5905),
//! SNMP (RFC 1157).

use super::{Piece, text::Ink};
use crate::{frames::Side, random::mix};

/// A media packet's header: sequence and time go up by one packet.
pub(super) fn header(kind: u8, piece: &Piece, ink: &mut Ink<'_>) {
    let source = mix(&[piece.salt, 5, piece.from.index() as u64]);
    ink.u8(0x80);
    ink.u8(kind & 0x7f);
    ink.u16((source >> 32) as u16 ^ piece.message as u16);
    ink.u32(((source >> 40) as u32).wrapping_add(piece.message.wrapping_mul(160)));
    ink.u32(source as u32);
}

/// A confirmable message without a token, and its acknowledgement.
pub(super) fn coap(piece: &Piece, ink: &mut Ink<'_>) {
    match piece.from {
        Side::Client => ink.put(&[0x40, 0x02]),
        Side::Server => ink.put(&[0x60, 0x44]),
    }
    ink.u16((piece.salt as u16).wrapping_add(piece.message as u16));
    ink.u8(0xff); // the payload begins
}

pub(super) fn ntp(piece: &Piece, ink: &mut Ink<'_>) {
    let (first, stratum) = match piece.from {
        Side::Client => (0x23, 0),
        Side::Server => (0x24, 2),
    };
    ink.put(&[first, stratum, 6, 0xec]);
    ink.u64(0x0000_0400_0000_0500);
    ink.noise(mix(&[piece.salt, piece.message.into()]), 36);
}

/// One value asked for with the public community, or told.
pub(super) fn snmp(piece: &Piece, ink: &mut Ink<'_>) {
    const OBJECT: [u8; 10] = [0x06, 0x08, 0x2b, 6, 1, 2, 1, 1, 3, 0]; // sysUpTime.0
    let request = mix(&[piece.salt, piece.message.into()]) as u32 & 0x7fff_ffff | 0x0100_0000;
    let uptime = request.rotate_left(8) & 0x7fff_ffff | 0x0100_0000;
    let (kind, value) = match piece.from {
        Side::Client => (0xa0, 2),
        Side::Server => (0xa2, 6),
    };
    let binding = OBJECT.len() as u8 + value;
    let unit = binding + 4 + 12;
    ink.put(&[0x30, unit + 2 + 11, 0x02, 1, 1, 0x04, 6]);
    ink.put(b"public");
    ink.put(&[kind, unit, 0x02, 4]);
    ink.u32(request);
    ink.put(&[0x02, 1, 0, 0x02, 1, 0, 0x30, binding + 2, 0x30, binding]);
    ink.put(&OBJECT);
    match piece.from {
        Side::Client => ink.put(&[0x05, 0]),
        Side::Server => {
            ink.put(&[0x43, 4]);
            ink.u32(uptime);
        }
    }
}
