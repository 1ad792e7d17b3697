//! Headers of QUIC version 1 (RFC 9000); what they protect is random bytes.

use super::{Piece, text::Ink};
use crate::{frames::Side, random::mix};

/// An Initial packet that fills its datagram.
pub(super) fn long_header(piece: &Piece, ink: &mut Ink<'_>) {
    let [own, other] = identifiers(piece);
    let datagram = ink.room();
    ink.u8(0xc0 | (mix(&[piece.salt, piece.packet.into()]) & 0x0f) as u8);
    ink.u32(1);
    ink.u8(8);
    ink.u64(other);
    ink.u8(8);
    ink.u64(own);
    ink.u8(0); // no token
    ink.u16(0x4000 | datagram.saturating_sub(26) as u16);
}

pub(super) fn short_header(piece: &Piece, ink: &mut Ink<'_>) {
    let [_, other] = identifiers(piece);
    ink.u8(0x40 | (mix(&[piece.salt, piece.packet.into()]) & 0x3f) as u8);
    ink.u64(other);
    ink.u8((piece.packet & 0xff) as u8);
}

/// The connection identifiers of the sender and of the other end.
fn identifiers(piece: &Piece) -> [u64; 2] {
    let [client, server] = [mix(&[piece.salt, 1]), mix(&[piece.salt, 2])];
    match piece.from {
        Side::Client => [client, server],
        Side::Server => [server, client],
    }
}
